// Products that take their operands in bf16: stored so, or rounded on their way in. All sums are f32.
#pragma once
#include "gemm.h"

namespace fov {

// Whether rounding both operands of an f32 product makes it faster, or is asked for by the name "own:bf16".
bool rounding_pays(const fov_ctx &ctx, const product &p);
size_t gemm_bf16_workspace(const fov_ctx &ctx, const product &p);
// a and b hold bf16 where p.operands says so, else f32. The workspace is aligned to 64 bytes.
void gemm_bf16(const fov_ctx &ctx, const product &p, float *c, const void *a, const void *b, const float *bias, void *workspace);

}  // namespace fov
