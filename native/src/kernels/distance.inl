#include "distance.h"

#include "../simd.h"

namespace fov {
namespace {

// Differences are squared as they are: |x|^2 - 2 x w + |w|^2 would cancel where a row lies near its prototype.
void forward(float *y, const float *x, const float *w, i64 m, i64 k, i64 begin, i64 end) {
    for (i64 i = begin; i < end; i++)
        for (i64 j = 0; j < m; j++) {
            vf total = zero();
            vf *out = &total;
            const float *a = x + i * k, *b = w + j * k;
            for_lanes(0, k, [=](i64 t, int lanes) FOV_LAMBDA {
                const vf d = load_lanes(a + t, lanes) - load_lanes(b + t, lanes);
                *out = fma(d, d, *out);
            });
            y[i * m + j] = sum(total);
        }
}

void backward(float *d, const float *g, i64 g_row, i64 g_step, const float *a, const float *b, i64 count, i64 k, i64 begin, i64 end) {
    for (i64 i = begin; i < end; i++)
        for_lanes(0, k, [=](i64 t, int lanes) FOV_LAMBDA {
            const vf at = load_lanes(a + i * k + t, lanes);
            vf total = zero();
            for (i64 j = 0; j < count; j++) total = fma(set1(g[i * g_row + j * g_step]), at - load_lanes(b + j * k + t, lanes), total);
            store_lanes(d + i * k + t, set1(2) * total, lanes);
        });
}

}  // namespace

extern const distance_kernels FOV_TABLE(distance);
const distance_kernels FOV_TABLE(distance) = {forward, backward};

}  // namespace fov
