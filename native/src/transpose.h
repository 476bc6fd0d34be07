// W x W tiles, transposed in registers: what moving elements between layouts and axes comes down to.
#pragma once
#include "simd.h"

namespace fov {
namespace {

template <int... I>
struct lane_list {};
#if defined(FOV_ISA_AVX512)
typedef lane_list<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15> all_lanes;
#elif defined(FOV_ISA_AVX2)
typedef lane_list<0, 1, 2, 3, 4, 5, 6, 7> all_lanes;
#else
typedef lane_list<0, 1, 2, 3> all_lanes;
#endif

// Lane l of the result is lane Pick::of(l) of a, or of b where that is W or more.
template <class Pick, int... I>
FOV_INLINE vf pick_lanes(vf a, vf b, lane_list<I...>) {
    return __builtin_shufflevector(a, b, Pick::of(I)...);
}
template <class Pick>
FOV_INLINE vf pick(vf a, vf b) {
    return pick_lanes<Pick>(a, b, all_lanes{});
}

// Within each four lanes: a0 b0 a1 b1, or a2 b2 a3 b3 from lane 2 on.
template <int from>
struct interleave {
    static constexpr int of(int l) { return l / 4 * 4 + from + l % 4 / 2 + (l & 1) * W; }
};
// Within each four lanes: a0 a1 b0 b1, or a2 a3 b2 b3.
template <int from>
struct interleave_pairs {
    static constexpr int of(int l) { return l / 4 * 4 + from + (l & 1) + (l % 4 / 2) * W; }
};
#if defined(FOV_ISA_AVX512) || defined(FOV_ISA_AVX2)
// Groups of four lanes: every other group of a, then of b, beginning with the first or the second.
template <int from>
struct groups_apart {
    static constexpr int of(int l) { return (l / 4 * 2 + from) % (W / 4) * 4 + l % 4 + l / (W / 2) * W; }
};
#endif

// Row i becomes column i.
FOV_INLINE void transpose(vf (&r)[W]) {
    for (int i = 0; i < W; i += 4) {
        const vf a = pick<interleave<0>>(r[i], r[i + 1]), b = pick<interleave<2>>(r[i], r[i + 1]);
        const vf c = pick<interleave<0>>(r[i + 2], r[i + 3]), d = pick<interleave<2>>(r[i + 2], r[i + 3]);
        r[i] = pick<interleave_pairs<0>>(a, c);
        r[i + 1] = pick<interleave_pairs<2>>(a, c);
        r[i + 2] = pick<interleave_pairs<0>>(b, d);
        r[i + 3] = pick<interleave_pairs<2>>(b, d);
    }
#if defined(FOV_ISA_AVX512)
    // Now group g of row 4 j + i belongs to row 4 g + i, group j: the same once more, with groups for elements.
    for (int i = 0; i < 4; i++) {
        const vf a = pick<groups_apart<0>>(r[i], r[i + 4]), b = pick<groups_apart<1>>(r[i], r[i + 4]);
        const vf c = pick<groups_apart<0>>(r[i + 8], r[i + 12]), d = pick<groups_apart<1>>(r[i + 8], r[i + 12]);
        r[i] = pick<groups_apart<0>>(a, c);
        r[i + 8] = pick<groups_apart<1>>(a, c);
        r[i + 4] = pick<groups_apart<0>>(b, d);
        r[i + 12] = pick<groups_apart<1>>(b, d);
    }
#elif defined(FOV_ISA_AVX2)
    for (int i = 0; i < 4; i++) {
        const vf a = r[i], b = r[i + 4];
        r[i] = pick<groups_apart<0>>(a, b);
        r[i + 4] = pick<groups_apart<1>>(a, b);
    }
#endif
}

// y[b * ys + a] = x[a * xs + b] for a < na, b < nb, both at most W. Nothing beyond is read or written.
FOV_INLINE void transpose_tile(float *y, const float *x, int nb, int na, i64 ys, i64 xs) {
    vf r[W];
    if (na == W && nb == W) {
        for (int a = 0; a < W; a++) r[a] = load(x + a * xs);
        transpose(r);
        for (int b = 0; b < W; b++) store(y + b * ys, r[b]);
        return;
    }
    for (int a = 0; a < W; a++) r[a] = a < na ? load(x + a * xs, nb) : zero();
    transpose(r);
    for (int b = 0; b < W; b++)
        if (b < nb) store(y + b * ys, r[b], na);
}

}  // namespace
}  // namespace fov
