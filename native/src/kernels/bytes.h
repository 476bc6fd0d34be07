// Vectors of W bytes: offsets of winners inside pooling windows.
#pragma once
#include "../simd.h"

#if defined(FOV_ISA_NEON)
#include <arm_neon.h>
#endif

namespace fov {
namespace {

typedef uint8_t vb __attribute__((vector_size(W)));
typedef uint8_t vb_unaligned __attribute__((vector_size(W), aligned(1), may_alias));

// Of a conversion between vectors of different sizes GCC makes one instruction per element, hence the intrinsics.
FOV_INLINE vi load_widened(const uint8_t *p) {
#if defined(FOV_ISA_AVX512)
    return (vi)_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
#elif defined(FOV_ISA_AVX2)
    return (vi)_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(p)));
#elif defined(FOV_ISA_NEON)
    uint32_t four;
    __builtin_memcpy(&four, p, 4);
    return (vi)vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(four))));
#else
    return __builtin_convertvector(*reinterpret_cast<const vb_unaligned *>(p), vi);
#endif
}
FOV_INLINE vi load_widened(const int32_t *p) { return load(p); }

// The low byte of each lane: a stochastic pool's -1, for nothing drawn, is 255.
FOV_INLINE void store_narrowed(uint8_t *p, vi v) {
#if defined(FOV_ISA_AVX2)
    const __m256i low = (__m256i)(v & set1i(255)),
                  words = _mm256_packus_epi32(low, low);  // packing saturates; of each half its four, twice
    const __m128i eight = _mm_unpacklo_epi64(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i *>(p), _mm_packus_epi16(eight, eight));
#elif defined(FOV_ISA_NEON)
    const uint16x4_t words = vmovn_u32((uint32x4_t)v);
    const uint32_t four = vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(words, words))), 0);
    __builtin_memcpy(p, &four, 4);
#else
    *reinterpret_cast<vb_unaligned *>(p) = __builtin_convertvector(v, vb);
#endif
}
FOV_INLINE void store_narrowed(int32_t *p, vi v) { store(p, v); }

FOV_INLINE bool any_nan(vf v) {
#if defined(FOV_ISA_AVX512)
    return _mm512_cmp_ps_mask((__m512)v, (__m512)v, _CMP_UNORD_Q) != 0;
#elif defined(FOV_ISA_AVX2)
    return _mm256_movemask_ps(_mm256_cmp_ps((__m256)v, (__m256)v, _CMP_UNORD_Q)) != 0;
#else
    const vi nan = v != v;
    int32_t any = 0;
    for (int i = 0; i < W; i++) any |= nan[i];
    return any != 0;
#endif
}

// -1 in the lanes [0, n) of the 16 that begin at `lane`, else 0.
FOV_INLINE vi lanes_below(int n, int lane) {
    vi index;
    for (int i = 0; i < W; i++) index[i] = i;
    return index + lane < set1i(n);
}

}  // namespace
}  // namespace fov
