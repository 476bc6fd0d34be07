#include "onednn.h"

#include <omp.h>

namespace fov {

onednn &dnn(fov_ctx &ctx) { return dnn(ctx, ctx.threads()); }

onednn &dnn(fov_ctx &ctx, int threads) {
    if (!ctx.dnn) ctx.dnn = std::make_shared<onednn>();
    if (omp_get_max_threads() != threads) omp_set_num_threads(threads);
    return *ctx.dnn;
}

}  // namespace fov

extern "C" const char *fov_onednn_version(void) {
    static const std::string text = [] {
        const auto *v = dnnl_version();
        return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
    }();
    return text.c_str();
}
