// philox.h on the vector type: W counters at a time, the same words on every instruction set.
//
// Masks and slopes number their elements in blocks of 64: word k of counter 16 b + j belongs to element 64 b + 16 k + j, so that words
// leave the registers in the order in which elements lie.
#pragma once
#include "simd.h"

namespace fov {
namespace {

struct wide_product {
    vu high, low;
};

// 32 x 32 -> 64 bits in every lane
FOV_INLINE wide_product multiply_wide(vu x, uint32_t by) {
#if defined(FOV_ISA_AVX512)
    const __m512i m = _mm512_set1_epi32(static_cast<int>(by)), v = (__m512i)x;
    const __m512i even = _mm512_mul_epu32(v, m), odd = _mm512_mul_epu32(_mm512_srli_epi64(v, 32), m);
    return {(vu)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd),
            (vu)_mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32))};
#elif defined(FOV_ISA_AVX2)
    const __m256i m = _mm256_set1_epi32(static_cast<int>(by)), v = (__m256i)x;
    const __m256i even = _mm256_mul_epu32(v, m), odd = _mm256_mul_epu32(_mm256_srli_epi64(v, 32), m);
    return {(vu)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa), (vu)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa)};
#else
    wide_product p;
    for (int i = 0; i < W; i++) {
        const uint64_t full = static_cast<uint64_t>(x[i]) * by;
        p.high[i] = static_cast<uint32_t>(full >> 32);
        p.low[i] = static_cast<uint32_t>(full);
    }
    return p;
#endif
}

// words[k][i] is word k of counter first + i; the counters do not carry into their upper half within W.
FOV_INLINE void philox(vu (&words)[4], uint64_t first, uint64_t stream, uint64_t key) {
    const vu none = {};
    vu c0, c1 = none + static_cast<uint32_t>(first >> 32);
    for (int i = 0; i < W; i++) c0[i] = static_cast<uint32_t>(first) + static_cast<uint32_t>(i);
    vu c2 = none + static_cast<uint32_t>(stream), c3 = none + static_cast<uint32_t>(stream >> 32);
    uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
    for (int round = 0; round < 10; round++) {
        const wide_product p0 = multiply_wide(c0, 0xD2511F53u), p1 = multiply_wide(c2, 0xCD9E8D57u);
        c0 = p1.high ^ c1 ^ k0;
        c2 = p0.high ^ c3 ^ k1;
        c1 = p1.low;
        c3 = p0.low;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
}

// body(i, lanes, words) for the elements [begin, end), begin being a multiple of 64.
template <class Body>
FOV_INLINE void for_random_lanes(i64 begin, i64 end, uint64_t seed, uint64_t stream, Body body) {
    for (i64 block = begin; block < end; block += 64)
        for (int part = 0; part < 16 / W; part++) {
            vu words[4];
            philox(words, static_cast<uint64_t>(block) / 4 + static_cast<uint64_t>(part * W), stream, seed);
            for (int k = 0; k < 4; k++) {
                const i64 i = block + 16 * k + part * W;
                if (i < end) body(i, end - i < W ? static_cast<int>(end - i) : W, words[k]);
            }
        }
}

}  // namespace
}  // namespace fov
