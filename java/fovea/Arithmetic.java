package fovea;

import fovea.op.Add;
import fovea.op.Binary;
import fovea.op.SquaredDistance;
import fovea.op.Unary;
import fovea.op.Where;

/**
 * What a {@link Tensor} computes element by element, as methods; each is one op of {@link fovea.op}.
 *
 * <pre>{@code
 * var normalized = x.sub(127.5f).mul(1 / 127.5f);
 * var gate = x.abs().add(1).log();
 * }</pre>
 */
public sealed interface Arithmetic permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    // ---- with a number -------------------------------------------------------------------------------------------------------

    default Tensor add(float number) {
        return self().apply(Unary.affine(1, number));
    }

    default Tensor sub(float number) {
        return self().apply(Unary.affine(1, -number));
    }

    default Tensor mul(float number) {
        return self().apply(Unary.affine(number, 0));
    }

    default Tensor div(float number) {
        return self().apply(Unary.divide(number));
    }

    /** Every element to the same power; NaN for a negative element and a power that is no integer. */
    default Tensor pow(float exponent) {
        return self().apply(Unary.power(exponent));
    }

    /** Every element, but at least {@code low}. */
    default Tensor atLeast(float low) {
        return self().apply(Unary.clamp(low, Float.POSITIVE_INFINITY));
    }

    /** Every element, but at most {@code high}. */
    default Tensor atMost(float high) {
        return self().apply(Unary.clamp(Float.NEGATIVE_INFINITY, high));
    }

    /** Every element, but at least {@code low} and at most {@code high}; no gradient where that changes it. */
    default Tensor clamp(float low, float high) {
        return self().apply(Unary.clamp(low, high));
    }

    // ---- with another tensor: axes of extent 1 stretch, as in NumPy ----------------------------------------------------------

    default Tensor add(Tensor other) {
        return self().apply(Add.ADD, other);
    }

    default Tensor sub(Tensor other) {
        return self().apply(Binary.SUBTRACT, other);
    }

    default Tensor mul(Tensor other) {
        return self().apply(Binary.MULTIPLY, other);
    }

    default Tensor div(Tensor other) {
        return self().apply(Binary.DIVIDE, other);
    }

    default Tensor pow(Tensor exponent) {
        return self().apply(Binary.POWER, exponent);
    }

    /** The larger of two elements. */
    default Tensor maximum(Tensor other) {
        return self().apply(Binary.MAXIMUM, other);
    }

    /** The smaller of two elements. */
    default Tensor minimum(Tensor other) {
        return self().apply(Binary.MINIMUM, other);
    }

    /** The squared distance of every row {@code [n, k]} to every row of {@code prototypes [m, k]}: {@code [n, m]}. */
    default Tensor squaredDistance(Tensor prototypes) {
        return self().apply(SquaredDistance.SQUARED_DISTANCE, prototypes);
    }

    /** 1 where this is greater, else 0; comparisons have no gradient. */
    default Tensor greater(Tensor other) {
        return self().apply(Binary.GREATER, other);
    }

    default Tensor greaterEqual(Tensor other) {
        return self().apply(Binary.GREATER_EQUAL, other);
    }

    default Tensor less(Tensor other) {
        return other.greater(self());
    }

    default Tensor lessEqual(Tensor other) {
        return other.greaterEqual(self());
    }

    /** 1 where both are the same number, else 0. */
    default Tensor equal(Tensor other) {
        return self().apply(Binary.EQUAL, other);
    }

    default Tensor notEqual(Tensor other) {
        return self().apply(Binary.NOT_EQUAL, other);
    }

    /** Of two tensors, {@code a} where this is not 0, else {@code b}. */
    default Tensor where(Tensor a, Tensor b) {
        return self().apply(Where.WHERE, a, b);
    }

    // ---- alone ---------------------------------------------------------------------------------------------------------------

    default Tensor abs() {
        return self().apply(Unary.ABS);
    }

    default Tensor neg() {
        return self().apply(Unary.NEG);
    }

    default Tensor exp() {
        return self().apply(Unary.EXP);
    }

    /** The natural logarithm. */
    default Tensor log() {
        return self().apply(Unary.LOG);
    }

    default Tensor sqrt() {
        return self().apply(Unary.SQRT);
    }

    default Tensor square() {
        return self().apply(Unary.SQUARE);
    }

    /** {@code 1 / x}. */
    default Tensor reciprocal() {
        return self().apply(Unary.RECIPROCAL);
    }

    /** 1, 0 or -1; its gradient is 0. */
    default Tensor sign() {
        return self().apply(Unary.SIGN);
    }

    /** The error function. */
    default Tensor erf() {
        return self().apply(Unary.ERF);
    }
}
