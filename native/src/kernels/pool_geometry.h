// What pooling kernels know of their windows. Tables are made once per plan by ops/pool.cpp.
#pragma once
#include <stdint.h>

namespace fov {

// One spatial axis. Output o reads the input at first[o] + tap * dilation for t0[o] <= tap < t1[o].
struct pool_axis {
    int32_t in, out;
    int32_t taps;    // of a whole window; in adaptive pooling, of the largest
    int32_t stride;  // 0 where windows do not follow first = o * stride - padding
    int32_t dilation;
    int32_t padding;
    // Outputs [whole, whole_end) read all taps; inputs [inner, inner_end) are read by whole windows only, by as many as there can be.
    int32_t whole, whole_end, inner, inner_end;
    const int32_t *first, *t0, *t1;  // [out]
    const int32_t *count;            // [out] this axis' factor of an average's divisor
    // Input i is read by output reader_out[k] as tap reader_tap[k], for reader[i] <= k < reader[i + 1], ascending.
    const int32_t *reader, *reader_out, *reader_tap;
};

struct pool_geometry {
    pool_axis z, y, x;
    long long in, out;    // positions of a plane
    bool stream = false;  // max and average: results go past the caches
};

}  // namespace fov
