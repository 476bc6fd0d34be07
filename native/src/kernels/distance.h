// Squared distances between the rows of x [n][k] and w [m][k].
#pragma once

namespace fov {

struct distance_kernels {
    // y[i][j] = |x[i] - w[j]|^2 for rows [begin, end) of x
    void (*forward)(float *y, const float *x, const float *w, long long m, long long k, long long begin, long long end);
    // d[i] = 2 * the sum over j of g[i * g_row + j * g_step] (a[i] - b[j]) for rows [begin, end) of a; b has `count` rows
    void (*backward)(float *d, const float *g, long long g_row, long long g_step, const float *a, const float *b, long long count,
                     long long k, long long begin, long long end);
};

}  // namespace fov
