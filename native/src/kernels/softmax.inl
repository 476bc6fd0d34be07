#include "softmax.h"

#include "../vsoftmax.h"

namespace fov {
namespace {

void forward_rows(float *y, const float *x, bool logarithm, i64 c, i64 begin, i64 end) {
    for (i64 r = begin; r < end; r++) {
        const float *in = x + r * c;
        float *out = y + r * c;
        const vf largest = set1(row_max(in, c));
        vf total = zero();
        vf *sum_of = &total;
        for_lanes(0, c, [=](i64 k, int lanes) FOV_LAMBDA {
            const vf shifted = load_lanes(in + k, lanes, -infinity) - largest, e = exp(shifted);
            *sum_of += e;
            store_lanes(out + k, logarithm ? shifted : e, lanes);
        });
        const vf scale = logarithm ? log(set1(sum(total))) : set1(1 / sum(total));
        for_lanes(0, c, [=](i64 k, int lanes) FOV_LAMBDA {
            const vf v = load_lanes(out + k, lanes);
            store_lanes(out + k, logarithm ? v - scale : v * scale, lanes);
        });
    }
}

void forward_columns(float *y, const float *x, bool logarithm, i64 c, i64 s, i64 begin, i64 end) {
    for_lanes(begin, end, [=](i64 i, int lanes) FOV_LAMBDA {
        const vf largest = column_max(x + i, c, s, lanes);
        vf total = zero();
        for (i64 k = 0; k < c; k++) {
            const vf shifted = load_lanes(x + i + k * s, lanes) - largest, e = exp(shifted);
            total += e;
            store_lanes(y + i + k * s, logarithm ? shifted : e, lanes);
        }
        const vf scale = logarithm ? log(total) : set1(1) / total;
        for (i64 k = 0; k < c; k++) {
            const vf v = load_lanes(y + i + k * s, lanes);
            store_lanes(y + i + k * s, logarithm ? v - scale : v * scale, lanes);
        }
    });
}

// Softmax: dx = y (dy - sum(dy y)). Logarithm: dx = dy - e^y sum(dy).
void backward_rows(float *dx, const float *dy, const float *y, bool logarithm, i64 c, i64 begin, i64 end) {
    for (i64 r = begin; r < end; r++) {
        const float *g = dy + r * c, *out = y + r * c;
        float *in = dx + r * c;
        vf total = zero();
        vf *sum_of = &total;
        for_lanes(0, c, [=](i64 k, int lanes) FOV_LAMBDA {
            const vf v = load_lanes(g + k, lanes);
            *sum_of += logarithm ? v : v * load_lanes(out + k, lanes);
        });
        const vf all = set1(sum(total));
        for_lanes(0, c, [=](i64 k, int lanes) FOV_LAMBDA {
            const vf v = load_lanes(g + k, lanes), p = load_lanes(out + k, lanes);
            store_lanes(in + k, logarithm ? v - exp(p) * all : p * (v - all), lanes);
        });
    }
}

void backward_columns(float *dx, const float *dy, const float *y, bool logarithm, i64 c, i64 s, i64 begin, i64 end) {
    for_lanes(begin, end, [=](i64 i, int lanes) FOV_LAMBDA {
        vf all = zero();
        for (i64 k = 0; k < c; k++) {
            const vf v = load_lanes(dy + i + k * s, lanes);
            all += logarithm ? v : v * load_lanes(y + i + k * s, lanes);
        }
        for (i64 k = 0; k < c; k++) {
            const vf v = load_lanes(dy + i + k * s, lanes), p = load_lanes(y + i + k * s, lanes);
            store_lanes(dx + i + k * s, logarithm ? v - exp(p) * all : p * (v - all), lanes);
        }
    });
}

}  // namespace

extern const softmax_kernels FOV_TABLE(softmax);
const softmax_kernels FOV_TABLE(softmax) = {forward_rows, forward_columns, backward_rows, backward_columns};

}  // namespace fov
