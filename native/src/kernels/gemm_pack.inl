// y: parts [k][width], from k steps of lanes that lie anyhow in x; gemm_pack.h says how they are cut.
#include "gemm_pack.h"

#include "../simd.h"
#include "../gemm_transpose.h"

namespace fov {
namespace {

struct part {
    i64 first, lanes, width;
};

FOV_INLINE i64 count(const gemm_parts &g) { return g.tiles ? g.tiles : (g.lanes + g.panel - 1) / g.panel; }

FOV_INLINE part part_of(const gemm_parts &g, i64 t) {
    if (g.tiles) {
        const i64 first = g.lanes * t / g.tiles, lanes = g.lanes * (t + 1) / g.tiles - first;
        return {first, lanes, lanes};
    }
    const i64 lanes = min(g.panel, g.lanes - t * g.panel);
    return {t * g.panel, lanes, (lanes + W - 1) / W * W};
}

// The first `lanes` of v. What lies behind them is written later, so up to `room` anything may stand there: a masked store is slow.
FOV_INLINE void store_within(float *p, vf v, i64 lanes, i64 room) {
    if (room >= W) {
        store(p, v);
    } else {
        store(p, v, static_cast<int>(min(lanes, room)));
    }
}

// Lanes lie side by side. Steps outside, so that x is read in its own order, and asked for early: strides of whole pages defeat prefetchers.
void copy_steps(float *y, const float *x, i64 step_stride, const gemm_parts &g) {
    constexpr i64 at_once = 16;     // streams that are written side by side
    constexpr i64 steps_ahead = 6;  // more of them may fall into one set of the first cache
    const i64 n = count(g);
    for (i64 t0 = 0; t0 < n; t0 += at_once) {
        part q[at_once];
        float *to[at_once];
        const i64 some = min(at_once, n - t0);
        for (i64 t = 0; t < some; t++) {
            q[t] = part_of(g, t0 + t);
            to[t] = y + q[t].first * g.k;
        }
        const i64 first = q[0].first, end = q[some - 1].first + q[some - 1].lanes;
        for (i64 p = 0; p < g.k; p++) {
            for (i64 i = first; i < end; i += 16) __builtin_prefetch(x + (p + steps_ahead) * step_stride + i, 0, 3);
            for (i64 t = 0; t < some; t++) {
                const float *from = x + p * step_stride + q[t].first;
                const i64 lanes = q[t].lanes, width = q[t].width;
                i64 i = 0;
                for (; i + W <= lanes; i += W) store(to[t] + i, load(from + i));
                if (i < lanes) store_within(to[t] + i, load(from + i, static_cast<int>(lanes - i)), width - i, (g.k - p) * width - i);
                to[t] += width;
            }
        }
    }
}

// One W x W block, or less; `room` floats of the part begin at y.
FOV_INLINE void turn_block(float *y, i64 width, const float *x, i64 lane_stride, int lanes, int steps, i64 room) {
    vf r[W];
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) r[i] = i < lanes ? load_lanes(x + i * lane_stride, steps) : zero();
    transpose(r);
#pragma GCC unroll 16
    for (int p = 0; p < W; p++)
        if (p < steps) store_within(y + p * width, r[p], width, room - p * width);
}

// Steps lie side by side: W x W blocks are turned in registers. The last lanes come first: where a part is no whole number of vectors,
// they leave their rest on the first lanes of the next step.
void turn_steps(float *y, const float *x, i64 lane_stride, const gemm_parts &g) {
    for (i64 t = 0; t < count(g); t++) {
        const part q = part_of(g, t);
        for (i64 i = (q.lanes - 1) / W * W; i >= 0; i -= W) {
            const int lanes = static_cast<int>(min(W, q.lanes - i));
            const float *from = x + (q.first + i) * lane_stride;
            float *to = y + q.first * g.k + i;
            const i64 room = g.k * q.width - i;
            i64 p = 0;
            // Every row of a whole block has room for a whole vector.
            if (lanes == W)
                for (; p + W <= g.k; p += W) turn_block(to + p * q.width, q.width, from + p, lane_stride, W, W, W * W * W);
            for (; p < g.k; p += W)
                turn_block(to + p * q.width, q.width, from + p, lane_stride, lanes, static_cast<int>(min(W, g.k - p)), room - p * q.width);
        }
    }
}

void gather_steps(float *y, const float *x, i64 lane_stride, i64 step_stride, const gemm_parts &g) {
    for (i64 t = 0; t < count(g); t++) {
        const part q = part_of(g, t);
        for (i64 p = 0; p < g.k; p++)
            for (i64 i = 0; i < q.width; i++)
                y[q.first * g.k + p * q.width + i] = i < q.lanes ? x[(q.first + i) * lane_stride + p * step_stride] : 0;
    }
}

void parts(float *y, const float *x, i64 lane_stride, i64 step_stride, const gemm_parts &g) {
    if (lane_stride == 1) return copy_steps(y, x, step_stride, g);
    if (step_stride == 1) return turn_steps(y, x, lane_stride, g);
    gather_steps(y, x, lane_stride, step_stride, g);
}

}  // namespace

extern const gemm_pack_kernels FOV_TABLE(gemm_pack);
const gemm_pack_kernels FOV_TABLE(gemm_pack) = {parts};

}  // namespace fov
