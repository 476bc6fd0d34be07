#include "conv_edges.h"

#include "../simd.h"

namespace fov {
namespace {

constexpr int parts = 16 / W;  // vectors in a block

// max returns its second operand if either is NaN, so the sum comes second to let a NaN reach the loss.
FOV_INLINE vf finish(vf v, bool relu) { return relu ? max(zero(), v) : v; }

void bias_row(float *y, float bias, const float *residual, bool relu, i64 n) {
    const vf b = set1(bias);
    for_lanes(0, n, [=](i64 i, int k) FOV_LAMBDA {
        const vf v = load_lanes(y + i, k) + b;
        store_lanes(y + i, finish(residual ? v + load_lanes(residual + i, k) : v, relu), k);
    });
}

void bias_blocks(float *y, const float *bias, const float *residual, bool relu, i64 blocks) {
    for (int part = 0; part < parts; part++) {
        const vf b = load(bias + part * W);
        float *p = y + part * W;
        for (i64 i = 0; i < blocks; i++) {
            const vf v = load(p + i * 16) + b;
            store(p + i * 16, finish(residual ? v + load(residual + part * W + i * 16) : v, relu));
        }
    }
}

FOV_INLINE vf masked(const float *dy, const float *y, int k) {
    return y ? select(load_lanes(y, k) > zero(), load_lanes(dy, k), zero()) : load_lanes(dy, k);
}

float gradient_row(float *dz, const float *dy, const float *y, i64 n) {
    vf total = zero();
    vf *out = &total;
    for_lanes(0, n, [=](i64 i, int k) FOV_LAMBDA {
        const vf v = masked(dy + i, y ? y + i : nullptr, k);
        if (y) store_lanes(dz + i, v, k);
        *out += v;
    });
    return sum(total);
}

void gradient_blocks(float *sums, float *dz, const float *dy, const float *y, i64 blocks) {
    vf total[parts] = {};
    for (i64 i = 0; i < blocks * 16; i += 16)
        for (int part = 0; part < parts; part++) {
            const i64 at = i + part * W;
            const vf v = masked(dy + at, y ? y + at : nullptr, W);
            if (y) store(dz + at, v);
            total[part] += v;
        }
    for (int part = 0; part < parts; part++) store(sums + part * W, total[part]);
}

}  // namespace

extern const conv_edges_kernels FOV_TABLE(conv_edges);
const conv_edges_kernels FOV_TABLE(conv_edges) = {bias_row, bias_blocks, gradient_row, gradient_blocks};

}  // namespace fov
