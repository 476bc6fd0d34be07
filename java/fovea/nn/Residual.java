package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.Activation;
import java.util.List;
import java.util.function.BinaryOperator;

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

    /** A convolution or batch norm at the end of the body takes the addition, and a relu behind it, into its own op. */
    private Block fused(Scope scope, Sum plain) {
        if (!(((Located) plain.body).inner instanceof Sequential.Chain chain) || chain.blocks.isEmpty()) {
            return plain;
        }
        var relu = plain.activation instanceof Located l && Fusion.isRelu(l);
        var join = Join.of(chain.blocks, relu ? Activation.RELU : Activation.NONE);
        if (join == null) {
            return plain;
        }
        var registry = scope.registry();
        chain.blocks.forEach(b -> registry.unfused(b.path));
        var before = new Sequential.Chain(chain.blocks.subList(0, chain.blocks.size() - join.members.size()), scope);
        var first = join.members.getFirst().path;
        registry.fused(first, join.what + " + add" + (relu ? " + relu" : ""));
        join.members.stream().skip(1).forEach(m -> registry.fused(m.path, "in " + first));
        if (relu) {
            registry.fused(((Located) plain.activation).path, "in " + first);
        }
        return new JoinedSum(plain, before, join, relu ? null : plain.activation);
    }

    /** The last members of a body as one block that also adds the shortcut: {@code activation(members(x) + r)}. */
    private record Join(List<Located> members, String what, BinaryOperator<Tensor> op) {
        /** Null where the body does not end with what can take an addition. */
        static Join of(List<Located> body, Activation activation) {
            var n = body.size();
            var last = body.getLast();
            if (last.inner instanceof ConvBlock conv) {
                return new Join(List.of(last), "convolution", conv.adding().activation(activation)::forward);
            }
            if (!(last.inner instanceof BatchNormBlock norm)) {
                return null;
            }
            if (n > 1 && body.get(n - 2).inner instanceof ConvBlock conv) {
                var both = new ConvNorm(conv, norm, last.path, activation, true);
                return new Join(body.subList(n - 2, n), "convolution + batch norm", both::forward);
            }
            return new Join(List.of(last), "batch norm", norm.activation(activation)::forward);
        }

        boolean isHooked() {
            for (var i = 0; i < members.size(); i++) {
                if (members.get(i).isHooked()) {
                    return true;
                }
            }
            return false;
        }

        Tensor forward(Tensor x, Tensor r) {
            var step = x.step();
            var path = step.enter(members.getFirst().path);
            try {
                return op.apply(x, r);
            } finally {
                step.enter(path);
            }
        }
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

    /** The sum as part of the body's last members; the plain one where a hook wants to see what it hides. */
    private record JoinedSum(Sum plain, Block before, Join join, Block rest) implements Block {
        @Override
        public Tensor forward(Tensor x) {
            if (plain.isHooked() || join.isHooked()) {
                return plain.forward(x);
            }
            var a = before.forward(x);
            var b = plain.shortcut == null ? x : plain.shortcut.forward(x);
            var sum = join.forward(a, b);
            if (plain.discards) {
                if (a != x) {
                    sum.step().discard(a);
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
