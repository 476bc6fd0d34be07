#include "pool.h"

using namespace fov;

namespace {

// 1 / divisor where all of a plane is one window, else 0.
float global_weight(const fov_pool &p) {
    return p.global() ? static_cast<float>(1 / (static_cast<double>(p.g.z.count[0]) * p.g.y.count[0] * p.g.x.count[0])) : 0;
}

// The numbers of a block's channels, zero in padding lanes.
struct lane_numbers {
    float v[16];
    lane_numbers(const fov_pool &p, fov_i64 block, const float *by_channel) {
        for (int l = 0; l < 16; l++) v[l] = l < p.lanes(block) ? by_channel[p.channel(block, l)] : 0;
    }
};

}  // namespace

extern "C" {

fov_status fov_avg_pool_forward(fov_pool *pool, float *y, const float *x) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        if (const auto &pass = p.by_onednn[0]) {
            pass->run(*p.ctx, 0, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}});
            return;
        }
        const pool_avg_kernels &k = *p.ctx->kernels->pool_avg;
        if (const float weight = global_weight(p); weight != 0 && p.layout == FOV_PLAIN) {
            over_planes(p, [&](fov_i64 i) { y[i] = k.total(x + i * p.g.in, weight, p.g.in); });
        } else if (weight != 0) {
            over_planes(p, [&](fov_i64 i) { k.total_lanes(y + i * 16, x + i * p.g.in * 16, weight, p.g.in); });
        } else {
            const pool_geometry g = p.writing(y, p.g.out);
            pool_forward(p, y, nullptr, x, nullptr, [&](float *yb, float *, const float *xb, const float *, row_range r, fov_i64) {
                k.forward(yb, xb, g, r.begin, r.end);
            });
        }
    });
}

fov_status fov_avg_pool_backward(fov_pool *pool, float *dx, const float *dy) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        if (const auto &pass = p.by_onednn[1]) {
            pass->run(*p.ctx, 0, {{DNNL_ARG_DIFF_SRC, dx}, {DNNL_ARG_DIFF_DST, dy}});
            return;
        }
        const pool_avg_kernels &k = *p.ctx->kernels->pool_avg;
        if (const float weight = global_weight(p); weight != 0 && p.layout == FOV_PLAIN) {
            over_planes(p, [&](fov_i64 i) { k.spread(dx + i * p.g.in, dy[i], weight, p.g.in); });
        } else if (weight != 0) {
            over_planes(p, [&](fov_i64 i) { k.spread_lanes(dx + i * p.g.in * 16, dy + i * 16, weight, p.g.in); });
        } else {
            const pool_geometry g = p.writing(dx, p.g.in);
            pool_backward(p, dx, dy, nullptr, nullptr, nullptr,
                          [&](float *db, const float *yb, const float *, const float *, const float *, row_range r, fov_i64) {
                              k.backward(db, yb, g, r.begin, r.end);
                          });
        }
    });
}

fov_status fov_subsample_forward(fov_pool *pool, float *y, float *sums, const float *x, const float *coefficient, const float *bias) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        const auto kernel = p.ctx->kernels->pool_avg->scaled_forward;
        pool_forward(p, y, sums, x, nullptr, [&](float *yb, float *sb, const float *xb, const float *, row_range r, fov_i64 block) {
            kernel(yb, sb, xb, lane_numbers(p, block, coefficient).v, lane_numbers(p, block, bias).v, p.g, r.begin, r.end);
        });
    });
}

fov_status fov_subsample_backward(fov_pool *pool, float *dx, const float *dy, const float *coefficient) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        const auto kernel = p.ctx->kernels->pool_avg->scaled_backward;
        pool_backward(p, dx, dy, nullptr, nullptr, nullptr,
                      [&](float *db, const float *yb, const float *, const float *, const float *, row_range r, fov_i64 block) {
                          kernel(db, yb, lane_numbers(p, block, coefficient).v, p.g, r.begin, r.end);
                      });
    });
}
}
