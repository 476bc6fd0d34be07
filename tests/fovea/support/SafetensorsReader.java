package fovea.support;

import fovea.Shape;
import fovea.nn.Array;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The F32 arrays of a safetensors file that holds expectations; it trusts the file. */
public final class SafetensorsReader {
    private SafetensorsReader() {
    }

    public static Map<String, Array> read(Path file) throws IOException {
        var bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        var length = (int) bytes.getLong();
        var header = new byte[length];
        bytes.get(header);
        var arrays = new LinkedHashMap<String, Array>();
        JsonReader.object(new String(header, StandardCharsets.UTF_8)).forEach((name, value) -> {
            if (value instanceof Map<?, ?> entry && "F32".equals(entry.get("dtype"))) {
                var dims = ((List<?>) entry.get("shape")).stream().mapToLong(d -> ((Double) d).longValue()).toArray();
                var begin = ((Double) ((List<?>) entry.get("data_offsets")).getFirst()).intValue();
                var shape = Shape.of(dims);
                var elements = new float[(int) shape.elements()];
                bytes.position(8 + length + begin).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(elements);
                arrays.put(name, new Array(shape, elements));
            }
        });
        return arrays;
    }
}
