package fovea.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/** Takes the plain files out of a tar.gz, all into one folder, which appears when it is complete. */
final class Untar {
    private static final int BLOCK = 512;

    private Untar() {
    }

    static void folder(Path archive, Path folder) throws IOException {
        var building = Files.createTempDirectory(folder.toAbsolutePath().getParent(), ".unpacking");
        try (var in = new GZIPInputStream(Files.newInputStream(archive), 1 << 16)) {
            while (true) {
                var header = in.readNBytes(BLOCK);
                if (header.length < BLOCK) {
                    throw new IOException(archive + ": the archive is cut off");
                }
                if (header[0] == 0) {
                    break;
                }
                entry(archive, in, header, building);
            }
            Files.move(building, folder, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            if (Files.isDirectory(building)) {
                try (var left = Files.list(building)) {
                    for (var file : left.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(building);
            }
        }
    }

    private static void entry(Path archive, InputStream in, byte[] header, Path into) throws IOException {
        var path = text(header, 0, 100);
        long size;
        try {
            size = Long.parseLong(text(header, 124, 12).strip(), 8);
        } catch (NumberFormatException e) {
            throw new IOException("%s: entry '%s' has no readable size".formatted(archive, path), e);
        }
        var kind = header[156];
        // Only the last name counts: no entry can leave the folder.
        var name = path.substring(path.lastIndexOf('/') + 1);
        var plain = (kind == '0' || kind == 0) && !name.isEmpty() && !name.equals("..") && !name.equals(".");
        try (var out = plain ? Files.newOutputStream(into.resolve(name)) : java.io.OutputStream.nullOutputStream()) {
            var buffer = new byte[1 << 16];
            for (var left = size; left > 0;) {
                var n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (n < 0) {
                    throw new IOException("%s: the archive is cut off in '%s'".formatted(archive, path));
                }
                out.write(buffer, 0, n);
                left -= n;
            }
        }
        in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
    }

    private static String text(byte[] header, int from, int length) {
        var end = from;
        while (end < from + length && header[end] != 0) {
            end++;
        }
        return new String(Arrays.copyOfRange(header, from, end), StandardCharsets.US_ASCII);
    }
}
