// Functions of one number: forward and backward over [begin, end) of arrays in any layout.
#pragma once

namespace fov {

constexpr int unary_functions = 25;

struct unary_kernels {
    struct row {
        void (*forward)(float *y, const float *x, float a, float b, long long begin, long long end);
        // s is the x or the y of forward, whichever the function's derivative is written in.
        void (*backward)(float *dx, const float *dy, const float *s, float a, float b, long long begin, long long end);
        // Whether zeros in padding lanes come out as zeros.
        bool forward_keeps_zero, backward_keeps_zero;
    } of[unary_functions];  // in the order of FOV_UNARY_*
};

}  // namespace fov
