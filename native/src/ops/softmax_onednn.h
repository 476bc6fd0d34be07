#pragma once
#include "../onednn_pass.h"

namespace fov {

// oneDNN's pass, or null where our own kernels compute it.
onednn_ptr softmax_onednn(fov_ctx &ctx, bool logarithm, fov_i64 n, fov_i64 c, fov_i64 s, bool backward);

}  // namespace fov
