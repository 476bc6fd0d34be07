// What the instruction set can do at best: the denominators of every share of peak.
#pragma once

namespace fov {

struct peak_kernels {
    // `rounds` rounds of multiply-adds in registers; returns the floating-point operations done, leaves a sum in *out.
    long long (*f32)(float *out, long long rounds);
    // x, y: [begin, end), 64-byte aligned, whole blocks of 8 vectors.
    float (*read)(const float *x, long long begin, long long end);
    void (*write)(float *y, long long begin, long long end);
    void (*copy)(float *y, const float *x, long long begin, long long end);
};

}  // namespace fov
