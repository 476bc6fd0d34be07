package fovea.runtime;

import fovea.ElementType;
import fovea.Parameter;
import fovea.bindings.FoveaNative;
import fovea.op.Input;
import fovea.op.Op;
import fovea.op.Reorder;
import fovea.op.Spec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The record of one pass, and an inline cache for the next one: where the same op meets the same inputs at the same position, its
 * node, plan and handles are used again and nothing is allocated on the heap; at the first difference the rest is cut off and
 * recorded anew. Control flow stays free.
 */
public final class Tape {
    final Native nativeContext;
    final Pool pool;
    final Pool persistent;
    private final Plans plans;
    private final Watch watch;

    private Node[] nodes = new Node[64];
    private int count;
    private int cursor;
    private Value[] arguments = new Value[8];
    private String path = "";
    private boolean gradients = true;
    private final boolean parametersNeedGrad;
    private long generation;
    /** Ranges of nodes to be computed again in backward: start and end, inner-most first; see {@link Checkpoints}. */
    final Checkpoints checkpoints = new Checkpoints(this);
    private final Backward backward;
    final Recomputation recomputation;

    /** What a session lends to its tapes: the random stream counter, the profile and the check for NaN. */
    public interface Watch {
        long nextDraw();

        /** Whether passes are timed. */
        boolean profiling();

        /** Whether every output is checked for NaN and infinity. */
        boolean checking();

        /** Whether cheap results are given up and computed again. */
        boolean recomputing();
    }

    public Tape(Native nativeContext, Pool pool, Pool persistent, Plans plans, Watch watch, boolean parametersNeedGrad) {
        this.nativeContext = nativeContext;
        this.pool = pool;
        this.persistent = persistent;
        this.plans = plans;
        this.watch = watch;
        this.parametersNeedGrad = parametersNeedGrad;
        this.backward = new Backward(this, watch);
        this.recomputation = new Recomputation(pool, watch.recomputing());
    }

    /** Starts a pass: the generation tells its tensors from those of earlier ones. */
    public void begin(long step) {
        generation = step;
        cursor = 0;
        checkpoints.clear();
        gradients = true;
        path = "";
    }

    public String path() {
        return path;
    }

    /** Ops that follow belong to this layer. */
    public void path(String layer) {
        path = layer;
    }

    public boolean gradients() {
        return gradients;
    }

    /** Whether ops that follow record what a backward pass needs. */
    public void gradients(boolean on) {
        gradients = on;
    }

    /** The op that the last pass had at this position, or null. */
    public Op upcoming() {
        var next = cursor;
        while (next < count && nodes[next].hidden) {
            next++;
        }
        return next < count ? nodes[next].op : null;
    }

    public Checkpoints checkpoints() {
        return checkpoints;
    }

    public int cursor() {
        return cursor;
    }

    Node node(int i) {
        return nodes[i];
    }

    public Node apply(Op op) {
        return applyArguments(op, 0);
    }

    public Node apply(Op op, Value a) {
        arguments[0] = a;
        return applyArguments(op, 1);
    }

    public Node apply(Op op, Value a, Value b) {
        arguments[0] = a;
        arguments[1] = b;
        return applyArguments(op, 2);
    }

    public Node apply(Op op, Value a, Value b, Value c) {
        arguments[0] = a;
        arguments[1] = b;
        arguments[2] = c;
        return applyArguments(op, 3);
    }

    /** For {@link #apply(Op, int)}: argument i of the next op. */
    public void argument(int i, Value value) {
        if (i >= arguments.length) {
            arguments = Arrays.copyOf(arguments, 2 * i);
        }
        arguments[i] = value;
    }

    /** Applies the op to the first n arguments. */
    public Node apply(Op op, int n) {
        return applyArguments(op, n);
    }

    private Node applyArguments(Op op, int n) {
        var needs = needsMask(op, n);
        var next = cursor;
        while (next < count && nodes[next].hidden) {
            next++;
        }
        if (next < count && matches(nodes[next], op, n, needs)) {
            while (cursor <= next) {
                run(nodes[cursor++]);
            }
            return nodes[next];
        }
        cut(cursor);
        var node = record(op, n, needs);
        run(append(node));
        cursor = count;
        return node;
    }

    private long needsMask(Op op, int n) {
        if (!gradients || !op.differentiable()) {
            return 0;
        }
        var mask = 0L;
        for (var i = 0; i < n; i++) {
            if (needsGrad(arguments[i])) {
                mask |= 1L << Math.min(i, 63);
            }
        }
        return mask;
    }

    boolean needsGrad(Value value) {
        return value.needsGrad && (value.node != null || parametersNeedGrad);
    }

    private boolean matches(Node node, Op op, int n, long needs) {
        if (node.sources.length != n || node.needs != needs || !node.path.equals(path) || !(node.op == op || node.op.equals(op))) {
            return false;
        }
        for (var i = 0; i < n; i++) {
            var input = node.inputs[i];
            if (node.sources[i] != arguments[i] || input == node.sources[i] && !input.isHeld()) {
                return false;
            }
            // The last bit of the mask stands for all inputs beyond it.
            if (i >= 63 && node.plan.request.needsGrad().get(i) != (gradients && needsGrad(arguments[i]))) {
                return false;
            }
        }
        return true;
    }

    private Node record(Op op, int n, long needs) {
        try {
            var specs = new ArrayList<Spec>(n);
            var layouts = new ArrayList<Layout>(n);
            var wanted = new ArrayList<Boolean>(n);
            for (var i = 0; i < n; i++) {
                var value = arguments[i];
                specs.add(new Spec(value.shape(), value.type()));
                layouts.add(value.layout());
                wanted.add(gradients && needs != 0 && needsGrad(value));
            }
            op.infer(specs);
            var plan = plans.plan(new Plan.Request(op, List.copyOf(specs), List.copyOf(layouts), List.copyOf(wanted)));
            var sources = Arrays.copyOf(arguments, n);
            var inputs = sources.clone();
            for (var i = 0; i < n; i++) {
                if (inputs[i].layout() != plan.inputLayout(i)) {
                    inputs[i] = reordered(inputs[i], plan.inputLayout(i));
                }
            }
            return new Node(op, plan, path, false, sources, inputs, needs);
        } catch (IllegalArgumentException e) {
            throw path.isEmpty() ? e : new IllegalArgumentException(path + ": " + e.getMessage(), e);
        }
    }

    /** The value in another layout; two readers share one reorder. */
    private Value reordered(Value source, Layout layout) {
        for (var i = count - 1; i >= 0; i--) {
            var node = nodes[i];
            if (node.hidden && node.sources[0] == source && node.outputs[0].layout() == layout && node.outputs[0].isHeld()
                    && node.wantsGrad() == (gradients && needsGrad(source))) {
                return node.outputs[0];
            }
        }
        if (source.layout() != Layout.PLAIN && layout != Layout.PLAIN) {
            source = reordered(source, Layout.PLAIN);
        }
        var needs = gradients && needsGrad(source);
        var op = new Reorder(layout.name());
        var plan = plans.plan(new Plan.Request(op, List.of(new Spec(source.shape(), source.type())), List.of(source.layout()),
                List.of(needs)));
        var sources = new Value[] {source};
        var node = new Node(op, plan, path, true, sources, sources, needs ? 1 : 0);
        run(append(node));
        return node.outputs[0];
    }

    private Node append(Node node) {
        if (count == nodes.length) {
            nodes = Arrays.copyOf(nodes, 2 * count);
        }
        node.position = count;
        nodes[count++] = node;
        return node;
    }

    /** Forgets the nodes from here on: this pass goes another way. */
    private void cut(int from) {
        for (var i = from; i < count; i++) {
            release(nodes[i]);
            nodes[i].releasePacked();
            nodes[i] = null;
        }
        count = from;
    }

    void run(Node node) {
        var plan = node.plan;
        node.takePacked(persistent);
        for (var output : node.outputs) {
            if (output.isGivenUp()) {
                output.restore(pool.take(output.bytes()));
                Recomputation.relieve(node);
            } else if (!output.isHeld()) {
                output.hold(plan.aliases() ? node.inputs[0].block().retain() : pool.take(output.bytes()));
            }
            output.generation = generation;
            if (!node.recomputing) {
                output.needsGrad = node.wantsGrad() && output.differentiable();
                output.keepsGrad = false;
                output.gradHook = null;
                output.version++;
            }
        }
        if (node.wantsGrad() || plan.alwaysNeedsAux()) {
            node.takeAux(pool);
        }
        if (plan.draws() && !node.recomputing) {
            node.draw = watch.nextDraw();
        }
        if (!plan.aliases()) {
            forward(node, plan);
        }
        if (node.wantsGrad()) {
            node.save();
        } else {
            node.releaseAux();
        }
        if (watch.checking() && !node.hidden && !(node.op instanceof Input)) {
            checkFinite(node);
        }
    }

    /** Computes once more what a checkpoint gave up. */
    void runAgain(Node node) {
        recomputation.restoreInputs(node);
        node.recomputing = true;
        try {
            run(node);
        } finally {
            node.recomputing = false;
        }
    }

    private void forward(Node node, Plan plan) {
        node.takeWorkspace(pool, plan.forwardWorkspace());
        if (watch.profiling()) {
            var start = System.nanoTime();
            plan.forward(node);
            node.forwardNanos += System.nanoTime() - start;
            node.runs++;
        } else {
            plan.forward(node);
        }
        node.releaseWorkspace();
    }

    private void checkFinite(Node node) {
        for (var output : node.outputs) {
            if (output.type() == ElementType.F32 && !Memory.allFinite(nativeContext, output.data(), output.elements())) {
                throw new ArithmeticException("%s gives NaN or infinity in its output %s; lower the learning rate or look at its inputs"
                        .formatted(node, output.shape()));
            }
        }
    }

    /** Gives the handle's hold on a value back before the step ends: nobody outside will read it again. */
    public void discard(Value value) {
        value.releaseHandle();
        for (var i = cursor - 1; i >= 0; i--) {
            if (nodes[i].hidden && nodes[i].sources[0] == value) {
                nodes[i].outputs[0].releaseHandle();
            }
        }
        recomputation.offer(value);
    }

    /** Gradients of the values that were seeded flow back to everything that needs one; see {@link Backward#run}. */
    public void backward(boolean addToParameters, Consumer<Parameter> finished) {
        backward.run(addToParameters, finished);
    }

    /** Prepares a value to start a backward pass with; the caller fills its gradient. */
    public void seed(Value value) {
        value.holdGrad(pool.take(value.gradBytes()));
    }

    /** dst = a + b. */
    void add(MemorySegment dst, MemorySegment a, MemorySegment b, long n) {
        nativeContext.check(FoveaNative.fov_add(nativeContext.ctx(), dst, a, b, n));
    }

    private static void release(Node node) {
        node.releaseWorkspace();
        node.releaseSaved();
        node.releaseAux();
        for (var output : node.outputs) {
            output.releaseHandle();
            output.releaseGrad();
        }
    }

    /** Ends the pass: all memory returns to the pool, the nodes stay for the next one. */
    public void end() {
        checkpoints.release();
        backward.release();
        for (var i = 0; i < count; i++) {
            release(nodes[i]);
        }
    }

    /** Forgets everything, packed weights included. */
    public void clear() {
        cut(0);
        cursor = 0;
    }

    public void clearProfile() {
        for (var i = 0; i < count; i++) {
            nodes[i].clearProfile();
        }
    }

    /** All recorded nodes, those of the last pass included. */
    public List<Node> allNodes() {
        return List.of(Arrays.copyOf(nodes, count));
    }

    /** The nodes of the pass so far, for summaries and tests. */
    public List<Node> nodes() {
        return List.of(Arrays.copyOf(nodes, cursor));
    }
}
