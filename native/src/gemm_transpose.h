// W x W blocks turned in registers, for kernels. Like simd.h: once per instruction set, no symbol leaves the object.
#pragma once
#include "simd.h"

namespace fov {
namespace {

// Halves of two vectors interleaved by one and by two elements, within every 128 bits: one instruction each.
#if defined(FOV_ISA_AVX512)
FOV_INLINE vf low1(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29); }
FOV_INLINE vf high1(vf a, vf b) { return __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31); }
FOV_INLINE vf low2(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29); }
FOV_INLINE vf high2(vf a, vf b) { return __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31); }
// The even and the odd 128 bits of a, then those of b.
FOV_INLINE vf even4(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27); }
FOV_INLINE vf odd4(vf a, vf b) { return __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31); }
#elif defined(FOV_ISA_AVX2)
FOV_INLINE vf low1(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13); }
FOV_INLINE vf high1(vf a, vf b) { return __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15); }
FOV_INLINE vf low2(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13); }
FOV_INLINE vf high2(vf a, vf b) { return __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15); }
FOV_INLINE vf even4(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11); }
FOV_INLINE vf odd4(vf a, vf b) { return __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15); }
#else
FOV_INLINE vf low1(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
FOV_INLINE vf high1(vf a, vf b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
FOV_INLINE vf low2(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 1, 4, 5); }
FOV_INLINE vf high2(vf a, vf b) { return __builtin_shufflevector(a, b, 2, 3, 6, 7); }
#endif

// Element j of r[i] becomes element i of r[j].
FOV_INLINE void transpose(vf (&r)[W]) {
    vf t[W];
#pragma GCC unroll 16
    for (int i = 0; i < W; i += 2) {
        t[i] = low1(r[i], r[i + 1]);
        t[i + 1] = high1(r[i], r[i + 1]);
    }
    // r[4 * i + q] is column 4 * block + q of rows 4 * i to 4 * i + 3, in every block of 128 bits.
#pragma GCC unroll 16
    for (int i = 0; i < W; i += 4) {
        r[i] = low2(t[i], t[i + 2]);
        r[i + 1] = high2(t[i], t[i + 2]);
        r[i + 2] = low2(t[i + 1], t[i + 3]);
        r[i + 3] = high2(t[i + 1], t[i + 3]);
    }
#if defined(FOV_ISA_AVX512)
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) {
        const vf even = even4(r[q], r[4 + q]), odd = odd4(r[q], r[4 + q]);
        const vf even_behind = even4(r[8 + q], r[12 + q]), odd_behind = odd4(r[8 + q], r[12 + q]);
        r[q] = even4(even, even_behind);
        r[4 + q] = even4(odd, odd_behind);
        r[8 + q] = odd4(even, even_behind);
        r[12 + q] = odd4(odd, odd_behind);
    }
#elif defined(FOV_ISA_AVX2)
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) {
        const vf low = even4(r[q], r[4 + q]), high = odd4(r[q], r[4 + q]);
        r[q] = low;
        r[4 + q] = high;
    }
#endif
}

}  // namespace
}  // namespace fov
