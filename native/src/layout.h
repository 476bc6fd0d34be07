// The extents that layouts care about: n, c, and s for everything behind them.
#pragma once
#include <algorithm>

#include "error.h"

namespace fov {

struct extents {
    fov_i64 n = 1, c = 1, s = 1;

    explicit extents(const fov_shape &shape) {
        require(shape.rank >= 0 && shape.rank <= FOV_MAX_RANK, "rank %d is not 0 to %d", shape.rank, FOV_MAX_RANK);
        if (shape.rank > 0) n = shape.dim[0];
        if (shape.rank > 1) c = shape.dim[1];
        for (int32_t i = 2; i < shape.rank; i++) s *= shape.dim[i];
    }

    fov_i64 channel_blocks() const { return (c + 15) / 16; }
    fov_i64 batch_blocks() const { return (n + 15) / 16; }

    fov_i64 elements(int32_t layout) const {
        if (layout == FOV_C16) return n * channel_blocks() * s * 16;
        if (layout == FOV_N16) return batch_blocks() * c * s * 16;
        return n * c * s;
    }
};

}  // namespace fov
