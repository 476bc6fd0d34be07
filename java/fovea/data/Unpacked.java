package fovea.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** A file read from its start, through gzip where its first bytes say so. Every failure names the file and the byte. */
final class Unpacked implements AutoCloseable {
    /** What is read at once: a header that promises gigabytes costs nothing until they come. */
    private static final int PIECE = 1 << 20;

    private final Path file;
    private final InputStream in;
    private long offset;

    Unpacked(Path file) {
        this.file = file;
        try {
            in = open(file);
        } catch (NoSuchFileException e) {
            throw new DataException("%s: no such file".formatted(file), e);
        } catch (IOException e) {
            throw new DataException("%s: cannot be opened: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static InputStream open(Path file) throws IOException {
        var raw = new PushbackInputStream(Files.newInputStream(file), 2);
        try {
            var head = raw.readNBytes(2);
            raw.unread(head);
            return head.length == 2 && head[0] == 0x1f && head[1] == (byte) 0x8b ? new GZIPInputStream(raw, 1 << 16) : raw;
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    Path file() {
        return file;
    }

    long offset() {
        return offset;
    }

    /** As many bytes as there are, up to n. */
    byte[] upTo(long n) {
        if (n > Integer.MAX_VALUE - 8) {
            throw DataException.at(file, offset, "%,d bytes are to be read, and an array holds 2 GB", n);
        }
        var bytes = new byte[(int) Math.min(n, PIECE)];
        var got = 0;
        try {
            while (true) {
                var more = in.readNBytes(bytes, got, bytes.length - got);
                got += more;
                if (got < bytes.length || got == n) {
                    break;
                }
                bytes = Arrays.copyOf(bytes, (int) Math.min(n, 2L * bytes.length));
            }
        } catch (EOFException | ZipException e) {
            throw new DataException("%s, after %d bytes: the gzip stream is damaged or cut off: %s".formatted(
                    file, offset + got, e.getMessage()), e);
        } catch (IOException e) {
            throw new DataException("%s, byte %d: %s".formatted(file, offset + got, e.getMessage()), e);
        }
        offset += got;
        return got == bytes.length ? bytes : Arrays.copyOf(bytes, got);
    }

    /** Exactly n bytes, which are meant to be this. */
    byte[] exactly(long n, String what) {
        var from = offset;
        var bytes = upTo(n);
        if (bytes.length < n) {
            throw DataException.at(file, from, "%s should have %,d bytes and the file ends after %,d of them", what, n, bytes.length);
        }
        return bytes;
    }

    /** Big-endian. */
    int int32(String what) {
        var b = exactly(4, what);
        return b[0] << 24 | (b[1] & 255) << 16 | (b[2] & 255) << 8 | b[3] & 255;
    }

    void end() {
        var from = offset;
        if (upTo(1).length > 0) {
            throw DataException.at(file, from, "the data should end here, and more follows");
        }
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }
}
