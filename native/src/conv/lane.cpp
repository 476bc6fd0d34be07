// Convolutions with few channels, 16 images in the lanes (layout N16). Padding beside a row is made real in scratch memory first, which
// costs one pass over a small tensor and leaves the kernels without a border case; rows of padding are never visited.
#include <algorithm>
#include <cstring>

#include "../kernels/pool_max.h"
#include "../parallel.h"
#include "conv.h"
#include "lane.h"

namespace fov::conv {

namespace {

constexpr fov_i64 L = 16;

// One direction: `from` channels to `to` channels over a padded source; stride 1 wherever the direction is `data`.
struct direction {
    fov_i64 blocks, from, to;
    fov_i64 rows, columns, rows_to, columns_to;
    fov_i64 kernel[2], stride[2], dilation[2], before[2];
    bool turned;

    fov_i64 reach(int axis) const { return (kernel[axis] - 1) * dilation[axis]; }
    fov_i64 padded_columns() const { return (columns_to - 1) * stride[1] + reach(1) + 1; }
    bool padded() const { return padded_columns() != columns || before[1]; }
    fov_i64 source_floats() const { return padded() ? blocks * from * rows * padded_columns() * L : 0; }
    fov_i64 taps() const { return kernel[0] * kernel[1]; }
};

direction direction_of(const setting &s) {
    const problem &p = s.p;
    direction d{(p.n + L - 1) / L,
                p.ic,
                p.oc,
                p.in[1],
                p.in[2],
                p.out[1],
                p.out[2],
                {p.kernel[1], p.kernel[2]},
                {p.stride[1], p.stride[2]},
                {p.dilation[1], p.dilation[2]},
                {p.pad[1], p.pad[2]},
                false};
    if (s.which == data) {
        std::swap(d.from, d.to);
        std::swap(d.rows, d.rows_to);
        std::swap(d.columns, d.columns_to);
        for (int axis = 0; axis < 2; axis++) d.before[axis] = d.reach(axis) - d.before[axis];
        d.turned = true;
    }
    return d;
}

// The source with the padding beside its rows as zeros, or the source itself where it has none. Columns that no window reaches are
// left out.
const float *pad(const fov_ctx &ctx, const direction &d, const float *source, float *padded) {
    if (!d.padded()) return source;
    const fov_i64 columns = d.padded_columns();
    const fov_i64 left = std::min(columns, d.before[1]), width = std::clamp<fov_i64>(columns - left, 0, d.columns);
    parallel_tasks(ctx, d.blocks * d.from, [=, &d](fov_i64 plane, int) {
        const float *s = source + plane * d.rows * d.columns * L;
        float *t = padded + plane * d.rows * columns * L;
        for (fov_i64 r = 0; r < d.rows; r++, t += columns * L) {
            memset(t, 0, left * L * sizeof(float));
            memcpy(t + left * L, s + r * d.columns * L, width * L * sizeof(float));
            memset(t + (left + width) * L, 0, (columns - left - width) * L * sizeof(float));
        }
    });
    return padded;
}

struct interval {
    fov_i64 begin, end;
};

// Those i in [0, n) for which 0 <= i * step + offset < extent.
interval inside(fov_i64 n, fov_i64 step, fov_i64 offset, fov_i64 extent) {
    const auto least = [=](fov_i64 bound) { return bound <= offset ? 0 : (bound - offset + step - 1) / step; };
    const fov_i64 begin = std::min(n, least(0));
    return {begin, std::clamp(least(extent), begin, n)};
}

// Register tiles of `channels` x `positions` results.
struct tiling {
    fov_i64 channels, positions;
};

// Half cycles of a tile's step: its products, or its loads and broadcasts, or the chain of sums; and what a loop costs.
fov_i64 step_cost(fov_i64 channels, fov_i64 positions) { return std::max({channels * positions, channels + positions, fov_i64{8}}) + 2; }

// The cheapest tiles over `to` channels and `along` neighbours. The last tile of a row overlaps the one before.
tiling tiles_of(const conv_lane_kernels &k, fov_i64 to, fov_i64 along) {
    tiling best{1, 1};
    fov_i64 least = to * along * step_cost(1, 1);
    for (fov_i64 positions = 1; positions <= std::min<fov_i64>(along, k.most_positions); positions++)
        for (fov_i64 channels = 1; channels <= std::min<fov_i64>(to, k.channels[positions]); channels++) {
            const fov_i64 runs = (along + positions - 1) / positions, rest = to % channels;
            const fov_i64 cost = runs * (to / channels * step_cost(channels, positions) + (rest ? step_cost(rest, positions) : 0));
            if (cost <= least) best = {channels, positions}, least = cost;
        }
    return best;
}

// Lanes beyond the batch: whatever stands in the source's lanes, the bias must not appear in them.
void clear_lanes(const fov_ctx &ctx, float *result, fov_i64 blocks, fov_i64 size, fov_i64 images) {
    const fov_i64 used = images - (blocks - 1) * L;
    if (used == L) return;
    float *last = result + (blocks - 1) * size * L;
    parallel_ranges(ctx, size, [=](fov_i64 begin, fov_i64 end) {
        for (fov_i64 i = begin; i < end; i++)
            for (fov_i64 l = used; l < L; l++) last[i * L + l] = 0;
    });
}

// Neighbouring positions lie in a row, or, where rows are short, in neighbouring blocks of images.
bool across_blocks(const direction &d) { return d.columns_to < 4 && d.blocks > d.columns_to; }

void convolve(fov_ctx &ctx, const direction &d, float *result, const float *source, const float *weights, const float *bias, bool relu,
              fov_i64 images, const pooled &pool) {
    const bool across = across_blocks(d);
    const fov_i64 along = across ? d.blocks : d.columns_to, others = across ? d.columns_to : d.blocks;
    const conv_lane_kernels &k = *ctx.kernels->conv_lane;
    const tiling tiles = tiles_of(k, d.to, along);
    // Two rows that are pooled at once never leave the first-level cache.
    const fov_i64 pair = pool.windows ? tiles.channels * 2 * d.columns_to * L : 0;
    auto *memory = static_cast<float *>(ctx.scratch.reserve((d.source_floats() + ctx.threads() * pair) * sizeof(float)));
    const float *x = pad(ctx, d, source, memory);
    float *pairs = memory + d.source_floats();
    const fov_i64 x_row = d.padded_columns() * L, x_channel = d.rows * x_row, x_block = d.from * x_channel;
    const fov_i64 y_row = d.columns_to * L, y_channel = d.rows_to * y_row, y_block = d.to * y_channel;
    const lane_step step = across ? lane_step{x_block, y_block} : lane_step{d.stride[1] * L, L};
    const fov_i64 groups = (d.to + tiles.channels - 1) / tiles.channels;
    // w [oc][ic][taps]; seen from x, channels change places and taps run backwards.
    const fov_i64 between_results = (d.turned ? 1 : d.from) * d.taps(), between_sources = (d.turned ? d.to : 1) * d.taps();
    const fov_i64 along_row = d.turned ? -1 : 1, along_column = along_row * d.kernel[1];
    const float *first_tap = weights + (d.turned ? d.taps() - 1 : 0);
    // One row of output channels from o on, which are `channel` floats apart in y.
    const auto fill = [=, &d, &k](float *y, fov_i64 channel, fov_i64 o, fov_i64 row, fov_i64 other) {
        const int channels = static_cast<int>(std::min(tiles.channels, d.to - o)), positions = static_cast<int>(tiles.positions);
        // Rows of the filter that see padding alone are left out: in a gradient with respect to small images that is a third of them.
        const fov_i64 top = row * d.stride[0] - d.before[0];
        const interval taps = inside(d.kernel[0], d.dilation[0], top, d.rows);
        const lane_window window{
            d.from,          taps.end - taps.begin, d.kernel[1], x_channel,      d.dilation[0] * x_row, d.dilation[1] * L,
            between_sources, along_column,          along_row,   between_results};
        // With no tap left nothing is read: the address stays inside.
        const fov_i64 line = taps.begin < taps.end ? top + taps.begin * d.dilation[0] : 0;
        const float *s = x + line * x_row + (across ? other * d.stride[1] * L : other * x_block);
        const float *w = first_tap + o * between_results + taps.begin * along_column, *b = bias ? bias + o : nullptr;
        // The last run overlaps its neighbour instead of being a shorter one: the same numbers are written twice.
        for (fov_i64 p = 0; p < along; p += positions) {
            const fov_i64 at = std::min(p, along - positions);
            k.convolve(y + at * step.result, channel, s + at * step.source, w, b, relu, window, step, channels, positions);
        }
    };
    if (!pool.windows) {
        parallel_tasks(ctx, others * d.rows_to * groups, [=](fov_i64 task, int) {
            const fov_i64 o = task % groups * tiles.channels, row = task / groups % d.rows_to, other = task / groups / d.rows_to;
            fill(result + o * y_channel + row * y_row + (across ? other * L : other * y_block), y_channel, o, row, other);
        });
        if (bias) clear_lanes(ctx, result, d.blocks, d.to * d.rows_to * d.columns_to, images);
        return;
    }
    const fov_i64 rows = d.rows_to / 2, plane = rows * (d.columns_to / 2) * L;
    const pool_max_kernels *maxima = ctx.kernels->pool_max;
    parallel_tasks(ctx, d.blocks * rows * groups, [=, &d, &pool](fov_i64 task, int thread) {
        const fov_i64 o = task % groups * tiles.channels, row = task / groups % rows, block = task / groups / rows;
        float *two = pairs + thread * pair;
        for (fov_i64 i = 0; i < 2; i++) fill(two + i * y_row, 2 * y_row, o, 2 * row + i, block);
        for (fov_i64 c = 0; c < std::min(tiles.channels, d.to - o); c++) {
            const fov_i64 at = (block * d.to + o + c) * plane;
            // The kernel counts rows from the plane's first one.
            maxima->forward(result + at, nullptr, pool.offsets ? pool.offsets + at : nullptr, pool.offsets ? OFFSETS_BYTE : OFFSETS_NONE,
                            two + (2 * c - 2 * row) * y_row, *pool.windows, row, row + 1, static_cast<int>(L));
        }
    });
    if (bias) clear_lanes(ctx, result, d.blocks, d.to * plane / L, images);
}

// Images are summed in groups of blocks, each group by one task, and the groups in their order. A task takes a panel of output channels
// and one input channel; the gradient's rows are taken a few at a time, which stay in the first cache while all taps meet them.
void differentiate(fov_ctx &ctx, const direction &d, float *dw, const float *source, const float *dy) {
    const conv_lane_kernels &k = *ctx.kernels->conv_lane;
    const fov_i64 panels = (d.to + k.gradient_channels - 1) / k.gradient_channels;
    const fov_i64 per_group = panels * d.from >= 16 ? 4 : 1, groups = (d.blocks + per_group - 1) / per_group;
    const fov_i64 elements = d.to * d.from * d.taps();
    auto *memory = static_cast<float *>(ctx.scratch.reserve((d.source_floats() + groups * elements) * sizeof(float)));
    const float *x = pad(ctx, d, source, memory);
    float *partial = memory + d.source_floats();
    const fov_i64 x_row = d.padded_columns() * L, x_channel = d.rows * x_row, x_block = d.from * x_channel;
    const fov_i64 y_row = d.columns_to * L, y_channel = d.rows_to * y_row, y_block = d.to * y_channel;
    constexpr fov_i64 cached_floats = 6144;
    const fov_i64 slab = std::clamp<fov_i64>(cached_floats / (k.gradient_channels * y_row), 1, d.rows_to);
    // Runs of neighbouring taps whose sums are kept side by side.
    const fov_i64 runs_in_row = (d.kernel[1] + k.taps - 1) / k.taps, runs = d.kernel[0] * runs_in_row;
    parallel_tasks(ctx, groups * panels * d.from, [=, &d, &k](fov_i64 task, int) {
        constexpr fov_i64 most_runs = 16, most_sums = 4 * 5;
        alignas(64) float sums[most_runs][most_sums * L];
        const fov_i64 group = task / (panels * d.from), o = task / d.from % panels * k.gradient_channels, c = task % d.from;
        const int channels = static_cast<int>(std::min<fov_i64>(k.gradient_channels, d.to - o));
        const fov_i64 block_end = std::min(d.blocks, (group + 1) * per_group);
        for (fov_i64 from = 0; from < runs; from += most_runs) {
            const fov_i64 to = std::min(runs, from + most_runs);
            const auto each_run = [&](auto f) {
                for (fov_i64 i = from; i < to; i++) {
                    const fov_i64 t = i % runs_in_row * k.taps;
                    f(sums[i - from], i / runs_in_row, t, static_cast<int>(std::min<fov_i64>(k.taps, d.kernel[1] - t)));
                }
            };
            memset(sums, 0, (to - from) * sizeof sums[0]);
            for (fov_i64 block = group * per_group; block < block_end; block++)
                for (fov_i64 begin = 0; begin < d.rows_to; begin += slab)
                    each_run([&](float *into, fov_i64 r, fov_i64 t, int taps) {
                        const fov_i64 offset = r * d.dilation[0] - d.before[0];
                        const interval seen = inside(d.rows_to, d.stride[0], offset, d.rows);
                        const fov_i64 first = std::max(begin, seen.begin), end = std::min({d.rows_to, begin + slab, seen.end});
                        if (first >= end) return;
                        const conv_lane_kernels::gradient_walk walk{end - first,         d.columns_to,    y_channel,        y_row,
                                                                    d.stride[0] * x_row, d.stride[1] * L, d.dilation[1] * L};
                        k.differentiate(
                            into, dy + block * y_block + o * y_channel + first * y_row,
                            x + block * x_block + c * x_channel + (first * d.stride[0] + offset) * x_row + t * d.dilation[1] * L, walk,
                            channels, taps);
                    });
            each_run([&](const float *of, fov_i64 r, fov_i64 t, int taps) {
                k.total(partial + group * elements + ((o * d.from + c) * d.kernel[0] + r) * d.kernel[1] + t, d.from * d.taps(), of,
                        channels, taps);
            });
        }
    });
    parallel_ranges(ctx, elements, [=](fov_i64 begin, fov_i64 end) {
        for (fov_i64 i = begin; i < end; i++) {
            float sum = partial[i];
            for (fov_i64 g = 1; g < groups; g++) sum += partial[g * elements + i];
            dw[i] = sum;
        }
    });
}

double cost(const setting &s) {
    const problem &p = s.p;
    const bool flat = p.in[0] == 1 && p.out[0] == 1 && p.kernel[0] == 1 && p.pad[0] == 0;
    if (!s.in(FOV_N16, FOV_N16) || p.groups != 1 || !flat) return never;
    if (s.which == data && (p.stride[1] != 1 || p.stride[2] != 1)) return never;
    const direction d = direction_of(s);
    if (d.before[0] < 0 || d.before[1] < 0) return never;  // padding wider than the kernel reaches
    // Short rows fill the registers from neighbouring blocks of images; with few of those the loads are the limit.
    const bool starved = d.columns_to < 4 && d.blocks < 4;
    const double lanes = static_cast<double>(d.blocks * L) / p.n;
    // Other ops and most convolutions want 16 channels innermost: images with many channels are brought there and back.
    const double leaving = p.oc > 16 && p.out_size() > 4 ? moving(16.0 * p.y_elements(FOV_N16)) : 0;
    return p.flops() * lanes / (peak(s.ctx) * (starved ? 0.3 : 0.8)) + moving(4.0 * d.source_floats()) + leaving;
}

bool make(const setting &s, executable &e) {
    const direction d = direction_of(s);
    fov_ctx *ctx = &s.ctx;
    if (s.which == weights) {
        e.run = [=](const operands &o) { differentiate(*ctx, d, o.w, o.x, o.y); };
        return true;
    }
    e.adds_bias = true;
    e.activates = !s.add;
    const bool backwards = s.which == data, relu = s.relu_alone();
    const fov_i64 images = s.p.n;
    e.pools = s.pools && !across_blocks(d);
    const bool pools = e.pools;
    e.run = [=](const operands &o) {
        convolve(*ctx, d, backwards ? o.x : o.y, backwards ? o.y : o.x, o.w, o.bias, relu, images, pools ? o.pool : pooled{});
    };
    return true;
}

}  // namespace

void lane_products(fov_ctx &ctx, const lane_matrix &w, float *y, const float *x, const float *bias, bool relu, fov_i64 images) {
    const conv_lane_kernels &k = *ctx.kernels->conv_lane;
    const fov_i64 blocks = (images + L - 1) / L;
    const tiling tiles = tiles_of(k, w.outputs, blocks);
    const lane_step step{w.inputs * L, w.outputs * L};
    const lane_window window{1, 1, w.inputs, 0, 0, L, 0, 0, w.between_inputs, w.between_outputs};
    const int positions = static_cast<int>(tiles.positions);
    parallel_tasks(ctx, (w.outputs + tiles.channels - 1) / tiles.channels, [=, &k](fov_i64 task, int) {
        const fov_i64 o = task * tiles.channels;
        const int channels = static_cast<int>(std::min(tiles.channels, w.outputs - o));
        for (fov_i64 p = 0; p < blocks; p += positions) {
            const fov_i64 at = std::min(p, blocks - positions);
            k.convolve(y + o * L + at * step.result, L, x + at * step.source, w.elements + o * w.between_outputs, bias ? bias + o : nullptr,
                       relu, window, step, channels, positions);
        }
    });
    if (bias) clear_lanes(ctx, y, blocks, w.outputs, images);
}

extern const implementation own_lane;
const implementation own_lane{"own:lane", FOV_PROVIDER_OWN, cost, make};

}  // namespace fov::conv
