package fovea.runtime;

import fovea.op.Conv;
import fovea.op.ConvMaxPool;
import fovea.op.ConvTranspose;
import fovea.op.Linear;
import fovea.op.MatMul;
import fovea.op.Op;

/**
 * What an op has to do at least in one pass: a multiplication and its addition count as two, other arithmetic is left out beside what
 * memory costs; bytes are those of the tensors that it reads and writes, each counted once.
 */
public record Work(long forwardFlops, long backwardFlops, long forwardBytes, long backwardBytes) {
    /** Of a node as it was recorded. */
    public static Work of(Node node) {
        var flops = 2 * multiplications(node);
        var gradients = 0L;
        var saved = node.op().savedForBackward();
        var forward = 0L;
        var backward = 0L;
        for (var i = 0; i < node.inputs(); i++) {
            forward += bytes(node.input(i));
            var wanted = (node.needs >> Math.min(i, Long.SIZE - 1) & 1) != 0;
            // The first two inputs are the factors: the gradient of one takes as many multiplications as the product.
            gradients += wanted && i < 2 ? flops : 0;
            backward += (wanted ? bytes(node.input(i)) : 0) + ((saved & Op.INPUT << i) != 0 ? bytes(node.input(i)) : 0);
        }
        for (var o = 0; o < node.outputs(); o++) {
            forward += bytes(node.output(o));
            backward += bytes(node.output(o)) + ((saved & Op.OUTPUT << o) != 0 ? bytes(node.output(o)) : 0);
        }
        return new Work(flops, gradients, forward, node.wantsGrad() ? backward : 0);
    }

    private static long multiplications(Node node) {
        return switch (node.op()) {
            case Conv c -> size(node.output(0)) * (size(node.input(1)) / node.input(1).shape().dim(0));
            case ConvMaxPool c -> {
                var full = c.conv().infer(node.plan.request.inputs()).getFirst().shape().elements();
                yield full * (size(node.input(1)) / node.input(1).shape().dim(0));
            }
            case ConvTranspose c -> size(node.input(0)) * (size(node.input(1)) / node.input(1).shape().dim(0));
            case Linear l -> size(node.output(0)) * node.input(1).shape().dim(1);
            case MatMul m -> size(node.output(0)) * m.matrices(node.input(0).shape(), node.input(1).shape()).k();
            default -> 0;
        };
    }

    private static long bytes(Value value) {
        return size(value) * value.type().bytes();
    }

    /** Without the padding of its layout, which is no work that anybody asked for. */
    private static long size(Value value) {
        return value.shape().elements();
    }
}
