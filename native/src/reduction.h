// Reductions over some axes of memory. Neighbouring axes of one kind are joined; what is left alternates between kept and reduced ones.
//
// Work is cut by size alone and partial results are joined in order, so the bits do not depend on the number of threads.
#pragma once
#include "broadcast.h"

namespace fov {

struct reduction {
    int rank = 0;
    fov_i64 extent[max_walk], stride[max_walk];
    bool reduced[max_walk];
    fov_i64 kept_total = 1, reduced_total = 1;

    reduction(const memory_axes &axes, const bool *reduces) {
        for (int d = 0; d < axes.rank; d++) {
            if (axes.extent[d] == 1) continue;
            (reduces[d] ? reduced_total : kept_total) *= axes.extent[d];
            if (rank > 0 && reduced[rank - 1] == reduces[d]) {
                extent[rank - 1] *= axes.extent[d];
            } else {
                extent[rank] = axes.extent[d];
                reduced[rank++] = reduces[d];
            }
        }
        if (rank == 0) extent[rank] = 1, reduced[rank++] = false;
        fov_i64 size = 1;
        for (int d = rank - 1; d >= 0; d--) {
            stride[d] = size;
            size *= extent[d];
        }
    }

    bool inner_reduced() const { return reduced[rank - 1]; }
    fov_i64 inner() const { return extent[rank - 1]; }

    // Where number i of the kept or of the reduced positions begins, the innermost axis apart.
    fov_i64 offset(bool of_reduced, fov_i64 i) const {
        fov_i64 at = 0;
        for (int d = rank - 2; d >= 0; d--) {
            if (reduced[d] != of_reduced) continue;
            at += i % extent[d] * stride[d];
            i /= extent[d];
        }
        return at;
    }

    // The innermost reduced axis that is not the innermost of all, or -1.
    int row_axis() const {
        for (int d = rank - 2; d >= 0; d--)
            if (reduced[d]) return d;
        return -1;
    }

    // f(offset, rows, stride, first) for runs of equally spaced rows among the reduced rows [begin, end).
    template <class F>
    void each_run(fov_i64 begin, fov_i64 end, F f) const {
        const int axis = row_axis();
        const fov_i64 length = axis < 0 ? 1 : extent[axis], step = axis < 0 ? 0 : stride[axis];
        for (fov_i64 r = begin; r < end;) {
            const fov_i64 rows = std::min(length - r % length, end - r);
            f(offset(true, r), rows, step, r);
            r += rows;
        }
    }

    // f(offset, rows, length, stride, first) for rectangles that make up the reduced elements [begin, end); inner_reduced().
    template <class F>
    void each_rectangle(fov_i64 begin, fov_i64 end, F f) const {
        const fov_i64 length = inner();
        for (fov_i64 e = begin; e < end;) {
            const fov_i64 column = e % length, whole_rows = (end - e) / length;
            if (column || whole_rows == 0) {
                const fov_i64 n = std::min(length - column, end - e);
                f(offset(true, e / length) + column, fov_i64{1}, n, fov_i64{0}, e);
                e += n;
            } else {
                each_run(e / length, e / length + whole_rows,
                         [&](fov_i64 at, fov_i64 rows, fov_i64 step, fov_i64 r) { f(at, rows, length, step, r * length); });
                e += whole_rows * length;
            }
        }
    }
};

// How a reduction is cut: `parts` of the reduced elements (or rows) of `length` each, and columns in blocks where the innermost axis stays.
struct reduction_cut {
    fov_i64 parts, length, columns, blocks;

    explicit reduction_cut(const reduction &r) {
        if (r.inner_reduced()) {
            columns = blocks = 1;
            length = r.reduced_total <= 4 * elements_per_task ? r.reduced_total : 2 * elements_per_task;
        } else {
            columns = std::min<fov_i64>(r.inner(), 1024);
            blocks = (r.inner() + columns - 1) / columns;
            length = std::min(r.reduced_total, std::max<fov_i64>(256, 4 * elements_per_task / columns));
        }
        parts = (r.reduced_total + length - 1) / length;
    }
};

// whole(part, k, begin, end) for every part of every kept position k, or columns(part, k, width, offset, begin, end) for `width` kept
// positions from k on, which begin at `offset` and are neighbours.
template <class Whole, class Columns>
void reduce_tasks(const fov_ctx &ctx, const reduction &r, const reduction_cut &cut, Whole whole, Columns columns) {
    const bool inner = r.inner_reduced();
    const fov_i64 units = inner ? r.kept_total : r.kept_total / r.inner() * cut.blocks;
    const fov_i64 group = std::max<fov_i64>(1, elements_per_task / (cut.length * cut.columns));
    const fov_i64 groups = (units + group - 1) / group;
    parallel_tasks(ctx, groups * cut.parts, [&](fov_i64 t, int) {
        const fov_i64 part = t % cut.parts, begin = part * cut.length, end = std::min(r.reduced_total, begin + cut.length);
        const fov_i64 first = t / cut.parts * group;
        for (fov_i64 u = first; u < std::min(units, first + group); u++) {
            if (inner) {
                whole(part, u, begin, end);
            } else {
                const fov_i64 column = u % cut.blocks * cut.columns;
                columns(part, u / cut.blocks * r.inner() + column, std::min(cut.columns, r.inner() - column),
                        r.offset(false, u / cut.blocks) + column, begin, end);
            }
        }
    });
}

inline fov_i64 sum_scratch(const reduction &r) { return r.kept_total * reduction_cut(r).parts; }

// y[k] = finish(k, sum over the reduced elements of kernel's terms); p is null or one number per kept position; `partial` has room for
// sum_scratch(r) floats.
template <class Finish>
void reduce_sums(const fov_ctx &ctx, float *y, const float *x, int kernel, const float *p, const reduction &r, float *partial,
                 Finish finish) {
    const reduction_cut cut(r);
    const auto *kernels = ctx.kernels->reduce;
    reduce_tasks(
        ctx, r, cut,
        [&](fov_i64 part, fov_i64 k, fov_i64 begin, fov_i64 end) {
            double sum = 0;
            const float *from = x + r.offset(false, k);
            r.each_rectangle(begin, end, [&](fov_i64 at, fov_i64 rows, fov_i64 length, fov_i64 stride, fov_i64) {
                sum += kernels->whole[kernel](from + at, p ? p[k] : 0, rows, length, stride);
            });
            partial[part * r.kept_total + k] = static_cast<float>(sum);
        },
        [&](fov_i64 part, fov_i64 k, fov_i64 width, fov_i64 offset, fov_i64 begin, fov_i64 end) {
            float *sums = partial + part * r.kept_total + k;
            std::fill(sums, sums + width, 0.0f);
            r.each_run(begin, end, [&](fov_i64 at, fov_i64 rows, fov_i64 stride, fov_i64) {
                kernels->columns[kernel](sums, x + offset + at, p ? p + k : nullptr, rows, width, stride);
            });
        });
    parallel_ranges(ctx, r.kept_total, [&](fov_i64 begin, fov_i64 end) {
        for (fov_i64 k = begin; k < end; k++) {
            double sum = 0;
            for (fov_i64 part = 0; part < cut.parts; part++) sum += partial[part * r.kept_total + k];
            y[k] = finish(k, sum);
        }
    });
}

}  // namespace fov
