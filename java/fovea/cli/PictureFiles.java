package fovea.cli;

import fovea.Shape;
import fovea.data.Dataset;
import fovea.data.Image;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** Pictures that a network is asked about, brought to the size and the number of channels that it takes. */
record PictureFiles(List<Path> files, Shape imageShape, List<String> classes) implements Dataset {
    private static final String ENDINGS = "(?i).*\\.(png|jpg|jpeg|bmp|gif)";

    /** Files, and all pictures inside folders, in the order of their names. */
    static List<Path> find(List<Path> places) throws IOException {
        var files = new ArrayList<Path>();
        for (var place : places) {
            if (Files.isDirectory(place)) {
                try (var inside = Files.walk(place)) {
                    files.addAll(
                            inside.filter(p -> Files.isRegularFile(p) && p.getFileName().toString().matches(ENDINGS)).sorted().toList());
                }
            } else if (Files.exists(place)) {
                files.add(place);
            } else {
                throw new IllegalArgumentException("there is no file " + place);
            }
        }
        if (files.isEmpty()) {
            throw new IllegalArgumentException("no pictures (.png, .jpg, .bmp, .gif) in " + places);
        }
        return files;
    }

    static BufferedImage read(Path file) {
        try {
            var picture = ImageIO.read(file.toFile());
            if (picture != null) {
                return picture;
            }
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException(file + " is a damaged picture: " + e.getMessage(), e);
        }
        throw new IllegalArgumentException(file + " is no picture that can be read (.png, .jpg, .bmp, .gif)");
    }

    /** Channel after channel; one channel is grey as television has it. */
    static byte[] planes(BufferedImage picture, int channels) {
        var plane = picture.getWidth() * picture.getHeight();
        var bytes = new byte[channels * plane];
        for (var i = 0; i < plane; i++) {
            var rgb = picture.getRGB(i % picture.getWidth(), i / picture.getWidth());
            int red = rgb >> 16 & 255;
            int green = rgb >> 8 & 255;
            int blue = rgb & 255;
            if (channels == 3) {
                bytes[i] = (byte) red;
                bytes[plane + i] = (byte) green;
                bytes[2 * plane + i] = (byte) blue;
            } else {
                bytes[i] = (byte) Math.round(0.299f * red + 0.587f * green + 0.114f * blue);
            }
        }
        return bytes;
    }

    @Override
    public int size() {
        return files.size();
    }

    /** Nobody knows; the network is asked. */
    @Override
    public int label(int index) {
        return 0;
    }

    @Override
    public void read(int index, Image image) {
        var channels = (int) imageShape.dim(0);
        var height = (int) imageShape.dim(1);
        var width = (int) imageShape.dim(2);
        if (channels != 1 && channels != 3) {
            throw new IllegalArgumentException("pictures have 1 or 3 channels, and the network takes " + imageShape);
        }
        var picture = read(files.get(index));
        if (picture.getWidth() != width || picture.getHeight() != height) {
            var resized = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            var graphics = resized.createGraphics();
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(picture, 0, 0, width, height, null);
            graphics.dispose();
            picture = resized;
        }
        var planes = planes(picture, channels);
        System.arraycopy(planes, 0, image.bytes(channels, height, width), 0, planes.length);
    }
}
