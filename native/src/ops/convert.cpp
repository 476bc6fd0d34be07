#include "../bf16.h"
#include "../error.h"
#include "../parallel.h"

using namespace fov;

namespace {

float widen(float x) { return x; }
float widen(int32_t x) { return static_cast<float>(x); }
float widen(uint8_t x) { return x; }
using fov::widen;

template <class T>
T narrow(float x);
template <>
float narrow<float>(float x) {
    return x;
}
template <>
int32_t narrow<int32_t>(float x) {
    return x >= 2147483648.0f ? INT32_MAX : x > -2147483648.0f ? static_cast<int32_t>(x) : x == x ? INT32_MIN : 0;
}
template <>
uint8_t narrow<uint8_t>(float x) {
    return x >= 255 ? 255 : x > 0 ? static_cast<uint8_t>(x) : 0;
}
template <>
bf16 narrow<bf16>(float x) {
    return round_to_bf16(x);
}

template <class To, class From>
void convert(const fov_ctx &ctx, void *y, const void *x, fov_i64 n) {
    auto *to = static_cast<To *>(y);
    auto *from = static_cast<const From *>(x);
    parallel_ranges(ctx, n, [=](fov_i64 begin, fov_i64 end) {
        for (fov_i64 i = begin; i < end; i++) to[i] = narrow<To>(widen(from[i]));
    });
}

template <class From>
void convert_from(const fov_ctx &ctx, void *y, int32_t y_type, const void *x, fov_i64 n) {
    switch (y_type) {
        case FOV_F32: return convert<float, From>(ctx, y, x, n);
        case FOV_BF16: return convert<bf16, From>(ctx, y, x, n);
        case FOV_I32: return convert<int32_t, From>(ctx, y, x, n);
        case FOV_U8: return convert<uint8_t, From>(ctx, y, x, n);
        default: throw failure(FOV_BAD_ARGUMENT, format("convert: element type %d is unknown", y_type));
    }
}

}  // namespace

extern "C" fov_status fov_convert(fov_ctx *ctx, void *y, int32_t y_type, const void *x, int32_t x_type, fov_i64 n) {
    return guarded(ctx, [&] {
        require(n >= 0, "convert: %lld elements", n);
        switch (x_type) {
            case FOV_F32: return convert_from<float>(*ctx, y, y_type, x, n);
            case FOV_BF16: return convert_from<bf16>(*ctx, y, y_type, x, n);
            case FOV_I32: return convert_from<int32_t>(*ctx, y, y_type, x, n);
            case FOV_U8: return convert_from<uint8_t>(*ctx, y, y_type, x, n);
            default: throw failure(FOV_BAD_ARGUMENT, format("convert: element type %d is unknown", x_type));
        }
    });
}
