package fovea.train;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Numbers over time, for TensorBoard: records with masked checksums, each an Event message of protocol buffers.
 *
 * <pre>{@code
 * try (var events = EventFile.in(folder)) {
 *     events.scalar("loss", step, 0.25);
 * }
 * }</pre>
 */
public final class EventFile implements AutoCloseable {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final DataOutputStream file;

    private EventFile(Path path) throws IOException {
        file = new DataOutputStream(Files.newOutputStream(path, StandardOpenOption.CREATE_NEW));
        record(event(0).field(3, "brain.Event:2".getBytes(StandardCharsets.US_ASCII)));
        file.flush();
    }

    /** A new file with the name that TensorBoard looks for; it reads all files of a folder in the order of their names. */
    public static EventFile in(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (var second = System.currentTimeMillis() / 1000;; second++) {
            var path = folder.resolve("events.out.tfevents.%010d.fovea".formatted(second));
            if (!Files.exists(path)) {
                return new EventFile(path);
            }
        }
    }

    /** One point of a curve. */
    public void scalar(String tag, long step, double value) {
        var point = new Message().field(1, tag.getBytes(StandardCharsets.UTF_8)).field(2, (float) value);
        try {
            record(event(step).field(5, new Message().field(1, point.bytes()).bytes()));
            file.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Message event(long step) {
        return new Message().field(1, System.currentTimeMillis() / 1000.0).field(2, step);
    }

    /** Length, its checksum, the message, its checksum; all little-endian. */
    private void record(Message message) throws IOException {
        var bytes = message.bytes();
        var length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, bytes.length).array();
        var frame = ByteBuffer.allocate(16 + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        file.write(frame.put(length).putInt(masked(length)).put(bytes).putInt(masked(bytes)).array());
    }

    private static int masked(byte[] bytes) {
        var crc = new CRC32C();
        crc.update(bytes);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** A message of protocol buffers in the making. */
    private static final class Message {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        byte[] bytes() {
            return out.toByteArray();
        }

        private Message varint(long value) {
            var rest = value;
            for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
                out.write((int) (rest & 0x7f | 0x80));
            }
            out.write((int) rest);
            return this;
        }

        private Message key(int field, int kind) {
            return varint((long) field << 3 | kind);
        }

        Message field(int field, long value) {
            return key(field, VARINT).varint(value);
        }

        Message field(int field, double value) {
            return key(field, FIXED64).raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(0, value));
        }

        Message field(int field, float value) {
            return key(field, FIXED32).raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, value));
        }

        Message field(int field, byte[] value) {
            return key(field, BYTES).varint(value.length).raw(ByteBuffer.wrap(value));
        }

        private Message raw(ByteBuffer bytes) {
            out.writeBytes(bytes.array());
            return this;
        }
    }
}
