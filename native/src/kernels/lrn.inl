// x, y, dx, dy: positions of all channels of one image. With s_c = the sum of x^2 over the window of c and d_c = k + a s_c:
//   y_c = x_c d_c^-beta
//   dx_c = dy_c d_c^-beta - 2 a beta x_c * (the sum of dy_j x_j d_j^(-beta - 1) over the j whose windows hold c)
// Sums are made anew for every channel: one that slides would carry the rounding of what left it.
#include "lrn.h"

#include "../vmath.h"
#include "../vroots.h"

namespace fov {
namespace {

enum { ANY_POWER, THREE_QUARTERS };

struct powers {
    vf low, high;  // d^-beta, d^(-beta - 1)
};

template <int power>
FOV_INLINE powers powers_of(vf sum, const lrn_params &p) {
    const vf d = fma(set1(p.a), sum, set1(p.k));
    if constexpr (power == THREE_QUARTERS) {
        const vf r = reciprocal_sqrt(d);
#if defined(FOV_ISA_AVX512)
        // A square root would take longer than all the rest. The product is no number where r is 0 or infinite, and r is right.
        const vf product = r * r * reciprocal_sqrt(r), low = select((r > zero()) & (r < set1(infinity)), product, r);
#else
        const vf low = r * sqrt(r);
#endif
        return {low, low * r * r};
    } else {
        const vf l = log(d), low = exp(set1(-p.beta) * l);
        return {low, low / d};
    }
}

// q[-before .. n + after) of lines of `step` floats: zero at both ends.
FOV_INLINE void clear(float *q, i64 n) {
    for (i64 i = 0; i < n; i++) q[i] = 0;
}

FOV_INLINE vf window_sum(const float *q, i64 step, int size) {
    vf s = load(q);
    for (int t = 1; t < size; t++) s += load(q + t * step);
    return s;
}

template <int power>
FOV_INLINE void strided_forward_as(float *y, const float *x, float *scratch, i64 channels, i64 stride, i64 n, const lrn_params &p) {
    const i64 before = p.size / 2, after = p.size - 1 - before;
    clear(scratch, before * W);
    clear(scratch + (before + channels) * W, after * W);
    for_lanes(0, n, [&](i64 i, int k) FOV_LAMBDA {
        for (i64 c = 0; c < channels; c++) {
            const vf v = load_lanes(x + c * stride + i, k);
            store(scratch + (before + c) * W, v * v);
        }
        for (i64 c = 0; c < channels; c++) {
            const vf s = window_sum(scratch + c * W, W, p.size);
            store_lanes(y + c * stride + i, load_lanes(x + c * stride + i, k) * powers_of<power>(s, p).low, k);
        }
    });
}

template <int power>
FOV_INLINE void strided_backward_as(float *dx, const float *dy, const float *x, float *scratch, i64 channels, i64 stride, i64 n,
                                    const lrn_params &p) {
    const i64 before = p.size / 2, after = p.size - 1 - before;
    float *q = scratch, *r = scratch + (channels + p.size) * W;
    const vf factor = set1(-2 * p.a * p.beta);
    clear(q, before * W);
    clear(q + (before + channels) * W, after * W);
    clear(r, after * W);
    clear(r + (after + channels) * W, before * W);
    for_lanes(0, n, [&](i64 i, int k) FOV_LAMBDA {
        for (i64 c = 0; c < channels; c++) {
            const vf v = load_lanes(x + c * stride + i, k);
            store(q + (before + c) * W, v * v);
        }
        // dx waits as dy d^-beta in the place of the squares that no later window needs.
        for (i64 c = 0; c < channels; c++) {
            const powers d = powers_of<power>(window_sum(q + c * W, W, p.size), p);
            const vf g = load_lanes(dy + c * stride + i, k);
            store(r + (after + c) * W, g * load_lanes(x + c * stride + i, k) * d.high);
            store(q + c * W, g * d.low);
        }
        for (i64 c = 0; c < channels; c++) {
            const vf t = window_sum(r + c * W, W, p.size);
            store_lanes(dx + c * stride + i, fma(factor * load_lanes(x + c * stride + i, k), t, load(q + c * W)), k);
        }
        clear(q, before * W);
    });
}

template <int power>
FOV_INLINE void blocked_forward_as(float *y, const float *x, float *scratch, i64 blocks, i64 stride, i64 n, const lrn_params &p) {
    const i64 before = p.size / 2, line = lrn_line(blocks, p.size);
    clear(scratch, 16 * line);
    // 16 positions at a time: a vector that spans two others is read long after these were written.
    for (i64 first = 0; first < n; first += 16) {
        const i64 many = min(16, n - first);
        for (i64 b = 0; b < blocks; b++)
            for (i64 i = 0; i < many; i++)
                for (int lane = 0; lane < 16; lane += W) {
                    const vf v = load(x + b * stride + (first + i) * 16 + lane);
                    store(scratch + i * line + before + b * 16 + lane, v * v);
                }
        for (i64 b = 0; b < blocks; b++)
            for (i64 i = 0; i < many; i++)
                for (int lane = 0; lane < 16; lane += W) {
                    const i64 at = b * stride + (first + i) * 16 + lane;
                    const vf s = window_sum(scratch + i * line + b * 16 + lane, 1, p.size);
                    store(y + at, load(x + at) * powers_of<power>(s, p).low);
                }
    }
}

template <int power>
FOV_INLINE void blocked_backward_as(float *dx, const float *dy, const float *x, float *scratch, i64 blocks, i64 stride, i64 n,
                                    const lrn_params &p) {
    const i64 before = p.size / 2, after = p.size - 1 - before, line = lrn_line(blocks, p.size);
    float *q = scratch, *r = scratch + 16 * line, *g = scratch + 32 * line;
    const vf factor = set1(-2 * p.a * p.beta);
    clear(q, 32 * line);
    for (i64 first = 0; first < n; first += 16) {
        const i64 many = min(16, n - first);
        const auto each = [&](auto body) FOV_LAMBDA {
            for (i64 b = 0; b < blocks; b++)
                for (i64 i = 0; i < many; i++)
                    for (int lane = 0; lane < 16; lane += W) body(b * stride + (first + i) * 16 + lane, i * line + b * 16 + lane);
        };
        each([&](i64 at, i64 l) FOV_LAMBDA {
            const vf v = load(x + at);
            store(q + before + l, v * v);
        });
        each([&](i64 at, i64 l) FOV_LAMBDA {
            const powers d = powers_of<power>(window_sum(q + l, 1, p.size), p);
            const vf up = load(dy + at);
            store(r + after + l, up * load(x + at) * d.high);
            store(g + l, up * d.low);
        });
        each([&](i64 at, i64 l) FOV_LAMBDA { store(dx + at, fma(factor * load(x + at), window_sum(r + l, 1, p.size), load(g + l))); });
    }
}

FOV_INLINE bool three_quarters(const lrn_params &p) { return p.beta == 0.75f; }

void strided_forward(float *y, const float *x, float *scratch, i64 channels, i64 stride, i64 n, const lrn_params &p) {
    if (three_quarters(p)) return strided_forward_as<THREE_QUARTERS>(y, x, scratch, channels, stride, n, p);
    strided_forward_as<ANY_POWER>(y, x, scratch, channels, stride, n, p);
}

void strided_backward(float *dx, const float *dy, const float *x, float *scratch, i64 channels, i64 stride, i64 n, const lrn_params &p) {
    if (three_quarters(p)) return strided_backward_as<THREE_QUARTERS>(dx, dy, x, scratch, channels, stride, n, p);
    strided_backward_as<ANY_POWER>(dx, dy, x, scratch, channels, stride, n, p);
}

void blocked_forward(float *y, const float *x, float *scratch, i64 blocks, i64 stride, i64 n, const lrn_params &p) {
    if (three_quarters(p)) return blocked_forward_as<THREE_QUARTERS>(y, x, scratch, blocks, stride, n, p);
    blocked_forward_as<ANY_POWER>(y, x, scratch, blocks, stride, n, p);
}

void blocked_backward(float *dx, const float *dy, const float *x, float *scratch, i64 blocks, i64 stride, i64 n, const lrn_params &p) {
    if (three_quarters(p)) return blocked_backward_as<THREE_QUARTERS>(dx, dy, x, scratch, blocks, stride, n, p);
    blocked_backward_as<ANY_POWER>(dx, dy, x, scratch, blocks, stride, n, p);
}

void square(float *y, const float *x, i64 begin, i64 end) {
    for_lanes(begin, end, [=](i64 i, int k) FOV_LAMBDA {
        const vf v = load_lanes(x + i, k);
        store_lanes(y + i, v * v, k);
    });
}

void scale(float *y, const float *x, const float *sum, const lrn_params &p, i64 begin, i64 end) {
    for_lanes(begin, end, [&](i64 i, int k) FOV_LAMBDA {
        store_lanes(y + i, load_lanes(x + i, k) * powers_of<ANY_POWER>(load_lanes(sum + i, k), p).low, k);
    });
}

void ratio(float *r, const float *dy, const float *x, const float *sum, const lrn_params &p, i64 begin, i64 end) {
    for_lanes(begin, end, [&](i64 i, int k) FOV_LAMBDA {
        store_lanes(r + i, load_lanes(dy + i, k) * load_lanes(x + i, k) * powers_of<ANY_POWER>(load_lanes(sum + i, k), p).high, k);
    });
}

void grad(float *dx, const float *dy, const float *x, const float *sum, const float *t, const lrn_params &p, i64 begin, i64 end) {
    const vf factor = set1(-2 * p.a * p.beta);
    for_lanes(begin, end, [&](i64 i, int k) FOV_LAMBDA {
        const vf through = load_lanes(dy + i, k) * powers_of<ANY_POWER>(load_lanes(sum + i, k), p).low;
        store_lanes(dx + i, fma(factor * load_lanes(x + i, k), load_lanes(t + i, k), through), k);
    });
}

}  // namespace

extern const lrn_kernels FOV_TABLE(lrn);
const lrn_kernels FOV_TABLE(lrn) = {strided_forward, strided_backward, blocked_forward, blocked_backward, square, scale, ratio, grad};

}  // namespace fov
