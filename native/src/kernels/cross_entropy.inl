#include "cross_entropy.h"

#include "../vsoftmax.h"

namespace fov {
namespace {

FOV_INLINE vi lane_numbers() {
    vi lane;
    for (int i = 0; i < W; i++) lane[i] = i;
    return lane;
}

// q[k .. k + lanes) of row r; 0 in the lanes behind
FOV_INLINE vf row_targets(const cross_entropy_part &part, i64 r, i64 k, int lanes) {
    const vf t = part.ids ? select(lane_numbers() == part.ids[r] - static_cast<int32_t>(k), set1(1), zero())
                          : load_lanes(part.t + r * part.c + k, lanes);
    const vf q = fma(set1(part.keep), t, set1(part.spread));
    return (part.w ? load_lanes(part.w + k, lanes) : select(first_lanes(lanes), set1(1), zero())) * q;
}

// q[k] of columns [i, i + lanes)
FOV_INLINE vf column_targets(const cross_entropy_part &part, i64 i, i64 k, int lanes) {
    const vf t = part.ids ? select(load(part.ids + i, lanes) == static_cast<int32_t>(k), set1(1), zero())
                          : load_lanes(part.t + i + k * part.s, lanes);
    return set1(part.w ? part.w[k] : 1) * fma(set1(part.keep), t, set1(part.spread));
}

void forward_rows(float *loss, const cross_entropy_part &part, i64 begin, i64 end) {
    const i64 c = part.c;
    for (i64 r = begin; r < end; r++) {
        const float *x = part.x + r * c;
        part.m[r] = part.l[r] = 0;
        if (part.log_probabilities) continue;
        const float largest = row_max(x, c);
        const vf m = set1(largest);
        vf total = zero();
        vf *out = &total;
        for_lanes(0, c, [=](i64 k, int lanes) FOV_LAMBDA { *out += exp(load_lanes(x + k, lanes, -infinity) - m); });
        part.m[r] = largest;
        part.l[r] = sum(total);
    }
    if (!part.log_probabilities)
        for_lanes(begin, end, [&](i64 r, int lanes) FOV_LAMBDA { store_lanes(part.l + r, log(load_lanes(part.l + r, lanes)), lanes); });
    for (i64 r = begin; r < end; r++) {
        const float *x = part.x + r * c;
        const vf m = set1(part.m[r]), l = set1(part.l[r]);
        vf sums[2] = {zero(), zero()};
        vf *out = sums;
        for_lanes(0, c, [&, out](i64 k, int lanes) FOV_LAMBDA {
            const vf q = row_targets(part, r, k, lanes);
            out[0] += q;
            // A class without weight counts as nothing even where its gap is infinite.
            out[1] += select(q == zero(), zero(), q * (l - (load_lanes(x + k, lanes) - m)));
        });
        part.q_sum[r] = sum(sums[0]);
        loss[r] = sum(sums[1]);
    }
}

void forward_columns(float *loss, const cross_entropy_part &part, i64 begin, i64 end) {
    const i64 c = part.c, s = part.s;
    for_lanes(begin, end, [&](i64 i, int lanes) FOV_LAMBDA {
        vf m = zero(), l = zero();
        if (!part.log_probabilities) {
            m = column_max(part.x + i, c, s, lanes);
            vf total = zero();
            for (i64 k = 0; k < c; k++) total += exp(load_lanes(part.x + i + k * s, lanes) - m);
            l = log(total);
        }
        vf q_sum = zero(), gap = zero();
        for (i64 k = 0; k < c; k++) {
            const vf q = column_targets(part, i, k, lanes);
            q_sum += q;
            gap += select(q == zero(), zero(), q * (l - (load_lanes(part.x + i + k * s, lanes) - m)));
        }
        store_lanes(part.m + i, m, lanes);
        store_lanes(part.l + i, l, lanes);
        store_lanes(part.q_sum + i, q_sum, lanes);
        store_lanes(loss + i, gap, lanes);
    });
}

void backward_rows(float *dx, float *dt, const float *g, const cross_entropy_part &part, i64 begin, i64 end) {
    const i64 c = part.c;
    for (i64 r = begin; r < end; r++) {
        const float *x = part.x + r * c;
        const vf m = set1(part.m[r]), l = set1(part.l[r]), gr = set1(g[r]), q_sum = set1(part.q_sum[r]);
        for_lanes(0, c, [&](i64 k, int lanes) FOV_LAMBDA {
            const vf score = (load_lanes(x + k, lanes) - m) - l;
            if (dx) {
                const vf q = row_targets(part, r, k, lanes);
                store_lanes(dx + r * c + k, gr * (part.log_probabilities ? -q : q_sum * exp(score) - q), lanes);
            }
            if (dt) store_lanes(dt + r * c + k, -gr * set1(part.keep) * (part.w ? load_lanes(part.w + k, lanes) : set1(1)) * score, lanes);
        });
    }
}

void backward_columns(float *dx, float *dt, const float *g, const cross_entropy_part &part, i64 begin, i64 end) {
    const i64 c = part.c, s = part.s;
    for_lanes(begin, end, [&](i64 i, int lanes) FOV_LAMBDA {
        const vf m = load_lanes(part.m + i, lanes), l = load_lanes(part.l + i, lanes), gi = load_lanes(g + i, lanes);
        const vf q_sum = load_lanes(part.q_sum + i, lanes);
        for (i64 k = 0; k < c; k++) {
            const vf score = (load_lanes(part.x + i + k * s, lanes) - m) - l;
            if (dx) {
                const vf q = column_targets(part, i, k, lanes);
                store_lanes(dx + i + k * s, gi * (part.log_probabilities ? -q : q_sum * exp(score) - q), lanes);
            }
            if (dt) store_lanes(dt + i + k * s, -gi * set1(part.keep * (part.w ? part.w[k] : 1)) * score, lanes);
        }
    });
}

}  // namespace

extern const cross_entropy_kernels FOV_TABLE(cross_entropy);
const cross_entropy_kernels FOV_TABLE(cross_entropy) = {forward_rows, forward_columns, backward_rows, backward_columns};

}  // namespace fov
