#include "../conv/conv.h"

#include <algorithm>
#include <memory>

#include "../conv/edges.h"

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

    int32_t result_layout() const { return result == forward ? chosen.y_layout : chosen.x_layout; }
    fov_i64 result_elements() const { return result == forward ? p.y_elements(chosen.y_layout) : p.x_elements(chosen.x_layout); }
    channels result_channels() const {
        return result == forward ? channels{p.n, p.oc, p.out_size(), chosen.y_layout} : channels{p.n, p.ic, p.in_size(), chosen.x_layout};
    }
    // The passes of the underlying convolution that give the gradients.
    pass op_pass(int32_t i) const { return i == FOV_CONV_WEIGHTS ? weights : (i == FOV_CONV_FORWARD) == transposed ? data : forward; }
    // Scratch memory of backward begins with the gradient behind the activation.
    size_t masked_bytes() const { return relu ? aligned(sizeof(float) * result_elements()) : 0; }
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

fov_status fov_conv_create(fov_ctx *ctx, const fov_conv *c, fov_conv_plan **out) {
    return guarded(ctx, [&] {
        require(c && out, "conv: a pointer is null");
        std::unique_ptr<fov_conv_plan> plan(new fov_conv_plan{
            *ctx, checked(*c), c->transposed != 0, c->activation == FOV_ACTIVATION_RELU, c->bias != 0, c->add != 0, forward, {}, false});
        plan->result = plan->op_pass(FOV_CONV_FORWARD);
        int wanted = 1 << plan->result;
        for (int32_t i : {FOV_CONV_DATA, FOV_CONV_WEIGHTS})
            if (c->wants & 1 << i) wanted |= 1 << plan->op_pass(i);
        plan->chosen = choose(*ctx, plan->p, {wanted, plan->result, c->x_layout, plan->bias, plan->add, plan->relu});
        plan->keeps_packed = !(wanted & 1 << weights);
        *out = plan.release();
    });
}

void fov_conv_destroy(fov_conv_plan *plan) { delete plan; }

int32_t fov_conv_x_layout(const fov_conv_plan *plan) { return plan->transposed ? plan->chosen.y_layout : plan->chosen.x_layout; }
int32_t fov_conv_y_layout(const fov_conv_plan *plan) { return plan->transposed ? plan->chosen.x_layout : plan->chosen.y_layout; }

fov_i64 fov_conv_bytes(const fov_conv_plan *plan, int32_t which) {
    const executable &result = plan->chosen.passes[plan->result];
    if (which == FOV_CONV_PACKED) return plan->keeps_packed ? result.packed : 0;
    if (which == FOV_CONV_FORWARD_WORKSPACE) return result.workspace + (plan->keeps_packed ? 0 : aligned(result.packed));
    size_t most = 0;
    for (int32_t i : {FOV_CONV_DATA, FOV_CONV_WEIGHTS}) {
        const executable &e = plan->chosen.passes[plan->op_pass(i)];
        most = std::max(most, aligned(e.packed) + e.workspace);
    }
    return plan->masked_bytes() + most;
}

const char *fov_conv_implementation(const fov_conv_plan *plan, int32_t i) {
    return i < 0 || i >= FOV_CONV_PASSES ? "" : plan->chosen.passes[plan->op_pass(i)].name.c_str();
}

fov_status fov_conv_forward(fov_conv_plan *plan, float *y, const float *x, const float *w, const float *b, const float *r, void *packed,
                            int32_t repack, void *workspace) {
    if (!plan) return FOV_BAD_ARGUMENT;
    return guarded(&plan->ctx, [&] {
        require(y && x && w && (!plan->bias || b) && (!plan->add || r), "conv: a pointer is null");
        const executable &e = plan->chosen.passes[plan->result];
        float *read = const_cast<float *>(x);
        const operands o{plan->transposed ? y : read, plan->transposed ? read : y, const_cast<float *>(w), b, r, packed, workspace};
        if (plan->keeps_packed) {
            if (repack && e.pack) e.pack(w, packed, workspace);
            e.run(o);
        } else {
            run_packing(e, o, workspace);
        }
        const float *bias = e.adds_bias ? nullptr : b, *residual = e.adds_residual ? nullptr : r;
        const bool relu = plan->relu && !e.activates;
        if (bias || residual || relu) finish(plan->ctx, y, bias, residual, relu, plan->result_channels());
    });
}

fov_status fov_conv_backward(fov_conv_plan *plan, float *dx, float *dw, float *db, float *dr, const float *dy, const float *x,
                             const float *w, const float *y, void *workspace) {
    if (!plan) return FOV_BAD_ARGUMENT;
    return guarded(&plan->ctx, [&] {
        require(dy && (!plan->relu || y), "conv: a pointer is null");
        require(!dr || (plan->add && plan->relu), "conv: the gradient of r is that of y");
        float *dz = const_cast<float *>(dy);
        if (plan->relu) {
            dz = dr ? dr : static_cast<float *>(workspace);
            mask_gradient(plan->ctx, dz, db, dy, y, plan->result_channels());
        } else if (db) {
            bias_gradient(plan->ctx, db, dy, plan->result_channels());
        }
        void *rest = behind(workspace, plan->masked_bytes());
        float *in = const_cast<float *>(x);
        const auto run = [&](int32_t i, float *inner, float *weight) {
            const executable &e = plan->chosen.passes[plan->op_pass(i)];
            require(static_cast<bool>(e.run), "conv: this plan was not made for the gradient of %s", i == FOV_CONV_DATA ? "x" : "w");
            run_packing(e, {plan->transposed ? dz : inner, plan->transposed ? inner : dz, weight, nullptr, nullptr, nullptr, nullptr},
                        rest);
        };
        if (dx) run(FOV_CONV_DATA, dx, const_cast<float *>(w));
        if (dw) run(FOV_CONV_WEIGHTS, in, dw);
    });
}
}
