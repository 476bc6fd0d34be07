#include <cmath>

#include "norm.h"
#include "norm_onednn.h"

using namespace fov;

namespace {

// A unit is a group of rows, a chunk some columns of them. The groups are few, since each keeps sums for all weights.
struct work {
    fov_i64 rows, n, together, units, chunks;

    work(fov_i64 row_count, fov_i64 length) : rows(row_count), n(length) {
        require(rows >= 1 && n >= 1, "layer_norm: %lld rows of %lld elements", rows, n);
        together = std::max((elements_per_task + n - 1) / n, (rows + 63) / 64);
        units = (rows + together - 1) / together;
        chunks = (n + chunk_elements - 1) / chunk_elements;
    }

    fov_i64 columns(fov_i64 chunk) const { return std::min(chunk_elements, n - chunk * chunk_elements); }
    // f(row, its offset, its place among the partial results)
    template <class F>
    void each(fov_i64 unit, fov_i64 chunk, F f) const {
        for (fov_i64 row = unit * together; row < std::min(rows, (unit + 1) * together); row++)
            f(row, row * n + chunk * chunk_elements, row * chunks + chunk);
    }
};

}  // namespace

extern "C" {

fov_status fov_layer_norm_forward(fov_ctx *ctx, float *y, float *stats, const float *x, const float *gamma, const float *beta, fov_i64 rows,
                                  fov_i64 n, float epsilon) {
    return guarded(ctx, [&] {
        const work w(rows, n);
        const auto measure_run = ctx->kernels->norm->stats_run;
        const auto apply_row = ctx->kernels->norm_rows->apply;
        if (const auto pass = layer_norm_onednn(*ctx, rows, n, epsilon, gamma, false)) {
            norm_forward_onednn(*ctx, *pass, rows, epsilon, nullptr, {y, stats, x, gamma, beta});
            return;
        }
        const fov_i64 partial = rows * w.chunks;
        const fov_i64 bytes = 2 * partial * sizeof(double) + 2 * rows * sizeof(float) + 64 * 4;
        pieces scratch{static_cast<char *>(ctx->scratch.reserve(bytes))};
        double *means = scratch.take<double>(partial), *m2s = scratch.take<double>(partial);
        float *mean = scratch.take<float>(rows), *rstd = scratch.take<float>(rows);

        const auto measure = [&](fov_i64 unit, fov_i64 chunk) {
            w.each(unit, chunk, [&](fov_i64, fov_i64 offset, fov_i64 at) {
                measure_run(means + at, m2s + at, x + offset, {1, 0, w.columns(chunk), 1, 16});
            });
        };
        const auto settle = [&](fov_i64 unit) {
            w.each(unit, 0, [&](fov_i64 row, fov_i64, fov_i64 at) {
                double average = 0, squares = 0;
                for (fov_i64 c = 0; c < w.chunks; c++) average += means[at + c] * w.columns(c) / n;
                for (fov_i64 c = 0; c < w.chunks; c++) {
                    const double apart = means[at + c] - average;
                    squares += m2s[at + c] + w.columns(c) * apart * apart;
                }
                mean[row] = static_cast<float>(average);
                rstd[row] = static_cast<float>(1 / std::sqrt(squares / n + epsilon));
                if (stats) {
                    stats[row] = mean[row];
                    stats[rows + row] = rstd[row];
                }
            });
        };
        const auto apply = [&](fov_i64 unit, fov_i64 chunk) {
            const fov_i64 column = chunk * chunk_elements;
            w.each(unit, chunk, [&](fov_i64 row, fov_i64 offset, fov_i64) {
                apply_row(y + offset, x + offset, gamma ? gamma + column : nullptr, beta ? beta + column : nullptr, mean[row], rstd[row],
                          w.columns(chunk));
            });
        };
        two_passes(*ctx, w.units, w.chunks, w.together * n, measure, settle, apply);
    });
}

fov_status fov_layer_norm_backward(fov_ctx *ctx, float *dx, float *dgamma, float *dbeta, const float *dy, const float *x,
                                   const float *gamma, const float *stats, fov_i64 rows, fov_i64 n) {
    return guarded(ctx, [&] {
        const work w(rows, n);
        const norm_rows_kernels &k = *ctx->kernels->norm_rows;
        const float *mean = stats, *rstd = stats + rows;
        if (const auto pass = layer_norm_onednn(*ctx, rows, n, 0, gamma, true)) {
            norm_backward_onednn(*ctx, *pass, rows, {dx, dgamma, dbeta, dy, x, gamma, stats});
            return;
        }
        const fov_i64 partial = rows * w.chunks, sums = w.units * n;
        const fov_i64 bytes = 2 * partial * sizeof(double) + 2 * (rows + sums) * sizeof(float) + 64 * 6;
        pieces scratch{static_cast<char *>(ctx->scratch.reserve(bytes))};
        double *dzs = scratch.take<double>(partial), *dzxs = scratch.take<double>(partial);
        float *b = scratch.take<float>(rows), *c = scratch.take<float>(rows);
        float *gammas = dgamma ? scratch.take<float>(sums) : nullptr, *betas = dbeta ? scratch.take<float>(sums) : nullptr;

        const auto reduce = [&](fov_i64 unit, fov_i64 chunk) {
            const fov_i64 column = chunk * chunk_elements, columns = w.columns(chunk), own = unit * n + column;
            if (gammas) std::fill(gammas + own, gammas + own + columns, 0.0f);
            if (betas) std::fill(betas + own, betas + own + columns, 0.0f);
            w.each(unit, chunk, [&](fov_i64 row, fov_i64 offset, fov_i64 at) {
                k.reduce(dzs + at, dzxs + at, gammas ? gammas + own : nullptr, betas ? betas + own : nullptr, dy + offset, x + offset,
                         gamma ? gamma + column : nullptr, mean[row], rstd[row], columns);
            });
        };
        const auto settle = [&](fov_i64 unit) {
            w.each(unit, 0, [&](fov_i64 row, fov_i64, fov_i64 at) {
                double dz = 0, dzx = 0;
                for (fov_i64 i = 0; i < w.chunks; i++) {
                    dz += dzs[at + i];
                    dzx += dzxs[at + i];
                }
                const double r = rstd[row];
                b[row] = static_cast<float>(-r * r * r * dzx / n);
                c[row] = static_cast<float>(-r * dz / n);
            });
        };
        const auto grad = [&](fov_i64 unit, fov_i64 chunk) {
            if (!dx) return;
            w.each(unit, chunk, [&](fov_i64 row, fov_i64 offset, fov_i64) {
                k.grad(dx + offset, dy + offset, x + offset, gamma ? gamma + chunk * chunk_elements : nullptr, mean[row], rstd[row], b[row],
                       c[row], w.columns(chunk));
            });
        };
        two_passes(*ctx, w.units, w.chunks, w.together * n, reduce, settle, grad);
        const auto join = [&](float *total, const float *parts) {
            if (!total) return;
            parallel_ranges(*ctx, n, [=](fov_i64 begin, fov_i64 end) {
                for (fov_i64 i = begin; i < end; i++) {
                    double s = 0;
                    for (fov_i64 u = 0; u < w.units; u++) s += parts[u * n + i];
                    total[i] = static_cast<float>(s);
                }
            });
        };
        join(dgamma, gammas);
        join(dbeta, betas);
    });
}

const char *fov_layer_norm_implementation(fov_ctx *ctx, fov_i64 rows, fov_i64 n, float epsilon, int32_t affine, int32_t pass) {
    return implementation_name(ctx, [&] { return layer_norm_onednn(*ctx, rows, n, epsilon, affine, pass != FOV_CONV_FORWARD); });
}
}
