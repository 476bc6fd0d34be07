#include "norm_onednn.h"

#include <bit>
#include <cmath>

#include "../layout.h"

namespace fov {

namespace {

using namespace dnnl;

normalization_flags flags_of(bool affine, bool fixed) {
    auto flags = normalization_flags::none;
    if (affine) flags |= normalization_flags::use_scale | normalization_flags::use_shift;
    if (fixed) flags |= normalization_flags::use_global_stats;
    return flags;
}

// What both norms tell oneDNN in the same words. Backward takes 1 / rstd^2 for the variance and nothing to add to it.
template <class Forward, class Backward>
onednn_pass make(const engine &e, const typename Forward::primitive_desc &forward, const typename Backward::primitive_desc *backward,
                 const memory::desc &x, const memory::desc &statistics, const memory::desc &weights, bool affine) {
    if (!backward) {
        onednn_pass pass = onednn_made<Forward>(
            e, forward, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, x}, {DNNL_ARG_MEAN, statistics}, {DNNL_ARG_VARIANCE, statistics}});
        for (const int argument : {DNNL_ARG_SCALE, DNNL_ARG_SHIFT})
            if (affine) pass.arguments.emplace(argument, memory(weights, e, nullptr));
        return pass;
    }
    onednn_pass pass = onednn_made<Backward>(
        e, *backward,
        {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, x}, {DNNL_ARG_DIFF_SRC, x}, {DNNL_ARG_MEAN, statistics}, {DNNL_ARG_VARIANCE, statistics}});
    for (const int argument : {DNNL_ARG_SCALE, DNNL_ARG_DIFF_SCALE, DNNL_ARG_DIFF_SHIFT})
        if (affine) pass.arguments.emplace(argument, memory(weights, e, nullptr));
    return pass;
}

}  // namespace

onednn_ptr batch_norm_onednn(fov_ctx &ctx, const fov_batch_norm &a, bool affine, bool backward) {
    if (!onednn_asked(ctx) || !onednn_describes(a.layout) || a.relu || a.x.rank < 2) return nullptr;
    const extents e(a.x);
    const onednn_key key{static_cast<fov_i64>(onednn_family::batch_norm),
                         backward,
                         a.layout,
                         a.training,
                         affine,
                         std::bit_cast<int32_t>(a.epsilon),
                         e.n,
                         e.c,
                         e.s};
    return onednn_pass_of(ctx, key, [&](const engine &engine) {
        using forward_op = batch_normalization_forward;
        using backward_op = batch_normalization_backward;
        const memory::desc x = onednn_desc({e.n, e.c, 1, e.s}, a.layout), channels = onednn_vector(e.c);
        const auto flags = flags_of(affine, !a.training);
        const float epsilon = backward ? 0 : a.epsilon;
        const forward_op::primitive_desc forward(engine, prop_kind::forward_training, x, x, epsilon, flags, onednn_attributes(), true);
        if (!forward) return onednn_pass{};
        if (!backward) return make<forward_op, backward_op>(engine, forward, nullptr, x, channels, channels, affine);
        const backward_op::primitive_desc pd(engine, affine ? prop_kind::backward : prop_kind::backward_data, x, x, x, epsilon, flags,
                                             forward, onednn_attributes(), true);
        return make<forward_op, backward_op>(engine, forward, &pd, x, channels, channels, affine);
    });
}

onednn_ptr layer_norm_onednn(fov_ctx &ctx, fov_i64 rows, fov_i64 n, float epsilon, bool affine, bool backward) {
    if (!onednn_asked(ctx)) return nullptr;
    if (backward) epsilon = 0;
    const onednn_key key{static_cast<fov_i64>(onednn_family::layer_norm), backward, affine, std::bit_cast<int32_t>(epsilon), rows, n};
    return onednn_pass_of(ctx, key, [&](const engine &engine) {
        using forward_op = layer_normalization_forward;
        using backward_op = layer_normalization_backward;
        const memory::desc x = onednn_desc({rows, n}, FOV_PLAIN), statistics = onednn_vector(rows), weights = onednn_vector(n);
        const auto flags = flags_of(affine, false);
        const forward_op::primitive_desc forward(engine, prop_kind::forward_training, x, x, statistics, epsilon, flags, onednn_attributes(),
                                                 true);
        if (!forward) return onednn_pass{};
        if (!backward) return make<forward_op, backward_op>(engine, forward, nullptr, x, statistics, weights, affine);
        const backward_op::primitive_desc pd(engine, affine ? prop_kind::backward : prop_kind::backward_data, x, x, x, statistics, epsilon,
                                             flags, forward, onednn_attributes(), true);
        return make<forward_op, backward_op>(engine, forward, &pd, x, statistics, weights, affine);
    });
}

norm_statistics norm_forward_onednn(fov_ctx &ctx, const onednn_pass &pass, fov_i64 count, float epsilon, const norm_statistics *fixed,
                                    const norm_forward_data &d) {
    const size_t own = 2 * count * sizeof(float);
    float *mean = pass.reserve(ctx, own), *variance = mean + count;
    const norm_statistics used = fixed ? *fixed : norm_statistics{mean, variance};
    pass.run(ctx, own,
             {{DNNL_ARG_SRC, d.x},
              {DNNL_ARG_DST, d.y},
              {DNNL_ARG_MEAN, used.mean},
              {DNNL_ARG_VARIANCE, used.variance},
              {DNNL_ARG_SCALE, d.gamma},
              {DNNL_ARG_SHIFT, d.beta}});
    for (fov_i64 i = 0; d.stats && i < count; i++) {
        d.stats[i] = used.mean[i];
        d.stats[count + i] = static_cast<float>(1 / std::sqrt(static_cast<double>(used.variance[i]) + epsilon));
    }
    return used;
}

void norm_backward_onednn(fov_ctx &ctx, const onednn_pass &pass, fov_i64 count, const norm_backward_data &d) {
    const size_t own = count * sizeof(float);
    float *variance = pass.reserve(ctx, own);
    for (fov_i64 i = 0; i < count; i++) {
        const double rstd = d.stats[count + i];
        variance[i] = static_cast<float>(1 / (rstd * rstd));
    }
    pass.run(ctx, own,
             {{DNNL_ARG_SRC, d.x},
              {DNNL_ARG_DIFF_DST, d.dy},
              {DNNL_ARG_DIFF_SRC, d.dx},
              {DNNL_ARG_MEAN, d.stats},
              {DNNL_ARG_VARIANCE, variance},
              {DNNL_ARG_SCALE, d.gamma},
              {DNNL_ARG_DIFF_SCALE, d.dgamma},
              {DNNL_ARG_DIFF_SHIFT, d.dbeta}});
}

}  // namespace fov
