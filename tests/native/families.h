// What the native tests of whole families share: every instruction set and 1 and 2 threads through the C ABI, on heap memory of exactly
// the size that is needed, so that a sanitizer sees what a kernel reads or writes too much.
#pragma once
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "fovea.h"

namespace families {

inline int failures = 0;

inline void check(fov_ctx *ctx, fov_status status) {
    if (status == FOV_OK) return;
    printf("%s\n", fov_ctx_message(ctx));
    exit(1);
}

// 64-byte aligned, as the library's own memory is, and holding NaN.
class floats {
  public:
    explicit floats(fov_i64 n) : n_(n), data_(static_cast<float *>(std::aligned_alloc(64, (n * 4 + 63) / 64 * 64)), std::free) {
        for (fov_i64 i = 0; i < n; i++) data_.get()[i] = std::numeric_limits<float>::quiet_NaN();
    }
    // Small integers, whose sums are exact.
    floats(fov_i64 n, int seed) : floats(n) {
        for (fov_i64 i = 0; i < n; i++) (*this)[i] = static_cast<float>((i * 7 + i / 5 * 3 + i / 64 + seed * 13) % 9 - 4);
    }
    float *data() const { return data_.get(); }
    float &operator[](fov_i64 i) const { return data_.get()[i]; }
    fov_i64 size() const { return n_; }

  private:
    fov_i64 n_;
    std::unique_ptr<float, decltype(&std::free)> data_;
};

inline void expect_near(const floats &y, const std::vector<double> &expected, double bound, const std::string &what) {
    double largest = 0;
    for (fov_i64 i = 0; i < y.size(); i++) {
        largest = std::max(largest, std::fabs(expected[i]));
        if (std::fabs(y[i] - expected[i]) <= bound) continue;
        if (failures++ < 20) printf("%s: element %lld is %g, expected %g within %g\n", what.c_str(), i, y[i], expected[i], bound);
        return;
    }
    if (largest == 0 && failures++ < 20) printf("%s: nothing but zeros is expected\n", what.c_str());
}

// test(context, label) for every instruction set of this CPU, with 1 and 2 threads, computing with own kernels.
inline int everywhere(const std::function<void(fov_ctx *, const std::string &)> &test) {
    for (int32_t isa = 0; isa < FOV_ISA_COUNT; isa++) {
        if (!fov_isa_available(isa)) {
            printf("SKIPPED: instruction set %s, which this CPU does not have\n", fov_isa_name(isa));
            continue;
        }
        for (int threads = 1; threads <= 2; threads++) {
            fov_ctx *ctx = nullptr;
            check(ctx, fov_ctx_create(isa, threads, &ctx));
            check(ctx, fov_ctx_set_option(ctx, FOV_OPTION_PROVIDER, FOV_PROVIDER_OWN));
            test(ctx, std::string(fov_isa_name(isa)) + ", " + std::to_string(threads) + " threads, ");
            fov_ctx_destroy(ctx);
        }
    }
    return failures == 0 ? 0 : 1;
}

// A plain tensor in another layout, and back.
inline floats in_layout(fov_ctx *ctx, const floats &plain, const fov_shape &shape, int32_t layout) {
    floats y(fov_layout_elements(layout, &shape));
    check(ctx, fov_reorder(ctx, y.data(), layout, plain.data(), FOV_PLAIN, FOV_F32, &shape));
    return y;
}
inline floats plain(fov_ctx *ctx, const floats &x, const fov_shape &shape, int32_t layout) {
    floats y(fov_layout_elements(FOV_PLAIN, &shape));
    check(ctx, fov_reorder(ctx, y.data(), FOV_PLAIN, x.data(), layout, FOV_F32, &shape));
    return y;
}

}  // namespace families
