// x, y, r, dy, dx, dr: spans of tensors of one layout.
//
// Statistics are made in one pass over a span of at most a few thousand elements. They are taken about the mean of its first part,
// one sixteenth or more of the whole: however large the mean, the deviations stay of the size of the data's own spread, since a
// mean of 1/k of the elements is at most sqrt(k) standard deviations away from that of all. Spans are joined in double.
#include "norm.h"

#include "../stores.h"
#include "bytes.h"

namespace fov {
namespace {

constexpr int G = 16 / W;  // vectors of a row
constexpr int U = W / 4;   // rows side by side, so that an addition need not wait for the one before

FOV_INLINE vf keep(vf v, int k) { return k == W ? v : (vf)((vi)v & lanes_below(k, 0)); }

FOV_INLINE void put(float *y, vf v, int k, bool stream) {
    if (k == W) {
        store_either(y, v, stream);
    } else {
        store(y, v, k);
    }
}

// How many lanes of the row's vector g are to be touched.
FOV_INLINE int touched(const norm_span &s, int g) { return static_cast<int>(max(0, min(W, s.lanes - g * W))); }

// body(offset, vector of the row, row modulo U, lanes) over all rows.
template <bool full, class Body>
FOV_INLINE void rows_as(const norm_span &s, Body body) {
    for (i64 segment = 0; segment < s.segments; segment++) {
        const i64 begin = segment * s.segment_stride;
        const auto row = [&](i64 r, int u) FOV_LAMBDA {
#pragma GCC unroll 4
            for (int g = 0; g < G; g++) {
                const int k = full ? W : touched(s, g);
                if (full || k > 0) body(begin + r * s.row_stride + g * W, g, u, k);
            }
        };
        i64 r = 0;
        for (; r + U <= s.rows; r += U)
#pragma GCC unroll 4
            for (int u = 0; u < U; u++) row(r + u, u);
        for (; r < s.rows; r++) row(r, 0);
    }
}

template <class Body>
FOV_INLINE void over_rows(const norm_span &s, Body body) {
    if (s.lanes == 16) {
        rows_as<true>(s, body);
    } else {
        rows_as<false>(s, body);
    }
}

// body(offset, vector modulo 4, lanes) over all vectors of a run.
template <class Body>
FOV_INLINE void over_run(const norm_span &s, Body body) {
    for (i64 segment = 0; segment < s.segments; segment++) {
        const i64 begin = segment * s.segment_stride, end = begin + s.rows;
        i64 i = begin;
        for (; i + 4 * W <= end; i += 4 * W)
#pragma GCC unroll 4
            for (int u = 0; u < 4; u++) body(i + u * W, u, W);
        for (; i + W <= end; i += W) body(i, 0, W);
        if (i < end) body(i, 1, static_cast<int>(end - i));
    }
}

// The 16 parameters of a row, or one for all.
struct lane_parameters {
    vf v[G];
    FOV_INLINE explicit lane_parameters(const float *p) {
        for (int g = 0; g < G; g++) v[g] = p ? load(p + g * W) : zero();
    }
    FOV_INLINE vf operator[](int g) const { return v[g]; }
};

struct run_parameter {
    vf v;
    FOV_INLINE explicit run_parameter(const float *p) : v(set1(p ? *p : 0)) {}
    FOV_INLINE vf operator[](int) const { return v; }
};

// The beginning of a span: at least a sixteenth of it.
FOV_INLINE norm_span sample(const norm_span &s) {
    const i64 rows = (s.segments * s.rows + 15) / 16;
    if (rows <= s.rows) return {1, 0, rows, s.row_stride, s.lanes};
    return {(rows + s.rows - 1) / s.rows, s.segment_stride, s.rows, s.row_stride, s.lanes};
}

void stats_lanes(double *mean, double *m2, const float *x, const norm_span &s) {
    const i64 n = s.segments * s.rows;
    const norm_span first = sample(s);
    vf about[G] = {}, s1[U][G] = {}, s2[U][G] = {};
    over_rows(first, [&](i64 i, int g, int, int k) FOV_LAMBDA { about[g] += load_lanes(x + i, k); });
    for (int g = 0; g < G; g++) about[g] *= set1(1 / static_cast<float>(first.segments * first.rows));
    over_rows(s, [&](i64 i, int g, int u, int k) FOV_LAMBDA {
        const vf d = load_lanes(x + i, k) - about[g];
        s1[u][g] += d;
        s2[u][g] = fma(d, d, s2[u][g]);
    });
    for (int lane = 0; lane < 16; lane++) {
        float a = 0, b = 0;
        for (int u = 0; u < U; u++) {
            a += s1[u][lane / W][lane % W];
            b += s2[u][lane / W][lane % W];
        }
        const double sum = a;
        mean[lane] = about[lane / W][lane % W] + sum / static_cast<double>(n);
        m2[lane] = b - sum * sum / static_cast<double>(n);
    }
}

void stats_run(double *mean, double *m2, const float *x, const norm_span &s) {
    const i64 n = s.segments * s.rows;
    const norm_span first = sample(s);
    vf total = zero();
    over_run(first, [&](i64 i, int, int k) FOV_LAMBDA { total += load_lanes(x + i, k); });
    const vf about = set1(sum(total) / static_cast<float>(first.segments * first.rows));
    vf s1[4] = {}, s2[4] = {};
    over_run(s, [&](i64 i, int u, int k) FOV_LAMBDA {
        const vf d = keep(load_lanes(x + i, k) - about, k);
        s1[u] += d;
        s2[u] = fma(d, d, s2[u]);
    });
    const double all = sum((s1[0] + s1[1]) + (s1[2] + s1[3])), squares = sum((s2[0] + s2[1]) + (s2[2] + s2[3]));
    *mean = about[0] + all / static_cast<double>(n);
    *m2 = squares - all * all / static_cast<double>(n);
}

// Forward and backward must agree on the sign of this, so it is written once.
FOV_INLINE vf normalised(vf x, vf mean, vf scale, vf shift) { return fma(x - mean, scale, shift); }

template <class Parameter, bool add, bool relu, class Loop>
FOV_INLINE void apply_as(float *y, const float *x, const float *r, const norm_apply &p, bool stream, Loop loop) {
    const Parameter mean(p.mean), scale(p.scale), shift(p.shift);
    loop([&](i64 i, int g, int k) FOV_LAMBDA {
        vf v = normalised(load_lanes(x + i, k), mean[g], scale[g], shift[g]);
        if constexpr (add) v += load_lanes(r + i, k);
        if constexpr (relu) v = max(zero(), v);
        put(y + i, v, k, stream);
    });
    if (stream) stream_fence();
}

template <class Parameter, class Loop>
FOV_INLINE void apply(float *y, const float *x, const float *r, const norm_apply &p, bool relu, bool stream, Loop loop) {
    if (r && relu) {
        apply_as<Parameter, true, true>(y, x, r, p, stream, loop);
    } else if (r) {
        apply_as<Parameter, true, false>(y, x, r, p, stream, loop);
    } else if (relu) {
        apply_as<Parameter, false, true>(y, x, r, p, stream, loop);
    } else {
        apply_as<Parameter, false, false>(y, x, r, p, stream, loop);
    }
}

void apply_lanes(float *y, const float *x, const float *r, const norm_apply &p, bool relu, const norm_span &s) {
    apply<lane_parameters>(y, x, r, p, relu, s.stream,
                           [&](auto body) FOV_LAMBDA { over_rows(s, [&](i64 i, int g, int, int k) FOV_LAMBDA { body(i, g, k); }); });
}

void apply_run(float *y, const float *x, const float *r, const norm_apply &p, bool relu, const norm_span &s) {
    apply<run_parameter>(y, x, r, p, relu, s.stream,
                         [&](auto body) FOV_LAMBDA { over_run(s, [&](i64 i, int, int k) FOV_LAMBDA { body(i, 0, k); }); });
}

// dy where the mask lets it through. centred = x - mean.
template <int mask>
FOV_INLINE vf masked(vf dy, vf centred, vf scale, vf shift, const float *y, int k) {
    if constexpr (mask == MASK_X) return select(fma(centred, scale, shift) > zero(), dy, zero());
    if constexpr (mask == MASK_Y) return select(load_lanes(y, k) > zero(), dy, zero());
    return dy;
}

template <int mask>
FOV_INLINE void reduce_lanes_as(double *dz, double *dzx, const float *dy, const float *x, const float *y, const norm_apply &p,
                                const norm_span &s) {
    const lane_parameters mean(p.mean), scale(p.scale), shift(p.shift);
    vf s1[U][G] = {}, s2[U][G] = {};
    over_rows(s, [&](i64 i, int g, int u, int k) FOV_LAMBDA {
        const vf centred = load_lanes(x + i, k) - mean[g];
        const vf d = masked<mask>(load_lanes(dy + i, k), centred, scale[g], shift[g], y + i, k);
        s1[u][g] += d;
        s2[u][g] = fma(d, centred, s2[u][g]);
    });
    for (int lane = 0; lane < 16; lane++) {
        float a = 0, b = 0;
        for (int u = 0; u < U; u++) {
            a += s1[u][lane / W][lane % W];
            b += s2[u][lane / W][lane % W];
        }
        dz[lane] = a;
        dzx[lane] = b;
    }
}

template <int mask>
FOV_INLINE void reduce_run_as(double *dz, double *dzx, const float *dy, const float *x, const float *y, const norm_apply &p,
                              const norm_span &s) {
    const run_parameter mean(p.mean), scale(p.scale), shift(p.shift);
    vf s1[4] = {}, s2[4] = {};
    over_run(s, [&](i64 i, int u, int k) FOV_LAMBDA {
        const vf centred = load_lanes(x + i, k) - mean[0];
        const vf d = masked<mask>(load_lanes(dy + i, k), centred, scale[0], shift[0], y + i, k);  // 0 behind k
        s1[u] += d;
        s2[u] = fma(d, centred, s2[u]);
    });
    *dz = sum((s1[0] + s1[1]) + (s1[2] + s1[3]));
    *dzx = sum((s2[0] + s2[1]) + (s2[2] + s2[3]));
}

void reduce_lanes(double *dz, double *dzx, const float *dy, const float *x, const float *y, const norm_apply &p, int mask,
                  const norm_span &s) {
    if (mask == MASK_NONE) {
        reduce_lanes_as<MASK_NONE>(dz, dzx, dy, x, y, p, s);
    } else if (mask == MASK_X) {
        reduce_lanes_as<MASK_X>(dz, dzx, dy, x, y, p, s);
    } else {
        reduce_lanes_as<MASK_Y>(dz, dzx, dy, x, y, p, s);
    }
}

void reduce_run(double *dz, double *dzx, const float *dy, const float *x, const float *y, const norm_apply &p, int mask,
                const norm_span &s) {
    if (mask == MASK_NONE) {
        reduce_run_as<MASK_NONE>(dz, dzx, dy, x, y, p, s);
    } else if (mask == MASK_X) {
        reduce_run_as<MASK_X>(dz, dzx, dy, x, y, p, s);
    } else {
        reduce_run_as<MASK_Y>(dz, dzx, dy, x, y, p, s);
    }
}

template <class Parameter, int mask, bool to_x, bool to_r, class Loop>
FOV_INLINE void grad_as(float *dx, float *dr, const float *dy, const float *x, const float *y, const norm_apply &p, const norm_grad &q,
                        bool stream, Loop loop) {
    const Parameter mean(p.mean), scale(p.scale), shift(p.shift), a(q.a), b(q.b), c(q.c);
    loop([&](i64 i, int g, int k) FOV_LAMBDA {
        const vf centred = load_lanes(x + i, k) - mean[g];
        const vf d = masked<mask>(load_lanes(dy + i, k), centred, scale[g], shift[g], y + i, k);
        if constexpr (to_r) put(dr + i, d, k, stream);
        if constexpr (to_x) put(dx + i, fma(a[g], d, fma(b[g], centred, c[g])), k, stream);
    });
    if (stream) stream_fence();
}

template <class Parameter, int mask, class Loop>
FOV_INLINE void grad_to(float *dx, float *dr, const float *dy, const float *x, const float *y, const norm_apply &p, const norm_grad &q,
                        bool stream, Loop loop) {
    if (dx && dr) {
        grad_as<Parameter, mask, true, true>(dx, dr, dy, x, y, p, q, stream, loop);
    } else if (dx) {
        grad_as<Parameter, mask, true, false>(dx, dr, dy, x, y, p, q, stream, loop);
    } else if (dr) {
        grad_as<Parameter, mask, false, true>(dx, dr, dy, x, y, p, q, stream, loop);
    }
}

template <class Parameter, class Loop>
FOV_INLINE void grad(float *dx, float *dr, const float *dy, const float *x, const float *y, const norm_apply &p, const norm_grad &q,
                     int mask, bool stream, Loop loop) {
    if (mask == MASK_NONE) {
        grad_to<Parameter, MASK_NONE>(dx, dr, dy, x, y, p, q, stream, loop);
    } else if (mask == MASK_X) {
        grad_to<Parameter, MASK_X>(dx, dr, dy, x, y, p, q, stream, loop);
    } else {
        grad_to<Parameter, MASK_Y>(dx, dr, dy, x, y, p, q, stream, loop);
    }
}

void grad_lanes(float *dx, float *dr, const float *dy, const float *x, const float *y, const norm_apply &p, const norm_grad &q, int mask,
                const norm_span &s) {
    grad<lane_parameters>(dx, dr, dy, x, y, p, q, mask, s.stream,
                          [&](auto body) FOV_LAMBDA { over_rows(s, [&](i64 i, int g, int, int k) FOV_LAMBDA { body(i, g, k); }); });
}

void grad_run(float *dx, float *dr, const float *dy, const float *x, const float *y, const norm_apply &p, const norm_grad &q, int mask,
              const norm_span &s) {
    grad<run_parameter>(dx, dr, dy, x, y, p, q, mask, s.stream,
                        [&](auto body) FOV_LAMBDA { over_run(s, [&](i64 i, int, int k) FOV_LAMBDA { body(i, 0, k); }); });
}

}  // namespace

extern const norm_kernels FOV_TABLE(norm);
const norm_kernels FOV_TABLE(norm) = {stats_lanes, stats_run, apply_lanes, apply_run, reduce_lanes, reduce_run, grad_lanes, grad_run};

}  // namespace fov
