// Bias and activation behind a convolution, and their gradients. A row is contiguous; a block is 16 lanes.
#pragma once

namespace fov {

struct conv_edges_kernels {
    // y[i] += bias, += residual[i] (null: none), then the activation; one bias for all elements.
    void (*bias_row)(float *y, float bias, const float *residual, bool relu, long long n);
    // The same with a bias per lane.
    void (*bias_blocks)(float *y, const float *bias, const float *residual, bool relu, long long blocks);
    // The sum of dy; where y is not null of dz = dy where y > 0, else 0.
    float (*gradient_row)(float *dz, const float *dy, const float *y, long long n);
    // The same lane by lane.
    void (*gradient_blocks)(float *sums, float *dz, const float *dy, const float *y, long long blocks);
};

}  // namespace fov
