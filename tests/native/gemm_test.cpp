// fov_gemm against plain loops: every way to read and pack the operands.
#include "families.h"

using namespace families;

namespace {

void multiply(fov_ctx *ctx, const std::string &label, fov_i64 m, fov_i64 n, fov_i64 k, bool ta, bool tb) {
    const floats a(m * k, 1), b(k * n, 2), c(m * n);
    fov_gemm_attrs g{};
    g.m = m, g.n = n, g.k = k;
    g.a_row = ta ? 1 : k, g.a_col = ta ? m : 1, g.b_row = tb ? 1 : n, g.b_col = tb ? k : 1, g.c_row = n, g.c_col = 1;
    g.alpha = 1;
    check(ctx, fov_gemm(ctx, c.data(), a.data(), b.data(), nullptr, &g));
    std::vector<double> expected(m * n);
    for (fov_i64 i = 0; i < m; i++)
        for (fov_i64 j = 0; j < n; j++)
            for (fov_i64 p = 0; p < k; p++)
                expected[i * n + j] += static_cast<double>(a[i * g.a_row + p * g.a_col]) * b[p * g.b_row + j * g.b_col];
    expect_near(c, expected, 0, label + "gemm " + std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k));
}

}  // namespace

int main() {
    const fov_i64 shapes[][3] = {{1, 70, 65},    {70, 3, 131},    {17, 33, 65}, {64, 10, 84},     {30, 250, 700},
                                 {250, 30, 700}, {200, 210, 300}, {6, 600, 7},  {100, 700, 1030}, {2100, 2048, 1}};
    return everywhere([&](fov_ctx *ctx, const std::string &label) {
        for (const auto &s : shapes)
            for (int transposed = 0; transposed < 4; transposed++) multiply(ctx, label, s[0], s[1], s[2], transposed & 1, transposed & 2);
    });
}
