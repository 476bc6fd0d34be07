// What softmax and cross-entropy have in common: the largest element of a row or column, which keeps exp from overflowing. Where it is
// infinite or some element is NaN, the differences to it are NaN and so is all that follows.
#pragma once
#include "vmath.h"

namespace fov {
namespace {

FOV_INLINE float row_max(const float *x, i64 c) {
    vf largest = set1(-infinity);
    vf *out = &largest;
    for_lanes(0, c, [=](i64 k, int lanes) FOV_LAMBDA { *out = max(*out, load_lanes(x + k, lanes, -infinity)); });
    return max_lane(largest);
}

FOV_INLINE vf column_max(const float *x, i64 c, i64 s, int lanes) {
    vf largest = load_lanes(x, lanes);
    for (i64 k = 1; k < c; k++) largest = max(largest, load_lanes(x + k * s, lanes));
    return largest;
}

}  // namespace
}  // namespace fov
