// x [z][y][x][16] -> y [z][y][x][16]
#include "pool_power.h"

#include "../vpow.h"
#include "bytes.h"
#include "pool_max.h"
#include "pool_windows.h"

namespace fov {
namespace {

// |x|^p and its root; sums of absolute values and of squares are worth loops of their own.
struct first_power {
    FOV_INLINE vf raise(vf x) const { return abs(x); }
    FOV_INLINE vf root(vf s) const { return s; }
    FOV_INLINE vf share(vf dy, vf y) const { return select(y == zero(), zero(), dy); }
    FOV_INLINE vf slope(vf x) const { return select(x == zero(), zero(), copy_sign(set1(1), x)); }
};
struct second_power {
    FOV_INLINE vf raise(vf x) const { return x * x; }
    FOV_INLINE vf root(vf s) const { return sqrt(s); }
    FOV_INLINE vf share(vf dy, vf y) const { return select(y == zero(), zero(), dy / y); }
    FOV_INLINE vf slope(vf x) const { return x; }
};
struct any_power {
    float p;
    FOV_INLINE vf raise(vf x) const { return pow(abs(x), set1(p)); }
    FOV_INLINE vf root(vf s) const { return pow(s, set1(1 / p)); }
    FOV_INLINE vf share(vf dy, vf y) const { return select(y == zero(), zero(), dy * pow(y, set1(1 - p))); }
    FOV_INLINE vf slope(vf x) const { return select(x == zero(), zero(), copy_sign(pow(abs(x), set1(p - 1)), x)); }
};

template <class F>
FOV_INLINE void with_power(float p, F f) {
    if (p == 1) {
        f(first_power{});
    } else if (p == 2) {
        f(second_power{});
    } else {
        f(any_power{p});
    }
}

void norm_forward(float *y, const float *x, float p, const pool_geometry &g, i64 row, i64 end) {
    with_power(p, [&](auto power) {
        outputs(g, row, end, [&](i64 out, auto taps, float) FOV_LAMBDA {
            for (int lane = 0; lane < 16; lane += W) {
                vf s = zero();
                taps.each(g, [&](i64 at, int) FOV_LAMBDA { s += power.raise(load(x + at + lane)); });
                store(y + 16 * out + lane, power.root(s));
            }
        });
    });
}

void norm_share(float *w, const float *dy, const float *y, float p, i64 begin, i64 end) {
    with_power(p, [&](auto power) {
        for_lanes(begin, end,
                  [&](i64 i, int k) FOV_LAMBDA { store_lanes(w + i, power.share(load_lanes(dy + i, k), load_lanes(y + i, k)), k); });
    });
}

void norm_backward(float *dx, const float *w, const float *x, float p, const pool_geometry &g, i64 row, i64 end) {
    with_power(p, [&](auto power) {
        inputs(g, row, end, [&](i64 in, auto readers) FOV_LAMBDA {
            for (int lane = 0; lane < 16; lane += W) {
                vf d = zero();
                readers.each(g, [&](i64 out, int, float) FOV_LAMBDA { d += load(w + out + lane); });
                store(dx + 16 * in + lane, d * power.slope(load(x + 16 * in + lane)));
            }
        });
    });
}

FOV_INLINE vf positive(vf x) { return max(zero(), x); }  // NaN stays

// The first element at which the sum so far passes u times the whole. Rounding may hide it: then the last positive one.
template <class Offset, bool keep>
FOV_INLINE void sample_as(float *y, Offset *offsets, const float *x, const float *uniform, const pool_geometry &g, i64 row, i64 end) {
    outputs(g, row, end, [&](i64 out, auto taps, float) FOV_LAMBDA {
        for (int lane = 0; lane < 16; lane += W) {
            const i64 o = 16 * out + lane;
            vf total = zero(), so_far = zero(), value = zero();
            vi tap_taken = set1i(-1), open = set1i(-1);
            taps.each(g, [&](i64 at, int) FOV_LAMBDA { total += positive(load(x + at + lane)); });
            const vf threshold = load(uniform + o) * total;
            taps.each(g, [&](i64 at, int tap) FOV_LAMBDA {
                const vf v = positive(load(x + at + lane));
                so_far += v;
                const vi candidate = open & (v > zero());
                value = select(candidate, v, value);
                tap_taken = select(candidate, set1i(tap), tap_taken);
                open &= ~(so_far > threshold);
            });
            store(y + o, select(total == total, value, total));
            if constexpr (keep) store_narrowed(offsets + o, tap_taken);
        }
    });
}

void sample(float *y, void *offsets, int kind, const float *x, const float *uniform, const pool_geometry &g, i64 row, i64 end) {
    if (kind == OFFSETS_NONE) {
        sample_as<uint8_t, false>(y, static_cast<uint8_t *>(offsets), x, uniform, g, row, end);
    } else if (kind == OFFSETS_BYTE) {
        sample_as<uint8_t, true>(y, static_cast<uint8_t *>(offsets), x, uniform, g, row, end);
    } else {
        sample_as<int32_t, true>(y, static_cast<int32_t *>(offsets), x, uniform, g, row, end);
    }
}

void expected_forward(float *y, float *sums, const float *x, const pool_geometry &g, i64 row, i64 end) {
    outputs(g, row, end, [&](i64 out, auto taps, float) FOV_LAMBDA {
        for (int lane = 0; lane < 16; lane += W) {
            vf s = zero(), squares = zero();
            taps.each(g, [&](i64 at, int) FOV_LAMBDA {
                const vf v = positive(load(x + at + lane));
                s += v;
                squares = fma(v, v, squares);
            });
            if (sums) store(sums + 16 * out + lane, s);
            store(y + 16 * out + lane, select(s == zero(), zero(), squares / s));
        }
    });
}

// Of squares / sum: (2 x - y) / sum
void expected_backward(float *dx, const float *dy, const float *y, const float *sums, const float *x, const pool_geometry &g, i64 row,
                       i64 end) {
    inputs(g, row, end, [&](i64 in, auto readers) FOV_LAMBDA {
        for (int lane = 0; lane < 16; lane += W) {
            const vf v = load(x + 16 * in + lane);
            vf d = zero();
            readers.each(g, [&](i64 out, int, float) FOV_LAMBDA {
                const vf slope = (v + v - load(y + out + lane)) / load(sums + out + lane);
                d = fma(load(dy + out + lane), slope, d);
            });
            store(dx + 16 * in + lane, select(v > zero(), d, zero()));
        }
    });
}

}  // namespace

extern const pool_power_kernels FOV_TABLE(pool_power);
const pool_power_kernels FOV_TABLE(pool_power) = {norm_forward, norm_share, norm_backward, sample, expected_forward, expected_backward};

}  // namespace fov
