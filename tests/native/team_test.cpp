// The threads of a context: every task runs exactly once, whatever sizes follow each other, with more threads than cores, and in
// several contexts at once.
#include "../../native/src/team.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>

namespace {

std::atomic<int> failures{0};

void fail(const char *what, long long tasks, long long task, int got) {
    if (failures++ < 10) std::printf("FAILED: %s: task %lld of %lld: %d\n", what, task, tasks, got);
}

struct counted {
    std::unique_ptr<std::atomic<int>[]> runs;
    int threads;
};

void count(void *caller, long long begin, long long end, int thread) {
    auto &c = *static_cast<counted *>(caller);
    if (thread < 0 || thread >= c.threads) fail("thread number", 0, begin, thread);
    for (long long t = begin; t < end; t++) c.runs[t]++;
}

void jobs(int threads, int rounds, unsigned seed) {
    fov::team team(threads);
    for (int round = 0; round < rounds; round++) {
        seed = seed * 1664525 + 1013904223;
        const long long tasks = round % 100 == 0 ? 100000 : 1 + (seed >> 8) % 300;
        counted c{std::make_unique<std::atomic<int>[]>(tasks), threads};
        for (long long t = 0; t < tasks; t++) c.runs[t] = 0;
        team.run(tasks, count, &c);
        for (long long t = 0; t < tasks; t++)
            if (c.runs[t] != 1) fail("runs", tasks, t, c.runs[t]);
        // Past the workers' patience, so that they sleep and must be woken.
        if (round % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

}  // namespace

int main() {
    for (int threads : {2, 3, 8}) jobs(threads, 5000, threads);
    std::thread other([] { jobs(2, 5000, 77); });
    jobs(3, 5000, 78);
    other.join();
    return failures ? 1 : 0;
}
