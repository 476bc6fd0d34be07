// Products of bf16 numbers, added up in f32. A pair holds two steps of k of one row or column, the first in its lower half: what a bf16
// dot product takes at a time. Here by two multiply-adds in their place, for instruction sets without; gemm_bf16.h has the real ones.
#pragma once
#include <stdint.h>

namespace fov {

// sums = A [rows][k] B [k][n] for some of A's rows, or added to what they hold.
struct pairs_block {
    // All m rows are cut into tiles of nearly equal height, tile t beginning at row m * t / tiles, none higher than the tier allows; these
    // are those from `first` to before `end`.
    long long m, tiles, first, end;
    long long n, pairs;
    const int32_t *a;  // one tile after the other, each [pairs][height]
    const int32_t *b;  // one panel after the other, each [pairs][width in whole vectors]
    float *sums;       // rows are whole vectors
    long long row;     // between rows
    bool add;
};

struct gemm_pairs_kernels {
    int lanes;
    int rows;     // of the highest tile
    int vectors;  // of a panel; the last one may be narrower
    // y [ceil(k / 2)][width] = x [k][width] rounded to nearest, ties to even; behind an odd last step comes 0.
    void (*round)(int32_t *y, const float *x, long long k, long long width);
    void (*multiply)(const pairs_block &block);
};

}  // namespace fov
