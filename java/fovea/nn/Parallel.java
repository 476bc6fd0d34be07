package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import fovea.op.Concat;
import java.util.ArrayList;
import java.util.List;

/**
 * Branches that all read the same tensor and whose results are joined along the channels: an inception block.
 *
 * <pre>{@code
 * parallel(conv2d(64, 1), sequential(conv2d(96, 1), relu(), conv2d(128, 3).padding(1)), identity())
 * }</pre>
 */
public record Parallel(List<Layer> branches) implements Layer {
    public Parallel {
        branches = List.copyOf(branches);
        if (branches.isEmpty()) {
            throw new IllegalArgumentException("parallel: no branches; give at least one layer");
        }
    }

    @Override
    public Shape outputShape(Shape in) {
        Shape all = null;
        for (var i = 0; i < branches.size(); i++) {
            var name = Named.nameOf(branches.get(i), i);
            Shape out;
            try {
                out = branches.get(i).outputShape(in);
            } catch (IllegalArgumentException e) {
                throw LayerException.within(name, e);
            }
            if (all == null) {
                all = out;
            } else if (out.rank() == all.rank() && out.with(0, 1).equals(all.with(0, 1))) {
                all = all.with(0, all.dim(0) + out.dim(0));
            } else {
                throw new IllegalArgumentException(("parallel: branch %s gives %s, and those before it %s; only the channels may differ,"
                        + " so give all branches the same stride and as much padding as their kernels take away")
                        .formatted(name, out, all));
            }
        }
        return all;
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var blocks = new ArrayList<Block>();
        for (var i = 0; i < branches.size(); i++) {
            blocks.add(scope.build(Named.nameOf(branches.get(i), i), Named.bare(branches.get(i)), in));
        }
        return new Built(blocks.toArray(Block[]::new), holdsNothing());
    }

    @Override
    public boolean holdsNothing() {
        return branches.stream().allMatch(Layer::holdsNothing);
    }

    @Override
    public String label() {
        return "parallel";
    }

    private static final class Built implements Block {
        private static final Concat CONCAT = new Concat(1);
        private final Block[] blocks;
        private final boolean discards;
        /** Used again in every step. */
        private final Tensor[] results;

        Built(Block[] blocks, boolean discards) {
            this.blocks = blocks;
            this.discards = discards;
            results = new Tensor[blocks.length];
        }

        @Override
        public Tensor forward(Tensor x) {
            for (var i = 0; i < blocks.length; i++) {
                results[i] = blocks[i].forward(x);
            }
            var y = x.step().apply(CONCAT, results);
            for (var i = 0; discards && i < blocks.length; i++) {
                if (results[i] != y && !already(i)) {
                    Containers.discard(blocks[i], results[i], x);
                }
            }
            return y;
        }

        /** Two branches may give the same tensor, which is given up once. */
        private boolean already(int i) {
            for (var k = 0; k < i; k++) {
                if (results[k] == results[i]) {
                    return true;
                }
            }
            return false;
        }
    }
}
