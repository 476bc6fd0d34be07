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

// A line of places and the R lines of the source that its filter sees.
struct line_of_plane {
    const float *source;  // of the first of these lines, at its first column
    i64 line;             // floats between two of them
    i64 width, pad;
    float *result;
    i64 places, inner, inner_end;  // in [inner, inner_end) the filter sees no edge
};

template <int K, int S>
FOV_INLINE line_of_plane line_at(const conv_depthwise_plane &p, i64 h, i64 row) {
    const i64 inner = min((p.pad_w + S - 1) / S, p.result_width), last = p.width - K + p.pad_w;
    return {p.source + row * p.width * 16,      p.width * 16,   p.width, p.pad_w,
            p.result + h * p.result_width * 16, p.result_width, inner,   last < 0 ? inner : max(inner, min(last / S + 1, p.result_width))};
}

// f(column that place x sees, first and last + 1 column of the filter inside) for the places at both ends.
template <int K, int S, class F>
FOV_INLINE void ends(const line_of_plane &k, F f) {
    const auto each = [&](i64 begin, i64 end) FOV_LAMBDA {
        for (i64 x = begin; x < end; x++) {
            const i64 column = x * S - k.pad;
            f(x, column, max(0, -column), min(K, k.width - column));
        }
    };
    each(0, k.inner);
    each(k.inner_end, k.places);
}

template <int K, int R, int S>
void places_of(const line_of_plane &k, const float *filters, const float *start, bool relu) {
    constexpr int most = W == 8 ? 4 : 8;  // accumulators, beside the filter
    const vf least = set1(relu ? 0 : -__builtin_inff());
    for (int part = 0; part < 16; part += W) {
        const float *source = k.source + part;
        float *result = k.result + part;
        const vf begin = start ? load(start + part) : zero();
        vf w[R * K + 1];
#pragma GCC unroll 25
        for (int t = 0; t < R * K; t++) w[t] = load(filters + t * 16 + part);
        ends<K, S>(k, [&](i64 x, i64 column, i64 j0, i64 j1) FOV_LAMBDA {
            vf acc = begin;
            for (int r = 0; r < R; r++)
                for (i64 j = j0; j < j1; j++)
                    acc = fma(load(source + r * k.line + (column + j) * 16), load(filters + (r * K + j) * 16 + part), acc);
            store(result + x * 16, max(least, acc));  // NaN must come second to survive
        });
        i64 x = k.inner;
        const float *s = source + (x * S - k.pad) * 16;
        const auto tile = [&]<int P>() FOV_LAMBDA {
            vf acc[P];
#pragma GCC unroll 8
            for (int i = 0; i < P; i++) acc[i] = begin;
#pragma GCC unroll 5
            for (int r = 0; r < R; r++)
#pragma GCC unroll 5
                for (int j = 0; j < K; j++)
#pragma GCC unroll 8
                    for (int i = 0; i < P; i++) acc[i] = fma(load(s + r * k.line + (i * S + j) * 16), w[r * K + j], acc[i]);
#pragma GCC unroll 8
            for (int i = 0; i < P; i++) store(result + (x + i) * 16, max(least, acc[i]));
            x += P;
            s += P * S * 16;
        };
        while (x + most <= k.inner_end) tile.template operator()<most>();
        if (most > 4 && x + 4 <= k.inner_end) tile.template operator()<4>();
        if (x + 2 <= k.inner_end) tile.template operator()<2>();
        if (x < k.inner_end) tile.template operator()<1>();
    }
}

typedef void (*places_function)(const line_of_plane &, const float *, const float *, bool);
template <int K, int S, int N, int... R>
struct filter_lines : filter_lines<K, S, N - 1, N, R...> {};
template <int K, int S, int... R>
struct filter_lines<K, S, -1, R...> {
    static constexpr places_function of[] = {places_of<K, R, S>...};
};

template <int K, int S>
void plane_of(const conv_depthwise_plane &p, i64 begin, i64 end, const float *filters, const float *start, bool relu) {
    for (i64 h = begin; h < end; h++) {
        const i64 top = h * S - p.pad_h, r0 = max(0, -top), r1 = max(r0, min(K, p.height - top));
        filter_lines<K, S, K>::of[r1 - r0](line_at<K, S>(p, h, top + r0), filters + r0 * K * 16, start, relu);
    }
}

void plane(const conv_depthwise_plane *p, i64 begin, i64 end, const float *filters, const float *start, bool relu) {
    if (p->kernel == 3) {
        (p->stride == 1 ? plane_of<3, 1> : plane_of<3, 2>)(*p, begin, end, filters, start, relu);
    } else {
        (p->stride == 1 ? plane_of<5, 1> : plane_of<5, 2>)(*p, begin, end, filters, start, relu);
    }
}

// A line of the larger plane, which R lines of the smaller one reach. Column 2 j - pad hears of j through the filter's first column and
// of j - 1 through its last, the column behind it of j through the middle one.
struct spread_line {
    const float *source[2], *filters[2];
    float *result;
    i64 width, source_width, pad;
};

template <int R>
void spread_of(const spread_line &k, const float *start, bool relu) {
    constexpr int pairs = W == 8 ? 2 : 4;
    const vf least = set1(relu ? 0 : -__builtin_inff());
    const i64 j0 = max(1, (k.pad + 1) / 2), j1 = max(j0, min(k.source_width, k.width + k.pad < 2 ? 0 : (k.width - 2 + k.pad) / 2 + 1));
    for (int part = 0; part < 16; part += W) {
        const vf begin = start ? load(start + part) : zero();
        vf w[R + 1][3];
#pragma GCC unroll 2
        for (int r = 0; r < R; r++)
#pragma GCC unroll 3
            for (int t = 0; t < 3; t++) w[r][t] = load(k.filters[r] + t * 16 + part);
        const auto end_columns = [&](i64 from, i64 to) FOV_LAMBDA {
            for (i64 x = from; x < to; x++) {
                vf acc = begin;
                for (i64 t = (x + k.pad) % 2; t < 3; t += 2) {
                    const i64 j = (x + k.pad - t) / 2;
                    if (x + k.pad < t || j >= k.source_width) continue;
                    for (int r = 0; r < R; r++) acc = fma(load(k.source[r] + j * 16 + part), load(k.filters[r] + t * 16 + part), acc);
                }
                store(k.result + x * 16 + part, max(least, acc));
            }
        };
        end_columns(0, min(k.width, 2 * j0 - k.pad));
        i64 j = j0;
        const auto tile = [&]<int P>() FOV_LAMBDA {
            vf even[P], odd[P];
#pragma GCC unroll 4
            for (int i = 0; i < P; i++) even[i] = odd[i] = begin;
#pragma GCC unroll 2
            for (int r = 0; r < R; r++) {
                const float *s = k.source[r] + j * 16 + part;
#pragma GCC unroll 4
                for (int i = 0; i < P; i++) {
                    const vf here = load(s + i * 16);
                    even[i] = fma(here, w[r][0], even[i]);
                    odd[i] = fma(here, w[r][1], odd[i]);
                }
#pragma GCC unroll 4
                for (int i = 0; i < P; i++) even[i] = fma(load(s + (i - 1) * 16), w[r][2], even[i]);
            }
            float *to = k.result + (2 * j - k.pad) * 16 + part;
#pragma GCC unroll 4
            for (int i = 0; i < P; i++) {
                store(to + 2 * i * 16, max(least, even[i]));
                store(to + (2 * i + 1) * 16, max(least, odd[i]));
            }
            j += P;
        };
        while (j + pairs <= j1) tile.template operator()<pairs>();
        while (j < j1) tile.template operator()<1>();
        end_columns(min(k.width, 2 * j1 - k.pad), k.width);
    }
}

void spread(const conv_depthwise_plane *p, i64 begin, i64 end, const float *filters, const float *start, bool relu) {
    for (i64 h = begin; h < end; h++) {
        spread_line k{{}, {}, p->result + h * p->result_width * 16, p->result_width, p->width, p->pad_w};
        int lines = 0;
        for (i64 t = (h + p->pad_h) % 2; t < 3; t += 2) {
            const i64 line = (h + p->pad_h - t) / 2;
            if (h + p->pad_h < t || line >= p->height) continue;
            k.source[lines] = p->source + line * p->width * 16;
            k.filters[lines++] = filters + t * 3 * 16;
        }
        (lines == 2 ? spread_of<2> : lines == 1 ? spread_of<1> : spread_of<0>)(k, start, relu);
    }
}

// Lines [begin, end), all of which see the R lines of the filter from line `first` on. The sums stay in registers throughout; the ends
// of lines, which meet a part of the filter only, go to memory.
template <int R, int S>
void plane_gradient_of(float *sums, const conv_depthwise_plane &p, i64 begin, i64 end, i64 first) {
    constexpr int K = 3;
    for (int part = 0; part < 16; part += W) {
        float *sum = sums + first * K * 16 + part;
        vf acc[R * K] = {};
        for (i64 h = begin; h < end; h++) {
            const line_of_plane k = line_at<K, S>(p, h, h * S - p.pad_h + first);
            const float *source = k.source + part, *gradient = k.result + part;
            ends<K, S>(k, [&](i64 x, i64 column, i64 j0, i64 j1) FOV_LAMBDA {
                const vf g = load(gradient + x * 16);
                for (int r = 0; r < R; r++)
                    for (i64 j = j0; j < j1; j++) {
                        float *at = sum + (r * K + j) * 16;
                        store(at, fma(g, load(source + r * k.line + (column + j) * 16), load(at)));
                    }
            });
            const float *s = source + (k.inner * S - k.pad) * 16;
            for (i64 x = k.inner; x < k.inner_end; x++, s += S * 16) {
                const vf g = load(gradient + x * 16);
#pragma GCC unroll 3
                for (int r = 0; r < R; r++)
#pragma GCC unroll 3
                    for (int j = 0; j < K; j++) acc[r * K + j] = fma(g, load(s + r * k.line + j * 16), acc[r * K + j]);
            }
        }
#pragma GCC unroll 9
        for (int t = 0; t < R * K; t++) store(sum + t * 16, load(sum + t * 16) + acc[t]);
    }
}

template <int S>
void plane_gradients(float *sums, const conv_depthwise_plane &p, i64 begin, i64 end) {
    const auto lines = [&](i64 h) {
        const i64 top = h * S - p.pad_h, r0 = max(0, -top);
        return max(0, min(3, p.height - top) - r0);
    };
    for (i64 h = begin; h < end;) {
        const i64 many = lines(h), first = max(0, p.pad_h - h * S);
        i64 to = h + 1;
        if (many == 3)
            while (to < end && lines(to) == 3) to++;
        if (many == 3) plane_gradient_of<3, S>(sums, p, h, to, first);
        if (many == 2) plane_gradient_of<2, S>(sums, p, h, to, first);
        if (many == 1) plane_gradient_of<1, S>(sums, p, h, to, first);
        h = to;
    }
}

void plane_gradient(float *sums, const conv_depthwise_plane *p, i64 begin, i64 end) {
    (p->stride == 1 ? plane_gradients<1> : plane_gradients<2>)(sums, *p, begin, end);
}

}  // namespace

extern const conv_depthwise_kernels FOV_TABLE(conv_depthwise);
const conv_depthwise_kernels FOV_TABLE(conv_depthwise) = {line, gradient, plane, spread, plane_gradient};

}  // namespace fov
