// Max pooling over planes of 16 lanes; see pool_windows.h.
#pragma once
#include <stdint.h>

#include "pool_geometry.h"

namespace fov {

// How the place of the winner inside its window is kept for backward.
enum { OFFSETS_NONE = 0, OFFSETS_BYTE = 1, OFFSETS_WORD = 4 };

struct pool_max_kernels {
    // y [out][16], offsets [out][16], indices [out][16] or null: the winner's position in the plane, zero from lane `lanes` on.
    void (*forward)(float *y, int32_t *indices, void *offsets, int kind, const float *x, const pool_geometry &g, long long row,
                    long long end, int lanes);
    // dx [in][16] of the input rows [row, end)
    void (*backward)(float *dx, const float *dy, const void *offsets, int kind, const pool_geometry &g, long long row, long long end);
};

}  // namespace fov
