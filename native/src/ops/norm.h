// How normalisation is cut: units that share statistics, each in chunks that stay in the first-level cache.
#pragma once
#include "../error.h"
#include "../layout.h"
#include "../parallel.h"

namespace fov {

constexpr fov_i64 chunk_elements = 4096;

// The chunks of one unit, which is one run (plain) or 16 lanes: equal segments, one segment_stride apart. Small ones are joined.
struct norm_chunks {
    fov_i64 segments, segment_stride, rows, row_stride;
    fov_i64 rows_per_chunk, segments_per_chunk, parts, count;
    bool last_apart;  // the last segment has fewer lanes than the others and is a chunk of its own

    norm_chunks(fov_i64 segment_count, fov_i64 stride, fov_i64 row_count, fov_i64 row_distance, bool run, bool apart)
        : segments(segment_count),
          segment_stride(stride),
          rows(row_count),
          row_stride(row_distance),
          last_apart(apart && segment_count > 1) {
        const fov_i64 most = run ? chunk_elements : chunk_elements / 16;
        rows_per_chunk = std::min(rows, most);
        parts = (rows + rows_per_chunk - 1) / rows_per_chunk;
        segments_per_chunk = parts > 1 ? 1 : std::max<fov_i64>(1, most / rows);
        const fov_i64 joined = last_apart ? segments - 1 : segments;
        count = parts * ((joined + segments_per_chunk - 1) / segments_per_chunk + (last_apart ? 1 : 0));
    }

    struct chunk {
        fov_i64 offset, first_segment;
        norm_span span;
        fov_i64 rows() const { return span.segments * span.rows; }
    };

    chunk at(fov_i64 i, int lanes) const {
        const fov_i64 group = i / parts, part = i % parts, joined = last_apart ? segments - 1 : segments;
        const bool apart = last_apart && group * segments_per_chunk >= joined;
        const fov_i64 first = apart ? joined : group * segments_per_chunk, row = part * rows_per_chunk;
        const fov_i64 many = apart ? 1 : std::min(segments_per_chunk, joined - first);
        return {first * segment_stride + row * row_stride,
                first,
                {many, segment_stride, std::min(rows_per_chunk, rows - row), row_stride, lanes}};
    }
};

// Scratch memory in pieces.
struct pieces {
    char *next;
    template <class T>
    T *take(fov_i64 n) {
        T *piece = reinterpret_cast<T *>(next);
        next += (n * sizeof(T) + 63) / 64 * 64;
        return piece;
    }
};

// first(unit, chunk) for all, between(unit), then second(unit, chunk) for all. Where there are units enough for all threads, one
// thread takes a unit through, the second pass from the end: what the first pass read last is in the cache still.
template <class First, class Between, class Second>
void two_passes(const fov_ctx &ctx, fov_i64 units, fov_i64 chunks, fov_i64 unit_elements, First first, Between between, Second second) {
    if (units >= 2 * ctx.threads() || ctx.threads() == 1) {
        const fov_i64 together = std::max<fov_i64>(1, elements_per_task / unit_elements);
        parallel_tasks(ctx, (units + together - 1) / together, [&](fov_i64 task, int) {
            for (fov_i64 u = task * together; u < std::min(units, (task + 1) * together); u++) {
                for (fov_i64 c = 0; c < chunks; c++) first(u, c);
                between(u);
                for (fov_i64 c = chunks - 1; c >= 0; c--) second(u, c);
            }
        });
        return;
    }
    const fov_i64 length = std::max<fov_i64>(1, elements_per_task * chunks / unit_elements);
    const auto all = [&](auto pass) {
        parallel_ranges(
            ctx, units * chunks,
            [&](fov_i64 begin, fov_i64 end) {
                for (fov_i64 i = end - 1; i >= begin; i--) pass(i / chunks, i % chunks);
            },
            length);
    };
    all(first);
    for (fov_i64 u = 0; u < units; u++) between(u);
    all(second);
}

}  // namespace fov
