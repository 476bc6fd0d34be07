package fovea.nn;

import fovea.Parameter;
import fovea.Shape;
import fovea.Tensor;
import fovea.op.Extents;
import fovea.op.SubSample;
import fovea.op.Window;
import java.util.stream.IntStream;

/**
 * LeNet-5's trainable sub-sampling: of every window the sum, times a coefficient of its channel, plus a bias; {@code subSample2d(kernel)}
 * makes one. Parameters {@code weight [channels]} and {@code bias [channels]}; it begins as the mean. The squashing function
 * ({@code scaledTanh()}) follows as a layer of its own.
 */
public record SubSampling(Window window, Init weightInit, Init biasInit) implements Layer {
    static SubSampling of(int rank, int... kernel) {
        var extents = Extents.spread(rank, kernel);
        return new SubSampling(Window.of(IntStream.range(0, rank).map(extents::at).toArray()),
                Init.constant((float) (1.0 / extents.volume())), Init.constant(0));
    }

    /** One number for all axes, or one for each. */
    public SubSampling stride(int... each) {
        return new SubSampling(window.stride(each), weightInit, biasInit);
    }

    public SubSampling init(Init coefficients) {
        return new SubSampling(window, coefficients, biasInit);
    }

    public SubSampling biasInit(Init biases) {
        return new SubSampling(window, weightInit, biases);
    }

    private String name() {
        return "subSample" + window.rank() + "d";
    }

    @Override
    public Shape outputShape(Shape in) {
        Shapes.spatial(name(), in, window.rank());
        // The windows of a sum are the same and need no coefficients to infer.
        return Shapes.through(new fovea.op.SumPool(window), in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        var each = Shape.of(in.dim(0));
        var fans = new Fans(window.kernel().volume(), 1);
        return new Built(new SubSample(window), scope.parameter("weight", each, weightInit, fans),
                scope.parameter("bias", each, biasInit, fans));
    }

    private record Built(SubSample op, Parameter coefficient, Parameter bias) implements Block {
        @Override
        public Tensor forward(Tensor x) {
            return x.step().apply(op, x, coefficient, bias);
        }
    }

    /** One product for each window; the sums are no multiplications. */
    @Override
    public long macs(Shape in) {
        return outputShape(in).elements();
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return name() + " " + window;
    }
}
