// A pass as a sum over filter positions: which of them meet which places, and where they look.
#pragma once
#include <vector>

#include "conv.h"

namespace fov::conv {

// Places that the same filter positions meet. A forward pass is one such set. Seen from x, a stride s makes s sets per axis: every
// s-th position is met by every s-th position of the filter only, and within a set all strides are 1.
struct phase {
    conv_grid grid;
    std::vector<conv_tap> taps;
    std::vector<fov_i64> weight;  // of each tap: its position in the filter
    fov_i64 first[3], step[3];    // place j is element first + j * step of what the pass computes

    fov_i64 places() const { return grid.extent[0] * grid.extent[1] * grid.extent[2]; }
    bool contiguous() const { return step[0] == 1 && step[1] == 1 && step[2] == 1; }
    // Where place i lies.
    void locate(fov_i64 i, fov_i64 (&at)[3]) const {
        at[2] = i % grid.extent[2];
        at[1] = i / grid.extent[2] % grid.extent[1];
        at[0] = i / grid.extent[2] / grid.extent[1];
    }
};

// The phases of `forward` (which `weights` shares) or `data`. Together they cover every element of the result once.
std::vector<phase> phases(const problem &p, pass which);

}  // namespace fov::conv
