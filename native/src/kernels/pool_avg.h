// Sums and averages over planes of 16 lanes; see pool_windows.h.
#pragma once
#include "pool_geometry.h"

namespace fov {

struct pool_avg_kernels {
    // y [out][16] = the window's sum divided by the product of the axes' counts, for the output rows [row, end)
    void (*forward)(float *y, const float *x, const pool_geometry &g, long long row, long long end);
    // dx [in][16] for the input rows [row, end)
    void (*backward)(float *dx, const float *dy, const pool_geometry &g, long long row, long long end);
    // The sums, and y = coefficient[lane] * sum + bias[lane], 16 lanes each
    void (*scaled_forward)(float *y, float *sums, const float *x, const float *coefficient, const float *bias, const pool_geometry &g,
                           long long row, long long end);
    // dx = coefficient[lane] * the sum of dy over the windows that read it
    void (*scaled_backward)(float *dx, const float *dy, const float *coefficient, const pool_geometry &g, long long row, long long end);
    // scale * the sum of n consecutive floats, or of n vectors of 16 lanes
    float (*total)(const float *x, float scale, long long n);
    void (*total_lanes)(float *y, const float *x, float scale, long long n);
    // n floats, or n vectors of 16 lanes, of scale * dy
    void (*spread)(float *dx, float dy, float scale, long long n);
    void (*spread_lanes)(float *dx, const float *dy, float scale, long long n);
};

}  // namespace fov
