package fovea;

/** What a tensor is made of. Arithmetic happens in {@link #F32}; the others carry half-precision copies, class ids and pixels. */
public enum ElementType {
    /** IEEE 754 single precision. */
    F32(4),
    /** The upper half of an {@link #F32}: its range, with 8 bits of precision. */
    BF16(2),
    /** Class ids and positions. */
    I32(4),
    /** Pixels, 0 to 255. */
    U8(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
