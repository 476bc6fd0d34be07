// Measures what the machine can do at best, for `fovea doctor` and as the denominator of benchmarks.
#include <algorithm>
#include <atomic>
#include <chrono>

#include "../error.h"
#include "../parallel.h"

using namespace fov;

namespace {

using seconds_clock = std::chrono::steady_clock;

double since(seconds_clock::time_point start) { return std::chrono::duration<double>(seconds_clock::now() - start).count(); }

// Units per second of piece(thread, step) -> units on all threads: the best of five runs of a fixed time, since other load can only
// make a machine look slower than it is. Pieces of some 10 us keep the clock and the start of the team out of the figure.
template <class Piece>
double best_rate(const fov_ctx &ctx, double seconds, Piece piece) {
    constexpr int runs = 5;
    double best = 0;
    for (int run = 0; run < runs; run++) {
        std::atomic<double> total{0};
        const auto start = seconds_clock::now();
        parallel_tasks(ctx, ctx.threads(), [&](fov_i64 thread, int) {
            double units = 0;
            fov_i64 step = 0;
            do units += piece(thread, step++);
            while (since(start) < seconds / runs);
            total += units;
        });
        best = std::max(best, total.load() / std::max(since(start), 1e-9));
    }
    return best;
}

}  // namespace

extern "C" {

fov_status fov_measure_flops(fov_ctx *ctx, double *gflops, int32_t type, double seconds) {
    return guarded(ctx, [&] {
        require(gflops && (type == FOV_F32 || type == FOV_BF16), "measure_flops: element type %d; f32 or bf16", type);
        require(seconds > 0 && seconds <= 60, "measure_flops: %g seconds; more than 0, at most 60", seconds);
        const auto kernel = type == FOV_F32 ? ctx->kernels->peak->f32 : ctx->kernels->peak_bf16->dot;
        if (!kernel || (type == FOV_BF16 && !bf16_available()))
            throw failure(FOV_UNSUPPORTED, "this instruction set has no bf16 dot products");
        *gflops = 1e-9 * best_rate(*ctx, seconds, [=](fov_i64, fov_i64) {
                      float sink;
                      return static_cast<double>(kernel(&sink, 4096));
                  });
    });
}

fov_status fov_measure_bandwidth(fov_ctx *ctx, double *gigabytes, int32_t pattern, float *memory, fov_i64 bytes, double seconds) {
    return guarded(ctx, [&] {
        require(gigabytes && memory && reinterpret_cast<size_t>(memory) % 64 == 0, "measure_bandwidth: memory must be 64-byte aligned");
        require(pattern >= FOV_READ && pattern <= FOV_COPY, "measure_bandwidth: pattern %d; read, write or copy", pattern);
        require(seconds > 0 && seconds <= 60, "measure_bandwidth: %g seconds; more than 0, at most 60", seconds);
        const fov_i64 threads = ctx->threads();
        const fov_i64 block = 8 * 64 / sizeof(float);  // eight of the widest vectors
        const fov_i64 arrays = pattern == FOV_COPY ? 2 : 1;
        const fov_i64 n = bytes / static_cast<fov_i64>(sizeof(float)) / threads / arrays / block * block;
        require(n > 0, "measure_bandwidth: %lld bytes are too few for %lld threads; at least %lld", bytes, threads,
                threads * arrays * block * static_cast<fov_i64>(sizeof(float)));
        const auto *kernels = ctx->kernels->peak;
        const fov_i64 piece = std::min(n, fov_i64(1) << 18), pieces = n / piece;
        *gigabytes = 1e-9 * best_rate(*ctx, seconds, [=](fov_i64 thread, fov_i64 step) {
                         float *mine = memory + thread * n * arrays + step % pieces * piece;
                         if (pattern == FOV_READ) {
                             volatile float sink = kernels->read(mine, 0, piece);
                             (void)sink;
                         } else if (pattern == FOV_WRITE) {
                             kernels->write(mine, 0, piece);
                         } else {
                             kernels->copy(mine + n, mine, 0, piece);
                         }
                         return static_cast<double>(piece * arrays) * sizeof(float);
                     });
    });
}
}
