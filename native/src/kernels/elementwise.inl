// y, x, a, b: [begin, end) of plain arrays in any layout.
#include "elementwise.h"

#include "../simd.h"

namespace fov {
namespace {

void fill(float *y, float value, i64 begin, i64 end) {
    const vf v = set1(value);
    for_lanes(begin, end, [=](i64 i, int k) FOV_LAMBDA { store_lanes(y + i, v, k); });
}

void axpy(float *y, float a, const float *x, i64 begin, i64 end) {
    const vf va = set1(a);
    for_lanes(begin, end, [=](i64 i, int k) FOV_LAMBDA { store_lanes(y + i, fma(va, load_lanes(x + i, k), load_lanes(y + i, k)), k); });
}

void add(float *y, const float *a, const float *b, i64 begin, i64 end) {
    for_lanes(begin, end, [=](i64 i, int k) FOV_LAMBDA { store_lanes(y + i, load_lanes(a + i, k) + load_lanes(b + i, k), k); });
}

// max returns its second operand if either is NaN, so x comes second to let a NaN reach the loss.
void relu_forward(float *y, const float *x, i64 begin, i64 end) {
    for_lanes(begin, end, [=](i64 i, int k) FOV_LAMBDA { store_lanes(y + i, max(zero(), load_lanes(x + i, k)), k); });
}

void relu_backward(float *dx, const float *dy, const float *y, i64 begin, i64 end) {
    for_lanes(begin, end, [=](i64 i, int k) FOV_LAMBDA {
        store_lanes(dx + i, select(load_lanes(y + i, k) > zero(), load_lanes(dy + i, k), zero()), k);
    });
}

// x - x is 0 for finite x and NaN for the rest; a sum of such differences keeps a NaN once it is there.
bool all_finite(const float *x, i64 begin, i64 end) {
    vf bad = zero();
    vf *out = &bad;
    for_lanes(begin, end, [=](i64 i, int k) FOV_LAMBDA {
        const vf v = load_lanes(x + i, k);
        *out += v - v;
    });
    return sum(bad) == 0;
}

}  // namespace

extern const elementwise_kernels FOV_TABLE(elementwise);
const elementwise_kernels FOV_TABLE(elementwise) = {fill, axpy, add, relu_forward, relu_backward, all_finite};

}  // namespace fov
