package fovea.op;

import java.util.List;

/**
 * x where it is positive, else x times a slope that is uniform in [low, high) and drawn for every element: RReLU in training. In
 * {@link fovea.Mode#EVAL} the mean slope takes its place, {@code Unary.leakyRelu((low + high) / 2)}.
 */
public record RandomRelu(float low, float high) implements Op {
    public RandomRelu {
        Checks.require(low <= high && Float.isFinite(low) && Float.isFinite(high),
                "randomRelu: low is %s and high is %s; give finite slopes, low not above high", low, high);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("randomRelu", inputs, 1);
        return List.of(Spec.f32(Checks.f32("randomRelu", "x", inputs.getFirst())));
    }

    @Override
    public int savedForBackward() {
        return INPUT;
    }
}
