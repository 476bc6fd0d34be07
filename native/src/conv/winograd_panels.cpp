// Forward and data passes for few tiles and many channels, where the transformed weights are what fills the memory: 4 or 16/9 times
// the plain ones. Here the tiles of all images are transformed first, for all threads; a task then owns one panel of result channels
// and some tiles, transforms the weights that it needs and uses them while they are in its cache. None of them is kept.
#include <cstring>

#include "winograd.h"

namespace fov::conv::winograd {

namespace {

// What a task's transformed weights may take of the second-level cache; its products take about half of that.
constexpr fov_i64 weight_bytes = 512 << 10;
// Groups of tiles that a task multiplies with its weights.
constexpr fov_i64 groups_of_task = 5;

// Tiles are kept in groups as large as `multiply` takes at a time and source blocks in chunks whose transformed weights stay in the
// cache, V [planes][chunks][groups][chunk][group][16]: what is read from memory that all threads share comes in long runs.
struct panel_run {
    const direction &d;
    const winograd_variant &k;
    fov_i64 groups, group, pieces;  // of all tiles of a run; tiles of a group; parts that the groups are cut into
    fov_i64 chunks, chunk;          // of the source blocks; blocks of one
    fov_i64 v_block, v_plane, m_block, m_plane, u_plane;

    panel_run(const direction &of, fov_i64 tiles)
        : d(of),
          k(*of.k),
          groups((tiles + k.tiles - 1) / k.tiles),
          group((tiles + groups - 1) / groups),
          pieces((groups + groups_of_task - 1) / groups_of_task) {
        const fov_i64 most = std::max<fov_i64>(1, weight_bytes / (d.planes() * L * k.panel * 4));
        chunks = (d.from_blocks() + most - 1) / most;
        chunk = (d.from_blocks() + chunks - 1) / chunks;
        v_block = group * L;
        v_plane = chunks * groups * chunk * v_block + stagger;
        m_block = (groups + pieces - 1) / pieces * group * L;
        m_plane = panel_blocks() * m_block + stagger;
        u_plane = chunk * L * k.panel + stagger;
    }

    fov_i64 panel_blocks() const { return std::max<fov_i64>(1, k.panel / L); }
    fov_i64 v_floats() const { return d.planes() * v_plane; }
    fov_i64 task_floats() const { return d.planes() * (m_plane + u_plane); }

    // Where source block b of group g lies in a plane.
    fov_i64 v_at(fov_i64 g, fov_i64 b) const { return ((b / chunk * groups + g) * chunk + b % chunk) * v_block; }

    // Group g of a run of `count` tiles that begins with tile `first`.
    void transform(float *v, fov_i64 g, fov_i64 first, fov_i64 count, const float *source) const {
        for (fov_i64 b = 0; b < d.from_blocks(); b++)
            d.walk(first + g * group, std::min(group, count - g * group),
                   [&](fov_i64 i, fov_i64 image, const winograd_patch &from, const winograd_patch &) {
                       k.input(v + v_at(g, b) + i * L, v_plane, source + d.image_block(image, b), from);
                   });
    }

    // Products of panel o with groups [begin, end); `memory` is the task's.
    const float *multiply(float *memory, fov_i64 o, const float *v, fov_i64 begin, fov_i64 end, fov_i64 count, const float *w) const {
        float *product = memory, *u = memory + d.planes() * m_plane;
        for (fov_i64 c = 0; c < d.from_blocks(); c += chunk) {
            const fov_i64 some = std::min(chunk, d.from_blocks() - c);
            for (fov_i64 b = 0; b < some; b++) k.pack(u + b * L * k.panel, u_plane, w, d.to, d.from, o * k.panel, (c + b) * L, d.turned);
            for (fov_i64 p = 0; p < d.planes(); p++)
                for (fov_i64 g = begin; g < end; g++) {
                    const float *tiles = v + p * v_plane + v_at(g, c);
                    const float *next = g + 1 < end ? tiles + chunk * v_block : v + (p + 1) * v_plane + v_at(begin, c);
                    k.multiply(product + p * m_plane + (g - begin) * group * L, m_block, tiles, v_block, u + p * u_plane, some, next, L,
                               c > 0, static_cast<int>(std::min(group, count - g * group)));
                }
        }
        return product;
    }
};

}  // namespace

void convolve_by_panels(fov_ctx &ctx, const direction &d, float *result, const float *source, const float *w, const ending &last) {
    const fov_i64 tiles = d.tiles(), tile_bytes = d.planes() * d.from_blocks() * L * 4, panels = d.panels();
    const fov_i64 runs = (tiles * tile_bytes + shared_bytes - 1) / shared_bytes, longest = (tiles + runs - 1) / runs;
    const panel_run r(d, longest);
    const fov_i64 bias_room = (panels * d.k->panel + L - 1) / L * L;
    auto *memory = static_cast<float *>(ctx.scratch.reserve((bias_room + r.v_floats() + ctx.threads() * r.task_floats()) * sizeof(float)));
    if (last.bias) {
        memset(memory, 0, bias_room * sizeof(float));
        memcpy(memory, last.bias, d.to * sizeof(float));
    }
    const float *padded_bias = last.bias ? memory : nullptr;
    float *v = memory + bias_room, *tasks = v + r.v_floats();
    for (fov_i64 q = 0; q < runs; q++) {
        const fov_i64 first = tiles * q / runs, count = tiles * (q + 1) / runs - first;
        const fov_i64 groups = (count + r.group - 1) / r.group;
        parallel_tasks(ctx, groups, [=, &r](fov_i64 g, int) { r.transform(v, g, first, count, source); });
        parallel_tasks(ctx, panels * r.pieces, [=, &r, &d, &last](fov_i64 task, int thread) {
            const fov_i64 o = task / r.pieces, begin = groups * (task % r.pieces) / r.pieces,
                          end = groups * (task % r.pieces + 1) / r.pieces, from = begin * r.group, to = std::min(count, end * r.group);
            const float *product = r.multiply(tasks + thread * r.task_floats(), o, v, begin, end, count, w);
            const fov_i64 block = o * d.k->panel / L;
            for (fov_i64 b = block; b < std::min(block + r.panel_blocks(), blocks(d.to)); b++)
                d.walk(first + from, to - from, [&](fov_i64 i, fov_i64 image, const winograd_patch &, const winograd_patch &patch) {
                    last.write(d, result, image, b, patch, product + (b - block) * r.m_block + i * L, r.m_plane, padded_bias);
                });
        });
    }
}

}  // namespace fov::conv::winograd
