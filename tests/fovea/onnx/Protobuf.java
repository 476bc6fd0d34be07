package fovea.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The fields of one protobuf message, one after the other. A message has no end mark and no schema: who reads it knows what each
 * field number means.
 *
 * <pre>{@code
 * for (var in = new Protobuf(bytes); in.next();) {
 *     switch (in.field()) {
 *         case 1 -> name = in.text();
 *         case 2 -> child = read(in.message());
 *         default -> in.skip();
 *     }
 * }
 * }</pre>
 */
final class Protobuf {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteBuffer bytes;
    private int field;
    private int wire;

    Protobuf(ByteBuffer bytes) {
        this.bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Goes to the next field; false at the end. The field before must have been read or skipped. */
    boolean next() {
        if (!bytes.hasRemaining()) {
            return false;
        }
        var tag = varint();
        field = (int) (tag >>> 3);
        wire = (int) (tag & 7);
        return true;
    }

    int field() {
        return field;
    }

    long integer() {
        expect(VARINT);
        return varint();
    }

    float real() {
        expect(FIXED32);
        return bytes.getFloat();
    }

    String text() {
        return StandardCharsets.UTF_8.decode(blob()).toString();
    }

    Protobuf message() {
        return new Protobuf(blob());
    }

    /** The bytes themselves, little-endian. */
    ByteBuffer blob() {
        expect(BYTES);
        var length = Math.toIntExact(varint());
        var blob = bytes.slice(bytes.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(bytes.position() + length);
        return blob;
    }

    /** One integer, or a packed run of them. */
    void integers(List<Long> into) {
        if (wire != BYTES) {
            into.add(integer());
            return;
        }
        for (var packed = message(); packed.bytes.hasRemaining();) {
            into.add(packed.varint());
        }
    }

    /** One float, or a packed run of them. */
    void reals(List<Double> into) {
        if (wire != BYTES) {
            into.add((double) real());
            return;
        }
        for (var packed = blob(); packed.hasRemaining();) {
            into.add((double) packed.getFloat());
        }
    }

    /** One double, or a packed run of them. */
    void doubles(List<Double> into) {
        if (wire == FIXED64) {
            into.add(bytes.getDouble());
            return;
        }
        for (var packed = blob(); packed.hasRemaining();) {
            into.add(packed.getDouble());
        }
    }

    void skip() {
        switch (wire) {
            case VARINT -> varint();
            case FIXED64 -> bytes.getLong();
            case BYTES -> blob();
            case FIXED32 -> bytes.getInt();
            default -> throw new IllegalArgumentException("protobuf: field %d has wire type %d".formatted(field, wire));
        }
    }

    private void expect(int type) {
        if (wire != type) {
            throw new IllegalArgumentException("protobuf: field %d has wire type %d, not %d".formatted(field, wire, type));
        }
    }

    private long varint() {
        var value = 0L;
        for (var shift = 0;; shift += 7) {
            var part = bytes.get();
            value |= (part & 0x7FL) << shift;
            if (part >= 0) {
                return value;
            }
        }
    }

}
