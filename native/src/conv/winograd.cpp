// 3x3 and 5x5 convolutions of stride 1 through Winograd's algorithm, in the C16 layout, all three passes.
//
// A task transforms a run of tiles, multiplies them plane by plane and transforms the products back while they are in its cache.
#include "winograd.h"

#include <cstring>

namespace fov::conv {

using namespace winograd;

namespace {

// Weights pass by once for every run of tiles: where they are large, runs are so long that what is read of them is at most twice what
// the tiles take.
constexpr double reuse = 0.5;

using variant = winograd_variant conv_winograd_kernels::*;

direction direction_of(const setting &s, variant of) {
    const problem &p = s.p;
    const winograd_variant &k = s.ctx.kernels->conv_winograd->*of;
    direction d{&k, p.n, p.ic, p.oc, p.in[1], p.in[2], p.out[1], p.out[2], p.pad[1], p.pad[2], false};
    if (s.which == data) {
        std::swap(d.from, d.to);
        std::swap(d.rows, d.rows_to);
        std::swap(d.columns, d.columns_to);
        d.pad_top = k.r - 1 - p.pad[1];
        d.pad_left = k.r - 1 - p.pad[2];
        d.turned = true;
    }
    return d;
}

bool fits(const setting &s, variant of) {
    const problem &p = s.p;
    const fov_i64 r = (s.ctx.kernels->conv_winograd->*of).r;
    return s.ctx.options[FOV_OPTION_WINOGRAD] && s.in(FOV_C16, FOV_C16) && p.groups == 1 && p.in[0] == 1 && p.out[0] == 1 &&
           p.kernel[0] == 1 && p.kernel[1] == r && p.kernel[2] == r && p.stride[1] == 1 && p.stride[2] == 1 && p.dilation[1] == 1 &&
           p.dilation[2] == 1 && p.pad[0] == 0 && p.pad[1] < r && p.pad[2] < r;
}

void pack(const fov_ctx &ctx, const direction &d, const float *w, float *u) {
    const fov_i64 panels = d.panels(), from_blocks = d.from_blocks(), plane = d.u_plane();
    parallel_tasks(ctx, panels * from_blocks, [&, w, u](fov_i64 t, int) {
        const fov_i64 o = t / from_blocks, c = t % from_blocks;
        d.k->pack(u + (o * from_blocks + c) * L * d.k->panel, plane, w, d.to, d.from, o * d.k->panel, c * L, d.turned);
    });
}

// How many runs the tiles are cut into: by size alone, a multiple of 4 where there are enough tiles to share.
fov_i64 runs_of(const direction &d) {
    const fov_i64 tile_bytes = d.planes() * (d.from_blocks() + d.to_blocks()) * L * 4;
    const auto few_passes = static_cast<fov_i64>(reuse * d.from * d.to / (d.from + d.to));
    const fov_i64 per_run = std::clamp<fov_i64>(std::max(task_bytes / tile_bytes, few_passes), 2 * d.k->tiles, 256);
    const fov_i64 needed = ((d.tiles() + per_run - 1) / per_run + 3) / 4 * 4;
    return std::max<fov_i64>(1, std::min(needed, d.tiles() / d.k->tiles));
}

// What passes the second-level caches, in tiles and weights, one way and the other.
bool panels_pass_less(const direction &d) {
    const double tiles = static_cast<double>(d.tiles()) * d.from, weights = static_cast<double>(d.from) * d.to;
    return tiles * (1 + d.panels()) < weights * (1 + runs_of(d));
}

void convolve(fov_ctx &ctx, const direction &d, float *result, const float *source, const float *u, const ending &last) {
    const fov_i64 runs = runs_of(d), tiles = d.tiles(), run = (tiles + runs - 1) / runs, planes = d.planes(), panels = d.panels();
    const fov_i64 v_block = run * L, v_plane = d.from_blocks() * v_block + stagger;
    const fov_i64 m_plane = d.to_blocks() * v_block + stagger, u_plane = d.u_plane();
    const fov_i64 per_thread = planes * (v_plane + m_plane), bias_room = d.to_blocks() * L;
    auto *memory = static_cast<float *>(ctx.scratch.reserve((bias_room + ctx.threads() * per_thread) * sizeof(float)));
    if (last.bias) {
        memset(memory, 0, bias_room * sizeof(float));
        memcpy(memory, last.bias, d.to * sizeof(float));
    }
    const float *padded_bias = last.bias ? memory : nullptr;
    const winograd_variant &k = *d.k;
    parallel_tasks(ctx, runs, [=, &d, &k, &last](fov_i64 q, int thread) {
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
                    const float *weights = u + p * u_plane + o * panel_floats;
                    k.multiply(product + p * m_plane + o * k.panel / L * v_block + o * k.panel % L + begin * L, v_block,
                               v + p * v_plane + begin * L, v_block, weights, d.from_blocks(), weights + panel_floats, 2 * L, false,
                               static_cast<int>(end - begin));
                }
        for (fov_i64 b = 0; b < blocks(d.to); b++)
            d.walk(first, count, [&](fov_i64 i, fov_i64 image, const winograd_patch &, const winograd_patch &to) {
                last.write(d, result, image, b, to, product + b * v_block + i * L, m_plane, padded_bias);
            });
    });
}

// Arithmetic of the products at the peak, the passes over transformed tiles and weights at the cache's speed.
double estimate(const setting &s, variant of) {
    if (!fits(s, of)) return never;
    const direction d = direction_of(s, of);
    const double from = d.from_blocks() * L, to = d.to_blocks() * L, planes = d.planes(), tiles = d.tiles();
    const double products = 2 * planes * tiles * from * to / (peak(s.ctx) * 0.9);
    const double transforms = moving(4 * planes * tiles * (from + to)) / 4;
    const double weights = moving(4 * from * to * (planes + s.p.taps())) / 2;
    return products + transforms + weights;
}

bool make(const setting &s, variant of, executable &e) {
    const direction d = direction_of(s, of);
    fov_ctx *ctx = &s.ctx;
    e.adds_bias = e.adds_residual = e.activates = s.which != weights;
    if (s.which == weights) {
        e.run = [=](const operands &o) { differentiate(*ctx, d, o.w, o.x, o.y); };
        return true;
    }
    const bool backwards = s.which == data, relu = s.relu, pools = s.pools;
    e.pools = pools;
    if (s.learns && panels_pass_less(d)) {
        e.run = [=](const operands &o) {
            convolve_by_panels(*ctx, d, backwards ? o.x : o.y, backwards ? o.y : o.x, o.w,
                               {o.bias, o.residual, relu, pools, o.pool.offsets});
        };
        return true;
    }
    e.packed = d.planes() * d.u_plane() * sizeof(float);
    e.pack = [=](const float *w, void *packed, void *) { pack(*ctx, d, w, static_cast<float *>(packed)); };
    e.run = [=](const operands &o) {
        convolve(*ctx, d, backwards ? o.x : o.y, backwards ? o.y : o.x, static_cast<const float *>(o.packed),
                 {o.bias, o.residual, relu, pools, o.pool.offsets});
    };
    return true;
}

template <variant of>
constexpr implementation implemented(const char *name) {
    return {name, FOV_PROVIDER_OWN, [](const setting &s) { return estimate(s, of); },
            [](const setting &s, executable &e) { return make(s, of, e); }};
}

}  // namespace

extern const implementation own_winograd2, own_winograd4, own_winograd2_of_5;
const implementation own_winograd2 = implemented<&conv_winograd_kernels::f2>("own:winograd-2x2");
const implementation own_winograd4 = implemented<&conv_winograd_kernels::f4>("own:winograd-4x4");
const implementation own_winograd2_of_5 = implemented<&conv_winograd_kernels::f2_of_5>("own:winograd-2x2-5x5");

}  // namespace fov::conv
