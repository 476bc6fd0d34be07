// Local response normalisation: y = x * d^-beta with d = k + a * (the sum of x^2 over a window).
#pragma once

namespace fov {

struct lrn_params {
    int size;  // of the window; channel c sees [c - size / 2, c - size / 2 + size)
    float a, beta, k;
};

struct lrn_kernels {
    // Channels `stride` floats apart, n positions side by side (plain, N16).
    // scratch: (channels + size) * 16 floats, backward twice that
    void (*strided_forward)(float *y, const float *x, float *scratch, long long channels, long long stride, long long n,
                            const lrn_params &p);
    void (*strided_backward)(float *dx, const float *dy, const float *x, float *scratch, long long channels, long long stride, long long n,
                             const lrn_params &p);
    // 16 channels side by side, blocks of them `stride` floats apart, n positions 16 floats apart (C16).
    // scratch: lrn_line(blocks, size) * 16 floats, backward three times that
    void (*blocked_forward)(float *y, const float *x, float *scratch, long long blocks, long long stride, long long n, const lrn_params &p);
    void (*blocked_backward)(float *dx, const float *dy, const float *x, float *scratch, long long blocks, long long stride, long long n,
                             const lrn_params &p);
    // Over windows that somebody else sums: y = x^2; y = x * d^-beta; r = dy * x * d^(-beta - 1); dx = dy * d^-beta - 2 a beta x t
    void (*square)(float *y, const float *x, long long begin, long long end);
    void (*scale)(float *y, const float *x, const float *sum, const lrn_params &p, long long begin, long long end);
    void (*ratio)(float *r, const float *dy, const float *x, const float *sum, const lrn_params &p, long long begin, long long end);
    void (*grad)(float *dx, const float *dy, const float *x, const float *sum, const float *t, const lrn_params &p, long long begin,
                 long long end);
};

// Floats that all channels of one position take with room for a window at both ends.
inline long long lrn_line(long long blocks, int size) { return blocks * 16 + (size + 15) / 16 * 16; }

}  // namespace fov
