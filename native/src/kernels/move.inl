// y, x: elements of 1, 2 or 4 bytes; see move_rectangle.
#include "move.h"

#include "../transpose.h"

namespace fov {
namespace {

// Short rows are frequent (crops, small images), and a call of memcpy costs more than they do.
FOV_INLINE void copy_bytes(char *y, const char *x, i64 bytes) {
    if (bytes > 512) {
        __builtin_memcpy(y, x, bytes);
        return;
    }
    constexpr i64 step = W * 4;
    i64 i = 0;
    for (; i + step <= bytes; i += step) store(reinterpret_cast<int32_t *>(y + i), load(reinterpret_cast<const int32_t *>(x + i)));
    if (i == bytes) return;
    if (bytes >= step) {  // the last vector overlaps the one before: cheaper than a masked store that misses the cache
        i = bytes - step;
        store(reinterpret_cast<int32_t *>(y + i), load(reinterpret_cast<const int32_t *>(x + i)));
        return;
    }
    const i64 words = bytes / 4 * 4;
    store(reinterpret_cast<int32_t *>(y), load(reinterpret_cast<const int32_t *>(x), static_cast<int>(words / 4)),
          static_cast<int>(words / 4));
    for (i = words; i < bytes; i++) y[i] = x[i];
}

template <class T>
void rows(void *y, const void *x, const move_rectangle &r) {
    auto *to = static_cast<char *>(y);
    auto *from = static_cast<const char *>(x);
    constexpr i64 size = sizeof(T);
    for (i64 i = 0; i < r.rows; i++) copy_bytes(to + i * r.y_row * size, from + i * r.x_row * size, r.length * size);
}

template <class T>
void splat(void *y, const void *x, const move_rectangle &r) {
    auto *to = static_cast<T *>(y);
    auto *from = static_cast<const T *>(x);
    for (i64 i = 0; i < r.rows; i++) {
        const T v = from[i * r.x_row];
        T *row = to + i * r.y_row;
        for (i64 k = 0; k < r.length; k++) row[k] = v;
    }
}

template <class T>
void strided(void *y, const void *x, const move_rectangle &r) {
    auto *to = static_cast<T *>(y);
    auto *from = static_cast<const T *>(x);
    for (i64 i = 0; i < r.rows; i++) {
        T *row = to + i * r.y_row;
        const T *source = from + i * r.x_row;
        if (r.y_step == 1 && r.x_step == -1) {
            for (i64 k = 0; k < r.length; k++) row[k] = source[-k];
        } else if (r.y_step == 1 && r.x_step == 2) {
            for (i64 k = 0; k < r.length; k++) row[k] = source[2 * k];
        } else {
            for (i64 k = 0; k < r.length; k++) row[k * r.y_step] = source[k * r.x_step];
        }
    }
}

// n channels one after the other become n side by side (apart = false), or the reverse; n is a constant, so the compiler makes
// vectors of it.
template <class T, int n>
FOV_INLINE void weave(T *__restrict y, const T *__restrict x, i64 length, i64 stride, bool apart) {
    if (apart) {
        for (i64 i = 0; i < length; i++)
            for (int k = 0; k < n; k++) y[k * stride + i] = x[i * n + k];
    } else {
        for (i64 i = 0; i < length; i++)
            for (int k = 0; k < n; k++) y[i * n + k] = x[k * stride + i];
    }
}

template <class T>
FOV_INLINE bool weaves(T *y, const T *x, const move_rectangle &r) {
    const bool together = r.length <= 4 && r.y_row == r.length, apart = r.rows <= 4 && r.x_step == r.rows;
    if (!together && !apart) return false;
    const i64 n = together ? r.length : r.rows, length = together ? r.rows : r.length, stride = together ? r.x_step : r.y_row;
    if (n == 2) {
        weave<T, 2>(y, x, length, stride, !together);
    } else if (n == 3) {
        weave<T, 3>(y, x, length, stride, !together);
    } else if (n == 4) {
        weave<T, 4>(y, x, length, stride, !together);
    } else {
        return false;
    }
    return true;
}

// y[r * y_row + i] = x[i * x_step + r]
template <class T>
void transpose(void *y, const void *x, const move_rectangle &r) {
    auto *to = static_cast<T *>(y);
    auto *from = static_cast<const T *>(x);
    if (weaves(to, from, r)) return;
    // Tiles of one cache line a side.
    constexpr i64 tile = 64 / sizeof(T);
    for (i64 i = 0; i < r.length; i += tile)
        for (i64 k = 0; k < r.rows; k += tile)
            for (i64 a = i; a < min(i + tile, r.length); a++)
                for (i64 b = k; b < min(k + tile, r.rows); b++) to[b * r.y_row + a] = from[a * r.x_step + b];
}

void transpose_floats(void *y, const void *x, const move_rectangle &r) {
    if (weaves(static_cast<int32_t *>(y), static_cast<const int32_t *>(x), r)) return;
    auto *to = static_cast<float *>(y);
    auto *from = static_cast<const float *>(x);
    transpose_rectangle<false>(to, from, r.rows, r.length, r.y_row, r.x_step);
}

}  // namespace

extern const move_kernels FOV_TABLE(move);
const move_kernels FOV_TABLE(move) = {
    {rows<uint8_t>, rows<uint16_t>, rows<int32_t>},
    {splat<uint8_t>, splat<uint16_t>, splat<int32_t>},
    {transpose<uint8_t>, transpose<uint16_t>, transpose_floats},
    {strided<uint8_t>, strided<uint16_t>, strided<int32_t>},
};

}  // namespace fov
