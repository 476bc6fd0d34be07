package fovea.train;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Small pictures for a page, without a graphics library: the PNG format, eight bits a channel. */
public final class Png {
    private Png() {
    }

    /** @param planes channel after channel, each height * width bytes; 1 channel is grey, 3 are red, green and blue */
    public static byte[] of(byte[] planes, int channels, int height, int width) {
        if (channels != 1 && channels != 3 || planes.length < channels * height * width) {
            throw new IllegalArgumentException("a picture of %d channels, %d x %d, out of %d bytes; give 1 or 3 channels and all bytes"
                    .formatted(channels, height, width, planes.length));
        }
        // Each row begins with its filter: none.
        var rows = new byte[height * (1 + width * channels)];
        for (int y = 0, at = 0; y < height; y++) {
            at++;
            for (var x = 0; x < width; x++) {
                for (var c = 0; c < channels; c++) {
                    rows[at++] = planes[(c * height + y) * width + x];
                }
            }
        }
        var png = new ByteArrayOutputStream();
        png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        chunk(png, "IHDR", ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) 8).put((byte) (channels == 3 ? 2 : 0)).array());
        chunk(png, "IDAT", deflated(rows));
        chunk(png, "IEND", new byte[0]);
        return png.toByteArray();
    }

    /** The same as an address that holds the picture itself. */
    public static String address(byte[] planes, int channels, int height, int width) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(of(planes, channels, height, width));
    }

    private static byte[] deflated(byte[] bytes) {
        try (var deflater = new Deflater(Deflater.BEST_COMPRESSION)) {
            deflater.setInput(bytes);
            deflater.finish();
            var out = new ByteArrayOutputStream();
            var buffer = new byte[8192];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        }
    }

    private static void chunk(ByteArrayOutputStream png, String kind, byte[] data) {
        var body = ByteBuffer.allocate(4 + data.length).put(kind.getBytes(StandardCharsets.US_ASCII)).put(data).array();
        var crc = new CRC32();
        crc.update(body);
        png.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        png.writeBytes(body);
        png.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }
}
