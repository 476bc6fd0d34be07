#include <algorithm>
#include <cstring>

#include "../error.h"
#include "../parallel.h"

using namespace fov;

namespace {

// The first index that lies outside [-n, n), or -1. Negative ones count from the end.
fov_i64 first_outside(const int32_t *index, fov_i64 count, fov_i64 n) {
    for (fov_i64 i = 0; i < count; i++)
        if (index[i] < -n || index[i] >= n) return i;
    return -1;
}

void require_inside(const char *op, const int32_t *index, fov_i64 count, fov_i64 n) {
    const fov_i64 i = first_outside(index, count, n);
    require(i < 0, "%s: index %d at position %lld is outside of 0 to %lld (or %lld to -1, counted from the end)", op, i < 0 ? 0 : index[i],
            i, n - 1, -n);
}

fov_i64 place(int32_t index, fov_i64 n) { return index < 0 ? index + n : index; }

// A tensor around an axis, elements of `bytes` bytes.
struct around {
    fov_i64 outer = 1, n = 1, inner = 1;

    around(const fov_shape &shape, int32_t axis) {
        for (int32_t i = 0; i < shape.rank; i++) (i < axis ? outer : i == axis ? n : inner) *= shape.dim[i];
    }
};

void check(const char *op, const fov_shape *shape, int32_t axis) {
    require(shape && shape->rank >= 1 && shape->rank <= FOV_MAX_RANK && axis >= 0 && axis < shape->rank, "%s: no axis %d", op, axis);
}

// Strides of both tensors in the index space of gather_elements, with x's stride along the axis apart.
struct elements {
    int32_t rank, axis;
    fov_i64 dim[FOV_MAX_RANK] = {}, x_stride[FOV_MAX_RANK] = {};
    fov_i64 n, along, rows, length;  // extent and stride of the axis in x; rows of the last axis

    elements(const fov_shape &x, const fov_shape &index, int32_t axis_) : rank(index.rank), axis(axis_), n(x.dim[axis_]), rows(1) {
        fov_i64 stride = 1;
        for (int32_t i = rank - 1; i >= 0; i--) {
            dim[i] = index.dim[i];
            x_stride[i] = stride;
            stride *= x.dim[i];
        }
        along = x_stride[axis];
        x_stride[axis] = 0;
        length = dim[rank - 1];
        for (int32_t i = 0; i + 1 < rank; i++) rows *= dim[i];
    }

    // Where row r begins in x, the axis left out.
    fov_i64 offset(fov_i64 r) const {
        fov_i64 o = 0;
        for (int32_t i = rank - 2; i >= 0; i--) {
            o += r % dim[i] * x_stride[i];
            r /= dim[i];
        }
        return o;
    }
};

}  // namespace

extern "C" {

fov_status fov_gather_forward(fov_ctx *ctx, void *y, const void *x, const int32_t *index, const fov_shape *shape, int32_t axis,
                              fov_i64 count, int32_t bytes) {
    return guarded(ctx, [&] {
        check("gather", shape, axis);
        const around a(*shape, axis);
        require_inside("gather", index, count, a.n);
        const fov_i64 row = a.inner * bytes;
        auto *to = static_cast<char *>(y);
        auto *from = static_cast<const char *>(x);
        parallel_ranges(
            *ctx, a.outer * count,
            [=](fov_i64 begin, fov_i64 end) {
                for (fov_i64 i = begin; i < end; i++)
                    memcpy(to + i * row, from + (i / count * a.n + place(index[i % count], a.n)) * row, row);
            },
            std::max<fov_i64>(1, elements_per_task / a.inner));
    });
}

// Each element of dx is the sum of its own readers in the order of the index, whoever computes it.
fov_status fov_gather_backward(fov_ctx *ctx, float *dx, const float *dy, const int32_t *index, const fov_shape *shape, int32_t axis,
                               fov_i64 count) {
    return guarded(ctx, [&] {
        check("gather", shape, axis);
        const around a(*shape, axis);
        require(count < INT32_MAX && a.n < INT32_MAX, "gather: %lld indices into %lld elements are too many", count, a.n);
        require_inside("gather", index, count, a.n);
        // The readers of row i: reader[begin[i]] to reader[begin[i + 1] - 1].
        auto *begin = static_cast<int32_t *>(ctx->scratch.reserve((a.n + 1 + count) * sizeof(int32_t)));
        int32_t *reader = begin + a.n + 1;
        std::fill_n(begin, a.n + 1, 0);
        for (fov_i64 j = 0; j < count; j++) begin[place(index[j], a.n) + 1]++;
        for (fov_i64 i = 0; i < a.n; i++) begin[i + 1] += begin[i];
        for (fov_i64 j = 0; j < count; j++) reader[begin[place(index[j], a.n)]++] = static_cast<int32_t>(j);
        for (fov_i64 i = a.n; i > 0; i--) begin[i] = begin[i - 1];
        begin[0] = 0;
        const auto blend = ctx->kernels->resample->blend;
        const auto fill = ctx->kernels->elementwise->fill;
        parallel_ranges(
            *ctx, a.outer * a.n,
            [=](fov_i64 first, fov_i64 end) {
                for (fov_i64 r = first; r < end; r++) {
                    const fov_i64 i = r % a.n, outer = r / a.n;
                    if (begin[i] == begin[i + 1]) fill(dx + r * a.inner, 0, 0, a.inner);
                    for (int32_t j = begin[i]; j < begin[i + 1]; j++)
                        blend(dx + r * a.inner, dy + (outer * count + reader[j]) * a.inner, 1, j > begin[i], a.inner);
                }
            },
            std::max<fov_i64>(1, elements_per_task / a.inner));
    });
}

fov_status fov_gather_elements_forward(fov_ctx *ctx, float *y, const float *x, const int32_t *index, const fov_shape *x_shape,
                                       const fov_shape *index_shape, int32_t axis) {
    return guarded(ctx, [&] {
        check("gatherElements", x_shape, axis);
        check("gatherElements", index_shape, axis);
        const elements e(*x_shape, *index_shape, axis);
        require_inside("gatherElements", index, e.rows * e.length, e.n);
        const fov_i64 step = e.axis == e.rank - 1 ? 0 : 1;
        parallel_ranges(
            *ctx, e.rows,
            [=, &e](fov_i64 begin, fov_i64 end) {
                for (fov_i64 r = begin; r < end; r++) {
                    const float *from = x + e.offset(r);
                    for (fov_i64 i = 0; i < e.length; i++)
                        y[r * e.length + i] = from[i * step + place(index[r * e.length + i], e.n) * e.along];
                }
            },
            std::max<fov_i64>(1, elements_per_task / e.length));
    });
}

// Only indices that differ along the axis alone can meet, so the axes before it are shared out.
fov_status fov_gather_elements_backward(fov_ctx *ctx, float *dx, const float *dy, const int32_t *index, const fov_shape *x_shape,
                                        const fov_shape *index_shape, int32_t axis) {
    return guarded(ctx, [&] {
        check("gatherElements", x_shape, axis);
        check("gatherElements", index_shape, axis);
        const elements e(*x_shape, *index_shape, axis);
        require_inside("gatherElements", index, e.rows * e.length, e.n);
        fov_i64 total = 1, groups = 1;
        for (int32_t i = 0; i < x_shape->rank; i++) total *= x_shape->dim[i];
        for (int32_t i = 0; i < std::min(axis, e.rank - 1); i++) groups *= e.dim[i];
        const auto fill = ctx->kernels->elementwise->fill;
        parallel_ranges(*ctx, total, [=](fov_i64 begin, fov_i64 end) { fill(dx, 0, begin, end); });
        const fov_i64 rows = e.rows / groups, step = e.axis == e.rank - 1 ? 0 : 1;
        parallel_ranges(
            *ctx, groups,
            [=, &e](fov_i64 begin, fov_i64 end) {
                for (fov_i64 r = begin * rows; r < end * rows; r++) {
                    float *to = dx + e.offset(r);
                    for (fov_i64 i = 0; i < e.length; i++)
                        to[i * step + place(index[r * e.length + i], e.n) * e.along] += dy[r * e.length + i];
                }
            },
            std::max<fov_i64>(1, elements_per_task / (rows * e.length)));
    });
}

fov_status fov_one_hot(fov_ctx *ctx, float *y, const int32_t *index, const fov_shape *shape, int32_t axis, float on, float off) {
    return guarded(ctx, [&] {
        check("oneHot", shape, axis);
        const around a(*shape, axis);
        require_inside("oneHot", index, a.outer * a.inner, a.n);
        const auto fill = ctx->kernels->elementwise->fill;
        parallel_ranges(
            *ctx, a.outer,
            [=](fov_i64 begin, fov_i64 end) {
                fill(y, off, begin * a.n * a.inner, end * a.n * a.inner);
                for (fov_i64 o = begin; o < end; o++)
                    for (fov_i64 i = 0; i < a.inner; i++) y[(o * a.n + place(index[o * a.inner + i], a.n)) * a.inner + i] = on;
            },
            std::max<fov_i64>(1, elements_per_task / (a.n * a.inner)));
    });
}
}
