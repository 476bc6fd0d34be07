// The one-dimensional transforms of Winograd's algorithms: F(2x2, 3x3) and F(4x4, 3x3) of Lavin & Gray (2015), and F(2x2, 5x5), which looks
// at patches of the same size as the second and shares its transform; the points are 0, 1, -1 and for patches of 6 x 6 also 2, -2.
#pragma once
#include "../simd.h"

namespace fov {
namespace {

// One-dimensional transforms. `s` is the stride of the result.
template <int m, int r>
struct algorithm;

template <>
struct algorithm<2, 3> {
    // B^T d
    static FOV_INLINE void input(const vf *d, vf *o, int s) {
        o[0] = d[0] - d[2];
        o[s] = d[1] + d[2];
        o[2 * s] = d[2] - d[1];
        o[3 * s] = d[1] - d[3];
    }
    // A^T m
    static FOV_INLINE void output(const vf *p, vf *o, int s) {
        o[0] = p[0] + p[1] + p[2];
        o[s] = p[1] - p[2] - p[3];
    }
    // A e
    static FOV_INLINE void gradient(const vf *e, vf *o, int s) {
        o[0] = e[0];
        o[s] = e[0] + e[1];
        o[2 * s] = e[0] - e[1];
        o[3 * s] = -e[1];
    }
    // G g
    static FOV_INLINE void weights(const vf *g, vf *o, int s) {
        const vf half = set1(0.5f), even = half * (g[0] + g[2]), odd = half * g[1];
        o[0] = g[0];
        o[s] = even + odd;
        o[2 * s] = even - odd;
        o[3 * s] = g[2];
    }
    // G^T u
    static FOV_INLINE void taps(const vf *u, vf *o, int s) {
        const vf half = set1(0.5f), even = half * (u[1] + u[2]);
        o[0] = u[0] + even;
        o[s] = half * (u[1] - u[2]);
        o[2 * s] = even + u[3];
    }
};

template <>
struct algorithm<4, 3> {
    static FOV_INLINE void input(const vf *d, vf *o, int s) {
        const vf two = set1(2), four = set1(4), five = set1(5);
        const vf a = d[4] - four * d[2], b = d[3] - four * d[1], c = d[4] - d[2], e = two * (d[3] - d[1]);
        o[0] = fma(four, d[0], d[4] - five * d[2]);
        o[s] = a + b;
        o[2 * s] = a - b;
        o[3 * s] = c + e;
        o[4 * s] = c - e;
        o[5 * s] = fma(four, d[1], d[5] - five * d[3]);
    }
    static FOV_INLINE void output(const vf *p, vf *o, int s) {
        const vf even = p[1] + p[2], odd = p[1] - p[2], even2 = p[3] + p[4], odd2 = p[3] - p[4];
        o[0] = p[0] + even + even2;
        o[s] = fma(set1(2), odd2, odd);
        o[2 * s] = fma(set1(4), even2, even);
        o[3 * s] = fma(set1(8), odd2, odd) + p[5];
    }
    static FOV_INLINE void gradient(const vf *e, vf *o, int s) {
        const vf even = e[0] + e[2], odd = e[1] + e[3];
        const vf even2 = fma(set1(4), e[2], e[0]), odd2 = fma(set1(8), e[3], set1(2) * e[1]);
        o[0] = e[0];
        o[s] = even + odd;
        o[2 * s] = even - odd;
        o[3 * s] = even2 + odd2;
        o[4 * s] = even2 - odd2;
        o[5 * s] = e[3];
    }
    static FOV_INLINE void weights(const vf *g, vf *o, int s) {
        const vf sixth = set1(1.f / 6);
        const vf even = -sixth * (g[0] + g[2]), odd = sixth * g[1];
        const vf even2 = fma(set1(1.f / 24), g[0], sixth * g[2]), odd2 = set1(1.f / 12) * g[1];
        o[0] = set1(0.25f) * g[0];
        o[s] = even - odd;
        o[2 * s] = even + odd;
        o[3 * s] = even2 + odd2;
        o[4 * s] = even2 - odd2;
        o[5 * s] = g[2];
    }
    static FOV_INLINE void taps(const vf *u, vf *o, int s) {
        const vf sixth = set1(1.f / 6);
        const vf even = sixth * (u[1] + u[2]), odd = u[2] - u[1], even2 = u[3] + u[4], odd2 = u[3] - u[4];
        o[0] = fma(set1(1.f / 24), even2, set1(0.25f) * u[0] - even);
        o[s] = fma(set1(1.f / 12), odd2, sixth * odd);
        o[2 * s] = fma(sixth, even2, u[5] - even);
    }
};

template <>
struct algorithm<2, 5> : algorithm<4, 3> {
    static FOV_INLINE void output(const vf *p, vf *o, int s) {
        o[0] = p[0] + (p[1] + p[2]) + (p[3] + p[4]);
        o[s] = fma(set1(2), p[3] - p[4], p[1] - p[2]) + p[5];
    }
    static FOV_INLINE void gradient(const vf *e, vf *o, int s) {
        const vf twice = set1(2) * e[1];
        o[0] = e[0];
        o[s] = e[0] + e[1];
        o[2 * s] = e[0] - e[1];
        o[3 * s] = e[0] + twice;
        o[4 * s] = e[0] - twice;
        o[5 * s] = e[1];
    }
    static FOV_INLINE void weights(const vf *g, vf *o, int s) {
        const vf sixth = set1(1.f / 6), third = set1(1.f / 3);
        const vf even = -sixth * (g[0] + g[2] + g[4]), odd = sixth * (g[1] + g[3]);
        const vf even2 = fma(set1(1.f / 24), g[0], sixth * fma(set1(4), g[4], g[2])), odd2 = fma(set1(1.f / 12), g[1], third * g[3]);
        o[0] = set1(0.25f) * g[0];
        o[s] = even - odd;
        o[2 * s] = even + odd;
        o[3 * s] = even2 + odd2;
        o[4 * s] = even2 - odd2;
        o[5 * s] = g[4];
    }
    static FOV_INLINE void taps(const vf *u, vf *o, int s) {
        const vf sixth = set1(1.f / 6);
        const vf even = sixth * (u[1] + u[2]), odd = sixth * (u[2] - u[1]), even2 = u[3] + u[4], odd2 = u[3] - u[4];
        o[0] = fma(set1(1.f / 24), even2, set1(0.25f) * u[0] - even);
        o[s] = fma(set1(1.f / 12), odd2, odd);
        o[2 * s] = fma(sixth, even2, -even);
        o[3 * s] = fma(set1(1.f / 3), odd2, odd);
        o[4 * s] = fma(set1(2.f / 3), even2, u[5] - even);
    }
};

}  // namespace
}  // namespace fov
