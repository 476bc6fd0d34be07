package fovea.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;

/**
 * Files of JPEG, PNG, GIF or BMP, decoded by the JDK's module java.desktop; on a module path it must be asked for with
 * {@code --add-modules java.desktop}.
 */
public final class Pictures {
    private static final Set<String> ENDINGS = Set.of("jpg", "jpeg", "png", "gif", "bmp");
    /** More than any camera makes; a header that promises more is refused before memory is asked for. */
    private static final long MOST_PIXELS = 1L << 28;

    private Pictures() {
    }

    /** Whether the ending of the name is that of a picture. */
    public static boolean isPicture(Path file) {
        var name = file.getFileName().toString();
        return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    /**
     * Decodes a file and fits it into height x width: scaled until it covers them, then cut at the longer side's ends, so nothing is
     * squeezed. Transparent parts are white.
     *
     * @param channels 1 for grey, 3 for red, green and blue
     */
    public static void read(Path file, int channels, int height, int width, Image image) {
        read(file, channels, image);
        Resampling.cover(image, height, width);
    }

    /** The same in the size that the file has. */
    public static void read(Path file, int channels, Image image) {
        if (channels != 1 && channels != 3) {
            throw new IllegalArgumentException("pictures: %d channels; give 1 (grey) or 3 (red, green, blue)".formatted(channels));
        }
        var picture = decode(file);
        var h = picture.getHeight();
        var w = picture.getWidth();
        var rgb = picture.getRGB(0, 0, w, h, null, 0, w);
        var to = image.bytes(channels, h, w);
        var plane = h * w;
        for (var i = 0; i < plane; i++) {
            var alpha = rgb[i] >>> 24;
            var r = over(rgb[i] >> 16 & 255, alpha);
            var g = over(rgb[i] >> 8 & 255, alpha);
            var b = over(rgb[i] & 255, alpha);
            if (channels == 1) {
                to[i] = (byte) ((299 * r + 587 * g + 114 * b + 500) / 1000);
            } else {
                to[i] = (byte) r;
                to[plane + i] = (byte) g;
                to[2 * plane + i] = (byte) b;
            }
        }
    }

    private static int over(int value, int alpha) {
        return (value * alpha + 255 * (255 - alpha) + 127) / 255;
    }

    private static BufferedImage decode(Path file) {
        require();
        try (var stream = ImageIO.createImageInputStream(Files.newInputStream(file))) {
            var readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw DataException.at(file, 0, "this is no JPEG, PNG, GIF or BMP picture");
            }
            var reader = readers.next();
            try {
                reader.setInput(stream, true, true);
                var pixels = (long) reader.getWidth(0) * reader.getHeight(0);
                if (pixels < 1 || pixels > MOST_PIXELS) {
                    throw DataException.at(file, 0, "a picture of %d x %d pixels; at most 2^28 in all are read", reader.getWidth(0),
                            reader.getHeight(0));
                }
                return reader.read(0);
            } catch (IOException | RuntimeException e) {
                // The decoders throw whatever they stumble over: IndexOutOfBounds, IllegalArgument, NegativeArraySize ...
                throw e instanceof DataException d ? d : new DataException("%s, about byte %d: the picture cannot be decoded: %s".formatted(
                        file, position(stream), e), e);
            } finally {
                reader.dispose();
            }
        } catch (IOException e) {
            throw new DataException("%s: cannot be read: %s".formatted(file, e), e);
        }
    }

    private static long position(javax.imageio.stream.ImageInputStream stream) {
        try {
            return stream.getStreamPosition();
        } catch (IOException e) {
            return 0;
        }
    }

    private static void require() {
        var layer = Pictures.class.getModule().getLayer();
        if (layer != null && layer.findModule("java.desktop").isEmpty()) {
            throw new IllegalStateException("pictures are decoded by the JDK's module java.desktop, which is not loaded; add"
                    + " --add-modules java.desktop to the java command");
        }
        ImageIO.setUseCache(false);
    }
}
