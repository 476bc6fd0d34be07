// The threads of one context, and how they share the tasks of a job.
//
// Every thread starts with a run of neighbouring tasks, so that the same thread meets the same part of a tensor in the next job, and
// helps the others when its own run is done. Nobody waits for a thread that has not come: where the system gives a core to somebody
// else, the thread that called does the work alone. (An OpenMP region ends when its last thread has arrived, which on a machine with
// one busy thread too many takes as long as the system's time slice.)
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace fov {

// The caller's function over tasks [begin, end), run by this thread of the team.
using job_body = void (*)(void *caller, long long begin, long long end, int thread);

class team {
  public:
    explicit team(int threads);
    ~team();
    team(const team &) = delete;
    team &operator=(const team &) = delete;

    int threads() const { return static_cast<int>(shares_.size()); }

    // Runs all tasks, the caller as thread 0, and returns when the last one is done. `body` must not throw and must not call run of
    // the same team.
    void run(long long tasks, job_body body, void *caller);

  private:
    // What is left of one thread's run: the job's number in the high half, then the first piece and the end. One word, so whoever
    // takes a piece knows that its job has not ended, and that it ends no sooner than the piece.
    struct alignas(128) share {
        std::atomic<uint64_t> left{0};
    };
    struct job {
        job_body body = nullptr;
        void *caller = nullptr;
        long long tasks = 0;
        uint32_t pieces = 0;
    };

    void work(int thread);
    void participate(uint32_t number, int thread);
    bool take(share &from, uint32_t number, bool own, uint32_t &piece);
    uint32_t await(uint32_t seen);

    std::vector<share> shares_;
    job job_;
    alignas(128) std::atomic<uint32_t> number_{0};  // of the newest job
    alignas(128) std::atomic<uint32_t> done_{0};    // pieces of it
    alignas(128) std::atomic<bool> ending_{false};
    std::vector<std::thread> workers_;
};

}  // namespace fov
