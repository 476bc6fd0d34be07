#include <cstring>

#include "../error.h"
#include "../layout.h"
#include "../parallel.h"

using namespace fov;

namespace {

// One plane is what one task moves: all positions s of one 16-lane block (or of one channel where neither side is blocked).
template <class T>
void move_block(T *y, int32_t to, const T *x, int32_t from, const extents &e, fov_i64 block) {
    if (to == FOV_C16 || from == FOV_C16) {
        const fov_i64 n = block / e.channel_blocks(), cb = block % e.channel_blocks();
        const fov_i64 lanes = std::min<fov_i64>(16, e.c - cb * 16);
        const fov_i64 blocked = block * e.s * 16, plain = (n * e.c + cb * 16) * e.s;
        if (to == FOV_C16) {
            for (fov_i64 s = 0; s < e.s; s++)
                for (fov_i64 l = 0; l < 16; l++) y[blocked + s * 16 + l] = l < lanes ? x[plain + l * e.s + s] : T{};
        } else {
            for (fov_i64 l = 0; l < lanes; l++)
                for (fov_i64 s = 0; s < e.s; s++) y[plain + l * e.s + s] = x[blocked + s * 16 + l];
        }
    } else {
        const fov_i64 nb = block / e.c, c = block % e.c;
        const fov_i64 lanes = std::min<fov_i64>(16, e.n - nb * 16);
        const fov_i64 blocked = block * e.s * 16, plain = (nb * 16 * e.c + c) * e.s, image = e.c * e.s;
        if (to == FOV_N16) {
            for (fov_i64 s = 0; s < e.s; s++)
                for (fov_i64 l = 0; l < 16; l++) y[blocked + s * 16 + l] = l < lanes ? x[plain + l * image + s] : T{};
        } else {
            for (fov_i64 l = 0; l < lanes; l++)
                for (fov_i64 s = 0; s < e.s; s++) y[plain + l * image + s] = x[blocked + s * 16 + l];
        }
    }
}

template <class T>
void reorder(const fov_ctx &ctx, T *y, int32_t to, const T *x, int32_t from, const extents &e) {
    if (to == from) {
        const fov_i64 n = e.elements(to);
        parallel_ranges(ctx, n, [=](fov_i64 b, fov_i64 end) { memcpy(y + b, x + b, (end - b) * sizeof(T)); });
        return;
    }
    const bool channels = to == FOV_C16 || from == FOV_C16;
    const fov_i64 blocks = channels ? e.n * e.channel_blocks() : e.batch_blocks() * e.c;
    const fov_i64 per_task = std::max<fov_i64>(1, elements_per_task / (e.s * 16));
    parallel_ranges(
        ctx, blocks,
        [&, y, x](fov_i64 b, fov_i64 end) {
            for (fov_i64 i = b; i < end; i++) move_block(y, to, x, from, e, i);
        },
        per_task);
}

}  // namespace

extern "C" {

fov_i64 fov_layout_elements(int32_t layout, const fov_shape *shape) { return shape ? extents(*shape).elements(layout) : -1; }

fov_status fov_reorder(fov_ctx *ctx, void *y, int32_t y_layout, const void *x, int32_t x_layout, int32_t type, const fov_shape *shape) {
    return guarded(ctx, [&] {
        const extents e(*shape);
        require(y_layout == x_layout || y_layout == FOV_PLAIN || x_layout == FOV_PLAIN,
                "reorder: one side must be plain, got layout %d to %d", x_layout, y_layout);
        switch (type) {
            case FOV_F32:
            case FOV_I32: return reorder(*ctx, static_cast<int32_t *>(y), y_layout, static_cast<const int32_t *>(x), x_layout, e);
            case FOV_BF16: return reorder(*ctx, static_cast<uint16_t *>(y), y_layout, static_cast<const uint16_t *>(x), x_layout, e);
            case FOV_U8: return reorder(*ctx, static_cast<uint8_t *>(y), y_layout, static_cast<const uint8_t *>(x), x_layout, e);
            default: throw failure(FOV_BAD_ARGUMENT, format("reorder: element type %d is unknown", type));
        }
    });
}
}
