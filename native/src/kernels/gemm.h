// Products of matrices in register tiles: the inner loops of everything that multiplies and adds.
#pragma once

namespace fov {

constexpr int gemm_max_rows = 16, gemm_max_vectors = 4;

// What happens to a sum on its way into C.
struct gemm_finish {
    float alpha = 1, beta = 0;    // C = alpha * sum + beta * C, and beta 0 never reads C
    const float *bias = nullptr;  // added afterwards: one per column of C, or per row
    bool bias_per_row = false;
    bool relu = false;
    bool stream = false;  // C is written past the caches
};

// C [m][n] = A [m][k] B [k][n], or a block of a larger product. Lanes run along the columns of C; elements of A are broadcast. Strides
// count elements.
struct gemm_block {
    long long m, n, k;
    // Rows are taken in this many tiles of nearly equal height: tile t begins at row m * t / tiles. None is higher than the tier allows.
    long long tiles;
    // Columns are taken in panels of this many vectors; the last one may be narrower.
    int vectors;
    // A: one tile after the other, each [k][height]; or in place, one of the two strides being 1.
    const float *a;
    bool a_packed;
    long long a_row, a_col;
    // B: one panel after the other, each [k][width in whole vectors]; or in place, its columns side by side.
    const float *b;
    bool b_packed;
    long long b_row;
    float *c;
    long long c_row, c_col;
    gemm_finish finish;
    // Tiles outside, panels inside: for a B that stays in cache while A or C passes by.
    bool tiles_outside;
    // Fetched while the block is computed, a line per step of k, because it will be read next: rows of `ahead_lines` cache lines.
    const float *ahead;
    long long ahead_rows, ahead_lines, ahead_row;
};

struct gemm_kernels {
    int lanes;
    // The highest tile whose panel has v vectors is rows[v]; 0: no such panel.
    int rows[gemm_max_vectors + 1];
    // Whether a B in place may have a last vector that is not full.
    bool partial_b;
    void (*multiply)(const gemm_block &block);
};

}  // namespace fov
