package fovea;

import fovea.op.Conv;
import fovea.bindings.FoveaNative;
import fovea.bindings.fov_conv;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.support.ConvLayer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One pass of one layer, weights packed every time as in training, activations in the layouts that the contender likes best:
 * {@code -p layer=VGG16_C5,RESNET50_S3_3X3 -p pass=FORWARD,DATA,WEIGHTS -p threads=2}.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@Measures(Conv.class)
public class ConvBench {
    /** What is computed. */
    public enum Pass {
        FORWARD, DATA, WEIGHTS
    }

    /** GFLOP/s (time is counted in seconds), counted as if padding were multiplied. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counters {
        public double gflop;
    }

    @Param
    ConvLayer layer;
    @Param
    Pass pass;
    @Param("0")
    int threads;

    private Contender own;
    private Contender oneDnn;
    private Contender auto;

    @Setup
    public void open() {
        own = new Contender("own");
        oneDnn = new Contender("onednn");
        auto = new Contender("auto");
    }

    @TearDown
    public void close() {
        own.close();
        oneDnn.close();
        auto.close();
    }

    @Benchmark
    public void own(Counters counters) {
        own.run(counters);
    }

    @Benchmark
    public void oneDnn(Counters counters) {
        oneDnn.run(counters);
    }

    @Benchmark
    public void auto(Counters counters) {
        auto.run(counters);
    }

    /** One provider's plan with tensors of its own. */
    private final class Contender implements AutoCloseable {
        private final Session session;
        private final Native n;
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment plan;
        private final MemorySegment x;
        private final MemorySegment y;
        private final MemorySegment dx;
        private final MemorySegment w;
        private final MemorySegment dw;
        private final MemorySegment packed;
        private final MemorySegment workspace;

        Contender(String provider) {
            var options = Session.options().provider(provider);
            session = Session.open(threads > 0 ? options.threads(threads) : options);
            n = session.nativeContext();
            var first = create(Layout.PLAIN.id());
            var preferred = FoveaNative.fov_conv_x_layout(first);
            FoveaNative.fov_conv_destroy(first);
            plan = create(preferred);
            var xLayout = Layout.of(FoveaNative.fov_conv_x_layout(plan));
            var yLayout = Layout.of(FoveaNative.fov_conv_y_layout(plan));
            x = floats(xLayout.elements(layer.x()));
            dx = floats(xLayout.elements(layer.x()));
            y = floats(yLayout.elements(layer.y()));
            w = floats(layer.w().elements());
            dw = floats(layer.w().elements());
            packed = arena.allocate(bytes(FoveaNative.FOV_CONV_PACKED()), 64);
            workspace = arena.allocate(Math.max(bytes(FoveaNative.FOV_CONV_FORWARD_WORKSPACE()),
                    bytes(FoveaNative.FOV_CONV_BACKWARD_WORKSPACE())), 64);
            System.out.println(provider + ": " + FoveaNative.fov_conv_implementation(plan, pass.ordinal()).reinterpret(256).getString(0)
                    + ", " + session.isa() + ", " + session.threads() + " threads, " + xLayout + " to " + yLayout);
        }

        private MemorySegment create(int layout) {
            var c = fov_conv.allocate(arena);
            var op = layer.op();
            fov_conv.x_layout(c, layout);
            fov_conv.wants(c, 1 << FoveaNative.FOV_CONV_WEIGHTS() | (layer.first() ? 0 : 1 << FoveaNative.FOV_CONV_DATA()));
            fov_conv.n(c, layer.x().dim(0));
            fov_conv.ic(c, layer.x().dim(1));
            fov_conv.oc(c, layer.w().dim(0));
            fov_conv.groups(c, op.groups());
            for (var i = 0; i < 3; i++) {
                fov_conv.in(c, i, i == 0 ? 1 : layer.x().dim(1 + i));
                fov_conv.out(c, i, i == 0 ? 1 : layer.y().dim(1 + i));
                fov_conv.kernel(c, i, i == 0 ? 1 : layer.w().dim(1 + i));
                fov_conv.stride(c, i, i == 0 ? 1 : op.stride().at(i - 1));
                fov_conv.dilation(c, i, i == 0 ? 1 : op.dilation().at(i - 1));
                fov_conv.pad(c, i, i == 0 ? 0 : op.padBegin().at(i - 1));
            }
            var pointer = arena.allocate(ValueLayout.ADDRESS);
            n.check(FoveaNative.fov_conv_create(n.ctx(), c, MemorySegment.NULL, pointer));
            return pointer.get(ValueLayout.ADDRESS, 0);
        }

        private long bytes(int which) {
            return Math.max(64, FoveaNative.fov_conv_bytes(plan, which));
        }

        private MemorySegment floats(long elements) {
            var memory = arena.allocate(elements * 4, 64);
            n.check(FoveaNative.fov_random_normal(n.ctx(), memory, elements, 1, 1, 0, 1));
            return memory;
        }

        void run(Counters counters) {
            var none = MemorySegment.NULL;
            n.check(switch (pass) {
                case FORWARD -> FoveaNative.fov_conv_forward(plan, y, none, x, w, none, none, packed, 1, workspace);
                case DATA ->
                    FoveaNative.fov_conv_backward(plan, layer.first() ? none : dx, none, none, none, y, x, w, none, none, workspace);
                case WEIGHTS -> FoveaNative.fov_conv_backward(plan, none, dw, none, none, y, x, w, none, none, workspace);
            });
            counters.gflop += layer.flops() / 1e9;
        }

        @Override
        public void close() {
            FoveaNative.fov_conv_destroy(plan);
            arena.close();
            session.close();
        }
    }
}
