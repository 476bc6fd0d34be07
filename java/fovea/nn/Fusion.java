package fovea.nn;

import fovea.op.Activation;
import fovea.op.MaxPool;
import fovea.op.Window;
import java.util.ArrayList;
import java.util.List;

/**
 * Known neighbours in a chain become one op. The layers are built one by one before, so parameters keep their names, and the single
 * blocks stay for passes in which a hook looks between them.
 */
final class Fusion {
    private Fusion() {
    }

    /** A rule looks at the blocks from position i and returns how many it takes and what runs in their place, or null. */
    @FunctionalInterface
    private interface Rule {
        Match match(List<Located> blocks, int i);
    }

    /** @param what the last layers become part of, for the summary */
    record Match(int length, Block fused, String what) {
    }

    private static final List<Rule> RULES = List.of(Fusion::convolutionAndNorm, Fusion::convolutionAndPool, Fusion::convolutionAndRelu,
            Fusion::normAndRelu, Fusion::denseAndRelu);

    private static Match convolutionAndNorm(List<Located> blocks, int i) {
        if (!(blocks.get(i).inner instanceof ConvBlock conv) || i + 1 == blocks.size()
                || !(blocks.get(i + 1).inner instanceof BatchNormBlock norm)) {
            return null;
        }
        var relu = i + 2 < blocks.size() && isRelu(blocks.get(i + 2));
        var both = new ConvNorm(conv, norm, blocks.get(i + 1).path, relu ? Activation.RELU : Activation.NONE, false);
        var what = "convolution + batch norm" + (relu ? " + relu" : "");
        var next = i + (relu ? 3 : 2);
        return halves(blocks, next)
                ? new Match(next + 1 - i, both.pooling(HALVES, blocks.get(next).path), what + " + max-pool")
                : new Match(next - i, both, what);
    }

    /** The windows that kernels pool before they write; behind a convolution whose result must be written first, nothing is gained. */
    private static final MaxPool HALVES = new MaxPool(Window.of(2, 2));

    private static boolean halves(List<Located> blocks, int i) {
        return i < blocks.size() && blocks.get(i).inner instanceof OpBlock(var op) && op.equals(HALVES);
    }

    private static Match convolutionAndPool(List<Located> blocks, int i) {
        if (!(blocks.get(i).inner instanceof ConvBlock conv)) {
            return null;
        }
        var relu = i + 1 < blocks.size() && isRelu(blocks.get(i + 1));
        var at = i + (relu ? 2 : 1);
        if (!halves(blocks, at)) {
            return null;
        }
        return new Match(at + 1 - i, conv.activation(relu ? Activation.RELU : Activation.NONE).pooling(HALVES.window()),
                "convolution" + (relu ? " + relu" : "") + " + max-pool");
    }

    private static Match convolutionAndRelu(List<Located> blocks, int i) {
        return i + 1 < blocks.size() && blocks.get(i).inner instanceof ConvBlock conv && isRelu(blocks.get(i + 1))
                ? new Match(2, conv.activation(Activation.RELU), "convolution + relu") : null;
    }

    private static Match normAndRelu(List<Located> blocks, int i) {
        return i + 1 < blocks.size() && blocks.get(i).inner instanceof BatchNormBlock norm && isRelu(blocks.get(i + 1))
                ? new Match(2, norm.activation(Activation.RELU), "batch norm + relu") : null;
    }

    private static Match denseAndRelu(List<Located> blocks, int i) {
        return i + 1 < blocks.size() && blocks.get(i).inner instanceof LinearBlock dense && isRelu(blocks.get(i + 1))
                ? new Match(2, dense.activation(Activation.RELU), "dense + relu") : null;
    }

    static boolean isRelu(Located block) {
        return block.inner instanceof OpBlock(fovea.op.Relu _);
    }

    static List<Block> of(List<Located> blocks, Scope scope) {
        var links = new ArrayList<Block>();
        for (var i = 0; i < blocks.size();) {
            var match = first(blocks, i);
            if (match == null) {
                links.add(blocks.get(i++));
                continue;
            }
            var members = blocks.subList(i, i + match.length);
            links.add(new Group(members, match.fused));
            for (var member : members.subList(1, members.size())) {
                scope.registry().fused(member.path, "in " + members.getFirst().path);
            }
            scope.registry().fused(members.getFirst().path, match.what);
            i += match.length;
        }
        return links;
    }

    private static Match first(List<Located> blocks, int i) {
        for (var rule : RULES) {
            var match = rule.match(blocks, i);
            if (match != null) {
                return match;
            }
        }
        return null;
    }
}
