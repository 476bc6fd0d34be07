// Products with a few columns whose operands both lie along k: every result is the sum of products of two runs, lanes along k. Nothing
// is packed and no lane is idle, so a matrix that is read once is read as fast as memory gives it.
#pragma once

namespace fov {

constexpr int gemm_dots_columns = 8;

struct gemm_dots_kernels {
    // sums [rows][columns] of a [rows][k] and b [columns][k], whose rows are a_row and b_row apart; at most gemm_dots_columns columns.
    void (*dots)(float *sums, const float *a, long long a_row, const float *b, long long b_row, long long rows, int columns, long long k);
};

}  // namespace fov
