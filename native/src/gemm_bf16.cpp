#include "gemm_bf16.h"

#include <algorithm>

#include "bf16.h"
#include "error.h"
#include "parallel.h"

namespace fov {

namespace {

fov_i64 ceil_div(fov_i64 a, fov_i64 b) { return (a + b - 1) / b; }
fov_i64 aligned(fov_i64 words) { return ceil_div(words, line_floats) * line_floats; }

// A block's panels of B take half of a core's second cache at most, its sums a fifth.
constexpr fov_i64 k_target = 512, tiles_per_block = 16, panels_per_block = 4;

// One matrix of the product after the other is packed for all threads, A always, B unless one block of rows is all there is: then each
// panel is read once, by the task that needs it. The cut depends on the shape alone.
struct running {
    const fov_ctx &ctx;
    const product p;
    const gemm_pairs_kernels &kernels;
    const fov_i64 panel, tiles, panels, padded_n, m_blocks, n_blocks, k_blocks, k_block;
    const bool shares_b;

    float *c = nullptr;
    const void *a = nullptr, *b = nullptr;
    const float *bias = nullptr;
    int32_t *shared = nullptr, *own = nullptr;

    running(const fov_ctx &context, const product &what)
        : ctx(context),
          p(what),
          kernels(*context.kernels->gemm_pairs),
          panel(kernels.vectors * kernels.lanes),
          tiles(ceil_div(p.m, kernels.rows)),
          panels(ceil_div(p.n, panel)),
          padded_n(ceil_div(p.n, kernels.lanes) * kernels.lanes),
          m_blocks(ceil_div(tiles, tiles_per_block)),
          n_blocks(std::max(ceil_div(panels, panels_per_block), std::min(panels, ceil_div(tasks(what), m_blocks)))),
          k_blocks(std::max<fov_i64>(1, ceil_div(p.k, k_target * 5 / 4))),
          k_block(ceil_div(ceil_div(p.k, k_blocks), 2) * 2),
          shares_b(m_blocks > 1) {}

    // Of at least a few microseconds.
    static fov_i64 tasks(const product &p) {
        const double work = static_cast<double>(p.m) * p.n * p.k;
        return std::clamp<fov_i64>(static_cast<fov_i64>(work / (1 << 20)), 1, 32);
    }

    fov_i64 row(fov_i64 tile) const { return p.m * tile / tiles; }
    fov_i64 tile(fov_i64 block) const { return tiles * block / m_blocks; }
    fov_i64 panel_of(fov_i64 block) const { return panels * block / n_blocks; }
    fov_i64 steps(fov_i64 k_index) const { return std::max<fov_i64>(0, std::min(k_block, p.k - k_index * k_block)); }
    fov_i64 pairs(fov_i64 k_index) const { return (steps(k_index) + 1) / 2; }
    fov_i64 all_pairs() const { return k_blocks * k_block / 2; }

    // Words of 4 bytes: what all share of one matrix, and what each thread has to itself.
    fov_i64 a_size() const { return aligned(p.m * all_pairs()); }
    fov_i64 b_size() const { return shares_b ? aligned(padded_n * all_pairs()) : 0; }
    fov_i64 wide() const { return ceil_div(panels, n_blocks) * panel; }
    fov_i64 unrounded_size() const { return aligned(std::max<fov_i64>(panel, kernels.rows) * k_block); }
    fov_i64 own_b_size() const { return shares_b ? 0 : aligned(wide() * k_block / 2); }
    fov_i64 sums_size() const { return aligned(ceil_div(tiles, m_blocks) * kernels.rows * wide()); }
    fov_i64 own_size() const { return unrounded_size() + own_b_size() + sums_size(); }

    int32_t *shared_a(fov_i64 matrix, fov_i64 k_index) const {
        return shared + matrix * (a_size() + b_size()) + p.m * (k_index * k_block / 2);
    }
    int32_t *shared_b(fov_i64 matrix, fov_i64 k_index) const {
        return shared + matrix * (a_size() + b_size()) + a_size() + padded_n * (k_index * k_block / 2);
    }
    int32_t *own_b(int thread) const { return own + thread * own_size() + unrounded_size(); }

    // `width` lanes of which `lanes` are there, k steps: rounded pairs.
    void pack(int32_t *to, const void *from, fov_i64 at, fov_i64 lane_stride, fov_i64 step_stride, fov_i64 lanes, fov_i64 width, fov_i64 k,
              int thread) const {
        auto *steps = reinterpret_cast<float *>(own + thread * own_size());
        if (p.operands == product::bf16) {
            const auto *x = static_cast<const bf16 *>(from) + at;
            for (fov_i64 s = 0; s < k; s++)
                for (fov_i64 i = 0; i < width; i++) steps[s * width + i] = i < lanes ? widen(x[i * lane_stride + s * step_stride]) : 0;
        } else {
            const auto *x = static_cast<const float *>(from) + at;
            const gemm_parts one = {lanes, k, width == lanes ? 1 : 0, panel};
            ctx.kernels->gemm_pack->parts(steps, x, lane_stride, step_stride, one);
        }
        kernels.round(to, steps, k, width);
    }

    void pack_tile(fov_i64 matrix, fov_i64 t, fov_i64 k_index, int thread) const {
        const fov_i64 first = row(t), rows = row(t + 1) - first;
        pack(shared_a(matrix, k_index) + first * pairs(k_index), a, matrix * p.a_batch + first * p.a_row + k_index * k_block * p.a_col,
             p.a_row, p.a_col, rows, rows, steps(k_index), thread);
    }

    void pack_panel(int32_t *to, fov_i64 matrix, fov_i64 q, fov_i64 k_index, int thread) const {
        const fov_i64 first = q * panel, columns = std::min(panel, p.n - first);
        pack(to, b, matrix * p.b_batch + first * p.b_col + k_index * k_block * p.b_row, p.b_col, p.b_row, columns,
             std::min(panel, padded_n - first), steps(k_index), thread);
    }

    void pack_shared() const {
        const fov_i64 parts = tiles + (shares_b ? panels : 0);
        const auto one = [&](fov_i64 t, int thread) {
            const fov_i64 matrix = t / (parts * k_blocks), k_index = t / parts % k_blocks, part = t % parts;
            if (part < tiles) return pack_tile(matrix, part, k_index, thread);
            const fov_i64 q = part - tiles;
            pack_panel(shared_b(matrix, k_index) + q * panel * pairs(k_index), matrix, q, k_index, thread);
        };
        const fov_i64 all = p.batch * parts * k_blocks;
        if (p.batch * (p.m + (shares_b ? p.n : 0)) * p.k >= 4 * elements_per_task) {
            parallel_tasks(ctx, all, one);
        } else {
            for (fov_i64 t = 0; t < all; t++) one(t, 0);
        }
    }

    void multiply(const pairs_block &g) const {
        const bool emulated = ctx.options[FOV_OPTION_PRECISION] == FOV_PRECISION_BF16_EMULATED;
        const auto dots = bf16_available() && !emulated ? ctx.kernels->gemm_bf16->multiply : nullptr;
        (dots ? dots : kernels.multiply)(g);
    }

    // C at (i, j) of a matrix from the sums of its block.
    void finish(fov_i64 matrix, fov_i64 i, fov_i64 j, fov_i64 rows, const pairs_block &g) const {
        float *to = c + matrix * p.c_batch + i * p.c_row + j * p.c_col;
        for (fov_i64 r = 0; r < rows; r++) {
            const float *sums = g.sums + r * g.row;
            for (fov_i64 q = 0; q < g.n; q++) {
                float &at = to[r * p.c_row + q * p.c_col];
                float v = p.alpha * sums[q];
                if (p.beta != 0) v += p.beta * at;
                if (bias) v += bias[p.bias_per_row ? i + r : j + q];
                at = p.relu && 0 > v ? 0 : v;
            }
        }
    }

    void compute(fov_i64 matrix, fov_i64 m_block, fov_i64 n_block, int thread) const {
        const fov_i64 i = row(tile(m_block)), first_panel = panel_of(n_block), end_panel = panel_of(n_block + 1), j = first_panel * panel;
        pairs_block g{};
        g.m = p.m;
        g.tiles = tiles;
        g.first = tile(m_block);
        g.end = tile(m_block + 1);
        g.n = std::min(p.n, end_panel * panel) - j;
        g.sums = reinterpret_cast<float *>(own_b(thread) + own_b_size());
        g.row = wide();
        for (fov_i64 k_index = 0; k_index < k_blocks; k_index++) {
            g.pairs = pairs(k_index);
            g.add = k_index > 0;
            g.a = shared_a(matrix, k_index) + i * g.pairs;
            g.b = shares_b ? shared_b(matrix, k_index) + j * g.pairs : own_b(thread);
            if (!shares_b)
                for (fov_i64 q = first_panel; q < end_panel; q++)
                    pack_panel(own_b(thread) + (q - first_panel) * panel * g.pairs, matrix, q, k_index, thread);
            multiply(g);
        }
        finish(matrix, i, j, row(g.end) - i, g);
    }

    void run() const {
        pack_shared();
        const fov_i64 blocks = m_blocks * n_blocks;
        parallel_tasks(ctx, p.batch * blocks,
                       [&](fov_i64 t, int thread) { compute(t / blocks, t % blocks / n_blocks, t % n_blocks, thread); });
    }
};

// Matrices of a batch that are computed together: as many as may be packed at one time.
fov_i64 together(const running &r) {
    return std::clamp<fov_i64>(packed_floats / std::max<fov_i64>(1, r.a_size() + r.b_size()), 1, r.p.batch);
}

}  // namespace

bool rounding_pays(const fov_ctx &ctx, const product &p) {
    if (!ctx.rounds()) return false;
    if (ctx.prefers("own:bf16")) return true;
    // Nanoseconds on one core with AVX-512: twice the speed, but every operand is read, rounded and written first.
    const double products = static_cast<double>(p.m) * p.n * p.k, rounded = static_cast<double>(p.m + p.n) * p.k;
    return products / 250 + 0.15 * rounded + 1000 < products / 125;
}

size_t gemm_bf16_workspace(const fov_ctx &ctx, const product &p) {
    const running r(ctx, p);
    return sizeof(int32_t) * (together(r) * (r.a_size() + r.b_size()) + ctx.threads() * r.own_size());
}

void gemm_bf16(const fov_ctx &ctx, const product &p, float *c, const void *a, const void *b, const float *bias, void *workspace) {
    const size_t element = p.operands == product::bf16 ? sizeof(bf16) : sizeof(float);
    const fov_i64 at_once = together(running(ctx, p));
    for (fov_i64 first = 0; first < p.batch; first += at_once) {
        product some = p;
        some.batch = std::min(at_once, p.batch - first);
        running r(ctx, some);
        r.c = c + first * p.c_batch;
        r.a = static_cast<const char *>(a) + first * p.a_batch * element;
        r.b = static_cast<const char *>(b) + first * p.b_batch * element;
        r.bias = bias;
        r.shared = static_cast<int32_t *>(workspace);
        r.own = r.shared + some.batch * (r.a_size() + r.b_size());
        r.run();
    }
}

}  // namespace fov
