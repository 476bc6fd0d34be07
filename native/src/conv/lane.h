// Products of a matrix with images in lanes (layout N16).
#pragma once
#include "../context.h"

namespace fov::conv {

// `outputs` x `inputs` numbers, with the floats from one output, and from one input, to the next.
struct lane_matrix {
    const float *elements;
    fov_i64 outputs, inputs, between_outputs, between_inputs;
};

// y [blocks][outputs][16] = the matrix times x [blocks][inputs][16], plus a bias for each output, or null; relu of it if asked for.
void lane_products(fov_ctx &ctx, const lane_matrix &w, float *y, const float *x, const float *bias, bool relu, fov_i64 images);

}  // namespace fov::conv
