// w, g, s0, s1, s2: [begin, end) of plain arrays. Every update is one pass: each element is read and written once, whatever the
// number of states. fov_update in fovea.h says what the numbers k of each kind are.
#include "optimizer.h"

#include "../vroots.h"

namespace fov {
namespace {

// The gradient as all kinds see it. min and max give their second operand where either is NaN, so NaN reaches the weights and shows.
FOV_INLINE vf gradient(const float *g, int lanes, vf scale, vf limit) {
    return max(zero() - limit, min(limit, load_lanes(g, lanes) * scale));
}

void sgd(const update_row &row, i64 begin, i64 end, float scale, float limit, float) {
    float *w = row.w, *s0 = row.s0;
    const float *g = row.g;
    const vf rate = set1(row.k[0]), decay = set1(row.k[1]), momentum = set1(row.k[2]), keep = set1(row.k[3]);
    const vf vs = set1(scale), vl = set1(limit), nesterov = set1(row.k[4]);
    const bool ahead = row.k[4] != 0;
    if (!s0) {
        for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA {
            const vf x = load_lanes(w + i, n), d = fma(decay, x, gradient(g + i, n, vs, vl));
            store_lanes(w + i, x - rate * d, n);
        });
        return;
    }
    for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA {
        const vf x = load_lanes(w + i, n), d = fma(decay, x, gradient(g + i, n, vs, vl));
        const vf m = fma(momentum, load_lanes(s0 + i, n), keep * d);
        store_lanes(s0 + i, m, n);
        store_lanes(w + i, x - rate * (ahead ? fma(nesterov, m, d) : m), n);
    });
}

void adam(const update_row &row, i64 begin, i64 end, float scale, float limit, float) {
    float *w = row.w, *s0 = row.s0, *s1 = row.s1, *s2 = row.s2;
    const float *g = row.g;
    const vf rate = set1(row.k[0]), decay = set1(row.k[1]), shrink = set1(row.k[2]), c1 = set1(row.k[4]), b2 = set1(row.k[5]);
    const vf c2 = set1(row.k[6]), eps = set1(row.k[7]), root = set1(row.k[8]), vs = set1(scale), vl = set1(limit);
    for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA {
        const vf x = load_lanes(w + i, n), d = fma(decay, x, gradient(g + i, n, vs, vl));
        const vf m0 = load_lanes(s0 + i, n), m = fma(c1, d - m0, m0);
        vf v = fma(b2, load_lanes(s1 + i, n), c2 * d * d);
        store_lanes(s0 + i, m, n);
        store_lanes(s1 + i, v, n);
        if (s2) {
            v = max(load_lanes(s2 + i, n), v);
            store_lanes(s2 + i, v, n);
        }
        store_lanes(w + i, shrink * x - over_root(rate * m, v, root, eps), n);
    });
}

void rmsprop(const update_row &row, i64 begin, i64 end, float scale, float limit, float) {
    float *w = row.w, *s0 = row.s0, *s1 = row.s1, *s2 = row.s2;
    const float *g = row.g;
    const vf rate = set1(row.k[0]), decay = set1(row.k[1]), a = set1(row.k[2]), c = set1(row.k[3]), eps = set1(row.k[4]);
    const vf momentum = set1(row.k[5]), vs = set1(scale), vl = set1(limit);
    for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA {
        const vf x = load_lanes(w + i, n), d = fma(decay, x, gradient(g + i, n, vs, vl));
        vf v = fma(a, load_lanes(s0 + i, n), c * d * d);
        store_lanes(s0 + i, v, n);
        if (s2) {
            const vf m0 = load_lanes(s2 + i, n), m = fma(c, d - m0, m0);
            store_lanes(s2 + i, m, n);
            v = max(zero(), v - m * m);  // a variance; rounding may take it below 0
        }
        vf step = over_root(d, v, set1(1), eps);
        if (s1) {
            step = fma(momentum, load_lanes(s1 + i, n), step);
            store_lanes(s1 + i, step, n);
        }
        store_lanes(w + i, x - rate * step, n);
    });
}

void adagrad(const update_row &row, i64 begin, i64 end, float scale, float limit, float) {
    float *w = row.w, *s0 = row.s0;
    const float *g = row.g;
    const vf rate = set1(row.k[0]), decay = set1(row.k[1]), eps = set1(row.k[2]), vs = set1(scale), vl = set1(limit);
    for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA {
        const vf x = load_lanes(w + i, n), d = fma(decay, x, gradient(g + i, n, vs, vl));
        const vf v = fma(d, d, load_lanes(s0 + i, n));
        store_lanes(s0 + i, v, n);
        store_lanes(w + i, x - over_root(rate * d, v, set1(1), eps), n);
    });
}

void adadelta(const update_row &row, i64 begin, i64 end, float scale, float limit, float) {
    float *w = row.w, *s0 = row.s0, *s1 = row.s1;
    const float *g = row.g;
    const vf rate = set1(row.k[0]), decay = set1(row.k[1]), a = set1(row.k[2]), c = set1(row.k[3]), eps = set1(row.k[4]);
    const vf vs = set1(scale), vl = set1(limit);
    for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA {
        const vf x = load_lanes(w + i, n), d = fma(decay, x, gradient(g + i, n, vs, vl));
        const vf v = fma(a, load_lanes(s0 + i, n), c * d * d), u = load_lanes(s1 + i, n);
        const vf step = sqrt(u + eps) / sqrt(v + eps) * d;
        store_lanes(s0 + i, v, n);
        store_lanes(s1 + i, fma(a, u, c * step * step), n);
        store_lanes(w + i, x - rate * step, n);
    });
}

void nadam(const update_row &row, i64 begin, i64 end, float scale, float limit, float) {
    float *w = row.w, *s0 = row.s0, *s1 = row.s1;
    const float *g = row.g;
    const vf rate = set1(row.k[0]), decay = set1(row.k[1]), shrink = set1(row.k[2]), c1 = set1(row.k[4]), b2 = set1(row.k[5]);
    const vf c2 = set1(row.k[6]), eps = set1(row.k[7]), root = set1(row.k[8]), rate_m = set1(row.k[9]);
    const vf vs = set1(scale), vl = set1(limit);
    for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA {
        const vf x = load_lanes(w + i, n), y = shrink * x, d = fma(decay, x, gradient(g + i, n, vs, vl));
        const vf m0 = load_lanes(s0 + i, n), m = fma(c1, d - m0, m0);
        const vf v = fma(b2, load_lanes(s1 + i, n), c2 * d * d);
        store_lanes(s0 + i, m, n);
        store_lanes(s1 + i, v, n);
        store_lanes(w + i, y - over_root(fma(rate, d, rate_m * m), v, root, eps), n);
    });
}

void lion(const update_row &row, i64 begin, i64 end, float scale, float limit, float) {
    float *w = row.w, *s0 = row.s0;
    const float *g = row.g;
    const vf rate = set1(row.k[0]), shrink = set1(row.k[1]), b1 = set1(row.k[2]), c1 = set1(row.k[3]), b2 = set1(row.k[4]);
    const vf c2 = set1(row.k[5]), vs = set1(scale), vl = set1(limit);
    for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA {
        const vf x = load_lanes(w + i, n), d = gradient(g + i, n, vs, vl), m = load_lanes(s0 + i, n);
        const vf u = fma(b1, m, c1 * d);
        // The last operand keeps 0 at 0 and NaN at NaN.
        const vf sign = select(u > zero(), set1(1), select(u < zero(), set1(-1), u));
        store_lanes(s0 + i, fma(b2, m, c2 * d), n);
        store_lanes(w + i, shrink * x - rate * sign, n);
    });
}

void lars(const update_row &row, i64 begin, i64 end, float scale, float limit, float trust) {
    float *w = row.w, *s0 = row.s0;
    const float *g = row.g;
    const vf rate = set1(row.k[0] * trust), decay = set1(row.k[1]), momentum = set1(row.k[2]), vs = set1(scale), vl = set1(limit);
    for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA {
        const vf x = load_lanes(w + i, n), d = fma(decay, x, gradient(g + i, n, vs, vl));
        const vf m = fma(momentum, load_lanes(s0 + i, n), rate * d);
        store_lanes(s0 + i, m, n);
        store_lanes(w + i, x - m, n);
    });
}

void average(const update_row &row, i64 begin, i64 end, float, float, float) {
    float *w = row.w;
    const float *g = row.g;
    const vf rate = set1(row.k[0]);
    for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA {
        const vf x = load_lanes(w + i, n);
        store_lanes(w + i, fma(rate, load_lanes(g + i, n) - x, x), n);
    });
}

void clip(const update_row &row, i64 begin, i64 end, float scale, float limit, float) {
    float *w = row.w;
    const float *g = row.g;
    const vf vs = set1(scale), vl = set1(limit);
    for_lanes(begin, end, [=](i64 i, int n) FOV_LAMBDA { store_lanes(w + i, gradient(g + i, n, vs, vl), n); });
}

// Short float sums, joined in double: the error stays that of a few additions whatever the length.
double sum_squares(const float *x, i64 begin, i64 end, float scale, float limit) {
    const vf vs = set1(scale), vl = set1(limit);
    double total = 0;
    for (i64 block = begin; block < end; block += 16 * W) {
        vf s = zero();
        vf *out = &s;
        for_lanes(block, min(end, block + 16 * W), [=](i64 i, int n) FOV_LAMBDA {
            const vf v = gradient(x + i, n, vs, vl);
            *out = fma(v, v, *out);
        });
        total += sum(s);
    }
    return total;
}

}  // namespace

extern const optimizer_kernels FOV_TABLE(optimizer);
const optimizer_kernels FOV_TABLE(optimizer) = {{sgd, adam, rmsprop, adagrad, adadelta, nadam, lion, lars, average, clip}, sum_squares};

}  // namespace fov
