// Local response norm, optimizers and images against plain loops, and memory that is reserved before it is there.
#include <cstring>

#include "families.h"

using namespace families;

namespace {

constexpr double epsilon = 0x1p-24;

void lrn(fov_ctx *ctx, const std::string &label, fov_i64 n, fov_i64 c, fov_i64 s, int size, float beta, int32_t layout) {
    const fov_shape xs{3, 0, {n, c, s}};
    const floats x(n * c * s, 1), dy(n * c * s, 2);
    const floats lx = in_layout(ctx, x, xs, layout), ldy = in_layout(ctx, dy, xs, layout), y(lx.size()), dx(lx.size());
    const fov_lrn a{xs, layout, size, 0.5f, beta, 1, 0};
    check(ctx, fov_lrn_forward(ctx, &a, y.data(), nullptr, lx.data()));
    check(ctx, fov_lrn_backward(ctx, &a, dx.data(), ldy.data(), lx.data(), nullptr));
    std::vector<double> below(x.size()), ey(x.size()), ex(x.size());
    const auto window = [&](fov_i64 i, auto f) {
        const fov_i64 channel = i / s % c;
        for (fov_i64 j = std::max<fov_i64>(0, channel - size / 2); j < std::min(c, channel - size / 2 + size); j++)
            f(i + (j - channel) * s);
    };
    for (fov_i64 i = 0; i < x.size(); i++) {
        below[i] = 1;
        window(i, [&](fov_i64 j) { below[i] += 0.5 / size * x[j] * x[j]; });
        ey[i] = x[i] * std::pow(below[i], -static_cast<double>(beta));
    }
    for (fov_i64 i = 0; i < x.size(); i++) {
        ex[i] += dy[i] * std::pow(below[i], -static_cast<double>(beta));
        window(i, [&](fov_i64 j) { ex[j] -= 2 * beta * 0.5 / size * dy[i] * x[i] * x[j] * std::pow(below[i], -beta - 1.0); });
    }
    // Powers of a logarithm are off by a few units, numbers reach 4.
    const std::string what = label + "lrn of layout " + std::to_string(layout) + " over " + std::to_string(size) + " ";
    expect_near(plain(ctx, y, xs, layout), ey, 16 * epsilon * 4 * size, what + "y");
    expect_near(plain(ctx, dx, xs, layout), ex, 16 * epsilon * 16 * size, what + "dx");
}

// Two steps of every kind leave numbers, and RMSProp the right ones.
void optimize(fov_ctx *ctx, const std::string &label, fov_i64 n) {
    for (int32_t kind = 0; kind < FOV_OPTIMIZER_COUNT; kind++) {
        const floats w(n, 1), g(n, 2), s0(n), s1(n), s2(n), before(n, 1);
        for (const floats *s : {&s0, &s1, &s2}) check(ctx, fov_fill(ctx, s->data(), 0, n));
        fov_update row{w.data(), g.data(), s0.data(), s1.data(), s2.data(), n, {1e-3f, 0, 0.5f, 0.5f, 0.125f, 0.5f, 0.5f, 0.125f, 1, 0}};
        if (kind == FOV_RMSPROP) row.s1 = row.s2 = nullptr;
        for (int step = 0; step < 2; step++) check(ctx, fov_optimizer_step(ctx, kind, &row, 1, 1, std::numeric_limits<float>::infinity()));
        for (fov_i64 i = 0; i < n; i++)
            if (!std::isfinite(w[i]) && failures++ < 20) printf("%soptimizer %d: w[%lld] is %g\n", label.c_str(), kind, i, w[i]);
        if (kind != FOV_RMSPROP) continue;
        std::vector<double> expected(n);
        for (fov_i64 i = 0; i < n; i++) {
            double v = 0, at = before[i];
            for (int step = 0; step < 2; step++) {
                v = 0.5 * v + 0.5 * g[i] * g[i];
                at -= 1e-3f * (g[i] / (std::sqrt(v) + 0.125));
            }
            expected[i] = at;
        }
        expect_near(w, expected, 4 * epsilon * 4, label + "rmsprop of " + std::to_string(n));
    }
}

void images(fov_ctx *ctx, const std::string &label, fov_i64 c, fov_i64 pixels, int last) {
    const fov_i64 n = 2;
    std::vector<uint8_t> x(n * c * pixels);
    for (size_t i = 0; i < x.size(); i++) x[i] = static_cast<uint8_t>(i * 37 + i / 256);
    const floats y(n * c * pixels), scale(c, 1), shift(c, 2);
    check(ctx, fov_image_to_float(ctx, y.data(), x.data(), n, c, pixels, last, scale.data(), shift.data()));
    std::vector<double> expected(x.size());
    for (fov_i64 i = 0; i < y.size(); i++) {
        const fov_i64 image = i / (c * pixels), channel = i / pixels % c, pixel = i % pixels;
        const fov_i64 from = last ? (image * pixels + pixel) * c + channel : i;
        expected[i] = x[from] * static_cast<double>(scale[channel]) + shift[channel];
    }
    expect_near(y, expected, 0, label + "image of " + std::to_string(c) + " channels" + (last ? " last" : ""));
}

// What is committed is zero and stays; what is not may be committed later, beside it.
void reserve(fov_ctx *ctx, const std::string &label) {
    constexpr fov_i64 megabytes = 1 << 20;
    void *memory = nullptr;
    check(ctx, fov_memory_reserve(ctx, 64 * megabytes, &memory));
    auto *bytes = static_cast<char *>(memory);
    for (fov_i64 at = 0; at < 6; at += 2) {
        check(ctx, fov_memory_commit(ctx, bytes + at * megabytes, 2 * megabytes));
        for (fov_i64 i = 0; i < 2 * megabytes; i += 4096)
            if (bytes[at * megabytes + i] != 0 && failures++ < 20) printf("%scommitted memory is not zero\n", label.c_str());
        memset(bytes + at * megabytes, 1, 2 * megabytes);
    }
    for (fov_i64 i = 0; i < 6 * megabytes; i += 4096)
        if (bytes[i] != 1 && failures++ < 20) printf("%scommitting changed what was there\n", label.c_str());
    check(ctx, fov_memory_unmap(ctx, memory, 64 * megabytes));
}

}  // namespace

int main() {
    return everywhere([](fov_ctx *ctx, const std::string &label) {
        for (const int32_t layout : {FOV_PLAIN, FOV_C16, FOV_N16})
            for (const float beta : {0.75f, 0.5f}) {
                lrn(ctx, label, 2, 40, 9, 5, beta, layout);
                lrn(ctx, label, 18, 3, 17, 4, beta, layout);
            }
        for (const fov_i64 n : {1, 15, 70, 40000}) optimize(ctx, label, n);
        for (const fov_i64 c : {1, 3, 4, 5})
            for (const int last : {0, 1}) {
                images(ctx, label, c, 7, last);
                images(ctx, label, c, 70, last);
            }
        reserve(ctx, label);
    });
}
