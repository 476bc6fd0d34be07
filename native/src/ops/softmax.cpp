#include "../error.h"
#include "../rows.h"
#include "softmax_onednn.h"

using namespace fov;

static void check(fov_i64 n, fov_i64 c, fov_i64 s) {
    require(n >= 1 && c >= 1 && s >= 1, "softmax: extents are %lld, %lld, %lld", n, c, s);
}

extern "C" {

fov_status fov_softmax_forward(fov_ctx *ctx, float *y, const float *x, int32_t logarithm, fov_i64 n, fov_i64 c, fov_i64 s) {
    return guarded(ctx, [&] {
        check(n, c, s);
        if (const auto pass = softmax_onednn(*ctx, logarithm, n, c, s, false)) {
            pass->run(*ctx, 0, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}});
            return;
        }
        const auto *kernels = ctx->kernels->softmax;
        parallel_rows(
            *ctx, n, c, s, [=](fov_i64 begin, fov_i64 end) { kernels->forward_rows(y, x, logarithm, c, begin, end); },
            [=](fov_i64 i, fov_i64 begin, fov_i64 end) {
                kernels->forward_columns(y + i * c * s, x + i * c * s, logarithm, c, s, begin, end);
            });
    });
}

fov_status fov_softmax_backward(fov_ctx *ctx, float *dx, const float *dy, const float *y, int32_t logarithm, fov_i64 n, fov_i64 c,
                                fov_i64 s) {
    return guarded(ctx, [&] {
        check(n, c, s);
        if (const auto pass = softmax_onednn(*ctx, logarithm, n, c, s, true)) {
            pass->run(*ctx, 0, {{DNNL_ARG_DST, y}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, dx}});
            return;
        }
        const auto *kernels = ctx->kernels->softmax;
        parallel_rows(
            *ctx, n, c, s, [=](fov_i64 begin, fov_i64 end) { kernels->backward_rows(dx, dy, y, logarithm, c, begin, end); },
            [=](fov_i64 i, fov_i64 begin, fov_i64 end) {
                const fov_i64 image = i * c * s;
                kernels->backward_columns(dx + image, dy + image, y + image, logarithm, c, s, begin, end);
            });
    });
}

const char *fov_softmax_implementation(fov_ctx *ctx, int32_t logarithm, fov_i64 n, fov_i64 c, fov_i64 s, int32_t pass) {
    return implementation_name(ctx, [&] { return softmax_onednn(*ctx, logarithm, n, c, s, pass != FOV_CONV_FORWARD); });
}
}
