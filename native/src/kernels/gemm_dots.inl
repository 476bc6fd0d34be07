// R rows and N columns at a time: R * N vectors of sums, whose lanes are added up at the end.
#include "gemm_dots.h"

#include "../simd.h"

namespace fov {
namespace {

#if defined(FOV_ISA_AVX512)
constexpr int sums_at_once = 16;
#else
constexpr int sums_at_once = 8;
#endif

template <int R, int N>
FOV_INLINE void rows_of(float *sums, const float *a, i64 a_row, const float *b, i64 b_row, i64 k) {
    vf sum[R][N];
#pragma GCC unroll 16
    for (int r = 0; r < R; r++)
#pragma GCC unroll 8
        for (int c = 0; c < N; c++) sum[r][c] = zero();
    for_lanes(0, k, [&](i64 i, int lanes) FOV_LAMBDA {
        vf y[R];
#pragma GCC unroll 16
        for (int r = 0; r < R; r++) y[r] = load_lanes(a + r * a_row + i, lanes);
#pragma GCC unroll 8
        for (int c = 0; c < N; c++) {
            const vf x = load_lanes(b + c * b_row + i, lanes);
#pragma GCC unroll 16
            for (int r = 0; r < R; r++) sum[r][c] = fma(y[r], x, sum[r][c]);
        }
    });
    for (int r = 0; r < R; r++)
        for (int c = 0; c < N; c++) sums[r * N + c] = fov::sum(sum[r][c]);
}

template <int N>
void columns_of(float *sums, const float *a, i64 a_row, const float *b, i64 b_row, i64 rows, int columns, i64 k) {
    if constexpr (N > 1) {
        if (columns < N) return columns_of<N - 1>(sums, a, a_row, b, b_row, rows, columns, k);
    }
    constexpr int R = max(1, min(8, sums_at_once / N));
    i64 r = 0;
    for (; r + R <= rows; r += R) rows_of<R, N>(sums + r * N, a + r * a_row, a_row, b, b_row, k);
    for (; r < rows; r++) rows_of<1, N>(sums + r * N, a + r * a_row, a_row, b, b_row, k);
}

}  // namespace

extern const gemm_dots_kernels FOV_TABLE(gemm_dots);
const gemm_dots_kernels FOV_TABLE(gemm_dots) = {columns_of<gemm_dots_columns>};

}  // namespace fov
