#include "broadcast.h"

#include "../vpow.h"

namespace fov {
namespace {

struct add_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return a + b; }
};
struct subtract_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return a - b; }
};
struct multiply_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return a * b; }
};
struct divide_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return a / b; }
};
struct power_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return pow(a, b); }
};
// max(a, b) is b where either is NaN.
struct maximum_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return select(a == a, max(a, b), a); }
};
struct minimum_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return select(a == a, min(a, b), a); }
};
struct prelu_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return select(a > zero(), a, a * b); }
};
struct greater_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return select(a > b, set1(1), zero()); }
};
struct greater_equal_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return select(a >= b, set1(1), zero()); }
};
struct equal_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return select(a == b, set1(1), zero()); }
};
struct not_equal_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return select(a == b, zero(), set1(1)); }
};

// Gradients: operands are dy, a, b.
struct pass_g {
    static FOV_INLINE vf y(vf dy, vf, vf) { return dy; }
};
struct negate_g {
    static FOV_INLINE vf y(vf dy, vf, vf) { return -dy; }
};
struct multiply_a_g {
    static FOV_INLINE vf y(vf dy, vf, vf b) { return dy * b; }
};
struct multiply_b_g {
    static FOV_INLINE vf y(vf dy, vf a, vf) { return dy * a; }
};
struct divide_a_g {
    static FOV_INLINE vf y(vf dy, vf, vf b) { return dy / b; }
};
struct divide_b_g {
    static FOV_INLINE vf y(vf dy, vf a, vf b) { return -dy * (a / b) / b; }
};
// 0 where the exponent is 0, even at a = 0.
struct power_a_g {
    static FOV_INLINE vf y(vf dy, vf a, vf b) { return select(b == zero(), zero(), dy * b * pow(a, b - set1(1))); }
};
// 0^b does not change with b while b stays positive.
struct power_b_g {
    static FOV_INLINE vf y(vf dy, vf a, vf b) { return select((a == zero()) & (b >= zero()), zero(), dy * pow(a, b) * log(a)); }
};
// Equal operands share the gradient.
FOV_INLINE vf share(vf dy, vi wins, vi ties) { return select(wins, dy, select(ties, set1(0.5f) * dy, zero())); }
struct greater_g {
    static FOV_INLINE vf y(vf dy, vf a, vf b) { return share(dy, a > b, a == b); }
};
struct less_g {
    static FOV_INLINE vf y(vf dy, vf a, vf b) { return share(dy, a < b, a == b); }
};

struct prelu_a_g {
    static FOV_INLINE vf y(vf dy, vf a, vf b) { return select(a > zero(), dy, dy * b); }
};
struct prelu_b_g {
    static FOV_INLINE vf y(vf dy, vf a, vf) { return select(a > zero(), zero(), dy * a); }
};

struct where_f {
    static FOV_INLINE vf y(vf a, vf b, vf c) { return select(a == zero(), c, b); }
};
struct masked_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return select(b == zero(), zero(), a); }
};
struct unmasked_f {
    static FOV_INLINE vf y(vf a, vf b, vf) { return select(b == zero(), a, zero()); }
};

// Operands are x, u, v.
struct constant_e {
    static FOV_INLINE vf y(vf, vf u, vf) { return u; }
};
struct scaled_e {
    static FOV_INLINE vf y(vf x, vf u, vf) { return u * x; }
};
struct centred_e {
    static FOV_INLINE vf y(vf x, vf u, vf v) { return u * (x - v); }
};
struct exponential_e {
    static FOV_INLINE vf y(vf x, vf u, vf v) { return u * exp(x - v); }
};

// The steps do not change within a call, so the compiler takes the choice out of the loop.
template <class F>
void rows(float *y, const float *a, const float *b, const float *c, const broadcast_rows &r) {
    const bool has_b = b != nullptr, has_c = c != nullptr;
    for (i64 i = 0; i < r.rows; i++) {
        const float *pa = a + i * r.row[0], *pb = has_b ? b + i * r.row[1] : pa, *pc = has_c ? c + i * r.row[2] : pa;
        const bool step_a = r.step[0], step_b = has_b && r.step[1], step_c = has_c && r.step[2];
        const vf sa = set1(*pa), sb = set1(*pb), sc = set1(*pc);
        float *out = y + i * r.y_row;
        for_lanes(0, r.length, [=](i64 k, int lanes) FOV_LAMBDA {
            const vf va = step_a ? load_lanes(pa + k, lanes) : sa;
            const vf vb = step_b ? load_lanes(pb + k, lanes) : sb;
            const vf vc = step_c ? load_lanes(pc + k, lanes) : sc;
            store_lanes(out + k, F::y(va, vb, vc), lanes);
        });
    }
}

}  // namespace

extern const broadcast_kernels FOV_TABLE(broadcast);
const broadcast_kernels FOV_TABLE(broadcast) = {
    {rows<add_f>, rows<subtract_f>, rows<multiply_f>, rows<divide_f>, rows<power_f>, rows<maximum_f>, rows<minimum_f>, rows<prelu_f>,
     rows<greater_f>, rows<greater_equal_f>, rows<equal_f>, rows<not_equal_f>},
    {{rows<pass_g>, rows<pass_g>},
     {rows<pass_g>, rows<negate_g>},
     {rows<multiply_a_g>, rows<multiply_b_g>},
     {rows<divide_a_g>, rows<divide_b_g>},
     {rows<power_a_g>, rows<power_b_g>},
     {rows<greater_g>, rows<less_g>},
     {rows<less_g>, rows<greater_g>},
     {rows<prelu_a_g>, rows<prelu_b_g>}},
    rows<where_f>,
    {rows<masked_f>, rows<unmasked_f>},
    {rows<constant_e>, rows<scaled_e>, rows<centred_e>, rows<exponential_e>}};

}  // namespace fov
