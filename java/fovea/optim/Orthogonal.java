package fovea.optim;

import fovea.Session;
import fovea.bindings.FoveaNative;
import fovea.bindings.fov_gemm_attrs;
import fovea.runtime.Access;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Brings a matrix x near the orthogonal matrix closest to it, which has its singular vectors and the singular values 1. Each iteration of
 * Newton and Schulz is {@code x = a x + (b g + c g g) x} with {@code g = x x'}: a polynomial of the singular values. These coefficients
 * pull small values up fast and then leave all of them between about 0.7 and 1.2.
 */
final class Orthogonal {
    private static final double A = 3.4445;
    private static final double B = -4.7750;
    private static final double C = 2.0315;

    private final Session session;
    private final MemorySegment attrs;
    /** [short side][long side], the next x; [short side][short side] twice. */
    private final MemorySegment next;
    private final MemorySegment gram;
    private final MemorySegment polynomial;

    Orthogonal(Session session, long mostElements, long longestShortSide) {
        this.session = session;
        var arena = Arena.ofAuto();
        attrs = fov_gemm_attrs.allocate(arena);
        next = arena.allocate(mostElements * 4, 64);
        gram = arena.allocate(longestShortSide * longestShortSide * 4, 64);
        polynomial = arena.allocate(longestShortSide * longestShortSide * 4, 64);
    }

    /** @param norm of x, by which it is divided first: then no singular value is above 1 */
    void bring(MemorySegment x, long rows, long columns, double norm, int iterations) {
        // A tall matrix is worked on as its transpose, which only exchanges strides: the products of rows are then the small ones.
        var tall = rows > columns;
        var m = Math.min(rows, columns);
        var n = Math.max(rows, columns);
        var row = tall ? 1 : columns;
        var col = tall ? columns : 1;
        var scale = 1 / norm;
        for (var i = 0; i < iterations; i++) {
            product(gram, m, 1, x, row, col, x, col, row, m, m, n, scale * scale, 0);
            MemorySegment.copy(gram, 0, polynomial, 0, m * m * 4);
            product(polynomial, m, 1, gram, m, 1, gram, m, 1, m, m, m, C, B);
            MemorySegment.copy(x, 0, next, 0, m * n * 4);
            product(next, row, col, polynomial, m, 1, x, row, col, m, n, m, scale, A * scale);
            MemorySegment.copy(next, 0, x, 0, m * n * 4);
            scale = 1;
        }
    }

    /** c = alpha a b + beta c, every matrix with the strides of its rows and columns. */
    private void product(MemorySegment c, long cRow, long cCol, MemorySegment a, long aRow, long aCol, MemorySegment b, long bRow,
            long bCol,
            long m, long n, long k, double alpha, double beta) {
        fov_gemm_attrs.m(attrs, m);
        fov_gemm_attrs.n(attrs, n);
        fov_gemm_attrs.k(attrs, k);
        fov_gemm_attrs.a_row(attrs, aRow);
        fov_gemm_attrs.a_col(attrs, aCol);
        fov_gemm_attrs.b_row(attrs, bRow);
        fov_gemm_attrs.b_col(attrs, bCol);
        fov_gemm_attrs.c_row(attrs, cRow);
        fov_gemm_attrs.c_col(attrs, cCol);
        fov_gemm_attrs.type(attrs, FoveaNative.FOV_F32());
        fov_gemm_attrs.bias(attrs, FoveaNative.FOV_BIAS_NONE());
        fov_gemm_attrs.activation(attrs, FoveaNative.FOV_ACTIVATION_NONE());
        fov_gemm_attrs.alpha(attrs, (float) alpha);
        fov_gemm_attrs.beta(attrs, (float) beta);
        fov_gemm_attrs.batch_rank(attrs, 0);
        var nativeContext = Access.nativeContext(session);
        nativeContext.check(FoveaNative.fov_gemm(nativeContext.ctx(), c, a, b, MemorySegment.NULL, attrs));
    }
}
