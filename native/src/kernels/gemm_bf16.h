// The product of gemm_pairs.h, whose packing it shares, by bf16 dot products; apart from it because its code runs only on CPUs that have
// them.
#pragma once
#include "gemm_pairs.h"

namespace fov {

struct gemm_bf16_kernels {
    // Null where the instruction set has none.
    void (*multiply)(const pairs_block &block);
};

}  // namespace fov
