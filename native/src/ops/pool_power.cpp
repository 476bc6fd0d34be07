#include "../kernels/pool_max.h"
#include "pool.h"

using namespace fov;

extern "C" {

fov_status fov_lp_pool_forward(fov_pool *pool, float *y, const float *x, float power) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        const auto kernel = p.ctx->kernels->pool_power->norm_forward;
        pool_forward(p, y, nullptr, x, nullptr, [&](float *yb, float *, const float *xb, const float *, row_range r, fov_i64) {
            kernel(yb, xb, power, p.g, r.begin, r.end);
        });
    });
}

fov_status fov_lp_pool_backward(fov_pool *pool, float *dx, const float *dy, const float *x, const float *y, float *workspace, float power) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        const pool_power_kernels &k = *p.ctx->kernels->pool_power;
        const fov_i64 outputs = p.layout == FOV_PLAIN ? p.x.n * p.x.c * p.g.out : p.blocks() * 16 * p.g.out;
        parallel_ranges(*p.ctx, outputs, [=, &k](fov_i64 begin, fov_i64 end) { k.norm_share(workspace, dy, y, power, begin, end); });
        pool_backward(p, dx, workspace, nullptr, nullptr, x,
                      [&](float *db, const float *wb, const float *, const float *, const float *xb, row_range r, fov_i64) {
                          k.norm_backward(db, wb, xb, power, p.g, r.begin, r.end);
                      });
    });
}

fov_status fov_sample_pool_forward(fov_pool *pool, float *y, void *offsets, const float *x, const float *uniform) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        const int kind = offsets ? p.offset_kind() : OFFSETS_NONE;
        const auto kernel = p.ctx->kernels->pool_power->sample;
        pool_forward(p, y, nullptr, x, uniform, [&](float *yb, float *, const float *xb, const float *ub, row_range r, fov_i64 block) {
            auto *ob = static_cast<uint8_t *>(offsets) + (offsets ? block * 16 * p.g.out * kind : 0);
            kernel(yb, ob, kind, xb, ub, p.g, r.begin, r.end);
        });
    });
}

fov_status fov_expected_pool_forward(fov_pool *pool, float *y, float *sums, const float *x) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        const auto kernel = p.ctx->kernels->pool_power->expected_forward;
        pool_forward(p, y, sums, x, nullptr, [&](float *yb, float *sb, const float *xb, const float *, row_range r, fov_i64) {
            kernel(yb, sb, xb, p.g, r.begin, r.end);
        });
    });
}

fov_status fov_expected_pool_backward(fov_pool *pool, float *dx, const float *dy, const float *x, const float *y, const float *sums) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        const auto kernel = p.ctx->kernels->pool_power->expected_backward;
        pool_backward(p, dx, dy, y, sums, x,
                      [&](float *db, const float *gb, const float *yb, const float *sb, const float *xb, row_range r, fov_i64) {
                          kernel(db, gb, yb, sb, xb, p.g, r.begin, r.end);
                      });
    });
}
}
