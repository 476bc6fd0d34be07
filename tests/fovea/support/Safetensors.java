package fovea.support;

import fovea.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a safetensors file of expectations: 8 bytes of header length, a JSON header, then the numbers. F32, F64, I32 and I64. */
public final class Safetensors {
    /** One tensor, widened to float. */
    public record Entry(Shape shape, float[] elements) {
    }

    private Safetensors() {
    }

    public static Map<String, Entry> read(Path file) {
        try {
            var bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            var length = (int) bytes.getLong(0);
            var header = JsonReader.object(new String(bytes.array(), 8, length, StandardCharsets.UTF_8));
            var entries = new LinkedHashMap<String, Entry>();
            header.forEach((name, value) -> {
                if (!name.equals("__metadata__")) {
                    entries.put(name, entry(bytes, 8 + length, (Map<?, ?>) value));
                }
            });
            return entries;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Entry entry(ByteBuffer bytes, int start, Map<?, ?> value) {
        var dims = ((List<?>) value.get("shape")).stream().mapToLong(d -> ((Double) d).longValue()).toArray();
        var shape = Shape.of(dims);
        var at = start + ((Double) ((List<?>) value.get("data_offsets")).getFirst()).intValue();
        var elements = new float[(int) shape.elements()];
        for (var i = 0; i < elements.length; i++) {
            elements[i] = switch ((String) value.get("dtype")) {
                case "F32" -> bytes.getFloat(at + 4 * i);
                case "F64" -> (float) bytes.getDouble(at + 8 * i);
                case "I32" -> bytes.getInt(at + 4 * i);
                case "I64" -> bytes.getLong(at + 8 * i);
                default -> throw new IllegalArgumentException("dtype " + value.get("dtype"));
            };
        }
        return new Entry(shape, elements);
    }
}
