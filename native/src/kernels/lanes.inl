// planes [count][stride] <-> lanes [positions][16].
#include "lanes.h"

#include "../transpose.h"

namespace fov {
namespace {

template <bool stream>
void gather(float *y, const float *x, i64 stride, int count, i64 begin, i64 end) {
    transpose_rectangle<stream>(y, x + begin, end - begin, count, 16, stride);
    if (count < 16)
        for (i64 s = 0; s < end - begin; s++)
            for (int lane = count; lane < 16; lane += W) store(y + s * 16 + lane, zero(), static_cast<int>(min(W, 16 - lane)));
    if (stream) stream_fence();
}

// Four planes at a time for a while: more of them, an even power of two apart, drive each other out of the first cache.
template <bool stream>
void scatter(float *y, const float *x, i64 stride, int count, i64 begin, i64 end) {
    constexpr i64 length = 256;
    const int whole = count / 4 * 4;
    for (i64 s = begin; s < end; s += length) {
        const i64 n = min(length, end - s), wide = n / W * W;
        const float *from = x + (s - begin) * 16;
        for (int lane = 0; lane < whole; lane += 4) {
            float *to = y + lane * stride + s;
            for (i64 i = 0; i < wide; i += W) transpose_strip<stream>(to + i, from + i * 16 + lane, stride, 16);
            transpose_rest(to + wide, from + wide * 16 + lane, 4, n - wide, stride, 16);
        }
        transpose_rest(y + whole * stride + s, from + whole, count - whole, n, stride, 16);
    }
    if (stream) stream_fence();
}

}  // namespace

extern const lanes_kernels FOV_TABLE(lanes);
const lanes_kernels FOV_TABLE(lanes) = {gather<false>, scatter<false>, gather<true>, scatter<true>};

}  // namespace fov
