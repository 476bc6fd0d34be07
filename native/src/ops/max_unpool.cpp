#include <atomic>
#include <cstring>

#include "../error.h"
#include "../layout.h"
#include "../parallel.h"

using namespace fov;

namespace {

// Planes of one lane (plain) or 16: x and its indices [in][lanes] and y [out][lanes].
struct planes {
    fov_i64 count, lanes, in, out;
    extents x;
    int32_t layout;

    planes(const fov_shape &x_shape, const fov_shape &y_shape, int32_t l) : x(x_shape), layout(l) {
        const extents y(y_shape);
        require(layout >= FOV_PLAIN && layout <= FOV_N16, "max_unpool: layout %d is unknown", layout);
        require(x.n == y.n && x.c == y.c, "max_unpool: x has n = %lld and c = %lld, y %lld and %lld", x.n, x.c, y.n, y.c);
        lanes = layout == FOV_PLAIN ? 1 : 16;
        count = layout == FOV_C16 ? x.n * x.channel_blocks() : layout == FOV_N16 ? x.batch_blocks() * x.c : x.n * x.c;
        in = x.s;
        out = y.s;
    }

    // Lanes of a plane that belong to the tensor.
    fov_i64 used(fov_i64 plane) const {
        if (layout == FOV_PLAIN) return 1;
        return std::min<fov_i64>(16, layout == FOV_C16 ? x.c - plane % x.channel_blocks() * 16 : x.n - plane / x.c * 16);
    }

    // f(place in x, place in a plane of y, or -1 in a padding lane) for all of a plane; false where an index lies outside.
    template <class F>
    bool each(fov_i64 plane, const int32_t *indices, F f) const {
        bool inside = true;
        const fov_i64 lanes_used = used(plane);
        for (fov_i64 i = 0; i < in; i++)
            for (fov_i64 l = 0; l < lanes; l++) {
                const fov_i64 at = (plane * in + i) * lanes + l, index = indices[at];
                if (l >= lanes_used) {
                    f(at, -1);
                } else if (index < 0 || index >= out) {
                    inside = false;
                } else {
                    f(at, index * lanes + l);
                }
            }
        return inside;
    }
};

// f(plane) in parallel; it tells whether all indices lay inside.
template <class F>
void over_planes(const fov_ctx &ctx, const planes &p, F f) {
    std::atomic<bool> inside{true};
    parallel_ranges(
        ctx, p.count,
        [&](fov_i64 begin, fov_i64 end) {
            for (fov_i64 i = begin; i < end; i++)
                if (!f(i)) inside.store(false, std::memory_order_relaxed);
        },
        std::max<fov_i64>(1, elements_per_task / (p.out * p.lanes)));
    require(inside.load(), "maxUnpool: an index lies outside of the %lld positions of a plane; give the indices of a maxPool over it",
            p.out);
}

}  // namespace

extern "C" {

fov_status fov_max_unpool_forward(fov_ctx *ctx, float *y, const float *x, const int32_t *indices, const fov_shape *x_shape,
                                  const fov_shape *y_shape, int32_t layout) {
    return guarded(ctx, [&] {
        const planes p(*x_shape, *y_shape, layout);
        over_planes(*ctx, p, [&](fov_i64 plane) {
            float *to = y + plane * p.out * p.lanes;
            memset(to, 0, p.out * p.lanes * sizeof(float));
            return p.each(plane, indices, [&](fov_i64 at, fov_i64 place) {
                if (place >= 0) to[place] = x[at];
            });
        });
    });
}

fov_status fov_max_unpool_backward(fov_ctx *ctx, float *dx, const float *dy, const int32_t *indices, const fov_shape *x_shape,
                                   const fov_shape *y_shape, int32_t layout) {
    return guarded(ctx, [&] {
        const planes p(*x_shape, *y_shape, layout);
        over_planes(*ctx, p, [&](fov_i64 plane) {
            const float *from = dy + plane * p.out * p.lanes;
            return p.each(plane, indices, [&](fov_i64 at, fov_i64 place) { dx[at] = place < 0 ? 0 : from[place]; });
        });
    });
}
}
