// Who computes which pass. Layouts of x and y are one choice for all passes, since a reorder of a large tensor costs as much as a
// small convolution; within that, every pass may go to another implementation.
#include <algorithm>
#include <set>
#include <tuple>

#include "conv.h"

namespace fov::conv {

// One row per implementation. A new one is declared and entered here.
extern const implementation onednn_bf16, onednn_blocked, own_dense, own_depthwise, own_direct, own_lane, own_plain, own_winograd2,
    own_winograd4, own_winograd2_of_5;
static const implementation *const table[] = {&own_dense,     &own_depthwise, &own_direct,         &own_plain,      &own_lane,
                                              &own_winograd2, &own_winograd4, &own_winograd2_of_5, &onednn_blocked, &onednn_bf16};

double peak(const fov_ctx &ctx) {
    switch (ctx.kernels->isa) {
        case FOV_ISA_AVX512: return 250;
        case FOV_ISA_AVX2: return 125;
        case FOV_ISA_NEON: return 50;
        default: return 16;
    }
}

namespace {

// oneDNN cuts some sums by thread count, which strict sessions rule out, and runs the CPU's best instruction set whatever the
// session's is. Asked for, it computes all that it has fast code for.
bool allowed(const fov_ctx &ctx, const implementation &row) {
    if (row.provider == FOV_PROVIDER_OWN) return true;
    const fov_i64 provider = ctx.options[FOV_OPTION_PROVIDER];
    return provider == FOV_PROVIDER_ONEDNN ||
           (provider == FOV_PROVIDER_AUTO && !ctx.options[FOV_OPTION_STRICT] && ctx.kernels->isa == best_isa());
}

// What nobody asked for, where somebody asked for something, comes last.
double cost(const setting &s, const implementation &row) {
    const fov_i64 provider = s.ctx.options[FOV_OPTION_PROVIDER];
    const bool passed_over =
        (!s.ctx.preferred.empty() && !s.ctx.prefers(row.name)) || (provider != FOV_PROVIDER_AUTO && provider != row.provider);
    return row.cost(s) + (passed_over ? 1e15 : 0);
}

using refusal = std::tuple<const implementation *, int, int32_t, int32_t>;

struct picked {
    double cost = never;
    int32_t x_layout = FOV_PLAIN, y_layout = FOV_PLAIN;
    const implementation *rows[FOV_CONV_PASSES] = {};
};

setting asked(fov_ctx &ctx, const problem &p, const request &r, int which, int32_t x_layout, int32_t y_layout) {
    const bool gives = which == r.result;
    return {ctx,
            p,
            static_cast<pass>(which),
            x_layout,
            y_layout,
            gives && r.bias,
            gives && r.add,
            gives && r.relu,
            (r.wanted & 1 << weights) != 0,
            gives && r.pools};
}

picked cheapest(fov_ctx &ctx, const problem &p, const request &r, const std::set<refusal> &refused) {
    picked best;
    for (int32_t x_layout : {FOV_PLAIN, FOV_C16, FOV_N16})
        for (int32_t y_layout : {FOV_PLAIN, FOV_C16, FOV_N16}) {
            picked here{0, x_layout, y_layout, {}};
            // The op's input, and its gradient if wanted, are brought to the layout chosen here.
            const bool x_is_read = r.result == forward;
            if ((x_is_read ? x_layout : y_layout) != r.present) {
                const fov_i64 elements = x_is_read ? p.x_elements(x_layout) : p.y_elements(y_layout);
                const int times = r.wanted & 1 << (x_is_read ? data : forward) ? 2 : 1;
                here.cost += times * moving(8.0 * elements);
            }
            for (int pass_index = 0; pass_index < FOV_CONV_PASSES; pass_index++) {
                if (!(r.wanted & 1 << pass_index)) continue;
                const setting s = asked(ctx, p, r, pass_index, x_layout, y_layout);
                double least = never;
                for (const implementation *row : table) {
                    if (!allowed(ctx, *row) || refused.count({row, pass_index, x_layout, y_layout})) continue;
                    const double c = cost(s, *row);
                    if (c < least) {
                        least = c;
                        here.rows[pass_index] = row;
                    }
                }
                here.cost += least;
            }
            if (here.cost < best.cost) best = here;
        }
    return best;
}

}  // namespace

choice choose(fov_ctx &ctx, const problem &p, const request &r) {
    if (ctx.options[FOV_OPTION_PROVIDER] == FOV_PROVIDER_ONEDNN && ctx.kernels->isa != best_isa())
        throw failure(FOV_UNSUPPORTED, format("oneDNN runs the best instruction set of this CPU, %s, but the session is fixed to %s; leave "
                                              "the instruction set at 'best' or the provider at 'auto'",
                                              fov_isa_name(best_isa()), fov_isa_name(ctx.kernels->isa)));
    std::set<refusal> refused;
    for (;;) {
        const picked best = cheapest(ctx, p, r, refused);
        if (best.cost == never) throw failure(FOV_INTERNAL, "conv: no implementation takes these extents");
        choice made{best.x_layout, best.y_layout, {}};
        const implementation *failed = nullptr;
        for (int i = 0; i < FOV_CONV_PASSES && !failed; i++) {
            if (!best.rows[i]) continue;
            made.passes[i].name = best.rows[i]->name;
            if (best.rows[i]->make(asked(ctx, p, r, i, best.x_layout, best.y_layout), made.passes[i])) continue;
            failed = best.rows[i];
            refused.insert({failed, i, best.x_layout, best.y_layout});
        }
        if (!failed) return made;
    }
}

}  // namespace fov::conv
