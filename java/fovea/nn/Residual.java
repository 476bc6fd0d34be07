package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.Activation;

/**
 * {@code activation(body(x) + shortcut(x))}. Names of the parts in parameter paths can be chosen; an empty one adds nothing to the
 * path, as torchvision's blocks have it.
 */
public record Residual(Layer body, Layer shortcut, Layer activation, String bodyName, String shortcutName) implements Layer {
    public Residual(Layer body, Layer shortcut) {
        this(body, shortcut, Identity.IDENTITY, "body", "shortcut");
    }

    /** What follows the sum. */
    public Residual activation(Layer layer) {
        return new Residual(body, shortcut, layer, bodyName, shortcutName);
    }

    public Residual names(String ofBody, String ofShortcut) {
        return new Residual(body, shortcut, activation, ofBody, ofShortcut);
    }

    @Override
    public Shape outputShape(Shape in) {
        var y = located(bodyName, body, in);
        var s = located(shortcutName, shortcut, in);
        if (!y.equals(s)) {
            throw new IllegalArgumentException(("residual: the body gives %s and the shortcut %s, which cannot be added; give the shortcut"
                    + " a 1x1 convolution with %d filters and the body's stride").formatted(y, s, y.rank() > 0 ? y.dim(0) : 1));
        }
        return located("activation", activation, y);
    }

    private static Shape located(String name, Layer layer, Shape in) {
        try {
            return layer.outputShape(in);
        } catch (IllegalArgumentException e) {
            throw LayerException.within(name, e);
        }
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var f = scope.build(bodyName, body, in);
        var g = shortcut instanceof Identity ? null : scope.build(shortcutName, shortcut, in);
        var h = activation instanceof Identity ? null : scope.build("activation", activation, body.outputShape(in));
        var plain = new Sum(f, g, h, holdsNothing());
        return scope.options().fuse() ? fused(scope, plain) : plain;
    }

    /** A batch norm at the end of the body takes the addition, and a relu behind it, into its own pass. */
    private Block fused(Scope scope, Sum plain) {
        if (!(((Located) plain.body).inner instanceof Sequential.Chain chain)
                || !(chain.blocks.getLast().inner instanceof BatchNormBlock norm)) {
            return plain;
        }
        var last = chain.blocks.getLast();
        var relu = plain.activation instanceof Located l && Fusion.isRelu(l);
        var rest = relu ? null : plain.activation;
        chain.blocks.forEach(b -> scope.registry().unfused(b.path));
        var before = new Sequential.Chain(chain.blocks.subList(0, chain.blocks.size() - 1), scope);
        scope.registry().fused(last.path, "batch norm + add" + (relu ? " + relu" : ""));
        if (relu) {
            scope.registry().fused(((Located) plain.activation).path, "in " + last.path);
        }
        return new NormSum(plain, before, last, norm.activation(relu ? Activation.RELU : Activation.NONE), rest);
    }

    /** The sum by itself. A shortcut or activation that does nothing is null. */
    private record Sum(Block body, Block shortcut, Block activation, boolean discards) implements Block {
        boolean isHooked() {
            return ((Located) body).isHooked() || activation instanceof Located l && l.isHooked();
        }

        @Override
        public Tensor forward(Tensor x) {
            var a = body.forward(x);
            var b = shortcut == null ? x : shortcut.forward(x);
            var sum = a.add(b);
            if (discards) {
                Containers.discard(body, a, x);
                if (b != a && shortcut != null) {
                    Containers.discard(shortcut, b, x);
                }
            }
            return activated(sum, activation, discards);
        }
    }

    private static Tensor activated(Tensor sum, Block activation, boolean discards) {
        if (activation == null) {
            return sum;
        }
        var y = activation.forward(sum);
        if (discards && y != sum) {
            sum.step().discard(sum);
        }
        return y;
    }

    /** The sum as part of the body's last norm; the plain one where a hook wants to see what it hides. */
    private record NormSum(Sum plain, Block before, Located last, BatchNormBlock norm, Block rest) implements Block {
        @Override
        public Tensor forward(Tensor x) {
            if (plain.isHooked() || last.isHooked()) {
                return plain.forward(x);
            }
            var a = before.forward(x);
            var b = plain.shortcut == null ? x : plain.shortcut.forward(x);
            var step = x.step();
            var path = step.enter(last.path);
            Tensor sum;
            try {
                sum = norm.forward(a, b);
            } finally {
                step.enter(path);
            }
            if (plain.discards) {
                if (a != x) {
                    step.discard(a);
                }
                if (b != a && plain.shortcut != null) {
                    Containers.discard(plain.shortcut, b, x);
                }
            }
            return activated(sum, rest, plain.discards);
        }
    }

    @Override
    public boolean holdsNothing() {
        return body.holdsNothing() && shortcut.holdsNothing() && activation.holdsNothing();
    }

    @Override
    public String label() {
        return "residual";
    }
}
