// x: bytes [h * w] of one channel, or [h * w][channels]; y: floats [channels][h * w].
#include "image.h"

#include "bytes.h"

namespace fov {
namespace {

void plane(float *y, const uint8_t *x, float scale, float shift, i64 n) {
    const vf a = set1(scale), b = set1(shift);
    i64 i = 0;
    for (; i + W <= n; i += W) store(y + i, fma(__builtin_convertvector(load_widened(x + i), vf), a, b));
    for (; i < n; i++) y[i] = x[i] * scale + shift;
}

// The number of channels is a constant, so the compiler takes them apart in registers.
template <int channels>
FOV_INLINE void pixels_of(float *__restrict y, const uint8_t *__restrict x, const float *scale, const float *shift, i64 stride, i64 n) {
    float a[channels], b[channels];
    for (int k = 0; k < channels; k++) {
        a[k] = scale[k];
        b[k] = shift[k];
    }
    for (i64 i = 0; i < n; i++)
        for (int k = 0; k < channels; k++) y[k * stride + i] = x[i * channels + k] * a[k] + b[k];
}

void pixels(float *y, const uint8_t *x, const float *scale, const float *shift, i64 channels, i64 stride, i64 n) {
    if (channels == 3) {
        pixels_of<3>(y, x, scale, shift, stride, n);
    } else if (channels == 4) {
        pixels_of<4>(y, x, scale, shift, stride, n);
    } else {
        for (i64 i = 0; i < n; i++)
            for (i64 k = 0; k < channels; k++) y[k * stride + i] = x[i * channels + k] * scale[k] + shift[k];
    }
}

}  // namespace

extern const image_kernels FOV_TABLE(image);
const image_kernels FOV_TABLE(image) = {plane, pixels};

}  // namespace fov
