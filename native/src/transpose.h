// Rectangles, transposed in registers: what moving elements between layouts and axes comes down to.
//
// Everywhere y[b * ys + a] = x[a * xs + b]. Four lanes are loaded at a time, each four from another row of x, so that a vector is
// put together by loads and only the transposition within four lanes is left to shuffles, of which a core has fewer.
#pragma once
#include "simd.h"

namespace fov {
namespace {

typedef float v4 __attribute__((vector_size(16)));
typedef float v4_unaligned __attribute__((vector_size(16), aligned(4), may_alias));

FOV_INLINE v4 load4(const float *p) { return *reinterpret_cast<const v4_unaligned *>(p); }
FOV_INLINE void store4(float *p, v4 v) { *reinterpret_cast<v4_unaligned *>(p) = v; }

// Lanes 4 i to 4 i + 3 from p + i * step.
FOV_INLINE vf quads(const float *p, i64 step) {
#if defined(FOV_ISA_AVX512)
    __m512 r = _mm512_castps128_ps512(_mm_loadu_ps(p));
    r = _mm512_mask_broadcast_f32x4(r, 0x00f0, _mm_loadu_ps(p + step));
    r = _mm512_mask_broadcast_f32x4(r, 0x0f00, _mm_loadu_ps(p + 2 * step));
    return (vf)_mm512_mask_broadcast_f32x4(r, 0xf000, _mm_loadu_ps(p + 3 * step));
#elif defined(FOV_ISA_AVX2)
    return (vf)_mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + step), 1);
#else
    (void)step;
    return load(p);
#endif
}

// Within every four lanes, row i of four becomes column i. x86 names the shuffles, because GCC does not always find them.
FOV_INLINE void transpose4(v4 *r) {
    const v4 a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5), b = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
    const v4 c = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5), d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
    r[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    r[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    r[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    r[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}
#if defined(FOV_ISA_AVX512)
FOV_INLINE void transpose4(vf *v) {
    auto *r = reinterpret_cast<__m512 *>(v);
    const __m512 a = _mm512_unpacklo_ps(r[0], r[1]), b = _mm512_unpackhi_ps(r[0], r[1]);
    const __m512 c = _mm512_unpacklo_ps(r[2], r[3]), d = _mm512_unpackhi_ps(r[2], r[3]);
    r[0] = (__m512)_mm512_unpacklo_pd((__m512d)a, (__m512d)c);
    r[1] = (__m512)_mm512_unpackhi_pd((__m512d)a, (__m512d)c);
    r[2] = (__m512)_mm512_unpacklo_pd((__m512d)b, (__m512d)d);
    r[3] = (__m512)_mm512_unpackhi_pd((__m512d)b, (__m512d)d);
}
#elif defined(FOV_ISA_AVX2)
FOV_INLINE void transpose4(vf *v) {
    auto *r = reinterpret_cast<__m256 *>(v);
    const __m256 a = _mm256_unpacklo_ps(r[0], r[1]), b = _mm256_unpackhi_ps(r[0], r[1]);
    const __m256 c = _mm256_unpacklo_ps(r[2], r[3]), d = _mm256_unpackhi_ps(r[2], r[3]);
    r[0] = (__m256)_mm256_unpacklo_pd((__m256d)a, (__m256d)c);
    r[1] = (__m256)_mm256_unpackhi_pd((__m256d)a, (__m256d)c);
    r[2] = (__m256)_mm256_unpacklo_pd((__m256d)b, (__m256d)d);
    r[3] = (__m256)_mm256_unpackhi_pd((__m256d)b, (__m256d)d);
}
#endif

template <bool stream>
FOV_INLINE void put(float *p, vf v) {
    if (stream) {
        store_stream(p, v);
    } else {
        store(p, v);
    }
}

// b < 4, a < W
template <bool stream>
FOV_INLINE void transpose_strip(float *y, const float *x, i64 ys, i64 xs) {
    vf r[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) r[k] = quads(x + k * xs, 4 * xs);
    transpose4(r);
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) put<stream>(y + q * ys, r[q]);
}

// b < W, a < W. All loads of a row of x come together: rows that share their place in the cache drive each other out.
template <bool stream>
FOV_INLINE void transpose_tile(float *y, const float *x, i64 ys, i64 xs) {
    vf r[W];
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++)
#pragma GCC unroll 4
        for (int g = 0; g < W; g += 4) r[g + k] = quads(x + k * xs + g, 4 * xs);
#pragma GCC unroll 4
    for (int g = 0; g < W; g += 4) {
        transpose4(r + g);
#pragma GCC unroll 4
        for (int q = 0; q < 4; q++) put<stream>(y + (g + q) * ys, r[g + q]);
    }
}

// What whole tiles and strips leave over: fours, then single elements.
FOV_INLINE void transpose_rest(float *y, const float *x, i64 nb, i64 na, i64 ys, i64 xs) {
    i64 a = 0;
    for (; a + 4 <= na; a += 4) {
        i64 b = 0;
        for (; b + 4 <= nb; b += 4) {
            v4 r[4];
            for (int k = 0; k < 4; k++) r[k] = load4(x + (a + k) * xs + b);
            transpose4(r);
            for (int q = 0; q < 4; q++) store4(y + (b + q) * ys + a, r[q]);
        }
        for (; b < nb; b++)
            for (i64 k = a; k < a + 4; k++) y[b * ys + k] = x[k * xs + b];
    }
    for (; a < na; a++)
        for (i64 b = 0; b < nb; b++) y[b * ys + a] = x[a * xs + b];
}

// b < nb, a < na, in squares of 16: whole cache lines on both sides before the next ones are begun.
template <bool stream>
FOV_INLINE void transpose_rectangle(float *y, const float *x, i64 nb, i64 na, i64 ys, i64 xs) {
    const i64 wide = na / W * W, high = nb / W * W;
    for (i64 j = 0; j < high; j += 16)
        for (i64 i = 0; i < wide; i += 16)
            for (i64 b = j; b < min(j + 16, high); b += W)
                for (i64 a = i; a < min(i + 16, wide); a += W) transpose_tile<stream>(y + b * ys + a, x + a * xs + b, ys, xs);
    if (wide < na) transpose_rest(y + wide, x + wide * xs, high, na - wide, ys, xs);
    if (high < nb) transpose_rest(y + high * ys, x + high, nb - high, na, ys, xs);
}

}  // namespace
}  // namespace fov
