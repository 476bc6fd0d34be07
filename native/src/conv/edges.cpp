#include "edges.h"

#include <algorithm>

#include "../parallel.h"

namespace fov::conv {
namespace {

// Rows of a plain tensor are [n][c] of `size` elements, those of a blocked one [n][c/16] or [n/16][c] of `size` blocks of 16.
fov_i64 rows(const channels &t) {
    const fov_i64 c = (t.c + 15) / 16, n = (t.n + 15) / 16;
    return t.layout == FOV_C16 ? t.n * c : t.layout == FOV_N16 ? n * t.c : t.n * t.c;
}
fov_i64 row_elements(const channels &t) { return t.layout == FOV_PLAIN ? t.size : t.size * 16; }

// The bias of every lane of a row; 0 in padding lanes, which must stay 0.
void lane_bias(float *lanes, const float *bias, const channels &t, fov_i64 row) {
    std::fill_n(lanes, 16, 0.0f);
    if (!bias) return;
    if (t.layout == FOV_C16) {
        const fov_i64 first = row % ((t.c + 15) / 16) * 16;
        for (fov_i64 l = 0; l < std::min<fov_i64>(16, t.c - first); l++) lanes[l] = bias[first + l];
    } else {
        const fov_i64 valid = t.layout == FOV_N16 ? std::min<fov_i64>(16, t.n - row / t.c * 16) : 16;
        std::fill_n(lanes, valid, bias[row % t.c]);
    }
}

// One task is one channel (plain, N16) or block of channels (C16) of all images, so that its sum has one order. Long rows are
// summed in pieces and the pieces in double: the error does not grow with the batch.
constexpr fov_i64 piece = 4096;

void gradient(const fov_ctx &ctx, float *dz, float *db, const float *dy, const float *y, const channels &t) {
    const auto *kernels = ctx.kernels->conv_edges;
    const fov_i64 per_image = t.layout == FOV_C16 ? (t.c + 15) / 16 : t.c, length = row_elements(t), outer = rows(t) / per_image;
    parallel_tasks(ctx, per_image, [=](fov_i64 c, int) {
        double totals[16] = {};
        for (fov_i64 i = 0; i < outer; i++)
            for (fov_i64 begin = 0; begin < length; begin += piece) {
                const fov_i64 at = (i * per_image + c) * length + begin, n = std::min(piece, length - begin);
                float lanes[16];
                if (t.layout == FOV_PLAIN) {
                    totals[0] += kernels->gradient_row(y ? dz + at : nullptr, dy + at, y ? y + at : nullptr, n);
                } else {
                    kernels->gradient_blocks(lanes, y ? dz + at : nullptr, dy + at, y ? y + at : nullptr, n / 16);
                    for (int l = 0; l < 16; l++) totals[l] += lanes[l];
                }
            }
        if (!db) return;
        if (t.layout == FOV_C16) {
            for (fov_i64 l = 0; l < std::min<fov_i64>(16, t.c - c * 16); l++) db[c * 16 + l] = static_cast<float>(totals[l]);
        } else {
            double sum = 0;
            for (double lane : totals) sum += lane;
            db[c] = static_cast<float>(sum);
        }
    });
}

}  // namespace

void finish(const fov_ctx &ctx, float *y, const float *bias, const float *residual, bool relu, const channels &t) {
    const auto *kernels = ctx.kernels->conv_edges;
    const fov_i64 length = row_elements(t);
    parallel_ranges(
        ctx, rows(t),
        [=](fov_i64 begin, fov_i64 end) {
            float lanes[16];
            for (fov_i64 row = begin; row < end; row++) {
                lane_bias(lanes, bias, t, row);
                const float *r = residual ? residual + row * length : nullptr;
                if (t.layout == FOV_PLAIN) {
                    kernels->bias_row(y + row * length, lanes[0], r, relu, length);
                } else {
                    kernels->bias_blocks(y + row * length, lanes, r, relu, length / 16);
                }
            }
        },
        std::max<fov_i64>(1, elements_per_task / length));
}

void mask_gradient(const fov_ctx &ctx, float *dz, float *db, const float *dy, const float *y, const channels &t) {
    gradient(ctx, dz, db, dy, y, t);
}

void bias_gradient(const fov_ctx &ctx, float *db, const float *dy, const channels &t) { gradient(ctx, nullptr, db, dy, nullptr, t); }

}  // namespace fov::conv
