#include "../broadcast.h"

#include "../reduction.h"

using namespace fov;

namespace {

static_assert(FOV_BINARY_COUNT == binary_functions);
static_assert(FOV_BINARY_GREATER == binary_gradients);

// An operand's data, packed into `scratch` (which moves on) where the walk needs it so.
const float *ready(fov_ctx &ctx, const operand &o, const float *x, int32_t layout, float *&scratch) {
    if (!o.packed) return x;
    float *packed = scratch;
    scratch += o.packed_elements(layout);
    const fov_status status = fov_reorder(&ctx, packed, layout, x, FOV_PLAIN, FOV_F32, &o.shape);
    if (status != FOV_OK) throw failure(status, ctx.message);
    return packed;
}

float *scratch_for(fov_ctx &ctx, fov_i64 floats) { return static_cast<float *>(ctx.scratch.reserve(static_cast<size_t>(floats) * 4)); }

void check_function(int32_t function, int32_t count) {
    require(function >= 0 && function < count, "binary: function %d is unknown or has no gradient", function);
}

// d (plain, of the operand's own shape) = sign * the sum of x, which has the result's shape and layout, over the broadcast axes.
void sum_to(fov_ctx &ctx, float *d, const float *x, float sign, const operand &o, int32_t layout, const memory_axes &axes, float *scratch) {
    bool reduces[max_walk];
    for (int i = 0; i < axes.rank; i++) reduces[i] = o.axes.extent[i] == 1;
    const reduction r(axes, reduces);
    float *sums = d;
    if (o.packed) {
        sums = scratch;
        scratch += o.packed_elements(layout);
    }
    reduce_sums(ctx, sums, x, sum_plain, nullptr, r, scratch, [=](fov_i64, double sum) { return static_cast<float>(sign * sum); });
    if (!o.packed) return;
    const fov_status status = fov_reorder(&ctx, d, FOV_PLAIN, sums, layout, FOV_F32, &o.shape);
    if (status != FOV_OK) throw failure(status, ctx.message);
}

fov_i64 sum_to_scratch(const operand &o, int32_t layout, const memory_axes &axes) {
    bool reduces[max_walk];
    for (int i = 0; i < axes.rank; i++) reduces[i] = o.axes.extent[i] == 1;
    return o.packed_elements(layout) + sum_scratch(reduction(axes, reduces));
}

}  // namespace

extern "C" {

fov_status fov_binary_forward(fov_ctx *ctx, float *y, const float *a, const float *b, int32_t function, int32_t layout,
                              const fov_shape *y_shape, const fov_shape *a_shape, const fov_shape *b_shape) {
    return guarded(ctx, [&] {
        check_function(function, FOV_BINARY_COUNT);
        const auto axes = axes_of(layout, *y_shape);
        const operand oa(*a_shape, layout, *y_shape), ob(*b_shape, layout, *y_shape);
        float *scratch = scratch_for(*ctx, oa.packed_elements(layout) + ob.packed_elements(layout));
        const float *const from[] = {ready(*ctx, oa, a, layout, scratch), ready(*ctx, ob, b, layout, scratch)};
        const walk<3> w(axes, {&axes, &oa.axes, &ob.axes});
        run_walk(*ctx, ctx->kernels->broadcast->binary[function], w, y, from, layout, extents(*y_shape));
    });
}

fov_status fov_binary_backward(fov_ctx *ctx, float *d, const float *dy, const float *a, const float *b, int32_t function, int32_t towards_b,
                               int32_t layout, const fov_shape *y_shape, const fov_shape *a_shape, const fov_shape *b_shape,
                               float *workspace) {
    return guarded(ctx, [&] {
        check_function(function, binary_gradients);
        const auto axes = axes_of(layout, *y_shape);
        const operand oa(*a_shape, layout, *y_shape), ob(*b_shape, layout, *y_shape);
        const operand &to = towards_b ? ob : oa;
        float *scratch = scratch_for(*ctx, oa.packed_elements(layout) + ob.packed_elements(layout) + sum_to_scratch(to, layout, axes));
        const bool linear = function == FOV_BINARY_ADD || function == FOV_BINARY_SUBTRACT;
        if (linear && !to.full) {
            const float sign = function == FOV_BINARY_SUBTRACT && towards_b ? -1.0f : 1.0f;
            return sum_to(*ctx, d, dy, sign, to, layout, axes, scratch);
        }
        // The gradient of a sum or difference does not look at the operands.
        const float *pa = linear ? dy : ready(*ctx, oa, a, layout, scratch), *pb = linear ? dy : ready(*ctx, ob, b, layout, scratch);
        const float *const from[] = {dy, pa, pb};
        const walk<4> w(axes, {&axes, &axes, linear ? &axes : &oa.axes, linear ? &axes : &ob.axes});
        float *whole = to.full ? d : workspace;
        run_walk(*ctx, ctx->kernels->broadcast->gradient[function][towards_b ? 1 : 0], w, whole, from, layout, extents(*y_shape));
        if (!to.full) sum_to(*ctx, d, whole, 1, to, layout, axes, scratch);
    });
}

fov_status fov_where_forward(fov_ctx *ctx, float *y, const float *condition, const float *a, const float *b, int32_t layout,
                             const fov_shape *y_shape, const fov_shape *condition_shape, const fov_shape *a_shape,
                             const fov_shape *b_shape) {
    return guarded(ctx, [&] {
        const auto axes = axes_of(layout, *y_shape);
        const operand oc(*condition_shape, layout, *y_shape), oa(*a_shape, layout, *y_shape), ob(*b_shape, layout, *y_shape);
        float *scratch = scratch_for(*ctx, oc.packed_elements(layout) + oa.packed_elements(layout) + ob.packed_elements(layout));
        const float *const from[] = {ready(*ctx, oc, condition, layout, scratch), ready(*ctx, oa, a, layout, scratch),
                                     ready(*ctx, ob, b, layout, scratch)};
        const walk<4> w(axes, {&axes, &oc.axes, &oa.axes, &ob.axes});
        run_walk(*ctx, ctx->kernels->broadcast->where, w, y, from, layout, extents(*y_shape));
    });
}

fov_status fov_where_backward(fov_ctx *ctx, float *d, const float *dy, const float *condition, int32_t towards_b, int32_t layout,
                              const fov_shape *y_shape, const fov_shape *condition_shape, const fov_shape *d_shape, float *workspace) {
    return guarded(ctx, [&] {
        const auto axes = axes_of(layout, *y_shape);
        const operand oc(*condition_shape, layout, *y_shape), to(*d_shape, layout, *y_shape);
        float *scratch = scratch_for(*ctx, oc.packed_elements(layout) + sum_to_scratch(to, layout, axes));
        const float *const from[] = {dy, ready(*ctx, oc, condition, layout, scratch)};
        const walk<3> w(axes, {&axes, &axes, &oc.axes});
        float *whole = to.full ? d : workspace;
        run_walk(*ctx, ctx->kernels->broadcast->masked[towards_b ? 1 : 0], w, whole, from, layout, extents(*y_shape));
        if (!to.full) sum_to(*ctx, d, whole, 1, to, layout, axes, scratch);
    });
}
}
