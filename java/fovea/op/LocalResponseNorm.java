package fovea.op;

import java.util.List;

/**
 * Local response normalisation across channels, as in AlexNet; x [n, c, any spatial axes]:
 * {@code y = x / (k + alpha / size * s)^beta}, s being the sum of x squared over {@code size} neighbouring channels, from
 * {@code c - size / 2} on. Channels that do not exist count as 0.
 *
 * @param alpha divided by size, as PyTorch and Caffe do; AlexNet's own alpha of 1e-4 is 5e-4 here
 */
public record LocalResponseNorm(int size, float alpha, float beta, float k) implements Op {
    public LocalResponseNorm {
        check("localResponseNorm", size, alpha, beta, k);
    }

    static void check(String op, int size, float alpha, float beta, float k) {
        Checks.require(size >= 1, "%s: size is %d; it must be at least 1", op, size);
        Checks.require(Float.isFinite(alpha) && Float.isFinite(beta) && Float.isFinite(k),
                "%s: alpha is %s, beta %s and k %s; they must be finite", op, alpha, beta, k);
    }

    @Override
    public List<Spec> infer(List<Spec> inputs) {
        Checks.inputs("localResponseNorm", inputs, 1);
        var x = Checks.f32("localResponseNorm", "x", inputs.getFirst());
        Checks.require(x.rank() >= 2, "localResponseNorm: x is %s; it must be [n, c] or [n, c, spatial...]", x);
        return List.of(Spec.f32(x));
    }

    @Override
    public int savedForBackward() {
        return INPUT;
    }
}
