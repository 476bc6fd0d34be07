#include "conv_depthwise.h"

#include "../simd.h"

namespace fov {
namespace {

constexpr int parts = 16 / W;    // vectors in a block
constexpr int together = W / 2;  // places of a tile: 8 accumulators hide the latency of a multiply-add
constexpr int most_taps = 9;     // with one gradient and one source vector they fit 16 registers

template <int P>
void tile_of(const conv_depthwise_walk &k, const conv_depthwise_tap *taps, i64 count, const float *filters, const float *start, bool relu) {
    vf acc[P][parts];
#pragma GCC unroll 8
    for (int i = 0; i < P; i++)
#pragma GCC unroll 4
        for (int v = 0; v < parts; v++) acc[i][v] = start ? load(start + v * W) : zero();
    for (i64 t = 0; t < count; t++) {
        const float *s = k.source + taps[t].offset, *f = filters + taps[t].row * 16;
        vf w[parts];
#pragma GCC unroll 4
        for (int v = 0; v < parts; v++) w[v] = load(f + v * W);
#pragma GCC unroll 8
        for (int i = 0; i < P; i++)
#pragma GCC unroll 4
            for (int v = 0; v < parts; v++) acc[i][v] = fma(load(s + i * k.source_step + v * W), w[v], acc[i][v]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < P; i++)
#pragma GCC unroll 4
        for (int v = 0; v < parts; v++)  // NaN must come second to survive
            store(k.result + i * k.result_step + v * W, relu ? max(zero(), acc[i][v]) : acc[i][v]);
}

typedef void (*tile_function)(const conv_depthwise_walk &, const conv_depthwise_tap *, i64, const float *, const float *, bool);
template <int N, int... P>
struct widths : widths<N - 1, N, P...> {};
template <int... P>
struct widths<0, P...> {
    static constexpr tile_function of[] = {tile_of<P>...};
};

void line(const conv_depthwise_walk *walk, const conv_depthwise_tap *taps, i64 count, const float *filters, const float *start, bool relu) {
    conv_depthwise_walk k = *walk;
    for (i64 left = walk->places; left > 0; left -= together) {
        widths<together>::of[min(left, together) - 1](k, taps, count, filters, start, relu);
        k.source += together * k.source_step;
        k.result += together * k.result_step;
    }
}

template <int T>
void gradient_of(float *sums, const conv_depthwise_walk &k, i64 lines, i64 source_line, i64 result_line, const conv_depthwise_tap *taps) {
    for (int part = 0; part < parts; part++) {
        vf acc[T];
#pragma GCC unroll 16
        for (int t = 0; t < T; t++) acc[t] = load(sums + taps[t].row * 16 + part * W);
        for (i64 l = 0; l < lines; l++) {
            const float *s = k.source + l * source_line + part * W, *g = k.result + l * result_line + part * W;
            for (i64 i = 0; i < k.places; i++, s += k.source_step, g += k.result_step) {
                const vf gradient = load(g);
#pragma GCC unroll 16
                for (int t = 0; t < T; t++) acc[t] = fma(gradient, load(s + taps[t].offset), acc[t]);
            }
        }
#pragma GCC unroll 16
        for (int t = 0; t < T; t++) store(sums + taps[t].row * 16 + part * W, acc[t]);
    }
}

typedef void (*gradient_function)(float *, const conv_depthwise_walk &, i64, i64, i64, const conv_depthwise_tap *);
template <int N, int... T>
struct heights : heights<N - 1, N, T...> {};
template <int... T>
struct heights<0, T...> {
    static constexpr gradient_function of[] = {gradient_of<T>...};
};

void gradient(float *sums, const conv_depthwise_walk *walk, i64 lines, i64 source_line, i64 result_line, const conv_depthwise_tap *taps,
              i64 count) {
    for (i64 t = 0; t < count; t += most_taps)
        heights<most_taps>::of[min(most_taps, count - t) - 1](sums, *walk, lines, source_line, result_line, taps + t);
}

}  // namespace

extern const conv_depthwise_kernels FOV_TABLE(conv_depthwise);
const conv_depthwise_kernels FOV_TABLE(conv_depthwise) = {line, gradient};

}  // namespace fov
