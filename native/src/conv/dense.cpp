// Filters as large as the input, so that each gives one number: a fully connected layer over k = channels x taps, as matrix products.
// In N16, images are the lanes of a block: x is [blocks][k][16] and y [blocks][oc][16]. There the weights are broadcast, and only their
// own gradient, a sum over images, wants the images one after the other.
#include <algorithm>

#include "../gemm.h"
#include "../parallel.h"
#include "conv.h"
#include "lane.h"

namespace fov::conv {
namespace {

constexpr fov_i64 L = 16;

bool covers(const problem &p) {
    for (int i = 0; i < 3; i++)
        if (p.kernel[i] != p.in[i] || p.out[i] != 1 || p.pad[i] != 0 || p.dilation[i] != 1) return false;
    return p.groups == 1;
}

fov_i64 inputs_of(const problem &p) { return p.icg() * p.taps(); }

// One pass over plain tensors as a product.
product product_of(const setting &s) {
    product p;
    const fov_i64 n = s.p.n, oc = s.p.oc, k = inputs_of(s.p);
    if (s.which == forward) {  // y [image][oc] = x [image][k] w' [k][oc]
        p.m = n, p.n = oc, p.k = k;
        p.a_row = k, p.b_row = 1, p.b_col = k, p.c_row = oc;
        p.relu = s.relu_alone();
    } else if (s.which == data) {  // x [image][k] = y [image][oc] w [oc][k]
        p.m = n, p.n = k, p.k = oc;
        p.a_row = oc, p.b_row = k, p.c_row = k;
    } else {  // w [oc][k] = y' [oc][image] x [image][k]
        p.m = oc, p.n = k, p.k = n;
        p.a_row = 1, p.a_col = oc, p.b_row = k, p.c_row = k;
    }
    return p;
}

// x [blocks][size][16] as rows of one image each.
void images_apart(const fov_ctx &ctx, float *y, const float *x, fov_i64 size, fov_i64 images) {
    constexpr fov_i64 piece = 256;
    const fov_i64 pieces = (size + piece - 1) / piece;
    parallel_tasks(ctx, (images + L - 1) / L * pieces, [=, &ctx](fov_i64 task, int) {
        const fov_i64 block = task / pieces, begin = task % pieces * piece;
        ctx.kernels->lanes->scatter(y + block * L * size, x + (block * size + begin) * L, size,
                                    static_cast<int>(std::min(L, images - block * L)), begin, std::min(size, begin + piece));
    });
}

bool make(const setting &s, executable &e) {
    fov_ctx *ctx = &s.ctx;
    const fov_i64 n = s.p.n, oc = s.p.oc, k = inputs_of(s.p);
    const bool lanes = s.x_layout == FOV_N16, relu = s.relu_alone();
    e.adds_bias = s.which == forward;
    e.activates = s.which == forward && !s.add;
    if (lanes && s.which == forward) {
        e.run = [=](const operands &o) { lane_products(*ctx, {o.w, oc, k, k, 1}, o.y, o.x, o.bias, relu, n); };
        return true;
    }
    if (lanes && s.which == data) {
        e.run = [=](const operands &o) { lane_products(*ctx, {o.w, k, oc, 1, k}, o.x, o.y, nullptr, false, n); };
        return true;
    }
    const product p = product_of(s);
    const gemm_plan plan = plan_gemm(*ctx, p);
    const pass which = s.which;
    e.run = [=](const operands &o) {
        const size_t x_bytes = lanes ? aligned(n * k * sizeof(float)) : 0, y_bytes = lanes ? aligned(n * oc * sizeof(float)) : 0;
        auto *memory = static_cast<char *>(ctx->scratch.reserve(x_bytes + y_bytes + gemm_workspace(p, plan, *ctx)));
        void *workspace = memory + x_bytes + y_bytes;
        const float *x = o.x, *y = o.y;
        if (lanes) {
            auto *apart = reinterpret_cast<float *>(memory), *y_apart = reinterpret_cast<float *>(memory + x_bytes);
            images_apart(*ctx, apart, x, k, n);
            images_apart(*ctx, y_apart, y, oc, n);
            x = apart, y = y_apart;
        }
        if (which == forward) return gemm(*ctx, p, plan, o.y, x, o.w, o.bias, workspace);
        if (which == data) return gemm(*ctx, p, plan, o.x, y, o.w, nullptr, workspace);
        gemm(*ctx, p, plan, o.w, y, x, nullptr, workspace);
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
