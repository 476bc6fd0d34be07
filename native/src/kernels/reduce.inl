#include "reduce.h"

#include "../vmath.h"

namespace fov {
namespace {

struct plain_f {
    static FOV_INLINE vf term(vf x, vf) { return x; }
};
struct squares_f {
    static FOV_INLINE vf term(vf x, vf p) {
        const vf d = x - p;
        return d * d;
    }
};
struct exponentials_f {
    static FOV_INLINE vf term(vf x, vf p) { return exp(x - p); }
};

// Four sums at a time: a single one would wait for its last addition.
template <class F>
float whole(const float *x, float p, i64 rows, i64 length, i64 stride) {
    const vf vp = set1(p);
    vf s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
    for (i64 r = 0; r < rows; r++, x += stride) {
        i64 i = 0;
        for (; i + 4 * W <= length; i += 4 * W) {
            s0 += F::term(load(x + i), vp);
            s1 += F::term(load(x + i + W), vp);
            s2 += F::term(load(x + i + 2 * W), vp);
            s3 += F::term(load(x + i + 3 * W), vp);
        }
        for (; i + W <= length; i += W) s0 += F::term(load(x + i), vp);
        if (i < length) {
            const int lanes = static_cast<int>(length - i);
            s1 += select(first_lanes(lanes), F::term(load(x + i, lanes), vp), zero());
        }
    }
    return sum((s0 + s1) + (s2 + s3));
}

template <class F>
void columns(float *total, const float *x, const float *p, i64 rows, i64 length, i64 stride) {
    i64 r = 0;
    for (; r + 8 <= rows; r += 8, x += 8 * stride)
        for_lanes(0, length, [=](i64 i, int lanes) FOV_LAMBDA {
            const vf vp = p ? load_lanes(p + i, lanes) : zero();
            vf t[8];
            for (int k = 0; k < 8; k++) t[k] = F::term(load_lanes(x + i + k * stride, lanes), vp);
            const vf added = ((t[0] + t[1]) + (t[2] + t[3])) + ((t[4] + t[5]) + (t[6] + t[7]));
            store_lanes(total + i, load_lanes(total + i, lanes) + added, lanes);
        });
    for (; r < rows; r++, x += stride)
        for_lanes(0, length, [=](i64 i, int lanes) FOV_LAMBDA {
            const vf vp = p ? load_lanes(p + i, lanes) : zero();
            store_lanes(total + i, load_lanes(total + i, lanes) + F::term(load_lanes(x + i, lanes), vp), lanes);
        });
}

struct largest_f {
    template <class T>
    static FOV_INLINE auto better(T x, T best) {
        return x > best;
    }
    static constexpr float worst = -infinity;
};
struct smallest_f {
    template <class T>
    static FOV_INLINE auto better(T x, T best) {
        return x < best;
    }
    static constexpr float worst = infinity;
};

template <class F>
FOV_INLINE vi wins(vf x, vf best) {
    return F::better(x, best) | ((x != x) & (best == best));
}

template <class F>
void best_whole(float *best, int32_t *index, const float *x, int32_t first, i64 rows, i64 length, i64 stride) {
    vi lane;
    for (int i = 0; i < W; i++) lane[i] = i;
    vf value = set1(*best);
    vi at = set1i(*index);
    vf *values = &value;
    vi *places = &at;
    for (i64 r = 0; r < rows; r++, x += stride) {
        const int32_t row = first + static_cast<int32_t>(r * length);
        for_lanes(0, length, [=](i64 i, int lanes) FOV_LAMBDA {
            const vf v = load_lanes(x + i, lanes, F::worst);
            const vi win = wins<F>(v, *values);
            *values = select(win, v, *values);
            *places = select(win, lane + (row + static_cast<int32_t>(i)), *places);
        });
    }
    // Every lane began with what was best before, so that wins only against what is better; of equals the first number is taken.
    float chosen = value[0];
    int32_t place = at[0];
    for (int i = 1; i < W; i++) {
        const float v = value[i];
        const bool both_nan = v != v && chosen != chosen;
        const bool wins_over = F::better(v, chosen) || (v != v && chosen == chosen);
        if (wins_over || ((v == chosen || both_nan) && at[i] < place)) chosen = v, place = at[i];
    }
    *best = chosen;
    *index = place;
}

template <class F>
void best_columns(float *best, int32_t *index, const float *x, int32_t first, i64 rows, i64 length, i64 stride) {
    for (i64 r = 0; r < rows; r++, x += stride)
        for_lanes(0, length, [=](i64 i, int lanes) FOV_LAMBDA {
            const vf v = load_lanes(x + i, lanes), old = load_lanes(best + i, lanes);
            const vi win = wins<F>(v, old);
            store_lanes(best + i, select(win, v, old), lanes);
            const vi places = lanes == W ? load(index + i) : load(index + i, lanes);
            store(index + i, select(win, set1i(first + static_cast<int32_t>(r)), places), lanes);
        });
}

}  // namespace

extern const reduce_kernels FOV_TABLE(reduce);
const reduce_kernels FOV_TABLE(reduce) = {{whole<plain_f>, whole<squares_f>, whole<exponentials_f>},
                                          {columns<plain_f>, columns<squares_f>, columns<exponentials_f>},
                                          {best_whole<largest_f>, best_whole<smallest_f>},
                                          {best_columns<largest_f>, best_columns<smallest_f>}};

}  // namespace fov
