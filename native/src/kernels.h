// The kernel tables: one row per family, read by dispatch, tests and benches alike.
//
// A family `foo` is kernels/foo.h (the struct of function pointers) and kernels/foo.inl (the code, compiled once per instruction
// set). Kernels work on a range and know nothing of threads or contexts; ops/*.cpp cut the work.
#pragma once
#include <cstdint>

#include "kernels/broadcast.h"
#include "kernels/conv_depthwise.h"
#include "kernels/conv_direct.h"
#include "kernels/conv_edges.h"
#include "kernels/conv_gemm.h"
#include "kernels/conv_lane.h"
#include "kernels/conv_winograd.h"
#include "kernels/cross_entropy.h"
#include "kernels/distance.h"
#include "kernels/dropout.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/gemm_bf16.h"
#include "kernels/gemm_dots.h"
#include "kernels/gemm_pack.h"
#include "kernels/gemm_pairs.h"
#include "kernels/image.h"
#include "kernels/lanes.h"
#include "kernels/lrn.h"
#include "kernels/move.h"
#include "kernels/norm.h"
#include "kernels/norm_rows.h"
#include "kernels/optimizer.h"
#include "kernels/peak.h"
#include "kernels/peak_bf16.h"
#include "kernels/pool_avg.h"
#include "kernels/pool_max.h"
#include "kernels/pool_power.h"
#include "kernels/reduce.h"
#include "kernels/resample.h"
#include "kernels/softmax.h"
#include "kernels/unary.h"

// X(family): adding a family is one line here and its header above.
#define FOV_KERNEL_FAMILIES(X) \
    X(broadcast)               \
    X(conv_depthwise)          \
    X(conv_direct)             \
    X(conv_edges)              \
    X(conv_gemm)               \
    X(conv_lane)               \
    X(conv_winograd)           \
    X(cross_entropy)           \
    X(distance)                \
    X(dropout)                 \
    X(elementwise)             \
    X(gemm)                    \
    X(gemm_bf16)               \
    X(gemm_dots)               \
    X(gemm_pack)               \
    X(gemm_pairs)              \
    X(image)                   \
    X(lanes)                   \
    X(lrn)                     \
    X(move)                    \
    X(norm)                    \
    X(norm_rows)               \
    X(optimizer)               \
    X(peak)                    \
    X(peak_bf16)               \
    X(pool_avg)                \
    X(pool_max)                \
    X(pool_power)              \
    X(reduce)                  \
    X(resample)                \
    X(softmax)                 \
    X(unary)

namespace fov {

struct kernel_table {
    int32_t isa;
#define FOV_ROW(family) const family##_kernels *family;
    FOV_KERNEL_FAMILIES(FOV_ROW)
#undef FOV_ROW
};

// Null where this build has no such instruction set.
const kernel_table *kernels_for(int32_t isa);
bool isa_available(int32_t isa);
// The one that a session gets where nobody names another: what oneDNN runs.
int32_t best_isa();
bool bf16_available();

}  // namespace fov
