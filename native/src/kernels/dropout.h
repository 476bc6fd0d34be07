// Random masks and slopes over [begin, end) of arrays in any layout; begin is a multiple of 64. Element i depends on (seed, stream, i).
#pragma once
#include <stdint.h>

namespace fov {

struct dropout_kernels {
    // y = scale x where the element's word reaches the threshold, else 0; bit i of `bits` (or null) says which.
    void (*forward)(float *y, uint8_t *bits, const float *x, float scale, uint32_t threshold, uint64_t seed, uint64_t stream,
                    long long begin, long long end);
    void (*backward)(float *dx, const float *dy, const uint8_t *bits, float scale, long long begin, long long end);
    // out = in where s is above 0, else in times the element's slope, uniform in [low, high)
    void (*random_slope)(float *out, const float *in, const float *s, float low, float high, uint64_t seed, uint64_t stream,
                         long long begin, long long end);
};

}  // namespace fov
