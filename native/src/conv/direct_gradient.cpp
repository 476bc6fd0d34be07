// own:direct, gradients of filters: rows are (tap, channel of a source block), lanes are output channels, the sum runs over places.
#include <algorithm>
#include <memory>

#include "direct.h"

namespace fov::conv {
namespace {

constexpr fov_i64 lines_budget = 128 << 10, sums_budget = 384 << 10, parts_budget = 16 << 20;

// A task takes some source blocks of a group over a part of all lines; the sums of parts are added in order. All of it is cut by the
// problem, not by threads.
struct direct_gradient {
    problem p;
    bool plain;
    fov_i64 blocks, unit;  // source blocks per group, channels of one
    fov_i64 taps;
    lane_groups groups;
    view see;
    fov_i64 bundles, parts;        // of source blocks; of lines
    std::vector<fov_i64> row_of;   // where the sum of (channel, tap) lies among the rows of a lane group
    std::vector<fov_i64> offsets;  // plain: where each row looks
    std::vector<fov_i64> in_order;

    explicit direct_gradient(const setting &s)
        : p(s.p),
          plain(s.x_layout == FOV_PLAIN),
          blocks(plain ? p.icg() : (p.icg() + 15) / 16),
          unit(plain ? 1 : 16),
          taps(p.taps()),
          groups(p.ocg(), *s.ctx.kernels->conv_direct),
          see(phases(p, forward).front(), plain, plain ? blocks : 1, lines_budget) {
        const fov_i64 a_block = taps * unit * padded_lanes() * 4;
        bundles = plain ? 1 : (blocks + std::max<fov_i64>(1, sums_budget / a_block) - 1) / std::max<fov_i64>(1, sums_budget / a_block);
        const fov_i64 wanted = (16 + p.groups * bundles - 1) / (p.groups * bundles),
                      room = std::max<fov_i64>(1, parts_budget / (4 * sum_floats()));
        parts = std::clamp<fov_i64>(wanted, 1, std::min(room, p.n * see.units()));
        for (fov_i64 i = 0; i < 16 * taps; i++) in_order.push_back(i);
        for (fov_i64 c = 0; c < p.icg(); c++)
            for (fov_i64 t = 0; t < taps; t++) {
                row_of.push_back(plain ? c * taps + t : (c / 16 * taps + t) * 16 + c % 16);
                if (plain) offsets.push_back(c * see.source_block + see.tap_offset[t]);
            }
    }

    fov_i64 padded_lanes() const { return (p.ocg() + 15) / 16 * 16; }
    fov_i64 rows() const { return blocks * taps * unit; }
    fov_i64 sum_floats() const { return p.groups * rows() * padded_lanes(); }
    size_t workspace() const { return sizeof(float) * parts * sum_floats(); }

    void run(fov_ctx &ctx, float *dw, const float *x, const float *dy, float *sums) const {
        const auto &k = *ctx.kernels->conv_direct;
        const fov_i64 lines = see.scratch * (plain ? blocks : (blocks + bundles - 1) / bundles), turned = 16 * 16 * taps;
        float *scratch = static_cast<float *>(ctx.scratch.reserve(sizeof(float) * std::max(lines, turned) * ctx.threads()));
        parallel_tasks(ctx, p.groups * bundles * parts, [&](fov_i64 task, int thread) {
            const fov_i64 part = task % parts, bundle = task / parts % bundles, g = task / parts / bundles, units = p.n * see.units();
            float *out = sums + part * sum_floats() + g * rows() * padded_lanes();
            bool add = false;
            for (fov_i64 u = units * part / parts; u < units * (part + 1) / parts; u++, add = true)
                unit_of(k, u / see.units(), g, see.at(u % see.units()), blocks * bundle / bundles, blocks * (bundle + 1) / bundles, x, dy,
                        out, add, scratch + std::max(lines, turned) * thread);
        });
        const fov_i64 lane_blocks = padded_lanes() / 16, pieces = (p.icg() + 15) / 16;
        parallel_tasks(ctx, p.groups * lane_blocks * pieces, [&](fov_i64 task, int thread) {
            const fov_i64 c = task % pieces * 16;
            unpack(k, task / pieces / lane_blocks, task / pieces % lane_blocks * 16, c * taps, std::min(c + 16, p.icg()) * taps, sums, dw,
                   scratch + std::max(lines, turned) * thread);
        });
    }

    // Source blocks [b0, b1) of one unit of lines of image n.
    void unit_of(const conv_direct_kernels &k, fov_i64 n, fov_i64 g, const view::unit &u, fov_i64 b0, fov_i64 b1, const float *x,
                 const float *dy, float *sums, bool add, float *scratch) const {
        const fov_i64 plane = p.out_size() * 16;
        const float *in = x + (n * p.groups + g) * blocks * p.in_size() * unit;
        const float *from = see.bring(k, in + b0 * p.in_size() * unit, b1 - b0, u, scratch);
        const float *gradient = dy + (n * p.groups + g) * (padded_lanes() / 16) * plane;
        const fov_i64 first_place = see.one_line ? u.begin * see.width : (u.depth * see.lines + u.begin) * see.width;
        for (fov_i64 l = 0; l < groups.count; l++) {
            const int wide = groups.wide(l);
            conv_direct_gradient t{};
            t.source_step = see.line_step;
            t.gradient_step = see.width * 16;
            t.gradient_block_stride = plane;
            t.places = see.width;
            t.add = add;
            const float *lanes = gradient + groups.begin(l) / 16 * plane + groups.begin(l) % 16 + first_place * 16;
            float *out = sums + groups.offset(l, rows());
            if (plain) {
                plain_rows(k, u, t, from, lanes, out, wide);
            } else {
                for (fov_i64 b = b0; b < b1; b++)
                    block_rows(k, u, t, from + (b - b0) * see.source_block, lanes, out + b * taps * 16 * wide,
                               std::min<fov_i64>(16, p.icg() - b * 16), wide);
            }
        }
    }

    // The lines of a unit that a tap sees; all places of them are one line where lines do not matter.
    void lines_seen(const view::unit &u, fov_i64 tap, conv_direct_gradient &t, fov_i64 &first) const {
        first = 0;
        t.lines = u.end - u.begin;
        if (see.one_line) {
            t.lines = 1;
            t.places = (u.end - u.begin - 1) * see.width + see.places_of(u.end - 1);
            return;
        }
        fov_i64 begin, end;
        while (t.lines > 0 && (see.seen(u.begin + first, begin, end), tap < begin || tap >= end)) first++, t.lines--;
        while (t.lines > 0 && (see.seen(u.begin + first + t.lines - 1, begin, end), tap < begin || tap >= end)) t.lines--;
    }

    void block_rows(const conv_direct_kernels &k, const view::unit &u, conv_direct_gradient t, const float *from, const float *lanes,
                    float *out, fov_i64 channels, int wide) const {
        for (fov_i64 tap = 0; tap < taps; tap++) {
            fov_i64 first;
            lines_seen(u, tap, t, first);
            t.gradient = lanes + first * t.gradient_step;
            const fov_i64 count = (channels + k.rows(wide) - 1) / k.rows(wide);
            for (fov_i64 i = 0; i < count; i++) {
                const fov_i64 c = channels * i / count;
                t.source = from + see.tap_offset[tap] + first * see.line_step + c;
                t.sums = out + (tap * 16 + c) * wide;
                k.gradient(&t, false, static_cast<int>(channels * (i + 1) / count - c), wide);
            }
        }
    }

    void plain_rows(const conv_direct_kernels &k, const view::unit &u, conv_direct_gradient t, const float *from, const float *lanes,
                    float *out, int wide) const {
        const fov_i64 all = rows(), count = (all + k.rows(wide) - 1) / k.rows(wide);
        t.lines = u.end - u.begin;
        if (see.one_line) {
            fov_i64 first;
            lines_seen(u, 0, t, first);
        }
        t.source = from;
        t.gradient = lanes;
        for (fov_i64 i = 0; i < count; i++) {
            const fov_i64 row = all * i / count;
            t.row_offset = offsets.data() + row;
            t.sums = out + row * wide;
            k.gradient(&t, true, static_cast<int>(all * (i + 1) / count - row), wide);
        }
    }

    // Adds the parts and turns lanes back to rows: filters [first, first + 16) of a group, their elements [k0, k1).
    void unpack(const conv_direct_kernels &k, fov_i64 g, fov_i64 first, fov_i64 k0, fov_i64 k1, const float *sums, float *dw,
                float *buffer) const {
        const fov_i64 l = groups.of(first), lane = first - groups.begin(l), depth = p.icg() * taps;
        const int wide = groups.wide(l);
        const float *from = sums + g * rows() * padded_lanes() + groups.offset(l, rows()) + lane;
        // A tier narrower than 16 lanes has the second half of a block in the next group.
        const fov_i64 half = std::min<fov_i64>(16, wide), next = groups.offset(1, rows());
        for (fov_i64 i = k0; i < k1; i++)
            for (fov_i64 v = 0; v < 16; v++) {
                const float *at = from + row_of[i] * wide + v / half * next + v % half;
                float sum = at[0];
                for (fov_i64 part = 1; part < parts; part++) sum += at[part * sum_floats()];
                buffer[(i - k0) * 16 + v] = sum;
            }
        float *to = dw + (g * p.ocg() + first) * depth + k0;
        const fov_i64 n = k1 - k0, filters = std::min<fov_i64>(16, p.ocg() - first);
        fov_i64 done = 0;
        if (filters == 16) {
            k.turn_back(to, depth, buffer, in_order.data(), 16, n / 16);
            done = n / 16 * 16;
        }
        for (fov_i64 o = 0; o < filters; o++)
            for (fov_i64 i = done; i < n; i++) to[o * depth + i] = buffer[i * 16 + o];
    }
};

}  // namespace

bool make_direct_gradient(const setting &s, executable &e) {
    fov_ctx &ctx = s.ctx;
    const auto gradient = std::make_shared<const direct_gradient>(s);
    e.workspace = gradient->workspace();
    e.run = [gradient, &ctx](const operands &o) { gradient->run(ctx, o.w, o.x, o.y, static_cast<float *>(o.workspace)); };
    return true;
}

}  // namespace fov::conv
