package fovea.reference;

import fovea.op.Add;
import fovea.op.Binary;
import fovea.op.Reduce;
import fovea.op.Unary;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Functions of every element, of two tensors, and reductions. */
final class ElementConfigurations {
    private ElementConfigurations() {
    }

    static void addTo(Map<String, Function<Draw, Configuration>> all) {
        unary(all, "abs", d -> Unary.ABS, "torch.abs(a)", -3, 3);
        unary(all, "erf", d -> Unary.ERF, "torch.erf(a)", -3, 3);
        unary(all, "exp", d -> Unary.EXP, "torch.exp(a)", -3, 3);
        unary(all, "gelu", d -> Unary.GELU, "torch.gelu(a)", -4, 4);
        unary(all, "geluTanh", d -> Unary.GELU_TANH, "torch.gelu(a, approximate=\"tanh\")", -4, 4);
        unary(all, "hardSigmoid", d -> Unary.HARD_SIGMOID, "torch.hardsigmoid(a)", -5, 5);
        unary(all, "hardSwish", d -> Unary.HARD_SWISH, "torch.hardswish(a)", -5, 5);
        unary(all, "log", d -> Unary.LOG, "torch.log(a)", 0.1, 4);
        unary(all, "mish", d -> Unary.MISH, "torch.mish(a)", -4, 4);
        unary(all, "neg", d -> Unary.NEG, "torch.neg(a)", -4, 4);
        unary(all, "reciprocal", d -> Unary.RECIPROCAL, "torch.reciprocal(a)", 0.3, 4);
        unary(all, "selu", d -> Unary.SELU, "torch.selu(a)", -4, 4);
        unary(all, "sigmoid", d -> Unary.SIGMOID, "torch.sigmoid(a)", -6, 6);
        unary(all, "sign", d -> Unary.SIGN, "torch.sign(a)", -1, 1);
        unary(all, "silu", d -> Unary.SILU, "torch.silu(a)", -6, 6);
        unary(all, "softsign", d -> Unary.SOFTSIGN, "a / (torch.abs(a) + 1.0)", -6, 6);
        unary(all, "sqrt", d -> Unary.SQRT, "torch.sqrt(a)", 0.1, 5);
        unary(all, "square", d -> Unary.SQUARE, "torch.square(a)", -5, 5);
        unary(all, "tanh", d -> Unary.TANH, "torch.tanh(a)", -4, 4);
        unary(all, "scaledTanh", d -> Unary.SCALED_TANH, "torch.tanh(a * 0.6666666865348816) * 1.715900063514709", -4, 4);
        unary(all, "relu", d -> null, "torch.relu(a)", -4, 4);
        all.put("affine", d -> one(d, Unary.affine(d.real(-2, 2), d.real(-2, 2)), "a * %s + %s"));
        all.put("clamp", d -> one(d, Unary.clamp(d.real(-2, 0), d.real(0, 2)), "torch.clamp(a, %s, %s)"));
        all.put("divide", d -> one(d, Unary.divide(d.real(0.5, 2)), "a / %s"));
        all.put("elu", d -> one(d, Unary.elu(d.real(0.5, 2), 1), "torch.elu(a, %s, %s)"));
        all.put("celu", d -> one(d, Unary.celu(d.real(0.5, 2)), "torch.celu(a, %s)"));
        all.put("leakyRelu", d -> one(d, Unary.leakyRelu(d.real(0.1, 1)), "torch.leaky_relu(a, %s)"));
        all.put("softplus", d -> one(d, Unary.softplus(d.real(0.5, 2)), "torch.softplus(a, %s, 1000.0)"));
        all.put("power", ElementConfigurations::power);
        all.put("prelu", ElementConfigurations::prelu);
        binary(all, "subtract", Binary.SUBTRACT, "a - b", -3, 3);
        binary(all, "multiply", Binary.MULTIPLY, "a * b", -3, 3);
        binary(all, "divideBy", Binary.DIVIDE, "a / b", 0.5, 3);
        binary(all, "powerOf", Binary.POWER, "a ** b", 0.5, 3);
        binary(all, "maximum", Binary.MAXIMUM, "torch.maximum(a, b)", -3, 3);
        binary(all, "minimum", Binary.MINIMUM, "torch.minimum(a, b)", -3, 3);
        all.put("add", d -> pair(d, -3, 3, (step, x) -> step.apply(Add.ADD, x[0], x[1]), "add", "a + b", 1));
        all.put("where", ElementConfigurations::where);
        all.put("squaredDistance", ElementConfigurations::squaredDistance);
        reduce(all, Reduce.Kind.SUM, "torch.sum(a, %s, %s)");
        reduce(all, Reduce.Kind.MEAN, "torch.mean(a, %s, %s)");
        reduce(all, Reduce.Kind.VARIANCE, "torch.var(a, %s, False, %s)");
        reduce(all, Reduce.Kind.SAMPLE_VARIANCE, "torch.var(a, %s, True, %s)");
        reduce(all, Reduce.Kind.NORM, "torch.norm(a, 2, %s, %s)");
        reduce(all, Reduce.Kind.LOG_SUM_EXP, "torch.logsumexp(a, %s, %s)");
        reduce(all, Reduce.Kind.MAX, "torch.amax(a, %s, %s)");
        reduce(all, Reduce.Kind.MIN, "torch.amin(a, %s, %s)");
        all.put("argMax", d -> index(d, Reduce.Kind.ARG_MAX, "torch.argmax(a, %s, %s)"));
        all.put("argMin", d -> index(d, Reduce.Kind.ARG_MIN, "torch.argmin(a, %s, %s)"));
    }

    private static long[] dims(Draw d) {
        return IntStream.of(d.each(d.from(1, 4), 1, 5)).asLongStream().toArray();
    }

    private static void unary(Map<String, Function<Draw, Configuration>> all, String name, Function<Draw, Unary> op, String torch,
            double low, double high) {
        all.put(name, d -> {
            d.between(low, high, dims(d)).factor(4);
            var f = op.apply(d);
            return d.done(name, 1, (step, x) -> f == null ? x[0].relu() : step.apply(f, x[0]), torch);
        });
    }

    private static Configuration one(Draw d, Unary op, String torch) {
        d.between(-3, 3, dims(d)).factor(4);
        return d.done(op.function().toString(), 1, (step, x) -> step.apply(op, x[0]), torch, op.a(), op.b());
    }

    private static Configuration power(Draw d) {
        var exponent = d.of(2f, 3f, 0.5f, -1f, 1.5f);
        d.between(0.3, 3, dims(d)).factor(8);
        return d.done("power", 1, (_, x) -> x[0].pow(exponent), "a ** %s", exponent);
    }

    private static Configuration prelu(Draw d) {
        var c = d.from(1, 5);
        d.normal(2, c, d.from(1, 4), d.from(1, 4)).normal(d.of(1, c));
        return d.done("prelu", 1, (_, x) -> x[0].prelu(x[1]), "torch.prelu(a, b)");
    }

    /** Two shapes that stretch to one. */
    private static Configuration pair(Draw d, double low, double high, Configuration.Forward ours, String name, String torch,
            double factor) {
        var rank = d.from(1, 4);
        var full = d.each(rank, 1, 5);
        var sides = new long[2][];
        for (var side = 0; side < 2; side++) {
            var missing = side == 1 ? d.from(0, rank - 1) : 0;
            sides[side] = Arrays.stream(full, missing, rank).mapToLong(n -> d.from(0, 3) == 0 ? 1 : n).toArray();
        }
        d.between(low, high, sides[0]).between(low, high, sides[1]).factor(factor);
        return d.done(name, 1, ours, torch);
    }

    private static void binary(Map<String, Function<Draw, Configuration>> all, String name, Binary op, String torch, double low,
            double high) {
        // The largest derivative of a power of numbers up to 3 is 27 (1 + log 3).
        all.put(name, d -> pair(d, low, high, (step, x) -> step.apply(op, x[0], x[1]), name, torch,
                op == Binary.POWER ? 32 : op == Binary.DIVIDE ? 4 : 1));
    }

    private static Configuration where(Draw d) {
        var dims = dims(d);
        d.either(0, 1, dims).normal(dims).normal(dims[dims.length - 1]);
        return d.done("where", 1, (_, x) -> x[0].where(x[1], x[2]), "torch.where(a != 0, b, c)");
    }

    private static Configuration squaredDistance(Draw d) {
        var k = d.from(1, 12);
        d.normal(d.from(1, 5), k).normal(d.from(1, 6), k);
        return d.done("squaredDistance", 4 * k, (_, x) -> x[0].squaredDistance(x[1]),
                "((a.unsqueeze(1) - b.unsqueeze(0)) ** 2).sum(2)");
    }

    private static void reduce(Map<String, Function<Draw, Configuration>> all, Reduce.Kind kind, String torch) {
        all.put(kind.toString(), d -> {
            var rank = d.from(1, 4);
            var dims = d.each(rank, 2, 5);
            var axes = IntStream.range(0, rank).filter(_ -> d.chance()).toArray();
            if (axes.length == 0) {
                axes = new int[] {d.from(-rank, -1)};
            }
            var op = Reduce.of(kind, axes);
            var keep = d.chance();
            d.normal(IntStream.of(dims).asLongStream().toArray()).factor(8);
            return d.done(kind.toString(), d.shape().elements(), (_, x) -> x[0].reduce(keep ? op.keepingDims() : op), torch, axes, keep);
        });
    }

    private static Configuration index(Draw d, Reduce.Kind kind, String torch) {
        var axis = d.from(-3, 2);
        var keep = d.chance();
        d.fixed(-3, 3, d.from(1, 4), d.from(1, 5), d.from(1, 6));
        var op = Reduce.of(kind, axis);
        return d.done(kind.toString(), 1, (_, x) -> x[0].reduce(keep ? op.keepingDims() : op), torch, axis, keep);
    }
}
