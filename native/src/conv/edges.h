// What happens at the edges of a convolution: bias and activation behind it, their gradients before its own.
#pragma once
#include "../error.h"

namespace fov::conv {

// A tensor [n][c][size] in one of the layouts.
struct channels {
    fov_i64 n, c, size;
    int32_t layout;
};

// y += bias, += residual (either may be null), then the activation.
void finish(const fov_ctx &ctx, float *y, const float *bias, const float *residual, bool relu, const channels &shape);
// dz = dy where y > 0, else 0; db (null: not wanted) = the sum of dz over all but the channels.
void mask_gradient(const fov_ctx &ctx, float *dz, float *db, const float *dy, const float *y, const channels &shape);
// db = the sum of dy over all but the channels.
void bias_gradient(const fov_ctx &ctx, float *db, const float *dy, const channels &shape);

}  // namespace fov::conv
