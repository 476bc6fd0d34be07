// The bf16 side of peak.h, apart from it because its code runs only on CPUs with bf16 dot products.
#pragma once

namespace fov {

struct peak_bf16_kernels {
    // `rounds` rounds of dot products in registers; returns the floating-point operations done, leaves a sum in *out. Null where the
    // instruction set has none.
    long long (*dot)(float *out, long long rounds);
};

}  // namespace fov
