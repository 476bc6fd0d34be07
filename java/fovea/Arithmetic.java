package fovea;

import fovea.op.Add;
import fovea.op.Unary;

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
    default Tensor max(float low) {
        return self().apply(Unary.clamp(low, Float.POSITIVE_INFINITY));
    }

    /** Every element, but at most {@code high}. */
    default Tensor min(float high) {
        return self().apply(Unary.clamp(Float.NEGATIVE_INFINITY, high));
    }

    /** Every element, but at least {@code low} and at most {@code high}; no gradient where that changes it. */
    default Tensor clamp(float low, float high) {
        return self().apply(Unary.clamp(low, high));
    }

    // ---- with another tensor -------------------------------------------------------------------------------------------------

    /** This plus another tensor. */
    default Tensor add(Tensor other) {
        return self().apply(Add.ADD, other);
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
