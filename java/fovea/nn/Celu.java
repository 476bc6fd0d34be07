package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.Unary;

/** x above 0, {@code alpha (e^(x / alpha) - 1)} below: {@link Unary#elu} of {@code x / alpha}, scaled by alpha. */
record Celu(float alpha) implements Layer {
    Celu {
        if (!(alpha > 0) || Float.isInfinite(alpha)) {
            throw new IllegalArgumentException("celu: alpha is %s; it must be above 0".formatted(alpha));
        }
    }

    @Override
    public Shape outputShape(Shape in) {
        return in;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var elu = Unary.elu(1, alpha);
        if (alpha == 1) {
            return new OpBlock(elu);
        }
        var divide = Unary.divide(alpha);
        return x -> {
            Tensor scaled = x.step().apply(divide, x);
            var y = x.step().apply(elu, scaled);
            x.step().discard(scaled);
            return y;
        };
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "celu " + alpha;
    }
}
