#include "conv_gemm.h"

#include "../simd.h"

namespace fov {
namespace {

// As many accumulators as the registers hold beside one row of b and one broadcast of a.
#if defined(FOV_ISA_AVX512)
constexpr int rows = 12;
#elif defined(FOV_ISA_NEON)
constexpr int rows = 10;
#else
constexpr int rows = 6;
#endif
constexpr int vectors = 2, lanes = vectors * W;

template <int M>
void tile_of(i64 k, const float *a, const float *b, float *c, i64 stride, int n, bool add, const float *start, bool relu) {
    const int k0 = n < W ? n : W, k1 = n - k0;
    vf acc[M][vectors];
#pragma GCC unroll 16
    for (int i = 0; i < M; i++) {
        const vf v = start ? set1(start[i]) : zero();
        acc[i][0] = add ? load_lanes(c + i * stride, k0) : v;
        acc[i][1] = add ? k1 > 0 ? load_lanes(c + i * stride + W, k1) : zero() : v;
    }
    for (i64 q = 0; q < k; q++) {
        const vf b0 = load(b + q * lanes), b1 = load(b + q * lanes + W);
#pragma GCC unroll 16
        for (int i = 0; i < M; i++) {
            const vf v = set1(a[q * M + i]);
            acc[i][0] = fma(v, b0, acc[i][0]);
            acc[i][1] = fma(v, b1, acc[i][1]);
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < M; i++) {
        // NaN must come second to survive.
        const vf v0 = relu ? max(zero(), acc[i][0]) : acc[i][0], v1 = relu ? max(zero(), acc[i][1]) : acc[i][1];
        store_lanes(c + i * stride, v0, k0);
        if (k1 > 0) store_lanes(c + i * stride + W, v1, k1);
    }
}

typedef void (*tile_function)(i64, const float *, const float *, float *, i64, int, bool, const float *, bool);

template <int N, int... M>
struct up_to : up_to<N - 1, N, M...> {};
template <int... M>
struct up_to<0, M...> {
    static constexpr tile_function of[] = {tile_of<M>...};
};

void tile(i64 k, const float *a, const float *b, float *c, i64 stride, int m, int n, bool add, const float *start, bool relu) {
    up_to<rows>::of[m - 1](k, a, b, c, stride, n, add, start, relu);
}

FOV_INLINE void clear(float *y, i64 n) {
    for_lanes(0, n, [=](i64 i, int k) FOV_LAMBDA { store_lanes(y + i, zero(), k); });
}

// Places w0 to w0 + n of one row of the grid.
FOV_INLINE void row_of_column(float *y, const float *x, const conv_tap &t, i64 step, i64 w0, i64 n) {
    const i64 low = min(max(t.low - w0, 0), n), high = max(min(t.high - w0, n), low);
    clear(y, low);
    const float *from = x + (w0 + low) * step + t.w;
    float *to = y + low;
    if (step == 1) {
        for_lanes(0, high - low, [=](i64 i, int k) FOV_LAMBDA { store_lanes(to + i, load_lanes(from + i, k), k); });
    } else {
        for (i64 i = 0; i < high - low; i++) to[i] = from[i * step];
    }
    clear(y + high, n - high);
}

void columns(float *y, i64 stride, i64 width, const float *x, i64 plane, i64 channels, const conv_tap *taps, i64 tap_count,
             const conv_grid *grid, const i64 *at, i64 n) {
    const conv_grid g = *grid;
    for (i64 c = 0; c < channels; c++)
        for (i64 q = 0; q < tap_count; q++, y += stride) {
            const conv_tap t = taps[q];
            i64 d = at[0], h = at[1], w = at[2], done = 0;
            while (done < n) {
                const i64 piece = min(g.extent[2] - w, n - done), sd = d * g.step[0] + t.d, sh = h * g.step[1] + t.h;
                if (sd >= 0 && sd < g.source[0] && sh >= 0 && sh < g.source[1]) {
                    row_of_column(y + done, x + c * plane + (sd * g.source[1] + sh) * g.source[2], t, g.step[2], w, piece);
                } else {
                    clear(y + done, piece);
                }
                done += piece;
                w = 0;
                if (++h == g.extent[1]) {
                    h = 0;
                    d++;
                }
            }
            clear(y + n, width - n);
        }
}

void transpose(float *y, i64 y_stride, const float *x, i64 x_stride, i64 m, i64 n) {
    for (i64 i0 = 0; i0 < m; i0 += 16)
        for (i64 j0 = 0; j0 < n; j0 += 16)
            for (i64 j = j0; j < min(j0 + 16, n); j++)
                for (i64 i = i0; i < min(i0 + 16, m); i++) y[j * y_stride + i] = x[i * x_stride + j];
}

}  // namespace

extern const conv_gemm_kernels FOV_TABLE(conv_gemm);
const conv_gemm_kernels FOV_TABLE(conv_gemm) = {rows, lanes, tile, columns, transpose};

}  // namespace fov
