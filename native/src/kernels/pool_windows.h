// The loops of pooling over planes of 16 lanes, [z][y][x][16]: which taps an output reads, which outputs read an input.
//
// Bodies are written once, for one output or input and any set of taps. Where windows are whole, of a common size and follow a
// stride, the taps are constants of the loop; elsewhere they come from the tables.
#pragma once
#include "../simd.h"
#include "pool_geometry.h"

namespace fov {
namespace {

// Z x Y x X taps that all lie inside. `origin` and the offsets handed to f count floats from the plane's start.
template <int Z, int Y, int X>
struct whole_taps {
    i64 origin;

    template <class F>
    FOV_INLINE void each(const pool_geometry &g, F f) const {
        const i64 dz = 16LL * g.y.in * g.x.in * g.z.dilation, dy = 16LL * g.x.in * g.y.dilation, dx = 16LL * g.x.dilation;
#pragma GCC unroll 4
        for (int z = 0; z < Z; z++)
#pragma GCC unroll 4
            for (int y = 0; y < Y; y++)
#pragma GCC unroll 4
                for (int x = 0; x < X; x++) f(origin + z * dz + y * dy + x * dx, (z * Y + y) * X + x);
    }

    FOV_INLINE i64 first(const pool_geometry &) const { return origin; }
    FOV_INLINE int first_tap(const pool_geometry &) const { return 0; }
};

// The taps of one output that lie inside, whichever they are.
struct some_taps {
    i64 origin;
    int z0, z1, y0, y1, x0, x1;

    FOV_INLINE i64 offset(const pool_geometry &g, int z, int y, int x) const {
        const i64 dz = static_cast<i64>(z) * g.z.dilation, dy = static_cast<i64>(y) * g.y.dilation, dx = static_cast<i64>(x) * g.x.dilation;
        return origin + 16 * ((dz * g.y.in + dy) * g.x.in + dx);
    }

    template <class F>
    FOV_INLINE void each(const pool_geometry &g, F f) const {
        const i64 dx = 16LL * g.x.dilation;
        for (int z = z0; z < z1; z++)
            for (int y = y0; y < y1; y++) {
                i64 p = offset(g, z, y, x0);
                const int tap = (z * g.y.taps + y) * g.x.taps;
                for (int x = x0; x < x1; x++, p += dx) f(p, tap + x);
            }
    }

    FOV_INLINE i64 first(const pool_geometry &g) const { return offset(g, z0, y0, x0); }
    FOV_INLINE int first_tap(const pool_geometry &g) const { return (z0 * g.y.taps + y0) * g.x.taps + x0; }
};

// body(output position, taps, 1 / divisor) for the output rows [row, end), a row being all x of one (z, y).
template <int Z, int Y, int X, class Body>
FOV_INLINE void outputs_of(const pool_geometry &g, i64 row, i64 end, Body body) {
    for (i64 r = row; r < end; r++) {
        const i64 z = r / g.y.out, y = r % g.y.out;
        const i64 line = 16 * (static_cast<i64>(g.z.first[z]) * g.y.in + g.y.first[y]) * g.x.in;
        some_taps taps{0, g.z.t0[z], g.z.t1[z], g.y.t0[y], g.y.t1[y], 0, 0};
        const float count = static_cast<float>(g.z.count[z]) * static_cast<float>(g.y.count[y]);
        const bool whole = Z && z >= g.z.whole && z < g.z.whole_end && y >= g.y.whole && y < g.y.whole_end;
        const i64 from = whole ? g.x.whole : g.x.out, to = whole ? g.x.whole_end : g.x.out;
        const auto edge = [&](i64 begin, i64 stop) FOV_LAMBDA {
            for (i64 x = begin; x < stop; x++) {
                taps.origin = line + 16 * g.x.first[x];
                taps.x0 = g.x.t0[x];
                taps.x1 = g.x.t1[x];
                body(r * g.x.out + x, taps, 1 / (count * static_cast<float>(g.x.count[x])));
            }
        };
        edge(0, from);
        if constexpr (Z != 0) {
            const float weight = from < to ? 1 / (count * static_cast<float>(g.x.count[from])) : 0;
            i64 origin = line + 16 * (from * g.x.stride - g.x.padding);
            for (i64 x = from; x < to; x++, origin += 16 * g.x.stride) body(r * g.x.out + x, whole_taps<Z, Y, X>{origin}, weight);
        }
        edge(to, g.x.out);
    }
}

template <class Body>
FOV_INLINE void outputs(const pool_geometry &g, i64 row, i64 end, Body body) {
    const int z = g.z.taps, y = g.y.taps, x = g.x.taps;
    if (g.x.stride == 0) {
        outputs_of<0, 0, 0>(g, row, end, body);
    } else if (z == 1 && y == 2 && x == 2) {
        outputs_of<1, 2, 2>(g, row, end, body);
    } else if (z == 1 && y == 3 && x == 3) {
        outputs_of<1, 3, 3>(g, row, end, body);
    } else if (z == 1 && y == 1 && x == 2) {
        outputs_of<1, 1, 2>(g, row, end, body);
    } else if (z == 1 && y == 1 && x == 3) {
        outputs_of<1, 1, 3>(g, row, end, body);
    } else if (z == 2 && y == 2 && x == 2) {
        outputs_of<2, 2, 2>(g, row, end, body);
    } else {
        outputs_of<0, 0, 0>(g, row, end, body);
    }
}

// An output row that reads the input row at hand.
struct row_reader {
    i64 row;       // its offset in floats
    int tap;       // the tap that its windows' first column has in this row
    float weight;  // 1 / divisor of its whole windows
};

// The readers of an input in phase P of a window of K taps with stride S: taps P, P + S, ... of outputs one apart.
template <int K, int S, int P>
struct whole_readers {
    const row_reader *rows;
    int count;
    i64 x;  // the last output that reads this input, which is the one that reads it as tap P

    // f(offset of the output in floats, tap, 1 / divisor)
    template <class F>
    FOV_INLINE void each(const pool_geometry &, F f) const {
        constexpr int last = (K - 1 - P) / S;
        for (int k = 0; k < count; k++)
#pragma GCC unroll 4
            for (int j = last; j >= 0; j--) f(rows[k].row + 16 * (x - j), rows[k].tap + P + j * S, rows[k].weight);
    }
};

struct some_readers {
    i64 z, y, x;

    template <class F>
    FOV_INLINE void each(const pool_geometry &g, F f) const {
        for (int a = g.z.reader[z]; a < g.z.reader[z + 1]; a++)
            for (int b = g.y.reader[y]; b < g.y.reader[y + 1]; b++) {
                const i64 oz = g.z.reader_out[a], oy = g.y.reader_out[b], row = (oz * g.y.out + oy) * g.x.out;
                const int tap = (g.z.reader_tap[a] * g.y.taps + g.y.reader_tap[b]) * g.x.taps;
                const float count = static_cast<float>(g.z.count[oz]) * static_cast<float>(g.y.count[oy]);
                for (int c = g.x.reader[x]; c < g.x.reader[x + 1]; c++) {
                    const i64 ox = g.x.reader_out[c];
                    f(16 * (row + ox), tap + g.x.reader_tap[c], 1 / (count * static_cast<float>(g.x.count[ox])));
                }
            }
    }
};

template <int K, int S, int P, class Body>
FOV_INLINE void phases(i64 position, const row_reader *rows, int count, i64 x, Body body) {
    static_assert(K >= S, "an input between two windows has no readers");
    if constexpr (P < S) {
        body(position + P, whole_readers<K, S, P>{rows, count, x});
        phases<K, S, P + 1>(position, rows, count, x, body);
    }
}

// body(input position, readers) for the input rows [row, end), a row being all x of one (z, y).
template <int K, int S, class Body>
FOV_INLINE void inputs_of(const pool_geometry &g, i64 row, i64 end, Body body) {
    constexpr int most = 9;
    row_reader rows[most];
    for (i64 r = row; r < end; r++) {
        const i64 z = r / g.y.in, y = r % g.y.in, base = r * g.x.in;
        const auto edge = [&](i64 begin, i64 stop) FOV_LAMBDA {
            for (i64 x = begin; x < stop; x++) body(base + x, some_readers{z, y, x});
        };
        i64 x = 0;
        if constexpr (K != 0) {
            const int az = g.z.reader[z], bz = g.z.reader[z + 1], ay = g.y.reader[y], by = g.y.reader[y + 1];
            if ((bz - az) * (by - ay) <= most) {
                // inner + padding is a multiple of S: phases begin with tap 0.
                i64 out = (g.x.inner + g.x.padding) / S;
                const float across = g.x.inner < g.x.inner_end ? static_cast<float>(g.x.count[out]) : 1;
                int count = 0;
                for (int a = az; a < bz; a++)
                    for (int b = ay; b < by; b++) {
                        const i64 oz = g.z.reader_out[a], oy = g.y.reader_out[b];
                        rows[count++] = {16 * (oz * g.y.out + oy) * g.x.out, (g.z.reader_tap[a] * g.y.taps + g.y.reader_tap[b]) * g.x.taps,
                                         1 / (static_cast<float>(g.z.count[oz]) * static_cast<float>(g.y.count[oy]) * across)};
                    }
                edge(0, g.x.inner);
                for (x = g.x.inner; x + S <= g.x.inner_end; x += S, out++) phases<K, S, 0>(base + x, rows, count, out, body);
            }
        }
        edge(x, g.x.in);
    }
}

template <class Body>
FOV_INLINE void inputs(const pool_geometry &g, i64 row, i64 end, Body body) {
    const int k = g.x.dilation == 1 ? g.x.taps : 0, s = g.x.stride;
    if (k == 2 && s == 2) {
        inputs_of<2, 2>(g, row, end, body);
    } else if (k == 3 && s == 2) {
        inputs_of<3, 2>(g, row, end, body);
    } else if (k == 3 && s == 1) {
        inputs_of<3, 1>(g, row, end, body);
    } else if (k == 3 && s == 3) {
        inputs_of<3, 3>(g, row, end, body);
    } else {
        inputs_of<0, 0>(g, row, end, body);
    }
}

}  // namespace
}  // namespace fov
