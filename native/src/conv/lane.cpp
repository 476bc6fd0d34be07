// Convolutions with few channels, 16 images in the lanes (layout N16). Padding is made real in scratch memory first, which costs one
// pass over a small tensor and leaves the kernels without a single border case.
#include <algorithm>
#include <cstring>

#include "../parallel.h"
#include "conv.h"

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
    fov_i64 padded_rows() const { return (rows_to - 1) * stride[0] + reach(0) + 1; }
    fov_i64 padded_columns() const { return (columns_to - 1) * stride[1] + reach(1) + 1; }
    bool padded() const { return padded_rows() != rows || padded_columns() != columns || before[0] || before[1]; }
    fov_i64 source_floats() const { return padded() ? blocks * from * padded_rows() * padded_columns() * L : 0; }
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

// The source with its padding as zeros, or the source itself where it has none. Rows and columns that no window reaches are left out.
const float *pad(const fov_ctx &ctx, const direction &d, const float *source, float *padded) {
    if (!d.padded()) return source;
    const fov_i64 rows = d.padded_rows(), columns = d.padded_columns();
    parallel_tasks(ctx, d.blocks * d.from, [=, &d](fov_i64 plane, int) {
        const float *s = source + plane * d.rows * d.columns * L;
        float *t = padded + plane * rows * columns * L;
        const fov_i64 left = std::min(columns, d.before[1]), width = std::clamp<fov_i64>(columns - left, 0, d.columns);
        for (fov_i64 r = 0; r < rows; r++, t += columns * L) {
            const fov_i64 row = r - d.before[0];
            if (row < 0 || row >= d.rows) {
                memset(t, 0, columns * L * sizeof(float));
                continue;
            }
            memset(t, 0, left * L * sizeof(float));
            memcpy(t + left * L, s + row * d.columns * L, width * L * sizeof(float));
            memset(t + (left + width) * L, 0, (columns - left - width) * L * sizeof(float));
        }
    });
    return padded;
}

// w [oc][ic][taps] to [groups of output channels][from][taps][channels of the group].
void pack(const fov_ctx &ctx, const direction &d, const float *w, float *packed) {
    const fov_i64 most = ctx.kernels->conv_lane->channels, taps = d.taps();
    for (fov_i64 o = 0; o < d.to; o += most) {
        const fov_i64 group = std::min(most, d.to - o);
        float *t = packed + o * d.from * taps;
        for (fov_i64 c = 0; c < d.from; c++)
            for (fov_i64 k = 0; k < taps; k++)
                for (fov_i64 j = 0; j < group; j++)
                    *t++ = d.turned ? w[(c * d.to + o + j) * taps + taps - 1 - k] : w[((o + j) * d.from + c) * taps + k];
    }
}

// Lanes beyond the batch: whatever stands in the source's lanes, the bias must not appear in them.
void clear_lanes(const fov_ctx &ctx, const direction &d, float *result, fov_i64 images) {
    const fov_i64 used = images - (d.blocks - 1) * L, size = d.to * d.rows_to * d.columns_to;
    if (used == L) return;
    float *last = result + (d.blocks - 1) * size * L;
    parallel_ranges(ctx, size, [=](fov_i64 begin, fov_i64 end) {
        for (fov_i64 i = begin; i < end; i++)
            for (fov_i64 l = used; l < L; l++) last[i * L + l] = 0;
    });
}

void convolve(fov_ctx &ctx, const direction &d, float *result, const float *source, const float *packed, const float *bias, bool relu,
              fov_i64 images) {
    auto *memory = static_cast<float *>(ctx.scratch.reserve(d.source_floats() * sizeof(float)));
    const float *x = pad(ctx, d, source, memory);
    const conv_lane_kernels &k = *ctx.kernels->conv_lane;
    const fov_i64 x_row = d.padded_columns() * L, x_channel = d.padded_rows() * x_row, x_block = d.from * x_channel;
    const fov_i64 y_row = d.columns_to * L, y_channel = d.rows_to * y_row, y_block = d.to * y_channel;
    const fov_i64 groups = (d.to + k.channels - 1) / k.channels;
    // Neighbouring positions lie in a row, or, where rows are short, in neighbouring blocks of images.
    const bool across = d.columns_to < k.positions;
    const lane_step step = across ? lane_step{x_block, y_block} : lane_step{d.stride[1] * L, L};
    const fov_i64 along = across ? d.blocks : d.columns_to, others = across ? d.columns_to : d.blocks;
    parallel_tasks(ctx, others * d.rows_to * groups, [=, &d, &k](fov_i64 task, int) {
        const fov_i64 group = task % groups, row = task / groups % d.rows_to, other = task / groups / d.rows_to, o = group * k.channels;
        const int channels = static_cast<int>(std::min<fov_i64>(k.channels, d.to - o));
        // Rows of the filter that see padding alone are left out: in a gradient with respect to small images that is a third of them.
        const fov_i64 top = d.before[0] - row * d.stride[0];
        const fov_i64 first = std::clamp<fov_i64>((top + d.dilation[0] - 1) / d.dilation[0], 0, d.kernel[0]);
        const fov_i64 end = std::clamp<fov_i64>((top + d.rows + d.dilation[0] - 1) / d.dilation[0], first, d.kernel[0]);
        const lane_window window{d.from, end - first, d.kernel[1], d.taps(), x_channel, d.dilation[0] * x_row, d.dilation[1] * L};
        const float *s = x + (row * d.stride[0] + first * d.dilation[0]) * x_row + (across ? other * d.stride[1] * L : other * x_block);
        float *y = result + o * y_channel + row * y_row + (across ? other * L : other * y_block);
        const float *w = packed + o * d.from * d.taps() + first * d.kernel[1] * channels, *b = bias ? bias + o : nullptr;
        // The last run overlaps its neighbour instead of being a shorter one: the same numbers are written twice.
        for (fov_i64 p = 0; p < along; p += along < k.positions ? 1 : k.positions) {
            const fov_i64 at = along < k.positions ? p : std::min(p, along - k.positions);
            k.convolve(y + at * step.result, y_channel, s + at * step.source, w, b, relu, window, step, channels,
                       along < k.positions ? 1 : k.positions);
        }
    });
    if (bias) clear_lanes(ctx, d, result, images);
}

// Images are summed in groups of blocks, each group by one task, and the groups in their order.
void differentiate(fov_ctx &ctx, const direction &d, float *dw, const float *source, const float *dy) {
    constexpr fov_i64 blocks_per_group = 4;
    const fov_i64 groups = (d.blocks + blocks_per_group - 1) / blocks_per_group, elements = d.to * d.from * d.taps();
    auto *memory = static_cast<float *>(ctx.scratch.reserve((d.source_floats() + groups * elements) * sizeof(float)));
    const float *x = pad(ctx, d, source, memory);
    float *partial = memory + d.source_floats();
    const conv_lane_kernels &k = *ctx.kernels->conv_lane;
    const fov_i64 x_row = d.padded_columns() * L, x_channel = d.padded_rows() * x_row, x_block = d.from * x_channel;
    const fov_i64 y_row = d.columns_to * L, y_channel = d.rows_to * y_row, y_block = d.to * y_channel;
    const fov_i64 panels = (d.to + k.gradient_channels - 1) / k.gradient_channels, rows = d.from * d.kernel[0];
    parallel_tasks(ctx, groups * panels * rows, [=, &d, &k](fov_i64 task, int) {
        const fov_i64 group = task / (panels * rows), o = task / rows % panels * k.gradient_channels;
        const fov_i64 c = task % rows / d.kernel[0], r = task % d.kernel[0], block = group * blocks_per_group;
        const int channels = static_cast<int>(std::min<fov_i64>(k.gradient_channels, d.to - o));
        const conv_lane_kernels::gradient_walk walk{std::min(blocks_per_group, d.blocks - block),
                                                    d.rows_to,
                                                    d.columns_to,
                                                    y_block,
                                                    y_channel,
                                                    y_row,
                                                    x_block,
                                                    d.stride[0] * x_row,
                                                    d.stride[1] * L,
                                                    d.dilation[1] * L};
        for (fov_i64 t = 0; t < d.kernel[1]; t += k.taps)
            k.differentiate(partial + group * elements + ((o * d.from + c) * d.kernel[0] + r) * d.kernel[1] + t, d.from * d.taps(),
                            dy + block * y_block + o * y_channel,
                            x + block * x_block + c * x_channel + r * d.dilation[0] * x_row + t * d.dilation[1] * L, walk, channels,
                            static_cast<int>(std::min<fov_i64>(k.taps, d.kernel[1] - t)));
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
    e.adds_bias = e.activates = true;
    e.packed = d.from * d.to * d.taps() * sizeof(float);
    e.pack = [=](const float *w, void *packed, void *) { pack(*ctx, d, w, static_cast<float *>(packed)); };
    const bool backwards = s.which == data, relu = s.relu;
    const fov_i64 images = s.p.n;
    e.run = [=](const operands &o) {
        convolve(*ctx, d, backwards ? o.x : o.y, backwards ? o.y : o.x, static_cast<const float *>(o.packed), o.bias, relu, images);
    };
    return true;
}

}  // namespace

extern const implementation own_lane;
const implementation own_lane{"own:lane", FOV_PROVIDER_OWN, cost, make};

}  // namespace fov::conv
