#include <cmath>

#include "norm.h"
#include "norm_onednn.h"

using namespace fov;

namespace {

// A unit is 16 channels (C16, and plain without spatial axes), or one channel.
struct work {
    fov_ctx *ctx;
    extents e;
    int32_t layout;
    bool run;
    fov_i64 units;
    norm_chunks chunks;

    work(fov_ctx *context, const fov_shape &shape, int32_t l)
        : ctx(context),
          e(shape),
          layout(l),
          run(l == FOV_PLAIN && e.s > 1),
          units(l == FOV_N16 || run ? e.c : e.channel_blocks()),
          chunks(cut(e, l, run)) {
        require(shape.rank >= 2, "batch_norm: x has %d dimensions; it needs n and c", shape.rank);
        require(l >= FOV_PLAIN && l <= FOV_N16, "batch_norm: layout %d is unknown", l);
    }

    static norm_chunks cut(const extents &e, int32_t layout, bool run) {
        if (layout == FOV_C16) return {e.n, e.channel_blocks() * e.s * 16, e.s, 16, false, false};
        if (layout == FOV_N16) return {e.batch_blocks(), e.c * e.s * 16, e.s, 16, false, e.n % 16 != 0};
        return run ? norm_chunks{e.n, e.c * e.s, e.s, 1, true, false} : norm_chunks{1, 0, e.n, e.c, false, false};
    }

    fov_i64 unit_elements() const { return e.n * e.s * (by_channel() ? 1 : 16); }
    bool by_channel() const { return layout == FOV_N16 || run; }
    fov_i64 channel(fov_i64 unit) const { return by_channel() ? unit : unit * 16; }
    // Channels of a unit; for N16 the images of a chunk.
    int channels(fov_i64 unit) const { return by_channel() ? 1 : static_cast<int>(std::min<fov_i64>(16, e.c - unit * 16)); }
    int images(fov_i64 first_segment) const { return static_cast<int>(std::min<fov_i64>(16, e.n - first_segment * 16)); }

    norm_chunks::chunk chunk(fov_i64 unit, fov_i64 i) const {
        norm_chunks::chunk c = chunks.at(i, layout == FOV_PLAIN && !run ? channels(unit) : 16);
        c.offset += layout == FOV_PLAIN ? unit * (run ? e.s : 16) : unit * e.s * 16;
        return c;
    }
    // Numbers that a chunk hands to its unit: one, or one per lane.
    int lanes() const { return run ? 1 : 16; }
};

// The parameters of a chunk as the kernels want them: one for a run, else 16, zero in padding lanes so that these stay zero.
struct parameters {
    float values[6][16];
    norm_apply apply{values[0], values[1], values[2]};
    norm_grad grad{values[3], values[4], values[5]};

    // tables [count][stride]: numbers by channel
    parameters(const work &w, fov_i64 unit, const norm_chunks::chunk &c, const float *tables, fov_i64 stride, int count) {
        const int lanes = w.layout == FOV_N16 ? w.images(c.first_segment) : w.channels(unit);
        for (int t = 0; t < count; t++) {
            const float *from = tables + t * stride + w.channel(unit);
            for (int l = 0; l < 16; l++) values[t][l] = l >= lanes ? 0 : w.layout == FOV_N16 ? from[0] : from[l];
        }
    }
};

// The statistics of a unit's channels from those of its chunks, joined in double and in order.
struct unit_stats {
    double n = 0, mean[16] = {}, m2[16] = {};

    unit_stats(const work &w, fov_i64 unit, const double *means, const double *m2s, bool training) {
        if (!training) return;
        const bool by_image = w.layout == FOV_N16;
        const auto each = [&](auto f) {
            for (fov_i64 i = 0; i < w.chunks.count; i++) {
                const auto c = w.chunk(unit, i);
                const double rows = static_cast<double>(c.rows());
                const fov_i64 at = (unit * w.chunks.count + i) * w.lanes();
                const int lanes = by_image ? w.images(c.first_segment) : w.channels(unit);
                for (int l = 0; l < lanes; l++) f(by_image ? 0 : l, at + l, rows);
                n += by_image ? rows * lanes : rows;
            }
        };
        each([&](int l, fov_i64 at, double rows) { mean[l] += rows * means[at]; });
        for (double &m : mean) m /= n;
        const double all = n;
        each([&](int l, fov_i64 at, double rows) { m2[l] += m2s[at] + rows * (means[at] - mean[l]) * (means[at] - mean[l]); });
        n = all;
    }
};

float scale_of(const float *gamma, fov_i64 c, float rstd) { return (gamma ? gamma[c] : 1) * rstd; }

// [3][padded]: mean, scale and shift by channel.
void fill_tables(float *tables, fov_i64 padded, const extents &e, const float *stats, const float *gamma, const float *beta) {
    for (fov_i64 ch = 0; ch < e.c; ch++) {
        tables[ch] = stats[ch];
        tables[padded + ch] = scale_of(gamma, ch, stats[e.c + ch]);
        tables[2 * padded + ch] = beta ? beta[ch] : 0;
    }
}

// What forward does with the tables.
struct normalize {
    const work &w;
    float *y;
    const float *x, *r, *tables;
    fov_i64 padded;
    bool relu, stream;

    void operator()(fov_i64 unit, fov_i64 i) const {
        const norm_kernels &k = *w.ctx->kernels->norm;
        auto c = w.chunk(unit, i);
        c.span.stream = stream;
        const parameters p(w, unit, c, tables, padded, 3);
        (w.run ? k.apply_run : k.apply_lanes)(y + c.offset, x + c.offset, r ? r + c.offset : nullptr, p.apply, relu, c.span);
    }
};

}  // namespace

extern "C" {

fov_status fov_batch_norm_forward(fov_ctx *ctx, const fov_batch_norm *attrs, float *y, float *stats, float *running_mean,
                                  float *running_variance, const float *x, const float *gamma, const float *beta, const float *r) {
    return guarded(ctx, [&] {
        const work w(ctx, attrs->x, attrs->layout);
        const norm_kernels &k = *ctx->kernels->norm;
        const fov_i64 padded = w.e.channel_blocks() * 16, partial = w.units * w.chunks.count * w.lanes();
        require(attrs->training || (running_mean && running_variance), "batch_norm: without training it needs running statistics");
        const double samples = static_cast<double>(w.e.n) * w.e.s;
        const auto learn = [&](fov_i64 ch, double mean, double m2) {
            const double m = attrs->momentum, unbiased = m2 / std::max(1.0, samples - 1);
            running_mean[ch] = static_cast<float>((1 - m) * running_mean[ch] + m * mean);
            running_variance[ch] = static_cast<float>((1 - m) * running_variance[ch] + m * unbiased);
        };
        if (const auto pass = r ? nullptr : batch_norm_onednn(*ctx, *attrs, gamma, false)) {
            const norm_statistics fixed{running_mean, running_variance};
            const auto used =
                norm_forward_onednn(*ctx, *pass, w.e.c, attrs->epsilon, attrs->training ? nullptr : &fixed, {y, stats, x, gamma, beta});
            for (fov_i64 ch = 0; attrs->training && running_mean && ch < w.e.c; ch++) learn(ch, used.mean[ch], used.variance[ch] * samples);
            return;
        }
        pieces scratch{static_cast<char *>(ctx->scratch.reserve(2 * partial * sizeof(double) + 3 * padded * sizeof(float) + 256))};
        double *means = scratch.take<double>(partial), *m2s = scratch.take<double>(partial);
        float *tables = scratch.take<float>(3 * padded);

        const auto measure = [&](fov_i64 unit, fov_i64 i) {
            if (!attrs->training) return;
            const auto c = w.chunk(unit, i);
            const fov_i64 at = (unit * w.chunks.count + i) * w.lanes();
            (w.run ? k.stats_run : k.stats_lanes)(means + at, m2s + at, x + c.offset, c.span);
        };
        const auto settle = [&](fov_i64 unit) {
            const unit_stats all(w, unit, means, m2s, attrs->training);
            for (int l = 0; l < w.channels(unit); l++) {
                const fov_i64 ch = w.channel(unit) + l;
                double mean = all.mean[l], variance = all.m2[l] / all.n;
                if (!attrs->training) {
                    mean = running_mean[ch];
                    variance = running_variance[ch];
                } else if (running_mean) {
                    learn(ch, mean, all.m2[l]);
                }
                const float rstd = static_cast<float>(1 / std::sqrt(variance + attrs->epsilon));
                tables[ch] = static_cast<float>(mean);
                tables[padded + ch] = scale_of(gamma, ch, rstd);
                tables[2 * padded + ch] = beta ? beta[ch] : 0;
                if (stats) {
                    stats[ch] = static_cast<float>(mean);
                    stats[w.e.c + ch] = rstd;
                }
            }
        };
        const normalize apply{w, y, x, r, tables, padded, attrs->relu != 0, outgrows_caches(y, w.layout, w.e)};
        two_passes(*ctx, w.units, w.chunks.count, w.unit_elements(), measure, settle, apply);
    });
}

fov_status fov_batch_norm_again(fov_ctx *ctx, const fov_batch_norm *attrs, float *y, const float *stats, const float *x, const float *gamma,
                                const float *beta, const float *r) {
    return guarded(ctx, [&] {
        const work w(ctx, attrs->x, attrs->layout);
        require(y && stats && x, "batch_norm: a pointer is null");
        const fov_i64 padded = w.e.channel_blocks() * 16, chunks = w.chunks.count;
        float *tables = static_cast<float *>(ctx->scratch.reserve(3 * padded * sizeof(float)));
        fill_tables(tables, padded, w.e, stats, gamma, beta);
        const normalize apply{w, y, x, r, tables, padded, attrs->relu != 0, outgrows_caches(y, w.layout, w.e)};
        parallel_ranges(
            *ctx, w.units * chunks,
            [&](fov_i64 begin, fov_i64 end) {
                for (fov_i64 i = begin; i < end; i++) apply(i / chunks, i % chunks);
            },
            std::max<fov_i64>(1, elements_per_task * chunks / w.unit_elements()));
    });
}

fov_status fov_batch_norm_backward(fov_ctx *ctx, const fov_batch_norm *attrs, float *dx, float *dgamma, float *dbeta, float *dr,
                                   const float *dy, const float *x, const float *y, const float *gamma, const float *beta,
                                   const float *stats) {
    return guarded(ctx, [&] {
        const work w(ctx, attrs->x, attrs->layout);
        const norm_kernels &k = *ctx->kernels->norm;
        const fov_i64 padded = w.e.channel_blocks() * 16, partial = w.units * w.chunks.count * w.lanes();
        const int mask = !attrs->relu ? MASK_NONE : y ? MASK_Y : MASK_X;
        const double n = static_cast<double>(w.e.n) * w.e.s;
        // oneDNN gives gradients of gamma and beta only where it is given gamma.
        if (const auto pass = dr || (!gamma && (dgamma || dbeta)) ? nullptr : batch_norm_onednn(*ctx, *attrs, gamma, true)) {
            norm_backward_onednn(*ctx, *pass, w.e.c, {dx, dgamma, dbeta, dy, x, gamma, stats});
            if (dx) clear_padding(dx, attrs->layout, w.e, 0, w.e.elements(attrs->layout));
            return;
        }
        pieces scratch{static_cast<char *>(ctx->scratch.reserve(2 * partial * sizeof(double) + 6 * padded * sizeof(float) + 256))};
        double *dzs = scratch.take<double>(partial), *dzxs = scratch.take<double>(partial);
        float *tables = scratch.take<float>(6 * padded);
        fill_tables(tables, padded, w.e, stats, gamma, beta);

        const auto reduce = [&](fov_i64 unit, fov_i64 i) {
            const auto c = w.chunk(unit, i);
            const parameters p(w, unit, c, tables, padded, 3);
            const fov_i64 at = (unit * w.chunks.count + i) * w.lanes();
            (w.run ? k.reduce_run : k.reduce_lanes)(dzs + at, dzxs + at, dy + c.offset, x + c.offset, y ? y + c.offset : nullptr, p.apply,
                                                    mask, c.span);
        };
        const auto settle = [&](fov_i64 unit) {
            const fov_i64 parts = w.chunks.count, first = unit * parts * w.lanes();
            const fov_i64 numbers = w.layout == FOV_N16 ? parts * 16 : parts, step = w.layout == FOV_N16 ? 1 : w.lanes();
            for (int l = 0; l < w.channels(unit); l++) {
                const fov_i64 ch = w.channel(unit) + l;
                double dz = 0, dzx = 0;
                for (fov_i64 i = 0; i < numbers; i++) {
                    dz += dzs[first + i * step + l];
                    dzx += dzxs[first + i * step + l];
                }
                const double rstd = stats[w.e.c + ch], scale = tables[padded + ch];
                if (dgamma) dgamma[ch] = static_cast<float>(dzx * rstd);
                if (dbeta) dbeta[ch] = static_cast<float>(dz);
                tables[3 * padded + ch] = static_cast<float>(scale);
                tables[4 * padded + ch] = attrs->training ? static_cast<float>(-scale * rstd * rstd * dzx / n) : 0;
                tables[5 * padded + ch] = attrs->training ? static_cast<float>(-scale * dz / n) : 0;
            }
        };
        const bool stream = outgrows_caches(dx ? dx : dr, w.layout, w.e) && reinterpret_cast<uintptr_t>(dr) % 64 == 0;
        const auto grad = [&](fov_i64 unit, fov_i64 i) {
            if (!dx && !dr) return;
            auto c = w.chunk(unit, i);
            c.span.stream = stream;
            const parameters p(w, unit, c, tables, padded, 6);
            (w.run ? k.grad_run : k.grad_lanes)(dx ? dx + c.offset : nullptr, dr ? dr + c.offset : nullptr, dy + c.offset, x + c.offset,
                                                y ? y + c.offset : nullptr, p.apply, p.grad, mask, c.span);
        };
        two_passes(*ctx, w.units, w.chunks.count, w.unit_elements(), reduce, settle, grad);
    });
}

const char *fov_batch_norm_implementation(fov_ctx *ctx, const fov_batch_norm *attrs, int32_t affine, int32_t pass) {
    return implementation_name(ctx, [&] { return batch_norm_onednn(*ctx, *attrs, affine, pass != FOV_CONV_FORWARD); });
}
}
