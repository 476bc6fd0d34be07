// Statistics and normalisation of channels. A span is a part of a tensor that shares its parameters, lane by lane or as a whole:
//   lanes: rows of 16 lanes, each lane with parameters of its own (C16: channels; N16: images; plain [n][c]: 16 channels)
//   run: consecutive floats with one set of parameters (plain: a channel's plane)
#pragma once

namespace fov {

struct norm_span {
    long long segments, segment_stride;  // equal pieces, this many floats apart
    long long rows, row_stride;          // rows of a segment (run: floats; the stride is 1)
    int lanes;                           // lanes to be touched; 16 but for the last channels of plain [n][c]
    bool stream = false;                 // results go past the caches; whole aligned vectors but for the end of a run
};

// Which elements of dy count: all, those where the normalised x is positive, or those where y is.
enum { MASK_NONE = 0, MASK_X = 1, MASK_Y = 2 };

// Per lane: 16 floats each; for a run: one float each.
struct norm_apply {
    const float *mean, *scale, *shift;
};
struct norm_grad {
    const float *a, *b, *c;
};

struct norm_kernels {
    // mean[16] and the sum of squared deviations m2[16]; for a run one of each
    void (*stats_lanes)(double *mean, double *m2, const float *x, const norm_span &s);
    void (*stats_run)(double *mean, double *m2, const float *x, const norm_span &s);
    // y = (x - mean) * scale + shift [+ r], then max(0, y) if relu; r may be null
    void (*apply_lanes)(float *y, const float *x, const float *r, const norm_apply &p, bool relu, const norm_span &s);
    void (*apply_run)(float *y, const float *x, const float *r, const norm_apply &p, bool relu, const norm_span &s);
    // The sums of dz and of dz * (x - mean), dz being dy where the mask lets it through
    void (*reduce_lanes)(double *dz, double *dzx, const float *dy, const float *x, const float *y, const norm_apply &p, int mask,
                         const norm_span &s);
    void (*reduce_run)(double *dz, double *dzx, const float *dy, const float *x, const float *y, const norm_apply &p, int mask,
                       const norm_span &s);
    // dx = a * dz + b * (x - mean) + c; dr = dz; either may be null
    void (*grad_lanes)(float *dx, float *dr, const float *dy, const float *x, const float *y, const norm_apply &p, const norm_grad &g,
                       int mask, const norm_span &s);
    void (*grad_run)(float *dx, float *dr, const float *dy, const float *x, const float *y, const norm_apply &p, const norm_grad &g,
                     int mask, const norm_span &s);
};

}  // namespace fov
