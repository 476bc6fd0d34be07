// y: [out][lanes], x: [in][lanes]; see tap_row.
#include "resample.h"

#include "../simd.h"

namespace fov {
namespace {

void blend(float *y, const float *x, float w, bool add, i64 n) {
    const vf v = set1(w);
    if (add) {
        for_lanes(0, n, [=](i64 i, int k) FOV_LAMBDA { store_lanes(y + i, fma(v, load_lanes(x + i, k), load_lanes(y + i, k)), k); });
    } else {
        for_lanes(0, n, [=](i64 i, int k) FOV_LAMBDA { store_lanes(y + i, v * load_lanes(x + i, k), k); });
    }
}

FOV_INLINE float weight(const tap_row &r, i64 tap) { return r.weight ? r.weight[tap] : 1.0f; }

// One float per element. Two taps are linear interpolation; the compiler makes gathers of the loop where they pay.
FOV_INLINE void weigh_single(float *y, const float *x, const tap_row &r, const tap_run &run) {
    const int32_t *index = r.index + run.tap;
    if (run.taps == 1 && !r.weight) {
        for (i64 i = 0; i < run.length; i++) y[i] = x[index[i]];
    } else if (run.taps == 2 && r.weight) {
        const float *w = r.weight + run.tap;
        for (i64 i = 0; i < run.length; i++) y[i] = w[2 * i] * x[index[2 * i]] + w[2 * i + 1] * x[index[2 * i + 1]];
    } else {
        for (i64 i = 0; i < run.length; i++) {
            float sum = 0;
            for (i64 t = i * run.taps; t < (i + 1) * run.taps; t++) sum += weight(r, run.tap + t) * x[index[t]];
            y[i] = sum;
        }
    }
}

FOV_INLINE void weigh_many(float *y, const float *x, const tap_row &r, const tap_run &run) {
    const i64 lanes = r.lanes;
    for (i64 i = 0; i < run.length; i++) {
        const i64 tap = run.tap + i * run.taps;
        const int32_t *index = r.index + tap;
        float *to = y + i * lanes;
        for_lanes(0, lanes, [=, &r](i64 l, int k) FOV_LAMBDA {
            vf sum = set1(weight(r, tap)) * load_lanes(x + index[0] * lanes + l, k);
            for (int t = 1; t < run.taps; t++) sum = fma(set1(weight(r, tap + t)), load_lanes(x + index[t] * lanes + l, k), sum);
            store_lanes(to + l, sum, k);
        });
    }
}

void row(float *y, const float *x, const tap_row &r) {
    for (i64 i = 0; i < r.count; i++) {
        const tap_run &run = r.runs[i];
        float *to = y + run.out * r.lanes;
        const i64 n = run.length * r.lanes;
        if (run.kind == tap_run::copy) {
            const float *from = x + run.in * r.lanes;
            for_lanes(0, n, [=](i64 k, int lanes) FOV_LAMBDA { store_lanes(to + k, load_lanes(from + k, lanes), lanes); });
        } else if (run.kind == tap_run::fill) {
            const vf v = set1(r.fill);
            for_lanes(0, n, [=](i64 k, int lanes) FOV_LAMBDA { store_lanes(to + k, v, lanes); });
        } else if (r.lanes == 1) {
            weigh_single(to, x, r, run);
        } else {
            weigh_many(to, x, r, run);
        }
    }
}

}  // namespace

extern const resample_kernels FOV_TABLE(resample);
const resample_kernels FOV_TABLE(resample) = {blend, row};

}  // namespace fov
