#include "softmax_onednn.h"

namespace fov {

onednn_ptr softmax_onednn(fov_ctx &ctx, bool logarithm, fov_i64 n, fov_i64 c, fov_i64 s, bool backward) {
    using namespace dnnl;
    if (!onednn_asked(ctx)) return nullptr;
    return onednn_pass_of(ctx, {static_cast<fov_i64>(onednn_family::softmax), logarithm, n, c, s, backward}, [&](const engine &e) {
        const memory::desc x = onednn_desc(s > 1 ? memory::dims{n, c, s} : memory::dims{n, c}, FOV_PLAIN);
        const algorithm kind = logarithm ? algorithm::softmax_log : algorithm::softmax_accurate;
        const primitive_attr attributes = onednn_attributes();
        const softmax_forward::primitive_desc forward(e, prop_kind::forward_training, kind, x, x, 1, attributes, true);
        if (!forward) return onednn_pass{};
        if (!backward) return onednn_made<softmax_forward>(e, forward, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, x}});
        const softmax_backward::primitive_desc pd(e, kind, x, x, x, 1, forward, attributes, true);
        return onednn_made<softmax_backward>(e, pd, {{DNNL_ARG_DST, x}, {DNNL_ARG_DIFF_DST, x}, {DNNL_ARG_DIFF_SRC, x}});
    });
}

}  // namespace fov
