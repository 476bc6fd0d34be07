#include "peak_bf16.h"

#include "../simd.h"

namespace fov {
namespace {

#if defined(FOV_ISA_AVX512)
// A dot product takes up to 6 cycles on two ports: 12 chains and more hide it.
constexpr int chains = 24;
constexpr int rounds_per_loop = 4;

i64 dot(float *out, i64 rounds) {
    __m512 a[chains];
    for (int j = 0; j < chains; j++) a[j] = _mm512_set1_ps(static_cast<float>(j));
    // 2^-7 in every bf16 lane: the sums stay finite for ever, since adding 2^-13 to a large number changes nothing.
    const __m512bh small = (__m512bh)_mm512_set1_epi16(0x3c00);
    for (i64 r = 0; r < rounds; r += rounds_per_loop)
#pragma GCC unroll 4
        for (int u = 0; u < rounds_per_loop; u++)
#pragma GCC unroll 24
            for (int j = 0; j < chains; j++) a[j] = _mm512_dpbf16_ps(a[j], small, small);
    vf total = zero();
    for (int j = 0; j < chains; j++) total += (vf)a[j];
    *out = sum(total);
    return (rounds + rounds_per_loop - 1) / rounds_per_loop * rounds_per_loop * chains * W * 4;
}
constexpr i64 (*dot_or_null)(float *, i64) = dot;
#else
constexpr i64 (*dot_or_null)(float *, i64) = nullptr;
#endif

}  // namespace

extern const peak_bf16_kernels FOV_TABLE(peak_bf16);
const peak_bf16_kernels FOV_TABLE(peak_bf16) = {dot_or_null};

}  // namespace fov
