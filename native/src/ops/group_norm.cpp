#include <cmath>

#include "norm.h"

using namespace fov;

namespace {

// A unit is an image, or a block of 16 images in N16. It has cells, which share parameters lane by lane: 16 channels (C16), or a
// channel of 16 images (N16), or of one (plain).
struct work {
    extents e;
    int32_t layout;
    fov_i64 groups, units, cells, parts, rows_per_chunk;

    work(const fov_group_norm &a) : e(a.x), layout(a.layout), groups(a.groups) {
        require(a.x.rank >= 2, "group_norm: x has %d dimensions; it needs n and c", a.x.rank);
        require(layout >= FOV_PLAIN && layout <= FOV_N16, "group_norm: layout %d is unknown", layout);
        require(groups >= 1 && e.c % groups == 0, "group_norm: %lld channels in %lld groups", e.c, groups);
        units = layout == FOV_N16 ? e.batch_blocks() : e.n;
        cells = layout == FOV_C16 ? e.channel_blocks() : e.c;
        rows_per_chunk = std::min(e.s, layout == FOV_PLAIN ? chunk_elements : chunk_elements / 16);
        parts = (e.s + rows_per_chunk - 1) / rows_per_chunk;
    }

    bool run() const { return layout == FOV_PLAIN; }
    int width() const { return run() ? 1 : 16; }
    int images(fov_i64 unit) const { return layout == FOV_N16 ? static_cast<int>(std::min<fov_i64>(16, e.n - unit * 16)) : 1; }
    fov_i64 image(fov_i64 unit) const { return layout == FOV_N16 ? unit * 16 : unit; }
    fov_i64 chunks() const { return cells * parts; }
    fov_i64 unit_elements() const { return cells * e.s * width(); }
    // The parameters of a cell in tables [units][cells][width].
    fov_i64 cell(fov_i64 unit, fov_i64 chunk) const { return (unit * cells + chunk / parts) * width(); }
    fov_i64 table() const { return units * cells * width(); }
    fov_i64 partial(fov_i64 unit, fov_i64 chunk) const { return (unit * chunks() + chunk) * width(); }
    fov_i64 rows(fov_i64 chunk) const { return std::min(rows_per_chunk, e.s - chunk % parts * rows_per_chunk); }
    fov_i64 offset(fov_i64 unit, fov_i64 chunk) const {
        return ((unit * cells + chunk / parts) * e.s + chunk % parts * rows_per_chunk) * width();
    }
    norm_span span(fov_i64 chunk) const { return {1, 0, rows(chunk), run() ? 1 : 16, 16}; }

    // f(channel, image within the unit, number within the cell) for what a cell holds of the tensor
    template <class F>
    void each(fov_i64 unit, fov_i64 cell, F f) const {
        if (layout == FOV_C16) {
            for (int l = 0; l < 16 && cell * 16 + l < e.c; l++) f(cell * 16 + l, 0, l);
        } else {
            for (int i = 0; i < images(unit); i++) f(cell, i, i);
        }
    }
    fov_i64 group(fov_i64 channel) const { return channel / (e.c / groups); }
    double group_elements() const { return static_cast<double>(e.c / groups) * e.s; }
};

}  // namespace

extern "C" {

fov_status fov_group_norm_forward(fov_ctx *ctx, const fov_group_norm *attrs, float *y, float *stats, const float *x, const float *gamma,
                                  const float *beta) {
    return guarded(ctx, [&] {
        const work w(*attrs);
        const norm_kernels &k = *ctx->kernels->norm;
        const fov_i64 partial = w.units * w.chunks() * w.width(), table = w.table(), kept = w.units * 16 * w.groups;
        const fov_i64 bytes = (2 * partial + 2 * kept) * sizeof(double) + 3 * table * sizeof(float) + 64 * 7;
        pieces scratch{static_cast<char *>(ctx->scratch.reserve(bytes))};
        double *means = scratch.take<double>(partial), *m2s = scratch.take<double>(partial);
        double *mean = scratch.take<double>(kept), *m2 = scratch.take<double>(kept);
        float *centre = scratch.take<float>(table), *scale = scratch.take<float>(table), *shift = scratch.take<float>(table);

        const auto measure = [&](fov_i64 unit, fov_i64 i) {
            const fov_i64 at = w.partial(unit, i);
            (w.run() ? k.stats_run : k.stats_lanes)(means + at, m2s + at, x + w.offset(unit, i), w.span(i));
        };
        const auto settle = [&](fov_i64 unit) {
            double *average = mean + unit * 16 * w.groups, *squares = m2 + unit * 16 * w.groups;
            std::fill(average, average + 16 * w.groups, 0.0);
            std::fill(squares, squares + 16 * w.groups, 0.0);
            const auto all = [&](auto f) {
                for (fov_i64 i = 0; i < w.chunks(); i++)
                    w.each(unit, i / w.parts, [&](fov_i64 c, int image, int l) {
                        const fov_i64 at = w.partial(unit, i) + l;
                        f(image * w.groups + w.group(c), static_cast<double>(w.rows(i)), means[at], m2s[at]);
                    });
            };
            all([&](fov_i64 g, double rows, double m, double) { average[g] += rows * m / w.group_elements(); });
            all([&](fov_i64 g, double rows, double m, double d) { squares[g] += d + rows * (m - average[g]) * (m - average[g]); });
            for (fov_i64 cell = 0; cell < w.cells; cell++) {
                const fov_i64 at = w.cell(unit, cell * w.parts);
                for (int l = 0; l < w.width(); l++) centre[at + l] = scale[at + l] = shift[at + l] = 0;
                w.each(unit, cell, [&](fov_i64 c, int image, int l) {
                    const fov_i64 g = image * w.groups + w.group(c), saved = (w.image(unit) + image) * w.groups + w.group(c);
                    const float rstd = static_cast<float>(1 / std::sqrt(squares[g] / w.group_elements() + attrs->epsilon));
                    centre[at + l] = static_cast<float>(average[g]);
                    scale[at + l] = (gamma ? gamma[c] : 1) * rstd;
                    shift[at + l] = beta ? beta[c] : 0;
                    if (stats) {
                        stats[saved] = centre[at + l];
                        stats[w.e.n * w.groups + saved] = rstd;
                    }
                });
            }
        };
        const auto apply = [&](fov_i64 unit, fov_i64 i) {
            const fov_i64 at = w.cell(unit, i), offset = w.offset(unit, i);
            const norm_apply p{centre + at, scale + at, shift + at};
            (w.run() ? k.apply_run : k.apply_lanes)(y + offset, x + offset, nullptr, p, false, w.span(i));
        };
        two_passes(*ctx, w.units, w.chunks(), w.unit_elements(), measure, settle, apply);
    });
}

fov_status fov_group_norm_backward(fov_ctx *ctx, const fov_group_norm *attrs, float *dx, float *dgamma, float *dbeta, const float *dy,
                                   const float *x, const float *gamma, const float *stats) {
    return guarded(ctx, [&] {
        const work w(*attrs);
        const norm_kernels &k = *ctx->kernels->norm;
        const fov_i64 partial = w.units * w.chunks() * w.width(), table = w.table(), kept = w.units * 16 * w.groups;
        const fov_i64 bytes = (2 * partial + 2 * kept) * sizeof(double) + 4 * table * sizeof(float) + 64 * 8;
        pieces scratch{static_cast<char *>(ctx->scratch.reserve(bytes))};
        double *dzs = scratch.take<double>(partial), *dzxs = scratch.take<double>(partial);
        double *sum = scratch.take<double>(kept), *product = scratch.take<double>(kept);
        float *centre = scratch.take<float>(table);
        float *a = scratch.take<float>(table), *b = scratch.take<float>(table), *c = scratch.take<float>(table);
        const float *rstds = stats + w.e.n * w.groups;
        for (fov_i64 unit = 0; unit < w.units; unit++)
            for (fov_i64 cell = 0; cell < w.cells; cell++) {
                const fov_i64 at = w.cell(unit, cell * w.parts);
                for (int l = 0; l < w.width(); l++) centre[at + l] = 0;
                w.each(unit, cell, [&](fov_i64 channel, int image, int l) {
                    centre[at + l] = stats[(w.image(unit) + image) * w.groups + w.group(channel)];
                });
            }

        const auto reduce = [&](fov_i64 unit, fov_i64 i) {
            const fov_i64 at = w.partial(unit, i), offset = w.offset(unit, i);
            const norm_apply p{centre + w.cell(unit, i), nullptr, nullptr};
            (w.run() ? k.reduce_run : k.reduce_lanes)(dzs + at, dzxs + at, dy + offset, x + offset, nullptr, p, MASK_NONE, w.span(i));
        };
        const auto settle = [&](fov_i64 unit) {
            double *total = sum + unit * 16 * w.groups, *centred = product + unit * 16 * w.groups;
            std::fill(total, total + 16 * w.groups, 0.0);
            std::fill(centred, centred + 16 * w.groups, 0.0);
            for (fov_i64 i = 0; i < w.chunks(); i++)
                w.each(unit, i / w.parts, [&](fov_i64 channel, int image, int l) {
                    const double factor = gamma ? gamma[channel] : 1;
                    total[image * w.groups + w.group(channel)] += factor * dzs[w.partial(unit, i) + l];
                    centred[image * w.groups + w.group(channel)] += factor * dzxs[w.partial(unit, i) + l];
                });
            for (fov_i64 cell = 0; cell < w.cells; cell++) {
                const fov_i64 at = w.cell(unit, cell * w.parts);
                for (int l = 0; l < w.width(); l++) a[at + l] = b[at + l] = c[at + l] = 0;
                w.each(unit, cell, [&](fov_i64 channel, int image, int l) {
                    const fov_i64 g = image * w.groups + w.group(channel);
                    const double rstd = rstds[(w.image(unit) + image) * w.groups + w.group(channel)];
                    a[at + l] = static_cast<float>((gamma ? gamma[channel] : 1) * rstd);
                    b[at + l] = static_cast<float>(-rstd * rstd * rstd * centred[g] / w.group_elements());
                    c[at + l] = static_cast<float>(-rstd * total[g] / w.group_elements());
                });
            }
        };
        const auto grad = [&](fov_i64 unit, fov_i64 i) {
            if (!dx) return;
            const fov_i64 at = w.cell(unit, i), offset = w.offset(unit, i);
            const norm_apply p{centre + at, nullptr, nullptr};
            (w.run() ? k.grad_run : k.grad_lanes)(dx + offset, nullptr, dy + offset, x + offset, nullptr, p, {a + at, b + at, c + at},
                                                  MASK_NONE, w.span(i));
        };
        two_passes(*ctx, w.units, w.chunks(), w.unit_elements(), reduce, settle, grad);

        // By cell, so that what a channel adds up over images is added in their order.
        if (!dgamma && !dbeta) return;
        parallel_tasks(*ctx, w.cells, [&](fov_i64 cell, int) {
            double g[16] = {}, d[16] = {};
            const bool lanes = w.layout == FOV_C16;
            for (fov_i64 unit = 0; unit < w.units; unit++)
                for (fov_i64 part = 0; part < w.parts; part++)
                    w.each(unit, cell, [&](fov_i64 channel, int image, int l) {
                        const fov_i64 at = w.partial(unit, cell * w.parts + part) + l;
                        d[lanes ? l : 0] += dzs[at];
                        g[lanes ? l : 0] += dzxs[at] * rstds[(w.image(unit) + image) * w.groups + w.group(channel)];
                    });
            for (int l = 0; l < (lanes ? 16 : 1) && cell * (lanes ? 16 : 1) + l < w.e.c; l++) {
                if (dgamma) dgamma[cell * (lanes ? 16 : 1) + l] = static_cast<float>(g[l]);
                if (dbeta) dbeta[cell * (lanes ? 16 : 1) + l] = static_cast<float>(d[l]);
            }
        });
    });
}
}
