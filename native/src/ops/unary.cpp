#include "../error.h"
#include "../layout.h"
#include "../parallel.h"

using namespace fov;

static_assert(FOV_UNARY_COUNT == unary_functions);

static const unary_kernels::row &row_of(const fov_ctx &ctx, int32_t function) {
    require(function >= 0 && function < FOV_UNARY_COUNT, "unary: function %d is unknown", function);
    return ctx.kernels->unary->of[function];
}

extern "C" {

fov_status fov_unary_forward(fov_ctx *ctx, float *y, const float *x, int32_t function, float a, float b, int32_t layout,
                             const fov_shape *shape) {
    return guarded(ctx, [&] {
        const extents e(*shape);
        const auto &row = row_of(*ctx, function);
        parallel_ranges(*ctx, e.elements(layout), [&](fov_i64 begin, fov_i64 end) {
            row.forward(y, x, a, b, begin, end);
            if (!row.forward_keeps_zero) clear_padding(y, layout, e, begin, end);
        });
    });
}

fov_status fov_unary_backward(fov_ctx *ctx, float *dx, const float *dy, const float *s, int32_t function, float a, float b, int32_t layout,
                              const fov_shape *shape) {
    return guarded(ctx, [&] {
        const extents e(*shape);
        const auto &row = row_of(*ctx, function);
        parallel_ranges(*ctx, e.elements(layout), [&](fov_i64 begin, fov_i64 end) {
            row.backward(dx, dy, s, a, b, begin, end);
            if (!row.backward_keeps_zero) clear_padding(dx, layout, e, begin, end);
        });
    });
}
}
