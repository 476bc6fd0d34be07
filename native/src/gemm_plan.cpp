// How a product is cut and what is packed. The numbers were measured on a CPU with AVX-512 (see bench/README.md); they steer speed alone.
#include <algorithm>
#include <utility>

#include "gemm_bf16.h"

namespace fov {

namespace {

fov_i64 ceil_div(fov_i64 a, fov_i64 b) { return (a + b - 1) / b; }
fov_i64 round_up(fov_i64 a, fov_i64 b) { return ceil_div(a, b) * b; }

constexpr fov_i64 l2_floats = 128 << 10;      // what may be counted on of a core's second cache
constexpr fov_i64 streamed_floats = 8 << 20;  // a result that no cache holds
constexpr fov_i64 l1_floats = 8 << 10;        // and of its first
constexpr fov_i64 wide_stride = 1 << 10;      // rows further apart than this meet in few sets of a cache

// Cycles of one step of k for a tile: its multiply-adds, its reads, or the latency of a sum.
double step_cost(fov_i64 rows, fov_i64 vectors) { return std::max({rows * vectors / 2.0, (rows + vectors) / 2.0, 4.0}); }

// All tiles of all panels, for one step of k.
double steps_cost(fov_i64 m, fov_i64 n_vectors, fov_i64 rows, int vectors) {
    const fov_i64 tiles = ceil_div(m, rows), low = m / tiles, higher = m % tiles, panels = n_vectors / vectors, rest = n_vectors % vectors;
    const auto column = [&](fov_i64 v) { return (tiles - higher) * step_cost(low, v) + higher * step_cost(low + 1, v); };
    return panels * column(vectors) + (rest ? column(rest) : 0);
}

struct estimate {
    gemm_plan plan;
    double cycles;
};

// The product with lanes along n, whatever the caller called its dimensions.
estimate plan_lanes(const fov_ctx &ctx, const product &p) {
    const gemm_kernels &kernels = *ctx.kernels->gemm;
    const fov_i64 lanes = kernels.lanes, n_vectors = ceil_div(p.n, lanes);
    gemm_plan plan;

    // In place where it can be read so, unless much of it would be read often from places far apart.
    const bool a_in_rows = p.a_col == 1, a_in_place = a_in_rows || p.a_row == 1;
    const bool b_in_place = p.b_col == 1 && (kernels.partial_b || p.n % lanes == 0);
    const bool b_far_apart = p.k >= 128 && p.b_row >= wide_stride / 2;
    const bool pack_b =
        !b_in_place || (p.m >= 16 && b_far_apart) || (p.m >= 192 && ((p.k >= 128 && p.b_row >= wide_stride / 8) || p.n % lanes != 0));
    // Few rows, whose sums the second cache holds while all of B passes by, some rows at a time: it comes at the speed of memory.
    const bool pass_b = !pack_b && p.m < 16 && p.k * p.n > 4 * l2_floats && p.n >= 512;
    const bool pack_a = !a_in_place || (!a_in_rows && p.n >= 192 && p.a_col >= wide_stride / 2 && p.k >= 16) ||
                        (a_in_rows && pack_b && p.m < 192 && p.m >= 48 && p.n >= 192 && p.a_row >= wide_stride) ||
                        (a_in_rows && !pack_b && !pass_b && p.n >= 512 && p.m * p.k <= l2_floats / 4);
    const bool stream_a = !pack_a && a_in_rows && p.n <= 128 && p.m * p.k > l2_floats;
    const bool stream_b = !pack_b && !pass_b && !stream_a && p.m < 192 && p.k * p.n > l2_floats;
    const bool a_far_apart = !pack_a && a_in_rows && p.a_row >= wide_stride;

    // Many rows far apart fall into one set of the first cache, which has 12 ways or 8.
    const auto rows_of = [&](int v) { return a_far_apart ? std::min(kernels.rows[v], 12) : kernels.rows[v]; };
    // 8 x 3 reads and writes longer pieces of rows: better where B comes from memory, or where C weighs as much as the sums.
    const bool long_rows = stream_b || p.k < 128 || (!stream_a && (pack_a || pack_b) && p.m * p.n > l2_floats);
    double steps = 0;
    for (int v : {2, 3, 4, 1}) {
        if (!kernels.rows[v]) continue;
        const double cost = steps_cost(p.m, n_vectors, rows_of(v), v) * (long_rows && v == 3 ? 0.96 : 1);
        if (steps == 0 || cost < 0.99 * steps) {
            steps = cost;
            plan.vectors = v;
        }
    }
    plan.rows = rows_of(plan.vectors);

    fov_i64 target = 512;
    if (stream_a) target = std::clamp<fov_i64>(l2_floats / p.n * 5 / 4, 512, 2048);
    if (stream_b) target = 256;
    if (pass_b) target = 16;
    if (pack_b && !stream_a && p.n >= 512) target = pack_a ? 384 : p.m < 192 ? 192 : target;
    const fov_i64 k_blocks = std::max<fov_i64>(1, p.k <= target * 5 / 4 ? 1 : ceil_div(p.k, target));
    plan.k_block = std::max<fov_i64>(1, k_blocks == 1 ? p.k : round_up(ceil_div(p.k, k_blocks), line_floats));

    const fov_i64 tiles = ceil_div(p.m, plan.rows), panels = ceil_div(n_vectors, plan.vectors);
    // Tasks of at least two microseconds.
    const double work = static_cast<double>(p.m) * p.n * std::max<fov_i64>(p.k, 1) * p.batch;
    const fov_i64 tasks = std::max<fov_i64>(1, std::clamp<fov_i64>(static_cast<fov_i64>(work / (1 << 18)), 1, 32) / p.batch);
    plan.k_chunk = std::max<fov_i64>(1, p.k);
    if (stream_a) {
        plan.m_blocks = tiles;
        plan.ahead = gemm_plan::next_a;
        plan.tiles_outside = true;
        if (pack_b) {
            // Every tile meets all of B, which therefore has to stay in the second cache.
            plan.pack_b = gemm_plan::for_all;
            plan.k_chunk = std::min(plan.k_chunk, std::max<fov_i64>(1, l2_floats / (p.n * plan.k_block)) * plan.k_block);
        }
    } else if (pass_b) {
        plan.n_blocks = ceil_div(p.n * p.m, l2_floats / 2);
        if (pack_a) plan.pack_a = gemm_plan::by_block;
    } else if (stream_b) {
        plan.n_blocks = ceil_div(panels, 4);
        plan.ahead = gemm_plan::next_b;
        if (pack_a) plan.pack_a = gemm_plan::by_block;
    } else if (pack_b) {
        // A block of B in the second cache, pieces of A pass by.
        plan.pack_b = gemm_plan::by_block;
        plan.pack_a = pack_a ? gemm_plan::by_block : gemm_plan::in_place;
        const fov_i64 held = pack_a || p.m < 192 ? l2_floats * 5 / 4 : l2_floats * 3 / 4;
        plan.n_blocks = std::min(panels, std::max<fov_i64>(1, ceil_div(p.n * plan.k_block, held)));
        plan.m_blocks = std::min(tiles, std::max(ceil_div(tasks, plan.n_blocks), ceil_div(p.m, 112)));
        plan.tiles_outside = pack_a || p.m >= 192;
        if (a_in_rows && !pack_a) plan.ahead = gemm_plan::next_a;
    } else if (pack_a) {
        // A block of A in the second cache, of B in the first one if sums are so short.
        plan.pack_a = gemm_plan::by_block;
        plan.m_blocks = std::min(tiles, std::max<fov_i64>(1, ceil_div(p.m * plan.k_block, l2_floats * 3 / 4)));
        const fov_i64 held = plan.k_block <= 64 && p.m * p.n >= streamed_floats ? l1_floats : l2_floats;
        plan.n_blocks = std::min(panels, std::max(ceil_div(tasks, plan.m_blocks), ceil_div(p.n * plan.k_block, held)));
        plan.tiles_outside = true;
    } else if (tiles * plan.rows >= panels * plan.vectors * lanes) {
        plan.m_blocks = std::min(tiles, std::max(tasks, ceil_div(p.m * plan.k_block, l2_floats)));
        plan.n_blocks = std::min(panels, ceil_div(tasks, plan.m_blocks));
    } else {
        plan.n_blocks = std::min(panels, std::max(tasks, ceil_div(p.n * plan.k_block, l2_floats / 2)));
        plan.m_blocks = std::min(tiles, std::max(ceil_div(tasks, plan.n_blocks), ceil_div(p.m * plan.k_block, l2_floats)));
        // A large result is written along its rows.
        plan.tiles_outside = p.m * p.n > l1_floats;
    }
    if (plan.pack_a == gemm_plan::by_block || plan.pack_b == gemm_plan::by_block) plan.k_chunk = plan.k_block;
    if (plan.pack_b == gemm_plan::for_all) {
        plan.k_chunk = std::min(plan.k_chunk, std::max<fov_i64>(1, packed_floats / (p.n * plan.k_block)) * plan.k_block);
    }
    plan.stream = k_blocks == 1 && p.beta == 0 && p.c_col == 1 && p.c_row % line_floats == 0 && p.m * p.n >= streamed_floats;
    if (plan.stream) plan.tiles_outside = true;

    // Bringing elements into another order costs about this much for each.
    const auto reordered = [](bool packed, fov_i64 first, fov_i64 second) {
        return !packed ? 0 : first == 1 ? 0.1 : second == 1 ? 0.6 : 2.0;
    };
    const double finish = p.c_col == 1 ? 0.05 : p.c_row == 1 ? 1.0 : 2.0;
    const double elements_a = static_cast<double>(p.m) * p.k, elements_b = static_cast<double>(p.n) * p.k;
    // A line for every step, from far away, where A lies in place along m.
    const double scattered = !pack_a && !a_in_rows && p.a_col >= wide_stride / 2 && p.m * p.k > l2_floats ? 1.0 : 0;
    const double cycles = steps * p.k + elements_a * scattered + elements_a * reordered(pack_a, p.a_row, p.a_col) +
                          elements_b * reordered(pack_b, p.b_col, p.b_row) + finish * p.m * p.n * k_blocks;
    return {plan, cycles};
}

}  // namespace

product exchanged(product p) {
    std::swap(p.m, p.n);
    std::swap(p.a_row, p.b_col);
    std::swap(p.a_col, p.b_row);
    std::swap(p.a_batch, p.b_batch);
    std::swap(p.c_row, p.c_col);
    p.bias_per_row = !p.bias_per_row;
    return p;
}

// Few columns of which each lies along k, as do the rows of A: lanes along n or m would be idle.
static bool as_dots(const product &p) { return p.n <= gemm_dots_columns && p.a_col == 1 && p.b_row == 1 && p.k >= 64; }

gemm_plan plan_gemm(const fov_ctx &ctx, const product &p) {
    if (p.operands == product::bf16 || (p.operands == product::roundable && rounding_pays(ctx, p))) {
        gemm_plan plan;
        plan.bf16 = true;
        return plan;
    }
    const product other = exchanged(p);
    if (as_dots(p) || as_dots(other)) {
        gemm_plan plan;
        plan.dots = true;
        plan.swapped = !as_dots(p) || (as_dots(other) && other.n < p.n);
        return plan;
    }
    const estimate straight = plan_lanes(ctx, p);
    estimate turned = plan_lanes(ctx, other);
    turned.plan.swapped = true;
    return turned.cycles < straight.cycles ? turned.plan : straight.plan;
}

}  // namespace fov
