// Roots and quotients by steps of Newton's where the instruction set has a first guess: a square root or a division takes AVX-512 longer
// than all the rest of a kernel that waits for memory.
#pragma once
#include "simd.h"

namespace fov {
namespace {

// 1 / sqrt(d) within 2 ulp
FOV_INLINE vf reciprocal_sqrt(vf d) {
#if defined(FOV_ISA_AVX512)
    const vf r = (vf)_mm512_rsqrt14_ps((__m512)d);
    const vf better = fma(r * set1(0.5f), fma(-d * r, r, set1(1)), r);
    return select(better == better, better, r);  // the step is no number where d is 0 or infinite, and r is right
#else
    return set1(1) / sqrt(d);
#endif
}

// m / (sqrt(v) * scale + eps) within 4 ulp, for v, scale and eps that are not negative.
FOV_INLINE vf over_root(vf m, vf v, vf scale, vf eps) {
#if defined(FOV_ISA_AVX512)
    // Guesses have 14 bits, steps double them: of the root s by the rest of v - s^2, of the quotient by that of 1 - below * q. Both rests
    // are exact but for one rounding as long as nothing underflows; what comes near to that, and 0, takes the instructions.
    const __mmask16 usual = _mm512_cmp_ps_mask((__m512)v, (__m512)set1(0x1p-80f), _CMP_GE_OQ) &
                            _mm512_cmp_ps_mask((__m512)v, (__m512)set1(0x1p80f), _CMP_LE_OQ);
    const vf r = (vf)_mm512_rsqrt14_ps((__m512)v), guess = v * r;
    const vf root = fma(r * set1(0.5f), fma(-guess, guess, v), guess), below = fma(root, scale, eps);
    if (__builtin_expect((usual & _mm512_cmp_ps_mask((__m512)below, (__m512)set1(0x1p100f), _CMP_LE_OQ)) == 0xffff, 1)) {
        const vf q = (vf)_mm512_rcp14_ps((__m512)below);
        return m * fma(q, fma(-below, q, set1(1)), q);
    }
#endif
    return m / fma(sqrt(v), scale, eps);
}

}  // namespace
}  // namespace fov
