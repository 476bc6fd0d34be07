package fovea.nn;

import fovea.Shape;
import fovea.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A block at its place: ops run under its path, and hooks see what it gives. */
final class Located implements Block {
    final String path;
    final Layer layer;
    final Block inner;
    final Shape in;
    final Shape out;
    private List<ActivationHook> activationHooks = new ArrayList<>(0);
    private List<GradientHook> gradientHooks = new ArrayList<>(0);

    Located(String path, Layer layer, Block inner, Shape in, Shape out) {
        this.path = path;
        this.layer = layer;
        this.inner = inner;
        this.in = in;
        this.out = out;
    }

    /** Another block at the same path (shared weights, a name of its own for no place): hooks of one are hooks of both. */
    void twin(Located first) {
        activationHooks = first.activationHooks;
        gradientHooks = first.gradientHooks;
    }

    List<ActivationHook> activationHooks() {
        return activationHooks;
    }

    List<GradientHook> gradientHooks() {
        return gradientHooks;
    }

    /** Somebody wants to see what this block gives, so it must be computed as such and must not be given up. */
    boolean isHooked() {
        return !activationHooks.isEmpty() || !gradientHooks.isEmpty();
    }

    @Override
    public Tensor forward(Tensor x) {
        var step = x.step();
        var before = step.enter(path);
        Tensor y;
        try {
            y = inner.forward(x);
        } finally {
            step.enter(before);
        }
        return isHooked() ? hooked(y) : y;
    }

    private Tensor hooked(Tensor y) {
        for (var hook : activationHooks) {
            var replacement = hook.see(path, y);
            y = replacement == null ? y : replacement;
        }
        if (y.needsGrad()) {
            for (var hook : gradientHooks) {
                y.onGrad(gradient -> hook.see(path, gradient));
            }
        }
        return y;
    }
}
