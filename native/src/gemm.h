// Products of matrices, for everything native that multiplies and adds.
#pragma once
#include "context.h"

namespace fov {

// C [m][n] = alpha A [m][k] B [k][n] + beta C + bias, then max(0, .) where `relu`; `batch` times. Element (i, j) of a matrix lies at
// i * row + j * col, so a transposed matrix is one with its strides exchanged. beta 0 never reads C.
struct product {
    // What A and B are: f32 and taken as they are, f32 that may be rounded to bf16 where that is faster, or stored as bf16.
    enum { exact, roundable, bf16 } operands = exact;
    fov_i64 m = 0, n = 0, k = 0;
    fov_i64 a_row = 0, a_col = 1, b_row = 0, b_col = 1, c_row = 0, c_col = 1;
    fov_i64 batch = 1, a_batch = 0, b_batch = 0, c_batch = 0;
    float alpha = 1, beta = 0;
    bool bias_per_row = false;  // else one per column
    bool relu = false;
};

// How a product is computed. Made from the shapes and the instruction set alone, never from the number of threads: every sum is added
// up in one order.
struct gemm_plan {
    bool bf16 = false;     // gemm_bf16.h, and nothing of what follows
    bool swapped = false;  // C' = B' A': what follows speaks of the exchanged matrices
    bool dots = false;     // few columns, both operands along k: gemm_dots.h, and nothing of what follows
    // Operands are read where they lie, or packed: by each thread for the block it is at, or by all together for every block.
    enum packing { in_place, by_block, for_all };
    packing pack_a = in_place;  // never for_all
    packing pack_b = in_place;
    int vectors = 1;      // of a panel
    int rows = 1;         // of a tile, at most
    fov_i64 k_block = 0;  // steps that a tile takes in one go
    fov_i64 k_chunk = 0;  // steps that are packed in one go, and after which all threads meet
    fov_i64 m_blocks = 1, n_blocks = 1;
    bool tiles_outside = false;
    enum { nothing, next_a, next_b } ahead = nothing;
    bool stream = false;
};

constexpr fov_i64 line_floats = 16;         // of a cache line
constexpr fov_i64 packed_floats = 2 << 20;  // packed at one time for all threads

// C' = B' A'.
product exchanged(product p);
gemm_plan plan_gemm(const fov_ctx &ctx, const product &p);
size_t gemm_workspace(const product &p, const gemm_plan &plan, const fov_ctx &ctx);
// bias: one per row or column of C, or null. The workspace is aligned to 64 bytes.
void gemm(const fov_ctx &ctx, const product &p, const gemm_plan &plan, float *c, const float *a, const float *b, const float *bias,
          void *workspace);
// The same by oneDNN, where the session asks for it by name. False where it does not, or where oneDNN has nothing for such strides or
// for operands that are rounded.
bool gemm_onednn(fov_ctx &ctx, const product &p, const gemm_plan &plan, float *c, const float *a, const float *b, const float *bias);
// Who computes it: "own", "own:bf16" or "onednn:sgemm".
const char *gemm_implementation(const fov_ctx &ctx, const product &p, const gemm_plan &plan);

}  // namespace fov
