#include "optimizer.h"

#include <cmath>
#include <limits>

#include "../parallel.h"

using namespace fov;

namespace {

static_assert(sizeof(optimizer_kernels::update) / sizeof(void *) == FOV_OPTIMIZER_COUNT);

constexpr fov_i64 length = elements_per_task;

// All elements of all rows as tasks of a fixed length; first[r] is the number of the first task of row r.
struct tasks {
    const fov_i64 *first;
    int32_t count;

    fov_i64 total() const { return first[count]; }

    int32_t row(fov_i64 task) const {
        int32_t low = 0, high = count - 1;
        while (low < high) {
            const int32_t middle = (low + high + 1) / 2;
            if (first[middle] <= task) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
};

tasks cut(const fov_update *rows, int32_t count, void *memory) {
    auto *first = static_cast<fov_i64 *>(memory);
    fov_i64 total = 0;
    for (int32_t r = 0; r < count; r++) {
        first[r] = total;
        total += (rows[r].n + length - 1) / length;
    }
    first[count] = total;
    return {first, count};
}

template <class F>
void run(const fov_ctx &ctx, const tasks &cuts, const fov_update *rows, F f) {
    parallel_tasks(ctx, cuts.total(), [=](fov_i64 t, int) {
        const int32_t r = cuts.row(t);
        const fov_i64 begin = (t - cuts.first[r]) * length;
        f(t, r, begin, begin + length < rows[r].n ? begin + length : rows[r].n);
    });
}

fov_i64 task_count(const fov_update *rows, int32_t count) {
    fov_i64 total = 0;
    for (int32_t r = 0; r < count; r++) total += (rows[r].n + length - 1) / length;
    return total;
}

void check_kind(int32_t kind) { require(kind >= 0 && kind < FOV_OPTIMIZER_COUNT, "optimizer: kind %d is unknown", kind); }

void check(const fov_update *rows, int32_t count) {
    require(count >= 0 && (rows || count == 0), "optimizer: %d rows", count);
    for (int32_t r = 0; r < count; r++) {
        require(rows[r].g && rows[r].n > 0, "optimizer: row %d has %lld elements, or no gradient", r, rows[r].n);
    }
}

void check_states(int32_t kind, const fov_update *rows, int32_t count) {
    const bool first = kind != FOV_SGD && kind != FOV_AVERAGE && kind != FOV_CLIP;
    const bool second = kind == FOV_ADAM || kind == FOV_ADADELTA || kind == FOV_NADAM;
    for (int32_t r = 0; r < count; r++) {
        require(rows[r].w && (rows[r].s0 || !first) && (rows[r].s1 || !second), "optimizer %d: row %d lacks its weights or a state", kind,
                r);
    }
}

// How far each row of LARS may go: partial sums of a row's tasks are joined in order.
void trust_ratios(const fov_ctx &ctx, const tasks &cuts, const fov_update *rows, double *sums, float *trust, float scale, float limit) {
    const auto sum_squares = ctx.kernels->optimizer->sum_squares;
    const float all = std::numeric_limits<float>::infinity();
    run(ctx, cuts, rows, [=](fov_i64 t, int32_t r, fov_i64 begin, fov_i64 end) {
        sums[2 * t] = sum_squares(rows[r].w, begin, end, 1, all);
        sums[2 * t + 1] = sum_squares(rows[r].g, begin, end, scale, limit);
    });
    for (int32_t r = 0; r < cuts.count; r++) {
        double w = 0, g = 0;
        for (fov_i64 t = cuts.first[r]; t < cuts.first[r + 1]; t++) {
            w += sums[2 * t];
            g += sums[2 * t + 1];
        }
        w = std::sqrt(w);
        g = std::sqrt(g);
        const auto *k = rows[r].k;
        trust[r] = k[3] == 0 || w == 0 || g == 0 ? 1 : static_cast<float>(k[3] * w / (g + k[1] * w + k[4]));
    }
}

}  // namespace

namespace fov {

void check_sink(const fov_sink &sink, fov_i64 elements) {
    check_kind(sink.kind);
    require(sink.kind != FOV_LARS, "optimizer %d: it needs the whole gradient before it changes anything", sink.kind);
    require(sink.row && sink.row->n == elements, "optimizer %d: a gradient of %lld elements is not that of its row", sink.kind, elements);
    check_states(sink.kind, sink.row, 1);
}

void update_piece(const fov_ctx &ctx, const fov_sink &sink, const float *g, fov_i64 first, fov_i64 count) {
    const fov_update &u = *sink.row;
    const auto at = [=](float *state) { return state ? state + first : nullptr; };
    const update_row piece{u.w + first, g, at(u.s0), at(u.s1), at(u.s2), u.k};
    const auto kernel = ctx.kernels->optimizer->update[sink.kind];
    const float scale = sink.scale, limit = sink.limit;
    parallel_ranges(ctx, count, [=](fov_i64 begin, fov_i64 end) { kernel(piece, begin, end, scale, limit, 1); });
}

}  // namespace fov

extern "C" {

fov_status fov_optimizer_step(fov_ctx *ctx, int32_t kind, const fov_update *rows, int32_t count, float scale, float limit) {
    return guarded(ctx, [&] {
        check_kind(kind);
        check(rows, count);
        check_states(kind, rows, count);
        const fov_i64 total = task_count(rows, count);
        const size_t bytes = sizeof(fov_i64) * (count + 1) + (kind == FOV_LARS ? 2 * sizeof(double) * total + sizeof(float) * count : 0);
        auto *memory = static_cast<char *>(ctx->scratch.reserve(bytes));
        const auto cuts = cut(rows, count, memory);
        float *trust = nullptr;
        if (kind == FOV_LARS) {
            auto *sums = reinterpret_cast<double *>(memory + sizeof(fov_i64) * (count + 1));
            trust = reinterpret_cast<float *>(sums + 2 * total);
            trust_ratios(*ctx, cuts, rows, sums, trust, scale, limit);
        }
        const auto kernel = ctx->kernels->optimizer->update[kind];
        run(*ctx, cuts, rows, [=](fov_i64, int32_t r, fov_i64 begin, fov_i64 end) {
            const fov_update &u = rows[r];
            kernel({u.w, u.g, u.s0, u.s1, u.s2, u.k}, begin, end, scale, limit, trust ? trust[r] : 1);
        });
    });
}

fov_status fov_gradient_norm(fov_ctx *ctx, double *out, const fov_update *rows, int32_t count) {
    return guarded(ctx, [&] {
        require(out, "gradient_norm: no place for the result");
        check(rows, count);
        const fov_i64 total = task_count(rows, count);
        auto *memory = static_cast<char *>(ctx->scratch.reserve(sizeof(fov_i64) * (count + 1) + sizeof(double) * total));
        const auto cuts = cut(rows, count, memory);
        auto *sums = reinterpret_cast<double *>(memory + sizeof(fov_i64) * (count + 1));
        const auto sum_squares = ctx->kernels->optimizer->sum_squares;
        const float all = std::numeric_limits<float>::infinity();
        run(*ctx, cuts, rows,
            [=](fov_i64 t, int32_t r, fov_i64 begin, fov_i64 end) { sums[t] = sum_squares(rows[r].g, begin, end, 1, all); });
        double sum = 0;
        for (fov_i64 t = 0; t < total; t++) sum += sums[t];
        *out = std::sqrt(sum);
    });
}
}
