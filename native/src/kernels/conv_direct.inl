#include "conv_direct.h"

#include "../simd.h"

namespace fov {
namespace {

// The widest tile in vectors, and for each width (the narrowest is that of a block, or of all vectors where those are fewer lanes) as
// many accumulators as the registers hold beside the vectors of filters and one broadcast. A step of 6 x 4 reads 10 times for 24
// multiply-adds, one of 14 x 2 16 times for 28: more than one read for two of them is what some CPUs wait for.
#if defined(FOV_ISA_AVX512)
constexpr int vectors = 4;
constexpr conv_direct_sizes places = {{14, 14, 8, 6}}, rows = {{8, 8, 8, 6}};
#elif defined(FOV_ISA_NEON)
constexpr int vectors = 4;
constexpr conv_direct_sizes places = {{6}}, rows = {{4}};
#else
constexpr int vectors = 2;
constexpr conv_direct_sizes places = {{6}}, rows = {{4}};
#endif
constexpr int lanes = vectors * W, narrowest = lanes < 16 ? lanes : 16, widths = lanes / narrowest;

// Vector v of a tile lies in block v * W / 16 of the result.
FOV_INLINE i64 vector_at(int v, i64 block_stride) { return v * W / 16 * block_stride + v * W % 16; }

template <int P, int V, int D>
void tile_of(const conv_direct_tile &t) {
    vf acc[P][V];
#pragma GCC unroll 16
    for (int i = 0; i < P; i++)
#pragma GCC unroll 4
        for (int v = 0; v < V; v++) {
            const vf first = t.start ? load(t.start + v * W) : zero();
            acc[i][v] = t.add ? load(t.result + i * t.place_stride + vector_at(v, t.result_block_stride)) : first;
        }
    constexpr int full = D == 16 ? 16 : 1;
    i64 left = t.channels;
    for (i64 b = 0; b < t.blocks; b++, left -= full) {
        const i64 channels = left < full ? left : full;
        for (i64 q = t.tap_begin; q < t.tap_end; q++) {
            const float *s = t.source + b * t.block_stride + t.tap_offset[q];
            const float *w = t.weights + (b * t.taps + q) * full * (V * W);
#pragma GCC unroll 4
            for (i64 c = 0; c < channels; c++, w += V * W) {
                vf f[V];
#pragma GCC unroll 4
                for (int v = 0; v < V; v++) f[v] = load(w + v * W);
#pragma GCC unroll 16
                for (int i = 0; i < P; i++) {
                    const vf x = set1(s[i * D + c]);
#pragma GCC unroll 4
                    for (int v = 0; v < V; v++) acc[i][v] = fma(x, f[v], acc[i][v]);
                }
            }
        }
    }
    if (t.residual) {
#pragma GCC unroll 16
        for (int i = 0; i < P; i++)
#pragma GCC unroll 4
            for (int v = 0; v < V; v++) acc[i][v] += load(t.residual + i * t.place_stride + vector_at(v, t.result_block_stride));
    }
#pragma GCC unroll 16
    for (int i = 0; i < P; i++)
#pragma GCC unroll 4
        for (int v = 0; v < V; v++)  // NaN must come second to survive
            store(t.result + i * t.place_stride + vector_at(v, t.result_block_stride), t.relu ? max(zero(), acc[i][v]) : acc[i][v]);
}

typedef void (*tile_function)(const conv_direct_tile &);
template <int V, int D, int N, int... P>
struct tiles : tiles<V, D, N - 1, N, P...> {};
template <int V, int D, int... P>
struct tiles<V, D, 0, P...> {
    static constexpr tile_function of[] = {tile_of<P, V, D>...};
};

template <int w = 0>
void tile(const conv_direct_tile *t, bool plain, int width, int wide) {
    if constexpr (w + 1 < widths)
        if (wide > (w + 1) * narrowest) return tile<w + 1>(t, plain, width, wide);
    constexpr int V = (w + 1) * narrowest / W, most = places.of[w];
    (plain ? tiles<V, 1, most>::of : tiles<V, 16, most>::of)[width - 1](*t);
}

template <int R, int V, int D>
void gradient_of(const conv_direct_gradient &t) {
    vf acc[R][V];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int v = 0; v < V; v++) acc[r][v] = t.add ? load(t.sums + (r * V + v) * W) : zero();
    for (i64 line = 0; line < t.lines; line++) {
        const float *x = t.source + line * t.source_step, *g = t.gradient + line * t.gradient_step;
#pragma GCC unroll 4
        for (i64 i = 0; i < t.places; i++, x += D, g += 16) {
            vf f[V];
#pragma GCC unroll 4
            for (int v = 0; v < V; v++) f[v] = load(g + vector_at(v, t.gradient_block_stride));
#pragma GCC unroll 8
            for (int r = 0; r < R; r++) {
                const vf s = set1(x[D == 16 ? r : t.row_offset[r]]);
#pragma GCC unroll 4
                for (int v = 0; v < V; v++) acc[r][v] = fma(s, f[v], acc[r][v]);
            }
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int v = 0; v < V; v++) store(t.sums + (r * V + v) * W, acc[r][v]);
}

typedef void (*gradient_function)(const conv_direct_gradient &);
template <int V, int D, int N, int... R>
struct heights : heights<V, D, N - 1, N, R...> {};
template <int V, int D, int... R>
struct heights<V, D, 0, R...> {
    static constexpr gradient_function of[] = {gradient_of<R, V, D>...};
};

template <int w = 0>
void gradient(const conv_direct_gradient *t, bool plain, int count, int wide) {
    if constexpr (w + 1 < widths)
        if (wide > (w + 1) * narrowest) return gradient<w + 1>(t, plain, count, wide);
    constexpr int V = (w + 1) * narrowest / W, most = rows.of[w];
    (plain ? heights<V, 1, most>::of : heights<V, 16, most>::of)[count - 1](*t);
}

// Places begin..end of every step-th position that lie inside [0, width).
template <int D>
FOV_INLINE void line_of(float *to, const float *from, const conv_direct_line &l) {
    for (i64 part = 0; part < l.step; part++, to += l.length * D) {
        if (!(l.used >> (part < 63 ? part : 63) & 1)) continue;
        const i64 at = l.first + part;
        i64 low = at < 0 ? (-at + l.step - 1) / l.step : 0, high = at < l.width ? (l.width - 1 - at) / l.step + 1 : 0;
        low = from ? min(low, l.length) : l.length;
        high = max(min(high, l.length), low);
        for_lanes(0, low * D, [=](i64 i, int k) FOV_LAMBDA { store_lanes(to + i, zero(), k); });
        const float *s = from + (at + low * l.step) * D;
        float *t = to + low * D;
        if (l.step == 1) {
            for_lanes(0, (high - low) * D, [=](i64 i, int k) FOV_LAMBDA { store_lanes(t + i, load_lanes(s + i, k), k); });
        } else if (D == 1) {
            for (i64 i = 0; i < high - low; i++) t[i] = s[i * l.step];
        } else {
            for (i64 i = 0; i < high - low; i++)
#pragma GCC unroll 4
                for (int v = 0; v < D; v += W) store(t + i * D + v, load(s + i * l.step * D + v));
        }
        for_lanes(high * D, l.length * D, [=](i64 i, int k) FOV_LAMBDA { store_lanes(to + i, zero(), k); });
    }
}

void line(float *to, const float *from, const conv_direct_line *l, bool plain) {
    if (plain) {
        line_of<1>(to, from, *l);
    } else {
        line_of<16>(to, from, *l);
    }
}

#if defined(FOV_ISA_AVX512)
FOV_INLINE void turn16(__m512 (&r)[16]) {
    __m512 t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        const __m512d a = (__m512d)t[4 * i], b = (__m512d)t[4 * i + 1], c = (__m512d)t[4 * i + 2], d = (__m512d)t[4 * i + 3];
        r[4 * i] = (__m512)_mm512_unpacklo_pd(a, c);
        r[4 * i + 1] = (__m512)_mm512_unpackhi_pd(a, c);
        r[4 * i + 2] = (__m512)_mm512_unpacklo_pd(b, d);
        r[4 * i + 3] = (__m512)_mm512_unpackhi_pd(b, d);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
    }
}
#endif

// 16 rows of 16 floats, columns to rows: from a to b, row i of a at i * a_stride, row j of b wherever at(j) says.
template <class From, class To>
FOV_INLINE void turn_block(From from, To to) {
#if defined(FOV_ISA_AVX512)
    __m512 r[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) r[i] = (__m512)load(from(i));
    turn16(r);
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) store(to(i), (vf)r[i]);
#else
    float block[16][16];
    for (int i = 0; i < 16; i++)
        for (int v = 0; v < 16; v += W) store(&block[i][v], load(from(i) + v));
    for (int j = 0; j < 16; j++) {
        float *t = to(j);
        for (int i = 0; i < 16; i++) t[i] = block[i][j];
    }
#endif
}

void turn(float *to, const i64 *to_row, i64 to_stride, const float *from, i64 from_stride, i64 n) {
    for (i64 k = 0; k < n * 16; k += 16)
        turn_block([=](int i) FOV_LAMBDA { return from + i * from_stride + k; },
                   [=](int j) FOV_LAMBDA { return to + to_row[k + j] * to_stride; });
}

void turn_back(float *to, i64 to_stride, const float *from, const i64 *from_row, i64 from_stride, i64 n) {
    for (i64 k = 0; k < n * 16; k += 16)
        turn_block([=](int i) FOV_LAMBDA { return from + from_row[k + i] * from_stride; },
                   [=](int j) FOV_LAMBDA { return to + j * to_stride + k; });
}

}  // namespace

extern const conv_direct_kernels FOV_TABLE(conv_direct);
const conv_direct_kernels FOV_TABLE(conv_direct) = {narrowest, lanes, places, rows, tile<>, gradient<>, line, turn, turn_back};

}  // namespace fov
