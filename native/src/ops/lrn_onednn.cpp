// Local response normalisation across channels by oneDNN, whose backward reads what its forward kept in a workspace.
#include "lrn_onednn.h"

#include <bit>

#include "../layout.h"

namespace fov {

onednn_ptr lrn_onednn(fov_ctx &ctx, const fov_lrn &a, bool backward) {
    using namespace dnnl;
    if (!onednn_asked(ctx) || a.layout != FOV_C16 || a.x.rank < 2 || a.size != 5) return nullptr;
    const extents e(a.x);
    // What may also be read as channels last goes to other code of oneDNN's, which crashed while it was made for one of many random shapes.
    if (e.c % 16 != 0 || e.c == 16 || e.s == 1) return nullptr;
    onednn_key key{static_cast<fov_i64>(onednn_family::lrn), backward, a.layout, a.size, e.n, e.c, e.s};
    for (const float number : {a.alpha, a.beta, a.k}) key.push_back(std::bit_cast<int32_t>(number));
    return onednn_pass_of(ctx, key, [&](const engine &engine) {
        const memory::desc x = onednn_desc({e.n, e.c, 1, e.s}, a.layout);
        const primitive_attr attributes = onednn_attributes();
        const lrn_forward::primitive_desc forward(engine, prop_kind::forward_training, algorithm::lrn_across_channels, x, x, a.size,
                                                  a.alpha, a.beta, a.k, attributes, true);
        if (!forward) return onednn_pass{};
        const memory::desc kept = forward.workspace_desc();
        const lrn_backward::primitive_desc pd(engine, algorithm::lrn_across_channels, x, x, x, a.size, a.alpha, a.beta, a.k, forward,
                                              attributes, true);
        const auto made_backward = onednn_made<lrn_backward>(
            engine, pd, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, x}, {DNNL_ARG_DIFF_SRC, x}, {DNNL_ARG_WORKSPACE, kept}});
        // One of both without the other would have nothing to read, or write what nobody reads.
        if (backward || !made_backward) return made_backward;
        return onednn_made<lrn_forward>(engine, forward, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, x}, {DNNL_ARG_WORKSPACE, kept}});
    });
}

}  // namespace fov
