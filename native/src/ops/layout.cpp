#include <cstring>

#include "../error.h"
#include "../layout.h"
#include "../parallel.h"

using namespace fov;

namespace {

// A block is 16 channels of an image (C16) or 16 images' channel (N16): `lanes` of them, `stride` elements apart in plain memory.
struct block_of {
    fov_i64 blocked, plain, stride;
    int lanes;

    block_of(bool channels, const extents &e, fov_i64 i) : blocked(i * e.s * 16) {
        if (channels) {
            const fov_i64 n = i / e.channel_blocks(), c = i % e.channel_blocks() * 16;
            lanes = static_cast<int>(std::min<fov_i64>(16, e.c - c));
            plain = (n * e.c + c) * e.s;
            stride = e.s;
        } else {
            const fov_i64 n = i / e.c * 16, c = i % e.c;
            lanes = static_cast<int>(std::min<fov_i64>(16, e.n - n));
            plain = (n * e.c + c) * e.s;
            stride = e.c * e.s;
        }
    }
};

// Elements of 1 or 2 bytes, which no network computes with: tiles of 16 x 16, without vectors.
template <class T>
void gather(T *y, const T *x, fov_i64 stride, int lanes, fov_i64 begin, fov_i64 end) {
    for (fov_i64 s = begin; s < end; s += 16)
        for (int l = 0; l < 16; l++)
            for (fov_i64 i = s; i < std::min(s + 16, end); i++) y[(i - begin) * 16 + l] = l < lanes ? x[l * stride + i] : T{};
}

template <class T>
void scatter(T *y, const T *x, fov_i64 stride, int lanes, fov_i64 begin, fov_i64 end) {
    for (fov_i64 s = begin; s < end; s += 16)
        for (int l = 0; l < lanes; l++)
            for (fov_i64 i = s; i < std::min(s + 16, end); i++) y[l * stride + i] = x[(i - begin) * 16 + l];
}

template <class T, class Gather, class Scatter>
void reorder(const fov_ctx &ctx, void *to, int32_t to_layout, const void *from, int32_t from_layout, const extents &e, Gather gather,
             Scatter scatter) {
    auto *y = static_cast<T *>(to);
    auto *x = static_cast<const T *>(from);
    if (to_layout == from_layout) {
        const fov_i64 n = e.elements(to_layout);
        parallel_ranges(ctx, n, [=](fov_i64 b, fov_i64 end) { memcpy(y + b, x + b, (end - b) * sizeof(T)); });
        return;
    }
    const bool channels = to_layout == FOV_C16 || from_layout == FOV_C16;
    const fov_i64 blocks = channels ? e.n * e.channel_blocks() : e.batch_blocks() * e.c;
    // A task is a piece of one block, of whole cache lines, or several blocks.
    const fov_i64 length = std::min(e.s, elements_per_task / 16), pieces = (e.s + length - 1) / length;
    parallel_ranges(
        ctx, blocks * pieces,
        [=, &e](fov_i64 first, fov_i64 last) {
            for (fov_i64 t = first; t < last; t++) {
                const block_of b(channels, e, t / pieces);
                const fov_i64 begin = t % pieces * length, end = std::min(e.s, begin + length);
                if (to_layout == FOV_PLAIN) {
                    scatter(y + b.plain, x + b.blocked + begin * 16, b.stride, b.lanes, begin, end);
                } else {
                    gather(y + b.blocked + begin * 16, x + b.plain, b.stride, b.lanes, begin, end);
                }
            }
        },
        std::max<fov_i64>(1, elements_per_task / (length * 16)));
}

}  // namespace

extern "C" {

fov_i64 fov_layout_elements(int32_t layout, const fov_shape *shape) { return shape ? extents(*shape).elements(layout) : -1; }

fov_status fov_reorder(fov_ctx *ctx, void *y, int32_t y_layout, const void *x, int32_t x_layout, int32_t type, const fov_shape *shape) {
    return guarded(ctx, [&] {
        extents e(*shape);
        // With images in the lanes, channels and positions are one axis, so that the runs to be moved are long.
        if (y_layout == FOV_N16 || x_layout == FOV_N16) e.s *= e.c, e.c = 1;
        require(y_layout == x_layout || y_layout == FOV_PLAIN || x_layout == FOV_PLAIN,
                "reorder: one side must be plain, got layout %d to %d", x_layout, y_layout);
        switch (type) {
            case FOV_F32:
            case FOV_I32: {
                const lanes_kernels &k = *ctx->kernels->lanes;
                const bool stream = outgrows_caches(y, y_layout, e);
                return reorder<float>(*ctx, y, y_layout, x, x_layout, e, stream ? k.gather_stream : k.gather,
                                      stream ? k.scatter_stream : k.scatter);
            }
            case FOV_BF16: return reorder<uint16_t>(*ctx, y, y_layout, x, x_layout, e, gather<uint16_t>, scatter<uint16_t>);
            case FOV_U8: return reorder<uint8_t>(*ctx, y, y_layout, x, x_layout, e, gather<uint8_t>, scatter<uint8_t>);
            default: throw failure(FOV_BAD_ARGUMENT, format("reorder: element type %d is unknown", type));
        }
    });
}
}
