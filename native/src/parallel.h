// The only file that names OpenMP.
//
// Work is cut by problem size, never by thread count: a task's arithmetic does not depend on who runs it, and partial sums are
// combined in task order. So 1 and N threads give the same bits.
#pragma once
#include <omp.h>

#include "context.h"

namespace fov {

// Below this many array elements a second thread costs more than it brings (a waking team takes 0.5 to 50 us).
constexpr fov_i64 elements_per_task = 16384;

// f(task, thread) for every task in [0, tasks); thread < ctx.threads(). Each thread takes one run of neighbouring tasks, so that
// the same thread meets the same part of a tensor in the next op. f must not throw: reserve memory before.
template <class F>
void parallel_tasks(const fov_ctx &ctx, fov_i64 tasks, F f) {
    const int threads = static_cast<int>(tasks < ctx.threads() ? tasks : ctx.threads());
    if (threads <= 1) {
        for (fov_i64 t = 0; t < tasks; t++) f(t, 0);
        return;
    }
#pragma omp parallel num_threads(threads)
    {
        const fov_i64 team = omp_get_num_threads(), me = omp_get_thread_num();
        for (fov_i64 t = tasks * me / team; t < tasks * (me + 1) / team; t++) f(t, static_cast<int>(me));
    }
}

// f(begin, end) over [0, n) in ranges of a fixed length; for passes whose elements do not depend on each other.
template <class F>
void parallel_ranges(const fov_ctx &ctx, fov_i64 n, F f, fov_i64 length = elements_per_task) {
    const fov_i64 tasks = (n + length - 1) / length;
    parallel_tasks(ctx, tasks, [=](fov_i64 t, int) { f(t * length, (t + 1) * length < n ? (t + 1) * length : n); });
}

}  // namespace fov
