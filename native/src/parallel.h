// Work is cut by problem size, never by thread count: a task's arithmetic does not depend on who runs it, and partial sums are
// combined in task order. So 1 and N threads give the same bits.
#pragma once
#include "context.h"
#include "team.h"

namespace fov {

// Below this many array elements a second thread costs more than it brings (a team that sleeps takes 50 us to come).
constexpr fov_i64 elements_per_task = 16384;

// f(task, thread) for every task in [0, tasks); thread < ctx.threads(). f must not throw: reserve memory before.
template <class F>
void parallel_tasks(const fov_ctx &ctx, fov_i64 tasks, F f) {
    if (tasks <= 1 || ctx.threads() <= 1) {
        for (fov_i64 t = 0; t < tasks; t++) f(t, 0);
        return;
    }
    const auto body = [](void *caller, long long begin, long long end, int thread) {
        auto &f = *static_cast<F *>(caller);
        for (fov_i64 t = begin; t < end; t++) f(t, thread);
    };
    ctx.workers().run(tasks, body, &f);
}

// f(begin, end) over [0, n) in ranges of a fixed length; for passes whose elements do not depend on each other.
template <class F>
void parallel_ranges(const fov_ctx &ctx, fov_i64 n, F f, fov_i64 length = elements_per_task) {
    const fov_i64 tasks = (n + length - 1) / length;
    parallel_tasks(ctx, tasks, [=](fov_i64 t, int) { f(t * length, (t + 1) * length < n ? (t + 1) * length : n); });
}

}  // namespace fov
