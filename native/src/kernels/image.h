// Bytes become floats on their way into a network.
#pragma once
#include <stdint.h>

namespace fov {

struct image_kernels {
    // y[i] = x[i] * scale + shift
    void (*plane)(float *y, const uint8_t *x, float scale, float shift, long long n);
    // y[k * stride + i] = x[i * channels + k] * scale[k] + shift[k]
    void (*pixels)(float *y, const uint8_t *x, const float *scale, const float *shift, long long channels, long long stride, long long n);
};

}  // namespace fov
