// y [m][n] = activation(x [m][k] w [n][k]' + b), by gemm.
#include <algorithm>

#include "../error.h"
#include "../gemm.h"
#include "../parallel.h"

using namespace fov;

namespace {

// A product with its plan and the scratch memory it needs.
struct planned {
    product p;
    gemm_plan plan;
    size_t bytes;

    planned(const fov_ctx &ctx, const product &what) : p(what), plan(plan_gemm(ctx, p)), bytes(gemm_workspace(p, plan, ctx)) {}

    void run(fov_ctx &ctx, float *c, const float *a, const float *b, const float *bias, void *workspace) const {
        gemm(ctx, p, plan, c, a, b, bias, workspace);
    }
};

product shape(fov_i64 m, fov_i64 n, fov_i64 k) {
    product p;
    p.m = m;
    p.n = n;
    p.k = k;
    p.c_row = n;
    return p;
}

size_t rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }

void check(const fov_linear &l) {
    require(l.m > 0 && l.n > 0 && l.k > 0, "linear: %lld x %lld x %lld", l.m, l.n, l.k);
    require(l.activation == FOV_ACTIVATION_NONE || l.activation == FOV_ACTIVATION_RELU, "linear: activation %d is unknown", l.activation);
}

}  // namespace

extern "C" {

fov_status fov_linear_forward(fov_ctx *ctx, const fov_linear *l, float *y, const float *x, const float *w, const float *b) {
    return guarded(ctx, [&] {
        check(*l);
        product p = shape(l->m, l->n, l->k);
        p.a_row = l->k;
        p.b_col = l->k;
        p.b_row = 1;
        p.relu = l->activation == FOV_ACTIVATION_RELU;
        const planned forward(*ctx, p);
        forward.run(*ctx, y, x, w, b, ctx->scratch.reserve(forward.bytes));
    });
}

fov_status fov_linear_backward(fov_ctx *ctx, const fov_linear *l, float *dx, float *dw, float *db, const float *dy, const float *x,
                               const float *w, const float *y) {
    return guarded(ctx, [&] {
        check(*l);
        const fov_i64 m = l->m, n = l->n, k = l->k;
        product data = shape(m, k, n), weights = shape(n, k, m), bias = shape(1, n, m);
        data.a_row = n;
        data.b_row = k;
        weights.a_row = 1;
        weights.a_col = n;
        weights.b_row = k;
        bias.a_row = m;
        bias.b_row = n;
        const planned to_x(*ctx, data), to_w(*ctx, weights), to_b(*ctx, bias);
        const bool relu = l->activation == FOV_ACTIVATION_RELU;
        const size_t masked_bytes = relu ? rounded(m * n * sizeof(float)) : 0, ones_bytes = rounded(m * sizeof(float));
        auto *memory =
            static_cast<char *>(ctx->scratch.reserve(masked_bytes + ones_bytes + std::max({to_x.bytes, to_w.bytes, to_b.bytes})));
        auto *ones = reinterpret_cast<float *>(memory + masked_bytes);
        void *workspace = memory + masked_bytes + ones_bytes;
        if (relu) {
            require(y, "linear: the result is needed behind an activation");
            auto *masked = reinterpret_cast<float *>(memory);
            const auto kernel = ctx->kernels->elementwise->relu_backward;
            const float *unmasked = dy;
            parallel_ranges(*ctx, m * n, [=](fov_i64 begin, fov_i64 end) { kernel(masked, unmasked, y, begin, end); });
            dy = masked;
        }
        if (dx) to_x.run(*ctx, dx, dy, w, nullptr, workspace);
        if (dw) to_w.run(*ctx, dw, dy, x, nullptr, workspace);
        if (db) {
            std::fill(ones, ones + m, 1.f);
            to_b.run(*ctx, db, ones, dy, nullptr, workspace);
        }
    });
}
}
