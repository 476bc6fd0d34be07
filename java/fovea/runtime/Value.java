package fovea.runtime;

import fovea.ElementType;
import fovea.Shape;
import java.lang.foreign.MemorySegment;

/**
 * One tensor's place: on a tape (the output of a node) or in a session (a parameter). It outlives the step; its memory does not.
 *
 * <p>Two holders keep a value's memory: the handle that the user has, and nodes whose backward pass reads it.
 */
public final class Value {
    final Node node;
    final int index;
    /** The value of another session whose memory this is, or null. */
    private Value lender;
    private final Shape shape;
    private final ElementType type;
    private final Layout layout;
    private final long bytes;

    private Block block;
    private int holds;
    private MemorySegment data;
    /** The segment of the place before: a value that is given up and computed again has two in every step. */
    private MemorySegment otherData;
    private boolean givenUp;
    /** How many values that are given up are to be computed again from this one. */
    int reliedOn;
    private Block gradBlock;
    private MemorySegment grad;

    /** The user's handle holds the memory. */
    boolean handleHolds;
    /** The gradient stays readable after the backward pass. */
    boolean keepsGrad;
    boolean needsGrad;
    /** A parameter's gradient that this backward pass has written. */
    boolean gradWritten;
    /** For a parameter, in backward: the position of the first node that reads it, hence the last to add to its gradient. */
    int firstReader;
    /** Called with this value's complete gradient before its producer's backward pass. */
    Runnable gradHook;
    /** The step in which the memory was last filled. */
    long generation;
    /** Raised when somebody changes the contents in place; packed copies compare it. */
    long version;
    /** The {@code fovea.Tensor} that stands for this value, reused from step to step. */
    public Object handle;
    /** For a parameter: its path. */
    public String name;

    Value(Node node, int index, Shape shape, ElementType type, Layout layout) {
        this.node = node;
        this.index = index;
        this.shape = shape;
        this.type = type;
        this.layout = layout;
        this.bytes = layout.elements(shape) * type.bytes();
    }

    /** A value of a session: it holds its memory until it is closed. */
    public static Value persistent(Pool pool, Shape shape, ElementType type, String name) {
        var value = new Value(null, 0, shape, type, Layout.PLAIN);
        value.name = name;
        value.hold(pool.take(value.bytes));
        return value;
    }

    /** The same memory as a persistent value of another session, which must stay open meanwhile. */
    public static Value borrowed(Value lender) {
        var value = new Value(null, 0, lender.shape, lender.type, lender.layout);
        value.name = lender.name;
        value.lender = lender;
        value.hold(Block.borrowed(lender.block));
        return value;
    }

    public Shape shape() {
        return shape;
    }

    public ElementType type() {
        return type;
    }

    public Layout layout() {
        return layout;
    }

    /** Elements in memory, padding lanes included. */
    public long elements() {
        return bytes / type.bytes();
    }

    public long bytes() {
        return bytes;
    }

    /** Gradients are F32 whatever the type of what they belong to. */
    public long gradBytes() {
        return elements() * Float.BYTES;
    }

    /** Whether a gradient can reach this: integers have none. */
    boolean differentiable() {
        return type == ElementType.F32 || type == ElementType.BF16;
    }

    public boolean needsGrad() {
        return needsGrad;
    }

    public void needsGrad(boolean needs) {
        needsGrad = needs;
    }

    public void keepsGrad(boolean keeps) {
        keepsGrad = keeps;
    }

    /** Called after those that are there already. */
    public void addGradHook(Runnable hook) {
        var before = gradHook;
        gradHook = before == null ? hook : () -> {
            before.run();
            hook.run();
        };
    }

    public long generation() {
        return generation;
    }

    public long version() {
        return lender == null ? version : lender.version();
    }

    /** Says that the contents changed in place. */
    public void touch() {
        if (lender != null) {
            throw new IllegalStateException("%s belongs to another session, which lends it; change it there".formatted(this));
        }
        version++;
    }

    /** For a parameter: whether a backward pass has written the gradient since {@link #gradUsed}. */
    public boolean gradIsNew() {
        return gradWritten;
    }

    public void gradUsed() {
        gradWritten = false;
    }

    /** The node that computes this value, or null for a parameter. */
    public Node node() {
        return node;
    }

    /** Whether anybody holds the memory: the user's handle or a node whose backward reads it. */
    public boolean isHeld() {
        return block != null;
    }

    /** Whether the user may still read it. */
    public boolean handleIsHeld() {
        return handleHolds;
    }

    /** Gives the gradient's memory back; null from now on. */
    public void releaseGradient() {
        releaseGrad();
    }

    /** The contents, exactly as long as the layout needs. */
    public MemorySegment data() {
        assert block != null : "the memory of " + this + " is not held";
        return data;
    }

    /** The gradient, in the same layout; null where there is none. */
    public MemorySegment grad() {
        return gradBlock == null ? null : grad;
    }

    Block block() {
        return block;
    }

    Block gradBlock() {
        return gradBlock;
    }

    /** Takes over one reference to the block, held by the handle. The segment is made anew only when the address moved: never in a replayed step. */
    void hold(Block held) {
        assert block == null : "the memory of " + this + " is held already";
        block = held;
        holds = 1;
        handleHolds = true;
        place();
    }

    private void place() {
        if (data == null || data.address() != block.address()) {
            var before = data;
            data = otherData != null && otherData.address() == block.address()
                    ? otherData : MemorySegment.ofAddress(block.address()).reinterpret(bytes);
            otherData = before;
        }
    }

    /** Whether the contents were given up while somebody holds them; see {@link Recomputation}. */
    boolean isGivenUp() {
        return givenUp;
    }

    /** Gives the memory back, if there is any; who holds the value holds it still. */
    void giveUp() {
        var held = block;
        block = null;
        givenUp = true;
        if (held != null) {
            held.release();
        }
    }

    /** Memory for those that hold the value; its contents are arbitrary. */
    void restore(Block taken) {
        block = taken;
        givenUp = false;
        place();
    }

    void holdGrad(Block held) {
        if (gradBlock != null) {
            gradBlock.release();
        }
        gradBlock = held;
        if (grad == null || grad.address() != held.address()) {
            grad = MemorySegment.ofAddress(held.address()).reinterpret(gradBytes());
        }
    }

    /** Before the gradient is changed in place: a block that other values hold too is left to them. The contents are then arbitrary. */
    public void ownGrad(Pool pool) {
        if (gradBlock.shared()) {
            holdGrad(pool.take(gradBytes()));
        }
    }

    void releaseHandle() {
        if (handleHolds) {
            handleHolds = false;
            release();
        }
    }

    void retain() {
        holds++;
    }

    /** All holds of one value count once in its block, since views of other shapes may hold the block too. */
    void release() {
        if (--holds > 0) {
            return;
        }
        if (givenUp) {
            givenUp = false;
            Recomputation.relieve(node);
            return;
        }
        var held = block;
        block = null;
        held.release();
    }

    void releaseGrad() {
        if (gradBlock != null) {
            gradBlock.release();
            gradBlock = null;
        }
    }

    /** Gives a persistent value's memory back. */
    public void close() {
        releaseGrad();
        releaseHandle();
    }

    @Override
    public String toString() {
        var owner = name != null ? name : node != null ? node.toString() : "value";
        return owner + shape;
    }
}
