package fovea.runtime.plan;

import fovea.Shape;
import fovea.bindings.FoveaNative;
import fovea.bindings.fov_conv;
import fovea.op.Activation;
import fovea.op.Conv;
import fovea.op.ConvMaxPool;
import fovea.op.ConvTranspose;
import fovea.op.Extents;
import fovea.op.Op;
import fovea.op.Window;
import fovea.runtime.Layout;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Convolution, with max-pooling behind it or without, and its transpose. Native code chooses layouts and implementations; weights are
 * packed anew when they have changed.
 */
public final class ConvPlan extends Plan {
    private final MemorySegment plan;
    private final boolean hasBias;
    private final boolean adds;
    private final boolean activates;
    private final Layout x;
    private final Layout y;
    private final long packedBytes;
    private final long forwardBytes;
    private final long backwardBytes;
    private final long[] offsetBytes;
    private final String implementation;

    public ConvPlan(Conv op, Native nativeContext, Request request) {
        this(nativeContext, request, op, null);
    }

    public ConvPlan(ConvMaxPool op, Native nativeContext, Request request) {
        this(nativeContext, request, op.conv(), op.window());
    }

    private ConvPlan(Native nativeContext, Request request, Conv op, Window window) {
        this(nativeContext, request, result(op, request), window, false, op.add(), op.activation(), op.groups(), op.stride(), op.dilation(),
                op.padBegin());
    }

    public ConvPlan(ConvTranspose op, Native nativeContext, Request request) {
        this(nativeContext, request, result(op, request), null, true, false, op.activation(), op.groups(), op.stride(), op.dilation(),
                op.padBegin());
    }

    private ConvPlan(Native nativeContext, Request request, Shape out, Window window, boolean transposed, boolean adds,
            Activation activation, int groups,
            Extents stride, Extents dilation, Extents padding) {
        super(nativeContext, request);
        var in = request.shape(0);
        var w = request.shape(1);
        this.adds = adds;
        hasBias = request.inputs().size() > (adds ? 3 : 2);
        activates = activation != Activation.NONE;
        try (var arena = Arena.ofConfined()) {
            var c = fov_conv.allocate(arena);
            fov_conv.transposed(c, transposed ? 1 : 0);
            fov_conv.activation(c, switch (activation) {
                case NONE -> FoveaNative.FOV_ACTIVATION_NONE();
                case RELU -> FoveaNative.FOV_ACTIVATION_RELU();
            });
            fov_conv.bias(c, hasBias ? 1 : 0);
            fov_conv.add(c, adds ? 1 : 0);
            fov_conv.x_layout(c, request.layouts().getFirst().id());
            fov_conv.wants(c, (request.needsGrad().get(0) ? 1 << FoveaNative.FOV_CONV_DATA() : 0)
                    | (request.needsGrad().get(1) ? 1 << FoveaNative.FOV_CONV_WEIGHTS() : 0));
            fov_conv.n(c, in.dim(0));
            fov_conv.ic(c, in.dim(1));
            fov_conv.oc(c, out.dim(1));
            fov_conv.groups(c, groups);
            for (var i = 0; i < 3; i++) {
                var axis = i - (3 - stride.rank());
                fov_conv.in(c, i, extent(in, axis));
                fov_conv.out(c, i, extent(out, axis));
                fov_conv.kernel(c, i, extent(w, axis));
                fov_conv.stride(c, i, axis < 0 ? 1 : stride.at(axis));
                fov_conv.dilation(c, i, axis < 0 ? 1 : dilation.at(axis));
                fov_conv.pad(c, i, axis < 0 ? 0 : padding.at(axis));
            }
            var pointer = arena.allocate(ValueLayout.ADDRESS);
            var windows = window == null ? MemorySegment.NULL
                    : PoolPlan.attrs(arena, out, Layout.PLAIN, window, PoolPlan.outputShape(request), FoveaNative.FOV_DIVIDE_NONE(),
                            FoveaNative.FOV_POOL_OTHER());
            nativeContext.check(FoveaNative.fov_conv_create(nativeContext.ctx(), c, windows, pointer));
            plan = pointer.get(ValueLayout.ADDRESS, 0);
        }
        x = Layout.of(FoveaNative.fov_conv_x_layout(plan));
        y = Layout.of(FoveaNative.fov_conv_y_layout(plan));
        packedBytes = FoveaNative.fov_conv_bytes(plan, FoveaNative.FOV_CONV_PACKED());
        forwardBytes = FoveaNative.fov_conv_bytes(plan, FoveaNative.FOV_CONV_FORWARD_WORKSPACE());
        backwardBytes = FoveaNative.fov_conv_bytes(plan, FoveaNative.FOV_CONV_BACKWARD_WORKSPACE());
        offsetBytes = window == null ? new long[0] : new long[] {FoveaNative.fov_conv_bytes(plan, FoveaNative.FOV_CONV_OFFSETS())};
        implementation = implementations();
    }

    /** Of the convolution alone. */
    private static Shape result(Op op, Request request) {
        return op.infer(request.inputs()).getFirst().shape();
    }

    private static long extent(Shape shape, int axis) {
        return axis < 0 ? 1 : shape.dim(2 + axis);
    }

    private String implementations() {
        var names = new StringBuilder("forward ").append(name(FoveaNative.FOV_CONV_FORWARD()));
        if (request.needsGrad().get(0)) {
            names.append(", data ").append(name(FoveaNative.FOV_CONV_DATA()));
        }
        if (request.needsGrad().get(1)) {
            names.append(", weights ").append(name(FoveaNative.FOV_CONV_WEIGHTS()));
        }
        return names.append(" (").append(x).append(" to ").append(y).append(')').toString();
    }

    private String name(int pass) {
        return FoveaNative.fov_conv_implementation(plan, pass).reinterpret(Long.MAX_VALUE).getString(0);
    }

    @Override
    public Layout inputLayout(int i) {
        return i == 0 ? x : isAdded(i) ? y : Layout.PLAIN;
    }

    private boolean isAdded(int i) {
        return adds && i == request.inputs().size() - 1;
    }

    /** Without an activation the gradient of r is that of y. */
    @Override
    public boolean passesGrad(int i) {
        return isAdded(i) && !activates;
    }

    @Override
    public Layout outputLayout(int o) {
        return y;
    }

    @Override
    public long[] auxBytes() {
        return offsetBytes;
    }

    @Override
    public long packedBytes() {
        return packedBytes;
    }

    @Override
    public long forwardWorkspace() {
        return forwardBytes;
    }

    @Override
    public long backwardWorkspace() {
        return backwardBytes;
    }

    @Override
    public void forward(Node node) {
        var version = node.input(1).version();
        nativeContext.check(
                FoveaNative.fov_conv_forward(plan, node.y(0), offsets(node), node.x(0), node.x(1), hasBias ? node.x(2) : MemorySegment.NULL,
                        adds ? node.x(request.inputs().size() - 1) : MemorySegment.NULL, orNull(node.packed()),
                        node.packedVersion == version ? 0 : 1, orNull(node.workspace())));
        node.packedVersion = version;
    }

    @Override
    public void backward(Node node) {
        nativeContext.check(FoveaNative.fov_conv_backward(plan, orNull(node.dx(0)), orNull(node.dx(1)),
                hasBias ? orNull(node.dx(2)) : MemorySegment.NULL, adds ? orNull(node.dx(request.inputs().size() - 1)) : MemorySegment.NULL,
                node.dy(0), node.x(0), node.x(1),
                activates ? node.y(0) : MemorySegment.NULL, offsets(node),
                orNull(node.workspace())));
    }

    private MemorySegment offsets(Node node) {
        return offsetBytes.length == 0 ? MemorySegment.NULL : orNull(node.aux(0));
    }

    private static MemorySegment orNull(MemorySegment segment) {
        return segment == null ? MemorySegment.NULL : segment;
    }

    @Override
    public String implementation() {
        return implementation;
    }

    @Override
    public void close() {
        FoveaNative.fov_conv_destroy(plan);
    }
}
