// What the two halves of own:direct share: how places look at a source of 16-channel blocks (or of plain planes).
#pragma once
#include "../parallel.h"
#include "geometry.h"

namespace fov::conv {

// Channels of one group, in whole blocks, cut into what register tiles hold: as few tiles as possible, of nearly equal width.
struct lane_groups {
    fov_i64 narrowest, units, count;
    lane_groups(fov_i64 channels, const conv_direct_kernels &k)
        : narrowest(k.narrowest), units((channels + 15) / 16 * 16 / narrowest), count((units * narrowest + k.lanes - 1) / k.lanes) {}
    fov_i64 begin(fov_i64 g) const { return units * g / count * narrowest; }
    int wide(fov_i64 g) const { return static_cast<int>(begin(g + 1) - begin(g)); }
    fov_i64 widest() const { return (units + count - 1) / count * narrowest; }
    // The group that holds a lane.
    fov_i64 of(fov_i64 lane) const { return ((lane / narrowest + 1) * count - 1) / units; }
    // Of element (row, first lane of the group) where every group is [row][wide] and has `rows` rows.
    fov_i64 offset(fov_i64 g, fov_i64 rows) const { return begin(g) * rows; }
};

// Lines of places, a block of lines at a time. The lines of the source that a block sees are copied to scratch memory with their
// padding, every `step`-th position apart from the others, so that neighbouring places always lie side by side; where nothing
// is padded and no position skipped they are read where they are.
struct view {
    phase f;
    bool plain, copies, one_line;  // one_line: a 1x1 filter without stride, for which the whole image is one line, cut anywhere
    int place;                     // floats from one place to the next
    fov_i64 width, lines;          // places of a line; lines of an image of one depth
    fov_i64 block_lines, line_blocks;
    std::vector<fov_i64> tap_offset;  // where each tap looks from a place, in floats
    fov_i64 line_step, source_block;  // floats from a line of places to the next, from a source block to the next
    fov_i64 scratch = 0;              // floats per source block

    // `blocks` source blocks are looked at together; `budget` bytes of scratch memory are welcome.
    view(const phase &set, bool plain_source, fov_i64 blocks, fov_i64 budget);

    fov_i64 depths() const { return f.grid.extent[0]; }
    fov_i64 units() const { return depths() * line_blocks; }
    // Unit u of an image: one depth, lines [begin, end).
    struct unit {
        fov_i64 depth, begin, end;
    };
    unit at(fov_i64 u) const {
        const fov_i64 b = u % line_blocks;
        return {u / line_blocks, lines * b / line_blocks, lines * (b + 1) / line_blocks};
    }
    fov_i64 places_of(fov_i64 line) const { return one_line ? std::min(width, f.places() - line * width) : width; }
    // Which taps see anything from a line: those outside of the image's height are left out where there is no depth.
    void seen(fov_i64 line, fov_i64 &tap_begin, fov_i64 &tap_end) const;

    // Brings what the unit sees of `blocks` source blocks to `to`; returns where the first place of the unit's first line looks.
    const float *bring(const conv_direct_kernels &k, const float *source, fov_i64 blocks, const unit &u, float *to) const;

  private:
    fov_i64 least[3], span[3], line_floats = 0, block_height = 0;
    conv_direct_line line{};
    std::vector<char> used_height, used_depth;
};

}  // namespace fov::conv
