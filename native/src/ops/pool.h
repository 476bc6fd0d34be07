// The windows of one pooling op, and how its work is cut: planes of 16 lanes, in slabs of rows.
#pragma once
#include <cstdint>
#include <vector>

#include "../error.h"
#include "../kernels/pool_geometry.h"
#include "../layout.h"
#include "../onednn_pass.h"
#include "../parallel.h"

struct fov_pool {
    fov_ctx *ctx;
    fov::extents x;
    int32_t layout;
    fov::pool_geometry g{};
    std::vector<int32_t> tables;
    fov::onednn_ptr by_onednn[2];  // forward, backward; null: own kernels

    fov_pool(fov_ctx *context, const fov_pool_attrs &attrs);

    // Planes of 16 lanes: channels (C16), images (N16), or 16 neighbouring planes of the plain layout.
    fov_i64 blocks() const;
    // Lanes of a block that belong to the tensor.
    int lanes(fov_i64 block) const;
    // The channel of a lane.
    fov_i64 channel(fov_i64 block, int lane) const;
    int offset_kind() const;
    fov_i64 input_rows() const { return static_cast<fov_i64>(g.z.in) * g.y.in; }
    fov_i64 output_rows() const { return static_cast<fov_i64>(g.z.out) * g.y.out; }
    // Whether all of a plane is one window, whose taps are then the plane's positions.
    bool global() const;
    // The windows of a pass that writes to `result`, whose planes have so many positions. Plain planes pass through scratch memory.
    fov::pool_geometry writing(const void *result, fov_i64 positions) const;
};

namespace fov {

// A row is all x of one (z, y).
struct row_range {
    fov_i64 begin, end;
};

// The input rows that the output rows read, and the output rows that read the input rows.
row_range rows_read(const pool_geometry &g, row_range outputs);
row_range rows_reading(const pool_geometry &g, row_range inputs);

// Positions of 16 lanes that a task takes: 128 KiB, which stay in the second-level cache while plain planes pass through lanes.
constexpr fov_i64 positions_per_task = 2048;

// f(block, rows, thread) for all rows of all blocks; `width` positions of the larger side belong to a row.
template <class F>
void over_slabs(const fov_pool &p, fov_i64 rows, fov_i64 width, F f) {
    const fov_i64 slab = std::clamp<fov_i64>(positions_per_task / width, 1, rows), slabs = (rows + slab - 1) / slab;
    const fov_i64 length = std::max<fov_i64>(1, positions_per_task / (slab * width)), total = p.blocks() * slabs;
    parallel_tasks(*p.ctx, (total + length - 1) / length, [&](fov_i64 task, int thread) {
        for (fov_i64 i = task * length; i < std::min(total, (task + 1) * length); i++) {
            const fov_i64 begin = i % slabs * slab;
            f(i / slabs, row_range{begin, std::min(rows, begin + slab)}, thread);
        }
    });
}

// 16 plain planes of `positions` each as lanes in scratch memory. What is handed out points to where position 0 would be.
struct plane_lanes {
    const fov_pool &p;
    fov_i64 positions;

    float *read(float *scratch, const float *x, fov_i64 block, fov_i64 begin, fov_i64 end) const {
        p.ctx->kernels->lanes->gather(scratch, x + block * 16 * positions, positions, p.lanes(block), begin, end);
        return scratch - begin * 16;
    }
    void write(float *y, const float *scratch, fov_i64 block, fov_i64 begin, fov_i64 end) const {
        p.ctx->kernels->lanes->scatter(y + block * 16 * positions, scratch, positions, p.lanes(block), begin, end);
    }
};

// By our own kernels; indices and offsets may be null.
void pool_maxima(const fov_pool &p, float *y, int32_t *indices, void *offsets, const float *x);
// The way back: the gradient of every maximum at its place, 0 elsewhere.
void pool_winners(const fov_pool &p, float *dx, const float *dy, const void *offsets);

// Hands the passes to oneDNN that are to be its.
void pool_onednn(fov_pool &p, const fov_pool_attrs &attrs);

// Room for the largest slab of every thread: `each` positions of 16 lanes.
float *slab_scratch(const fov_pool &p, fov_i64 each);

// f(plane) over planes, of 16 lanes where the layout has lanes.
template <class F>
void over_planes(const fov_pool &p, F f) {
    const bool plain = p.layout == FOV_PLAIN;
    const fov_i64 planes = plain ? p.x.n * p.x.c : p.blocks(), size = p.g.in * (plain ? 1 : 16);
    parallel_ranges(
        *p.ctx, planes,
        [&](fov_i64 begin, fov_i64 end) {
            for (fov_i64 i = begin; i < end; i++) f(i);
        },
        std::max<fov_i64>(1, elements_per_task / size));
}

// kernel(y, second, x, extra, rows, block) for all output rows. `second` is another output and `extra` another input of y's size, or
// null.
template <class Kernel>
void pool_forward(const fov_pool &p, float *y, float *second, const float *x, const float *extra, Kernel kernel) {
    const pool_geometry &g = p.g;
    const fov_i64 rows = p.output_rows(), width = std::max<fov_i64>(1, std::max(g.in, g.out) / rows);
    if (p.layout != FOV_PLAIN) {
        over_slabs(p, rows, width, [&](fov_i64 b, row_range r, int) {
            const fov_i64 at = b * 16 * g.out;
            kernel(y + at, second ? second + at : nullptr, x + b * 16 * g.in, extra ? extra + at : nullptr, r, b);
        });
        return;
    }
    const plane_lanes in{p, g.in}, out{p, g.out};
    const fov_i64 slab = std::clamp<fov_i64>(positions_per_task / width, 1, rows);
    fov_i64 reads = 0;
    for (fov_i64 r = 0; r < rows; r += slab) {
        const row_range used = rows_read(g, {r, std::min(rows, r + slab)});
        reads = std::max(reads, (used.end - used.begin) * g.x.in);
    }
    const fov_i64 writes = slab * g.x.out, each = reads + 3 * writes;
    float *scratch = slab_scratch(p, each);
    over_slabs(p, rows, width, [&](fov_i64 b, row_range r, int thread) {
        float *xs = scratch + thread * each * 16, *ys = xs + reads * 16, *zs = ys + writes * 16, *es = zs + writes * 16;
        const row_range used = rows_read(g, r);
        const fov_i64 begin = r.begin * g.x.out, end = r.end * g.x.out;
        xs = in.read(xs, x, b, used.begin * g.x.in, used.end * g.x.in);
        const float *more = extra ? out.read(es, extra, b, begin, end) : nullptr;
        kernel(ys - begin * 16, second ? zs - begin * 16 : nullptr, xs, more, r, b);
        out.write(y, ys, b, begin, end);
        if (second) out.write(second, zs, b, begin, end);
    });
}

// kernel(dx, a, b, c, x, rows, block) for all input rows. a, b, c are arrays of y's size and x is one of x's, each may be null.
template <class Kernel>
void pool_backward(const fov_pool &p, float *dx, const float *a, const float *b, const float *c, const float *x, Kernel kernel) {
    const pool_geometry &g = p.g;
    const fov_i64 rows = p.input_rows(), width = std::max<fov_i64>(1, std::max(g.in, g.out) / rows);
    if (p.layout != FOV_PLAIN) {
        over_slabs(p, rows, width, [&](fov_i64 block, row_range r, int) {
            const auto at = [&](const float *t, fov_i64 plane) { return t ? t + block * 16 * plane : nullptr; };
            kernel(dx + block * 16 * g.in, at(a, g.out), at(b, g.out), at(c, g.out), at(x, g.in), r, block);
        });
        return;
    }
    const plane_lanes in{p, g.in}, out{p, g.out};
    const fov_i64 slab = std::clamp<fov_i64>(positions_per_task / width, 1, rows);
    fov_i64 reads = 0;
    for (fov_i64 r = 0; r < rows; r += slab) {
        const row_range used = rows_reading(g, {r, std::min(rows, r + slab)});
        reads = std::max(reads, (used.end - used.begin) * g.x.out);
    }
    const fov_i64 writes = slab * g.x.in, each = 3 * reads + 2 * writes;
    float *scratch = slab_scratch(p, each);
    over_slabs(p, rows, width, [&](fov_i64 block, row_range r, int thread) {
        float *ds = scratch + thread * each * 16, *xs = ds + writes * 16, *as = xs + writes * 16;
        const row_range used = rows_reading(g, r);
        const fov_i64 begin = r.begin * g.x.in, end = r.end * g.x.in;
        const auto output = [&](const float *t, int k) -> const float * {
            return t ? out.read(as + k * reads * 16, t, block, used.begin * g.x.out, used.end * g.x.out) : nullptr;
        };
        kernel(ds - begin * 16, output(a, 0), output(b, 1), output(c, 2), x ? in.read(xs, x, block, begin, end) : nullptr, r, block);
        in.write(dx, ds, block, begin, end);
    });
}

}  // namespace fov
