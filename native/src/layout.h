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

    bool has_padding(int32_t layout) const { return (layout == FOV_C16 && c % 16) || (layout == FOV_N16 && n % 16); }
};

// A result that no cache holds until it is read need not be fetched into one to be written. Vectors that are written past the caches
// are aligned: a plain tensor's planes are whole vectors.
inline bool outgrows_caches(const void *y, int32_t layout, const extents &e) {
    constexpr fov_i64 most_cached = 4 << 20;
    return e.elements(layout) >= most_cached && reinterpret_cast<uintptr_t>(y) % 64 == 0 && (layout != FOV_PLAIN || e.s % 16 == 0);
}

// Zero in those of the elements [begin, end) that are padding lanes; both are multiples of 16.
inline void clear_padding(float *y, int32_t layout, const extents &e, fov_i64 begin, fov_i64 end) {
    if (!e.has_padding(layout)) return;
    // The last block of each image (C16) or of the batch (N16) has lanes to spare.
    const fov_i64 period = e.elements(layout) / (layout == FOV_C16 ? e.n : 1);
    const fov_i64 block = layout == FOV_C16 ? e.s * 16 : e.c * e.s * 16;
    const fov_i64 used = (layout == FOV_C16 ? e.c : e.n) % 16;
    for (fov_i64 i = begin / period; i * period < end; i++) {
        const fov_i64 last = std::min(end, (i + 1) * period);
        for (fov_i64 row = std::max(begin, (i + 1) * period - block); row < last; row += 16) std::fill(y + row + used, y + row + 16, 0.0f);
    }
}

}  // namespace fov
