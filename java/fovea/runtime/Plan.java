package fovea.runtime;

import fovea.Shape;
import fovea.op.Op;
import fovea.op.Spec;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What one op asks of native code for given shapes and layouts: forward above backward, one class per op. Plans are kept per session
 * by request and shared by all nodes that ask the same, so a plan holds nothing of a single pass; what belongs to a pass is in the
 * {@link Node}.
 */
public abstract class Plan implements AutoCloseable {
    /** Everything a plan depends on. Layouts are those that the inputs have now; the plan may ask for others. */
    public record Request(Op op, List<Spec> inputs, List<Layout> layouts, List<Boolean> needsGrad) {
        public boolean anyGrad() {
            return needsGrad.contains(true);
        }

        public Shape shape(int input) {
            return inputs.get(input).shape();
        }
    }

    protected final Native nativeContext;
    protected final Request request;

    protected Plan(Native nativeContext, Request request) {
        this.nativeContext = nativeContext;
        this.request = request;
    }

    /** What it computes. */
    public final Op op() {
        return request.op;
    }

    /** The layout in which the plan wants input i; the tape reorders where it is another one. */
    public Layout inputLayout(int i) {
        return Layout.PLAIN;
    }

    public Layout outputLayout(int o) {
        return Layout.PLAIN;
    }

    /** Whether output 0 is input 0 under another name: no memory of its own, no forward. */
    public boolean aliases() {
        return false;
    }

    /** Whether the gradient of input i is the gradient of output 0 as it is: {@link #backward} need not write it. */
    public boolean passesGrad(int i) {
        return false;
    }

    /** Whether {@link #backward} can add to {@code dx(i)} where {@code node.adds(i)} says so, instead of overwriting. */
    public boolean addsGrad(int i) {
        return false;
    }

    /**
     * The input whose gradient {@link #backward} can use up where {@code node.sink()} is not null, with the bits that a whole gradient
     * would give, or -1. Its {@code dx} is null then.
     */
    public int sinks() {
        return -1;
    }

    /** Bytes of the buffers that forward fills for backward, beyond inputs and outputs: indices, statistics, masks. */
    public long[] auxBytes() {
        return NONE;
    }

    /** Whether forward needs the aux buffers even where no gradient is wanted. */
    public boolean alwaysNeedsAux() {
        return false;
    }

    public long forwardWorkspace() {
        return 0;
    }

    public long backwardWorkspace() {
        return 0;
    }

    /** Bytes that a node keeps from step to step: packed weights. */
    public long packedBytes() {
        return 0;
    }

    /** Whether every forward takes a new random stream ({@code node.draw()}). */
    public boolean draws() {
        return false;
    }

    /** Overwrites {@code node.y(o)} from {@code node.x(i)}. */
    public abstract void forward(Node node);

    /** Whether {@link #again} is one cheap pass over inputs that backward reads anyway, so that output 0 need not be kept for backward. */
    public boolean recomputes() {
        return false;
    }

    /** Overwrites {@code node.y(0)} with the bits that forward gave, and changes nothing else. */
    public void again(Node node) {
        throw new AssertionError(this + " does not compute its result again");
    }

    /** Overwrites every {@code node.dx(i)} that is not null from {@code node.dy(o)} and what forward saved. */
    public abstract void backward(Node node);

    /** The name of the implementation that runs, for traces and tests. */
    public String implementation() {
        return "own";
    }

    /** That name where each of two passes has one, as C strings. */
    protected static String implementation(MemorySegment forward, MemorySegment backward) {
        var first = forward.reinterpret(Long.MAX_VALUE).getString(0);
        var second = backward.reinterpret(Long.MAX_VALUE).getString(0);
        return first.equals(second) ? first : "forward %s, backward %s".formatted(first, second);
    }

    @Override
    public void close() {
    }

    private static final long[] NONE = {};
}
