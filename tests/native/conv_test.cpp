// Every convolution kernel of ours, all three passes, against plain loops.
#include "families.h"

using namespace families;

namespace {

struct geometry {
    fov_i64 n, ic, oc, groups, size, kernel, stride, pad;
    fov_i64 out() const { return (size + 2 * pad - kernel) / stride + 1; }
};

// term(x index, y index, w index) for every product that the convolution adds up.
template <class F>
void products(const geometry &g, F term) {
    const fov_i64 icg = g.ic / g.groups, ocg = g.oc / g.groups, o = g.out();
    for (fov_i64 n = 0; n < g.n; n++)
        for (fov_i64 oc = 0; oc < g.oc; oc++)
            for (fov_i64 c = 0; c < icg; c++)
                for (fov_i64 p = 0; p < o * o; p++)
                    for (fov_i64 t = 0; t < g.kernel * g.kernel; t++) {
                        const fov_i64 h = p / o * g.stride - g.pad + t / g.kernel, w = p % o * g.stride - g.pad + t % g.kernel;
                        if (h < 0 || h >= g.size || w < 0 || w >= g.size) continue;
                        term(((n * g.ic + oc / ocg * icg + c) * g.size + h) * g.size + w, (n * g.oc + oc) * o * o + p,
                             (oc * icg + c) * g.kernel * g.kernel + t);
                    }
}

void convolve(fov_ctx *ctx, const std::string &label, const geometry &g, const char *kernel) {
    check(ctx, fov_ctx_prefer(ctx, kernel));
    const fov_shape xs{4, 0, {g.n, g.ic, g.size, g.size}}, ys{4, 0, {g.n, g.oc, g.out(), g.out()}};
    fov_conv c{};
    c.bias = 1;
    c.wants = 1 << FOV_CONV_DATA | 1 << FOV_CONV_WEIGHTS;
    c.n = g.n, c.ic = g.ic, c.oc = g.oc, c.groups = g.groups;
    for (int i = 0; i < 3; i++) {
        c.in[i] = i ? g.size : 1, c.out[i] = i ? g.out() : 1, c.kernel[i] = i ? g.kernel : 1;
        c.stride[i] = i ? g.stride : 1, c.dilation[i] = 1, c.pad[i] = i ? g.pad : 0;
    }
    fov_conv_plan *plan = nullptr;
    check(ctx, fov_conv_create(ctx, &c, nullptr, &plan));
    const int32_t xl = fov_conv_x_layout(plan);
    fov_conv_destroy(plan);
    c.x_layout = xl;
    check(ctx, fov_conv_create(ctx, &c, nullptr, &plan));
    const int32_t yl = fov_conv_y_layout(plan);
    const fov_i64 weights = g.oc * (g.ic / g.groups) * g.kernel * g.kernel;

    const floats x(fov_layout_elements(FOV_PLAIN, &xs), 1), dy(fov_layout_elements(FOV_PLAIN, &ys), 2), w(weights, 3), b(g.oc, 4);
    const floats lx = in_layout(ctx, x, xs, xl), ldy = in_layout(ctx, dy, ys, yl);
    const floats y(fov_layout_elements(yl, &ys)), dx(fov_layout_elements(xl, &xs)), dw(weights), db(g.oc);
    const floats packed(fov_conv_bytes(plan, FOV_CONV_PACKED) / 4 + 1), forward(fov_conv_bytes(plan, FOV_CONV_FORWARD_WORKSPACE) / 4 + 1),
        backward(fov_conv_bytes(plan, FOV_CONV_BACKWARD_WORKSPACE) / 4 + 1);
    check(ctx, fov_conv_forward(plan, y.data(), nullptr, lx.data(), w.data(), b.data(), nullptr, packed.data(), 1, forward.data()));
    check(ctx, fov_conv_backward(plan, dx.data(), dw.data(), db.data(), nullptr, ldy.data(), lx.data(), w.data(), nullptr, nullptr,
                                 backward.data()));

    std::vector<double> ey(dy.size()), ex(x.size()), ew(weights), eb(g.oc);
    const fov_i64 pixels = g.out() * g.out();
    for (fov_i64 i = 0; i < dy.size(); i++) ey[i] = b[i / pixels % g.oc], eb[i / pixels % g.oc] += dy[i];
    products(g, [&](fov_i64 i, fov_i64 o, fov_i64 k) {
        ey[o] += static_cast<double>(x[i]) * w[k];
        ex[i] += static_cast<double>(dy[o]) * w[k];
        ew[k] += static_cast<double>(dy[o]) * x[i];
    });
    // Winograd divides: its transforms multiply at most 16 times the rounding of a sum of so many products of up to 5 x 5.
    const bool exact = std::string(kernel).find("winograd") == std::string::npos;
    const auto bound = [&](fov_i64 terms) { return exact ? 0 : 4 * 16 * 0x1p-24 * static_cast<double>(terms) * 16; };
    const fov_i64 icg = g.ic / g.groups, taps = g.kernel * g.kernel;
    const std::string what = label + kernel + " (" + fov_conv_implementation(plan, 0) + ", " + fov_conv_implementation(plan, 1) + ", " +
                             fov_conv_implementation(plan, 2) + ") ";
    expect_near(plain(ctx, y, ys, yl), ey, bound(icg * taps + 1), what + "y");
    expect_near(plain(ctx, dx, xs, xl), ex, bound(g.oc / g.groups * taps), what + "dx");
    expect_near(dw, ew, bound(g.n * pixels), what + "dw");
    expect_near(db, eb, 0, what + "db");
    fov_conv_destroy(plan);
}

}  // namespace

int main() {
    return everywhere([](fov_ctx *ctx, const std::string &label) {
        for (const char *kernel : {"own:plain", "own:direct", "own:lane", "own:winograd-4x4", "own:winograd-2x2"}) {
            convolve(ctx, label, {2, 20, 37, 1, 9, 3, 1, 1}, kernel);
            convolve(ctx, label, {19, 3, 7, 1, 12, 3, 1, 1}, kernel);
        }
        for (const char *kernel : {"own:plain", "own:direct", "own:lane"}) {
            convolve(ctx, label, {17, 6, 16, 1, 8, 5, 1, 0}, kernel);
            convolve(ctx, label, {3, 17, 33, 1, 9, 3, 2, 1}, kernel);
            convolve(ctx, label, {3, 40, 20, 1, 5, 1, 1, 0}, kernel);
        }
        convolve(ctx, label, {2, 80, 100, 1, 9, 3, 1, 1}, "own:direct");  // tiles of two, three and four blocks
        convolve(ctx, label, {2, 20, 37, 1, 9, 5, 1, 2}, "own:winograd-2x2-5x5");
        convolve(ctx, label, {30, 16, 32, 1, 12, 3, 1, 1}, "own:winograd-4x4");  // gradients from several parts
        convolve(ctx, label, {1, 144, 128, 1, 5, 3, 1, 1}, "own:winograd-4x4");  // and from tiles that threads share
        convolve(ctx, label, {18, 5, 7, 1, 4, 4, 1, 0}, "own:dense");
        convolve(ctx, label, {2, 20, 20, 20, 9, 3, 1, 1}, "own:depthwise");
        convolve(ctx, label, {2, 33, 33, 33, 9, 3, 2, 1}, "own:depthwise");
        convolve(ctx, label, {1, 17, 17, 17, 12, 3, 2, 0}, "own:depthwise");
        convolve(ctx, label, {2, 20, 20, 20, 11, 5, 1, 2}, "own:depthwise");
        convolve(ctx, label, {1, 16, 16, 16, 13, 5, 2, 1}, "own:depthwise");
        convolve(ctx, label, {1, 5, 5, 5, 2, 3, 1, 2}, "own:depthwise");  // a filter larger than the plane
    });
}
