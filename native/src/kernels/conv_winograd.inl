// Transforms of patches, products of planes, and what is written on the way out, for the algorithms of winograd_transforms.h.
#include "conv_winograd.h"

#include "../simd.h"
#include "../transpose.h"
#include "bytes.h"
#include "winograd_transforms.h"

namespace fov {
namespace {

constexpr int L = 16;  // lanes of a channel block

// The width of a panel in vectors and the number of tiles that fill the registers: tiles * vectors accumulators, `vectors` weights
// and one broadcast, out of 32 or 16 registers.
#if defined(FOV_ISA_AVX512)
constexpr int vectors = 2, register_tiles = 14, gradient_rows = 8;
#elif defined(FOV_ISA_AVX2)
constexpr int vectors = 2, register_tiles = 6, gradient_rows = 4;
#elif defined(FOV_ISA_NEON)
constexpr int vectors = 4, register_tiles = 6, gradient_rows = 4;
#else
constexpr int vectors = 4, register_tiles = 2, gradient_rows = 2;
#endif
constexpr int panel = vectors * W;
static_assert(panel % L == 0 || L % panel == 0, "a panel and a block share their boundaries");

typedef void (*line_transform)(const vf *, vf *, int);

// rows x rows values to out x out: columns first, then rows. from(i) gives value i, row by row; to(i, v) takes a result. What lies in
// memory is read and written where it lies: an array in between would double the stores, which bound these loops.
template <line_transform line, int rows, int out, class From, class To>
FOV_INLINE void transform(From from, To to) {
    vf t[out * rows];
#pragma GCC unroll 8
    for (int c = 0; c < rows; c++) {
        vf column[rows];
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) column[r] = from(r * rows + c);
        line(column, t + c, rows);
    }
#pragma GCC unroll 8
    for (int r = 0; r < out; r++) {
        vf o[out];
        line(t + r * rows, o, 1);
#pragma GCC unroll 8
        for (int c = 0; c < out; c++) to(r * out + c, o[c]);
    }
}

// Neighbouring tiles are neighbours in every plane: more streams than hardware follows, so what comes a few tiles later is asked for.
constexpr int ahead = 4 * L;

// Transforms a square of pixels into planes; pixels are zero where the image ends.
template <line_transform line, int side, int a>
FOV_INLINE void transform_patch(float *v, i64 plane, const float *image, const winograd_patch &q) {
    const bool inside = q.top >= 0 && q.left >= 0 && q.top + side <= q.rows && q.left + side <= q.columns;
    const i64 row = q.columns * L;
    for (int lane = 0; lane < L; lane += W) {
        const float *corner = image + q.top * row + q.left * L + lane;
        float *to = v + lane;
        const auto store_plane = [=](int p, vf x) FOV_LAMBDA {
            store(to + p * plane, x);
            __builtin_prefetch(to + p * plane + ahead, 0, 2);
        };
        if (inside) {
            transform<line, side, a>([=](int i) FOV_LAMBDA { return load(corner + i / side * row + i % side * L); }, store_plane);
            continue;
        }
        vf d[side * side];
        for (int r = 0; r < side; r++)
            for (int c = 0; c < side; c++) {
                const bool there = q.top + r >= 0 && q.top + r < q.rows && q.left + c >= 0 && q.left + c < q.columns;
                d[r * side + c] = there ? load(corner + r * row + c * L) : zero();
            }
        transform<line, side, a>([&](int i) FOV_LAMBDA { return d[i]; }, store_plane);
    }
}

template <int m, int r>
void input(float *v, i64 plane, const float *image, const winograd_patch &patch) {
    transform_patch<algorithm<m, r>::input, m + r - 1, m + r - 1>(v, plane, image, patch);
}

template <int m, int r>
void gradient(float *e, i64 plane, const float *image, const winograd_patch &patch) {
    transform_patch<algorithm<m, r>::gradient, m, m + r - 1>(e, plane, image, patch);
}

template <int m, int r>
void output(float *image, const winograd_patch &q, const float *product, i64 plane, const float *bias, const float *residual, bool relu) {
    constexpr int a = m + r - 1;
    const i64 rows = min(m, q.rows - q.top), columns = min(m, q.columns - q.left), row = q.columns * L;
    for (int lane = 0; lane < L; lane += W) {
        const i64 at = q.top * row + q.left * L + lane;
        float *corner = image + at;
        const float *rest = residual ? residual + at : nullptr;
        const vf b = bias ? load(bias + lane) : zero();
        const auto from = [=](int p) FOV_LAMBDA {
            __builtin_prefetch(product + p * plane + ahead, 0, 2);
            return load(product + p * plane + lane);
        };
        const auto finished = [=](vf x, i64 i) FOV_LAMBDA {
            const vf v = rest ? x + b + load(rest + i) : x + b;
            return relu ? max(zero(), v) : v;
        };
        if (rows == m && columns == m) {
            transform<algorithm<m, r>::output, a, m>(from, [=](int i, vf x) FOV_LAMBDA {
                const i64 place = i / m * row + i % m * L;
                store(corner + place, finished(x, place));
            });
            continue;
        }
        vf o[m * m];
        transform<algorithm<m, r>::output, a, m>(from, [&](int i, vf x) FOV_LAMBDA { o[i] = x; });
        for (int y = 0; y < rows; y++)
            for (int x = 0; x < columns; x++) store(corner + y * row + x * L, finished(o[y * m + x], y * row + x * L));
    }
}

// The first of the largest wins, of several NaN the last.
template <int m, int r>
void pool(float *image, uint8_t *offsets, const winograd_patch &q, const float *product, i64 plane, const float *bias, bool relu) {
    constexpr int a = m + r - 1;
    const i64 rows = min(m, q.rows - q.top) / 2, columns = min(m, q.columns - q.left) / 2, row = q.columns / 2 * L;
    for (int lane = 0; lane < L; lane += W) {
        const i64 corner = q.top / 2 * row + q.left / 2 * L + lane;
        const vf b = bias ? load(bias + lane) : zero();
        vf o[m * m];
        transform<algorithm<m, r>::output, a, m>(
            [=](int p) FOV_LAMBDA {
                __builtin_prefetch(product + p * plane + ahead, 0, 2);
                return load(product + p * plane + lane);
            },
            [&](int i, vf x) FOV_LAMBDA { o[i] = relu ? max(zero(), x + b) : x + b; });
#pragma GCC unroll 2
        for (int y = 0; y < m / 2; y++)
#pragma GCC unroll 2
            for (int x = 0; x < m / 2; x++) {
                if (y >= rows || x >= columns) continue;
                const vf *const first = o + 2 * y * m + 2 * x;
                vf best = first[0];
                vi tap = set1i(0);
#pragma GCC unroll 3
                for (int t = 1; t < 4; t++) {
                    const vf v = first[t / 2 * m + t % 2];
                    const vi better = (v > best) | (v != v);
                    best = select(better, v, best);
                    tap = select(better, set1i(t), tap);
                }
                const i64 at = corner + y * row + x * L;
                store(image + at, best);
                if (offsets) store_narrowed(offsets + at, tap);
            }
    }
}

// Register tile: `tiles` x `panel`, all 16 * ic_blocks channels.
template <int tiles>
void multiply_tiles(float *product, i64 m_block, const float *v, i64 v_block, const float *u, i64 ic_blocks, const float *next,
                    i64 next_step, bool add) {
    vf x[tiles][vectors];
#pragma GCC unroll 16
    for (int i = 0; i < tiles; i++)
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++) x[i][j] = add ? load(product + j * W / L * m_block + i * L + j * W % L) : zero();
    for (i64 b = 0; b < ic_blocks; b++) {
        const float *s = v + b * v_block;
#pragma GCC unroll 4
        for (int c = 0; c < L; c++, s++, u += panel, next += next_step) {
            __builtin_prefetch(next, 0, 2);
            __builtin_prefetch(next + next_step - L, 0, 2);
            vf w[vectors];
#pragma GCC unroll 4
            for (int j = 0; j < vectors; j++) w[j] = load(u + j * W);
#pragma GCC unroll 16
            for (int i = 0; i < tiles; i++) {
                vf a = set1(s[i * L]);
                FOV_KEEP(a);
#pragma GCC unroll 4
                for (int j = 0; j < vectors; j++) x[i][j] = fma(a, w[j], x[i][j]);
            }
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < tiles; i++)
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++) store(product + j * W / L * m_block + i * L + j * W % L, x[i][j]);
}

// The right number of tiles at compile time, by halving the range.
template <int low, int high>
void multiply_between(float *product, i64 m_block, const float *v, i64 v_block, const float *u, i64 ic_blocks, const float *next,
                      i64 next_step, bool add, int tiles) {
    if constexpr (low == high) {
        multiply_tiles<low>(product, m_block, v, v_block, u, ic_blocks, next, next_step, add);
    } else if (tiles <= (low + high) / 2) {
        multiply_between<low, (low + high) / 2>(product, m_block, v, v_block, u, ic_blocks, next, next_step, add, tiles);
    } else {
        multiply_between<(low + high) / 2 + 1, high>(product, m_block, v, v_block, u, ic_blocks, next, next_step, add, tiles);
    }
}

void accumulate(float *u, const float *v, const float *e, i64 e_block, i64 tiles, bool add) {
    for (int c = 0; c < L; c += gradient_rows, v += gradient_rows, u += gradient_rows * panel) {
        vf x[gradient_rows][vectors];
#pragma GCC unroll 8
        for (int i = 0; i < gradient_rows; i++)
#pragma GCC unroll 4
            for (int j = 0; j < vectors; j++) x[i][j] = add ? load(u + i * panel + j * W) : zero();
        const float *s = v, *g = e;
#pragma GCC unroll 4
        for (i64 t = 0; t < tiles; t++, s += L, g += L) {
            __builtin_prefetch(s + tiles * L, 0, 2);  // the next source block
            vf w[vectors];
#pragma GCC unroll 4
            for (int j = 0; j < vectors; j++) w[j] = load(g + j * W / L * e_block + j * W % L);
#pragma GCC unroll 8
            for (int i = 0; i < gradient_rows; i++) {
                vf a = set1(s[i]);
                FOV_KEEP(a);
#pragma GCC unroll 4
                for (int j = 0; j < vectors; j++) x[i][j] = fma(a, w[j], x[i][j]);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < gradient_rows; i++)
#pragma GCC unroll 4
            for (int j = 0; j < vectors; j++) store(u + i * panel + j * W, x[i][j]);
    }
}

// The plain weights of one panel and 16 input channels, channels innermost: t[c][tap][panel], zero where channels end.
template <int taps>
void gather_taps(float *t, const float *w, i64 oc, i64 ic, i64 o, i64 c, bool turned) {
    const i64 outs = min(panel, oc - o), ins = min(L, ic - c);
    if (outs < panel || ins < L)
        for (int i = 0; i < L * taps * panel; i += W) store(t + i, zero());
    if (!turned) return transpose_rectangle<false>(t, w + (o * ic + c) * taps, ins * taps, outs, panel, ic * taps);
    // w is [ic][oc][taps]: for each of our input channels the taps of all output channels lie in one run, the last tap first here.
    for (i64 k = 0; k < ins; k++)
        transpose_rectangle<false>(t + (k * taps + taps - 1) * panel, w + ((c + k) * oc + o) * taps, taps, outs, -panel, taps);
}

template <int m, int r>
void pack(float *u, i64 plane, const float *w, i64 oc, i64 ic, i64 o, i64 c, bool turned) {
    constexpr int a = m + r - 1, taps = r * r;
    float t[L * taps * panel];
    gather_taps<taps>(t, w, oc, ic, o, c, turned);
    for (int k = 0; k < L; k++)
        for (int j = 0; j < panel; j += W) {
            float *to = u + k * panel + j;
            transform<algorithm<m, r>::weights, r, a>([&](int tap) FOV_LAMBDA { return load(t + (k * taps + tap) * panel + j); },
                                                      [=](int p, vf x) FOV_LAMBDA { store(to + p * plane, x); });
        }
}

template <int m, int r>
void unpack(float *dw, const float *u, i64 plane, i64 oc, i64 ic, i64 o, i64 c) {
    constexpr int a = m + r - 1, taps = r * r;
    float t[L * taps * panel];
    for (int k = 0; k < L; k++)
        for (int j = 0; j < panel; j += W) {
            const float *from = u + k * panel + j;
            float *to = t + k * taps * panel + j;
            transform<algorithm<m, r>::taps, a, r>([=](int p) FOV_LAMBDA { return load(from + p * plane); },
                                                   [=](int tap, vf x) FOV_LAMBDA { store(to + tap * panel, x); });
        }
    const i64 outs = min(panel, oc - o), ins = min(L, ic - c);
    transpose_rectangle<false>(dw + (o * ic + c) * taps, t, outs, ins * taps, ic * taps, panel);
}

template <int m, int r>
constexpr winograd_variant variant() {
    return {m,
            r,
            panel,
            register_tiles,
            pack<m, r>,
            input<m, r>,
            output<m, r>,
            pool<m, r>,
            gradient<m, r>,
            multiply_between<1, register_tiles>,
            accumulate,
            unpack<m, r>};
}

}  // namespace

extern const conv_winograd_kernels FOV_TABLE(conv_winograd);
const conv_winograd_kernels FOV_TABLE(conv_winograd) = {variant<2, 3>(), variant<4, 3>(), variant<2, 5>()};

}  // namespace fov
