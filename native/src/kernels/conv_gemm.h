// Convolution as a matrix product, for any extents: pieces of it that run on packed panels.
#pragma once

namespace fov {

// Where a filter position looks: source index = position * step + (d, h, w). Along w that lies inside for positions [low, high).
struct conv_tap {
    long long d, h, w, low, high;
};

// The places of a filter, and the planes of `source` extents that it looks at.
struct conv_grid {
    long long extent[3], step[3], source[3];
};

struct conv_gemm_kernels {
    int rows, lanes;  // the largest tile
    // c[i * stride + j] = sum over k of a[k * m + i] * b[k * lanes + j], i < m <= rows, j < n <= lanes. It begins with c itself
    // (add), or with start[i], or with 0 (start null); relu applies to the result.
    void (*tile)(long long k, const float *a, const float *b, float *c, long long stride, int m, int n, bool add, const float *start,
                 bool relu);
    // y[row * stride + i], row = (channel, tap), i < n: what the taps see from n consecutive places that begin at place `at` (d, h,
    // w); 0 outside of the source and for n <= i < width. x is the first channel's plane.
    void (*columns)(float *y, long long stride, long long width, const float *x, long long plane, long long channels, const conv_tap *taps,
                    long long tap_count, const conv_grid *grid, const long long *at, long long n);
    // y[j * y_stride + i] = x[i * x_stride + j], i < m, j < n
    void (*transpose)(float *y, long long y_stride, const float *x, long long x_stride, long long m, long long n);
};

}  // namespace fov
