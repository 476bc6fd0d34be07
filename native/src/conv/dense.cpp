// Filters as large as the input, so that each gives one number: a fully connected layer over k = channels x taps, as matrix products.
// In N16, images are the lanes of a block: x is [blocks][k][16] and y [blocks][oc][16], and nothing has to be brought into another order.
#include "../gemm.h"
#include "conv.h"

namespace fov::conv {
namespace {

constexpr fov_i64 L = 16;

bool covers(const problem &p) {
    for (int i = 0; i < 3; i++)
        if (p.kernel[i] != p.in[i] || p.out[i] != 1 || p.pad[i] != 0 || p.dilation[i] != 1) return false;
    return p.groups == 1;
}

// One pass as a product; `blocks` of it where images lie in lanes.
struct dense {
    product p;
    fov_i64 blocks = 1;
    bool sums_blocks = false;  // one result for all blocks

    explicit dense(const setting &s) {
        const fov_i64 n = s.p.n, oc = s.p.oc, k = s.p.icg() * s.p.taps();
        const bool lanes = s.x_layout == FOV_N16;
        const fov_i64 images = lanes ? L : n;
        // Strides of x and y: between images, and between elements of one image.
        const fov_i64 x_image = lanes ? 1 : k, y_image = lanes ? 1 : oc, step = lanes ? L : 1;
        if (s.which == forward) {  // y [image][oc] = x [image][k] w' [k][oc]
            p.m = images, p.n = oc, p.k = k;
            p.a_row = x_image, p.a_col = step, p.b_row = 1, p.b_col = k, p.c_row = y_image, p.c_col = step;
        } else if (s.which == data) {  // x [image][k] = y [image][oc] w [oc][k]
            p.m = images, p.n = k, p.k = oc;
            p.a_row = y_image, p.a_col = step, p.b_row = k, p.b_col = 1, p.c_row = x_image, p.c_col = step;
        } else {  // w [oc][k] = y' [oc][image] x [image][k]
            p.m = oc, p.n = k, p.k = images;
            p.a_row = step, p.a_col = y_image, p.b_row = x_image, p.b_col = step, p.c_row = k, p.c_col = 1;
        }
        p.relu = s.which == forward && s.relu && !lanes;
        if (!lanes) return;
        blocks = (n + L - 1) / L;
        sums_blocks = s.which == weights;
        if (sums_blocks) return;
        p.batch = blocks;
        p.a_batch = s.which == forward ? k * L : oc * L;
        p.c_batch = s.which == forward ? oc * L : k * L;
    }
};

bool make(const setting &s, executable &e) {
    const dense d(s);
    const gemm_plan plan = plan_gemm(s.ctx, d.p);
    fov_ctx *ctx = &s.ctx;
    // In lanes beyond the batch no bias may appear: there the plan's own pass adds it.
    e.adds_bias = e.activates = s.which == forward && s.x_layout == FOV_PLAIN;
    const bool adds_bias = e.adds_bias;
    const pass which = s.which;
    const fov_i64 x_block = s.p.ic * s.p.in_size() * L, y_block = s.p.oc * L;
    e.run = [=](const operands &o) {
        void *workspace = ctx->scratch.reserve(gemm_workspace(d.p, plan, *ctx));
        if (which == forward) return gemm(*ctx, d.p, plan, o.y, o.x, o.w, adds_bias ? o.bias : nullptr, workspace);
        if (which == data) return gemm(*ctx, d.p, plan, o.x, o.y, o.w, nullptr, workspace);
        product one = d.p;
        for (fov_i64 b = 0; b < (d.sums_blocks ? d.blocks : 1); b++, one.beta = 1)
            gemm(*ctx, one, plan, o.w, o.y + b * y_block, o.x + b * x_block, nullptr, workspace);
    };
    return true;
}

double cost(const setting &s) {
    if (!covers(s.p) || !(s.in(FOV_PLAIN, FOV_PLAIN) || s.in(FOV_N16, FOV_N16))) return never;
    const problem &p = s.p;
    const double lanes = s.x_layout == FOV_N16 ? static_cast<double>((p.n + L - 1) / L * L) / p.n : 1;
    return p.flops() * lanes / (peak(s.ctx) * 0.85) + 500;
}

}  // namespace

extern const implementation own_dense;
const implementation own_dense{"own:dense", FOV_PROVIDER_OWN, cost, make};

}  // namespace fov::conv
