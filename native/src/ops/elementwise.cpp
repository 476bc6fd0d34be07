#include <atomic>

#include "../error.h"
#include "../parallel.h"

using namespace fov;

extern "C" {

fov_status fov_fill(fov_ctx *ctx, float *y, float value, fov_i64 n) {
    return guarded(ctx, [&] {
        require(n >= 0, "fill: %lld elements", n);
        const auto kernel = ctx->kernels->elementwise->fill;
        parallel_ranges(*ctx, n, [=](fov_i64 begin, fov_i64 end) { kernel(y, value, begin, end); });
    });
}

fov_status fov_axpy(fov_ctx *ctx, float *y, float a, const float *x, fov_i64 n) {
    return guarded(ctx, [&] {
        require(n >= 0, "axpy: %lld elements", n);
        const auto kernel = ctx->kernels->elementwise->axpy;
        parallel_ranges(*ctx, n, [=](fov_i64 begin, fov_i64 end) { kernel(y, a, x, begin, end); });
    });
}

fov_status fov_add(fov_ctx *ctx, float *y, const float *a, const float *b, fov_i64 n) {
    return guarded(ctx, [&] {
        require(n >= 0, "add: %lld elements", n);
        const auto kernel = ctx->kernels->elementwise->add;
        parallel_ranges(*ctx, n, [=](fov_i64 begin, fov_i64 end) { kernel(y, a, b, begin, end); });
    });
}

fov_status fov_relu_forward(fov_ctx *ctx, float *y, const float *x, fov_i64 n) {
    return guarded(ctx, [&] {
        require(n >= 0, "relu: %lld elements", n);
        const auto kernel = ctx->kernels->elementwise->relu_forward;
        parallel_ranges(*ctx, n, [=](fov_i64 begin, fov_i64 end) { kernel(y, x, begin, end); });
    });
}

fov_status fov_relu_backward(fov_ctx *ctx, float *dx, const float *dy, const float *y, fov_i64 n) {
    return guarded(ctx, [&] {
        require(n >= 0, "relu: %lld elements", n);
        const auto kernel = ctx->kernels->elementwise->relu_backward;
        parallel_ranges(*ctx, n, [=](fov_i64 begin, fov_i64 end) { kernel(dx, dy, y, begin, end); });
    });
}

fov_status fov_all_finite(fov_ctx *ctx, int32_t *out, const float *x, fov_i64 n) {
    return guarded(ctx, [&] {
        require(out && n >= 0, "all_finite: %lld elements", n);
        std::atomic<int32_t> finite{1};
        const auto kernel = ctx->kernels->elementwise->all_finite;
        parallel_ranges(*ctx, n, [&](fov_i64 begin, fov_i64 end) {
            if (!kernel(x, begin, end)) finite.store(0, std::memory_order_relaxed);
        });
        *out = finite.load();
    });
}
}
