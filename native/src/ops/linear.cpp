// y [m][n] = activation(x [m][k] w [n][k]' + b), by gemm.
#include <algorithm>

#include "../error.h"
#include "../gemm.h"
#include "../parallel.h"
#include "optimizer.h"

using namespace fov;

namespace {

// A product with its plan and the scratch memory it needs.
struct planned {
    product p;
    gemm_plan plan;
    size_t bytes;

    planned(const fov_ctx &ctx, const product &what) : p(what), plan(plan_gemm(ctx, p)), bytes(gemm_workspace(p, plan, ctx)) {}

    void run(fov_ctx &ctx, float *c, const float *a, const float *b, const float *bias, void *workspace) const {
        if (!gemm_onednn(ctx, p, plan, c, a, b, bias)) gemm(ctx, p, plan, c, a, b, bias, workspace);
    }
};

product shape(const fov_ctx &ctx, fov_i64 m, fov_i64 n, fov_i64 k) {
    product p;
    p.operands = ctx.rounds() ? product::roundable : product::exact;
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

product forward_product(const fov_ctx &ctx, const fov_linear &l) {
    product p = shape(ctx, l.m, l.n, l.k);
    p.a_row = l.k;
    p.b_col = l.k;
    p.b_row = 1;
    p.relu = l.activation == FOV_ACTIVATION_RELU;
    return p;
}

product data_product(const fov_ctx &ctx, const fov_linear &l) {
    product p = shape(ctx, l.m, l.k, l.n);
    p.a_row = l.n;
    p.b_row = l.k;
    return p;
}

// `rows` rows of dw.
product rows_product(const fov_ctx &ctx, const fov_linear &l, fov_i64 rows) {
    product p = shape(ctx, rows, l.k, l.m);
    p.a_row = 1;
    p.a_col = l.n;
    p.b_row = l.k;
    return p;
}

product weights_product(const fov_ctx &ctx, const fov_linear &l) { return rows_product(ctx, l, l.n); }

// Rows of dw that are computed and used up together: whole tiles, together not more than the caches hold.
constexpr fov_i64 sunk_floats = 512 << 10;
fov_i64 sunk_rows(const fov_linear &l) { return std::min(l.n, std::max<fov_i64>(16, sunk_floats / l.k / 16 * 16)); }

}  // namespace

extern "C" {

const char *fov_linear_implementation(fov_ctx *ctx, const fov_linear *l, int32_t pass) {
    const auto of = pass == FOV_CONV_FORWARD ? forward_product : pass == FOV_CONV_DATA ? data_product : weights_product;
    if (!ctx || !l) return "own";
    const product p = of(*ctx, *l);
    return gemm_implementation(*ctx, p, plan_gemm(*ctx, p));
}

fov_status fov_linear_forward(fov_ctx *ctx, const fov_linear *l, float *y, const float *x, const float *w, const float *b) {
    return guarded(ctx, [&] {
        check(*l);
        const planned forward(*ctx, forward_product(*ctx, *l));
        forward.run(*ctx, y, x, w, b, ctx->scratch.reserve(forward.bytes));
    });
}

int32_t fov_linear_sinks(fov_ctx *ctx, const fov_linear *l) {
    if (!ctx || !l || l->m <= 0 || l->n <= 0 || l->k <= 0 || l->n * l->k < 2 * sunk_floats || l->n < 2 * sunk_rows(*l)) return 0;
    if (ctx->prefers("onednn:sgemm")) return 0;
    // Every sum in one run, whatever the rows: then it is added up in the same order.
    const auto in_one_run = [&](fov_i64 rows) {
        const gemm_plan plan = plan_gemm(*ctx, rows_product(*ctx, *l, rows));
        return !plan.bf16 && !plan.dots && plan.k_block >= l->m;
    };
    return in_one_run(l->n) && in_one_run(sunk_rows(*l)) && in_one_run(l->n % sunk_rows(*l) ? l->n % sunk_rows(*l) : l->n);
}

fov_status fov_linear_backward(fov_ctx *ctx, const fov_linear *l, float *dx, float *dw, float *db, const float *dy, const float *x,
                               const float *w, const float *y, const fov_sink *sink) {
    return guarded(ctx, [&] {
        check(*l);
        const fov_i64 m = l->m, n = l->n;
        const fov_i64 rows = sink ? sunk_rows(*l) : n, rest = n % rows ? n % rows : rows;
        if (sink) {
            check_sink(*sink, n * l->k);
            require(!dw && sink->row->w == w, "linear: the gradient of w goes to one place, and a sink changes w itself");
        }
        product bias = shape(*ctx, 1, n, m);
        bias.operands = product::exact;
        bias.a_row = m;
        bias.b_row = n;
        const planned to_x(*ctx, data_product(*ctx, *l)), to_b(*ctx, bias);
        const planned to_w(*ctx, rows_product(*ctx, *l, rows));
        const planned to_last = rest == rows ? to_w : planned(*ctx, rows_product(*ctx, *l, rest));
        const bool relu = l->activation == FOV_ACTIVATION_RELU;
        const size_t masked_bytes = relu ? rounded(m * n * sizeof(float)) : 0, ones_bytes = rounded(m * sizeof(float));
        const size_t sunk_bytes = sink ? rounded(rows * l->k * sizeof(float)) : 0;
        auto *memory = static_cast<char *>(
            ctx->scratch.reserve(masked_bytes + ones_bytes + sunk_bytes + std::max({to_x.bytes, to_w.bytes, to_last.bytes, to_b.bytes})));
        auto *ones = reinterpret_cast<float *>(memory + masked_bytes);
        auto *sunk = reinterpret_cast<float *>(memory + masked_bytes + ones_bytes);
        void *workspace = memory + masked_bytes + ones_bytes + sunk_bytes;
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
        for (fov_i64 first = 0; sink && first < n; first += rows) {
            const bool last = first + rows >= n;
            (last ? to_last : to_w).run(*ctx, sunk, dy + first, x, nullptr, workspace);
            update_piece(*ctx, *sink, sunk, first * l->k, (last ? rest : rows) * l->k);
        }
    });
}
}
