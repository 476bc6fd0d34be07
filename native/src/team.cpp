#include "team.h"

#include <chrono>
#include <system_error>

namespace fov {

namespace {

using watch = std::chrono::steady_clock;

// How long a thread without work looks for more before it sleeps. The ops of a step follow each other within a few microseconds; a
// sleeping thread takes some 50 to come back.
constexpr auto patience = std::chrono::microseconds(100);
// Pieces of a thread's run: enough for the others to help, few enough for taking one to cost nothing.
constexpr long long pieces_per_thread = 32;
constexpr long long most_pieces = 65535;

void pause() {
#if defined(__x86_64__) || defined(_M_X64)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Waits, and lets a thread of somebody else on this core go first.
class patient {
  public:
    // False when patience is at its end.
    bool wait() {
        pause();
        if (++rounds_ % 256) return true;
        std::this_thread::yield();
        const auto now = watch::now();
        if (rounds_ == 256) start_ = now;
        return now - start_ < patience;
    }

  private:
    unsigned rounds_ = 0;
    watch::time_point start_;
};

uint64_t packed(uint32_t number, uint32_t begin, uint32_t end) { return static_cast<uint64_t>(number) << 32 | begin << 16 | end; }

}  // namespace

team::team(int threads) : shares_(threads) {
    workers_.reserve(threads - 1);
    try {
        for (int t = 1; t < threads; t++) workers_.emplace_back([this, t] { work(t); });
    } catch (const std::system_error &) {
        // The system gives no more threads: those that are there do the others' runs too.
    }
}

team::~team() {
    ending_.store(true);
    number_.fetch_add(1);
    number_.notify_all();
    for (auto &worker : workers_) worker.join();
}

void team::run(long long tasks, job_body body, void *caller) {
    const int sharers = static_cast<int>(tasks < threads() ? tasks : threads());
    const long long most = static_cast<long long>(sharers) * pieces_per_thread;
    const auto pieces = static_cast<uint32_t>(tasks < most ? tasks : most < most_pieces ? most : most_pieces);
    const uint32_t number = number_.load(std::memory_order_relaxed) + 1;
    job_ = {body, caller, tasks, pieces};
    done_.store(0, std::memory_order_relaxed);
    for (int t = 0; t < sharers; t++) {
        const auto begin = static_cast<uint32_t>(static_cast<long long>(pieces) * t / sharers);
        const auto end = static_cast<uint32_t>(static_cast<long long>(pieces) * (t + 1) / sharers);
        shares_[t].left.store(packed(number, begin, end), std::memory_order_release);
    }
    number_.store(number);
    number_.notify_all();
    participate(number, 0);
    for (patient p; done_.load(std::memory_order_acquire) != pieces;) p.wait();
}

// The owner takes from the front, the others from the back.
bool team::take(share &from, uint32_t number, bool own, uint32_t &piece) {
    uint64_t left = from.left.load(std::memory_order_acquire);
    for (;;) {
        const auto begin = static_cast<uint32_t>(left >> 16 & 0xffff), end = static_cast<uint32_t>(left & 0xffff);
        if (left >> 32 != number || begin >= end) return false;
        piece = own ? begin : end - 1;
        const uint64_t rest = own ? packed(number, begin + 1, end) : packed(number, begin, end - 1);
        if (from.left.compare_exchange_weak(left, rest, std::memory_order_acq_rel, std::memory_order_acquire)) return true;
    }
}

// Does what is left of the job, its own run first. job_ may be read only while a piece of it is in hand.
void team::participate(uint32_t number, int thread) {
    const int all = threads();
    uint32_t piece, mine = 0;
    for (int away = 0; away < all; away++) {
        share &from = shares_[(thread + away) % all];
        while (take(from, number, away == 0, piece)) {
            job_.body(job_.caller, job_.tasks * piece / job_.pieces, job_.tasks * (piece + 1) / job_.pieces, thread);
            mine++;
        }
    }
    if (mine) done_.fetch_add(mine, std::memory_order_acq_rel);
}

uint32_t team::await(uint32_t seen) {
    uint32_t now;
    patient p;
    while ((now = number_.load(std::memory_order_acquire)) == seen) {
        if (!p.wait()) number_.wait(seen, std::memory_order_acquire);
    }
    return now;
}

void team::work(int thread) {
    for (uint32_t seen = 0; !ending_.load();) {
        seen = await(seen);
        participate(seen, thread);
    }
}

}  // namespace fov
