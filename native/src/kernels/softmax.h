// Softmax over c of x [n][c][s]. Kernels for rows take whole rows of c neighbours (s = 1), [begin, end) of them; kernels for columns take
// the columns [begin, end) of one image, whose c elements lie s apart.
#pragma once

namespace fov {

struct softmax_kernels {
    // y = softmax(x), or its logarithm
    void (*forward_rows)(float *y, const float *x, bool logarithm, long long c, long long begin, long long end);
    void (*forward_columns)(float *y, const float *x, bool logarithm, long long c, long long s, long long begin, long long end);
    void (*backward_rows)(float *dx, const float *dy, const float *y, bool logarithm, long long c, long long begin, long long end);
    void (*backward_columns)(float *dx, const float *dy, const float *y, bool logarithm, long long c, long long s, long long begin,
                             long long end);
};

}  // namespace fov
