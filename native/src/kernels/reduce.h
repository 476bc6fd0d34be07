// The inner loops of reductions: a rectangle of `rows` rows of `length` neighbours, `stride` apart.
#pragma once
#include <stdint.h>

namespace fov {

struct reduce_kernels {
    // Sums of x, (x - p)^2 or e^(x - p), in the order of reduce_sum; `whole` adds up the rectangle with one p, `columns` adds to one sum
    // per column, p being null (0) or one number per column.
    float (*whole[3])(const float *x, float p, long long rows, long long length, long long stride);
    void (*columns[3])(float *sum, const float *x, const float *p, long long rows, long long length, long long stride);
    // Largest (0) and smallest (1), the first of equals, NaN before everything: changes best and index where the rectangle holds a better
    // one. Row r, element i of `whole` is number first + r length + i; all of row r of `columns` is number first + r.
    void (*best_whole[2])(float *best, int32_t *index, const float *x, int32_t first, long long rows, long long length, long long stride);
    void (*best_columns[2])(float *best, int32_t *index, const float *x, int32_t first, long long rows, long long length, long long stride);
};

enum reduce_sum { sum_plain = 0, sum_squares = 1, sum_exponentials = 2 };

}  // namespace fov
