package fovea.runtime;

import fovea.op.Op;
import java.lang.foreign.MemorySegment;

/** One op on the tape: what it read, what it wrote, and what it keeps until its backward pass. */
public final class Node {
    final Op op;
    final Plan plan;
    /** Layer path, empty outside of any layer. */
    final String path;
    /** A reorder that the tape inserted; users do not see it. */
    final boolean hidden;
    /** Where on the tape. */
    int position;
    /** What the caller passed. */
    final Value[] sources;
    /** The same in the layouts that the plan wants. */
    final Value[] inputs;
    final Value[] outputs;
    /** Bit i: input i wanted a gradient when this was recorded; the last bit: any input from there on did. */
    final long needs;
    final Block[] aux;
    final MemorySegment[] auxData;

    final MemorySegment[] dx;
    /** Bit i: {@code dx[i]} holds a gradient that backward must add to. */
    long adds;
    MemorySegment sink;
    Block workspaceBlock;
    MemorySegment workspace;
    Block packedBlock;
    MemorySegment packed;
    /** What the packed copy was made of; compare with {@link Value#version}. */
    public long packedVersion = -1;
    long draw;
    boolean saved;
    boolean recomputing;
    long forwardNanos;
    long backwardNanos;
    long runs;

    Node(Op op, Plan plan, String path, boolean hidden, Value[] sources, Value[] inputs, long needs) {
        this.op = op;
        this.plan = plan;
        this.path = path;
        this.hidden = hidden;
        this.sources = sources;
        this.inputs = inputs;
        this.needs = needs;
        var specs = op.infer(plan.request.inputs());
        outputs = new Value[specs.size()];
        for (var o = 0; o < outputs.length; o++) {
            outputs[o] = new Value(this, o, specs.get(o).shape(), specs.get(o).type(), plan.outputLayout(o));
        }
        aux = new Block[plan.auxBytes().length];
        auxData = new MemorySegment[aux.length];
        dx = new MemorySegment[inputs.length];
    }

    public Op op() {
        return op;
    }

    public String path() {
        return path;
    }

    public Value input(int i) {
        return inputs[i];
    }

    public int inputs() {
        return inputs.length;
    }

    public int outputs() {
        return outputs.length;
    }

    public Value output(int o) {
        return outputs[o];
    }

    /** Whether some gradient flows back through this node. */
    public boolean wantsGrad() {
        return needs != 0;
    }

    /** Input i, in {@code plan.inputLayout(i)}. In backward only where {@code op.savedForBackward()} names it. */
    public MemorySegment x(int i) {
        return inputs[i].data();
    }

    public MemorySegment y(int o) {
        return outputs[o].data();
    }

    /** The gradient of output o; null where none arrived, which happens only to ops with several outputs. */
    public MemorySegment dy(int o) {
        return outputs[o].grad();
    }

    /** Where the gradient of input i goes; null where it is not wanted. */
    public MemorySegment dx(int i) {
        return dx[i];
    }

    /** Whether backward must add to {@code dx(i)}; only for plans whose {@code addsGrad(i)} is true. */
    public boolean adds(int i) {
        return i < Long.SIZE && (adds >> i & 1) != 0;
    }

    /** A buffer that forward fills for backward; null in forward where no gradient is wanted. */
    public MemorySegment aux(int i) {
        return aux[i] == null ? null : auxData[i];
    }

    /** The {@code fov_sink} that takes the gradient of input {@code plan.sinks()}, or null. */
    public MemorySegment sink() {
        return sink;
    }

    /** Scratch memory of this pass. */
    public MemorySegment workspace() {
        return workspace;
    }

    /** Memory that stays with this node from step to step. */
    public MemorySegment packed() {
        return packed;
    }

    /** The random stream of this forward pass; the same when it is recomputed. */
    public long draw() {
        return draw;
    }

    /** Forward runs a second time, for a checkpoint: what it does beside its outputs (running statistics) must not happen again. */
    public boolean recomputing() {
        return recomputing;
    }

    public String implementation() {
        return plan.implementation();
    }

    public long runs() {
        return runs;
    }

    public long forwardNanos() {
        return forwardNanos;
    }

    public long backwardNanos() {
        return backwardNanos;
    }

    void clearProfile() {
        runs = 0;
        forwardNanos = 0;
        backwardNanos = 0;
    }

    static MemorySegment segment(MemorySegment last, Block block, long bytes) {
        return last != null && last.address() == block.address() && last.byteSize() == bytes
                ? last : MemorySegment.ofAddress(block.address()).reinterpret(bytes);
    }

    void takeAux(Pool pool) {
        for (var i = 0; i < aux.length; i++) {
            if (aux[i] == null) {
                var bytes = plan.auxBytes()[i];
                aux[i] = pool.take(bytes);
                auxData[i] = segment(auxData[i], aux[i], bytes);
            }
        }
    }

    void releaseAux() {
        for (var i = 0; i < aux.length; i++) {
            if (aux[i] != null) {
                aux[i].release();
                aux[i] = null;
            }
        }
    }

    void takeWorkspace(Pool pool, long bytes) {
        if (bytes > 0) {
            workspaceBlock = pool.take(bytes);
            workspace = segment(workspace, workspaceBlock, bytes);
        }
    }

    void releaseWorkspace() {
        if (workspaceBlock != null) {
            workspaceBlock.release();
            workspaceBlock = null;
        }
    }

    void takePacked(Pool pool) {
        if (packedBlock == null && plan.packedBytes() > 0) {
            packedBlock = pool.take(plan.packedBytes());
            packed = segment(packed, packedBlock, plan.packedBytes());
        }
    }

    void releasePacked() {
        if (packedBlock != null) {
            packedBlock.release();
            packedBlock = null;
            packedVersion = -1;
        }
    }

    /** Keeps what backward reads. */
    void save() {
        var mask = op.savedForBackward();
        for (var i = 0; i < inputs.length; i++) {
            if ((mask & Op.INPUT << i) != 0) {
                inputs[i].retain();
            }
        }
        for (var o = 0; o < outputs.length; o++) {
            if ((mask & Op.OUTPUT << o) != 0) {
                outputs[o].retain();
            }
        }
        saved = true;
    }

    void releaseSaved() {
        if (!saved) {
            return;
        }
        saved = false;
        var mask = op.savedForBackward();
        for (var i = 0; i < inputs.length; i++) {
            if ((mask & Op.INPUT << i) != 0) {
                inputs[i].release();
            }
        }
        for (var o = 0; o < outputs.length; o++) {
            if ((mask & Op.OUTPUT << o) != 0) {
                outputs[o].release();
            }
        }
    }

    /** For example {@code features.conv1: Relu[]}. */
    @Override
    public String toString() {
        return path.isEmpty() ? op.toString() : path + ": " + op;
    }
}
