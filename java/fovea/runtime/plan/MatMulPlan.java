package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.bindings.fov_gemm_attrs;
import fovea.op.MatMul;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** y = a b, da = dy b', db = a' dy; gradients of operands that were broadcast are sums over the batch. */
public final class MatMulPlan extends Plan {
    /** One operand as native code reads it: the strides of its rows and columns and of the batch axes. */
    private record Operand(long row, long col, long[] batch) {
        Operand transposed() {
            return new Operand(col, row, batch);
        }
    }

    private final Arena arena = Arena.ofConfined();
    private final long[] batch;
    private final MemorySegment forward;
    /** Towards a and towards b: overwriting, then adding. */
    private final MemorySegment[][] backward;

    public MatMulPlan(MatMul op, Native nativeContext, Request request) {
        super(nativeContext, request);
        var matrices = op.matrices(request.shape(0), request.shape(1));
        batch = matrices.batch().toArray();
        long m = matrices.m();
        long n = matrices.n();
        long k = matrices.k();
        var a = op.transposeA() ? new Operand(1, m, matrices.strides(matrices.a())) : new Operand(k, 1, matrices.strides(matrices.a()));
        var b = op.transposeB() ? new Operand(1, k, matrices.strides(matrices.b())) : new Operand(n, 1, matrices.strides(matrices.b()));
        var steps = new long[batch.length];
        var step = m * n;
        for (var axis = batch.length - 1; axis >= 0; axis--) {
            steps[axis] = step;
            step *= batch[axis];
        }
        var y = new Operand(n, 1, steps);
        forward = product(m, n, k, y, a, b, 0);
        backward = new MemorySegment[][] {
                {product(m, k, n, a, y, b.transposed(), 0), product(m, k, n, a, y, b.transposed(), 1)},
                {product(k, n, m, b, a.transposed(), y, 0), product(k, n, m, b, a.transposed(), y, 1)}};
    }

    private MemorySegment product(long m, long n, long k, Operand c, Operand a, Operand b, float beta) {
        var g = fov_gemm_attrs.allocate(arena);
        fov_gemm_attrs.m(g, m);
        fov_gemm_attrs.n(g, n);
        fov_gemm_attrs.k(g, k);
        fov_gemm_attrs.a_row(g, a.row);
        fov_gemm_attrs.a_col(g, a.col);
        fov_gemm_attrs.b_row(g, b.row);
        fov_gemm_attrs.b_col(g, b.col);
        fov_gemm_attrs.c_row(g, c.row);
        fov_gemm_attrs.c_col(g, c.col);
        fov_gemm_attrs.type(g, FoveaNative.FOV_F32());
        fov_gemm_attrs.bias(g, FoveaNative.FOV_BIAS_NONE());
        fov_gemm_attrs.activation(g, FoveaNative.FOV_ACTIVATION_NONE());
        fov_gemm_attrs.alpha(g, 1);
        fov_gemm_attrs.beta(g, beta);
        fov_gemm_attrs.batch_rank(g, batch.length);
        for (var i = 0; i < batch.length; i++) {
            fov_gemm_attrs.batch(g, i, batch[i]);
            fov_gemm_attrs.a_batch(g, i, a.batch[i]);
            fov_gemm_attrs.b_batch(g, i, b.batch[i]);
            fov_gemm_attrs.c_batch(g, i, c.batch[i]);
        }
        return g;
    }

    private void run(MemorySegment c, MemorySegment a, MemorySegment b, MemorySegment product) {
        nativeContext.check(FoveaNative.fov_gemm(nativeContext.ctx(), c, a, b, MemorySegment.NULL, product));
    }

    @Override
    public void forward(Node node) {
        run(node.y(0), node.x(0), node.x(1), forward);
    }

    @Override
    public boolean addsGrad(int i) {
        return true;
    }

    @Override
    public void backward(Node node) {
        if (node.dx(0) != null) {
            run(node.dx(0), node.dy(0), node.x(1), backward[0][node.adds(0) ? 1 : 0]);
        }
        if (node.dx(1) != null) {
            run(node.dx(1), node.x(0), node.dy(0), backward[1][node.adds(1) ? 1 : 0]);
        }
    }

    @Override
    public String implementation() {
        var y = name(forward);
        var a = name(backward[0][0]);
        var b = name(backward[1][0]);
        return y.equals(a) && a.equals(b) ? y : "forward %s, a %s, b %s".formatted(y, a, b);
    }

    private String name(MemorySegment product) {
        return FoveaNative.fov_gemm_implementation(nativeContext.ctx(), product).reinterpret(Long.MAX_VALUE).getString(0);
    }

    @Override
    public void close() {
        arena.close();
    }
}
