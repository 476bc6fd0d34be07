#include <algorithm>

#include "../error.h"
#include "../parallel.h"

using namespace fov;

extern "C" fov_status fov_image_to_float(fov_ctx *ctx, float *y, const uint8_t *x, fov_i64 n, fov_i64 c, fov_i64 pixels,
                                         int32_t channels_last, const float *scale, const float *shift) {
    return guarded(ctx, [&] {
        require(y && x && scale && shift && n > 0 && c > 0 && pixels > 0, "imageToFloat: %lld images of %lld channels and %lld pixels", n,
                c, pixels);
        const image_kernels &kernels = *ctx->kernels->image;
        // Pieces of images; whole cache lines of y, so that no two threads write one.
        const fov_i64 length = std::min<fov_i64>(pixels, (elements_per_task / c + 15) / 16 * 16), pieces = (pixels + length - 1) / length;
        parallel_tasks(*ctx, n * pieces, [&](fov_i64 t, int) {
            const fov_i64 first = t % pieces * length, count = std::min(length, pixels - first);
            float *to = y + t / pieces * c * pixels + first;
            const uint8_t *image = x + t / pieces * c * pixels;
            if (channels_last && c > 1) {
                kernels.pixels(to, image + first * c, scale, shift, c, pixels, count);
            } else {
                for (fov_i64 k = 0; k < c; k++) kernels.plane(to + k * pixels, image + k * pixels + first, scale[k], shift[k], count);
            }
        });
    });
}
