// Every function of vmath.h and vpow.h against libm in double, over the float range of every instruction set: `vmath [stride]` takes
// each stride-th bit pattern (1: all four billion).
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels.h"
#include "fovea.h"

namespace {

struct function {
    const char *name;
    int id;
    double (*exact)(double);
    double ulps;
    float a, b;
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return x > 40 ? x : std::log1p(std::exp(x)); }
double cube_root(double x) { return std::pow(x, static_cast<double>(1.0f / 3)); }
double third_power(double x) { return x * x * x; }

const function functions[] = {
    {"exp", FOV_UNARY_EXP, std::exp, 2, 0, 0},          {"log", FOV_UNARY_LOG, std::log, 2, 0, 0},
    {"tanh", FOV_UNARY_TANH, std::tanh, 3, 1, 1},       {"erf", FOV_UNARY_ERF, std::erf, 2, 0, 0},
    {"sigmoid", FOV_UNARY_SIGMOID, sigmoid, 3, 0, 0},   {"softplus", FOV_UNARY_SOFTPLUS, softplus, 3, 1, 0},
    {"sqrt", FOV_UNARY_SQRT, std::sqrt, 1, 0, 0},       {"power 1/3", FOV_UNARY_POWER, cube_root, 1, 1.0f / 3, 0},
    {"power 3", FOV_UNARY_POWER, third_power, 1, 3, 0},
};

float of_bits(uint32_t bits) {
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

// The error in units of the last place that the exact value has as a float; 0 for the same infinity and for NaN where NaN is due.
double error_in_ulps(float y, double exact) {
    const float nearest = static_cast<float>(exact);
    if (std::isnan(exact)) return std::isnan(y) ? 0 : INFINITY;
    if (y == nearest) return 0;
    if (!std::isfinite(y) || std::isnan(nearest)) {
        // One step from the largest float to infinity.
        const double limit = 0x1p128, ulp = 0x1p104;
        return std::isinf(y) && std::signbit(y) == std::signbit(exact) ? (limit - std::fabs(exact)) / ulp : INFINITY;
    }
    int exponent;
    std::frexp(exact, &exponent);
    const double ulp = std::ldexp(1.0, (exponent > -125 ? exponent : -125) - 24);
    return std::fabs(y - exact) / ulp;
}

bool check(const fov::kernel_table &kernels, const function &f, uint64_t stride) {
    constexpr int batch = 4096;
    std::vector<float> x(batch), y(batch);
    double worst = 0;
    float worst_x = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX;) {
        for (int i = 0; i < batch; i++, bits += stride) x[i] = of_bits(static_cast<uint32_t>(bits < UINT32_MAX ? bits : UINT32_MAX));
        kernels.unary->of[f.id].forward(y.data(), x.data(), f.a, f.b, 0, batch);
        for (int i = 0; i < batch; i++) {
            const double error = error_in_ulps(y[i], f.exact(x[i]));
            if (!(error <= worst)) worst = error, worst_x = x[i];
        }
    }
    float at = worst_x, result;
    kernels.unary->of[f.id].forward(&result, &at, f.a, f.b, 0, 1);
    const bool good = worst <= f.ulps;
    printf("%-7s %-10s %6.3f ulp at most, at %a: %a, exact %a%s\n", fov_isa_name(kernels.isa), f.name, worst, at, result, f.exact(at),
           good ? "" : "  TOO MUCH");
    return good;
}

}  // namespace

int main(int count, char **arguments) {
    const uint64_t stride = count > 1 ? strtoull(arguments[1], nullptr, 10) : 4099;
    bool good = true;
    for (int isa = 0; isa < FOV_ISA_COUNT; isa++) {
        if (!fov_isa_available(isa)) {
            printf("%s: not on this machine\n", fov_isa_name(isa));
            continue;
        }
        for (const auto &f : functions) good &= check(*fov::kernels_for(isa), f, stride);
    }
    return good ? 0 : 1;
}
