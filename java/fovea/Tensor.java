package fovea;

import fovea.op.Detach;
import fovea.op.Op;
import fovea.runtime.Debug;
import fovea.runtime.Memory;
import fovea.runtime.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.UnaryOperator;

/**
 * An off-heap array of numbers. The result of an op belongs to the {@link Step} that computed it and is gone when the step closes;
 * a {@link Parameter} and what {@link Session#tensor} makes belong to the {@link Session}. Nobody closes a tensor.
 *
 * <pre>{@code
 * try (var session = Session.open(); var step = session.step(Mode.EVAL)) {
 *     var x = step.of(Shape.of(2, 2), 1, -2, 3, -4);
 *     var y = x.relu().add(x);
 *     System.out.println(y);                 // [[2, -2], [6, -4]]
 *     float[] copy = y.toArray();            // outlives the step
 * }
 * }</pre>
 */
public sealed class Tensor implements Activating, Arithmetic, Convolving, Multiplying, Normalizing, Pooling, Reducing, Scoring, Shaping
        permits Parameter {
    final Session session;
    final Value value;
    /** The step that this handle belongs to; 0 for what lives as long as the session. */
    private long generation;

    Tensor(Session session, Value value) {
        this.session = session;
        this.value = value;
    }

    /** The handle of a value in this step: the one of earlier steps, unless stale handles are being looked for. */
    static Tensor of(Session session, Value value) {
        var handle = (Tensor) value.handle;
        if (handle == null || Debug.ENABLED && handle.generation != value.generation()) {
            handle = new Tensor(session, value);
            value.handle = handle;
        }
        handle.generation = value.generation();
        return handle;
    }

    public Shape shape() {
        return value.shape();
    }

    public ElementType type() {
        return value.type();
    }

    public Session session() {
        return session;
    }

    /** The open step of this tensor's session: what a block asks for its mode and applies ops with. */
    public Step step() {
        return session.openStep(this);
    }

    /** The value behind this handle, or an exception that says why it is gone. */
    Value live() {
        session.checkAccess();
        if (value.node() != null && (generation != session.currentStep() || generation != value.generation())) {
            throw new IllegalStateException("%s belongs to step %d, which is closed; copy it out with toArray() inside the step"
                    .formatted(value, generation));
        }
        if (!value.handleIsHeld()) {
            throw new IllegalStateException(value.node() == null
                    ? value + " was closed with its session"
                    : value + " was given up inside its block (sequential, checkpoint) to save memory; name its layer and read it in a hook");
        }
        return value;
    }

    // ---- reading -------------------------------------------------------------------------------------------------------------

    /** A copy of all elements in row-major order, as floats. */
    public float[] toArray() {
        var n = Math.toIntExact(shape().elements());
        var copy = new float[n];
        copyTo(MemorySegment.ofArray(copy));
        return copy;
    }

    /** A copy of all elements of an {@link ElementType#I32} or {@link ElementType#U8} tensor. */
    public int[] toIntArray() {
        var v = live();
        var n = Math.toIntExact(shape().elements());
        try (var arena = Arena.ofConfined()) {
            var plain = Memory.plain(session.nativeContext(), arena, v.data(), v.layout(), v.shape(), v.type());
            var copy = new int[n];
            for (var i = 0; i < n; i++) {
                copy[i] = switch (v.type()) {
                    case I32 -> plain.getAtIndex(ValueLayout.JAVA_INT, i);
                    case U8 -> Byte.toUnsignedInt(plain.get(ValueLayout.JAVA_BYTE, i));
                    case F32, BF16 -> throw new IllegalStateException(
                            "toIntArray: %s is %s, not I32 or U8; use toArray()".formatted(v, v.type()));
                };
            }
            return copy;
        }
    }

    /** Copies all elements as floats into a segment of exactly {@code 4 * elements} bytes, on or off the heap. */
    public void copyTo(MemorySegment floats) {
        var v = live();
        checkUsable("copyTo", v, floats);
        if (floats.isReadOnly()) {
            throw new IllegalArgumentException("copyTo: the segment of %d bytes for %s is read-only; give a writable one".formatted(
                    floats.byteSize(), v));
        }
        if (floats.byteSize() != shape().elements() * 4) {
            throw new IllegalArgumentException("copyTo: %s has %d elements, %d bytes as floats; the segment has %d bytes".formatted(
                    v, shape().elements(), shape().elements() * 4, floats.byteSize()));
        }
        try (var arena = Arena.ofConfined()) {
            var plain = Memory.plain(session.nativeContext(), arena, v.data(), v.layout(), v.shape(), v.type());
            if (v.type() != ElementType.F32) {
                var converted = arena.allocate(shape().elements() * 4, 64);
                Memory.convert(session.nativeContext(), converted, ElementType.F32, plain, v.type(), shape().elements());
                plain = converted;
            }
            MemorySegment.copy(plain, 0, floats, 0, floats.byteSize());
        }
    }

    private static void checkUsable(String call, Value v, MemorySegment segment) {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("%s: the arena of the segment of %d bytes for %s is closed; keep it open until the copy is made"
                    .formatted(call, segment.byteSize(), v));
        }
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            throw new IllegalStateException("%s: the segment of %d bytes for %s belongs to another thread; use a shared or automatic arena"
                    .formatted(call, segment.byteSize(), v));
        }
    }

    /** The only element of a tensor that has one: a loss. */
    public float item() {
        var v = live();
        if (shape().elements() != 1) {
            throw new IllegalStateException("item: %s has %d elements; use toArray() or reduce it first".formatted(v, shape().elements()));
        }
        return v.type() == ElementType.F32 ? v.data().get(ValueLayout.JAVA_FLOAT, 0) : toArray()[0];
    }

    /** Like NumPy prints it, long axes shortened. */
    @Override
    public String toString() {
        if (!session.isOpen() || value.node() != null && generation != session.currentStep() || !value.handleIsHeld()) {
            return value + " (closed)";
        }
        return Printing.print(toArray(), shape(), type());
    }

    // ---- writing (inputs and what belongs to a session) -----------------------------------------------------------------------

    /** Overwrites all elements. Only for inputs of a step and tensors of a session. */
    public void copyFrom(float... elements) {
        checkLength(elements.length);
        copyFrom(MemorySegment.ofArray(elements), ElementType.F32);
    }

    /** Overwrites all elements with integers: class ids, pixels. */
    public void copyFrom(int... elements) {
        checkLength(elements.length);
        copyFrom(MemorySegment.ofArray(elements), ElementType.I32);
    }

    private void checkLength(long length) {
        if (length != shape().elements()) {
            throw new IllegalArgumentException("copyFrom: %s has %d elements, the array has %d".formatted(
                    value, shape().elements(), length));
        }
    }

    /** Overwrites all elements from row-major memory of the given type, on or off the heap. */
    public void copyFrom(MemorySegment elements, ElementType from) {
        var v = live();
        checkUsable("copyFrom", v, elements);
        if (v.node() != null && !(v.node().op() instanceof fovea.op.Input)) {
            throw new IllegalStateException("copyFrom: %s is computed; only inputs, parameters and tensors of a session can be written"
                    .formatted(v));
        }
        var bytes = shape().elements() * from.bytes();
        if (elements.byteSize() != bytes) {
            throw new IllegalArgumentException("copyFrom: %s takes %d elements of %s, %d bytes; the segment has %d bytes".formatted(
                    v, shape().elements(), from, bytes, elements.byteSize()));
        }
        v.touch();
        if (from == v.type()) {
            MemorySegment.copy(elements, 0, v.data(), 0, bytes);
            return;
        }
        try (var arena = Arena.ofConfined()) {
            var source = elements;
            if (!elements.isNative()) {
                source = arena.allocate(bytes, 64);
                MemorySegment.copy(elements, 0, source, 0, bytes);
            }
            Memory.convert(session.nativeContext(), v.data(), v.type(), source, from, shape().elements());
        }
    }

    // ---- gradients -----------------------------------------------------------------------------------------------------------

    /**
     * Asks for the gradient with respect to this tensor: of an input (saliency maps, style transfer) or of any result on the way to
     * the loss. Read it after the backward pass with {@link #grad}. An input must be tracked before an op reads it.
     */
    public Tensor track() {
        var v = live();
        if (type() != ElementType.F32 && type() != ElementType.BF16) {
            throw new IllegalStateException("track: %s is %s; only F32 and BF16 tensors have gradients".formatted(v, type()));
        }
        if (v.node() != null && v.node().op() instanceof fovea.op.Input) {
            v.needsGrad(true);
        }
        v.keepsGrad(true);
        return this;
    }

    /** The gradient that the backward pass left here, in row-major order. */
    public float[] grad() {
        var v = live();
        if (v.grad() == null) {
            throw new IllegalStateException(
                    "grad: %s has no gradient; track() it before the forward pass and run step.backward(loss)".formatted(v));
        }
        var copy = new float[Math.toIntExact(shape().elements())];
        try (var arena = Arena.ofConfined()) {
            var plain = Memory.plain(session.nativeContext(), arena, v.grad(), v.layout(), v.shape(), ElementType.F32);
            MemorySegment.copy(plain, ValueLayout.JAVA_FLOAT, 0, copy, 0, copy.length);
        }
        return copy;
    }

    /**
     * Calls the hook in the backward pass with this tensor's complete gradient, row-major, before it flows on to what the tensor was
     * computed from. What the hook returns takes its place; null leaves it. Only for this step, and only for results of ops and inputs.
     */
    public Tensor onGrad(UnaryOperator<float[]> hook) {
        var v = live();
        if (v.node() == null || !v.needsGrad()) {
            throw new IllegalStateException("onGrad: %s %s".formatted(v, v.node() == null
                    ? "belongs to the session; hook a result of an op, or change the gradient between backward and the optimizer"
                    : "takes no gradient; track() an input, or hook what depends on a parameter in a TRAIN step"));
        }
        v.addGradHook(() -> {
            var gradient = hook.apply(grad());
            if (gradient != null) {
                if (gradient.length != shape().elements()) {
                    throw new IllegalArgumentException("onGrad: %s has %d elements, the hook returned %d".formatted(
                            v, shape().elements(), gradient.length));
                }
                session.ownGrad(v);
                session.fillFrom(v, v.grad(), gradient);
            }
        });
        return this;
    }

    /** Whether a backward pass through this tensor would do anything. */
    public boolean needsGrad() {
        return live().needsGrad();
    }

    // ---- ops: one interface per family, see `implements` ---------------------------------------------------------------------

    /** The op on this tensor, in the open step. */
    Tensor apply(Op op) {
        return session.openStep(this).apply(op, this);
    }

    Tensor apply(Op op, Tensor other) {
        return session.openStep(this).apply(op, this, other);
    }

    Tensor apply(Op op, Tensor second, Tensor third) {
        return session.openStep(this).apply(op, this, second, third);
    }

    /** The same tensor; no gradient flows back through the result. */
    public Tensor detach() {
        return apply(Detach.DETACH);
    }
}
