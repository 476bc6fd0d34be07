#include "peak.h"

#include "../simd.h"

namespace fov {
namespace {

// Independent chains, enough to hide the latency of a multiply-add on every port (4 cycles on two ports: 8) and few enough to
// stay in registers beside the constant.
#if defined(FOV_ISA_AVX512) || defined(FOV_ISA_NEON)
constexpr int chains = 24;
#else
constexpr int chains = 12;
#endif
constexpr int rounds_per_loop = 4;

// Without -ffast-math the compiler may neither fold nor reorder the chains. a + a / 2^30 rounds to a: the values never change, and
// the form suits both x86 and NEON, whose multiply-add overwrites the addend.
i64 f32(float *out, i64 rounds) {
    // Of constants the compiler would see that they never change, and leave the loop out.
    volatile float first = 1.0f;
    vf a[chains];
    for (int j = 0; j < chains; j++) a[j] = set1(first + static_cast<float>(j));
    const vf tiny = set1(1.0f / (1 << 30));
    for (i64 r = 0; r < rounds; r += rounds_per_loop)
#pragma GCC unroll 4
        for (int u = 0; u < rounds_per_loop; u++)
#pragma GCC unroll 24
            for (int j = 0; j < chains; j++) a[j] = fma(a[j], tiny, a[j]);
    vf total = zero();
    for (int j = 0; j < chains; j++) total += a[j];
    *out = sum(total);
    return (rounds + rounds_per_loop - 1) / rounds_per_loop * rounds_per_loop * chains * W * 2;
}

constexpr int streams = 8;

float read(const float *x, i64 begin, i64 end) {
    vf a[streams];
    for (int j = 0; j < streams; j++) a[j] = zero();
    for (i64 i = begin; i < end; i += streams * W)
#pragma GCC unroll 8
        for (int j = 0; j < streams; j++) a[j] += load(x + i + j * W);
    vf total = zero();
    for (int j = 0; j < streams; j++) total += a[j];
    return sum(total);
}

// The empty assembler statements keep the compiler from calling memset and memcpy instead.
void write(float *y, i64 begin, i64 end) {
    const vf one = set1(1.0f);
    for (i64 i = begin; i < end; i += streams * W) {
#pragma GCC unroll 8
        for (int j = 0; j < streams; j++) store(y + i + j * W, one);
        __asm__ volatile("" ::: "memory");
    }
}

void copy(float *y, const float *x, i64 begin, i64 end) {
    for (i64 i = begin; i < end; i += streams * W) {
#pragma GCC unroll 8
        for (int j = 0; j < streams; j++) store(y + i + j * W, load(x + i + j * W));
        __asm__ volatile("" ::: "memory");
    }
}

}  // namespace

extern const peak_kernels FOV_TABLE(peak);
const peak_kernels FOV_TABLE(peak) = {f32, read, write, copy};

}  // namespace fov
