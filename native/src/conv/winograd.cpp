// 3x3 convolutions of stride 1 through Winograd's algorithm, in the C16 layout, all three passes.
//
// A task transforms a run of tiles, multiplies them plane by plane and transforms the products back while they are in its cache.
// The gradient of the weights sums over tiles, so there the threads share the transformed tiles of one run and each task owns some
// planes and panels: every sum has one order, whoever computes it.
#include <algorithm>
#include <cstring>

#include "../parallel.h"
#include "conv.h"

namespace fov::conv {

namespace {

constexpr fov_i64 L = 16;
// What a task's transformed tiles may take of the second-level cache.
constexpr fov_i64 task_bytes = 1 << 20;
// Weights pass by once for every run of tiles: where they are large, runs are so long that what is read of them is at most twice what
// the tiles take.
constexpr double reuse = 0.5;
// Gradients of the weights: up to this size each part of the tiles has sums of its own, and all of those together may take this much.
constexpr fov_i64 apart_bytes = 5 << 19, parts_bytes = 40 << 20;
// What the tiles that all threads share may take of the third-level cache.
constexpr fov_i64 shared_bytes = 24 << 20;
// Apart from a power of two, so that the planes of one tile do not meet in one cache set.
constexpr fov_i64 stagger = 16;

fov_i64 blocks(fov_i64 channels) { return (channels + L - 1) / L; }

// One direction of the algorithm: `from` channels of an image to `to` channels of another.
struct direction {
    const winograd_variant *k;
    fov_i64 n, from, to;
    fov_i64 rows, columns, rows_to, columns_to, pad_top, pad_left;
    bool turned;

    fov_i64 planes() const { return (k->m + 2) * (k->m + 2); }
    fov_i64 tiles_y() const { return (rows_to + k->m - 1) / k->m; }
    fov_i64 tiles_x() const { return (columns_to + k->m - 1) / k->m; }
    fov_i64 tiles() const { return n * tiles_y() * tiles_x(); }
    fov_i64 panels() const { return (to + k->panel - 1) / k->panel; }
    fov_i64 from_blocks() const { return blocks(from); }
    fov_i64 to_blocks() const { return panels() * k->panel / L; }
    fov_i64 u_plane() const { return panels() * from_blocks() * L * k->panel + stagger; }
    fov_i64 image_block(fov_i64 image, fov_i64 block) const { return (image * from_blocks() + block) * rows * columns * L; }
    fov_i64 result_block(fov_i64 image, fov_i64 block) const { return (image * blocks(to) + block) * rows_to * columns_to * L; }

    // f(i, image, source, result) for `count` tiles from `first`: tile i reads and writes these patches of that image.
    template <class F>
    void walk(fov_i64 first, fov_i64 count, F f) const {
        const fov_i64 across = tiles_x() * k->m, down = tiles_y() * k->m, in_image = first % (tiles_y() * tiles_x());
        fov_i64 image = first / (tiles_y() * tiles_x()), top = in_image / tiles_x() * k->m, left = in_image % tiles_x() * k->m;
        for (fov_i64 i = 0; i < count; i++) {
            f(i, image, winograd_patch{rows, columns, top - pad_top, left - pad_left}, winograd_patch{rows_to, columns_to, top, left});
            if ((left += k->m) < across) continue;
            left = 0;
            if ((top += k->m) < down) continue;
            top = 0;
            image++;
        }
    }

    // How many runs the tiles are cut into: by size alone, a multiple of 4 where there are enough tiles to share.
    fov_i64 runs() const {
        const fov_i64 tile_bytes = planes() * (from_blocks() + to_blocks()) * L * 4;
        const auto few_passes = static_cast<fov_i64>(reuse * from * to / (from + to));
        const fov_i64 per_run = std::clamp<fov_i64>(std::max(task_bytes / tile_bytes, few_passes), 2 * k->tiles, 256);
        const fov_i64 needed = ((tiles() + per_run - 1) / per_run + 3) / 4 * 4;
        return std::max<fov_i64>(1, std::min(needed, tiles() / k->tiles));
    }
    fov_i64 longest_run() const { return (tiles() + runs() - 1) / runs(); }
};

direction direction_of(const setting &s, bool large) {
    const problem &p = s.p;
    const conv_winograd_kernels &family = *s.ctx.kernels->conv_winograd;
    direction d{large ? &family.f4 : &family.f2, p.n, p.ic, p.oc, p.in[1], p.in[2], p.out[1], p.out[2], p.pad[1], p.pad[2], false};
    if (s.which == data) {
        std::swap(d.from, d.to);
        std::swap(d.rows, d.rows_to);
        std::swap(d.columns, d.columns_to);
        d.pad_top = 2 - p.pad[1];
        d.pad_left = 2 - p.pad[2];
        d.turned = true;
    }
    return d;
}

bool fits(const setting &s) {
    const problem &p = s.p;
    return s.ctx.options[FOV_OPTION_WINOGRAD] && s.in(FOV_C16, FOV_C16) && p.groups == 1 && p.in[0] == 1 && p.out[0] == 1 &&
           p.kernel[0] == 1 && p.kernel[1] == 3 && p.kernel[2] == 3 && p.stride[1] == 1 && p.stride[2] == 1 && p.dilation[1] == 1 &&
           p.dilation[2] == 1 && p.pad[0] == 0 && p.pad[1] <= 2 && p.pad[2] <= 2;
}

void pack(const fov_ctx &ctx, const direction &d, const float *w, float *u) {
    const fov_i64 panels = d.panels(), from_blocks = d.from_blocks(), plane = d.u_plane();
    parallel_tasks(ctx, panels * from_blocks, [&, w, u](fov_i64 t, int) {
        const fov_i64 o = t / from_blocks, c = t % from_blocks;
        d.k->pack(u + (o * from_blocks + c) * L * d.k->panel, plane, w, d.to, d.from, o * d.k->panel, c * L, d.turned);
    });
}

void convolve(fov_ctx &ctx, const direction &d, float *result, const float *source, const float *u, const float *bias, bool relu) {
    const fov_i64 run = d.longest_run(), planes = d.planes(), panels = d.panels(), runs = d.runs(), tiles = d.tiles();
    const fov_i64 v_block = run * L, v_plane = d.from_blocks() * v_block + stagger;
    const fov_i64 m_plane = d.to_blocks() * v_block + stagger, u_plane = d.u_plane();
    const fov_i64 per_thread = planes * (v_plane + m_plane), bias_room = d.to_blocks() * L;
    auto *memory = static_cast<float *>(ctx.scratch.reserve((bias_room + ctx.threads() * per_thread) * sizeof(float)));
    if (bias) {
        memset(memory, 0, bias_room * sizeof(float));
        memcpy(memory, bias, d.to * sizeof(float));
    }
    const float *padded_bias = bias ? memory : nullptr;
    const winograd_variant &k = *d.k;
    parallel_tasks(ctx, runs, [=, &d, &k](fov_i64 q, int thread) {
        float *v = memory + bias_room + thread * per_thread, *product = v + planes * v_plane;
        const fov_i64 first = tiles * q / runs, count = tiles * (q + 1) / runs - first;
        // Blocks outside: the rows of one block are read in their order, which prefetchers follow.
        for (fov_i64 b = 0; b < d.from_blocks(); b++)
            d.walk(first, count, [&](fov_i64 i, fov_i64 image, const winograd_patch &from, const winograd_patch &) {
                k.input(v + b * v_block + i * L, v_plane, source + d.image_block(image, b), from);
            });
        const fov_i64 groups = (count + k.tiles - 1) / k.tiles, panel_floats = d.from_blocks() * L * k.panel;
        for (fov_i64 p = 0; p < planes; p++)
            for (fov_i64 o = 0; o < panels; o++)
                for (fov_i64 g = 0; g < groups; g++) {
                    const fov_i64 begin = count * g / groups, end = count * (g + 1) / groups;
                    k.multiply(product + p * m_plane + o * k.panel / L * v_block + o * k.panel % L + begin * L, v_block,
                               v + p * v_plane + begin * L, v_block, u + p * u_plane + o * panel_floats, d.from_blocks(),
                               g == 0 ? panel_floats : 0, static_cast<int>(end - begin));
                }
        for (fov_i64 b = 0; b < blocks(d.to); b++)
            d.walk(first, count, [&](fov_i64 i, fov_i64 image, const winograd_patch &, const winograd_patch &to) {
                k.output(result + d.result_block(image, b), to, product + b * v_block + i * L, m_plane,
                         padded_bias ? padded_bias + b * L : nullptr, relu);
            });
    });
}

// The transformed tiles of one run for the gradient of the weights.
struct gradient_run {
    const direction &d;
    fov_i64 v_block, v_plane, e_plane;

    gradient_run(const direction &of, fov_i64 tiles)
        : d(of), v_block(tiles * L), v_plane(of.from_blocks() * v_block + stagger), e_plane(of.to_blocks() * v_block + stagger) {}
    fov_i64 floats() const { return d.planes() * (v_plane + e_plane); }
    float *e(float *v) const { return v + d.planes() * v_plane; }

    // The last panel may be wider than there are channel blocks.
    void clear_rest(float *v) const {
        for (fov_i64 p = 0; p < d.planes(); p++)
            for (fov_i64 b = blocks(d.to); b < d.to_blocks(); b++) memset(e(v) + p * e_plane + b * v_block, 0, v_block * sizeof(float));
    }
    // Tiles [first, first + count), to place `at` and behind.
    void transform(float *v, fov_i64 at, fov_i64 first, fov_i64 count, const float *x, const float *dy) const {
        for (fov_i64 b = 0; b < d.from_blocks(); b++)
            d.walk(first, count, [&](fov_i64 i, fov_i64 image, const winograd_patch &from, const winograd_patch &) {
                d.k->input(v + b * v_block + (at + i) * L, v_plane, x + d.image_block(image, b), from);
            });
        for (fov_i64 b = 0; b < blocks(d.to); b++)
            d.walk(first, count, [&](fov_i64 i, fov_i64 image, const winograd_patch &, const winograd_patch &to) {
                d.k->gradient(e(v) + b * v_block + (at + i) * L, e_plane, dy + d.result_block(image, b), to);
            });
    }
    void accumulate(float *u, float *v, fov_i64 p, fov_i64 o, fov_i64 count, bool add) const {
        const fov_i64 panel = d.k->panel;
        for (fov_i64 b = 0; b < d.from_blocks(); b++)
            d.k->accumulate(u + p * d.u_plane() + (o * d.from_blocks() + b) * L * panel, v + p * v_plane + b * v_block,
                            e(v) + p * e_plane + o * panel / L * v_block + o * panel % L, v_block, count, add);
    }
};

void unpack(fov_ctx &ctx, const direction &d, float *dw, const float *u) {
    parallel_tasks(ctx, d.panels() * d.from_blocks(), [=, &d](fov_i64 t, int) {
        const fov_i64 o = t / d.from_blocks(), c = t % d.from_blocks();
        d.k->unpack(dw, u + (o * d.from_blocks() + c) * L * d.k->panel, d.u_plane(), d.to, d.from, o * d.k->panel, c * L);
    });
}

// Few channels: the sums stay in a core's cache beside the tiles of a run. A task takes a part of all tiles and has sums of its own,
// which are added in the order of the parts.
void differentiate_apart(fov_ctx &ctx, const direction &d, float *dw, const float *x, const float *dy) {
    const fov_i64 tiles = d.tiles(), sums = d.planes() * d.u_plane(), planes = d.planes(), panels = d.panels();
    const fov_i64 tile_bytes = planes * (d.from_blocks() + d.to_blocks()) * L * 4;
    const fov_i64 run = std::clamp<fov_i64>((task_bytes - 2 * sums) / tile_bytes, 2 * d.k->tiles, 128);
    const fov_i64 parts = std::clamp<fov_i64>(std::min(tiles / run, parts_bytes / (4 * sums)), 1, 16);
    const gradient_run r(d, run);
    auto *u = static_cast<float *>(ctx.scratch.reserve((parts * sums + ctx.threads() * r.floats()) * sizeof(float)));
    float *transformed = u + parts * sums;
    for (int t = 0; t < ctx.threads(); t++) r.clear_rest(transformed + t * r.floats());
    parallel_tasks(ctx, parts, [=, &r](fov_i64 part, int thread) {
        float *v = transformed + thread * r.floats(), *mine = u + part * sums;
        const fov_i64 begin = tiles * part / parts, end = tiles * (part + 1) / parts;
        for (fov_i64 first = begin; first < end; first += run) {
            const fov_i64 count = std::min(run, end - first);
            r.transform(v, 0, first, count, x, dy);
            for (fov_i64 p = 0; p < planes; p++)
                for (fov_i64 o = 0; o < panels; o++) r.accumulate(mine, v, p, o, count, first > begin);
        }
    });
    parallel_ranges(ctx, sums, [=](fov_i64 begin, fov_i64 end) {
        for (fov_i64 part = 1; part < parts; part++)
            for (fov_i64 i = begin; i < end; i++) u[i] += u[part * sums + i];
    });
    unpack(ctx, d, dw, u);
}

// dw [to][from][3][3] from x (the source) and dy (the result of the forward pass).
void differentiate(fov_ctx &ctx, const direction &d, float *dw, const float *x, const float *dy) {
    const fov_i64 planes = d.planes(), panels = d.panels(), tiles = d.tiles(), sums = planes * d.u_plane();
    if (sums * 4 <= apart_bytes) return differentiate_apart(ctx, d, dw, x, dy);
    const fov_i64 tile_bytes = planes * (d.from_blocks() + d.to_blocks()) * L * 4;
    const fov_i64 run = std::clamp<fov_i64>(shared_bytes / tile_bytes, 56, 512), runs = (tiles + run - 1) / run;
    const gradient_run r(d, run);
    auto *v = static_cast<float *>(ctx.scratch.reserve((r.floats() + sums) * sizeof(float)));
    float *u = v + r.floats();
    r.clear_rest(v);
    constexpr fov_i64 tiles_per_task = 8;
    for (fov_i64 q = 0; q < runs; q++) {
        const fov_i64 first = tiles * q / runs, count = tiles * (q + 1) / runs - first;
        parallel_tasks(ctx, (count + tiles_per_task - 1) / tiles_per_task, [=, &r](fov_i64 task, int) {
            const fov_i64 at = task * tiles_per_task;
            r.transform(v, at, first + at, std::min(tiles_per_task, count - at), x, dy);
        });
        parallel_tasks(ctx, planes * panels,
                       [=, &r](fov_i64 task, int) { r.accumulate(u, v, task / panels, task % panels, count, q > 0); });
    }
    unpack(ctx, d, dw, u);
}

// Arithmetic of the products at the peak, the passes over transformed tiles and weights at the cache's speed.
double estimate(const setting &s, bool large) {
    if (!fits(s)) return never;
    const direction d = direction_of(s, large);
    const double from = d.from_blocks() * L, to = d.to_blocks() * L, planes = d.planes(), tiles = d.tiles();
    const double products = 2 * planes * tiles * from * to / (peak(s.ctx) * 0.9);
    const double transforms = moving(4 * planes * tiles * (from + to)) / 4;
    const double weights = moving(4 * from * to * (planes + 9)) / 2;
    return products + transforms + weights;
}

bool make(const setting &s, bool large, executable &e) {
    const direction d = direction_of(s, large);
    fov_ctx *ctx = &s.ctx;
    e.adds_bias = e.activates = s.which != weights;
    if (s.which == weights) {
        e.run = [=](const operands &o) { differentiate(*ctx, d, o.w, o.x, o.y); };
        return true;
    }
    e.packed = d.planes() * d.u_plane() * sizeof(float);
    e.pack = [=](const float *w, void *packed, void *) { pack(*ctx, d, w, static_cast<float *>(packed)); };
    const bool backwards = s.which == data, relu = s.relu;
    e.run = [=](const operands &o) {
        convolve(*ctx, d, backwards ? o.x : o.y, backwards ? o.y : o.x, static_cast<const float *>(o.packed), o.bias, relu);
    };
    return true;
}

double cost_f2(const setting &s) { return estimate(s, false); }
double cost_f4(const setting &s) { return estimate(s, true); }
bool make_f2(const setting &s, executable &e) { return make(s, false, e); }
bool make_f4(const setting &s, executable &e) { return make(s, true, e); }

}  // namespace

extern const implementation own_winograd2, own_winograd4;
const implementation own_winograd2{"own:winograd-2x2", FOV_PROVIDER_OWN, cost_f2, make_f2};
const implementation own_winograd4{"own:winograd-4x4", FOV_PROVIDER_OWN, cost_f4, make_f4};

}  // namespace fov::conv
