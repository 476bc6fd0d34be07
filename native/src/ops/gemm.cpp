// Products of matrices with any strides and batch axes: axes that are more rows, more columns or a longer sum become just that.
#include "../gemm.h"

#include <algorithm>
#include <numeric>

#include "../error.h"

using namespace fov;

namespace {

struct axis {
    fov_i64 extent, a, b, c;
};

struct axes {
    axis list[FOV_MAX_RANK];
    int count = 0;

    void add(const axis &x) { list[count++] = x; }
    void remove(int i) {
        std::copy(list + i + 1, list + count, list + i);
        count--;
    }
};

// Whether two indices of a matrix meet in one place.
bool overlaps(fov_i64 rows, fov_i64 columns, fov_i64 row, fov_i64 col) {
    if (rows == 0 || columns == 0) return false;
    if (row == 0 || col == 0) return (rows > 1 && row == 0) || (columns > 1 && col == 0);
    const fov_i64 common = std::gcd(row, col);
    return col / common < rows && row / common < columns;
}

void check(const fov_gemm_attrs &g) {
    require(g.m >= 0 && g.n >= 0 && g.k >= 0, "gemm: a is [%lld, %lld] and b is [%lld, %lld]; no extent may be negative", g.m, g.k, g.k,
            g.n);
    require(g.a_row >= 0 && g.a_col >= 0 && g.b_row >= 0 && g.b_col >= 0 && g.c_row >= 0 && g.c_col >= 0,
            "gemm: a [%lld, %lld] has strides %lld and %lld, b [%lld, %lld] %lld and %lld, c %lld and %lld; none may be negative", g.m, g.k,
            g.a_row, g.a_col, g.k, g.n, g.b_row, g.b_col, g.c_row, g.c_col);
    require(!overlaps(g.m, g.n, g.c_row, g.c_col), "gemm: c [%lld, %lld] with strides %lld and %lld would hold two results in one place",
            g.m, g.n, g.c_row, g.c_col);
    require(g.type == FOV_F32 || g.type == FOV_BF16, "gemm: element type %d is neither FOV_F32 nor FOV_BF16", g.type);
    require(g.bias >= FOV_BIAS_NONE && g.bias <= FOV_BIAS_PER_ROW, "gemm: bias %d is unknown", g.bias);
    require(g.activation == FOV_ACTIVATION_NONE || g.activation == FOV_ACTIVATION_RELU, "gemm: activation %d is unknown", g.activation);
    require(g.batch_rank >= 0 && g.batch_rank <= FOV_MAX_RANK, "gemm: %d batch axes are not 0 to %d", g.batch_rank, FOV_MAX_RANK);
    for (int i = 0; i < g.batch_rank; i++)
        require(g.batch[i] >= 0 && g.a_batch[i] >= 0 && g.b_batch[i] >= 0 && g.c_batch[i] >= 0,
                "gemm: batch axis %d has extent %lld and strides %lld, %lld, %lld; none may be negative", i, g.batch[i], g.a_batch[i],
                g.b_batch[i], g.c_batch[i]);
}

// Folds the axis into a dimension of the product where both are one sequence in memory.
bool folds(product &p, const axis &x, int32_t bias) {
    if (x.b == 0 && x.a == p.m * p.a_row && x.c == p.m * p.c_row && bias != FOV_BIAS_PER_ROW) {
        p.m *= x.extent;
    } else if (x.a == 0 && x.b == p.n * p.b_col && x.c == p.n * p.c_col && bias != FOV_BIAS_PER_COLUMN) {
        p.n *= x.extent;
    } else if (x.c == 0 && x.a == p.k * p.a_col && x.b == p.k * p.b_row) {
        p.k *= x.extent;
    } else {
        return false;
    }
    return true;
}

struct running {
    fov_ctx &ctx;
    product p;
    gemm_plan plan;
    axes loops;
    float *c;
    const char *a, *b;
    const float *bias;
    void *workspace;
    fov_i64 element;  // bytes of one of a or b

    // All products of the axes from `level` on; C holds a sum already where `begun`.
    void run(int level, fov_i64 c_offset, fov_i64 a_offset, fov_i64 b_offset, bool begun, bool ends) const {
        if (level == loops.count) {
            product q = p;
            if (begun) q.beta = 1;
            if (!ends) q.relu = false;
            float *to = c + c_offset;
            const auto *from_a = reinterpret_cast<const float *>(a + a_offset * element);
            const auto *from_b = reinterpret_cast<const float *>(b + b_offset * element);
            const float *shift = ends ? bias : nullptr;
            if (!gemm_onednn(ctx, q, plan, to, from_a, from_b, shift)) gemm(ctx, q, plan, to, from_a, from_b, shift, workspace);
            return;
        }
        const axis &x = loops.list[level];
        for (fov_i64 i = 0; i < x.extent; i++)
            run(level + 1, c_offset + i * x.c, a_offset + i * x.a, b_offset + i * x.b, begun || (x.c == 0 && i > 0),
                ends && (x.c != 0 || i == x.extent - 1));
    }
};

// What the attributes ask for: one product for every index of the loops. False where there is nothing to do.
bool prepare(const fov_ctx &ctx, const fov_gemm_attrs &g, product &p, axes &loops) {
    check(g);
    p.operands = g.type == FOV_BF16 ? product::bf16 : ctx.rounds() ? product::roundable : product::exact;
    p.m = g.m, p.n = g.n, p.k = g.k;
    p.a_row = g.a_row, p.a_col = g.a_col, p.b_row = g.b_row, p.b_col = g.b_col, p.c_row = g.c_row, p.c_col = g.c_col;
    p.alpha = g.alpha, p.beta = g.beta;
    p.bias_per_row = g.bias == FOV_BIAS_PER_ROW;
    p.relu = g.activation == FOV_ACTIVATION_RELU;
    // Innermost first: what an axis folds into depends on those inside it.
    for (int i = g.batch_rank - 1; i >= 0; i--) {
        const axis x = {g.batch[i], g.a_batch[i], g.b_batch[i], g.c_batch[i]};
        if (x.extent == 0 && x.c != 0) return false;
        if (x.extent == 0) {
            p.k = 0;
        } else if (x.extent > 1 && !folds(p, x, g.bias)) {
            loops.add(x);
        }
    }
    if (p.m == 0 || p.n == 0) return false;
    // The longest axis of independent products goes to the threads.
    int longest = -1;
    for (int i = 0; i < loops.count; i++)
        if (loops.list[i].c != 0 && (longest < 0 || loops.list[i].extent > loops.list[longest].extent)) longest = i;
    if (longest >= 0) {
        const axis x = loops.list[longest];
        p.batch = x.extent, p.a_batch = x.a, p.b_batch = x.b, p.c_batch = x.c;
        loops.remove(longest);
    }
    return true;
}

}  // namespace

extern "C" {

fov_status fov_gemm(fov_ctx *ctx, float *c, const void *a, const void *b, const float *bias, const fov_gemm_attrs *attrs) {
    return guarded(ctx, [&] {
        require(attrs && c && a && b, "gemm: an argument is null");
        const fov_gemm_attrs &g = *attrs;
        product p;
        axes loops;
        const bool computes = prepare(*ctx, g, p, loops);
        require((g.bias == FOV_BIAS_NONE) == !bias, "gemm: the bias is %s, but its attribute says %d", bias ? "there" : "null", g.bias);
        if (!computes) return;
        const gemm_plan plan = plan_gemm(*ctx, p);
        void *workspace = ctx->scratch.reserve(gemm_workspace(p, plan, *ctx));
        running{*ctx,
                p,
                plan,
                loops,
                c,
                static_cast<const char *>(a),
                static_cast<const char *>(b),
                bias,
                workspace,
                g.type == FOV_BF16 ? 2 : 4}
            .run(0, 0, 0, 0, false, true);
    });
}

const char *fov_gemm_implementation(fov_ctx *ctx, const fov_gemm_attrs *attrs) {
    const char *name = "own";
    if (ctx && attrs)
        guarded(ctx, [&] {
            product p;
            axes loops;
            if (prepare(*ctx, *attrs, p, loops)) name = gemm_implementation(*ctx, p, plan_gemm(*ctx, p));
        });
    return name;
}
}
