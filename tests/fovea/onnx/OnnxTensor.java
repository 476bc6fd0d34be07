package fovea.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;

/**
 * An array of an ONNX file. Elements of every type are doubles here, which hold F16, F32 and all integers below 2^53 as they are.
 *
 * @param dims an extent may be 0
 */
public record OnnxTensor(String name, Type type, long[] dims, double[] elements) {
    /** Types of elements, by the numbers of TensorProto.DataType. */
    public enum Type {
        FLOAT(1, 4), UINT8(2, 1), INT8(3, 1), INT32(6, 4), INT64(7, 8), BOOL(9, 1), FLOAT16(10, 2), DOUBLE(11, 8);

        final int number;
        final int bytes;

        Type(int number, int bytes) {
            this.number = number;
            this.bytes = bytes;
        }

        public boolean isInteger() {
            return switch (this) {
                case UINT8, INT8, INT32, INT64, BOOL -> true;
                case FLOAT, FLOAT16, DOUBLE -> false;
            };
        }

        static Type of(long number) {
            return Arrays.stream(values()).filter(t -> t.number == number).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("ONNX: element type %d is not read here".formatted(number)));
        }

        private double read(ByteBuffer raw) {
            return switch (this) {
                case FLOAT -> raw.getFloat();
                case DOUBLE -> raw.getDouble();
                case FLOAT16 -> Float.float16ToFloat(raw.getShort());
                case INT64 -> raw.getLong();
                case INT32 -> raw.getInt();
                case INT8 -> raw.get();
                case UINT8, BOOL -> raw.get() & 0xFF;
            };
        }
    }

    public static OnnxTensor integers(long... values) {
        return new OnnxTensor("", Type.INT64, new long[] {values.length}, Arrays.stream(values).asDoubleStream().toArray());
    }

    public static OnnxTensor read(Path file) throws IOException {
        return read(new Protobuf(ByteBuffer.wrap(Files.readAllBytes(file))));
    }

    static OnnxTensor read(Protobuf in) {
        var dims = new ArrayList<Long>();
        var reals = new ArrayList<Double>();
        var integers = new ArrayList<Long>();
        var type = Type.FLOAT;
        var name = "";
        ByteBuffer raw = null;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> in.integers(dims);
                case 2 -> type = Type.of(in.integer());
                case 4 -> in.reals(reals);
                case 5, 7 -> in.integers(integers);
                case 8 -> name = in.text();
                case 9 -> raw = in.blob().order(ByteOrder.LITTLE_ENDIAN);
                case 10 -> in.doubles(reals);
                case 13, 14 -> throw new IllegalArgumentException("ONNX: tensor " + name + " lies in another file, which is not read here");
                default -> in.skip();
            }
        }
        var shape = dims.stream().mapToLong(d -> d).toArray();
        var elements = new double[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        if (raw != null) {
            check(name, elements.length, raw.remaining() / type.bytes);
            for (var i = 0; i < elements.length; i++) {
                elements[i] = type.read(raw);
            }
        } else {
            check(name, elements.length, Math.max(reals.size(), integers.size()));
            for (var i = 0; i < elements.length; i++) {
                elements[i] = !reals.isEmpty() ? reals.get(i) : type == Type.FLOAT16 ? Float.float16ToFloat(integers.get(i).shortValue())
                        : integers.get(i);
            }
        }
        return new OnnxTensor(name, type, shape, elements);
    }

    private static void check(String name, int expected, int actual) {
        if (expected != actual) {
            throw new IllegalArgumentException("ONNX: tensor %s should have %d elements and has %d".formatted(name, expected, actual));
        }
    }

    public float[] floats() {
        var y = new float[elements.length];
        for (var i = 0; i < y.length; i++) {
            y[i] = (float) elements[i];
        }
        return y;
    }

    public long[] longs() {
        return Arrays.stream(elements).mapToLong(v -> (long) v).toArray();
    }

    @Override
    public String toString() {
        return "%s %s %s".formatted(type, Arrays.toString(dims), name);
    }
}
