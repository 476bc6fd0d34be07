// x [z][y][x][16] -> y [z][y][x][16]. A window's sum is made in the order of its taps, divided by one multiplication with the
// reciprocal of its count: exact where the count is a power of two.
#include "pool_avg.h"

#include "../stores.h"
#include "pool_windows.h"

namespace fov {
namespace {

template <class Taps>
FOV_INLINE vf window_sum(const float *x, const pool_geometry &g, Taps taps) {
    vf sum = zero();
    taps.each(g, [&](i64 at, int) FOV_LAMBDA { sum += load(x + at); });
    return sum;
}

void forward(float *y, const float *x, const pool_geometry &g, i64 row, i64 end) {
    outputs(g, row, end, [&](i64 out, auto taps, float weight) FOV_LAMBDA {
        const vf w = set1(weight);
        for (int lane = 0; lane < 16; lane += W) store_either(y + 16 * out + lane, window_sum(x + lane, g, taps) * w, g.stream);
    });
    if (g.stream) stream_fence();
}

// Windows that lie side by side: a row of gradients is spread over S neighbours each.
template <int S>
FOV_INLINE bool lies_side_by_side(const pool_axis &a) {
    return a.taps == S && a.stride == S && a.dilation == 1 && a.padding == 0 && a.in == S * a.out && a.inner == 0 && a.inner_end == a.in;
}

template <int S>
FOV_INLINE void spread_row(float *dx, const float *dy, float weight, i64 n, bool stream) {
    const vf w = set1(weight);
    for (i64 x = 0; x < n; x++)
        for (int lane = 0; lane < 16; lane += W) {
            const vf d = load(dy + 16 * x + lane) * w;
#pragma GCC unroll 4
            for (int j = 0; j < S; j++) store_either(dx + 16 * (S * x + j) + lane, d, stream);
        }
}

template <int S>
void spread_rows(float *dx, const float *dy, const pool_geometry &g, i64 row, i64 end) {
    for (i64 r = row; r < end; r++) {
        const i64 z = g.z.reader_out[r / g.y.in], y = g.y.reader_out[r % g.y.in];
        const float count = static_cast<float>(g.z.count[z]) * static_cast<float>(g.y.count[y]) * static_cast<float>(g.x.count[0]);
        spread_row<S>(dx + 16 * r * g.x.in, dy + 16 * (z * g.y.out + y) * g.x.out, 1 / count, g.x.out, g.stream);
    }
    if (g.stream) stream_fence();
}

void backward(float *dx, const float *dy, const pool_geometry &g, i64 row, i64 end) {
    const bool planes = g.z.in == 1 && g.z.out == 1 && g.z.inner_end == 1;
    if (planes && lies_side_by_side<2>(g.y) && lies_side_by_side<2>(g.x)) return spread_rows<2>(dx, dy, g, row, end);
    inputs(g, row, end, [&](i64 in, auto readers) FOV_LAMBDA {
        for (int lane = 0; lane < 16; lane += W) {
            vf d = zero();
            readers.each(g, [&](i64 out, int, float weight) FOV_LAMBDA { d = fma(load(dy + out + lane), set1(weight), d); });
            store_either(dx + 16 * in + lane, d, g.stream);
        }
    });
    if (g.stream) stream_fence();
}

void scaled_forward(float *y, float *sums, const float *x, const float *coefficient, const float *bias, const pool_geometry &g, i64 row,
                    i64 end) {
    outputs(g, row, end, [&](i64 out, auto taps, float) FOV_LAMBDA {
        for (int lane = 0; lane < 16; lane += W) {
            const vf sum = window_sum(x + lane, g, taps);
            if (sums) store(sums + 16 * out + lane, sum);
            store(y + 16 * out + lane, fma(load(coefficient + lane), sum, load(bias + lane)));
        }
    });
}

void scaled_backward(float *dx, const float *dy, const float *coefficient, const pool_geometry &g, i64 row, i64 end) {
    inputs(g, row, end, [&](i64 in, auto readers) FOV_LAMBDA {
        for (int lane = 0; lane < 16; lane += W) {
            vf d = zero();
            readers.each(g, [&](i64 out, int, float) FOV_LAMBDA { d += load(dy + out + lane); });
            store(dx + 16 * in + lane, d * load(coefficient + lane));
        }
    });
}

// Four sums side by side, so that an addition need not wait for the one before.
float total(const float *x, float scale, i64 n) {
    vf s[4] = {};
    i64 i = 0;
    for (; i + 4 * W <= n; i += 4 * W)
        for (int k = 0; k < 4; k++) s[k] += load(x + i + k * W);
    vf rest = zero(), *out = &rest;
    for_lanes(i, n, [=](i64 at, int k) FOV_LAMBDA { *out += load_lanes(x + at, k); });
    return sum(((s[0] + s[1]) + (s[2] + s[3])) + rest) * scale;
}

void total_lanes(float *y, const float *x, float scale, i64 n) {
    for (int lane = 0; lane < 16; lane += W) {
        vf s[4] = {};
        i64 i = 0;
        for (; i + 4 <= n; i += 4)
            for (int k = 0; k < 4; k++) s[k] += load(x + 16 * (i + k) + lane);
        for (; i < n; i++) s[0] += load(x + 16 * i + lane);
        store(y + lane, ((s[0] + s[1]) + (s[2] + s[3])) * set1(scale));
    }
}

void spread(float *dx, float dy, float scale, i64 n) {
    const vf d = set1(dy * scale);
    for_lanes(0, n, [=](i64 i, int k) FOV_LAMBDA { store_lanes(dx + i, d, k); });
}

void spread_lanes(float *dx, const float *dy, float scale, i64 n) {
    for (int lane = 0; lane < 16; lane += W) {
        const vf d = load(dy + lane) * set1(scale);
        for (i64 i = 0; i < n; i++) store(dx + 16 * i + lane, d);
    }
}

}  // namespace

extern const pool_avg_kernels FOV_TABLE(pool_avg);
const pool_avg_kernels FOV_TABLE(pool_avg) = {forward, backward, scaled_forward, scaled_backward, total, total_lanes, spread, spread_lanes};

}  // namespace fov
