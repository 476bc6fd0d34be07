package fovea.runtime.plan;

import fovea.Shape;
import fovea.bindings.FoveaNative;
import fovea.bindings.fov_matmul_shape;
import fovea.op.MatMul.Matrices;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.function.LongUnaryOperator;

/** y = a b, da = dy b', db = a' dy; gradients of operands that were broadcast are sums over the batch. */
public final class MatMulPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final Matrices matrices;
    private final MemorySegment forward;
    private final MemorySegment towardsA;
    private final MemorySegment towardsB;

    public MatMulPlan(Native nativeContext, Request request) {
        super(nativeContext, request);
        matrices = Matrices.of(request.shape(0), request.shape(1));
        LongUnaryOperator y = i -> i * matrices.m() * matrices.n();
        var a = offsets(matrices.a());
        var b = offsets(matrices.b());
        forward = products(matrices.m(), matrices.n(), matrices.k(), false, false, y, a, b);
        towardsA = products(matrices.m(), matrices.k(), matrices.n(), false, true, a, y, b);
        towardsB = products(matrices.k(), matrices.n(), matrices.m(), true, false, b, a, y);
    }

    private LongUnaryOperator offsets(Shape operand) {
        return i -> matrices.offset(operand, i);
    }

    private MemorySegment products(long m, long n, long k, boolean aTransposed, boolean bTransposed, LongUnaryOperator c,
            LongUnaryOperator a, LongUnaryOperator b) {
        var batch = matrices.batch().elements();
        var offsets = arena.allocate(ValueLayout.JAVA_LONG, 3 * batch);
        var adds = arena.allocate(ValueLayout.JAVA_INT, batch);
        var written = new HashSet<Long>();
        for (var i = 0L; i < batch; i++) {
            offsets.setAtIndex(ValueLayout.JAVA_LONG, 3 * i, c.applyAsLong(i));
            offsets.setAtIndex(ValueLayout.JAVA_LONG, 3 * i + 1, a.applyAsLong(i));
            offsets.setAtIndex(ValueLayout.JAVA_LONG, 3 * i + 2, b.applyAsLong(i));
            adds.setAtIndex(ValueLayout.JAVA_INT, i, written.add(c.applyAsLong(i)) ? 0 : 1);
        }
        var shape = fov_matmul_shape.allocate(arena);
        fov_matmul_shape.m(shape, m);
        fov_matmul_shape.n(shape, n);
        fov_matmul_shape.k(shape, k);
        fov_matmul_shape.batch(shape, batch);
        fov_matmul_shape.a_transposed(shape, aTransposed ? 1 : 0);
        fov_matmul_shape.b_transposed(shape, bTransposed ? 1 : 0);
        fov_matmul_shape.offsets(shape, offsets);
        fov_matmul_shape.adds(shape, adds);
        return shape;
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_matmul(nativeContext.ctx(), forward, node.y(0), node.x(0), node.x(1)));
    }

    @Override
    public void backward(Node node) {
        if (node.dx(0) != null) {
            nativeContext.check(FoveaNative.fov_matmul(nativeContext.ctx(), towardsA, node.dx(0), node.dy(0), node.x(1)));
        }
        if (node.dx(1) != null) {
            nativeContext.check(FoveaNative.fov_matmul(nativeContext.ctx(), towardsB, node.dx(1), node.x(0), node.dy(0)));
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
