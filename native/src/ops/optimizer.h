// The update of one parameter by pieces of its gradient.
#pragma once
#include "../error.h"

namespace fov {

// Refuses a sink that cannot take the gradient of `elements` elements.
void check_sink(const fov_sink &sink, fov_i64 elements);
// Updates elements [first, first + count) by their gradient g.
void update_piece(const fov_ctx &ctx, const fov_sink &sink, const float *g, fov_i64 first, fov_i64 count);

}  // namespace fov
