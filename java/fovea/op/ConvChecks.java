package fovea.op;

import fovea.Shape;
import java.util.List;

/** The refusals that convolution and transposed convolution share. */
final class ConvChecks {
    private ConvChecks() {
    }

    static Shape activations(String op, int rank, List<Spec> inputs, boolean add) {
        var fewest = add ? 3 : 2;
        Checks.require(inputs.size() == fewest || inputs.size() == fewest + 1, "%s takes x, w and perhaps b%s, got %d inputs: %s", op,
                add ? ", and r" : "", inputs.size(), inputs);
        var x = Checks.f32(op, "x", inputs.getFirst());
        Checks.require(x.rank() == rank + 2, "%s: x is %s; %d spatial axes need a tensor of rank %d: [batch, channels%s]", op, x, rank,
                rank + 2, List.of(", width", ", height, width", ", depth, height, width").get(rank - 1));
        return x;
    }

    static Shape weights(String op, int rank, List<Spec> inputs) {
        var w = Checks.f32(op, "w", inputs.get(1));
        Checks.require(w.rank() == rank + 2, "%s: w is %s; %d spatial axes need a filter of rank %d", op, w, rank, rank + 2);
        return w;
    }

    static void bias(String op, long oc, List<Spec> inputs) {
        if (inputs.size() == 3) {
            var b = Checks.f32(op, "b", inputs.get(2));
            Checks.require(b.rank() == 1 && b.dim(0) == oc, "%s: b is %s; %d output channels need [%d]", op, b, oc, oc);
        }
    }

    static Extents spatial(Shape shape) {
        var extents = new int[shape.rank() - 2];
        for (var i = 0; i < extents.length; i++) {
            extents[i] = Math.toIntExact(shape.dim(i + 2));
        }
        return Extents.of(extents);
    }

    static Shape shape(long n, long channels, Extents spatial) {
        var dims = new long[spatial.rank() + 2];
        dims[0] = n;
        dims[1] = channels;
        for (var i = 0; i < spatial.rank(); i++) {
            dims[i + 2] = spatial.at(i);
        }
        return Shape.of(dims);
    }
}
