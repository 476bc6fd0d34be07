package fovea;

import fovea.op.MaxPool;
import fovea.op.Window;
import fovea.purejava.Arithmetic;
import fovea.purejava.MaxPooling;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Max-pooling over windows of 2x2, forward and backward, in GB/s of what must be read and written once; {@link #copy} is the bandwidth
 * of that much memory. oneDNN's pooling is compared where no step is between: {@code fovea-sweep pool}.
 */
public class PoolBench extends Bandwidth {
    /** Feature maps of known networks. */
    public enum Maps {
        LENET(64, 6, 28), CIFAR_VGG(32, 64, 32), VGG16(2, 64, 224);

        final int n;
        final int c;
        final int side;

        Maps(int n, int c, int side) {
            this.n = n;
            this.c = c;
            this.side = side;
        }
    }

    /** x and y, and dx and dy with it: two and a half floats for each of x. */
    private static final double BYTES = 2.5 * 4;

    @Param
    Maps maps;

    private float[] seed;
    private float[] y;
    private float[] dx;
    private byte[] which;

    @Setup
    public void open() {
        open(Shape.of(maps.n, maps.c, maps.side, maps.side));
        dx = new float[x.length];
        y = new float[x.length / 4];
        which = new byte[y.length];
        seed = Arrays.copyOf(x, y.length);
    }

    /** The gradient of x. */
    @Override
    float[] java(Arithmetic arithmetic, Counters counters) {
        var pooling = new MaxPooling(maps.n * maps.c, maps.side, maps.side);
        pooling.forward(arithmetic, y, which, x);
        pooling.backward(dx, seed, which);
        counters.add(x, BYTES);
        return dx;
    }

    /** The seed gradient is copied in too. */
    @Benchmark
    public void own(Counters counters) {
        try (var step = session.step(Mode.TRAIN)) {
            step.backward(step.apply(new MaxPool(Window.of(2, 2)), in), Gradients.REPLACE, seed);
        }
        counters.add(x, BYTES);
    }

    float[] ownGradient() {
        return in.grad();
    }
}
