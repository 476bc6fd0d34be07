#include "pool.h"

#include "../kernels/pool_max.h"

using namespace fov;

namespace {

struct axis_attrs {
    fov_i64 in;
    int32_t out, kernel, stride, before, after, dilation;
};

// Appends an axis' tables; `starts` remembers where each begins until the vector stops moving.
void add_axis(std::vector<int32_t> &tables, std::vector<size_t> &starts, pool_axis &axis, const axis_attrs &a, bool adaptive,
              int32_t divisor) {
    const auto table = [&](size_t n) {
        starts.push_back(tables.size());
        tables.resize(tables.size() + n);
        return starts.back();
    };
    const size_t out = a.out, first = table(out), t0 = table(out), t1 = table(out), count = table(out), reader = table(a.in + 1);
    axis.in = static_cast<int32_t>(a.in);
    axis.out = a.out;
    axis.taps = adaptive ? 1 : a.kernel;
    axis.stride = adaptive ? 0 : a.stride;
    axis.dilation = adaptive ? 1 : a.dilation;
    axis.padding = adaptive ? 0 : a.before;
    size_t readers = 0;
    for (fov_i64 o = 0; o < a.out; o++) {
        const fov_i64 from = adaptive ? o * a.in / a.out : o * a.stride - a.before, d = axis.dilation;
        const fov_i64 n = adaptive ? ((o + 1) * a.in + a.out - 1) / a.out - from : a.kernel;
        const fov_i64 begin = from < 0 ? (-from + d - 1) / d : 0, end = std::min(n, (a.in - from + d - 1) / d);
        require(begin < end, "pooling: window %lld of an axis of %lld holds no element of it", o, a.in);
        const fov_i64 padded = adaptive ? n : std::min(n, (a.in + a.after - from + d - 1) / d);
        tables[first + o] = static_cast<int32_t>(from);
        tables[t0 + o] = static_cast<int32_t>(begin);
        tables[t1 + o] = static_cast<int32_t>(end);
        tables[count + o] = static_cast<int32_t>(divisor == FOV_DIVIDE_NONE ? 1 : divisor == FOV_DIVIDE_PADDED ? padded : end - begin);
        axis.taps = std::max<int32_t>(axis.taps, static_cast<int32_t>(n));
        for (fov_i64 t = begin; t < end; t++) tables[reader + from + t * d + 1]++;
        readers += end - begin;
    }
    for (fov_i64 i = 0; i < a.in; i++) tables[reader + i + 1] += tables[reader + i];
    const size_t reader_out = table(readers), reader_tap = table(readers);
    std::vector<int32_t> next(tables.begin() + reader, tables.begin() + reader + a.in);
    for (fov_i64 o = 0; o < a.out; o++)
        for (int32_t t = tables[t0 + o]; t < tables[t1 + o]; t++) {
            const int32_t k = next[tables[first + o] + t * axis.dilation]++;
            tables[reader_out + k] = static_cast<int32_t>(o);
            tables[reader_tap + k] = t;
        }
    const auto whole = [&](fov_i64 o) { return tables[t0 + o] == 0 && tables[t1 + o] == axis.taps; };
    if (adaptive) return;
    while (axis.whole < a.out && !whole(axis.whole)) axis.whole++;
    axis.whole_end = axis.whole;
    while (axis.whole_end < a.out && whole(axis.whole_end)) axis.whole_end++;
    if (a.dilation == 1 && a.kernel >= a.stride) {
        axis.inner = a.stride * (axis.whole + (a.kernel - 1) / a.stride) - a.before;
        axis.inner_end = std::min<int32_t>(axis.in, a.stride * axis.whole_end - a.before);
        if (axis.inner >= axis.inner_end) axis.inner = axis.inner_end = 0;
    }
}

void bind(pool_axis &axis, const int32_t *tables, const size_t *starts) {
    const int32_t **const slots[] = {&axis.first, &axis.t0, &axis.t1, &axis.count, &axis.reader, &axis.reader_out, &axis.reader_tap};
    for (size_t i = 0; i < 7; i++) *slots[i] = tables + starts[i];
}

// Of a plane that is one window all is zero but the winner, and that too where a stochastic pool drew nothing. offsets [blocks][16], in
// the plain layout one per plane.
template <class Offset>
void to_winners(const fov_pool &p, float *dx, const float *dy, const Offset *offsets) {
    const fov_i64 width = p.layout == FOV_PLAIN ? 1 : 16;
    over_planes(p, [&](fov_i64 i) {
        float *plane = dx + i * width * p.g.in;
        std::fill(plane, plane + width * p.g.in, 0.0f);
        for (fov_i64 lane = 0; lane < width; lane++) {
            const fov_i64 winner = offsets[i * width + lane];
            if (winner >= 0 && winner < p.g.in) plane[winner * width + lane] = dy[i * width + lane];
        }
    });
}

}  // namespace

fov_pool::fov_pool(fov_ctx *context, const fov_pool_attrs &a) : ctx(context), x(a.x), layout(a.layout) {
    require(a.x.rank >= 3 && a.x.rank <= 5, "pooling: x has %d dimensions; it needs n, c and 1 to 3 spatial ones", a.x.rank);
    require(layout >= FOV_PLAIN && layout <= FOV_N16, "pooling: layout %d is unknown", layout);
    std::vector<size_t> starts;
    pool_axis *const axes[] = {&g.z, &g.y, &g.x};
    const int missing = 5 - a.x.rank;
    g.in = g.out = 1;
    for (int i = 0; i < 3; i++) {
        axis_attrs axis{1, 1, 1, 1, 0, 0, 1};
        if (i >= missing) {
            const int k = i - missing;
            axis = {a.x.dim[k + 2], a.out[k], a.kernel[k], a.stride[k], a.before[k], a.after[k], a.dilation[k]};
            require(axis.in > 0 && axis.in < 1 << 30 && axis.out > 0, "pooling: axis %d has %lld inputs and %d outputs", k, axis.in,
                    axis.out);
            require(a.adaptive || (axis.kernel > 0 && axis.stride > 0 && axis.dilation > 0 && axis.before >= 0 && axis.after >= 0),
                    "pooling: axis %d has kernel %d, stride %d, dilation %d, padding %d and %d", k, axis.kernel, axis.stride, axis.dilation,
                    axis.before, axis.after);
        }
        add_axis(tables, starts, *axes[i], axis, a.adaptive && i >= missing, a.divisor);
        g.in *= axis.in;
        g.out *= axis.out;
    }
    require(g.in < INT32_MAX, "pooling: a plane of %lld positions does not fit 32-bit indices", g.in);
    for (int i = 0; i < 3; i++) bind(*axes[i], tables.data(), starts.data() + 7 * i);
    pool_onednn(*this, a);
}

fov_i64 fov_pool::blocks() const {
    if (layout == FOV_C16) return x.n * x.channel_blocks();
    if (layout == FOV_N16) return x.batch_blocks() * x.c;
    return (x.n * x.c + 15) / 16;
}

int fov_pool::lanes(fov_i64 block) const {
    const fov_i64 left = layout == FOV_C16   ? x.c - block % x.channel_blocks() * 16
                         : layout == FOV_N16 ? x.n - block / x.c * 16
                                             : x.n * x.c - block * 16;
    return static_cast<int>(std::min<fov_i64>(16, left));
}

fov_i64 fov_pool::channel(fov_i64 block, int lane) const {
    if (layout == FOV_C16) return block % x.channel_blocks() * 16 + lane;
    return layout == FOV_N16 ? block % x.c : (block * 16 + lane) % x.c;
}

int fov_pool::offset_kind() const { return static_cast<fov_i64>(g.z.taps) * g.y.taps * g.x.taps <= 255 ? OFFSETS_BYTE : OFFSETS_WORD; }

bool fov_pool::global() const {
    const auto one = [](const pool_axis &a) {
        return a.out == 1 && a.taps == a.in && a.t0[0] == 0 && a.t1[0] == a.in && a.first[0] == 0 && (a.dilation == 1 || a.in == 1);
    };
    return one(g.z) && one(g.y) && one(g.x);
}

pool_geometry fov_pool::writing(const void *result, fov_i64 positions) const {
    pool_geometry windows = g;
    extents e = x;
    e.s = positions;
    windows.stream = layout != FOV_PLAIN && outgrows_caches(result, layout, e);
    return windows;
}

namespace fov {

row_range rows_read(const pool_geometry &g, row_range r) {
    const fov_i64 z0 = r.begin / g.y.out, z1 = (r.end - 1) / g.y.out;
    const fov_i64 y0 = z0 == z1 ? r.begin % g.y.out : 0, y1 = z0 == z1 ? (r.end - 1) % g.y.out : g.y.out - 1;
    const auto low = [](const pool_axis &a, fov_i64 o) { return a.first[o] + static_cast<fov_i64>(a.t0[o]) * a.dilation; };
    const auto high = [](const pool_axis &a, fov_i64 o) { return a.first[o] + (a.t1[o] - 1LL) * a.dilation; };
    // The first tap inside falls with o only where dilation skips the edge, so every output is asked.
    fov_i64 zl = g.z.in, zh = 0, yl = g.y.in, yh = 0;
    for (fov_i64 z = z0; z <= z1; z++) zl = std::min(zl, low(g.z, z)), zh = std::max(zh, high(g.z, z));
    for (fov_i64 y = y0; y <= y1; y++) yl = std::min(yl, low(g.y, y)), yh = std::max(yh, high(g.y, y));
    return {zl * g.y.in + yl, zh * g.y.in + yh + 1};
}

row_range rows_reading(const pool_geometry &g, row_range r) {
    const fov_i64 z0 = r.begin / g.y.in, z1 = (r.end - 1) / g.y.in;
    const fov_i64 y0 = z0 == z1 ? r.begin % g.y.in : 0, y1 = z0 == z1 ? (r.end - 1) % g.y.in : g.y.in - 1;
    const auto outputs = [](const pool_axis &a, fov_i64 i0, fov_i64 i1) {
        row_range o{a.out, 0};
        for (int32_t k = a.reader[i0]; k < a.reader[i1 + 1]; k++) {
            o.begin = std::min<fov_i64>(o.begin, a.reader_out[k]);
            o.end = std::max<fov_i64>(o.end, a.reader_out[k] + 1);
        }
        return o;
    };
    const row_range z = outputs(g.z, z0, z1), y = outputs(g.y, y0, y1);
    if (z.begin >= z.end || y.begin >= y.end) return {0, 0};
    return {z.begin * g.y.out + y.begin, (z.end - 1) * g.y.out + y.end};
}

float *slab_scratch(const fov_pool &p, fov_i64 each) {
    return static_cast<float *>(p.ctx->scratch.reserve(static_cast<size_t>(p.ctx->threads()) * each * 16 * sizeof(float)));
}

void pool_maxima(const fov_pool &p, float *y, int32_t *indices, void *offsets, const float *x) {
    const int kind = offsets ? p.offset_kind() : OFFSETS_NONE;
    const auto kernel = p.ctx->kernels->pool_max->forward;
    const pool_geometry g = p.writing(y, p.g.out);
    pool_forward(p, y, reinterpret_cast<float *>(indices), x, nullptr,
                 [&](float *yb, float *ib, const float *xb, const float *, row_range r, fov_i64 block) {
                     auto *ob = static_cast<uint8_t *>(offsets) + (offsets ? block * 16 * p.g.out * kind : 0);
                     kernel(yb, reinterpret_cast<int32_t *>(ib), ob, kind, xb, g, r.begin, r.end, p.lanes(block));
                 });
}

void pool_winners(const fov_pool &p, float *dx, const float *dy, const void *offsets) {
    const int kind = p.offset_kind();
    if (p.global()) {
        if (kind == OFFSETS_BYTE) return to_winners(p, dx, dy, static_cast<const uint8_t *>(offsets));
        return to_winners(p, dx, dy, static_cast<const int32_t *>(offsets));
    }
    const auto kernel = p.ctx->kernels->pool_max->backward;
    const pool_geometry g = p.writing(dx, p.g.in);
    pool_backward(p, dx, dy, nullptr, nullptr, nullptr,
                  [&](float *db, const float *yb, const float *, const float *, const float *, row_range r, fov_i64 block) {
                      const auto *ob = static_cast<const uint8_t *>(offsets) + block * 16 * p.g.out * kind;
                      kernel(db, yb, ob, kind, g, r.begin, r.end);
                  });
}

}  // namespace fov

extern "C" {

fov_status fov_pool_create(fov_ctx *ctx, const fov_pool_attrs *attrs, fov_pool **out) {
    return guarded(ctx, [&] { *out = new fov_pool(ctx, *attrs); });
}

void fov_pool_destroy(fov_pool *pool) { delete pool; }

fov_i64 fov_pool_offset_bytes(const fov_pool *pool) {
    if (pool->by_onednn[0]) return pool->by_onednn[0]->bytes(DNNL_ARG_WORKSPACE);
    return pool->blocks() * 16 * pool->g.out * pool->offset_kind();
}

const char *fov_pool_implementation(const fov_pool *pool, int32_t pass) {
    return implementation_name(pool->ctx, [&] { return pool->by_onednn[pass != FOV_CONV_FORWARD]; });
}

fov_status fov_max_pool_forward(fov_pool *pool, float *y, int32_t *indices, void *offsets, const float *x) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        if (const auto &pass = p.by_onednn[0]) {
            require(!indices, "max_pool: a pool of FOV_POOL_MAX has no indices");
            pass->run(*p.ctx, 0, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}, {DNNL_ARG_WORKSPACE, offsets}});
            return;
        }
        pool_maxima(p, y, indices, offsets, x);
    });
}

fov_status fov_max_pool_backward(fov_pool *pool, float *dx, const float *dy, const void *offsets) {
    return guarded(pool->ctx, [&] {
        const fov_pool &p = *pool;
        if (const auto &pass = p.by_onednn[1]) {
            pass->run(*p.ctx, 0, {{DNNL_ARG_DIFF_SRC, dx}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_WORKSPACE, offsets}});
            return;
        }
        pool_winners(p, dx, dy, offsets);
    });
}
}
