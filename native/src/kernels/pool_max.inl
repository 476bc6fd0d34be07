// x [z][y][x][16] -> y [z][y][x][16]: the first of equal maxima wins, padding never does, and NaN wins over everything.
#include "pool_max.h"

#include "../stores.h"
#include "bytes.h"
#include "pool_windows.h"

namespace fov {
namespace {

struct winner {
    vf value;
    vi tap, place;
};

// Of several NaN the last wins. Slow, and rare: only where the sum of a window is NaN.
template <class Taps>
__attribute__((noinline)) winner careful_max(const float *x, const pool_geometry &g, Taps taps) {
    winner best{load(x + taps.first(g)), set1i(taps.first_tap(g)), set1i(static_cast<int32_t>(taps.first(g) / 16))};
    taps.each(g, [&](i64 at, int tap) FOV_LAMBDA {
        const vf v = load(x + at);
        const vi better = (v > best.value) | (v != v);
        best.value = select(better, v, best.value);
        best.tap = select(better, set1i(tap), best.tap);
        best.place = select(better, set1i(static_cast<int32_t>(at / 16)), best.place);
    });
    return best;
}

template <class Offset, bool keep, bool place>
FOV_INLINE void forward_as(float *y, int32_t *indices, Offset *offsets, const float *x, const pool_geometry &g, i64 row, i64 end,
                           int lanes) {
    outputs(g, row, end, [&](i64 out, auto taps, float) FOV_LAMBDA {
        for (int lane = 0; lane < 16; lane += W) {
            const float *p = x + lane;
            winner best{load(p + taps.first(g)), set1i(taps.first_tap(g)), set1i(static_cast<int32_t>(taps.first(g) / 16))};
            vf total = zero();
            taps.each(g, [&](i64 at, int tap) FOV_LAMBDA {
                const vf v = load(p + at);
                const vi better = v > best.value;
                best.value = select(better, v, best.value);
                if constexpr (keep) best.tap = select(better, set1i(tap), best.tap);
                if constexpr (place) best.place = select(better, set1i(static_cast<int32_t>(at / 16)), best.place);
                total += v;
            });
            if (__builtin_expect(any_nan(total), 0)) best = careful_max(p, g, taps);
            const i64 o = 16 * out + lane;
            store_either(y + o, best.value, g.stream);
            if constexpr (keep) store_narrowed(offsets + o, best.tap);
            if constexpr (place) store(indices + o, best.place & lanes_below(lanes, lane));
        }
    });
    if (g.stream) stream_fence();
}

template <class Offset, bool keep>
void forward_with(float *y, int32_t *indices, void *offsets, const float *x, const pool_geometry &g, i64 row, i64 end, int lanes) {
    if (indices) {
        forward_as<Offset, keep, true>(y, indices, static_cast<Offset *>(offsets), x, g, row, end, lanes);
    } else {
        forward_as<Offset, keep, false>(y, indices, static_cast<Offset *>(offsets), x, g, row, end, lanes);
    }
}

void forward(float *y, int32_t *indices, void *offsets, int kind, const float *x, const pool_geometry &g, i64 row, i64 end, int lanes) {
    if (kind == OFFSETS_NONE) {
        forward_with<uint8_t, false>(y, indices, offsets, x, g, row, end, lanes);
    } else if (kind == OFFSETS_BYTE) {
        forward_with<uint8_t, true>(y, indices, offsets, x, g, row, end, lanes);
    } else {
        forward_with<int32_t, true>(y, indices, offsets, x, g, row, end, lanes);
    }
}

// Each input collects from the outputs that it won, so that dx is written once and in order.
template <class Offset>
void backward_as(float *dx, const float *dy, const Offset *offsets, const pool_geometry &g, i64 row, i64 end) {
    inputs(g, row, end, [&](i64 in, auto readers) FOV_LAMBDA {
        for (int lane = 0; lane < 16; lane += W) {
            vf d = zero();
            readers.each(g, [&](i64 out, int tap, float) FOV_LAMBDA {
                d += select(load_widened(offsets + out + lane) == set1i(tap), load(dy + out + lane), zero());
            });
            store_either(dx + 16 * in + lane, d, g.stream);
        }
    });
    if (g.stream) stream_fence();
}

void backward(float *dx, const float *dy, const void *offsets, int kind, const pool_geometry &g, i64 row, i64 end) {
    if (kind == OFFSETS_BYTE) {
        backward_as(dx, dy, static_cast<const uint8_t *>(offsets), g, row, end);
    } else {
        backward_as(dx, dy, static_cast<const int32_t *>(offsets), g, row, end);
    }
}

}  // namespace

extern const pool_max_kernels FOV_TABLE(pool_max);
const pool_max_kernels FOV_TABLE(pool_max) = {forward, backward};

}  // namespace fov
