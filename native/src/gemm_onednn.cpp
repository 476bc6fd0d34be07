// Products by oneDNN's sgemm, for sessions that ask for it: same operands, another order of the sums.
#include <algorithm>
#include <utility>

#include "error.h"
#include "gemm.h"
#include "onednn.h"

namespace fov {

namespace {

// A matrix whose rows or columns lie side by side, as BLAS wants it.
struct operand {
    char transposed = 'N';
    fov_i64 stride = 0;  // 0: it lies otherwise

    operand(fov_i64 rows, fov_i64 columns, fov_i64 row, fov_i64 col) {
        if (col == 1 && row >= columns) {
            stride = row;
        } else if (row == 1 && col >= rows) {
            transposed = 'T';
            stride = col;
        }
    }
};

void multiply(const fov_ctx &ctx, const product &p, const operand &oa, const operand &ob, float *c, const float *a, const float *b,
              const float *bias) {
    float beta = p.beta;
    if (bias) {
        for (fov_i64 i = 0; i < p.m; i++)
            for (fov_i64 j = 0; j < p.n; j++) {
                float &at = c[i * p.c_row + j];
                at = (beta != 0 ? beta * at : 0) + bias[p.bias_per_row ? i : j];
            }
        beta = 1;
    }
    const auto status = dnnl_sgemm(oa.transposed, ob.transposed, p.m, p.n, p.k, p.alpha, a, oa.stride, b, ob.stride, beta, c, p.c_row);
    if (status != dnnl_success) throw failure(FOV_INTERNAL, format("gemm: oneDNN's sgemm failed with status %d", status));
    if (!p.relu) return;
    for (fov_i64 i = 0; i < p.m; i++) ctx.kernels->elementwise->relu_forward(c + i * p.c_row, c + i * p.c_row, 0, p.n);
}

// The product with the rows of C side by side where it asks for that: what sgemm is given.
struct call {
    const bool turned;
    const product p;
    const operand a, b;

    explicit call(const product &asked)
        : turned(asked.c_col != 1), p(turned ? exchanged(asked) : asked), a(p.m, p.k, p.a_row, p.a_col), b(p.k, p.n, p.b_row, p.b_col) {}

    bool possible(const fov_ctx &ctx, const gemm_plan &plan) const {
        return ctx.options[FOV_OPTION_PROVIDER] == FOV_PROVIDER_ONEDNN && ctx.kernels->isa == best_isa() && !plan.bf16 && p.c_col == 1 &&
               p.c_row >= p.n && a.stride && b.stride && p.m > 0 && p.n > 0 && p.k > 0;
    }
};

}  // namespace

bool gemm_onednn(fov_ctx &ctx, const product &asked, const gemm_plan &plan, float *c, const float *a, const float *b, const float *bias) {
    const call made(asked);
    if (!made.possible(ctx, plan)) return false;
    if (made.turned) std::swap(a, b);
    dnn(ctx);
    const product &p = made.p;
    for (fov_i64 i = 0; i < p.batch; i++) multiply(ctx, p, made.a, made.b, c + i * p.c_batch, a + i * p.a_batch, b + i * p.b_batch, bias);
    return true;
}

const char *gemm_implementation(const fov_ctx &ctx, const product &p, const gemm_plan &plan) {
    return plan.bf16 ? "own:bf16" : call(p).possible(ctx, plan) ? "onednn:sgemm" : "own";
}

}  // namespace fov
