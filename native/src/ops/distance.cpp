#include <algorithm>

#include "../error.h"
#include "../parallel.h"

using namespace fov;

extern "C" {

fov_status fov_distance_forward(fov_ctx *ctx, float *y, const float *x, const float *w, fov_i64 n, fov_i64 m, fov_i64 k) {
    return guarded(ctx, [&] {
        require(n >= 1 && m >= 1 && k >= 1, "squaredDistance: extents are %lld, %lld, %lld", n, m, k);
        const auto kernel = ctx->kernels->distance->forward;
        parallel_ranges(
            *ctx, n, [=](fov_i64 begin, fov_i64 end) { kernel(y, x, w, m, k, begin, end); },
            std::max<fov_i64>(1, elements_per_task / (m * k)));
    });
}

fov_status fov_distance_backward(fov_ctx *ctx, float *dx, float *dw, const float *dy, const float *x, const float *w, fov_i64 n, fov_i64 m,
                                 fov_i64 k) {
    return guarded(ctx, [&] {
        const auto kernel = ctx->kernels->distance->backward;
        if (dx)
            parallel_ranges(
                *ctx, n, [=](fov_i64 begin, fov_i64 end) { kernel(dx, dy, m, 1, x, w, m, k, begin, end); },
                std::max<fov_i64>(1, elements_per_task / (m * k)));
        if (dw)
            parallel_ranges(
                *ctx, m, [=](fov_i64 begin, fov_i64 end) { kernel(dw, dy, 1, m, w, x, n, k, begin, end); },
                std::max<fov_i64>(1, elements_per_task / (n * k)));
    });
}
}
