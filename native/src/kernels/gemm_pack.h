// Operands of matrix products brought into the order in which the inner loops read them.
#pragma once

namespace fov {

// k steps of `lanes` elements, lane i of step p being x[i * lane_stride + p * step_stride]. They are cut into parts, one behind the
// other in y, each [k][its width].
struct gemm_parts {
    long long lanes, k;
    // Either `tiles` parts of nearly equal width, part t beginning at lane lanes * t / tiles,
    long long tiles;
    // or, where that is 0, parts of `panel` lanes; the last one is as wide as needed, rounded up to whole vectors and filled with zeros.
    long long panel;
};

struct gemm_pack_kernels {
    void (*parts)(float *y, const float *x, long long lane_stride, long long step_stride, const gemm_parts &parts);
};

}  // namespace fov
