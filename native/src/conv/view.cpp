#include <algorithm>

#include "direct.h"

namespace fov::conv {

// Of an image that is one line, cut where tiles of 6 and 8 places end.
constexpr fov_i64 line_places = 192;

static bool sees_outside(const conv_grid &g, const conv_tap &t) {
    return t.low > 0 || t.high < g.extent[2] || t.h < 0 || (g.extent[1] - 1) * g.step[1] + t.h >= g.source[1] || t.d < 0 ||
           (g.extent[0] - 1) * g.step[0] + t.d >= g.source[0];
}

view::view(const phase &set, bool plain_source, fov_i64 blocks, fov_i64 budget) : f(set), plain(plain_source), place(plain ? 1 : 16) {
    const conv_grid g = f.grid;
    const auto outside = [&](const conv_tap &t) { return sees_outside(g, t); };
    copies = g.step[2] > 1 || std::any_of(f.taps.begin(), f.taps.end(), outside);
    one_line = !copies && f.contiguous() && f.taps.size() == 1 && g.step[0] * g.step[1] == 1 &&
               f.places() == g.source[0] * g.source[1] * g.source[2];
    if (one_line) {
        const fov_i64 all = f.places();
        width = std::min(all, line_places);
        lines = (all + width - 1) / width;
        f.grid.extent[0] = f.grid.extent[1] = 1;
        f.grid.extent[2] = all;
    } else {
        width = g.extent[2];
        lines = g.extent[1];
    }

    const auto ends = std::minmax_element(f.taps.begin(), f.taps.end(), [](const auto &a, const auto &b) { return a.w < b.w; });
    for (int axis = 0; axis < 3; axis++) {
        const auto along = [axis](const conv_tap &t) { return axis == 0 ? t.d : axis == 1 ? t.h : t.w; };
        fov_i64 low = f.taps.empty() ? 0 : along(*ends.first), high = low;
        for (const conv_tap &t : f.taps) {
            low = std::min(low, along(t));
            high = std::max(high, along(t));
        }
        least[axis] = low;
        span[axis] = high - low + 1;
    }
    source_block = g.source[0] * g.source[1] * g.source[2] * place;

    // As many lines as fit the budget, all blocks of lines alike.
    line = {least[2], g.source[2], g.step[2], width + (span[2] - 1) / g.step[2], 0};
    line_floats = line.step * line.length * place;
    const fov_i64 a_line = (copies ? span[0] * line_floats : width * place) * blocks, most = budget / 4 / std::max<fov_i64>(1, a_line);
    block_lines = std::clamp<fov_i64>((most - span[1]) / g.step[1] + 1, 1, lines);
    line_blocks = (lines + block_lines - 1) / block_lines;
    block_lines = (lines + line_blocks - 1) / line_blocks;

    if (!copies) {
        line_step = one_line ? width * place : g.step[1] * g.source[2] * place;
        for (const conv_tap &t : f.taps) tap_offset.push_back(((t.d * g.source[1] + t.h) * g.source[2] + t.w) * place);
        return;
    }
    block_height = (block_lines - 1) * g.step[1] + span[1];
    line_step = g.step[1] * line_floats;
    scratch = source_block = span[0] * block_height * line_floats;
    used_height.assign(g.step[1], 0);
    used_depth.assign(span[0], 0);
    for (const conv_tap &t : f.taps) {
        const fov_i64 d = t.d - least[0], h = t.h - least[1], w = t.w - least[2];
        tap_offset.push_back((d * block_height + h) * line_floats + (w % line.step * line.length + w / line.step) * place);
        line.used |= 1ull << std::min<fov_i64>(63, w % line.step);
        used_height[h % g.step[1]] = 1;
        used_depth[d] = 1;
    }
}

void view::seen(fov_i64 number, fov_i64 &tap_begin, fov_i64 &tap_end) const {
    tap_begin = 0;
    tap_end = f.taps.size();
    if (span[0] > 1 || one_line) return;
    // Taps are ordered by height, and what lies outside lies at the ends.
    const auto misses = [&](const conv_tap &t) {
        const fov_i64 h = number * f.grid.step[1] + t.h;
        return h < 0 || h >= f.grid.source[1];
    };
    while (tap_begin < tap_end && misses(f.taps[tap_begin])) tap_begin++;
    while (tap_end > tap_begin && misses(f.taps[tap_end - 1])) tap_end--;
}

const float *view::bring(const conv_direct_kernels &k, const float *source, fov_i64 blocks, const unit &u, float *to) const {
    const conv_grid &g = f.grid;
    if (!copies) return source + (u.depth * g.step[0] * g.source[1] * g.source[2]) * place + u.begin * line_step;
    const fov_i64 height = (u.end - u.begin - 1) * g.step[1] + span[1], source_size = g.source[0] * g.source[1] * g.source[2] * place;
    for (fov_i64 b = 0; b < blocks; b++)
        for (fov_i64 d = 0; d < span[0]; d++) {
            if (!used_depth[d]) continue;
            const fov_i64 sd = u.depth * g.step[0] + least[0] + d;
            for (fov_i64 h = 0; h < height; h++) {
                if (!used_height[h % g.step[1]]) continue;
                const fov_i64 sh = u.begin * g.step[1] + least[1] + h;
                const bool inside = sd >= 0 && sd < g.source[0] && sh >= 0 && sh < g.source[1];
                k.line(to + b * source_block + (d * block_height + h) * line_floats,
                       inside ? source + b * source_size + (sd * g.source[1] + sh) * g.source[2] * place : nullptr, &line, plain);
            }
        }
    return to;
}

}  // namespace fov::conv
