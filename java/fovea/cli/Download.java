package fovea.cli;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** One file over HTTP. Until its checksum is right it is called {@code .part}; a later try goes on at its end. */
final class Download {
    private static final int TRIES = 3;
    private static final int PATIENCE_MILLIS = 30_000;

    private Download() {
    }

    /** Returns false where the file was there already. */
    static boolean to(Path target, URI from, long bytes, String sha256) throws IOException {
        if (Files.exists(target)) {
            var found = sha256(target);
            if (found.equals(sha256)) {
                return false;
            }
            throw new IOException(
                    "%s is there, and its SHA-256 is %s instead of %s; move it away and fetch again".formatted(target, found, sha256));
        }
        var part = target.resolveSibling(target.getFileName() + ".part");
        IOException last = null;
        for (var i = 0; i < TRIES && size(part) < bytes; i++) {
            try {
                transfer(part, from, bytes);
                last = null;
            } catch (IOException e) {
                last = e;
            }
        }
        if (size(part) != bytes) {
            throw new IOException("%s: %,d of %,d bytes came%s; run the command again to go on from there, or name a --mirror".formatted(
                    from, size(part), bytes, last == null ? "" : " (" + last + ")"), last);
        }
        var found = sha256(part);
        if (!found.equals(sha256)) {
            Files.delete(part);
            throw new IOException(
                    "%s: the SHA-256 of what came is %s instead of %s; it was thrown away. Run the command again, or name another"
                            .formatted(from, found, sha256) + " --mirror");
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        return true;
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private static void transfer(Path part, URI from, long bytes) throws IOException {
        var have = size(part);
        var connection = (HttpURLConnection) from.toURL().openConnection();
        connection.setConnectTimeout(PATIENCE_MILLIS);
        connection.setReadTimeout(PATIENCE_MILLIS);
        connection.setRequestProperty("Accept-Encoding", "identity");
        if (have > 0) {
            connection.setRequestProperty("Range", "bytes=" + have + "-");
        }
        try {
            var code = connection.getResponseCode();
            var goesOn = code == HttpURLConnection.HTTP_PARTIAL && startsAt(connection, have);
            if (!goesOn && code != HttpURLConnection.HTTP_OK) {
                throw new IOException("the server answers " + code + " " + connection.getResponseMessage());
            }
            try (var in = connection.getInputStream();
                    var out = Files.newOutputStream(part, StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE, goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)) {
                var buffer = new byte[1 << 16];
                var total = goesOn ? have : 0;
                for (int n; (n = in.read(buffer)) >= 0;) {
                    total += n;
                    if (total > bytes) {
                        throw new IOException("the server sends more than the %,d bytes of this file".formatted(bytes));
                    }
                    out.write(buffer, 0, n);
                }
            }
        } finally {
            connection.disconnect();
        }
    }

    private static boolean startsAt(HttpURLConnection connection, long offset) {
        var range = connection.getHeaderField("Content-Range");
        return range != null && range.startsWith("bytes " + offset + "-");
    }

    static String sha256(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var digest = MessageDigest.getInstance("SHA-256");
            var buffer = new byte[1 << 16];
            for (int n; (n = in.read(buffer)) >= 0;) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
