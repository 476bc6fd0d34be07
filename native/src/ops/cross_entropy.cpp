#include <cmath>

#include "../error.h"
#include "../rows.h"

using namespace fov;

namespace {

using attributes = fov_cross_entropy;

void check(const attributes &a, const int32_t *ids, const float *targets) {
    require(a.n >= 1 && a.c >= 1 && a.s >= 1, "crossEntropy: extents are %lld, %lld, %lld", a.n, a.c, a.s);
    require(!ids != !targets, "crossEntropy: give class ids or soft targets");
    for (fov_i64 i = 0; ids && i < a.n * a.s; i++)
        require((ids[i] >= 0 && ids[i] < a.c) || ids[i] == a.ignore,
                "crossEntropy: target[%lld] is %d; with %lld classes it must be 0 to %lld, or %d to be ignored", i, ids[i], a.c, a.c - 1,
                a.ignore);
}

// The part of a whole tensor; `saved` is m, l, the sum of q, and the divisor of the mean.
cross_entropy_part whole(const attributes &a, float *saved, const float *x, const int32_t *ids, const float *targets,
                         const float *weights) {
    const fov_i64 rows = a.n * a.s;
    return {x,
            targets,
            weights,
            ids,
            saved,
            saved + rows,
            saved + 2 * rows,
            a.c,
            a.s,
            1 - a.smoothing,
            a.smoothing / static_cast<float>(a.c),
            a.log_probabilities != 0};
}

cross_entropy_part image(cross_entropy_part part, fov_i64 i) {
    const fov_i64 rows = i * part.s, elements = rows * part.c;
    part.x += elements;
    if (part.t) part.t += elements;
    if (part.ids) part.ids += rows;
    part.m += rows;
    part.l += rows;
    part.q_sum += rows;
    return part;
}

bool ignored(const attributes &a, const int32_t *ids, fov_i64 row) { return ids && ids[row] == a.ignore; }

// In double and in order, so the same for any number of threads.
double total(const float *x, fov_i64 n) {
    double sum = 0;
    for (fov_i64 i = 0; i < n; i++) sum += x[i];
    return sum;
}

// What a mean divides by: the weights of the rows that count.
double divisor(const attributes &a, const int32_t *ids, const float *weights) {
    const fov_i64 rows = a.n * a.s;
    if (!ids) return static_cast<double>(rows);
    double sum = 0;
    for (fov_i64 i = 0; i < rows; i++)
        if (!ignored(a, ids, i)) sum += weights ? weights[ids[i]] : 1;
    return sum;
}

}  // namespace

extern "C" {

fov_status fov_cross_entropy_forward(fov_ctx *ctx, float *loss, float *saved, const float *x, const int32_t *ids, const float *targets,
                                     const float *weights, const fov_cross_entropy *attrs) {
    return guarded(ctx, [&] {
        const auto &a = *attrs;
        check(a, ids, targets);
        const fov_i64 rows = a.n * a.s;
        auto *scratch = static_cast<float *>(ctx->scratch.reserve((4 * rows + 1) * sizeof(float)));
        float *row_loss = a.reduction == FOV_REDUCTION_NONE ? loss : scratch;
        if (!saved) saved = scratch + rows;
        const auto part = whole(a, saved, x, ids, targets, weights);
        const auto *kernels = ctx->kernels->cross_entropy;
        parallel_rows(
            *ctx, a.n, a.c, a.s, [&](fov_i64 begin, fov_i64 end) { kernels->forward_rows(row_loss, part, begin, end); },
            [&](fov_i64 i, fov_i64 begin, fov_i64 end) { kernels->forward_columns(row_loss + i * a.s, image(part, i), begin, end); });
        for (fov_i64 i = 0; ids && i < rows; i++)
            if (ignored(a, ids, i)) row_loss[i] = 0;
        const double by = a.reduction == FOV_REDUCTION_MEAN ? divisor(a, ids, weights) : 1;
        saved[3 * rows] = static_cast<float>(by);
        if (a.reduction != FOV_REDUCTION_NONE) *loss = static_cast<float>(total(row_loss, rows) / by);
    });
}

fov_status fov_cross_entropy_backward(fov_ctx *ctx, float *dx, float *dt, const float *dloss, const float *saved, const float *x,
                                      const int32_t *ids, const float *targets, const float *weights, const fov_cross_entropy *attrs) {
    return guarded(ctx, [&] {
        const auto &a = *attrs;
        const fov_i64 rows = a.n * a.s;
        auto *g = static_cast<float *>(ctx->scratch.reserve(rows * sizeof(float)));
        for (fov_i64 i = 0; i < rows; i++)
            g[i] = ignored(a, ids, i) ? 0 : dloss[a.reduction == FOV_REDUCTION_NONE ? i : 0] / saved[3 * rows];
        const auto part = whole(a, const_cast<float *>(saved), x, ids, targets, weights);
        const auto *kernels = ctx->kernels->cross_entropy;
        parallel_rows(
            *ctx, a.n, a.c, a.s, [&](fov_i64 begin, fov_i64 end) { kernels->backward_rows(dx, dt, g, part, begin, end); },
            [&](fov_i64 i, fov_i64 begin, fov_i64 end) {
                const fov_i64 offset = i * a.c * a.s;
                kernels->backward_columns(dx ? dx + offset : nullptr, dt ? dt + offset : nullptr, g + i * a.s, image(part, i), begin, end);
            });
        // 0 times a NaN or an infinity of an ignored row is NaN.
        for (fov_i64 i = 0; ids && dx && i < rows; i++)
            if (ignored(a, ids, i))
                for (fov_i64 k = 0; k < a.c; k++) dx[(i / a.s * a.c + k) * a.s + i % a.s] = 0;
    });
}
}
