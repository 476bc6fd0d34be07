// Batch and layer norm by oneDNN.
#pragma once
#include "../onednn_pass.h"

namespace fov {

// stats [2][count], ours: the mean and 1 / sqrt(variance + epsilon) of every channel, or row. Gradients that nobody wants are null.
struct norm_forward_data {
    float *y, *stats;
    const float *x, *gamma, *beta;
};
struct norm_backward_data {
    float *dx, *dgamma, *dbeta;
    const float *dy, *x, *gamma, *stats;
};

// oneDNN's pass, or null where our own kernels compute it. Not with an activation, which in oneDNN turns NaN into 0 and would hide a
// network that has diverged.
onednn_ptr batch_norm_onednn(fov_ctx &ctx, const fov_batch_norm &attrs, bool affine, bool backward);
onednn_ptr layer_norm_onednn(fov_ctx &ctx, fov_i64 rows, fov_i64 n, float epsilon, bool affine, bool backward);

// Runs it. Forward leaves mean and variance [count] in scratch memory, which it returns, and ours in `stats` where that is not null;
// `fixed` are statistics to use instead of the batch's, or null.
struct norm_statistics {
    const float *mean, *variance;
};
norm_statistics norm_forward_onednn(fov_ctx &ctx, const onednn_pass &pass, fov_i64 count, float epsilon, const norm_statistics *fixed,
                                    const norm_forward_data &d);
void norm_backward_onednn(fov_ctx &ctx, const onednn_pass &pass, fov_i64 count, const norm_backward_data &d);

}  // namespace fov
