// A filter as large as its input, or a 1x1 filter on a single pixel: each image gives one number per filter, so all passes are plain
// products of matrices. LeNet-5's third convolution is one.
#include <memory>

#include "../gemm.h"
#include "conv.h"

namespace fov::conv {

namespace {

bool fits(const setting &s) {
    const problem &p = s.p;
    if (!s.in(FOV_PLAIN, FOV_PLAIN) || p.groups != 1 || p.out_size() != 1) return false;
    for (int i = 0; i < 3; i++)
        if (p.pad[i] != 0 || p.kernel[i] != p.in[i]) return false;
    return true;
}

// y [n][oc], x [n][k], w [oc][k]
product product_of(const setting &s) {
    const fov_i64 n = s.p.n, oc = s.p.oc, k = s.p.ic * s.p.taps();
    product m;
    switch (s.which) {
        case forward:
            m.m = n, m.n = oc, m.k = k;
            m.a_row = k, m.b_row = 1, m.b_col = k;
            break;
        case data:
            m.m = n, m.n = k, m.k = oc;
            m.a_row = oc, m.b_row = k;
            break;
        case weights:
            m.m = oc, m.n = k, m.k = n;
            m.a_row = 1, m.a_col = oc, m.b_row = k;
            break;
    }
    m.c_row = m.n;
    m.relu = s.relu && s.which == forward;
    return m;
}

bool make(const setting &s, executable &e) {
    const product p = product_of(s);
    const gemm_plan plan = plan_gemm(s.ctx, p);
    const pass which = s.which;
    fov_ctx *ctx = &s.ctx;
    e.workspace = gemm_workspace(p, plan, s.ctx);
    e.adds_bias = e.activates = which == forward;
    e.run = [=](const operands &o) {
        float *const c = which == forward ? o.y : which == data ? o.x : o.w;
        const float *const a = which == forward ? o.x : o.y, *const b = which == weights ? o.x : o.w;
        gemm(*ctx, p, plan, c, a, b, which == forward ? o.bias : nullptr, o.workspace);
    };
    return true;
}

double cost(const setting &s) {
    if (!fits(s)) return never;
    const problem &p = s.p;
    return p.flops() / (0.8 * peak(s.ctx)) + moving(4.0 * (p.weight_elements() + p.n * (p.ic * p.taps() + p.oc)));
}

}  // namespace

extern const implementation own_dense;
const implementation own_dense = {"own:dense", FOV_PROVIDER_OWN, cost, make};

}  // namespace fov::conv
