// The vector type of the instruction set that a kernel file is being compiled for.
//
// FOV_ISA_<NAME> is set by the build. All of it lives in an unnamed namespace, so that no symbol of a kernel object can be picked
// by the linker for code that runs on a smaller CPU. No standard library here: its templates would be weak symbols.
#pragma once
#include <stdint.h>

#if defined(FOV_ISA_AVX2) || defined(FOV_ISA_AVX512)
#include <immintrin.h>
#endif

#define FOV_INLINE inline __attribute__((always_inline))
// Behind the parameters of a lambda: it becomes part of the loop that calls it.
#define FOV_LAMBDA __attribute__((always_inline))
#define FOV_CAT2(a, b) a##_##b
#define FOV_CAT(a, b) FOV_CAT2(a, b)
// The one symbol that leaves a kernel object: FOV_TABLE(gemm) is gemm_avx512 and so on.
#define FOV_TABLE(family) FOV_CAT(family, FOV_ISA)

// Keeps a broadcast in a register: GCC otherwise folds it into every multiplication as a memory operand and reads it again each time.
#if defined(__x86_64__) && defined(FOV_ISA_AVX512)
#define FOV_KEEP(x) __asm__("" : "+v"(x))
#elif defined(__x86_64__)
#define FOV_KEEP(x) __asm__("" : "+x"(x))
#else
#define FOV_KEEP(x) (void)(x)
#endif

namespace fov {

typedef long long i64;

namespace {

#if defined(FOV_ISA_AVX512)
constexpr int W = 16;
#elif defined(FOV_ISA_AVX2)
constexpr int W = 8;
#else
constexpr int W = 4;  // NEON, and the portable type that the compiler lowers to whatever the baseline has
#endif

typedef float vf __attribute__((vector_size(W * 4)));
typedef int32_t vi __attribute__((vector_size(W * 4)));
typedef uint32_t vu __attribute__((vector_size(W * 4)));
typedef float vf_unaligned __attribute__((vector_size(W * 4), aligned(4), may_alias));
typedef int32_t vi_unaligned __attribute__((vector_size(W * 4), aligned(4), may_alias));

FOV_INLINE vf set1(float x) { return x - vf{}; }
FOV_INLINE vi set1i(int32_t x) { return x - vi{}; }
FOV_INLINE vf zero() { return vf{}; }

FOV_INLINE vf load(const float *p) { return *reinterpret_cast<const vf_unaligned *>(p); }
FOV_INLINE void store(float *p, vf v) { *reinterpret_cast<vf_unaligned *>(p) = v; }
FOV_INLINE vi load(const int32_t *p) { return *reinterpret_cast<const vi_unaligned *>(p); }
FOV_INLINE void store(int32_t *p, vi v) { *reinterpret_cast<vi_unaligned *>(p) = v; }

// Past the caches, to an address that is a multiple of the vector; readers on other threads need the fence.
FOV_INLINE void store_stream(float *p, vf v) {
#if defined(FOV_ISA_AVX512)
    _mm512_stream_ps(p, (__m512)v);
#elif defined(FOV_ISA_AVX2)
    _mm256_stream_ps(p, (__m256)v);
#else
    store(p, v);
#endif
}
FOV_INLINE void stream_fence() {
#if defined(FOV_ISA_AVX512) || defined(FOV_ISA_AVX2)
    _mm_sfence();
#endif
}

// The first k lanes, 0 <= k <= W; the others are zero, and no byte behind them is touched.
FOV_INLINE vf load(const float *p, int k) {
#if defined(FOV_ISA_AVX512)
    return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << k) - 1), p);
#elif defined(FOV_ISA_AVX2)
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return (vf)_mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(k), lanes));
#else
    vf v{};
    for (int i = 0; i < k; i++) v[i] = p[i];
    return v;
#endif
}

FOV_INLINE void store(float *p, vf v, int k) {
#if defined(FOV_ISA_AVX512)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << k) - 1), (__m512)v);
#elif defined(FOV_ISA_AVX2)
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(k), lanes), (__m256)v);
#else
    for (int i = 0; i < k; i++) p[i] = v[i];
#endif
}

FOV_INLINE vi load(const int32_t *p, int k) { return (vi)load(reinterpret_cast<const float *>(p), k); }
FOV_INLINE void store(int32_t *p, vi v, int k) { store(reinterpret_cast<float *>(p), (vf)v, k); }

// -ffp-contract=fast makes one instruction of it where the instruction set has one.
FOV_INLINE vf fma(vf a, vf b, vf c) { return a * b + c; }

// Lane masks are -1 or 0, as comparisons of vectors give them.
FOV_INLINE vf select(vi mask, vf a, vf b) { return mask ? a : b; }
FOV_INLINE vi select(vi mask, vi a, vi b) { return mask ? a : b; }

// a > b ? a : b, hence b where either is NaN: put the operand that may carry a NaN second.
FOV_INLINE vf max(vf a, vf b) {
#if defined(FOV_ISA_AVX512)
    return (vf)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(FOV_ISA_AVX2)
    return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return a > b ? a : b;
#endif
}

FOV_INLINE vf min(vf a, vf b) {
#if defined(FOV_ISA_AVX512)
    return (vf)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(FOV_ISA_AVX2)
    return (vf)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return a < b ? a : b;
#endif
}

FOV_INLINE vf abs(vf a) { return (vf)((vi)a & set1i(0x7fffffff)); }

FOV_INLINE vf sqrt(vf a) {
#if defined(FOV_ISA_AVX512)
    return (vf)_mm512_sqrt_ps((__m512)a);
#elif defined(FOV_ISA_AVX2)
    return (vf)_mm256_sqrt_ps((__m256)a);
#else
    vf r;
    for (int i = 0; i < W; i++) r[i] = __builtin_sqrtf(a[i]);
    return r;
#endif
}

// One number from all lanes: lane i meets lane i + W/2, then i + W/4, and so on, on every instruction set of that width.
template <class Combine>
FOV_INLINE float fold_lanes(vf v, Combine combine) {
#if defined(FOV_ISA_AVX512) || defined(FOV_ISA_AVX2)
#if defined(FOV_ISA_AVX512)
    const __m256 h = combine(_mm512_castps512_ps256((__m512)v), _mm512_extractf32x8_ps((__m512)v, 1));
#else
    const __m256 h = (__m256)v;
#endif
    const __m128 q = combine(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));
    const __m128 d = combine(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(combine(d, _mm_shuffle_ps(d, d, 1)));
#else
    float t[W];
    for (int i = 0; i < W; i++) t[i] = v[i];
    for (int half = W / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) t[i] = combine(t[i], t[i + half]);
    return t[0];
#endif
}

FOV_INLINE float sum(vf v) {
    return fold_lanes(v, [](auto a, auto b) FOV_LAMBDA { return a + b; });
}

// NaN where some lane is NaN.
FOV_INLINE float max_lane(vf v) {
    return fold_lanes(v, [](auto a, auto b) FOV_LAMBDA { return (a > b) | (a != a) ? a : b; });
}

FOV_INLINE constexpr i64 min(i64 a, i64 b) { return a < b ? a : b; }
FOV_INLINE constexpr i64 max(i64 a, i64 b) { return a > b ? a : b; }

// Runs body(i, lanes) over [begin, end): whole vectors, then one masked rest. The body is written once.
template <class Body>
FOV_INLINE void for_lanes(i64 begin, i64 end, Body body) {
    i64 i = begin;
    for (; i + W <= end; i += W) body(i, W);
    if (i < end) body(i, static_cast<int>(end - i));
}

// Lanes 0 to k - 1.
FOV_INLINE vi first_lanes(int k) {
    vi lane;
    for (int i = 0; i < W; i++) lane[i] = i;
    return lane < k;
}

// Whole vectors take the plain instruction, the rest the masked one; k is a constant W in the loop of for_lanes.
FOV_INLINE vf load_lanes(const float *p, int k) { return k == W ? load(p) : load(p, k); }
FOV_INLINE vf load_lanes(const float *p, int k, float others) {
    return k == W ? load(p) : select(first_lanes(k), load(p, k), set1(others));
}
FOV_INLINE void store_lanes(float *p, vf v, int k) {
    if (k == W) {
        store(p, v);
    } else {
        store(p, v, k);
    }
}

}  // namespace
}  // namespace fov
