// own:direct: convolution on blocks of 16 channels with nothing copied but the lines at hand. Any filter, stride, gap and padding;
// groups of whole blocks. The result is in C16; the source is too, or plain where it has few channels.
#include "direct.h"

#include <algorithm>
#include <memory>

namespace fov::conv {

bool make_direct_gradient(const setting &s, executable &e);

namespace {

constexpr fov_i64 lines_budget = 256 << 10, weights_budget = 192 << 10;

// forward or data: result channels (lanes) from source channels.
struct direct_sum {
    problem p;
    pass which;
    bool relu, plain;
    fov_i64 results, sources;  // channels per group
    fov_i64 blocks;            // of the source, per group
    fov_i64 unit;              // channels of a source block
    fov_i64 result_size, source_size;
    lane_groups groups;
    std::vector<view> views;
    std::vector<fov_i64> blocks_at_once;  // of each view: as many as keep a lane group's filters in the cache
    std::vector<size_t> packed_at;        // of each view
    size_t packed_group = 0;              // floats of a group's packed filters
    // A filter holds 16 channels x taps side by side: turned, each becomes a row of lanes, and this is which.
    std::vector<fov_i64> turned;

    explicit direct_sum(const setting &s)
        : p(s.p),
          which(s.which),
          relu(s.relu),
          plain((which == forward ? s.x_layout : s.y_layout) == FOV_PLAIN),
          results(which == forward ? p.ocg() : p.icg()),
          sources(which == forward ? p.icg() : p.ocg()),
          blocks(plain ? sources : (sources + 15) / 16),
          unit(plain ? 1 : 16),
          result_size(which == forward ? p.out_size() : p.in_size()),
          source_size(which == forward ? p.in_size() : p.out_size()),
          groups(results, *s.ctx.kernels->conv_direct) {
        for (const phase &f : phases(p, which)) {
            const fov_i64 taps = std::max<size_t>(1, f.taps.size());
            blocks_at_once.push_back(std::clamp<fov_i64>(weights_budget / (taps * unit * groups.widest() * 4), 1, blocks));
            views.emplace_back(f, plain, blocks_at_once.back(), lines_budget);
            packed_at.push_back(packed_group);
            packed_group += padded_results() * depth(views.size() - 1);
        }
        for (fov_i64 i = 0; i < 16 * p.taps(); i++) turned.push_back(i % p.taps() * 16 + i / p.taps());
    }

    fov_i64 padded_results() const { return (results + 15) / 16 * 16; }
    // Rows of a lane group's filters: (block, tap, channel of the block).
    fov_i64 depth(size_t v) const { return blocks * views[v].f.taps.size() * unit; }
    size_t packed_floats() const { return packed_group * p.groups; }

    void pack(const fov_ctx &ctx, const float *w, float *packed) const {
        const auto &k = *ctx.kernels->conv_direct;
        const fov_i64 count = static_cast<fov_i64>(views.size()) * p.groups * groups.count;
        parallel_tasks(ctx, count * blocks, [&](fov_i64 task, int) {
            const fov_i64 b = task % blocks, l = task / blocks % groups.count, g = task / blocks / groups.count % p.groups,
                          v = task / blocks / groups.count / p.groups, taps = views[v].f.taps.size();
            const int wide = groups.wide(l);
            float *to = packed + g * packed_group + packed_at[v] + groups.offset(l, depth(v)) + b * taps * unit * wide;
            pack_block(k, v, g, groups.begin(l), wide, b, w, to);
        });
    }

    // [tap][channel of the block][lane]
    void pack_block(const conv_direct_kernels &k, size_t v, fov_i64 g, fov_i64 first, int wide, fov_i64 b, const float *w,
                    float *to) const {
        const std::vector<fov_i64> &tap = views[v].f.weight;
        const fov_i64 taps = tap.size(), all = p.taps(), channels = std::min(unit, sources - b * unit),
                      lanes = std::min<fov_i64>(wide, results - first);
        if (which == forward && unit == 16 && channels == 16 && lanes == wide && wide % 16 == 0 && taps == all) {
            for (fov_i64 o = 0; o < wide; o += 16)
                k.turn(to + o, turned.data(), wide, w + ((g * results + first + o) * sources + b * 16) * all, sources * all, taps);
            return;
        }
        for (fov_i64 t = 0; t < taps; t++)
            for (fov_i64 c = 0; c < channels; c++) {
                float *row = to + (t * unit + c) * wide;
                const fov_i64 s = b * unit + c;
                const float *from = which == forward ? w + ((g * results + first) * sources + s) * all + tap[t]
                                                     : w + ((g * sources + s) * results + first) * all + tap[t];
                const fov_i64 step = which == forward ? sources * all : all;
                for (fov_i64 i = 0; i < lanes; i++) row[i] = from[i * step];
                std::fill(row + lanes, row + wide, 0.0f);
            }
    }

    void run(fov_ctx &ctx, float *result, const float *source, const float *packed, const float *bias, const float *residual) const {
        const auto &k = *ctx.kernels->conv_direct;
        fov_i64 most = 0;
        for (size_t v = 0; v < views.size(); v++) most = std::max(most, views[v].scratch * blocks_at_once[v]);
        const fov_i64 padded = p.groups * padded_results();
        float *start = static_cast<float *>(ctx.scratch.reserve(sizeof(float) * (padded + most * ctx.threads())));
        if (bias) {
            std::copy_n(bias, p.groups * results, start);
            std::fill(start + p.groups * results, start + padded, 0.0f);
        }
        float *lines = start + padded;
        for (size_t v = 0; v < views.size(); v++) {
            // Images and lines first; where they are few, a task takes a part of the channels.
            const fov_i64 units = views[v].units(), wholes = p.n * p.groups * units,
                          parts = std::clamp<fov_i64>((16 + wholes - 1) / wholes, 1, groups.count);
            parallel_tasks(ctx, wholes * parts, [&](fov_i64 task, int thread) {
                const fov_i64 part = task % parts, whole = task / parts;
                lines_of(k, v, whole / units, views[v].at(whole % units), groups.count * part / parts, groups.count * (part + 1) / parts,
                         result, source, packed, bias ? start : nullptr, residual, lines + most * thread);
            });
        }
    }

    // Lane groups [l0, l1) of one unit; `image` counts images and groups.
    void lines_of(const conv_direct_kernels &k, size_t v, fov_i64 image, const view::unit &u, fov_i64 l0, fov_i64 l1, float *result,
                  const float *source, const float *packed, const float *start, const float *residual, float *scratch) const {
        const view &see = views[v];
        const fov_i64 g = image % p.groups, taps = see.f.taps.size(), result_block = result_size * 16;
        const float *in = source + image * blocks * source_size * unit;
        const fov_i64 out = image * (padded_results() / 16) * result_block;
        fov_i64 b = 0;
        do {
            const fov_i64 count = std::min(blocks_at_once[v], blocks - b), channels = std::min(count * unit, sources - b * unit);
            const float *from = see.bring(k, in + b * source_size * unit, count, u, scratch);
            for (fov_i64 l = l0; l < l1; l++) {
                const fov_i64 first = groups.begin(l);
                const int wide = groups.wide(l);
                conv_direct_tile t{};
                t.block_stride = see.source_block;
                t.tap_offset = see.tap_offset.data();
                t.taps = taps;
                t.blocks = count;
                t.channels = channels;
                t.weights = packed + g * packed_group + packed_at[v] + groups.offset(l, depth(v)) + b * taps * unit * wide;
                t.place_stride = see.f.step[2] * 16;
                t.result_block_stride = result_block;
                t.start = start ? start + g * results + first : nullptr;
                t.add = b > 0;
                const bool last = b + count == blocks;
                t.relu = relu && last;
                const fov_i64 to = out + first / 16 * result_block + first % 16;
                for (fov_i64 line = u.begin; line < u.end; line++)
                    tiles_of(k, see, t, u.depth, line, from + (line - u.begin) * see.line_step, result + to,
                             residual && last ? residual + to : nullptr, wide);
            }
            b += count;
        } while (b < blocks);
    }

    void tiles_of(const conv_direct_kernels &k, const view &see, conv_direct_tile t, fov_i64 depth, fov_i64 line, const float *from,
                  float *to, const float *residual, int wide) const {
        const fov_i64 *extent = which == forward ? p.out : p.in;
        const phase &f = see.f;
        const fov_i64 at =
            see.one_line ? line * see.width * 16
                         : (((f.first[0] + depth * f.step[0]) * extent[1] + f.first[1] + line * f.step[1]) * extent[2] + f.first[2]) * 16;
        see.seen(line, t.tap_begin, t.tap_end);
        const fov_i64 width = see.places_of(line), most = k.places(wide), count = (width + most - 1) / most;
        for (fov_i64 i = 0; i < count; i++) {
            const fov_i64 begin = width * i / count, end = width * (i + 1) / count;
            t.source = from + begin * see.place;
            t.result = to + at + begin * t.place_stride;
            t.residual = residual ? residual + at + begin * t.place_stride : nullptr;
            k.tile(&t, plain, static_cast<int>(end - begin), wide);
        }
    }
};

bool make(const setting &s, executable &e) {
    if (s.which == weights) return make_direct_gradient(s, e);
    fov_ctx &ctx = s.ctx;
    const auto sum = std::make_shared<const direct_sum>(s);
    e.packed = sizeof(float) * sum->packed_floats();
    e.adds_bias = e.adds_residual = e.activates = true;
    e.pack = [sum, &ctx](const float *w, void *packed, void *) { sum->pack(ctx, w, static_cast<float *>(packed)); };
    e.run = [sum, &ctx](const operands &o) {
        const bool f = sum->which == forward;
        sum->run(ctx, f ? o.y : o.x, f ? o.x : o.y, static_cast<const float *>(o.packed), o.bias, o.residual);
    };
    return true;
}

// Shares of the peak as measured on the layers of known networks. 1x1 filters do little with what they read: many source channels make
// a tile's filters come from the second cache, and sums over places lose where there are few of them.
double efficiency(const setting &s) {
    const problem &p = s.p;
    if (p.taps() == 1 && s.x_layout != FOV_PLAIN) {
        const bool large = p.out_size() >= 700 && p.out_size() == p.in_size();
        if (s.which == forward) return large && p.icg() <= 512 && p.ocg() <= 256 ? 0.94 : 0.85;
        if (s.which == data) return large && p.icg() <= 128 && p.ocg() <= 256 ? 0.94 : 0.84;
        return large && p.out_size() >= 2500 ? 0.77 : 0.6;
    }
    if (s.which == forward) return s.x_layout == FOV_PLAIN ? (p.taps() > 25 ? 0.92 : 0.8) : 0.94;
    if (s.which == data) return 0.93;
    if (s.x_layout == FOV_PLAIN) return 0.75;
    return p.out_size() >= 2500 ? 0.92 : p.out_size() >= 700 ? 0.82 : 0.7;
}

double cost(const setting &s) {
    const problem &p = s.p;
    const bool first_layer = s.in(FOV_PLAIN, FOV_C16) && s.which != data && p.groups == 1;
    if (!s.in(FOV_C16, FOV_C16) && !first_layer) return never;
    if (p.groups > 1 && (p.icg() % 16 || p.ocg() % 16)) return never;
    // Idle lanes of the last block.
    const fov_i64 lanes = s.which == data ? p.icg() : p.ocg();
    const double full = static_cast<double>(lanes) / ((lanes + 15) / 16 * 16);
    return p.flops() / (efficiency(s) * full * peak(s.ctx)) + moving(8.0 * p.weight_elements()) + 500;
}

}  // namespace

extern const implementation own_direct;
const implementation own_direct = {"own:direct", FOV_PROVIDER_OWN, cost, make};

}  // namespace fov::conv
