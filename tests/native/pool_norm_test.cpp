// Pooling and batch norm in every layout against plain loops.
#include "families.h"

using namespace families;

namespace {

constexpr double epsilon = 0x1p-24;
const char *const layouts[] = {"plain", "c16", "n16"};

struct geometry {
    fov_i64 n, c, size;
    int kernel, stride, pad;
    fov_i64 out() const { return (size + 2 * pad - kernel) / stride + 1; }
};

void pool(fov_ctx *ctx, const std::string &label, const geometry &g, int32_t layout) {
    const fov_shape xs{4, 0, {g.n, g.c, g.size, g.size}}, ys{4, 0, {g.n, g.c, g.out(), g.out()}};
    fov_pool_attrs a{};
    a.x = xs, a.layout = layout, a.divisor = FOV_DIVIDE_NONE;
    for (int i = 0; i < 3; i++) a.out[i] = a.kernel[i] = a.stride[i] = a.dilation[i] = 1;
    for (int i = 0; i < 2; i++) {
        a.kernel[i] = g.kernel, a.stride[i] = g.stride, a.before[i] = g.pad, a.out[i] = static_cast<int>(g.out());
        a.after[i] = std::max<int>(0, static_cast<int>((g.out() - 1) * g.stride + g.kernel - g.size - g.pad));
    }
    fov_pool *pool = nullptr;
    check(ctx, fov_pool_create(ctx, &a, &pool));
    const floats x(fov_layout_elements(FOV_PLAIN, &xs), 1), dy(fov_layout_elements(FOV_PLAIN, &ys), 2);
    const floats lx = in_layout(ctx, x, xs, layout), ldy = in_layout(ctx, dy, ys, layout);
    const floats most(fov_layout_elements(layout, &ys)), sum(most.size()), dmost(fov_layout_elements(layout, &xs)), dsum(dmost.size());
    const floats offsets(fov_pool_offset_bytes(pool) / 4 + 1);
    check(ctx, fov_max_pool_forward(pool, most.data(), nullptr, offsets.data(), lx.data()));
    check(ctx, fov_max_pool_backward(pool, dmost.data(), ldy.data(), offsets.data()));
    check(ctx, fov_avg_pool_forward(pool, sum.data(), lx.data()));
    check(ctx, fov_avg_pool_backward(pool, dsum.data(), ldy.data()));
    fov_pool_destroy(pool);

    std::vector<double> emost(dy.size()), esum(dy.size()), edmost(x.size()), edsum(x.size());
    for (fov_i64 o = 0; o < dy.size(); o++) {
        const fov_i64 plane = o / (g.out() * g.out()), p = o % (g.out() * g.out());
        fov_i64 best = -1;
        for (int t = 0; t < g.kernel * g.kernel; t++) {
            const fov_i64 h = p / g.out() * g.stride - g.pad + t / g.kernel, w = p % g.out() * g.stride - g.pad + t % g.kernel;
            if (h < 0 || h >= g.size || w < 0 || w >= g.size) continue;
            const fov_i64 i = (plane * g.size + h) * g.size + w;
            if (best < 0 || x[i] > x[best]) best = i;
            esum[o] += x[i];
            edsum[i] += dy[o];
        }
        emost[o] = x[best];
        edmost[best] += dy[o];
    }
    const std::string what = label + layouts[layout] + " pool " + std::to_string(g.kernel) + "/" + std::to_string(g.stride) + " ";
    expect_near(plain(ctx, most, ys, layout), emost, 0, what + "max");
    expect_near(plain(ctx, dmost, xs, layout), edmost, 0, what + "gradient of max");
    expect_near(plain(ctx, sum, ys, layout), esum, 0, what + "sum");
    expect_near(plain(ctx, dsum, xs, layout), edsum, 0, what + "gradient of sum");
}

void norm(fov_ctx *ctx, const std::string &label, const geometry &g, int32_t layout) {
    const fov_shape xs{4, 0, {g.n, g.c, g.size, g.size}};
    const fov_i64 pixels = g.size * g.size, all = g.n * pixels;
    const floats x(fov_layout_elements(FOV_PLAIN, &xs), 1), dy(x.size(), 2), gamma(g.c, 3), beta(g.c, 4);
    const floats lx = in_layout(ctx, x, xs, layout), ldy = in_layout(ctx, dy, xs, layout);
    const floats y(lx.size()), dx(lx.size()), stats(2 * g.c), dgamma(g.c), dbeta(g.c);
    const fov_batch_norm a{xs, layout, 1, 0, 0, 0.1f, 1e-3f};
    check(ctx, fov_batch_norm_forward(ctx, &a, y.data(), stats.data(), nullptr, nullptr, lx.data(), gamma.data(), beta.data(), nullptr));
    check(ctx, fov_batch_norm_backward(ctx, &a, dx.data(), dgamma.data(), dbeta.data(), nullptr, ldy.data(), lx.data(), y.data(),
                                       gamma.data(), beta.data(), stats.data()));
    std::vector<double> ey(x.size()), ex(x.size()), egamma(g.c), ebeta(g.c);
    double steepest = 0;
    for (fov_i64 c = 0; c < g.c; c++) {
        const auto at = [&](fov_i64 i) { return (i / pixels * g.c + c) * pixels + i % pixels; };
        double mean = 0, variance = 0;
        for (fov_i64 i = 0; i < all; i++) mean += x[at(i)] / static_cast<double>(all);
        for (fov_i64 i = 0; i < all; i++) variance += (x[at(i)] - mean) * (x[at(i)] - mean) / static_cast<double>(all);
        const double scale = 1 / std::sqrt(variance + 1e-3);
        steepest = std::max(steepest, scale);
        for (fov_i64 i = 0; i < all; i++) {
            ebeta[c] += dy[at(i)];
            egamma[c] += dy[at(i)] * (x[at(i)] - mean) * scale;
        }
        for (fov_i64 i = 0; i < all; i++) {
            const double normal = (x[at(i)] - mean) * scale;
            ey[at(i)] = normal * gamma[c] + beta[c];
            ex[at(i)] = gamma[c] * scale * (dy[at(i)] - (ebeta[c] + normal * egamma[c]) / static_cast<double>(all));
        }
    }
    // Numbers reach 4, and 8 from their mean: sums of `all` products, each passed on to a few more operations.
    const double factor = std::max(1.0, steepest), bound = 16 * epsilon * 8 * 4 * 4 * factor * factor * factor;
    const std::string what = label + layouts[layout] + " batch norm ";
    expect_near(plain(ctx, y, xs, layout), ey, bound, what + "y");
    expect_near(plain(ctx, dx, xs, layout), ex, bound, what + "dx");
    expect_near(dgamma, egamma, bound * static_cast<double>(all), what + "dgamma");
    expect_near(dbeta, ebeta, 0, what + "dbeta");
}

}  // namespace

int main() {
    return everywhere([](fov_ctx *ctx, const std::string &label) {
        for (const int32_t layout : {FOV_PLAIN, FOV_C16, FOV_N16}) {
            for (const geometry &g : {geometry{3, 20, 8, 2, 2, 0}, geometry{18, 5, 9, 3, 2, 1}, geometry{2, 17, 7, 3, 1, 1},
                                      geometry{2, 33, 5, 5, 5, 0}, geometry{1, 1, 70, 2, 2, 0}})
                pool(ctx, label, g, layout);
            if (layout == FOV_C16) pool(ctx, label, {16, 16, 132, 3, 1, 1}, layout);  // written past the caches
            for (const geometry &g : {geometry{3, 20, 8, 0, 0, 0}, geometry{18, 5, 9, 0, 0, 0}, geometry{2, 33, 5, 0, 0, 0}})
                norm(ctx, label, g, layout);
        }
    });
}
