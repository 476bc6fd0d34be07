package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Layers one after the other. Children are called 0, 1, 2, ... as in torchvision, or what {@link Named} says. Tensors between two
 * layers that hold nothing are given up as soon as they are read, so that memory serves the next ones.
 */
public record Sequential(List<Layer> layers) implements Layer {
    public Sequential {
        layers = List.copyOf(layers);
    }

    @Override
    public Shape outputShape(Shape in) {
        var shape = in;
        for (var i = 0; i < layers.size(); i++) {
            try {
                shape = layers.get(i).outputShape(shape);
            } catch (IllegalArgumentException e) {
                throw LayerException.within(Named.nameOf(layers.get(i), i), e);
            }
        }
        return shape;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var blocks = new ArrayList<Located>();
        var shape = in;
        for (var i = 0; i < layers.size(); i++) {
            var block = (Located) scope.build(Named.nameOf(layers.get(i), i), Named.bare(layers.get(i)), shape);
            blocks.add(block);
            shape = block.out;
        }
        return new Chain(blocks, scope);
    }

    @Override
    public boolean holdsNothing() {
        return layers.stream().allMatch(Layer::holdsNothing);
    }

    @Override
    public String label() {
        return "sequential";
    }

    /** The layers built: links are single blocks, or groups that run as one op. */
    static final class Chain implements Block {
        final List<Located> blocks;
        private final Block[] links;
        /** Whether what link i gives may be given up once link i + 1 has read it. */
        private final boolean[] discards;

        Chain(List<Located> blocks, Scope scope) {
            this.blocks = List.copyOf(blocks);
            var fused = scope.options().fuse() ? Fusion.of(this.blocks, scope) : List.<Block>copyOf(this.blocks);
            links = fused.toArray(Block[]::new);
            discards = new boolean[links.length];
            for (var i = 0; i + 1 < links.length; i++) {
                discards[i] = holdsNothing(links[i]) && holdsNothing(links[i + 1]);
            }
        }

        private static boolean holdsNothing(Block link) {
            return link instanceof Located l ? l.layer.holdsNothing() : link instanceof Group;
        }

        private static boolean isHooked(Block link) {
            return link instanceof Located l ? l.isHooked() : ((Group) link).isHooked();
        }

        @Override
        public Tensor forward(Tensor x) {
            var t = x;
            for (var i = 0; i < links.length; i++) {
                var y = links[i].forward(t);
                if (i > 0 && discards[i - 1] && t != x && t != y && !isHooked(links[i - 1])) {
                    t.step().discard(t);
                }
                t = y;
            }
            return t;
        }
    }
}
