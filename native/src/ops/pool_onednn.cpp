// Max and average pooling by oneDNN. Its workspace, the winners of max-pooling, takes the place of our offsets.
#include "../onednn_pass.h"
#include "pool.h"

namespace fov {

namespace {

using namespace dnnl;
using dims = memory::dims;

// The windows as oneDNN describes them; `possible` is false where it cannot.
struct windows {
    bool possible = true;
    dims x, y, kernel, stride, dilation, before, after;
    algorithm kind = algorithm::pooling_max;

    explicit windows(const fov_pool_attrs &a) : x{a.x.dim[0], a.x.dim[1]}, y(x) {
        const int axes = a.x.rank - 2;
        if (axes == 1) add(1, 1, 1, 1, 1, 0);  // one axis is a row
        bool padded = false;
        for (int i = 0; i < axes; i++) {
            const fov_i64 in = a.x.dim[i + 2];
            if (a.adaptive) {
                possible = possible && a.out[i] == 1;
                add(in, 1, in, 1, 1, 0);
                continue;
            }
            add(in, a.out[i], a.kernel[i], a.stride[i], a.dilation[i], a.before[i]);
            padded = padded || a.before[i] > 0 || after.back() > 0;
            // Ours counts padding, but not what lies behind it; oneDNN knows no difference.
            if (a.divisor == FOV_DIVIDE_PADDED) possible = possible && after.back() <= a.after[i];
        }
        if (a.op == FOV_POOL_AVG) {
            possible = possible && a.divisor != FOV_DIVIDE_NONE;
            kind =
                padded && a.divisor == FOV_DIVIDE_PADDED ? algorithm::pooling_avg_include_padding : algorithm::pooling_avg_exclude_padding;
        }
    }

    void add(fov_i64 in, fov_i64 out, fov_i64 taps, fov_i64 step, fov_i64 apart, fov_i64 first) {
        x.push_back(in), y.push_back(out), kernel.push_back(taps), stride.push_back(step), dilation.push_back(apart - 1);
        before.push_back(first);
        after.push_back(std::max<fov_i64>(0, (out - 1) * step + (taps - 1) * apart + 1 - in - first));
    }
};

onednn_pass make(const engine &e, const windows &w, int32_t layout, bool backward) {
    const memory::desc x = onednn_desc(w.x, layout), y = onednn_desc(w.y, layout);
    const primitive_attr attributes = onednn_attributes();
    const pooling_forward::primitive_desc forward(e, prop_kind::forward_training, w.kind, x, y, w.stride, w.kernel, w.dilation, w.before,
                                                  w.after, attributes, true);
    if (!forward) return {};
    const memory::desc winners = forward.workspace_desc();
    if (!backward) return onednn_made<pooling_forward>(e, forward, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}, {DNNL_ARG_WORKSPACE, winners}});
    const pooling_backward::primitive_desc pd(e, w.kind, x, y, w.stride, w.kernel, w.dilation, w.before, w.after, forward, attributes,
                                              true);
    return onednn_made<pooling_backward>(e, pd, {{DNNL_ARG_DIFF_SRC, x}, {DNNL_ARG_DIFF_DST, y}, {DNNL_ARG_WORKSPACE, winners}});
}

}  // namespace

void pool_onednn(fov_pool &p, const fov_pool_attrs &a) {
    if (a.op == FOV_POOL_OTHER || !onednn_describes(a.layout) || !onednn_asked(*p.ctx)) return;
    const windows w(a);
    if (!w.possible) return;
    onednn_key key{static_cast<fov_i64>(onednn_family::pool), a.layout, static_cast<fov_i64>(w.kind)};
    for (const dims *list : {&w.x, &w.y, &w.kernel, &w.stride, &w.dilation, &w.before, &w.after})
        key.insert(key.end(), list->begin(), list->end());
    for (const bool backward : {false, true}) {
        onednn_key own = key;
        own.push_back(backward);
        p.by_onednn[backward] = onednn_pass_of(*p.ctx, own, [&](const engine &e) { return make(e, w, a.layout, backward); });
    }
    // Whoever finds the winners must be who sends the gradient to them.
    if (a.op == FOV_POOL_MAX && !(p.by_onednn[0] && p.by_onednn[1])) p.by_onednn[0] = p.by_onednn[1] = nullptr;
}

}  // namespace fov
