// own:plain: every convolution there is, as a matrix product on plain tensors. What the filter sees is copied to panels that stay
// in the cache (the matrix of all panels is never made), filters are packed to rows of a register tile.
//   forward  rows are output channels, lanes are places, the sum runs over (input channel, tap)
//   data     the same per phase with channels exchanged
//   weights  rows are output channels, lanes are (input channel, tap), the sum runs over images and places
#include <algorithm>
#include <memory>

#include "../parallel.h"
#include "geometry.h"

namespace fov::conv {
namespace {

// Rows cut into tiles of nearly equal height.
struct tiles {
    fov_i64 rows, count;
    tiles(fov_i64 r, int most) : rows(r), count((r + most - 1) / most) {}
    fov_i64 begin(fov_i64 i) const { return rows * i / count; }
    int height(fov_i64 i) const { return static_cast<int>(begin(i + 1) - begin(i)); }
};

// ---- forward and data -------------------------------------------------------------------------------------------------------

struct product {
    problem p;
    pass which;
    bool relu;
    std::vector<phase> sets;
    std::vector<size_t> packed_at;  // of each phase, in floats
    fov_i64 rows, depth;            // channels of the result and of the source, per group
    fov_i64 result_plane, source_plane;

    explicit product(const setting &s) : p(s.p), which(s.which), relu(s.relu_alone()), sets(phases(s.p, s.which)) {
        const bool f = which == forward;
        rows = f ? p.ocg() : p.icg();
        depth = f ? p.icg() : p.ocg();
        result_plane = f ? p.out_size() : p.in_size();
        source_plane = f ? p.in_size() : p.out_size();
        for (const phase &set : sets) {
            packed_at.push_back(floats);
            floats += p.groups * rows * depth * set.taps.size();
        }
    }

    size_t floats = 0;

    // Element (row, channel, tap) of a group's filters.
    fov_i64 weight(fov_i64 g, fov_i64 row, fov_i64 c, fov_i64 tap) const {
        const fov_i64 o = which == forward ? row : c, i = which == forward ? c : row;
        return ((g * p.ocg() + o) * p.icg() + i) * p.taps() + tap;
    }
    fov_i64 sums(size_t set) const { return depth * static_cast<fov_i64>(sets[set].taps.size()); }

    // [phase][group][tile][channel][tap][row of the tile]
    void pack(const fov_ctx &ctx, const float *w, float *packed) const {
        const tiles t(rows, ctx.kernels->conv_gemm->rows);
        parallel_tasks(ctx, static_cast<fov_i64>(sets.size()) * p.groups * t.count, [&](fov_i64 task, int) {
            const fov_i64 i = task % t.count, g = task / t.count % p.groups, set = task / t.count / p.groups;
            const int height = t.height(i);
            float *to = packed + packed_at[set] + (g * rows + t.begin(i)) * sums(set);
            for (fov_i64 c = 0; c < depth; c++)
                for (const fov_i64 tap : sets[set].weight)
                    for (int r = 0; r < height; r++) *to++ = w[weight(g, t.begin(i) + r, c, tap)];
        });
    }

    // Channels whose panel fits the second-level cache beside the filters that meet it.
    fov_i64 channels_at_once(size_t set) const { return std::max<fov_i64>(1, 256 / std::max<fov_i64>(1, sets[set].taps.size())); }

    void run(fov_ctx &ctx, float *result, const float *source, const float *packed, const float *bias) const {
        const auto &k = *ctx.kernels->conv_gemm;
        fov_i64 panel = 0;
        for (size_t set = 0; set < sets.size(); set++)
            panel = std::max<fov_i64>(panel, std::min(depth, channels_at_once(set)) * sets[set].taps.size() * k.lanes);
        const fov_i64 scratch = panel + rows * k.lanes;
        float *scratches = static_cast<float *>(ctx.scratch.reserve(sizeof(float) * scratch * ctx.threads()));
        for (size_t set = 0; set < sets.size(); set++) {
            const fov_i64 across = (sets[set].places() + k.lanes - 1) / k.lanes;
            parallel_tasks(ctx, p.n * p.groups * across, [&](fov_i64 task, int thread) {
                float *mine = scratches + scratch * thread;
                one_tile(k, set, task / across, task % across * k.lanes, result, source, packed, bias, mine, mine + panel);
            });
        }
    }

    // All channels of one group of one image (which is `image_group`) at the places from `at` on.
    void one_tile(const conv_gemm_kernels &k, size_t set, fov_i64 image_group, fov_i64 place, float *result, const float *source,
                  const float *packed, const float *bias, float *panel, float *buffer) const {
        const phase &f = sets[set];
        const fov_i64 n = std::min<fov_i64>(k.lanes, f.places() - place), g = image_group % p.groups, taps = f.taps.size();
        float *out = result + image_group * rows * result_plane;
        const float *in = source + image_group * depth * source_plane;
        const tiles t(rows, k.rows);
        fov_i64 at[3];
        f.locate(place, at);
        const bool direct = f.contiguous();
        float *c = direct ? out + place : buffer;
        const fov_i64 stride = direct ? result_plane : k.lanes, most = channels_at_once(set);
        fov_i64 channel = 0;
        do {
            const fov_i64 channels = std::min(most, depth - channel), first = channel * taps;
            k.columns(panel, k.lanes, k.lanes, in + channel * source_plane, source_plane, channels, f.taps.data(), taps, &f.grid, at, n);
            channel += channels;
            for (fov_i64 i = 0; i < t.count; i++) {
                const fov_i64 row = t.begin(i);
                const int height = t.height(i);
                const float *a = packed + packed_at[set] + (g * rows + row) * sums(set) + first * height;
                k.tile(channels * taps, a, panel, c + row * stride, stride, height, static_cast<int>(n), first > 0 && taps > 0,
                       bias ? bias + g * rows + row : nullptr, relu && channel == depth);
            }
        } while (channel < depth);
        if (!direct) scatter(f, place, n, out, buffer, k.lanes);
    }

    void scatter(const phase &f, fov_i64 place, fov_i64 n, float *out, const float *buffer, fov_i64 stride) const {
        const fov_i64 *extent = which == forward ? p.out : p.in;
        for (fov_i64 i = 0; i < n; i++) {
            fov_i64 at[3];
            f.locate(place + i, at);
            const fov_i64 d = f.first[0] + at[0] * f.step[0], h = f.first[1] + at[1] * f.step[1], w = f.first[2] + at[2] * f.step[2];
            float *to = out + (d * extent[1] + h) * extent[2] + w;
            for (fov_i64 row = 0; row < rows; row++) to[row * result_plane] = buffer[row * stride + i];
        }
    }
};

// ---- weights ----------------------------------------------------------------------------------------------------------------

// A task is one block of columns (input channel, tap) of one group over one part of the images; parts have sums of their own,
// added in order. All of it is cut by the problem, not by threads.
struct weight_gradient {
    static constexpr fov_i64 tiles_per_block = 4, places_at_once = 192;
    problem p;
    phase f;
    fov_i64 columns, lanes, blocks, parts;

    explicit weight_gradient(const setting &s) : p(s.p), f(phases(s.p, forward).front()) {
        lanes = s.ctx.kernels->conv_gemm->lanes;
        columns = p.icg() * p.taps();
        blocks = (columns + lanes * tiles_per_block - 1) / (lanes * tiles_per_block);
        const fov_i64 wanted = (32 + p.groups * blocks - 1) / (p.groups * blocks), room = (8 << 20) / (4 * p.weight_elements()) + 1;
        parts = std::clamp<fov_i64>(wanted, 1, std::min(p.n, room));
    }

    size_t workspace() const { return parts > 1 ? sizeof(float) * parts * p.weight_elements() : 0; }

    void run(fov_ctx &ctx, float *dw, const float *x, const float *dy, float *sums) const {
        const auto &k = *ctx.kernels->conv_gemm;
        const fov_i64 width = lanes * tiles_per_block, seen = width * places_at_once, scratch = 2 * seen + k.rows * places_at_once;
        float *scratches = static_cast<float *>(ctx.scratch.reserve(sizeof(float) * scratch * ctx.threads()));
        parallel_tasks(ctx, p.groups * blocks * parts, [&](fov_i64 task, int thread) {
            const fov_i64 part = task % parts, block = task / parts % blocks, g = task / parts / blocks;
            float *out = parts > 1 ? sums + part * p.weight_elements() : dw;
            block_of(k, g, block * width, p.n * part / parts, p.n * (part + 1) / parts, out, x, dy, scratches + scratch * thread);
        });
        if (parts == 1) return;
        parallel_ranges(ctx, p.weight_elements(), [=, this](fov_i64 begin, fov_i64 end) {
            for (fov_i64 i = begin; i < end; i++) {
                float sum = sums[i];
                for (fov_i64 part = 1; part < parts; part++) sum += sums[part * p.weight_elements() + i];
                dw[i] = sum;
            }
        });
    }

    // Columns from `column` on, images [n0, n1). Panels hold places of several images where one image has few.
    void block_of(const conv_gemm_kernels &k, fov_i64 g, fov_i64 column, fov_i64 n0, fov_i64 n1, float *dw, const float *x, const float *dy,
                  float *scratch) const {
        const fov_i64 width = std::min(lanes * tiles_per_block, columns - column), places = f.places();
        float *seen = scratch, *panel = seen + lanes * tiles_per_block * places_at_once,
              *gradients = panel + lanes * tiles_per_block * places_at_once;
        const tiles t(p.ocg(), k.rows);
        float *out = dw + g * p.ocg() * columns + column;
        bool add = false;
        for (fov_i64 n = n0, place = 0; n < n1; add = true) {
            const fov_i64 n_begin = n, place_begin = place;
            fov_i64 filled = 0;
            while (n < n1 && filled < places_at_once) {
                const fov_i64 piece = std::min(places - place, places_at_once - filled);
                see(k, seen + filled, x + (n * p.ic + g * p.icg()) * p.in_size(), column, width, place, piece);
                filled += piece;
                place += piece;
                if (place == places) {
                    place = 0;
                    n++;
                }
            }
            for (fov_i64 i = 0; i < width; i += lanes)
                k.transpose(panel + i * places_at_once, lanes, seen + i * places_at_once, places_at_once, std::min(lanes, width - i),
                            filled);
            for (fov_i64 i = 0; i < t.count; i++) {
                const int height = t.height(i);
                fov_i64 m = n_begin, from = place_begin;
                for (fov_i64 done = 0; done < filled; m++, from = 0) {
                    const fov_i64 piece = std::min(places - from, filled - done);
                    k.transpose(gradients + done * height, height, dy + (m * p.oc + g * p.ocg() + t.begin(i)) * places + from, places,
                                height, piece);
                    done += piece;
                }
                for (fov_i64 j = 0; j < width; j += lanes)
                    k.tile(filled, gradients, panel + j * places_at_once, out + t.begin(i) * columns + j, columns, height,
                           static_cast<int>(std::min(lanes, width - j)), add, nullptr, false);
            }
        }
    }

    // Rows of `seen`: columns [column, column + width), which may begin and end within a channel.
    void see(const conv_gemm_kernels &k, float *seen, const float *x, fov_i64 column, fov_i64 width, fov_i64 place, fov_i64 n) const {
        fov_i64 at[3];
        f.locate(place, at);
        for (fov_i64 i = 0; i < width;) {
            const fov_i64 c = (column + i) / p.taps(), tap = (column + i) % p.taps(), count = std::min(p.taps() - tap, width - i);
            k.columns(seen + i * places_at_once, places_at_once, n, x + c * p.in_size(), p.in_size(), 1, f.taps.data() + tap, count,
                      &f.grid, at, n);
            i += count;
        }
    }
};

bool make(const setting &s, executable &e) {
    fov_ctx &ctx = s.ctx;
    if (s.which == weights) {
        const auto gradient = std::make_shared<const weight_gradient>(s);
        e.workspace = gradient->workspace();
        e.run = [gradient, &ctx](const operands &o) { gradient->run(ctx, o.w, o.x, o.y, static_cast<float *>(o.workspace)); };
        return true;
    }
    const auto sum = std::make_shared<const product>(s);
    e.packed = sizeof(float) * sum->floats;
    e.adds_bias = true;
    e.activates = !s.add;
    e.pack = [sum, &ctx](const float *w, void *packed, void *) { sum->pack(ctx, w, static_cast<float *>(packed)); };
    e.run = [sum, &ctx](const operands &o) {
        const bool f = sum->which == forward;
        sum->run(ctx, f ? o.y : o.x, f ? o.x : o.y, static_cast<const float *>(o.packed), o.bias);
    };
    return true;
}

// Panels cost one pass over what the filter sees for every group of rows; few rows leave registers idle.
double cost(const setting &s) {
    const problem &p = s.p;
    if (!s.in(FOV_PLAIN, FOV_PLAIN)) return never;
    const double rows = s.which == data ? p.icg() : p.ocg(), seen = p.flops() / 2 / rows;
    return p.flops() / (0.6 * peak(s.ctx)) + seen * (s.which == weights ? 1.0 : 0.3) + moving(8.0 * p.weight_elements()) + 500;
}

}  // namespace

extern const implementation own_plain;
const implementation own_plain = {"own:plain", FOV_PROVIDER_OWN, cost, make};

}  // namespace fov::conv
