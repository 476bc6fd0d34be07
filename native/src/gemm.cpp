#include "gemm.h"

#include <algorithm>

#include "error.h"
#include "gemm_bf16.h"
#include "parallel.h"

namespace fov {

namespace {

fov_i64 ceil_div(fov_i64 a, fov_i64 b) { return (a + b - 1) / b; }

// Packed in one go: enough for the operand to be read in long pieces.
constexpr fov_i64 panels_per_task = 8;

fov_i64 aligned(fov_i64 floats) { return ceil_div(floats, line_floats) * line_floats; }

// A product as the kernels see it: lanes along n, and everything that the tasks share.
struct running {
    const fov_ctx &ctx;
    const product p;
    const gemm_plan &plan;
    const fov_i64 lanes, tiles, panel, panels, padded_n;
    float *c = nullptr;
    const float *a = nullptr, *b = nullptr, *bias = nullptr;
    float *shared_b = nullptr, *own = nullptr;

    // What a thread has packed for itself last: matrix * blocks + block, or -1.
    struct mine {
        fov_i64 a, b;
    };

    running(const fov_ctx &context, const product &product, const gemm_plan &gemm_plan)
        : ctx(context),
          p(gemm_plan.swapped ? exchanged(product) : product),
          plan(gemm_plan),
          lanes(context.kernels->gemm->lanes),
          tiles(ceil_div(p.m, plan.rows)),
          panel(plan.vectors * lanes),
          panels(ceil_div(p.n, panel)),
          padded_n(ceil_div(p.n, lanes) * lanes) {}

    // Blocks end where tiles and panels end.
    fov_i64 tile(fov_i64 block) const { return tiles * block / plan.m_blocks; }
    fov_i64 row(fov_i64 block) const { return p.m * tile(block) / tiles; }
    fov_i64 column(fov_i64 block) const { return std::min(p.n, panels * block / plan.n_blocks * panel); }

    // Floats: the shared B of one matrix; what one thread packs for itself.
    fov_i64 shared_size() const { return plan.pack_b == gemm_plan::for_all ? aligned(padded_n * plan.k_chunk) : 0; }
    fov_i64 own_a_size() const {
        return plan.pack_a == gemm_plan::by_block ? aligned(ceil_div(tiles, plan.m_blocks) * plan.rows * plan.k_block) : 0;
    }
    fov_i64 own_b_size() const {
        return plan.pack_b == gemm_plan::by_block ? aligned(ceil_div(panels, plan.n_blocks) * panel * plan.k_block) : 0;
    }
    fov_i64 own_size() const { return line_floats + own_a_size() + own_b_size(); }
    mine &packed_by(int thread) const { return *reinterpret_cast<mine *>(own + thread * own_size()); }
    float *own_a(int thread) const { return own + thread * own_size() + line_floats; }
    float *own_b(int thread) const { return own_a(thread) + own_a_size(); }

    void pack_b_columns(float *to, fov_i64 matrix, fov_i64 first, fov_i64 columns, fov_i64 k0, fov_i64 k) const {
        ctx.kernels->gemm_pack->parts(to, b + matrix * p.b_batch + k0 * p.b_row + first * p.b_col, p.b_col, p.b_row,
                                      {columns, k, 0, panel});
    }

    void pack_a_rows(float *to, fov_i64 matrix, fov_i64 block, fov_i64 k0, fov_i64 k) const {
        const fov_i64 first = row(block);
        ctx.kernels->gemm_pack->parts(to, a + matrix * p.a_batch + first * p.a_row + k0 * p.a_col, p.a_row, p.a_col,
                                      {row(block + 1) - first, k, tile(block + 1) - tile(block), 0});
    }

    // B for every block: k steps from k0.
    void pack_shared(fov_i64 k0, fov_i64 k) const {
        const fov_i64 groups = ceil_div(panels, panels_per_task), per_matrix = groups * ceil_div(k, plan.k_block);
        const auto one = [&](fov_i64 t, int) {
            const fov_i64 matrix = t / per_matrix, step = t % per_matrix / groups * plan.k_block,
                          first = t % groups * panels_per_task * panel;
            const fov_i64 steps = std::min(plan.k_block, k - step);
            pack_b_columns(shared_b + matrix * shared_size() + padded_n * step + first * steps, matrix, first,
                           std::min(panels_per_task * panel, p.n - first), k0 + step, steps);
        };
        if (p.batch * padded_n * k >= 4 * elements_per_task) {
            parallel_tasks(ctx, p.batch * per_matrix, one);
        } else {
            for (fov_i64 t = 0; t < p.batch * per_matrix; t++) one(t, 0);
        }
    }

    // One block of C, over k steps from k0.
    void compute(fov_i64 matrix, fov_i64 m_block, fov_i64 n_block, fov_i64 k0, fov_i64 k, int thread) const {
        gemm_block g{};
        const fov_i64 i = row(m_block), j = column(n_block);
        g.m = row(m_block + 1) - i;
        g.n = column(n_block + 1) - j;
        g.tiles = tile(m_block + 1) - tile(m_block);
        g.vectors = plan.vectors;
        g.a_packed = plan.pack_a != gemm_plan::in_place;
        g.a_row = p.a_row;
        g.a_col = p.a_col;
        g.b_packed = plan.pack_b != gemm_plan::in_place;
        g.b_row = p.b_row;
        g.c = c + matrix * p.c_batch + i * p.c_row + j * p.c_col;
        g.c_row = p.c_row;
        g.c_col = p.c_col;
        g.tiles_outside = plan.tiles_outside;
        const float *ma = a + matrix * p.a_batch, *mb = b + matrix * p.b_batch;
        mine &packed = packed_by(thread);
        fov_i64 step = 0;
        do {
            g.k = std::min(plan.k_block, k - step);
            const fov_i64 at = k0 + step;
            const bool first = at == 0, last = at + g.k == p.k;
            g.finish.alpha = p.alpha;
            g.finish.beta = first ? p.beta : 1;
            g.finish.bias = last && bias ? bias + (p.bias_per_row ? i : j) : nullptr;
            g.finish.bias_per_row = p.bias_per_row;
            g.finish.relu = last && p.relu;
            g.finish.stream = plan.stream;

            if (!g.a_packed) {
                g.a = ma + i * p.a_row + at * p.a_col;
            } else {
                g.a = own_a(thread);
                if (packed.a != matrix * plan.m_blocks + m_block) pack_a_rows(own_a(thread), matrix, m_block, at, g.k);
                packed.a = matrix * plan.m_blocks + m_block;
            }
            if (plan.pack_b == gemm_plan::in_place) {
                g.b = mb + at * p.b_row + j * p.b_col;
            } else if (plan.pack_b == gemm_plan::for_all) {
                g.b = shared_b + matrix * shared_size() + padded_n * step + j * g.k;
            } else {
                g.b = own_b(thread);
                if (packed.b != matrix * plan.n_blocks + n_block) pack_b_columns(own_b(thread), matrix, j, g.n, at, g.k);
                packed.b = matrix * plan.n_blocks + n_block;
            }

            // What this thread meets next: the next steps of the block, or the first ones of its neighbour.
            g.ahead_rows = 0;
            const bool ends = step + g.k >= k;
            if (plan.ahead == gemm_plan::next_a && g.k > 0 && (!ends || m_block + 1 < plan.m_blocks)) {
                g.ahead = ends ? ma + row(m_block + 1) * p.a_row + k0 * p.a_col : ma + i * p.a_row + (at + g.k) * p.a_col;
                g.ahead_rows = ends ? row(m_block + 2) - row(m_block + 1) : g.m;
                g.ahead_lines = ceil_div(g.k, line_floats);
                g.ahead_row = p.a_row;
            } else if (plan.ahead == gemm_plan::next_b && (!ends || n_block + 1 < plan.n_blocks)) {
                g.ahead = ends ? mb + k0 * p.b_row + column(n_block + 1) : mb + (at + g.k) * p.b_row + j;
                g.ahead_rows = std::min(plan.k_block, ends ? k : k - step - g.k);
                g.ahead_lines = ceil_div(g.n, line_floats);
                g.ahead_row = p.b_row;
            }
            ctx.kernels->gemm->multiply(g);
            step += g.k;
        } while (step < k);
    }

    void run() const {
        const fov_i64 blocks = plan.m_blocks * plan.n_blocks;
        fov_i64 k0 = 0;
        do {
            const fov_i64 k = std::min(plan.k_chunk, p.k - k0);
            if (plan.pack_b == gemm_plan::for_all) pack_shared(k0, k);
            for (int t = 0; t < ctx.threads(); t++) packed_by(t) = {-1, -1};
            // Neighbouring tasks share what a thread has packed for itself.
            const bool rows_inside = plan.pack_b == gemm_plan::by_block;
            parallel_tasks(ctx, p.batch * blocks, [&](fov_i64 t, int thread) {
                const fov_i64 matrix = t / blocks, block = t % blocks;
                if (rows_inside) {
                    compute(matrix, block % plan.m_blocks, block / plan.m_blocks, k0, k, thread);
                } else {
                    compute(matrix, block / plan.n_blocks, block % plan.n_blocks, k0, k, thread);
                }
            });
            k0 += k;
        } while (k0 < p.k);
    }
};

}  // namespace

namespace {

// Few columns, each result a sum over two runs of k. A task takes so many rows that it is worth waking a thread for.
void multiply_dots(const fov_ctx &ctx, const product &p, float *c, const float *a, const float *b, const float *bias) {
    constexpr fov_i64 most = 64;
    const fov_i64 rows = std::clamp<fov_i64>(4 * elements_per_task / p.k, 8, most), groups = ceil_div(p.m, rows);
    parallel_tasks(ctx, p.batch * groups, [&](fov_i64 t, int) {
        const fov_i64 matrix = t / groups, begin = t % groups * rows, count = std::min(rows, p.m - begin);
        float sums[most * gemm_dots_columns];
        ctx.kernels->gemm_dots->dots(sums, a + matrix * p.a_batch + begin * p.a_row, p.a_row, b + matrix * p.b_batch, p.b_col, count,
                                     static_cast<int>(p.n), p.k);
        float *to = c + matrix * p.c_batch + begin * p.c_row;
        for (fov_i64 i = 0; i < count; i++)
            for (fov_i64 j = 0; j < p.n; j++) {
                float &at = to[i * p.c_row + j * p.c_col];
                float sum = p.alpha * sums[i * p.n + j];
                if (p.beta != 0) sum += p.beta * at;
                if (bias) sum += bias[p.bias_per_row ? begin + i : j];
                at = p.relu && 0 > sum ? 0 : sum;
            }
    });
}

// Matrices of a batch that are computed together: as many as may be packed at one time.
fov_i64 together(const product &p, const running &r) {
    return r.shared_size() == 0 ? p.batch : std::clamp<fov_i64>(packed_floats / r.shared_size(), 1, p.batch);
}

}  // namespace

size_t gemm_workspace(const product &p, const gemm_plan &plan, const fov_ctx &ctx) {
    if (plan.bf16) return gemm_bf16_workspace(ctx, p);
    if (plan.dots) return 0;
    const running r(ctx, p, plan);
    return sizeof(float) * (together(p, r) * r.shared_size() + ctx.threads() * r.own_size());
}

void gemm(const fov_ctx &ctx, const product &p, const gemm_plan &plan, float *c, const float *a, const float *b, const float *bias,
          void *workspace) {
    if (plan.bf16) return gemm_bf16(ctx, p, c, a, b, bias, workspace);
    if (plan.dots) {
        return plan.swapped ? multiply_dots(ctx, exchanged(p), c, b, a, bias) : multiply_dots(ctx, p, c, a, b, bias);
    }
    // Whole aligned vectors alone can pass the caches.
    gemm_plan made = plan;
    made.stream = plan.stream && reinterpret_cast<uintptr_t>(c) % 64 == 0 && p.c_batch % line_floats == 0;
    const fov_i64 at_once = together(p, running(ctx, p, made));
    for (fov_i64 first = 0; first < p.batch; first += at_once) {
        product some = p;
        some.batch = std::min(at_once, p.batch - first);
        running r(ctx, some, made);
        r.c = c + first * p.c_batch;
        r.a = plan.swapped ? b + first * p.b_batch : a + first * p.a_batch;
        r.b = plan.swapped ? a + first * p.a_batch : b + first * p.b_batch;
        r.bias = bias;
        r.shared_b = static_cast<float *>(workspace);
        r.own = r.shared_b + some.batch * r.shared_size();
        r.run();
    }
}

}  // namespace fov
