#include "gemm_bf16.h"

#include "../gemm_pairs_tile.h"

namespace fov {
namespace {

#if defined(FOV_ISA_AVX512)
void multiply(const pairs_block &g) {
    multiply_pairs(
        g, [](vf sum, vi a, vi b) FOV_LAMBDA { return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)(__m512i)a, (__m512bh)(__m512i)b); });
}
constexpr void (*multiply_or_null)(const pairs_block &) = multiply;
#else
constexpr void (*multiply_or_null)(const pairs_block &) = nullptr;
#endif

}  // namespace

extern const gemm_bf16_kernels FOV_TABLE(gemm_bf16);
const gemm_bf16_kernels FOV_TABLE(gemm_bf16) = {multiply_or_null};

}  // namespace fov
