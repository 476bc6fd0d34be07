#include "dropout.h"

#include "../vphilox.h"

namespace fov {
namespace {

// Bits i .. i + W of the mask; i is a multiple of W. NEON and scalar have four lanes, two of which fill a byte.
FOV_INLINE void store_bits(uint8_t *bits, i64 i, vi mask) {
#if defined(FOV_ISA_AVX512)
    *reinterpret_cast<uint16_t *>(bits + i / 8) = static_cast<uint16_t>(_mm512_movepi32_mask((__m512i)mask));
#elif defined(FOV_ISA_AVX2)
    bits[i / 8] = static_cast<uint8_t>(_mm256_movemask_ps((__m256)mask));
#else
    uint8_t b = 0;
    for (int k = 0; k < W; k++) b = static_cast<uint8_t>(b | (mask[k] & (1 << k)));
    bits[i / 8] = static_cast<uint8_t>(i % 8 ? bits[i / 8] | b << 4 : b);
#endif
}

FOV_INLINE vi load_bits(const uint8_t *bits, i64 i) {
    vi bit;
    for (int k = 0; k < W; k++) bit[k] = 1 << k;
#if defined(FOV_ISA_AVX512)
    const int32_t word = bits[i / 8] | bits[i / 8 + 1] << 8;
#elif defined(FOV_ISA_AVX2)
    const int32_t word = bits[i / 8];
#else
    const int32_t word = bits[i / 8] >> (i % 8);
#endif
    return (set1i(word) & bit) != 0;
}

void forward(float *y, uint8_t *bits, const float *x, float scale, uint32_t threshold, uint64_t seed, uint64_t stream, i64 begin, i64 end) {
    const vf vs = set1(scale);
    // Signed comparison of numbers that are moved by 2^31 is the unsigned one.
    const vi low = set1i(static_cast<int32_t>(threshold ^ 0x80000000u));
    for_random_lanes(begin, end, seed, stream, [=](i64 i, int lanes, vu words) FOV_LAMBDA {
        const vi keep = (vi)(words ^ 0x80000000u) >= low;
        store_lanes(y + i, select(keep, load_lanes(x + i, lanes) * vs, zero()), lanes);
        if (bits) store_bits(bits, i, keep);
    });
}

void backward(float *dx, const float *dy, const uint8_t *bits, float scale, i64 begin, i64 end) {
    const vf vs = set1(scale);
    for_lanes(begin, end, [=](i64 i, int lanes) FOV_LAMBDA {
        store_lanes(dx + i, select(load_bits(bits, i), load_lanes(dy + i, lanes) * vs, zero()), lanes);
    });
}

void random_slope(float *out, const float *in, const float *s, float low, float high, uint64_t seed, uint64_t stream, i64 begin, i64 end) {
    const vf base = set1(low), range = set1((high - low) * 0x1p-24f);
    for_random_lanes(begin, end, seed, stream, [=](i64 i, int lanes, vu words) FOV_LAMBDA {
        const vf slope = fma(__builtin_convertvector((vi)(words >> 8), vf), range, base), v = load_lanes(in + i, lanes);
        store_lanes(out + i, select(load_lanes(s + i, lanes) > zero(), v, v * slope), lanes);
    });
}

}  // namespace

extern const dropout_kernels FOV_TABLE(dropout);
const dropout_kernels FOV_TABLE(dropout) = {forward, backward, random_slope};

}  // namespace fov
