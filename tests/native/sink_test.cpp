// Gradients of a dense layer's weights that an optimizer uses up in blocks of rows, against those that it gets as a whole: the same
// bits; and the sinks that are refused.
#include <cstring>

#include "families.h"

using namespace families;

namespace {

constexpr float all = std::numeric_limits<float>::infinity();

struct states {
    explicit states(fov_i64 n) : w(n, 3), s0(n, 4), s1(n, 5), s2(n, 6) {
        // Sums of squares.
        for (fov_i64 i = 0; i < n; i++) s0[i] = std::fabs(s0[i]), s1[i] = std::fabs(s1[i]), s2[i] = std::fabs(s2[i]);
    }
    fov_update row() const {
        return {w.data(), nullptr, s0.data(), s1.data(), s2.data(), w.size(), {0.0625f, 0.5f, 0.5f, 0.5f, 0.25f, 0.5f, 0.5f, 0.25f, 1, 1}};
    }
    floats w, s0, s1, s2;
};

void same(const floats &given, const floats &expected, const std::string &what) {
    if (std::memcmp(given.data(), expected.data(), expected.size() * sizeof(float)) == 0) return;
    fov_i64 i = 0;
    while (given[i] == expected[i]) i++;
    if (failures++ < 20) printf("%s: element %lld is %g, expected %g\n", what.c_str(), i, given[i], expected[i]);
}

void use_up(fov_ctx *ctx, const std::string &label, const fov_linear &l) {
    if (!fov_linear_sinks(ctx, &l) && failures++ < 20) printf("%sno sink for %lld x %lld\n", label.c_str(), l.n, l.k);
    const floats x(l.m * l.k, 1), dy(l.m * l.n, 2), y(l.m * l.n, 7), dw(l.n * l.k);
    for (const int32_t kind : {FOV_SGD, FOV_ADAM, FOV_RMSPROP, FOV_ADADELTA, FOV_LION}) {
        const states whole(l.n * l.k), pieces(l.n * l.k);
        fov_update expected = whole.row(), row = pieces.row();
        expected.g = dw.data();
        check(ctx, fov_linear_backward(ctx, &l, nullptr, dw.data(), nullptr, dy.data(), x.data(), whole.w.data(), y.data(), nullptr));
        check(ctx, fov_optimizer_step(ctx, kind, &expected, 1, 0.5f, all));
        const fov_sink sink{&row, kind, 0.5f, all, 0};
        const floats dx(l.m * l.k), db(l.n);
        check(ctx, fov_linear_backward(ctx, &l, dx.data(), nullptr, db.data(), dy.data(), x.data(), row.w, y.data(), &sink));
        const std::string what = label + std::to_string(l.n) + " x " + std::to_string(l.k) + ", optimizer " + std::to_string(kind) + " ";
        same(pieces.w, whole.w, what + "w");
        same(pieces.s0, whole.s0, what + "s0");
        same(pieces.s1, whole.s1, what + "s1");
        same(pieces.s2, whole.s2, what + "s2");
    }
}

void refuse(fov_ctx *ctx, const std::string &label) {
    const fov_linear l{2, 4, 3, FOV_ACTIVATION_NONE, 0};
    const states s(12), other(12);
    const floats x(6, 1), dy(8, 2), dw(12);
    const auto expect = [&](const std::string &what, const fov_update &row, int32_t kind, float *gradient) {
        const fov_sink sink{&row, kind, 1, all, 0};
        const fov_status status = fov_linear_backward(ctx, &l, nullptr, gradient, nullptr, dy.data(), x.data(), s.w.data(), nullptr, &sink);
        if (status != FOV_BAD_ARGUMENT && failures++ < 20) printf("%sa sink %s is not refused\n", label.c_str(), what.c_str());
    };
    fov_update row = s.row();
    expect("beside a whole gradient", row, FOV_SGD, dw.data());
    expect("of LARS", row, FOV_LARS, nullptr);
    expect("of other weights", other.row(), FOV_SGD, nullptr);
    row.n = 11;
    expect("with too few elements", row, FOV_SGD, nullptr);
    row.n = 13;
    expect("with too many elements", row, FOV_SGD, nullptr);
    row = s.row();
    row.s1 = nullptr;
    expect("without a state", row, FOV_ADAM, nullptr);
    same(s.w, states(12).w, label + "refused sinks leave w");
}

}  // namespace

int main() {
    return everywhere([](fov_ctx *ctx, const std::string &label) {
        use_up(ctx, label, {3, 420, 2600, FOV_ACTIVATION_NONE, 0});  // 192, 192 and 36 rows
        use_up(ctx, label, {2, 40, 32768, FOV_ACTIVATION_RELU, 0});  // 16, 16 and 8
        refuse(ctx, label);
    });
}
