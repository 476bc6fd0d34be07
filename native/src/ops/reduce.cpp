#include <cmath>

#include "../reduction.h"

using namespace fov;

namespace {

struct problem {
    const fov_shape &shape;
    memory_axes axes;
    bool reduces[max_walk] = {};

    problem(const fov_shape &x, int32_t mask) : shape(x), axes(axes_of(FOV_PLAIN, x)) {
        for (int d = 0; d < axes.rank; d++) reduces[d] = mask >> d & 1;
    }
};

// best[k], index[k] = the first best element of every kept position; the scratch holds one pair for every part.
void reduce_best(fov_ctx &ctx, float *best, int32_t *index, const float *x, const reduction &r, bool smallest, float *values) {
    const reduction_cut cut(r);
    const auto *kernels = ctx.kernels->reduce;
    const float worst = smallest ? INFINITY : -INFINITY;
    const int which = smallest ? 1 : 0;
    auto *places = reinterpret_cast<int32_t *>(values + sum_scratch(r));
    reduce_tasks(
        ctx, r, cut,
        [&](fov_i64 part, fov_i64 k, fov_i64 begin, fov_i64 end) {
            const fov_i64 at = part * r.kept_total + k;
            const float *from = x + r.offset(false, k);
            values[at] = worst;
            places[at] = static_cast<int32_t>(begin);
            r.each_rectangle(begin, end, [&](fov_i64 offset, fov_i64 rows, fov_i64 length, fov_i64 stride, fov_i64 first) {
                kernels->best_whole[which](values + at, places + at, from + offset, static_cast<int32_t>(first), rows, length, stride);
            });
        },
        [&](fov_i64 part, fov_i64 k, fov_i64 width, fov_i64 offset, fov_i64 begin, fov_i64 end) {
            const fov_i64 at = part * r.kept_total + k;
            std::fill(values + at, values + at + width, worst);
            std::fill(places + at, places + at + width, static_cast<int32_t>(begin));
            r.each_run(begin, end, [&](fov_i64 row, fov_i64 rows, fov_i64 stride, fov_i64 first) {
                kernels->best_columns[which](values + at, places + at, x + offset + row, static_cast<int32_t>(first), rows, width, stride);
            });
        });
    for (fov_i64 k = 0; k < r.kept_total; k++) {
        float value = values[k];
        int32_t place = places[k];
        for (fov_i64 part = 1; part < cut.parts; part++) {
            const float v = values[part * r.kept_total + k];
            if ((smallest ? v < value : v > value) || (v != v && value == value)) value = v, place = places[part * r.kept_total + k];
        }
        if (best) best[k] = value;
        if (index) index[k] = place;
    }
}

// Where reduced element `number` of kept position k lies.
fov_i64 place_of(const reduction &r, fov_i64 k, fov_i64 number) {
    const fov_i64 inner = r.inner();
    return r.inner_reduced() ? r.offset(false, k) + r.offset(true, number / inner) + number % inner
                             : r.offset(false, k / inner) + k % inner + r.offset(true, number);
}

// dx(x, u, v) with u and v given for every kept position.
void expand(const fov_ctx &ctx, int kernel, float *dx, const float *x, const float *u, const float *v, const problem &p) {
    memory_axes kept = p.axes;
    for (int d = 0; d < kept.rank; d++)
        if (p.reduces[d]) kept.extent[d] = 1;
    run_walk(ctx, ctx.kernels->broadcast->expand[kernel], walk<4>(p.axes, {&p.axes, &p.axes, &kept, &kept}), dx, {x, u, v}, FOV_PLAIN,
             extents(p.shape));
}

}  // namespace

extern "C" {

fov_status fov_reduce_forward(fov_ctx *ctx, float *y, int32_t *index, float *saved, const float *x, int32_t kind, int32_t axes,
                              const fov_shape *shape, int32_t correction) {
    return guarded(ctx, [&] {
        require(kind >= 0 && kind < FOV_REDUCE_COUNT, "reduce: kind %d is unknown", kind);
        const problem p(*shape, axes);
        const reduction r(p.axes, p.reduces);
        require(kind < FOV_REDUCE_MAX || r.reduced_total <= INT32_MAX, "reduce: %lld elements have no 32-bit index", r.reduced_total);
        const auto n = static_cast<double>(r.reduced_total);
        const fov_i64 parts = sum_scratch(r);
        auto *scratch = static_cast<float *>(ctx->scratch.reserve(static_cast<size_t>(2 * parts + r.kept_total) * 4));
        float *middle = saved ? saved : scratch + 2 * parts;
        const auto sums = [&](float *to, int kernel, const float *around, auto finish) {
            reduce_sums(*ctx, to, x, kernel, around, r, scratch, finish);
        };
        switch (kind) {
            case FOV_REDUCE_SUM: return sums(y, sum_plain, nullptr, [](fov_i64, double s) { return static_cast<float>(s); });
            case FOV_REDUCE_MEAN: return sums(y, sum_plain, nullptr, [=](fov_i64, double s) { return static_cast<float>(s / n); });
            case FOV_REDUCE_NORM: return sums(y, sum_squares, nullptr, [](fov_i64, double s) { return static_cast<float>(std::sqrt(s)); });
            case FOV_REDUCE_VARIANCE:
                sums(middle, sum_plain, nullptr, [=](fov_i64, double s) { return static_cast<float>(s / n); });
                return sums(y, sum_squares, middle, [=](fov_i64, double s) { return static_cast<float>(s / (n - correction)); });
            case FOV_REDUCE_LOG_SUM_EXP:
                reduce_best(*ctx, middle, nullptr, x, r, false, scratch);
                for (fov_i64 k = 0; k < r.kept_total; k++)
                    if (std::isinf(middle[k])) middle[k] = 0;
                return sums(y, sum_exponentials, middle, [=](fov_i64 k, double s) { return static_cast<float>(middle[k] + std::log(s)); });
            default: {
                const bool smallest = kind == FOV_REDUCE_MIN || kind == FOV_REDUCE_ARG_MIN;
                return reduce_best(*ctx, y, index, x, r, smallest, scratch);
            }
        }
    });
}

fov_status fov_reduce_backward(fov_ctx *ctx, float *dx, const float *dy, const float *x, const float *y, const int32_t *index,
                               const float *saved, int32_t kind, int32_t axes, const fov_shape *shape, int32_t correction) {
    return guarded(ctx, [&] {
        const problem p(*shape, axes);
        const reduction r(p.axes, p.reduces);
        if (kind == FOV_REDUCE_MAX || kind == FOV_REDUCE_MIN) {
            const auto fill = ctx->kernels->elementwise->fill;
            parallel_ranges(*ctx, r.kept_total * r.reduced_total, [=](fov_i64 begin, fov_i64 end) { fill(dx, 0, begin, end); });
            for (fov_i64 k = 0; k < r.kept_total; k++) dx[place_of(r, k, index[k])] = dy[k];
            return;
        }
        if (kind == FOV_REDUCE_SUM) return expand(*ctx, 0, dx, dx, dy, dy, p);
        if (kind == FOV_REDUCE_LOG_SUM_EXP) return expand(*ctx, 3, dx, x, dy, y, p);
        auto *u = static_cast<float *>(ctx->scratch.reserve(static_cast<size_t>(r.kept_total) * 4));
        const auto n = static_cast<float>(r.reduced_total);
        for (fov_i64 k = 0; k < r.kept_total; k++) {
            if (kind == FOV_REDUCE_MEAN) u[k] = dy[k] / n;
            if (kind == FOV_REDUCE_VARIANCE) u[k] = dy[k] * 2 / (n - static_cast<float>(correction));
            if (kind == FOV_REDUCE_NORM) u[k] = y[k] == 0 ? 0 : dy[k] / y[k];
        }
        require(kind == FOV_REDUCE_MEAN || kind == FOV_REDUCE_VARIANCE || kind == FOV_REDUCE_NORM, "reduce: kind %d has no gradient", kind);
        if (kind == FOV_REDUCE_MEAN) return expand(*ctx, 0, dx, dx, u, u, p);
        if (kind == FOV_REDUCE_NORM) return expand(*ctx, 1, dx, x, u, u, p);
        expand(*ctx, 2, dx, x, u, saved, p);
    });
}
}
