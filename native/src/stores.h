// Stores that may go past the caches, for results too large to be found in one when they are read.
#pragma once
#include "simd.h"

namespace fov {
namespace {

// Past the caches if asked for: then y is a multiple of the vector, and a fence follows before others read it.
FOV_INLINE void store_either(float *y, vf v, bool stream) {
    if (stream) {
        store_stream(y, v);
    } else {
        store(y, v);
    }
}

}  // namespace
}  // namespace fov
