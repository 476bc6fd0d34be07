package fovea;

import fovea.runtime.Value;
import java.lang.foreign.MemorySegment;

/**
 * A tensor that training changes: it lives as long as its session, always in the plain layout, and keeps its gradient between
 * {@link Step#backward} and the optimizer's pass.
 *
 * <pre>{@code
 * var w = session.parameter("fc.weight", Shape.of(10, 84));
 * w.copyFrom(weights);
 * w.freeze(true);          // no gradient from now on
 * }</pre>
 */
public final class Parameter extends Tensor {
    private boolean frozen;

    Parameter(Session session, Value value) {
        super(session, value);
        value.needsGrad(true);
    }

    /** Its path in the model, for example {@code features.0.weight}. */
    public String name() {
        return value.name;
    }

    public boolean frozen() {
        return frozen;
    }

    /** A frozen parameter takes no gradient and is left alone by optimizers. */
    public void freeze(boolean freeze) {
        frozen = freeze;
        value.needsGrad(!freeze);
        if (freeze) {
            value.releaseGradient();
        }
    }

    /** Whether a backward pass has left a gradient here. */
    public boolean hasGrad() {
        return live().grad() != null;
    }

    /** Whether a backward pass has left a gradient here that no optimizer has used yet. */
    public boolean hasNewGrad() {
        return hasGrad() && value.gradIsNew();
    }

    /** Says that an optimizer has used the gradient: it stays readable, but is no longer new. */
    public void gradUsed() {
        value.gradUsed();
    }

    /** The elements themselves, row-major. Who writes them calls {@link #touch} afterwards. */
    public MemorySegment data() {
        return live().data();
    }

    /** The gradient itself, row-major, or null where there is none. */
    public MemorySegment gradData() {
        return live().grad();
    }

    /** Says that {@link #data} was written, so that packed copies are made anew. */
    public void touch() {
        value.touch();
    }

    /** Forgets the gradient: the next {@link Gradients#ADD} starts from nothing. */
    public void clearGrad() {
        live().releaseGradient();
    }
}
