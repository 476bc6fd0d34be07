// Rows of a separable linear map: every output element is a weighted sum of a few input elements of one row.
#pragma once
#include <stdint.h>

namespace fov {

// Outputs [out, out + length) that are computed alike.
struct tap_run {
    enum kind_of : int32_t {
        fill,   // no tap
        copy,   // one tap of weight 1 each, inputs from `in` on one after the other
        weigh,  // `taps` taps each, from tap number `tap` on
    };
    kind_of kind;
    int32_t taps;
    long long out, length, in, tap;
};

// How one row of `in` elements becomes one of `out`; an element is `lanes` floats: 1, or what lies behind the axis in memory.
struct tap_row {
    const tap_run *runs;
    long long count;
    const int32_t *index;
    const float *weight;  // null: all 1
    long long lanes;
    float fill;
};

struct resample_kernels {
    // y = w * x, or y += w * x
    void (*blend)(float *y, const float *x, float w, bool add, long long n);
    void (*row)(float *y, const float *x, const tap_row &r);
};

}  // namespace fov
