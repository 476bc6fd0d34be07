#include "pool.h"

#include "../kernels/lrn.h"
#include "lrn_onednn.h"

using namespace fov;

namespace {

// Images, or batch blocks, in stretches of positions; each stretch holds all channels.
struct work {
    fov_ctx *ctx;
    extents e;
    int32_t layout;
    lrn_params p;
    fov_i64 images, positions, length, stretches, scratch;

    work(fov_ctx *context, const fov_lrn &a) : ctx(context), e(a.x), layout(a.layout), p{a.size, a.alpha / a.size, a.beta, a.k} {
        require(a.x.rank >= 2, "lrn: x has %d dimensions; it needs n and c", a.x.rank);
        require(layout >= FOV_PLAIN && layout <= FOV_N16, "lrn: layout %d is unknown", layout);
        require(a.size >= 1, "lrn: a window of %d channels", a.size);
        images = layout == FOV_N16 ? e.batch_blocks() : e.n;
        positions = layout == FOV_N16 ? e.s * 16 : e.s;
        length = std::max<fov_i64>(64, elements_per_task / e.c / 16 * 16);
        stretches = (positions + length - 1) / length;
        scratch = layout == FOV_C16 ? 48 * lrn_line(e.channel_blocks(), p.size) : 32 * (e.c + p.size);
    }

    // kernel(offset, blocks or channels, distance between them, positions, scratch)
    template <class F>
    void each(F kernel) const {
        auto *memory = static_cast<float *>(ctx->scratch.reserve(ctx->threads() * scratch * sizeof(float)));
        const bool blocked = layout == FOV_C16;
        const fov_i64 width = blocked ? 16 : 1, stride = positions * width, many = blocked ? e.channel_blocks() : e.c;
        parallel_tasks(*ctx, images * stretches, [&](fov_i64 task, int thread) {
            const fov_i64 first = task % stretches * length, n = std::min(length, positions - first);
            kernel(task / stretches * many * stride + first * width, many, stride, n, memory + thread * scratch);
        });
    }
};

template <class F>
void pass(const fov_pool &p, F f) {
    parallel_ranges(*p.ctx, p.x.elements(p.layout), f);
}

lrn_params within(const fov_pool &p, float alpha, float beta, float k) {
    require(p.g.in == p.g.out, "lrn_within: windows of stride 1 give one sum per position, not %lld for %lld", p.g.out, p.g.in);
    return {1, alpha / (static_cast<float>(p.g.z.taps) * static_cast<float>(p.g.y.taps) * static_cast<float>(p.g.x.taps)), beta, k};
}

void check(fov_status status) {
    if (status != FOV_OK) throw failure(status, "lrn_within: the sums of the windows failed");
}

}  // namespace

extern "C" {

fov_i64 fov_lrn_workspace_bytes(fov_ctx *ctx, const fov_lrn *attrs) {
    fov_i64 bytes = 0;
    guarded(ctx, [&] {
        if (const auto pass = lrn_onednn(*ctx, *attrs, false)) bytes = pass->bytes(DNNL_ARG_WORKSPACE);
    });
    return bytes;
}

const char *fov_lrn_implementation(fov_ctx *ctx, const fov_lrn *attrs, int32_t pass) {
    return implementation_name(ctx, [&] { return lrn_onednn(*ctx, *attrs, pass != FOV_CONV_FORWARD); });
}

fov_status fov_lrn_forward(fov_ctx *ctx, const fov_lrn *attrs, float *y, void *workspace, const float *x) {
    return guarded(ctx, [&] {
        const work w(ctx, *attrs);
        if (const auto pass = lrn_onednn(*ctx, *attrs, false)) {
            pass->run(*ctx, 0, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}, {DNNL_ARG_WORKSPACE, workspace}});
            return;
        }
        const lrn_kernels &k = *ctx->kernels->lrn;
        w.each([&](fov_i64 at, fov_i64 many, fov_i64 stride, fov_i64 n, float *scratch) {
            (w.layout == FOV_C16 ? k.blocked_forward : k.strided_forward)(y + at, x + at, scratch, many, stride, n, w.p);
        });
    });
}

fov_status fov_lrn_backward(fov_ctx *ctx, const fov_lrn *attrs, float *dx, const float *dy, const float *x, const void *workspace) {
    return guarded(ctx, [&] {
        const work w(ctx, *attrs);
        if (const auto pass = lrn_onednn(*ctx, *attrs, true)) {
            require(workspace || !pass->bytes(DNNL_ARG_WORKSPACE), "lrn: the workspace of the forward pass is null");
            pass->run(*ctx, 0, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, dx}, {DNNL_ARG_WORKSPACE, workspace}});
            return;
        }
        const lrn_kernels &k = *ctx->kernels->lrn;
        w.each([&](fov_i64 at, fov_i64 many, fov_i64 stride, fov_i64 n, float *scratch) {
            (w.layout == FOV_C16 ? k.blocked_backward : k.strided_backward)(dx + at, dy + at, x + at, scratch, many, stride, n, w.p);
        });
    });
}

fov_status fov_lrn_within_forward(fov_pool *pool, float *y, const float *x, float *workspace, float alpha, float beta, float k) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        const lrn_params params = within(p, alpha, beta, k);
        const lrn_kernels &kernels = *p.ctx->kernels->lrn;
        float *squares = workspace, *sums = squares + p.x.elements(p.layout);
        pass(p, [=, &kernels](fov_i64 b, fov_i64 e) { kernels.square(squares, x, b, e); });
        check(fov_avg_pool_forward(pool, sums, squares));
        pass(p, [=, &kernels](fov_i64 b, fov_i64 e) { kernels.scale(y, x, sums, params, b, e); });
    });
}

fov_status fov_lrn_within_backward(fov_pool *pool, float *dx, const float *dy, const float *x, float *workspace, float alpha, float beta,
                                   float k) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        const lrn_params params = within(p, alpha, beta, k);
        const lrn_kernels &kernels = *p.ctx->kernels->lrn;
        const fov_i64 n = p.x.elements(p.layout);
        float *squares = workspace, *sums = squares + n, *ratios = squares, *spread = sums + n;
        pass(p, [=, &kernels](fov_i64 b, fov_i64 e) { kernels.square(squares, x, b, e); });
        check(fov_avg_pool_forward(pool, sums, squares));
        pass(p, [=, &kernels](fov_i64 b, fov_i64 e) { kernels.ratio(ratios, dy, x, sums, params, b, e); });
        check(fov_avg_pool_backward(pool, spread, ratios));
        pass(p, [=, &kernels](fov_i64 b, fov_i64 e) { kernels.grad(dx, dy, x, sums, spread, params, b, e); });
    });
}
}
