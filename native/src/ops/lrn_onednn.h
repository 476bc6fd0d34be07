#pragma once
#include "../onednn_pass.h"

namespace fov {

// oneDNN's pass, or null where our own kernels compute it: both passes are its, or none.
onednn_ptr lrn_onednn(fov_ctx &ctx, const fov_lrn &attrs, bool backward);

}  // namespace fov
