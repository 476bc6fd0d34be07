// What the sweeps share: contenders that take turns, and a table of what they reach.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "fovea.h"

namespace sweep {

struct settings {
    int threads = 2;
    int rounds = 8;
    double milliseconds = 8;  // of one contender in one round
    bool onednn = true;       // whether oneDNN takes part by itself
    std::regex only{""};
    std::vector<std::string> names;  // implementations to compare, beside the default contenders
    std::string layers = "tests/fovea/support/ConvLayer.java";
};

inline double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

inline void check(fov_ctx *ctx, fov_status status) {
    if (status == FOV_OK) return;
    fprintf(stderr, "%s\n", fov_ctx_message(ctx));
    exit(1);
}

// A context with options: provider is FOV_PROVIDER_...
inline fov_ctx *open(const settings &s, int32_t provider = FOV_PROVIDER_AUTO) {
    fov_ctx *ctx = nullptr;
    check(ctx, fov_ctx_create(FOV_ISA_BEST, s.threads, &ctx));
    check(ctx, fov_ctx_set_option(ctx, FOV_OPTION_PROVIDER, provider));
    return ctx;
}

// Huge pages, as the library's own pool has them, and numbers that are neither zero nor denormal.
class floats {
  public:
    floats(fov_ctx *ctx, fov_i64 n) : ctx_(ctx), bytes_(std::max<fov_i64>(n, 16) * 4) {
        check(ctx, fov_memory_map(ctx, bytes_, &data_));
        // A few normal numbers, over and over.
        const fov_i64 some = std::min<fov_i64>(n, 1 << 14);
        check(ctx, fov_random_normal(ctx, data(), some, 1, 1, 0, 1));
        for (fov_i64 i = some; i < n; i += some) std::copy_n(data(), std::min(some, n - i), data() + i);
    }
    floats(const floats &) = delete;
    ~floats() { fov_memory_unmap(ctx_, data_, bytes_); }
    float *data() const { return static_cast<float *>(data_); }

  private:
    fov_ctx *ctx_;
    fov_i64 bytes_;
    void *data_ = nullptr;
};

struct contender {
    std::string name;
    std::function<void()> run;
    std::vector<double> seconds;  // of each round, per run

    // Of the best round: whatever else runs on the machine only ever adds.
    double best() const { return seconds.empty() ? 0 : *std::min_element(seconds.begin(), seconds.end()); }
};

// Short rounds in turn, so that what else the machine does meets all of them alike.
inline void race(std::vector<contender> &all, const settings &s) {
    std::vector<int> repeats;
    for (auto &c : all) {
        c.run();
        const double begin = now();
        c.run();
        repeats.push_back(std::clamp<int>(s.milliseconds * 1e-3 / std::max(1e-7, now() - begin), 1, 100000));
    }
    for (int round = 0; round < s.rounds; round++)
        for (size_t i = 0; i < all.size(); i++) {
            // The data of the one before is in the caches, and its threads may look for more work for a while.
            all[i].run();
            const double begin = now();
            for (int k = 0; k < repeats[i]; k++) all[i].run();
            all[i].seconds.push_back((now() - begin) / repeats[i]);
        }
}

// GFLOP/s in registers, on all threads of the context.
inline double peak(fov_ctx *ctx) {
    double best = 0;
    for (int i = 0; i < 10; i++) {
        double g = 0;
        check(ctx, fov_measure_flops(ctx, &g, FOV_F32, 0.05));
        best = std::max(best, g);
    }
    return best;
}

// GB/s of copying, read plus written, over so many bytes.
inline double bandwidth(fov_ctx *ctx, fov_i64 bytes, int32_t pattern = FOV_COPY) {
    const floats memory(ctx, bytes / 4);
    double best = 0;
    for (int i = 0; i < 3; i++) {
        double g = 0;
        check(ctx, fov_measure_bandwidth(ctx, &g, pattern, memory.data(), bytes, 0.05));
        best = std::max(best, g);
    }
    return best;
}

void convolutions(const settings &s);
void products(const settings &s);
void pools(const settings &s);
void norms(const settings &s);
void optimizers(const settings &s);

}  // namespace sweep
