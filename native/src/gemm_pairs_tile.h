// The inner loops of gemm_pairs and gemm_bf16: they differ in the dot product alone. Like simd.h: once per instruction set, no symbol
// leaves the object.
#pragma once
#include "kernels/gemm_pairs.h"
#include "simd.h"

namespace fov {
namespace {

constexpr int pairs_vectors = 2;
// Registers for the sums, a panel's vectors of B and one element of A.
#if defined(FOV_ISA_AVX512)
constexpr int pairs_rows = 14;
#elif defined(FOV_ISA_NEON)
constexpr int pairs_rows = 10;
#else
constexpr int pairs_rows = 4;
#endif

// `dot` is sum + a0 b0 + a1 b1 for the pairs in the lanes of a and b.
template <int R, int V, class Dot>
void sum_tile(const pairs_block &g, const int32_t *a, const int32_t *b, float *sums, Dot dot) {
    vf sum[R][V];
#pragma GCC unroll 16
    for (int i = 0; i < R; i++)
#pragma GCC unroll 4
        for (int j = 0; j < V; j++) sum[i][j] = g.add ? load(sums + i * g.row + j * W) : zero();
    for (i64 p = 0; p < g.pairs; p++) {
        vi bv[V];
#pragma GCC unroll 4
        for (int j = 0; j < V; j++) bv[j] = load(b + (p * V + j) * W);
#pragma GCC unroll 16
        for (int i = 0; i < R; i++) {
            vi av = set1i(a[p * R + i]);
            FOV_KEEP(av);
#pragma GCC unroll 4
            for (int j = 0; j < V; j++) sum[i][j] = dot(sum[i][j], av, bv[j]);
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; i++)
#pragma GCC unroll 4
        for (int j = 0; j < V; j++) store(sums + i * g.row + j * W, sum[i][j]);
}

template <int R, int V, class Dot>
FOV_INLINE void sum_rows(i64 rows, const pairs_block &g, const int32_t *a, const int32_t *b, float *sums, Dot dot) {
    if (rows == R) return sum_tile<R, V>(g, a, b, sums, dot);
    if constexpr (R > 1) sum_rows<R - 1, V>(rows, g, a, b, sums, dot);
}

// A panel of B stays in the first cache while the tiles of A pass by.
template <class Dot>
FOV_INLINE void multiply_pairs(const pairs_block &g, Dot dot) {
    for (i64 column = 0; column < g.n; column += pairs_vectors * W) {
        const int32_t *a = g.a, *b = g.b + column * g.pairs;
        float *sums = g.sums + column;
        for (i64 t = g.first; t < g.end; t++) {
            const i64 rows = g.m * (t + 1) / g.tiles - g.m * t / g.tiles;
            if (g.n - column > W) {
                sum_rows<pairs_rows, pairs_vectors>(rows, g, a, b, sums, dot);
            } else {
                sum_rows<pairs_rows, 1>(rows, g, a, b, sums, dot);
            }
            a += rows * g.pairs;
            sums += rows * g.row;
        }
    }
}

}  // namespace
}  // namespace fov
