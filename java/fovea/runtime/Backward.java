package fovea.runtime;

import fovea.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * The reverse walk over a tape. Plans overwrite the gradients they are given; where a tensor has several readers, the sums are made
 * here. Memory goes back to the pool after its last use.
 */
final class Backward {
    private final Tape tape;
    private final Tape.Watch watch;
    /** For input i of the node at hand: a gradient that must be added to what other readers left. */
    private Block[] extra = new Block[8];
    private Pool parameterGradients;
    private Updates updates;

    Backward(Tape tape, Tape.Watch watch) {
        this.tape = tape;
        this.watch = watch;
    }

    /**
     * @param finished told of every parameter as soon as its gradient is complete and no op that is still to come reads it; then the
     *                 gradient's memory goes back. Null: gradients stay
     */
    void run(boolean addToParameters, Consumer<Parameter> finished) {
        parameterGradients = finished == null ? tape.persistent : tape.pool;
        updates = finished instanceof Updates u && !watch.checking() ? u : null;
        for (var i = tape.cursor() - 1; i >= 0; i--) {
            for (var input : tape.node(i).inputs) {
                if (input.node == null) {
                    input.gradWritten = addToParameters && input.gradBlock() != null;
                    input.firstReader = i;
                }
            }
        }
        for (var i = tape.cursor() - 1; i >= 0; i--) {
            tape.checkpoints.recomputeBefore(i);
            var node = tape.node(i);
            if (hasGrad(node)) {
                for (var output : node.outputs) {
                    if (output.gradHook != null && output.grad() != null) {
                        output.gradHook.run();
                    }
                }
                if (node.wantsGrad()) {
                    propagate(node);
                }
            }
            node.releaseSaved();
            node.releaseAux();
            if (finished != null) {
                finish(i, finished);
            }
            var inCheckpoint = tape.checkpoints.contains(i);
            for (var output : node.outputs) {
                if (!output.keepsGrad) {
                    output.releaseGrad();
                }
                if (inCheckpoint) {
                    output.releaseHandle();
                }
            }
        }
    }

    private void finish(int i, Consumer<Parameter> finished) {
        for (var input : tape.node(i).inputs) {
            if (input.node == null && input.firstReader == i && input.gradWritten) {
                finished.accept((Parameter) input.handle);
                input.releaseGrad();
                input.gradWritten = false;
            }
        }
    }

    private static boolean hasGrad(Node node) {
        for (var output : node.outputs) {
            if (output.grad() != null) {
                return true;
            }
        }
        return false;
    }

    private void propagate(Node node) {
        var plan = node.plan;
        if (extra.length < node.inputs.length) {
            extra = new Block[node.inputs.length];
        }
        node.adds = 0;
        node.sink = null;
        var sinks = updates == null ? -1 : plan.sinks();
        var computes = false;
        for (var i = 0; i < node.inputs.length; i++) {
            extra[i] = null;
            node.dx[i] = null;
            if (i == sinks && sink(node, i)) {
                computes = true;
            } else if (tape.needsGrad(node.inputs[i])) {
                if (plan.passesGrad(i)) {
                    pass(node.outputs[0], node.inputs[i]);
                } else {
                    node.dx[i] = target(node, i);
                    computes = true;
                }
            }
        }
        if (!computes) {
            return;
        }
        tape.recomputation.restoreSaved(node);
        node.takeWorkspace(tape.pool, plan.backwardWorkspace());
        if (watch.profiling()) {
            var start = System.nanoTime();
            plan.backward(node);
            node.backwardNanos += System.nanoTime() - start;
        } else {
            plan.backward(node);
        }
        node.releaseWorkspace();
        if (node.sink != null) {
            updates.end((Parameter) node.inputs[sinks].handle);
            node.sink = null;
        }
        if (watch.checking() && !node.hidden) {
            checkFinite(node);
        }
        for (var i = 0; i < node.inputs.length; i++) {
            if (extra[i] != null) {
                addTo(node.inputs[i], node.dx[i]);
                extra[i].release();
                extra[i] = null;
            }
        }
    }

    /** Begins the update of a parameter where this node alone gives its gradient, and nobody reads the parameter afterwards. */
    private boolean sink(Node node, int i) {
        var value = node.inputs[i];
        if (value.node != null || !tape.needsGrad(value) || value.firstReader != node.position || value.gradWritten) {
            return false;
        }
        for (var other = 0; other < node.inputs.length; other++) {
            if (other != i && node.inputs[other] == value) {
                return false;
            }
        }
        node.sink = updates.begin((Parameter) value.handle);
        return node.sink != null;
    }

    private void checkFinite(Node node) {
        for (var i = 0; i < node.inputs.length; i++) {
            if (node.dx[i] != null && !Memory.allFinite(tape.nativeContext, node.dx[i], node.inputs[i].elements())) {
                throw new ArithmeticException(("%s gives NaN or infinity in the gradient of its input %d, %s;"
                        + " lower the learning rate or clip the loss where its slope is infinite").formatted(node, i, node.inputs[i]));
            }
        }
    }

    /** Where backward writes the gradient of input i: the gradient itself for its first reader, else a buffer to be added. */
    private MemorySegment target(Node node, int i) {
        var value = node.inputs[i];
        var written = value.node == null ? value.gradWritten : value.gradBlock() != null;
        if (!written) {
            if (value.gradBlock() == null) {
                value.holdGrad((value.node == null ? parameterGradients : tape.pool).take(value.gradBytes()));
            }
            value.gradWritten = true;
            return value.grad();
        }
        if (i < Long.SIZE && node.plan.addsGrad(i) && !value.gradBlock().shared()) {
            node.adds |= 1L << i;
            return value.grad();
        }
        extra[i] = tape.pool.take(value.gradBytes());
        return Node.segment(node.dx[i], extra[i], value.gradBytes());
    }

    /** The gradient of x is that of y: shared where x has none yet and is no parameter, whose gradient has a place of its own. */
    private void pass(Value y, Value x) {
        if (x.node != null && x.gradBlock() == null) {
            x.holdGrad(y.gradBlock().retain());
        } else if (x.node != null || x.gradWritten) {
            addTo(x, y.grad());
        } else {
            if (x.gradBlock() == null) {
                x.holdGrad(parameterGradients.take(x.gradBytes()));
            }
            MemorySegment.copy(y.grad(), 0, x.grad(), 0, x.gradBytes());
            x.gradWritten = true;
        }
    }

    /** After a pass that a failure cut short. */
    void release() {
        for (var i = 0; i < extra.length; i++) {
            if (extra[i] != null) {
                extra[i].release();
                extra[i] = null;
            }
        }
    }

    private void addTo(Value value, MemorySegment more) {
        var old = value.grad();
        if (value.gradBlock().shared()) {
            var sum = tape.pool.take(value.gradBytes());
            tape.add(Node.segment(null, sum, value.gradBytes()), old, more, value.elements());
            value.holdGrad(sum);
        } else {
            tape.add(old, old, more, value.elements());
        }
    }
}
