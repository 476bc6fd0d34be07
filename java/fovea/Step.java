package fovea;

import fovea.data.Batch;
import fovea.op.Input;
import fovea.op.Op;
import fovea.runtime.Memory;
import fovea.runtime.Node;
import fovea.runtime.Tape;
import fovea.runtime.Value;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One pass: it owns every tensor computed in it and gives all their memory back when it closes.
 *
 * <pre>{@code
 * try (var step = session.step(Mode.TRAIN)) {
 *     var x = step.of(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
 *     var loss = model.forward(x).crossEntropy(step.ofInts(Shape.of(2), 0, 1));
 *     step.backward(loss);
 *     optimizer.step();
 * }
 * }</pre>
 */
public final class Step implements AutoCloseable {
    private final Session session;
    private final Tape tape;
    private final Mode mode;
    private long number;
    private boolean open;
    private boolean backwardDone;
    private Throwable openedAt;

    Step(Session session, Tape tape, Mode mode) {
        this.session = session;
        this.tape = tape;
        this.mode = mode;
    }

    Step begin(long stepNumber, Throwable place) {
        number = stepNumber;
        open = true;
        backwardDone = false;
        openedAt = place;
        tape.begin(stepNumber);
        return this;
    }

    public Mode mode() {
        return mode;
    }

    public Session session() {
        return session;
    }

    /** Steps are numbered from 1 within a session. */
    public long number() {
        return number;
    }

    Throwable openedAt() {
        return openedAt;
    }

    private void checkOpen() {
        session.checkAccess();
        if (!open) {
            throw new IllegalStateException("step %d is closed; open a new one with session.step(mode)".formatted(number));
        }
    }

    // ---- tensors -------------------------------------------------------------------------------------------------------------

    /** A tensor to be filled with {@link Tensor#copyFrom}; its contents are arbitrary until then. */
    public Tensor input(Shape shape, ElementType type) {
        checkOpen();
        var op = tape.upcoming() instanceof Input last && last.type() == type && last.shape().equals(shape) ? last : new Input(shape, type);
        return tensor(tape.apply(op));
    }

    /** The images of a batch as F32 [n, channels, height, width]; {@link Batch#labels} are tensors of this step from here on. */
    public Tensor input(Batch batch) {
        return batch.enter(this);
    }

    /** A tensor with these elements, row-major. */
    public Tensor of(Shape shape, float... elements) {
        var x = input(shape, ElementType.F32);
        x.copyFrom(elements);
        return x;
    }

    /** An {@link ElementType#I32} tensor with these elements: class ids. */
    public Tensor ofInts(Shape shape, int... elements) {
        var x = input(shape, ElementType.I32);
        x.copyFrom(elements);
        return x;
    }

    public Tensor zeros(Shape shape) {
        return full(shape, 0);
    }

    public Tensor full(Shape shape, float element) {
        var x = input(shape, ElementType.F32);
        Memory.fill(session.nativeContext(), x.value.data(), element, shape.elements());
        return x;
    }

    /** 0, 1, 2 ... */
    public Tensor arange(long n) {
        var x = input(Shape.of(n), ElementType.F32);
        for (var i = 0L; i < n; i++) {
            x.value.data().setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
        }
        return x;
    }

    /** Uniform in [low, high); the numbers depend on the session's seed and how many draws went before, not on threads. */
    public Tensor uniform(Shape shape, float low, float high) {
        var x = input(shape, ElementType.F32);
        session.fillUniform(x.value.data(), shape.elements(), low, high);
        return x;
    }

    public Tensor normal(Shape shape, float mean, float deviation) {
        var x = input(shape, ElementType.F32);
        session.fillNormal(x.value.data(), shape.elements(), mean, deviation);
        return x;
    }

    // ---- ops -----------------------------------------------------------------------------------------------------------------

    private Value argument(Object reader, Tensor tensor) {
        if (tensor.session != session) {
            throw new IllegalArgumentException("%s: %s belongs to another session; copy it over with toArray() and step.of(...)"
                    .formatted(reader, tensor.value));
        }
        return tensor.live();
    }

    private Tensor tensor(Node node) {
        return Tensor.of(session, node.output(0));
    }

    public Tensor apply(Op op, Tensor a) {
        checkOpen();
        return tensor(tape.apply(op, argument(op, a)));
    }

    public Tensor apply(Op op, Tensor a, Tensor b) {
        checkOpen();
        return tensor(tape.apply(op, argument(op, a), argument(op, b)));
    }

    public Tensor apply(Op op, Tensor a, Tensor b, Tensor c) {
        checkOpen();
        return tensor(tape.apply(op, argument(op, a), argument(op, b), argument(op, c)));
    }

    /** Any number of inputs; the first output. */
    public Tensor apply(Op op, Tensor... inputs) {
        return tensor(applyNode(op, inputs));
    }

    /** Any number of inputs; all outputs. */
    public Tensor[] applyAll(Op op, Tensor... inputs) {
        var node = applyNode(op, inputs);
        var outputs = new Tensor[node.outputs()];
        for (var o = 0; o < outputs.length; o++) {
            outputs[o] = Tensor.of(session, node.output(o));
        }
        return outputs;
    }

    private Node applyNode(Op op, Tensor... inputs) {
        checkOpen();
        for (var i = 0; i < inputs.length; i++) {
            tape.argument(i, argument(op, inputs[i]));
        }
        return tape.apply(op, inputs.length);
    }

    // ---- gradients -----------------------------------------------------------------------------------------------------------

    /** Gradients of a loss (one element) with respect to all parameters that are not frozen and all tracked tensors. */
    public void backward(Tensor loss) {
        backward(loss, Gradients.REPLACE);
    }

    public void backward(Tensor loss, Gradients mode) {
        var v = seedOfLoss(loss);
        Memory.fill(session.nativeContext(), v.grad(), 1, 1);
        run(mode);
    }

    private Value seedOfLoss(Tensor loss) {
        if (loss.shape().elements() != 1) {
            throw new IllegalStateException("backward: %s has %d elements; reduce it to one, or give a seed gradient of its shape"
                    .formatted(loss.value, loss.shape().elements()));
        }
        return seed(loss);
    }

    /**
     * Like {@link #backward(Tensor)}, but hands over each parameter as soon as its gradient is complete and nothing that is still to be
     * computed reads the parameter. After that the gradient's memory serves the next one, so {@code finished} is the only reader:
     * {@link fovea.optim.Optimizer#backward} updates parameters in this way.
     */
    public void backward(Tensor loss, Consumer<Parameter> finished) {
        var v = seedOfLoss(loss);
        Memory.fill(session.nativeContext(), v.grad(), 1, 1);
        backwardDone = true;
        tape.backward(false, finished);
    }

    /** Gradients of any tensor, given the gradient of something beyond with respect to it. */
    public void backward(Tensor y, Gradients mode, float... seed) {
        if (seed.length != y.shape().elements()) {
            throw new IllegalArgumentException("backward: %s has %d elements, the seed gradient has %d".formatted(
                    y.value, y.shape().elements(), seed.length));
        }
        var v = seed(y);
        session.fillFrom(v, v.grad(), seed);
        run(mode);
    }

    private Value seed(Tensor y) {
        checkOpen();
        var v = argument("backward", y);
        if (backwardDone) {
            throw new IllegalStateException("backward ran already in step %d and gave its memory back; add the losses and run it once"
                    .formatted(number));
        }
        if (!v.needsGrad() || v.node() == null) {
            throw new IllegalStateException(("backward: %s depends on no parameter that is not frozen and on no tracked input;"
                    + " in Mode.EVAL parameters take no gradients").formatted(v));
        }
        tape.seed(v);
        return v;
    }

    private void run(Gradients mode) {
        backwardDone = true;
        tape.backward(mode == Gradients.ADD, null);
    }

    /** Runs the body without recording what gradients need: a metric, a teacher network. */
    public <T> T withoutGradients(Supplier<T> body) {
        checkOpen();
        var before = tape.gradients();
        tape.gradients(false);
        try {
            return body.get();
        } finally {
            tape.gradients(before);
        }
    }

    /**
     * Runs a block whose inner tensors are given up after it and computed again in backward: less memory, one more forward. Random ops
     * draw the same numbers again. Blocks may lie within each other: each level more holds less and computes once more.
     */
    public Tensor checkpoint(Function<Tensor, Tensor> block, Tensor x) {
        checkOpen();
        var start = tape.cursor();
        var y = block.apply(x);
        if (y.live().needsGrad()) {
            tape.checkpoints().close(start, y.value);
        }
        return y;
    }

    /** For containers of layers: nobody will read this tensor again, except the backward pass. */
    public void discard(Tensor tensor) {
        checkOpen();
        if (tensor.value.node() != null) {
            tape.discard(tensor.value);
        }
    }

    /** For containers of layers: ops that follow carry this path in errors, profiles and summaries. Returns the path before. */
    public String enter(String path) {
        var before = tape.path();
        tape.path(path);
        return before;
    }

    /** The path of the layer that is being computed. */
    public String path() {
        return tape.path();
    }

    @Override
    public void close() {
        if (!open) {
            return;
        }
        session.checkThread();
        open = false;
        tape.end();
        session.ended(this);
    }
}
