// C [m][n] = alpha A [m][k] B [k][n] + beta C, tile by tile; gemm.h says how A, B and C lie in memory.
//
// A tile of R rows and V vectors keeps its R * V sums in registers over all of k. Every step reads V vectors of B and R elements of A,
// and does R * V multiply-adds: the tiles below are those whose reads stay below the arithmetic. A sum is added up in the order of k
// whatever the tile, so the result depends on neither the cut into tiles nor on threads.
#include "gemm.h"

#include "../simd.h"
#include "../gemm_transpose.h"

namespace fov {
namespace {

// Registers for the sums, V vectors of B and one element of A.
#if defined(FOV_ISA_AVX512)
constexpr int rows_of[gemm_max_vectors + 1] = {0, 14, 14, 8, 6};
constexpr bool partial_vectors = true;
#elif defined(FOV_ISA_AVX2)
constexpr int rows_of[gemm_max_vectors + 1] = {0, 6, 6, 4, 2};
constexpr bool partial_vectors = false;
#elif defined(FOV_ISA_NEON)
constexpr int rows_of[gemm_max_vectors + 1] = {0, 12, 12, 8, 6};
constexpr bool partial_vectors = false;
#else
constexpr int rows_of[gemm_max_vectors + 1] = {0, 6, 6, 3, 2};
constexpr bool partial_vectors = false;
#endif

// In a register of its own: folded into every multiply-add, a broadcast would be loaded V times. Volatile, hence in the order written:
// compilers that mix the steps of an unrolled loop run out of registers.
FOV_INLINE vf broadcast(float x) {
    vf v = set1(x);
#if defined(FOV_ISA_AVX512) || defined(FOV_ISA_AVX2)
    __asm__ volatile("" : "+v"(v));
#endif
    return v;
}

// A line that will be written.
FOV_INLINE void fetch_to_write(float *p) {
#if defined(FOV_ISA_AVX512)
    __asm__ volatile("prefetchw %0" : : "m"(*p));
#else
    __builtin_prefetch(p, 1, 3);
#endif
}

// How the operands of a tile lie: rows of A side by side along k, or steps of k, one of R elements after the other; and whether the last
// vector of B in place may not be full. A masked load takes a slot of the multiply-adds on some CPUs, so whole vectors have tiles of
// their own.
enum operands { steps = 0, in_rows = 1, partial = 2 };

struct tile {
    i64 k;
    const float *a;
    i64 a_stride;  // between rows where they lie in place, else between steps
    const float *b;
    i64 b_row;
    int lanes;    // of the last vector
    bool add;     // to what C holds
    bool stream;  // past the caches
    float *c;
    i64 c_row;
    const char *ahead;
    i64 ahead_step, ahead_steps, ahead_row;
};

template <int R, int V, int Operands>
__attribute__((noinline)) void multiply_tile(const tile &t) {
    constexpr bool rows = Operands & in_rows;
    vf sum[R][V];
#pragma GCC unroll 16
    for (int i = 0; i < R; i++)
#pragma GCC unroll 4
        for (int j = 0; j < V; j++) sum[i][j] = zero();

    // C is on its way while the sums are made, where that takes long enough.
    if (t.k >= 32 && !t.stream) {
#pragma GCC unroll 16
        for (int i = 0; i < R; i++)
#pragma GCC unroll 4
            for (int j = 0; j < V; j++) fetch_to_write(t.c + i * t.c_row + j * W);
    }
    // What the loop does not need is read again behind it: kept in registers, it would drive pointers out of them.
    __asm__ volatile("" ::: "memory");

    // Three rows share a pointer: base, base + stride, base + 2 * stride are address modes.
    constexpr int pointers = rows ? (R + 2) / 3 : 1;
    const i64 stride = t.a_stride, b_row = t.b_row, ahead_step = t.ahead_step;
    const int lanes = t.lanes;
    const float *a[pointers], *b = t.b;
#pragma GCC unroll 16
    for (int i = 0; i < pointers; i++) a[i] = t.a + 3 * i * stride;
    const char *ahead = t.ahead;
    const auto step = [&]() FOV_LAMBDA {
        __builtin_prefetch(ahead, 0, 2);
        ahead += ahead_step;
        vf bv[V];
#pragma GCC unroll 4
        for (int j = 0; j < V; j++) bv[j] = Operands & partial && j == V - 1 ? load(b + j * W, lanes) : load(b + j * W);
        b += b_row;
#pragma GCC unroll 16
        for (int i = 0; i < R; i++) {
            const vf av = broadcast(rows ? a[i / 3][i % 3 * stride] : a[0][i]);
#pragma GCC unroll 4
            for (int j = 0; j < V; j++) sum[i][j] = fma(av, bv[j], sum[i][j]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < pointers; i++) a[i] += rows ? 1 : stride;
    };
    for (i64 left = t.k;;) {
        // Unrolled for the sake of the counters and pointers: additions of integers may share the ports of multiply-adds.
        i64 k = min(left, t.ahead_steps);
        left -= k;
        for (; k >= 4; k -= 4) {
            step();
            step();
            step();
            step();
        }
#pragma GCC unroll 1
        for (; k > 0; k--) step();
        if (left <= 0) break;
        ahead += t.ahead_row - t.ahead_steps * ahead_step;
    }

    float *c = t.c;
    if (t.add) {
#pragma GCC unroll 16
        for (int i = 0; i < R; i++)
#pragma GCC unroll 4
            for (int j = 0; j < V; j++)
                sum[i][j] += j < V - 1 ? load(c + i * t.c_row + j * W) : load_lanes(c + i * t.c_row + j * W, t.lanes);
    }
    if (t.stream && t.lanes == W) {
#pragma GCC unroll 16
        for (int i = 0; i < R; i++)
#pragma GCC unroll 4
            for (int j = 0; j < V; j++) store_stream(c + i * t.c_row + j * W, sum[i][j]);
        return;
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; i++)
#pragma GCC unroll 4
        for (int j = 0; j < V; j++)
            if (j < V - 1) {
                store(c + i * t.c_row + j * W, sum[i][j]);
            } else {
                store_lanes(c + i * t.c_row + j * W, sum[i][j], t.lanes);
            }
}

typedef void (*tile_function)(const tile &);

template <int R, int V, int Operands>
constexpr tile_function tile_for() {
    if constexpr (R <= rows_of[V]) return multiply_tile < R, V, Operands & partial && !partial_vectors ? Operands - partial : Operands > ;
    return nullptr;
}

#define FOV_TILES(V, operands)    \
    {nullptr,                     \
     tile_for<1, V, operands>(),  \
     tile_for<2, V, operands>(),  \
     tile_for<3, V, operands>(),  \
     tile_for<4, V, operands>(),  \
     tile_for<5, V, operands>(),  \
     tile_for<6, V, operands>(),  \
     tile_for<7, V, operands>(),  \
     tile_for<8, V, operands>(),  \
     tile_for<9, V, operands>(),  \
     tile_for<10, V, operands>(), \
     tile_for<11, V, operands>(), \
     tile_for<12, V, operands>(), \
     tile_for<13, V, operands>(), \
     tile_for<14, V, operands>(), \
     tile_for<15, V, operands>(), \
     tile_for<16, V, operands>()}
#define FOV_PANELS(operands) {{}, FOV_TILES(1, operands), FOV_TILES(2, operands), FOV_TILES(3, operands), FOV_TILES(4, operands)}
const tile_function tiles[4][gemm_max_vectors + 1][gemm_max_rows + 1] = {FOV_PANELS(0), FOV_PANELS(1), FOV_PANELS(2), FOV_PANELS(3)};

// y = finished(sum), n of them side by side in C; bias: null, or one for all where `bias_step` is 0, else side by side.
FOV_INLINE void finish_run(float *c, const float *sum, i64 n, const gemm_finish &f, const float *bias, int bias_step) {
    for_lanes(0, n, [&](i64 i, int k) FOV_LAMBDA {
        vf v = set1(f.alpha) * load_lanes(sum + i, k);
        if (f.beta != 0) v = fma(set1(f.beta), load_lanes(c + i, k), v);
        if (bias) v += bias_step ? load_lanes(bias + i, k) : set1(*bias);
        if (f.relu) v = max(zero(), v);
        if (f.stream && k == W) {
            store_stream(c + i, v);
        } else {
            store_lanes(c + i, v, k);
        }
    });
}

// `rows` rows of W sums become W runs of `rows` sums, gemm_max_rows apart.
FOV_INLINE void turn(float *runs, const float *sums, i64 pitch, i64 rows) {
    for (i64 i = 0; i < rows; i += W) {
        vf r[W];
#pragma GCC unroll 16
        for (int q = 0; q < W; q++) r[q] = i + q < rows ? load(sums + (i + q) * pitch) : zero();
        transpose(r);
#pragma GCC unroll 16
        for (int q = 0; q < W; q++) store(runs + q * gemm_max_rows + i, r[q]);
    }
}

// Brings the sums of a tile, `pitch` apart, into C.
__attribute__((noinline)) void finish_tile(const gemm_block &g, i64 row, i64 column, i64 rows, i64 columns, const float *sums, i64 pitch) {
    const gemm_finish &f = g.finish;
    const float *bias = f.bias ? f.bias + (f.bias_per_row ? row : column) : nullptr;
    float *c = g.c + row * g.c_row + column * g.c_col;
    if (g.c_col == 1) {
        for (i64 i = 0; i < rows; i++)
            finish_run(c + i * g.c_row, sums + i * pitch, columns, f, bias && f.bias_per_row ? bias + i : bias, !f.bias_per_row);
    } else {
        // Column by column, turned in registers first, so that C is met in its own order where its rows are side by side.
        alignas(64) float turned[gemm_max_vectors * W * gemm_max_rows];
        for (i64 j = 0; j < columns; j += W) turn(turned + j * gemm_max_rows, sums + j, pitch, rows);
        for (i64 j = 0; j < columns; j++) {
            float *run = c + j * g.c_col, *sum = turned + j * gemm_max_rows;
            const float *b = bias && !f.bias_per_row ? bias + j : bias;
            if (g.c_row == 1) {
                finish_run(run, sum, rows, f, b, f.bias_per_row);
                continue;
            }
            alignas(64) float gathered[gemm_max_rows];
            if (f.beta != 0)
                for (i64 i = 0; i < rows; i++) gathered[i] = run[i * g.c_row];
            finish_run(gathered, sum, rows, f, b, f.bias_per_row);
            for (i64 i = 0; i < rows; i++) run[i * g.c_row] = gathered[i];
        }
    }
}

// What is to be fetched while tiles are computed: rows of cache lines, some with every tile.
struct fetching {
    const char *next;
    i64 rows, lines, row;

    FOV_INLINE void passed(i64 k) {
        const i64 n = (k + lines - 1) / lines;
        next += n * row;
        rows -= n;
    }
};

// The tile whose first row and column are given.
FOV_INLINE void compute_tile(const gemm_block &g, i64 row, i64 rows, i64 panel, const fetching &f) {
    const i64 width = g.vectors * W, column = panel * width, columns = min(width, g.n - column);
    const int vectors = static_cast<int>((columns + W - 1) / W);
    const gemm_finish &finish = g.finish;
    const bool plain = g.c_col == 1 && finish.alpha == 1 && (finish.beta == 0 || finish.beta == 1) && !finish.bias && !finish.relu;
    alignas(64) float sums[gemm_max_rows * gemm_max_vectors * W];

    tile t;
    t.k = g.k;
    const bool a_in_rows = !g.a_packed && g.a_col == 1;
    t.a = g.a_packed ? g.a + row * g.k : g.a + row * g.a_row;
    t.a_stride = g.a_packed ? rows : a_in_rows ? g.a_row : g.a_col;
    t.b = g.b_packed ? g.b + column * g.k : g.b + column;
    t.b_row = g.b_packed ? vectors * W : g.b_row;
    t.lanes = static_cast<int>(columns - (vectors - 1) * W);
    t.add = plain && finish.beta == 1;
    t.stream = plain && finish.stream;
    t.c = plain ? g.c + row * g.c_row + column : sums;
    t.c_row = plain ? g.c_row : vectors * W;
    const bool fetches = f.rows > 0;
    t.ahead = fetches ? f.next : reinterpret_cast<const char *>(t.c);
    t.ahead_step = fetches ? 64 : 0;
    t.ahead_steps = fetches ? f.lines : g.k;
    t.ahead_row = fetches ? f.row : 0;
    tiles[(a_in_rows ? in_rows : steps) | (!g.b_packed && t.lanes < W ? partial : 0)][vectors][rows](t);
    if (!plain) finish_tile(g, row, column, rows, columns, sums, t.c_row);
}

void multiply(const gemm_block &g) {
    const i64 width = g.vectors * W, panels = (g.n + width - 1) / width;
    const i64 outer = g.tiles_outside ? g.tiles : panels, inner = g.tiles_outside ? panels : g.tiles;
    const bool panel_ahead = g.b_packed && !g.tiles_outside && g.tiles > 1 && g.k > 0;
    fetching f = {reinterpret_cast<const char *>(g.ahead), g.ahead_rows, g.ahead_lines, g.ahead_row * static_cast<i64>(sizeof(float))};
    for (i64 o = 0; o < outer; o++) {
        if (panel_ahead) f = {reinterpret_cast<const char *>(g.b + (o + 1) * width * g.k), g.vectors * W / 16, g.k, g.k * 64};
        for (i64 i = 0; i < inner; i++) {
            const i64 t = g.tiles_outside ? o : i, panel = g.tiles_outside ? i : o;
            const i64 row = g.m * t / g.tiles;
            compute_tile(g, row, g.m * (t + 1) / g.tiles - row, panel, f);
            if (f.rows > 0) f.passed(g.k);
        }
    }
    if (g.finish.stream) stream_fence();
}

}  // namespace

extern const gemm_kernels FOV_TABLE(gemm);
const gemm_kernels FOV_TABLE(gemm) = {W, {0, rows_of[1], rows_of[2], rows_of[3], rows_of[4]}, partial_vectors, multiply};

}  // namespace fov
