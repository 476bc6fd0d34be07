// How work over the axis c of [n][c][s] is cut: whole rows where s = 1, else runs of columns of one image.
#pragma once
#include "parallel.h"

namespace fov {

// rows(begin, end) for s = 1, else columns(image, begin, end)
template <class Rows, class Columns>
void parallel_rows(const fov_ctx &ctx, fov_i64 n, fov_i64 c, fov_i64 s, Rows rows, Columns columns) {
    // A quarter of what a plain pass would take: every element costs an exponential or so.
    const fov_i64 elements = elements_per_task / 4;
    if (s == 1) {
        parallel_ranges(ctx, n, rows, elements / c > 0 ? elements / c : 1);
        return;
    }
    const fov_i64 length = (elements / c + 63) / 64 * 64, per_image = (s + length - 1) / length;
    parallel_tasks(ctx, n * per_image, [=](fov_i64 t, int) {
        const fov_i64 begin = t % per_image * length;
        columns(t / per_image, begin, begin + length < s ? begin + length : s);
    });
}

}  // namespace fov
