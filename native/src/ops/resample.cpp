#include <algorithm>
#include <cstring>
#include <vector>

#include "../error.h"
#include "../parallel.h"

using namespace fov;

namespace {

constexpr int max_axes = FOV_MOVE_RANK;

struct mapped_axis {
    fov_i64 in, out;
    const fov_taps *taps;  // null: index o is index o
    fov_i64 x_stride, y_stride;

    int32_t begin(fov_i64 o) const { return taps ? taps->begin[o] : static_cast<int32_t>(o); }
    int32_t end(fov_i64 o) const { return taps ? taps->begin[o + 1] : static_cast<int32_t>(o + 1); }
    fov_i64 index(int32_t t) const { return taps ? taps->index[t] : t; }
    float weight(int32_t t) const { return taps && taps->weight ? taps->weight[t] : 1.0f; }
};

// The map cut into rows: the axes that enumerate rows, and what happens inside one.
struct row_map {
    int outer = 0;
    mapped_axis axes[max_axes];
    fov_i64 rows = 1;
    fov_i64 in_row = 1, out_row = 1;  // floats
    std::vector<tap_run> runs;
    tap_row inside{};
    bool copies = false;  // a row is its inputs as they are: nothing happens along the inner axis
};

// How many outputs from o on are plain copies of inputs that follow each other.
fov_i64 copies_from(const fov_taps &t, fov_i64 o) {
    fov_i64 n = 0;
    for (; o + n < t.out; n++) {
        const int32_t tap = t.begin[o + n];
        if (t.begin[o + n + 1] != tap + 1 || (t.weight && t.weight[tap] != 1) || t.index[tap] != t.index[t.begin[o]] + n) break;
    }
    return n;
}

std::vector<tap_run> runs_of(const fov_taps &t) {
    std::vector<tap_run> runs;
    for (fov_i64 o = 0; o < t.out;) {
        const int32_t tap = t.begin[o], taps = t.begin[o + 1] - tap;
        const fov_i64 copies = copies_from(t, o);
        tap_run run = {tap_run::weigh, taps, o, 1, 0, tap};
        if (taps == 0) {
            run.kind = tap_run::fill;
        } else if (copies >= 4) {  // shorter ones are cheaper as part of their neighbours
            run = {tap_run::copy, 1, o, copies, t.index[tap], tap};
        }
        tap_run *last = runs.empty() ? nullptr : &runs.back();
        if (last && run.kind != tap_run::copy && last->kind == run.kind && last->taps == run.taps) {
            last->length++;
        } else {
            runs.push_back(run);
        }
        o += run.length;
    }
    return runs;
}

void check(const fov_map &m) {
    require(m.rank >= 1 && m.rank <= max_axes, "map: rank %d is not 1 to %d", m.rank, max_axes);
    for (int32_t i = 0; i < m.rank; i++) {
        const fov_taps &t = m.axis[i];
        require(t.in > 0 && t.out > 0 && (t.begin || t.in == t.out), "map: axis %d maps %lld elements to %lld", i, t.in, t.out);
    }
}

row_map plan(const fov_map &m, float fill) {
    // Neighbouring axes that stay as they are count as one.
    mapped_axis a[max_axes];
    int n = 0;
    for (int32_t i = 0; i < m.rank; i++) {
        const fov_taps &t = m.axis[i];
        if (!t.begin && n && !a[n - 1].taps) {
            a[n - 1].in = a[n - 1].out *= t.out;
        } else {
            a[n++] = {t.in, t.out, t.begin ? &t : nullptr, 0, 0};
        }
    }
    fov_i64 xs = 1, ys = 1;
    for (int i = n - 1; i >= 0; i--) {
        a[i].x_stride = xs;
        a[i].y_stride = ys;
        xs *= a[i].in;
        ys *= a[i].out;
    }
    row_map r;
    r.inside.fill = fill;
    r.inside.lanes = 1;
    int last = n - 1;
    if (!a[last].taps && (n == 1 || a[last].in >= 256)) {  // long runs of unchanged neighbours are rows themselves
        r.copies = true;
        r.in_row = r.out_row = a[last].in;
    } else {
        if (!a[last].taps) r.inside.lanes = a[last--].in;
        r.runs = runs_of(*a[last].taps);
        r.inside.runs = r.runs.data();
        r.inside.count = static_cast<fov_i64>(r.runs.size());
        r.inside.index = a[last].taps->index;
        r.inside.weight = a[last].taps->weight;
        r.in_row = a[last].in * r.inside.lanes;
        r.out_row = a[last].out * r.inside.lanes;
    }
    for (int i = 0; i < last; i++) {
        r.axes[r.outer++] = a[i];
        r.rows *= a[i].out;
    }
    return r;
}

// Where row `row` of y lies and which taps of the outer axes it sums; false where there is none along some axis.
bool row_taps(const row_map &r, fov_i64 row, fov_i64 &to, int32_t *first, int32_t *end) {
    bool any = true;
    to = 0;
    for (int i = r.outer - 1; i >= 0; i--) {
        const fov_i64 o = row % r.axes[i].out;
        row /= r.axes[i].out;
        to += o * r.axes[i].y_stride;
        first[i] = r.axes[i].begin(o);
        end[i] = r.axes[i].end(o);
        any &= first[i] < end[i];
    }
    return any;
}

// y's row = the map of the weighted sum of x's rows, over every combination of the outer axes' taps.
void compute_row(const row_map &r, const resample_kernels &kernels, float *y, const float *x, fov_i64 row, float *scratch) {
    int32_t tap[max_axes], first[max_axes], end[max_axes];
    fov_i64 to;
    const bool any = row_taps(r, row, to, first, end);
    y += to;
    if (!any) {
        const tap_run all = {tap_run::fill, 0, 0, r.out_row, 0, 0};
        kernels.row(y, x, {&all, 1, nullptr, nullptr, 1, r.inside.fill});
        return;
    }
    std::copy_n(first, r.outer, tap);
    float *sum = r.copies ? y : scratch;
    const float *source = nullptr;
    for (bool more = true; more;) {
        fov_i64 from = 0;
        float w = 1;
        for (int i = 0; i < r.outer; i++) {
            from += r.axes[i].index(tap[i]) * r.axes[i].x_stride;
            w *= r.axes[i].weight(tap[i]);
        }
        int i = r.outer - 1;
        for (; i >= 0 && ++tap[i] == end[i]; i--) tap[i] = first[i];
        more = i >= 0;
        if (!source && !more && w == 1) {
            source = x + from;
        } else {
            kernels.blend(sum, x + from, w, source != nullptr, r.in_row);
            source = sum;
        }
    }
    if (!r.copies) {
        kernels.row(y, source, r.inside);
    } else if (source != y) {
        memcpy(y, source, r.out_row * sizeof(float));
    }
}

}  // namespace

extern "C" fov_status fov_map_axes(fov_ctx *ctx, float *y, const float *x, const fov_map *map, float fill) {
    return guarded(ctx, [&] {
        require(y && x && map, "map: null argument");
        check(*map);
        const row_map r = plan(*map, fill);
        const fov_i64 scratch_row = (r.in_row + 15) / 16 * 16;
        auto *scratch = static_cast<float *>(ctx->scratch.reserve(scratch_row * ctx->threads() * sizeof(float)));
        const resample_kernels &kernels = *ctx->kernels->resample;
        const fov_i64 per_task = std::max<fov_i64>(1, elements_per_task / std::max(r.in_row, r.out_row));
        const fov_i64 tasks = (r.rows + per_task - 1) / per_task;
        parallel_tasks(*ctx, tasks, [&](fov_i64 t, int thread) {
            for (fov_i64 row = t * per_task; row < std::min(r.rows, (t + 1) * per_task); row++)
                compute_row(r, kernels, y, x, row, scratch + thread * scratch_row);
        });
    });
}
