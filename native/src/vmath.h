// exp, log, tanh and their kin on the vector type of simd.h, for every instruction set.
//
// All are within 3 ulp of the exact value over the whole float range, gradual underflow included (tests/native/vmath.cpp); NaN gives
// NaN. Polynomials are minimax fits whose coefficients were rounded to float one after the other, each time fitting the rest anew.
// Multi-step constants keep their products exact, so they hold with and without a fused multiply-add.
#pragma once
#include "simd.h"

namespace fov {
namespace {

constexpr float infinity = __builtin_inff();
constexpr float not_a_number = __builtin_nanf("");

FOV_INLINE vf copy_sign(vf magnitude, vf sign) {
    const vi bit = set1i(INT32_MIN);
    return (vf)(((vi)magnitude & ~bit) | ((vi)sign & bit));
}

// 2^n for n in [-126, 127]
FOV_INLINE vf power_of_2(vi n) { return (vf)((n + 127) << 23); }

// x = n * ln 2 + r with |r| < 0.347. Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. |x| < 2^20.
struct reduced {
    vf r, n;
    vi n_bits;
};
FOV_INLINE reduced reduce_exp(vf x) {
    const vf magic = set1(0x1.8p23f);
    const vf shifted = x * set1(0x1.715476p0f) + magic;
    const vf n = shifted - magic;
    return {x - n * set1(0x1.62e4p-1f) - n * set1(0x1.7f7d1cp-20f), n, (vi)shifted - (vi)magic};
}

// e^r - 1 for |r| < 0.347; relative error 2^-26.
FOV_INLINE vf expm1_small(vf r) {
    vf q = set1(0x1.6ab2f6p-10f);
    q = fma(q, r, set1(0x1.122c78p-7f));
    q = fma(q, r, set1(0x1.55579ep-5f));
    q = fma(q, r, set1(0x1.5554aap-3f));
    q = fma(q, r, set1(0x1.fffffep-2f));
    return fma(r * r, q, r);
}

FOV_INLINE vf exp(vf x) {
    // Below -104 the result rounds to 0, above 89 it is infinite. A NaN comes second and passes.
    const reduced e = reduce_exp(min(set1(89), max(set1(-104), x)));
    const vf p = expm1_small(e.r) + set1(1);
#if defined(FOV_ISA_AVX512)
    return (vf)_mm512_scalef_ps((__m512)p, (__m512)e.n);
#else
    // In two steps, since 2^n alone may be out of range where the product is not; only the second one rounds.
    const vi half = e.n_bits >> 1;
    return p * power_of_2(half) * power_of_2(e.n_bits - half);
#endif
}

// e^x - 1 for x <= 0
FOV_INLINE vf expm1_negative(vf x) {
    const reduced e = reduce_exp(max(set1(-18), x));
    const vf scale = power_of_2(e.n_bits);
    return fma(expm1_small(e.r), scale, scale - set1(1));
}

// log(1 + f) + e * ln 2 for f in [sqrt(1/2) - 1, sqrt(2) - 1]
FOV_INLINE vf log_reduced(vf f, vf e) {
    vf p = set1(-0x1.3a827ep-4f);
    p = fma(p, f, set1(0x1.05b258p-3f));
    p = fma(p, f, set1(-0x1.0d7b0ap-3f));
    p = fma(p, f, set1(0x1.22d62p-3f));
    p = fma(p, f, set1(-0x1.54723cp-3f));
    p = fma(p, f, set1(0x1.99a034p-3f));
    p = fma(p, f, set1(-0x1.000228p-2f));
    p = fma(p, f, set1(0x1.555554p-2f));
    const vf f2 = f * f;
    const vf low = fma(f2 * f, p, e * set1(-0x1.bd0106p-13f)) - set1(0.5f) * f2;
    return fma(e, set1(0x1.63p-1f), f + low);
}

FOV_INLINE vf log(vf x) {
    const vi tiny = x < set1(0x1p-126f);
    const vi bits = (vi)select(tiny, x * set1(0x1p23f), x);
    // So that the mantissa lies in [sqrt(1/2), sqrt(2)). Unsigned: bits of negative numbers run over.
    const vi e = (vi)((vu)bits - 0x3f3504f3u) >> 23;
    const vf m = (vf)((vu)bits - ((vu)e << 23));
    const vf y = log_reduced(m - set1(1), __builtin_convertvector(e - (tiny & 23), vf));
    const vf special = select(x < zero(), set1(not_a_number), select(x == zero(), set1(-infinity), x));
    return select((x > zero()) & (x < set1(infinity)), y, special);
}

// log(1 + u) for u in [0, 1]. 1 + u is never formed, so small u keep all their digits.
FOV_INLINE vf log1p_unit(vf u) {
    const vi large = u > set1(0x1.a8p-2f);
    return log_reduced(select(large, fma(u, set1(0.5f), set1(-0.5f)), u), select(large, set1(1), zero()));
}

// a / b for b in [1, 2], within 1 ulp: wide vectors divide four times as slowly as they multiply all of this.
FOV_INLINE vf quotient(vf a, vf b) {
#if defined(FOV_ISA_AVX512)
    const vf guess = (vf)_mm512_rcp14_ps((__m512)b);
    const vf r = fma(guess, set1(1) - guess * b, guess), q = a * r;
    return fma(a - q * b, r, q);
#else
    return a / b;
#endif
}

FOV_INLINE vf sigmoid(vf x) {
    const vf e = exp(-abs(x));
    return quotient(select(x < zero(), e, set1(1)), set1(1) + e);
}

FOV_INLINE vf tanh(vf x) {
    const vf m = expm1_negative(set1(-2) * abs(x));
    return copy_sign(quotient(m, m + set1(2)), x);
}

// erfc(t) for t >= 0.92: within 2^-24 of the largest value there; relative 1e-6 up to t = 4, behind which it is 0.
FOV_INLINE vf erfc_tail(vf t) {
    vf p = set1(0x1.a3c44ep-20f);
    p = fma(p, t, set1(-0x1.763188p-15f));
    p = fma(p, t, set1(0x1.327d46p-11f));
    p = fma(p, t, set1(-0x1.342c7cp-8f));
    p = fma(p, t, set1(0x1.ae3870p-6f));
    p = fma(p, t, set1(-0x1.c1b752p-4f));
    p = fma(p, t, set1(-0x1.43a69p-1f));
    p = fma(p, t, set1(-0x1.214b4ep0f));
    p = fma(p, t, set1(0x1.2194e2p-12f));
    return select(t > set1(4), zero(), exp(p));
}

// erf(x) / x - 1 for |x| <= 0.93
FOV_INLINE vf erf_small(vf x) {
    const vf s = x * x;
    vf p = set1(-0x1.386bf4p-11f);
    p = fma(p, s, set1(0x1.46d836p-8f));
    p = fma(p, s, set1(-0x1.b67bcep-6f));
    p = fma(p, s, set1(0x1.ce1984p-4f));
    p = fma(p, s, set1(-0x1.8126e2p-2f));
    return fma(p, s, set1(0x1.06eba6p-3f));
}

FOV_INLINE vf erf(vf x) {
    const vf t = abs(x);
    return select(t > set1(0.925f), copy_sign(set1(1) - erfc_tail(t), x), fma(x, erf_small(x), x));
}

// The distribution function of the normal distribution, without cancellation where it is small.
FOV_INLINE vf normal_cdf(vf x) {
    const vf u = x * set1(0x1.6a09e6p-1f), t = abs(u);
    const vf tail = set1(0.5f) * erfc_tail(t);
    const vf middle = fma(set1(0.5f), fma(u, erf_small(u), u), set1(0.5f));
    return select(t > set1(0.925f), select(x < zero(), tail, set1(1) - tail), middle);
}

}  // namespace
}  // namespace fov
