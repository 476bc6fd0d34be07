// planes [count][stride] <-> lanes [positions][16], in tiles of W x W that are transposed in registers.
#include "lanes.h"

#include "../simd.h"

namespace fov {
namespace {

// r[i][k] becomes r[k][i]: pairs of rows are interleaved, then pairs of pairs, until a row holds one column.
FOV_INLINE void transpose(vf *r) {
    vf t[W];
#if defined(FOV_ISA_AVX512)
    for (int i = 0; i < 16; i += 2) {
        t[i] = (vf)_mm512_unpacklo_ps((__m512)r[i], (__m512)r[i + 1]);
        t[i + 1] = (vf)_mm512_unpackhi_ps((__m512)r[i], (__m512)r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4)
        for (int k = 0; k < 2; k++) {
            r[i + 2 * k] = (vf)_mm512_unpacklo_pd((__m512d)t[i + k], (__m512d)t[i + k + 2]);
            r[i + 2 * k + 1] = (vf)_mm512_unpackhi_pd((__m512d)t[i + k], (__m512d)t[i + k + 2]);
        }
    for (int i = 0; i < 16; i += 8)
        for (int k = 0; k < 4; k++) {
            t[i + k] = (vf)_mm512_shuffle_f32x4((__m512)r[i + k], (__m512)r[i + k + 4], 0x88);
            t[i + k + 4] = (vf)_mm512_shuffle_f32x4((__m512)r[i + k], (__m512)r[i + k + 4], 0xdd);
        }
    for (int k = 0; k < 8; k++) {
        r[k] = (vf)_mm512_shuffle_f32x4((__m512)t[k], (__m512)t[k + 8], 0x88);
        r[k + 8] = (vf)_mm512_shuffle_f32x4((__m512)t[k], (__m512)t[k + 8], 0xdd);
    }
#elif defined(FOV_ISA_AVX2)
    for (int i = 0; i < 8; i += 2) {
        t[i] = (vf)_mm256_unpacklo_ps((__m256)r[i], (__m256)r[i + 1]);
        t[i + 1] = (vf)_mm256_unpackhi_ps((__m256)r[i], (__m256)r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; k++) {
            r[i + 2 * k] = (vf)_mm256_unpacklo_pd((__m256d)t[i + k], (__m256d)t[i + k + 2]);
            r[i + 2 * k + 1] = (vf)_mm256_unpackhi_pd((__m256d)t[i + k], (__m256d)t[i + k + 2]);
        }
    for (int k = 0; k < 4; k++) {
        t[k] = (vf)_mm256_permute2f128_ps((__m256)r[k], (__m256)r[k + 4], 0x20);
        t[k + 4] = (vf)_mm256_permute2f128_ps((__m256)r[k], (__m256)r[k + 4], 0x31);
    }
    for (int k = 0; k < 8; k++) r[k] = t[k];
#else
    for (int i = 0; i < 4; i += 2) {
        t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 4, 1, 5);
        t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 6, 3, 7);
    }
    r[0] = __builtin_shufflevector(t[0], t[2], 0, 1, 4, 5);
    r[1] = __builtin_shufflevector(t[0], t[2], 2, 3, 6, 7);
    r[2] = __builtin_shufflevector(t[1], t[3], 0, 1, 4, 5);
    r[3] = __builtin_shufflevector(t[1], t[3], 2, 3, 6, 7);
#endif
}

void gather(float *y, const float *x, i64 stride, int count, i64 begin, i64 end) {
    for (i64 s = begin; s < end; s += W, y += 16 * W) {
        const int k = static_cast<int>(min(W, end - s));
        for (int lane = 0; lane < 16; lane += W) {
            vf r[W];
#pragma GCC unroll 16
            for (int i = 0; i < W; i++) r[i] = lane + i < count ? load_lanes(x + (lane + i) * stride + s, k) : zero();
            transpose(r);
            if (k == W) {
#pragma GCC unroll 16
                for (int i = 0; i < W; i++) store(y + 16 * i + lane, r[i]);
            } else {
                for (int i = 0; i < k; i++) store(y + 16 * i + lane, r[i]);
            }
        }
    }
}

void scatter(float *y, const float *x, i64 stride, int count, i64 begin, i64 end) {
    for (i64 s = begin; s < end; s += W, x += 16 * W) {
        const int k = static_cast<int>(min(W, end - s));
        for (int lane = 0; lane < min(16, count); lane += W) {
            vf r[W];
            if (k == W) {
#pragma GCC unroll 16
                for (int i = 0; i < W; i++) r[i] = load(x + 16 * i + lane);
            } else {
                for (int i = 0; i < W; i++) r[i] = i < k ? load(x + 16 * i + lane) : zero();
            }
            transpose(r);
#pragma GCC unroll 16
            for (int i = 0; i < W; i++)
                if (lane + i < count) store_lanes(y + (lane + i) * stride + s, r[i], k);
        }
    }
}

}  // namespace

extern const lanes_kernels FOV_TABLE(lanes);
const lanes_kernels FOV_TABLE(lanes) = {gather, scatter};

}  // namespace fov
