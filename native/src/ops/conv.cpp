#include "../conv/conv.h"

#include <algorithm>
#include <memory>

#include "../conv/edges.h"
#include "pool.h"

using namespace fov;
using namespace fov::conv;

// x and y here are those of the underlying convolution; for a transposed one the op's x is y.
struct fov_conv_plan {
    fov_ctx &ctx;
    problem p;
    bool transposed, relu, bias, add;
    pass result;  // the pass that computes what the op gives
    choice chosen;
    // Weights that are learned change between two forward passes: packed ones would be kept for nothing.
    bool keeps_packed;
    std::unique_ptr<fov_pool> pool;  // behind the activation, or null

    int32_t result_layout() const { return result == forward ? chosen.y_layout : chosen.x_layout; }
    fov_i64 result_elements() const { return result == forward ? p.y_elements(chosen.y_layout) : p.x_elements(chosen.x_layout); }
    channels result_channels() const {
        return result == forward ? channels{p.n, p.oc, p.out_size(), chosen.y_layout} : channels{p.n, p.ic, p.in_size(), chosen.x_layout};
    }
    // The passes of the underlying convolution that give the gradients.
    pass op_pass(int32_t i) const { return i == FOV_CONV_WEIGHTS ? weights : (i == FOV_CONV_FORWARD) == transposed ? data : forward; }
    // What y is: the result, or its maxima.
    channels y_channels() const {
        channels y = result_channels();
        if (pool) y.size = pool->g.out;
        return y;
    }
    // Whether the full result passes through memory on its way to the pool.
    bool passes_full() const { return pool && !chosen.passes[result].pools; }
    size_t full_bytes() const { return aligned(sizeof(float) * result_elements()); }
    // Scratch memory of backward begins with the gradient behind the activation, then that of the full result.
    size_t masked_bytes() const {
        const channels y = y_channels();
        return relu ? aligned(sizeof(float) * extents(fov_shape{3, 0, {y.n, y.c, y.size}}).elements(y.layout)) : 0;
    }
    size_t gradient_bytes() const { return masked_bytes() + (pool ? full_bytes() : 0); }
};

namespace {

problem checked(const fov_conv &c) {
    require(c.groups >= 1 && c.n >= 1 && c.ic >= 1 && c.oc >= 1 && c.ic % c.groups == 0 && c.oc % c.groups == 0,
            "conv: batch %lld, %lld to %lld channels in %lld groups", c.n, c.ic, c.oc, c.groups);
    require(c.activation == FOV_ACTIVATION_NONE || c.activation == FOV_ACTIVATION_RELU, "conv: activation %d is unknown", c.activation);
    require(c.x_layout >= FOV_PLAIN && c.x_layout <= FOV_N16, "conv: layout %d is unknown", c.x_layout);
    problem p{c.n, c.transposed ? c.oc : c.ic, c.transposed ? c.ic : c.oc, c.groups, {}, {}, {}, {}, {}, {}};
    for (int i = 0; i < 3; i++) {
        p.in[i] = c.transposed ? c.out[i] : c.in[i];
        p.out[i] = c.transposed ? c.in[i] : c.out[i];
        p.kernel[i] = c.kernel[i];
        p.stride[i] = c.stride[i];
        p.dilation[i] = c.dilation[i];
        p.pad[i] = c.pad[i];
        require(p.in[i] >= 1 && p.out[i] >= 1 && p.kernel[i] >= 1 && p.stride[i] >= 1 && p.dilation[i] >= 1 && p.pad[i] >= 0,
                "conv: axis %d: input %lld, output %lld, filter %lld, stride %lld, dilation %lld, padding %lld", i, p.in[i], p.out[i],
                p.kernel[i], p.stride[i], p.dilation[i], p.pad[i]);
    }
    return p;
}

// Windows of 2 x 2, side by side, which some kernels pool before the full result is written.
bool halves(const fov_pool_attrs &a) {
    const auto pairs = [&a](int i) {
        return a.kernel[i] == 2 && a.stride[i] == 2 && a.before[i] == 0 && a.dilation[i] == 1 && a.out[i] == a.x.dim[i + 2] / 2;
    };
    return a.x.rank == 4 && !a.adaptive && pairs(0) && pairs(1);
}

void *behind(void *workspace, size_t bytes) { return static_cast<char *>(workspace) + bytes; }

// Packs the weights into the beginning of the workspace and runs.
void run_packing(const executable &e, operands o, void *workspace) {
    o.packed = workspace;
    o.workspace = behind(workspace, aligned(e.packed));
    if (e.pack) e.pack(o.w, o.packed, o.workspace);
    e.run(o);
}

}  // namespace

extern "C" {

fov_status fov_conv_create(fov_ctx *ctx, const fov_conv *c, const fov_pool_attrs *pool, fov_conv_plan **out) {
    return guarded(ctx, [&] {
        require(c && out, "conv: a pointer is null");
        std::unique_ptr<fov_conv_plan> plan(new fov_conv_plan{*ctx,
                                                              checked(*c),
                                                              c->transposed != 0,
                                                              c->activation == FOV_ACTIVATION_RELU,
                                                              c->bias != 0,
                                                              c->add != 0,
                                                              forward,
                                                              {},
                                                              false,
                                                              nullptr});
        plan->result = plan->op_pass(FOV_CONV_FORWARD);
        int wanted = 1 << plan->result;
        for (int32_t i : {FOV_CONV_DATA, FOV_CONV_WEIGHTS})
            if (c->wants & 1 << i) wanted |= 1 << plan->op_pass(i);
        plan->chosen = choose(*ctx, plan->p, {wanted, plan->result, c->x_layout, plan->bias, plan->add, plan->relu, pool && halves(*pool)});
        plan->keeps_packed = !(wanted & 1 << weights);
        if (pool) {
            require(!plan->add, "conv: a result that is pooled takes no addition");
            fov_pool_attrs windows = *pool;
            windows.layout = plan->result_layout();
            windows.op = FOV_POOL_OTHER;
            plan->pool = std::make_unique<fov_pool>(ctx, windows);
            const channels full = plan->result_channels();
            require(plan->pool->g.in == full.size && plan->pool->x.n == full.n && plan->pool->x.c == full.c,
                    "conv: the windows are not over the result");
        }
        *out = plan.release();
    });
}

void fov_conv_destroy(fov_conv_plan *plan) { delete plan; }

int32_t fov_conv_x_layout(const fov_conv_plan *plan) { return plan->transposed ? plan->chosen.y_layout : plan->chosen.x_layout; }
int32_t fov_conv_y_layout(const fov_conv_plan *plan) { return plan->transposed ? plan->chosen.x_layout : plan->chosen.y_layout; }

fov_i64 fov_conv_bytes(const fov_conv_plan *plan, int32_t which) {
    const executable &result = plan->chosen.passes[plan->result];
    if (which == FOV_CONV_PACKED) return plan->keeps_packed ? result.packed : 0;
    if (which == FOV_CONV_OFFSETS) return plan->pool ? fov_pool_offset_bytes(plan->pool.get()) : 0;
    if (which == FOV_CONV_FORWARD_WORKSPACE)
        return (plan->passes_full() ? plan->full_bytes() : 0) + result.workspace + (plan->keeps_packed ? 0 : aligned(result.packed));
    size_t most = 0;
    for (int32_t i : {FOV_CONV_DATA, FOV_CONV_WEIGHTS}) {
        const executable &e = plan->chosen.passes[plan->op_pass(i)];
        most = std::max(most, aligned(e.packed) + e.workspace);
    }
    return plan->gradient_bytes() + most;
}

const char *fov_conv_implementation(const fov_conv_plan *plan, int32_t i) {
    return i < 0 || i >= FOV_CONV_PASSES ? "" : plan->chosen.passes[plan->op_pass(i)].name.c_str();
}

fov_status fov_conv_forward(fov_conv_plan *plan, float *y, void *offsets, const float *x, const float *w, const float *b, const float *r,
                            void *packed, int32_t repack, void *workspace) {
    if (!plan) return FOV_BAD_ARGUMENT;
    return guarded(&plan->ctx, [&] {
        require(y && x && w && (!plan->bias || b) && (!plan->add || r), "conv: a pointer is null");
        const executable &e = plan->chosen.passes[plan->result];
        float *read = const_cast<float *>(x);
        float *full = y;
        if (plan->passes_full()) {
            full = static_cast<float *>(workspace);
            workspace = behind(workspace, plan->full_bytes());
        }
        const pooled maxima{plan->pool ? &plan->pool->g : nullptr, static_cast<uint8_t *>(offsets)};
        const operands o{
            plan->transposed ? full : read, plan->transposed ? read : full, const_cast<float *>(w), b, r, maxima, packed, workspace};
        if (plan->keeps_packed) {
            if (repack && e.pack) e.pack(w, packed, workspace);
            e.run(o);
        } else {
            run_packing(e, o, workspace);
        }
        const float *bias = e.adds_bias ? nullptr : b, *residual = e.adds_residual ? nullptr : r;
        const bool relu = plan->relu && !e.activates;
        if (bias || residual || relu) finish(plan->ctx, full, bias, residual, relu, plan->result_channels());
        if (plan->passes_full()) pool_maxima(*plan->pool, y, nullptr, offsets, full);
    });
}

fov_status fov_conv_backward(fov_conv_plan *plan, float *dx, float *dw, float *db, float *dr, const float *dy, const float *x,
                             const float *w, const float *y, const void *offsets, void *workspace) {
    if (!plan) return FOV_BAD_ARGUMENT;
    return guarded(&plan->ctx, [&] {
        require(dy && (!plan->relu || y) && (!plan->pool || offsets), "conv: a pointer is null");
        require(!dr || (plan->add && plan->relu), "conv: the gradient of r is that of y");
        float *dz = const_cast<float *>(dy);
        if (plan->relu) {
            dz = dr ? dr : static_cast<float *>(workspace);
            mask_gradient(plan->ctx, dz, db, dy, y, plan->y_channels());
        } else if (db) {
            bias_gradient(plan->ctx, db, dy, plan->y_channels());
        }
        if (plan->pool) {
            auto *full = static_cast<float *>(behind(workspace, plan->masked_bytes()));
            pool_winners(*plan->pool, full, dz, offsets);
            dz = full;
        }
        void *rest = behind(workspace, plan->gradient_bytes());
        float *in = const_cast<float *>(x);
        const auto run = [&](int32_t i, float *inner, float *weight) {
            const executable &e = plan->chosen.passes[plan->op_pass(i)];
            require(static_cast<bool>(e.run), "conv: this plan was not made for the gradient of %s", i == FOV_CONV_DATA ? "x" : "w");
            run_packing(e, {plan->transposed ? dz : inner, plan->transposed ? inner : dz, weight, nullptr, nullptr, {}, nullptr, nullptr},
                        rest);
        };
        if (dx) run(FOV_CONV_DATA, dx, const_cast<float *>(w));
        if (dw) run(FOV_CONV_WEIGHTS, in, dw);
    });
}
}
