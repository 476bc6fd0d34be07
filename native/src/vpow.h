// x^y on the vector type of simd.h, within 1 ulp, with C's special cases. In double inside: the logarithm needs as many more bits as
// the exponent of the result has.
#pragma once
#include "vmath.h"

namespace fov {
namespace {

typedef float half_f __attribute__((vector_size(W * 2)));
typedef double half_d __attribute__((vector_size(W * 4)));
typedef long long half_l __attribute__((vector_size(W * 4)));

union halves {
    vf whole;
    half_f half[2];
};

FOV_INLINE half_d set1d(double x) { return x - half_d{}; }

// log2(x) for 0 < x < infinity: 2 atanh((m - 1) / (m + 1)) / ln 2 with m in [sqrt(1/2), sqrt(2)); relative error below 1e-12.
FOV_INLINE half_d log2_double(half_d x) {
    const half_l bits = (half_l)x;
    const half_l e = (bits - 0x3fe6a09e667f3bcdll) >> 52;
    const half_d m = (half_d)(bits - (e << 52));
    const half_d exponent = (half_d)(e + 0x4338000000000000ll) - 0x1.8p52;  // an integer to double without a conversion
    const half_d s = (m - 1) / (m + 1), s2 = s * s;
    half_d p = s2 * (1.0 / 15) + 1.0 / 13;
    p = p * s2 + 1.0 / 11;
    p = p * s2 + 1.0 / 9;
    p = p * s2 + 1.0 / 7;
    p = p * s2 + 1.0 / 5;
    p = p * s2 + 1.0 / 3;
    p = p * s2 + 1.0;
    return p * s * 2.8853900817779268147 + exponent;
}

// 2^x for |x| <= 1000; relative error below 1e-11.
FOV_INLINE half_d exp2_double(half_d x) {
    const half_d shifted = x + 0x1.8p52;
    const half_d r = (x - (shifted - 0x1.8p52)) * 0.69314718055994530942;
    half_d p = r * (1.0 / 362880) + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    return p * (half_d)(((half_l)shifted - 0x4338000000000000ll + 1023) << 52);
}

FOV_INLINE half_d clamp_double(half_d x, double low, double high) {
    x = x > low ? x : set1d(low);
    return x < high ? x : set1d(high);
}

// |x|^y for finite x and y other than 0
FOV_INLINE half_f pow_magnitude(half_f x, half_f y) {
    const half_d product = __builtin_convertvector(y, half_d) * log2_double(__builtin_convertvector(x, half_d));
    return __builtin_convertvector(exp2_double(clamp_double(product, -1000, 1000)), half_f);
}

FOV_INLINE vf pow(vf x, vf y) {
    const vf one = set1(1), ax = abs(x), ay = abs(y);
    const vi small = ay < set1(0x1p24f);
    const vi whole = __builtin_convertvector(select(small, y, zero()), vi);
    const vi integer = ~small | (__builtin_convertvector(whole, vf) == y);
    const vi odd = small & integer & ((whole & 1) == 1);
    const vi x_edge = (ax == zero()) | (ax == set1(infinity));

    halves hx = {select(x_edge, one, ax)}, hy = {select(ay == set1(infinity), one, y)}, hz;
    for (int i = 0; i < 2; i++) hz.half[i] = pow_magnitude(hx.half[i], hy.half[i]);

    // 0, infinity and 1 to any power; any power of infinity
    const vi grows = ((ax > one) & (y > zero())) | ((ax < one) & (y < zero()));
    const vf edge = select(ax == one, one, select(grows, set1(infinity), zero()));
    vf z = select(x_edge | (ay == set1(infinity)), edge, hz.whole);
    z = (vf)((vi)z | ((vi)x & odd & INT32_MIN));
    z = select((x < zero()) & (ax < set1(infinity)) & ~integer, set1(not_a_number), z);
    z = select((x == x) & (y == y), z, x + y);
    return select((y == zero()) | (x == one), one, z);
}

}  // namespace
}  // namespace fov
