package fovea.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
    @TempDir
    Path folder;

    private record Point(String tag, long step, float value) {
    }

    @Test
    void readsBackAsTheFormatsDescribeIt() throws IOException {
        try (var events = EventFile.in(folder)) {
            events.scalar("train/loss", 1, 0.25);
            events.scalar("é", 300, -7.5);
            events.scalar("x", Long.MAX_VALUE, Double.NaN);
        }
        assertEquals(List.of(new Point("train/loss", 1, 0.25f), new Point("é", 300, -7.5f), new Point("x", Long.MAX_VALUE, Float.NaN)),
                read(only()));
    }

    @Test
    void twoRunsInOneSecondHaveTwoFiles() throws IOException {
        try (var a = EventFile.in(folder); var b = EventFile.in(folder)) {
            a.scalar("a", 1, 1);
            b.scalar("b", 1, 1);
        }
        try (var files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
    }

    /** With {@code -Dtensorboard.python=PATH}, a Python that has the package tensorboard; else the one on the path. */
    @Test
    void tensorBoardItselfReadsThem() throws Exception {
        try (var events = EventFile.in(folder)) {
            events.scalar("train/loss", 1, 0.25);
            events.scalar("train/loss", 300, -7.5);
            events.scalar("é", 5_000_000_000L, 3);
        }
        var program = """
                import sys
                from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
                events = EventAccumulator(sys.argv[1])
                events.Reload()
                for tag in events.Tags()["scalars"]:
                    for point in events.Scalars(tag):
                        print(ascii(tag), point.step, point.value)
                """;
        var python = System.getProperty("tensorboard.python", "python3");
        if (python(python, "import tensorboard").exit() != 0) {
            System.out.println("skipped: " + python + " has no package tensorboard");
            Assumptions.abort("skipped: " + python + " has no package tensorboard");
        }
        var read = python(python, program, folder.toString());
        assertEquals(List.of("'train/loss' 1 0.25", "'train/loss' 300 -7.5", "'\\xe9' 5000000000 3.0"), read.out().lines().toList(),
                () -> "exit code " + read.exit());
    }

    private record Said(int exit, String out) {
    }

    private static Said python(String python, String program, String... arguments) throws Exception {
        var command = Stream.concat(Stream.of(python, "-c", program), Stream.of(arguments)).toList();
        try {
            var process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Said(process.waitFor(), out);
        } catch (IOException e) {
            return new Said(-1, e.toString());
        }
    }

    private Path only() throws IOException {
        try (var files = Files.list(folder)) {
            var path = files.findFirst().orElseThrow();
            assertEquals(true, path.getFileName().toString().matches("events\\.out\\.tfevents\\.\\d{10}\\.fovea"));
            return path;
        }
    }

    // ---- a reader of its own: the polynomial bit by bit, the messages field by field ---------------------------------------------

    private static List<Point> read(Path path) throws IOException {
        var in = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        var points = new ArrayList<Point>();
        for (var first = true; in.hasRemaining(); first = false) {
            var length = new byte[8];
            in.get(length);
            assertEquals(masked(length), in.getInt());
            var message = new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
            in.get(message);
            assertEquals(masked(message), in.getInt());
            var event = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
            var step = 0L;
            while (event.hasRemaining()) {
                switch ((int) varint(event)) {
                    case 1 << 3 | 1 -> event.getDouble();
                    case 2 << 3 -> step = varint(event);
                    case 3 << 3 | 2 -> assertEquals("brain.Event:2", new String(bytes(event), StandardCharsets.UTF_8));
                    case 5 << 3 | 2 -> points.add(point(ByteBuffer.wrap(bytes(event)), step));
                    default -> throw new AssertionError("an unknown field");
                }
            }
            assertEquals(first, points.isEmpty());
        }
        return points;
    }

    private static Point point(ByteBuffer summary, long step) {
        assertEquals(1 << 3 | 2, varint(summary));
        var value = ByteBuffer.wrap(bytes(summary)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(1 << 3 | 2, varint(value));
        var tag = new String(bytes(value), StandardCharsets.UTF_8);
        assertEquals(2 << 3 | 5, varint(value));
        return new Point(tag, step, value.getFloat());
    }

    private static byte[] bytes(ByteBuffer in) {
        var bytes = new byte[(int) varint(in)];
        in.get(bytes);
        return bytes;
    }

    private static long varint(ByteBuffer in) {
        var value = 0L;
        for (var shift = 0;; shift += 7) {
            var b = in.get();
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private static int masked(byte[] bytes) {
        var crc = ~0;
        for (var b : bytes) {
            crc ^= b & 255;
            for (var i = 0; i < 8; i++) {
                crc = crc >>> 1 ^ (crc & 1) * 0x82f63b78;
            }
        }
        crc = ~crc;
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }
}
