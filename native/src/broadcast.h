// Tensors of different shapes side by side, as NumPy aligns them: where a shape has extent 1 or no axis at all, its element counts for
// every position of the result.
//
// In a blocked layout only operands of the result's own shape are blocked; the others are plain. One that varies along the blocked axis
// is packed first (it is small), so that every walk meets neighbouring lanes or one number for all of them.
#pragma once
#include "layout.h"
#include "parallel.h"

namespace fov {

constexpr int max_walk = FOV_MAX_RANK + 1;

// The axes of memory in a layout, the 16 lanes being the last one.
struct memory_axes {
    int rank = 0;
    fov_i64 extent[max_walk];
};

inline memory_axes axes_of(int32_t layout, const fov_shape &shape) {
    memory_axes m;
    if (layout == FOV_PLAIN) {
        for (int d = 0; d < shape.rank; d++) m.extent[m.rank++] = shape.dim[d];
        return m;
    }
    require(shape.rank >= 2, "a blocked layout needs 2 dimensions, not %d", shape.rank);
    for (int d = 0; d < shape.rank; d++) m.extent[m.rank++] = shape.dim[d];
    fov_i64 &blocked = m.extent[layout == FOV_C16 ? 1 : 0];
    blocked = (blocked + 15) / 16;
    m.extent[m.rank++] = 16;
    return m;
}

// With leading axes of extent 1 until it has as many as the result.
inline fov_shape aligned(const fov_shape &shape, const fov_shape &result) {
    fov_shape a = {};
    a.rank = result.rank;
    const int lead = result.rank - shape.rank;
    require(lead >= 0, "broadcast: rank %d does not fit rank %d", shape.rank, result.rank);
    for (int d = 0; d < a.rank; d++) {
        a.dim[d] = d < lead ? 1 : shape.dim[d - lead];
        require(a.dim[d] == 1 || a.dim[d] == result.dim[d], "broadcast: %lld does not fit %lld", a.dim[d], result.dim[d]);
    }
    return a;
}

inline bool equal(const fov_shape &a, const fov_shape &b) { return a.rank == b.rank && std::equal(a.dim, a.dim + a.rank, b.dim); }

inline fov_i64 elements(const fov_shape &shape) {
    fov_i64 n = 1;
    for (int d = 0; d < shape.rank; d++) n *= shape.dim[d];
    return n;
}

// How an operand lies in memory once it is ready to be walked beside a result in `layout`.
struct operand {
    fov_shape shape;  // aligned
    bool full;        // of the result's shape and layout
    bool packed;      // in the result's layout though not of its shape
    memory_axes axes;

    operand(const fov_shape &own, int32_t layout, const fov_shape &result) : shape(aligned(own, result)), full(equal(own, result)) {
        const int blocked = layout == FOV_C16 ? 1 : 0;
        packed = layout != FOV_PLAIN && !full && shape.dim[blocked] > 1;
        axes = axes_of(full || packed ? layout : FOV_PLAIN, shape);
        if (layout != FOV_PLAIN && !full && !packed) axes.extent[axes.rank++] = 1;
    }

    fov_i64 packed_elements(int32_t layout) const { return packed ? extents(shape).elements(layout) : 0; }
};

// Loops over the result's memory, with the step of every operand along each; 0 where the operand stands still.
template <int N>
struct walk {
    int rank = 0;
    fov_i64 extent[max_walk];
    fov_i64 step[N][max_walk];

    walk(const memory_axes &result, const memory_axes *const (&operands)[N]) {
        fov_i64 natural[N][max_walk];
        for (int o = 0; o < N; o++) {
            fov_i64 size = 1;
            for (int d = result.rank - 1; d >= 0; d--) {
                natural[o][d] = operands[o]->extent[d] == 1 ? 0 : size;
                size *= operands[o]->extent[d];
            }
        }
        for (int d = 0; d < result.rank; d++) {
            if (result.extent[d] == 1) continue;
            bool joins = rank > 0;
            for (int o = 0; o < N && joins; o++) joins = step[o][rank - 1] == natural[o][d] * result.extent[d];
            if (joins) {
                extent[rank - 1] *= result.extent[d];
            } else {
                extent[rank++] = result.extent[d];
            }
            for (int o = 0; o < N; o++) step[o][rank - 1] = natural[o][d];
        }
        if (rank == 0) {
            extent[rank++] = 1;
            for (int o = 0; o < N; o++) step[o][0] = 0;
        }
    }

    fov_i64 inner() const { return extent[rank - 1]; }
    fov_i64 rows() const {
        fov_i64 n = 1;
        for (int d = 0; d + 1 < rank; d++) n *= extent[d];
        return n;
    }
    // Where row r begins in operand o.
    fov_i64 offset(int o, fov_i64 r) const {
        fov_i64 at = 0;
        for (int d = rank - 2; d >= 0; d--) {
            at += r % extent[d] * step[o][d];
            r /= extent[d];
        }
        return at;
    }
};

// Runs a kernel over all rows of a walk, whose operand 0 is the result in `layout`.
template <int N>
void run_walk(const fov_ctx &ctx, broadcast_kernel *kernel, const walk<N> &w, float *y, const float *const (&from)[N - 1], int32_t layout,
              const extents &e) {
    const fov_i64 inner = w.inner(), rows = w.rows();
    const auto part = [&](fov_i64 begin, fov_i64 end, fov_i64 column, fov_i64 length) {
        for (fov_i64 r = begin; r < end;) {
            const fov_i64 near = w.rank > 1 ? w.extent[w.rank - 2] : 1, count = std::min(near - r % near, end - r);
            const float *at[3] = {};
            broadcast_rows b = {count, length, inner, {}, {}};
            for (int o = 1; o < N; o++) {
                b.row[o - 1] = w.rank > 1 ? w.step[o][w.rank - 2] : 0;
                b.step[o - 1] = w.step[o][w.rank - 1];
                at[o - 1] = from[o - 1] + w.offset(o, r) + column * b.step[o - 1];
            }
            kernel(y + r * inner + column, at[0], at[1], at[2], b);
            r += count;
        }
        clear_padding(y, layout, e, begin * inner + column, (end - 1) * inner + column + length);
    };
    if (inner > elements_per_task) {
        const fov_i64 pieces = (inner + elements_per_task - 1) / elements_per_task;
        parallel_tasks(ctx, rows * pieces, [&](fov_i64 t, int) {
            const fov_i64 r = t / pieces, column = t % pieces * elements_per_task;
            part(r, r + 1, column, std::min<fov_i64>(elements_per_task, inner - column));
        });
    } else {
        parallel_ranges(ctx, rows, [&](fov_i64 begin, fov_i64 end) { part(begin, end, 0, inner); }, elements_per_task / inner);
    }
}

}  // namespace fov
