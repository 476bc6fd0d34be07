// Vectors of W bytes: offsets of winners inside pooling windows.
#pragma once
#include "../simd.h"

namespace fov {
namespace {

typedef uint8_t vb __attribute__((vector_size(W)));
typedef uint8_t vb_unaligned __attribute__((vector_size(W), aligned(1), may_alias));

FOV_INLINE vi load_widened(const uint8_t *p) { return __builtin_convertvector(*reinterpret_cast<const vb_unaligned *>(p), vi); }
FOV_INLINE vi load_widened(const int32_t *p) { return load(p); }

// Each lane is 0 to 255.
FOV_INLINE void store_narrowed(uint8_t *p, vi v) { *reinterpret_cast<vb_unaligned *>(p) = __builtin_convertvector(v, vb); }
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
