#include <algorithm>
#include <cstdlib>

#include "../error.h"
#include "../parallel.h"

using namespace fov;

namespace {

struct axis {
    fov_i64 n, ys, xs;
};

// The axes of a move with those of one element dropped and neighbours that are one in both tensors joined; the innermost is the last,
// and y is densest there.
struct axes {
    int count = 0;
    axis of[FOV_MOVE_RANK];

    explicit axes(const fov_move &m) {
        axis sorted[FOV_MOVE_RANK];
        int n = 0;
        for (int32_t i = 0; i < m.rank; i++)
            if (m.dim[i] > 1) sorted[n++] = {m.dim[i], m.y_stride[i], m.x_stride[i]};
        std::stable_sort(sorted, sorted + n, [](const axis &a, const axis &b) { return std::llabs(a.ys) > std::llabs(b.ys); });
        for (int i = 0; i < n; i++) {
            const axis &a = sorted[i];
            axis *outer = count ? &of[count - 1] : nullptr;
            if (outer && outer->ys == a.ys * a.n && outer->xs == a.xs * a.n) {
                *outer = {outer->n * a.n, a.ys, a.xs};
            } else {
                of[count++] = a;
            }
        }
        if (count == 0) of[count++] = {1, 1, 1};
    }
};

struct job {
    move_kernel *kernel;
    int outer = 0;  // axes beyond the rectangle
    axis axes_out[FOV_MOVE_RANK];
    move_rectangle whole;
    fov_i64 row_chunk, length_chunk;
};

// The rectangle's length runs along y's densest axis; its rows along the axis in which x is densest, so that a transposition meets
// whole cache lines on both sides.
job plan(const fov_ctx &ctx, const fov_move &m) {
    const axes a(m);
    const axis &inner = a.of[a.count - 1];
    int second = -1;
    if (inner.ys == 1 && inner.xs != 1 && inner.xs != 0)
        for (int i = 0; i + 1 < a.count; i++)
            if (a.of[i].xs == 1) second = i;
    const bool transposes = second >= 0;
    if (!transposes && a.count > 1) second = a.count - 2;

    job j;
    j.whole = {1, inner.n, 0, inner.ys, 0, inner.xs};
    for (int i = 0; i + 1 < a.count; i++) {
        if (i == second) {
            j.whole.rows = a.of[i].n;
            j.whole.y_row = a.of[i].ys;
            j.whole.x_row = a.of[i].xs;
        } else {
            j.axes_out[j.outer++] = a.of[i];
        }
    }
    const int size = m.bytes == 4 ? 2 : m.bytes - 1;
    const move_kernels &kernels = *ctx.kernels->move;
    if (transposes) {
        j.kernel = kernels.transpose[size];
    } else if (inner.ys == 1 && (inner.xs == 1 || inner.n == 1)) {
        j.kernel = kernels.rows[size];
    } else if (inner.ys == 1 && inner.xs == 0) {
        j.kernel = kernels.splat[size];
    } else {
        j.kernel = kernels.strided[size];
    }
    // A task is one rectangle of about elements_per_task; small rectangles share a task.
    j.length_chunk = std::min(inner.n, elements_per_task);
    j.row_chunk = std::min(j.whole.rows, std::max<fov_i64>(1, elements_per_task / j.length_chunk / 16) * 16);
    return j;
}

void run(const fov_ctx &ctx, const job &j, char *y, const char *x, fov_i64 bytes) {
    const fov_i64 row_chunks = (j.whole.rows + j.row_chunk - 1) / j.row_chunk;
    const fov_i64 length_chunks = (j.whole.length + j.length_chunk - 1) / j.length_chunk;
    fov_i64 rectangles = row_chunks * length_chunks;
    for (int i = 0; i < j.outer; i++) rectangles *= j.axes_out[i].n;
    const fov_i64 per_task = std::max<fov_i64>(1, elements_per_task / (j.row_chunk * j.length_chunk));
    parallel_ranges(
        ctx, rectangles,
        [&](fov_i64 begin, fov_i64 end) {
            for (fov_i64 t = begin; t < end; t++) {
                const fov_i64 row = t % row_chunks * j.row_chunk, column = t / row_chunks % length_chunks * j.length_chunk;
                fov_i64 rest = t / row_chunks / length_chunks;
                fov_i64 yo = row * j.whole.y_row + column * j.whole.y_step, xo = row * j.whole.x_row + column * j.whole.x_step;
                for (int i = j.outer - 1; i >= 0; i--) {
                    const fov_i64 k = rest % j.axes_out[i].n;
                    rest /= j.axes_out[i].n;
                    yo += k * j.axes_out[i].ys;
                    xo += k * j.axes_out[i].xs;
                }
                move_rectangle part = j.whole;
                part.rows = std::min(j.row_chunk, j.whole.rows - row);
                part.length = std::min(j.length_chunk, j.whole.length - column);
                j.kernel(y + yo * bytes, x + xo * bytes, part);
            }
        },
        per_task);
}

}  // namespace

extern "C" fov_status fov_move_elements(fov_ctx *ctx, void *y, const void *x, const fov_move *move) {
    return guarded(ctx, [&] {
        require(y && x && move, "move: null argument");
        require(move->rank >= 0 && move->rank <= FOV_MOVE_RANK, "move: rank %d is not 0 to %d", move->rank, FOV_MOVE_RANK);
        require(move->bytes == 1 || move->bytes == 2 || move->bytes == 4, "move: elements of %d bytes", move->bytes);
        for (int32_t i = 0; i < move->rank; i++) {
            require(move->dim[i] > 0, "move: axis %d has %lld elements", i, move->dim[i]);
            require(move->y_stride[i] != 0 || move->dim[i] == 1, "move: axis %d writes one place %lld times", i, move->dim[i]);
        }
        run(*ctx, plan(*ctx, *move), static_cast<char *>(y) + move->y_offset * move->bytes,
            static_cast<const char *>(x) + move->x_offset * move->bytes, move->bytes);
    });
}
