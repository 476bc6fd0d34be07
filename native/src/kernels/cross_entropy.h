// Softmax and cross-entropy in one pass, over c of x [n][c][s]; rows and columns as in softmax.h.
//
// A row's targets are q[k] = w[k] (keep t[k] + spread), where t is given or 1 for the row's class id and 0 for the others; w null counts
// as all ones. With m = max(x) and l = log(sum(exp(x - m))), its loss is the sum of q[k] (l - (x[k] - m)). Where x holds logarithms of
// probabilities already, m = l = 0.
#pragma once
#include <stdint.h>

namespace fov {

// Pointers to a row's or an image's first element, as the kernel's range counts them.
struct cross_entropy_part {
    const float *x, *t, *w;
    const int32_t *ids;  // null where t is given
    float *m, *l, *q_sum;
    long long c, s;
    float keep, spread;
    bool log_probabilities;
};

struct cross_entropy_kernels {
    // loss, and m, l and the sum of q for backward
    void (*forward_rows)(float *loss, const cross_entropy_part &part, long long begin, long long end);
    void (*forward_columns)(float *loss, const cross_entropy_part &part, long long begin, long long end);
    // dx[k] = g (q_sum softmax(x)[k] - q[k]), dt[k] = g keep w[k] (l - (x[k] - m)); dx or dt may be null; g holds one number per row
    void (*backward_rows)(float *dx, float *dt, const float *g, const cross_entropy_part &part, long long begin, long long end);
    void (*backward_columns)(float *dx, float *dt, const float *g, const cross_entropy_part &part, long long begin, long long end);
};

}  // namespace fov
