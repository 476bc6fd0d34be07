#include "gemm_pairs.h"

#include "../gemm_pairs_tile.h"

namespace fov {
namespace {

// Nearest, ties to even, in the upper half; a NaN stays one.
FOV_INLINE vu rounded(vf x) {
    const vu bits = (vu)x;
    const vu up = bits + 0x7fff + (bits >> 16 & 1);
    return x == x ? up : bits | 0x400000;
}

void round(int32_t *y, const float *x, i64 k, i64 width) {
    for (i64 p = 0; p < k; p += 2) {
        const bool both = p + 1 < k;
        for_lanes(0, width, [&](i64 i, int lanes) FOV_LAMBDA {
            const vu first = rounded(load_lanes(x + p * width + i, lanes));
            const vu second = both ? rounded(load_lanes(x + (p + 1) * width + i, lanes)) & 0xffff0000u : vu{};
            store_lanes(reinterpret_cast<float *>(y + p / 2 * width + i), (vf)(first >> 16 | second), lanes);
        });
    }
}

// The second step first, as bf16 dot products do it. Products are exact, so that a multiply-add and a sum of a product are one thing.
FOV_INLINE vf dot(vf sum, vi a, vi b) {
    const vi upper = set1i(static_cast<int32_t>(0xffff0000u));
    sum = fma((vf)(a & upper), (vf)(b & upper), sum);
    return fma((vf)(a << 16), (vf)(b << 16), sum);
}

void multiply(const pairs_block &g) {
    multiply_pairs(g, [](vf sum, vi a, vi b) FOV_LAMBDA { return dot(sum, a, b); });
}

}  // namespace

extern const gemm_pairs_kernels FOV_TABLE(gemm_pairs);
const gemm_pairs_kernels FOV_TABLE(gemm_pairs) = {W, pairs_rows, pairs_vectors, round, multiply};

}  // namespace fov
