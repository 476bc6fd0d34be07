// Lp norms and stochastic pooling over planes of 16 lanes; see pool_windows.h.
#pragma once
#include "pool_geometry.h"

namespace fov {

struct pool_power_kernels {
    void (*norm_forward)(float *y, const float *x, float p, const pool_geometry &g, long long row, long long end);
    // w = dy * y^(1 - p), 0 where y is
    void (*norm_share)(float *w, const float *dy, const float *y, float p, long long begin, long long end);
    // dx = sign(x) |x|^(p - 1) * the sum of w over the windows that read it
    void (*norm_backward)(float *dx, const float *w, const float *x, float p, const pool_geometry &g, long long row, long long end);
    // offsets as in pool_max.h, -1 (a byte: 255) where nothing is positive
    void (*sample)(float *y, void *offsets, int kind, const float *x, const float *uniform, const pool_geometry &g, long long row,
                   long long end);
    void (*expected_forward)(float *y, float *sums, const float *x, const pool_geometry &g, long long row, long long end);
    void (*expected_backward)(float *dx, const float *dy, const float *y, const float *sums, const float *x, const pool_geometry &g,
                              long long row, long long end);
};

}  // namespace fov
