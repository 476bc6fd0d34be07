package fovea.nn;

import fovea.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A layer whose inner tensors are given up behind it and computed again in backward: less memory, for one more forward of the layer;
 * {@link fovea.Step#checkpoint}. Gradients and running statistics are the same bits.
 */
public record Checkpointed(Layer body) implements Layer {
    /**
     * A chain in at most so many parts one behind the other, each a checkpoint but the last, which is needed first in backward. Parts
     * give up about equal numbers of elements, and none begins with a layer that fuses with the one before. Chains within the chain are
     * taken apart, so parameters get other names.
     */
    public static Sequential parts(Sequential chain, Shape in, int parts) {
        var links = new ArrayList<Layer>();
        unfold(chain, links);
        if (parts < 1 || parts > links.size()) {
            throw new IllegalArgumentException("checkpoints: %d parts of a chain of %d layers; give 1 to %d".formatted(
                    parts, links.size(), links.size()));
        }
        var ends = new double[links.size()];
        var shape = in;
        var total = 0.0;
        for (var i = 0; i < ends.length; i++) {
            shape = links.get(i).outputShape(shape);
            total += shape.elements();
            ends[i] = total;
        }
        var cut = new ArrayList<Layer>();
        var first = 0;
        for (var part = 1; first < links.size(); part++) {
            var last = first + 1;
            while (last < links.size() && (part >= parts || ends[last] <= total * part / parts || fuses(links.get(last)))) {
                last++;
            }
            var piece = new Sequential(links.subList(first, last));
            cut.add(last == links.size() ? piece : new Checkpointed(piece));
            first = last;
        }
        return new Sequential(cut);
    }

    private static boolean fuses(Layer layer) {
        return layer instanceof BatchNormalization || layer instanceof Elementwise || layer instanceof Pooling;
    }

    private static void unfold(Sequential chain, List<Layer> links) {
        for (var layer : chain.layers()) {
            var bare = Named.bare(layer);
            if (bare instanceof Sequential inner) {
                unfold(inner, links);
            } else {
                links.add(bare);
            }
        }
    }

    @Override
    public Shape outputShape(Shape in) {
        return body.outputShape(in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var inner = body.build(scope, in);
        return x -> x.step().checkpoint(inner::forward, x);
    }

    @Override
    public long macs(Shape in) {
        return body.macs(in);
    }

    @Override
    public boolean holdsNothing() {
        return body.holdsNothing();
    }

    @Override
    public String label() {
        return body.label() + ", computed again in backward";
    }
}
