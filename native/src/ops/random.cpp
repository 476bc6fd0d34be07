#include <cmath>

#include "../error.h"
#include "../parallel.h"
#include "../philox.h"

using namespace fov;

namespace {

// Four elements share one Philox call, so ranges begin at multiples of four.
template <class Four>
void generate(const fov_ctx &ctx, float *y, fov_i64 n, Four four) {
    static_assert(elements_per_task % 4 == 0);
    parallel_ranges(ctx, n, [=](fov_i64 begin, fov_i64 end) {
        for (fov_i64 i = begin; i < end; i += 4) {
            float v[4];
            four(static_cast<uint64_t>(i / 4), v);
            for (fov_i64 k = i; k < end && k < i + 4; k++) y[k] = v[k - i];
        }
    });
}

}  // namespace

extern "C" {

fov_status fov_random_uniform(fov_ctx *ctx, float *y, fov_i64 n, fov_i64 seed, fov_i64 stream, float low, float high) {
    return guarded(ctx, [&] {
        require(n >= 0, "random_uniform: %lld elements", n);
        generate(*ctx, y, n, [=](uint64_t counter, float *v) {
            const auto words = philox(counter, stream, seed);
            for (int k = 0; k < 4; k++) {
                const float x = low + (high - low) * unit_float(words.w[k]);
                v[k] = x < high || !(low < high) ? x : low;  // rounding may reach the open end
            }
        });
    });
}

// Box-Muller in double: 32 bits a word, the logarithm's argument never zero.
fov_status fov_random_normal(fov_ctx *ctx, float *y, fov_i64 n, fov_i64 seed, fov_i64 stream, float mean, float deviation) {
    return guarded(ctx, [&] {
        require(n >= 0, "random_normal: %lld elements", n);
        generate(*ctx, y, n, [=](uint64_t counter, float *v) {
            const auto words = philox(counter, stream, seed);
            for (int k = 0; k < 4; k += 2) {
                const double radius = std::sqrt(-2 * std::log((words.w[k] + 1.0) * 0x1p-32));
                const double angle = words.w[k + 1] * (0x1p-32 * 2 * 3.14159265358979323846);
                v[k] = static_cast<float>(mean + deviation * radius * std::cos(angle));
                v[k + 1] = static_cast<float>(mean + deviation * radius * std::sin(angle));
            }
        });
    });
}
}
