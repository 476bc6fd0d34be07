#include "kernels.h"

#include "../include/fovea.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <cpuid.h>
#define FOV_X86 1
#endif

namespace fov {

#define FOV_DECLARE_SCALAR(family) extern const family##_kernels family##_scalar;
FOV_KERNEL_FAMILIES(FOV_DECLARE_SCALAR)
#define FOV_ENTRY_SCALAR(family) &family##_scalar,
static const kernel_table table_scalar = {FOV_ISA_SCALAR, FOV_KERNEL_FAMILIES(FOV_ENTRY_SCALAR)};

#if defined(FOV_X86)
#define FOV_DECLARE_X86(family)                  \
    extern const family##_kernels family##_avx2; \
    extern const family##_kernels family##_avx512;
FOV_KERNEL_FAMILIES(FOV_DECLARE_X86)
#define FOV_ENTRY_AVX2(family) &family##_avx2,
static const kernel_table table_avx2 = {FOV_ISA_AVX2, FOV_KERNEL_FAMILIES(FOV_ENTRY_AVX2)};
#define FOV_ENTRY_AVX512(family) &family##_avx512,
static const kernel_table table_avx512 = {FOV_ISA_AVX512, FOV_KERNEL_FAMILIES(FOV_ENTRY_AVX512)};

namespace {

struct x86_features {
    bool avx2 = false, avx512 = false, bf16 = false;

    // CPUID says what the CPU has; XCR0 says what the operating system saves and restores. Both must agree.
    x86_features() {
        unsigned a, b, c, d;
        if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return;
        unsigned xcr_low, xcr_high;
        __asm__("xgetbv" : "=a"(xcr_low), "=d"(xcr_high) : "c"(0));
        const bool ymm = (xcr_low & 0x06) == 0x06, zmm = (xcr_low & 0xe6) == 0xe6;
        const bool fma = c & bit_FMA, f16c = c & bit_F16C;
        if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
        const unsigned needed = bit_AVX512F | bit_AVX512BW | bit_AVX512VL | bit_AVX512DQ;
        avx2 = ymm && fma && f16c && (b & bit_AVX2);
        avx512 = avx2 && zmm && (b & needed) == needed;
        if (avx512 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) bf16 = a & (1u << 5);
    }
};

const x86_features &features() {
    static const x86_features found;
    return found;
}

}  // namespace

bool isa_available(int32_t isa) {
    return isa == FOV_ISA_SCALAR || (isa == FOV_ISA_AVX2 && features().avx2) || (isa == FOV_ISA_AVX512 && features().avx512);
}

bool bf16_available() { return features().bf16; }

const kernel_table *kernels_for(int32_t isa) {
    if (isa == FOV_ISA_AVX512) return &table_avx512;
    if (isa == FOV_ISA_AVX2) return &table_avx2;
    return isa == FOV_ISA_SCALAR ? &table_scalar : nullptr;
}

#elif defined(__aarch64__)
#define FOV_DECLARE_NEON(family) extern const family##_kernels family##_neon;
FOV_KERNEL_FAMILIES(FOV_DECLARE_NEON)
#define FOV_ENTRY_NEON(family) &family##_neon,
static const kernel_table table_neon = {FOV_ISA_NEON, FOV_KERNEL_FAMILIES(FOV_ENTRY_NEON)};

bool isa_available(int32_t isa) { return isa == FOV_ISA_SCALAR || isa == FOV_ISA_NEON; }
bool bf16_available() { return false; }

const kernel_table *kernels_for(int32_t isa) {
    if (isa == FOV_ISA_NEON) return &table_neon;
    return isa == FOV_ISA_SCALAR ? &table_scalar : nullptr;
}

#else

bool isa_available(int32_t isa) { return isa == FOV_ISA_SCALAR; }
bool bf16_available() { return false; }
const kernel_table *kernels_for(int32_t isa) { return isa == FOV_ISA_SCALAR ? &table_scalar : nullptr; }

#endif

int32_t best_isa() {
    int32_t best = FOV_ISA_SCALAR;
    for (int32_t i = 0; i < FOV_ISA_COUNT; i++)
        if (isa_available(i) && kernels_for(i)) best = i;
    return best;
}

}  // namespace fov
