package fovea.reference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** As much of ONNX's protobuf as expectations need: models of named nodes, and tensors. */
final class OnnxFile {
    /** A tensor with its elements widened to double; {@code type} is ONNX's number for the element type. */
    record Value(String name, int type, long[] dims, double[] data) {
        static final int FLOAT = 1;

        boolean isReal() {
            return type == FLOAT || type == 10 || type == 11 || type == 16;
        }

        long[] longs() {
            var longs = new long[data.length];
            for (var i = 0; i < longs.length; i++) {
                longs[i] = (long) data[i];
            }
            return longs;
        }

        int[] ints() {
            var ints = new int[data.length];
            for (var i = 0; i < ints.length; i++) {
                ints[i] = (int) data[i];
            }
            return ints;
        }
    }

    /** One node; attributes are Long, Float, String, Value, or lists of these. */
    record Node(String op, String domain, List<String> inputs, List<String> outputs, Map<String, Object> attributes) {
    }

    record Model(List<Node> nodes, Map<String, Value> initializers, List<String> inputs, List<String> outputs, long opset) {
    }

    private OnnxFile() {
    }

    static Model model(Path file) {
        var nodes = new ArrayList<Node>();
        var initializers = new LinkedHashMap<String, Value>();
        var inputs = new ArrayList<String>();
        var outputs = new ArrayList<String>();
        var opset = new long[1];
        each(bytes(file), (field, model) -> {
            if (field == 8) {
                var version = new HashMap<Integer, Object>();
                each(model.bytes(), (f, v) -> version.put(f, f == 1 ? v.string() : v.number));
                if (version.getOrDefault(1, "").equals("")) {
                    opset[0] = (Long) version.getOrDefault(2, 0L);
                }
            }
            if (field == 7) {
                each(model.bytes(), (f, graph) -> {
                    switch (f) {
                        case 1 -> nodes.add(node(graph.bytes()));
                        case 5 -> {
                            var value = tensor(graph.bytes());
                            initializers.put(value.name, value);
                        }
                        case 11 -> inputs.add(name(graph.bytes()));
                        case 12 -> outputs.add(name(graph.bytes()));
                        default -> {
                        }
                    }
                });
            }
        });
        return new Model(nodes, initializers, inputs, outputs, opset[0]);
    }

    static Value tensor(Path file) {
        return tensor(bytes(file));
    }

    private static ByteBuffer bytes(Path file) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- protobuf ------------------------------------------------------------------------------------------------------------

    /** What stands behind a field number: a number, or a run of bytes. */
    private record Field(long number, ByteBuffer run) {
        ByteBuffer bytes() {
            return run.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        }

        String string() {
            return StandardCharsets.UTF_8.decode(run.duplicate()).toString();
        }
    }

    @FunctionalInterface
    private interface FieldReader {
        void read(int field, Field value);
    }

    private static void each(ByteBuffer message, FieldReader reader) {
        while (message.hasRemaining()) {
            var tag = varint(message);
            var value = switch ((int) tag & 7) {
                case 0 -> new Field(varint(message), null);
                case 1 -> new Field(message.getLong(), null);
                case 2 -> {
                    var length = (int) varint(message);
                    var run = message.slice(message.position(), length);
                    message.position(message.position() + length);
                    yield new Field(0, run);
                }
                case 5 -> new Field(message.getInt(), null);
                default -> throw new IllegalArgumentException("wire type " + (tag & 7));
            };
            reader.read((int) (tag >> 3), value);
        }
    }

    private static long varint(ByteBuffer bytes) {
        var value = 0L;
        for (var shift = 0;; shift += 7) {
            var b = bytes.get();
            value |= (long) (b & 127) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private static String name(ByteBuffer valueInfo) {
        var name = new String[1];
        each(valueInfo, (field, value) -> {
            if (field == 1) {
                name[0] = value.string();
            }
        });
        return name[0];
    }

    private static Node node(ByteBuffer message) {
        var inputs = new ArrayList<String>();
        var outputs = new ArrayList<String>();
        var attributes = new HashMap<String, Object>();
        var names = new String[] {"", ""};
        each(message, (field, value) -> {
            switch (field) {
                case 1 -> inputs.add(value.string());
                case 2 -> outputs.add(value.string());
                case 4 -> names[0] = value.string();
                case 5 -> attribute(value.bytes(), attributes);
                case 7 -> names[1] = value.string();
                default -> {
                }
            }
        });
        return new Node(names[0], names[1], inputs, outputs, attributes);
    }

    private static void attribute(ByteBuffer message, Map<String, Object> attributes) {
        var name = new String[1];
        var single = new Object[1];
        var list = new ArrayList<Object>();
        var type = new long[1];
        each(message, (field, value) -> {
            switch (field) {
                case 1 -> name[0] = value.string();
                case 2 -> single[0] = Float.intBitsToFloat((int) value.number);
                case 3 -> single[0] = value.number;
                case 4 -> single[0] = value.string();
                case 5 -> single[0] = tensor(value.bytes());
                case 7 -> packed(value, list, b -> b.getFloat());
                case 8 -> packed(value, list, OnnxFile::varint);
                case 9 -> list.add(value.string());
                case 20 -> type[0] = value.number;
                default -> {
                }
            }
        });
        attributes.put(name[0], type[0] == 6 || type[0] == 7 || type[0] == 8 || single[0] == null ? list : single[0]);
    }

    private static void packed(Field value, List<Object> list, java.util.function.Function<ByteBuffer, Object> next) {
        if (value.run == null) {
            list.add(next.apply(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value.number)) instanceof Float f
                    ? (Object) f : (Object) value.number);
            return;
        }
        for (var bytes = value.bytes(); bytes.hasRemaining();) {
            list.add(next.apply(bytes));
        }
    }

    private static Value tensor(ByteBuffer message) {
        var dims = new ArrayList<Object>();
        var data = new ArrayList<Object>();
        var name = new String[] {""};
        var type = new int[1];
        var raw = new ByteBuffer[1];
        each(message, (field, value) -> {
            switch (field) {
                case 1 -> packed(value, dims, OnnxFile::varint);
                case 2 -> type[0] = (int) value.number;
                case 4 -> packed(value, data, b -> b.getFloat());
                case 5, 7, 11 -> packed(value, data, OnnxFile::varint);
                case 8 -> name[0] = value.string();
                case 9 -> raw[0] = value.bytes();
                case 10 -> packed(value, data, b -> b.getDouble());
                default -> {
                }
            }
        });
        var shape = dims.stream().mapToLong(d -> (Long) d).toArray();
        var elements = new ArrayList<Double>();
        if (raw[0] != null) {
            while (raw[0].hasRemaining()) {
                elements.add(rawElement(raw[0], type[0]));
            }
        } else {
            data.forEach(v -> elements.add(type[0] == 10 ? (double) Float.float16ToFloat(((Long) v).shortValue()) : ((Number) v).doubleValue()));
        }
        return new Value(name[0], type[0], shape, elements.stream().mapToDouble(d -> d).toArray());
    }

    private static double rawElement(ByteBuffer raw, int type) {
        return switch (type) {
            case 1 -> raw.getFloat();
            case 2, 9 -> Byte.toUnsignedInt(raw.get());
            case 3 -> raw.get();
            case 6 -> raw.getInt();
            case 7, 13 -> raw.getLong();
            case 10 -> Float.float16ToFloat(raw.getShort());
            case 11 -> raw.getDouble();
            case 16 -> Float.intBitsToFloat(raw.getShort() << 16);
            default -> throw new IllegalArgumentException("element type " + type);
        };
    }
}
