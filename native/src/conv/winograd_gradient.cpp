// The gradient of the weights: it sums over tiles, so every task owns sums, and each sum has one order, whoever computes it.
#include <cstring>

#include "winograd.h"

namespace fov::conv::winograd {

namespace {

// Up to this size each part of the tiles has sums of its own, and all of those together may take this much.
constexpr fov_i64 apart_bytes = 5 << 19, parts_bytes = 40 << 20;
// What the sums of one task may take of the second-level cache.
constexpr fov_i64 sums_bytes = 320 << 10;

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
    // Tiles [first, first + count), by all threads.
    void transform_all(const fov_ctx &ctx, float *v, fov_i64 first, fov_i64 count, const float *x, const float *dy) const {
        constexpr fov_i64 tiles_per_task = 8;
        parallel_tasks(ctx, (count + tiles_per_task - 1) / tiles_per_task, [=, this](fov_i64 task, int) {
            const fov_i64 at = task * tiles_per_task;
            transform(v, at, first + at, std::min(tiles_per_task, count - at), x, dy);
        });
    }
    // Sums of plane p, panel o and source block b.
    void accumulate(float *u, const float *v, fov_i64 p, fov_i64 o, fov_i64 b, fov_i64 count, bool add) const {
        const fov_i64 panel = d.k->panel;
        d.k->accumulate(u, v + p * v_plane + b * v_block, v + d.planes() * v_plane + p * e_plane + o * panel / L * v_block + o * panel % L,
                        v_block, count, add);
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
    parallel_tasks(ctx, parts, [=, &r, &d](fov_i64 part, int thread) {
        float *v = transformed + thread * r.floats(), *mine = u + part * sums;
        const fov_i64 begin = tiles * part / parts, end = tiles * (part + 1) / parts;
        for (fov_i64 first = begin; first < end; first += run) {
            const fov_i64 count = std::min(run, end - first);
            r.transform(v, 0, first, count, x, dy);
            for (fov_i64 p = 0; p < planes; p++)
                for (fov_i64 o = 0; o < panels; o++)
                    for (fov_i64 b = 0; b < d.from_blocks(); b++)
                        r.accumulate(mine + p * d.u_plane() + (o * d.from_blocks() + b) * L * d.k->panel, v, p, o, b, count, first > begin);
        }
    });
    parallel_ranges(ctx, sums, [=](fov_i64 begin, fov_i64 end) {
        for (fov_i64 part = 1; part < parts; part++)
            for (fov_i64 i = begin; i < end; i++) u[i] += u[part * sums + i];
    });
    unpack(ctx, d, dw, u);
}

// The threads share the transformed tiles; a task sums one panel of result channels with some source blocks over all of them, in its
// cache, and no transformed gradient passes memory.
void differentiate_by_panels(fov_ctx &ctx, const direction &d, float *dw, const float *x, const float *dy) {
    const fov_i64 tiles = d.tiles(), planes = d.planes(), block = L * d.k->panel;
    const fov_i64 most = std::clamp<fov_i64>(sums_bytes / (planes * block * 4), 1, d.from_blocks()),
                  chunks = (d.from_blocks() + most - 1) / most;
    const fov_i64 u_plane = (d.from_blocks() + chunks - 1) / chunks * block + stagger;
    const gradient_run r(d, tiles);
    auto *v = static_cast<float *>(ctx.scratch.reserve((r.floats() + ctx.threads() * planes * u_plane) * sizeof(float)));
    r.clear_rest(v);
    r.transform_all(ctx, v, 0, tiles, x, dy);
    parallel_tasks(ctx, d.panels() * chunks, [=, &r, &d](fov_i64 task, int thread) {
        const fov_i64 o = task / chunks, begin = d.from_blocks() * (task % chunks) / chunks,
                      end = d.from_blocks() * (task % chunks + 1) / chunks;
        float *u = v + r.floats() + thread * planes * u_plane;
        for (fov_i64 p = 0; p < planes; p++)
            for (fov_i64 b = begin; b < end; b++) r.accumulate(u + p * u_plane + (b - begin) * block, v, p, o, b, tiles, false);
        for (fov_i64 b = begin; b < end; b++) d.k->unpack(dw, u + (b - begin) * block, u_plane, d.to, d.from, o * d.k->panel, b * L);
    });
}

// Too many tiles to keep them: run after run of them is added to all sums.
void differentiate_by_runs(fov_ctx &ctx, const direction &d, float *dw, const float *x, const float *dy, fov_i64 run) {
    const fov_i64 planes = d.planes(), panels = d.panels(), tiles = d.tiles(), runs = (tiles + run - 1) / run;
    const gradient_run r(d, run);
    auto *v = static_cast<float *>(ctx.scratch.reserve((r.floats() + planes * d.u_plane()) * sizeof(float)));
    float *u = v + r.floats();
    r.clear_rest(v);
    for (fov_i64 q = 0; q < runs; q++) {
        const fov_i64 first = tiles * q / runs, count = tiles * (q + 1) / runs - first;
        r.transform_all(ctx, v, first, count, x, dy);
        parallel_tasks(ctx, planes * panels, [=, &r, &d](fov_i64 task, int) {
            const fov_i64 p = task / panels, o = task % panels;
            for (fov_i64 b = 0; b < d.from_blocks(); b++)
                r.accumulate(u + p * d.u_plane() + (o * d.from_blocks() + b) * L * d.k->panel, v, p, o, b, count, q > 0);
        });
    }
    unpack(ctx, d, dw, u);
}

}  // namespace

void differentiate(fov_ctx &ctx, const direction &d, float *dw, const float *x, const float *dy) {
    if (d.planes() * d.u_plane() * 4 <= apart_bytes) return differentiate_apart(ctx, d, dw, x, dy);
    const fov_i64 tile_bytes = d.planes() * (d.from_blocks() + d.to_blocks()) * L * 4;
    const fov_i64 run = std::clamp<fov_i64>(shared_bytes / tile_bytes, 56, 512);
    if (d.tiles() <= run) return differentiate_by_panels(ctx, d, dw, x, dy);
    differentiate_by_runs(ctx, d, dw, x, dy, run);
}

}  // namespace fov::conv::winograd
