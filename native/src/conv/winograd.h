// What the three passes of Winograd's algorithm share: how tiles are laid out and walked, and how many are taken at a time.
#pragma once
#include <algorithm>

#include "../parallel.h"
#include "conv.h"

namespace fov::conv::winograd {

constexpr fov_i64 L = 16;
// What a task's transformed tiles may take of the second-level cache.
constexpr fov_i64 task_bytes = 1 << 20;
// What the tiles that all threads share may take of the third-level cache.
constexpr fov_i64 shared_bytes = 24 << 20;
// Apart from a power of two, so that the planes of one tile do not meet in one cache set.
constexpr fov_i64 stagger = 16;

inline fov_i64 blocks(fov_i64 channels) { return (channels + L - 1) / L; }

// One direction of the algorithm: `from` channels of an image to `to` channels of another.
struct direction {
    const winograd_variant *k;
    fov_i64 n, from, to;
    fov_i64 rows, columns, rows_to, columns_to, pad_top, pad_left;
    bool turned;

    fov_i64 planes() const { return (k->m + k->r - 1) * (k->m + k->r - 1); }
    fov_i64 tiles_y() const { return (rows_to + k->m - 1) / k->m; }
    fov_i64 tiles_x() const { return (columns_to + k->m - 1) / k->m; }
    fov_i64 tiles() const { return n * tiles_y() * tiles_x(); }
    fov_i64 panels() const { return (to + k->panel - 1) / k->panel; }
    fov_i64 from_blocks() const { return blocks(from); }
    fov_i64 to_blocks() const { return panels() * k->panel / L; }
    fov_i64 u_plane() const { return panels() * from_blocks() * L * k->panel + stagger; }
    fov_i64 image_block(fov_i64 image, fov_i64 block) const { return (image * from_blocks() + block) * rows * columns * L; }
    fov_i64 result_block(fov_i64 image, fov_i64 block) const { return (image * blocks(to) + block) * rows_to * columns_to * L; }
    fov_i64 pooled_block(fov_i64 image, fov_i64 block) const { return (image * blocks(to) + block) * (rows_to / 2) * (columns_to / 2) * L; }

    // f(i, image, source, result) for `count` tiles from `first`: tile i reads and writes these patches of that image.
    template <class F>
    void walk(fov_i64 first, fov_i64 count, F f) const {
        const fov_i64 across = tiles_x() * k->m, down = tiles_y() * k->m, in_image = first % (tiles_y() * tiles_x());
        fov_i64 image = first / (tiles_y() * tiles_x()), top = in_image / tiles_x() * k->m, left = in_image % tiles_x() * k->m;
        for (fov_i64 i = 0; i < count; i++) {
            f(i, image, winograd_patch{rows, columns, top - pad_top, left - pad_left}, winograd_patch{rows_to, columns_to, top, left});
            if ((left += k->m) < across) continue;
            left = 0;
            if ((top += k->m) < down) continue;
            top = 0;
            image++;
        }
    }
};

// What happens to the results of a direction on their way out.
struct ending {
    const float *bias, *residual;  // either may be null
    bool relu, pools;
    uint8_t *offsets;  // of pooling, or null

    // The products of one tile and one block of channels; `padded_bias` has 16 for each block.
    void write(const direction &d, float *result, fov_i64 image, fov_i64 block, const winograd_patch &patch, const float *product,
               fov_i64 plane, const float *padded_bias) const {
        const float *b = padded_bias ? padded_bias + block * L : nullptr;
        if (pools) {
            const fov_i64 at = d.pooled_block(image, block);
            d.k->pool(result + at, offsets ? offsets + at : nullptr, patch, product, plane, b, relu);
        } else {
            const fov_i64 at = d.result_block(image, block);
            d.k->output(result + at, patch, product, plane, b, residual ? residual + at : nullptr, relu);
        }
    }
};

// From plain weights, one panel of result channels at a time.
void convolve_by_panels(fov_ctx &ctx, const direction &d, float *result, const float *source, const float *w, const ending &end);
// dw [to][from][r][r] from x (the source) and dy (the result of the forward pass).
void differentiate(fov_ctx &ctx, const direction &d, float *dw, const float *x, const float *dy);

}  // namespace fov::conv::winograd
