#include <cmath>

#include "../error.h"
#include "../layout.h"
#include "../parallel.h"
#include "../philox.h"

using namespace fov;

static_assert(elements_per_task % 64 == 0);

// Words below it are dropped: p of all 2^32, as near as that goes.
static uint32_t threshold(float p) {
    require(p >= 0 && p < 1, "dropout: p is %g; it must be at least 0 and below 1", static_cast<double>(p));
    return static_cast<uint32_t>(std::llround(static_cast<double>(p) * 0x1p32));
}

extern "C" {

fov_status fov_dropout_forward(fov_ctx *ctx, float *y, uint8_t *bits, const float *x, float p, fov_i64 seed, fov_i64 stream, fov_i64 n) {
    return guarded(ctx, [&] {
        const uint32_t low = threshold(p);
        const auto kernel = ctx->kernels->dropout->forward;
        parallel_ranges(*ctx, n, [=](fov_i64 begin, fov_i64 end) { kernel(y, bits, x, 1 / (1 - p), low, seed, stream, begin, end); });
    });
}

fov_status fov_dropout_backward(fov_ctx *ctx, float *dx, const float *dy, const uint8_t *bits, float p, fov_i64 n) {
    return guarded(ctx, [&] {
        const auto kernel = ctx->kernels->dropout->backward;
        parallel_ranges(*ctx, n, [=](fov_i64 begin, fov_i64 end) { kernel(dx, dy, bits, 1 / (1 - p), begin, end); });
    });
}

fov_status fov_dropout_mask(fov_ctx *ctx, float *y, float p, fov_i64 seed, fov_i64 stream, fov_i64 n) {
    return guarded(ctx, [&] {
        const uint32_t low = threshold(p);
        parallel_ranges(*ctx, n, [=](fov_i64 begin, fov_i64 end) {
            for (fov_i64 i = begin; i < end; i++) y[i] = philox(i / 4, stream, seed).w[i % 4] >= low ? 1 / (1 - p) : 0;
        });
    });
}

fov_status fov_random_slope(fov_ctx *ctx, float *out, const float *in, const float *s, float low, float high, fov_i64 seed, fov_i64 stream,
                            int32_t layout, const fov_shape *shape) {
    return guarded(ctx, [&] {
        const extents e(*shape);
        const auto kernel = ctx->kernels->dropout->random_slope;
        // Zeros times a negative slope would leave -0 in padding lanes.
        parallel_ranges(*ctx, e.elements(layout), [&](fov_i64 begin, fov_i64 end) {
            kernel(out, in, s, low, high, seed, stream, begin, end);
            clear_padding(out, layout, e, begin, end);
        });
    });
}
}
