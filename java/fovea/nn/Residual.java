package fovea.nn;

import fovea.Shape;

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
        var discards = body.holdsNothing() && shortcut.holdsNothing() && activation.holdsNothing();
        return x -> {
            var a = f.forward(x);
            var b = g == null ? x : g.forward(x);
            var sum = a.add(b);
            if (discards) {
                Containers.discard(f, a, x);
                if (b != a) {
                    Containers.discard(g, b, x);
                }
            }
            if (h == null) {
                return sum;
            }
            var y = h.forward(sum);
            if (discards && y != sum) {
                sum.step().discard(sum);
            }
            return y;
        };
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
