// One parameter's update over a range of its elements.
#pragma once

namespace fov {

// fov_update of fovea.h, which kernel files cannot include: its names of instruction sets are theirs too.
struct update_row {
    float *w;
    const float *g;
    float *s0, *s1, *s2;
    const float *k;
};

struct optimizer_kernels {
    // Indexed by FOV_SGD and so on. `trust` multiplies the rate of LARS; the others ignore it.
    void (*update[10])(const update_row &row, long long begin, long long end, float scale, float limit, float trust);
    double (*sum_squares)(const float *x, long long begin, long long end, float scale, float limit);
};

}  // namespace fov
