// One struct per function: y(x), and dx(dy, s) where s is the input or the output of forward as the struct's comment says. a and b
// are the function's constants, see FOV_UNARY_* in fovea.h.
#include "unary.h"

#include "../vpow.h"

namespace fov {
namespace {

// -infinity times a factor that has become 0 would be NaN; a finite number this large gives the limit. NaN passes.
FOV_INLINE vf bounded_below(vf x) { return max(set1(-0x1p100f), x); }
FOV_INLINE vf bounded(vf x, float limit) { return min(set1(limit), max(set1(-limit), x)); }

struct plain {
    static constexpr bool forward_keeps_zero = true, backward_keeps_zero = true;
};
struct fills_padding {
    static constexpr bool forward_keeps_zero = false, backward_keeps_zero = true;
};
struct fills_both {
    static constexpr bool forward_keeps_zero = false, backward_keeps_zero = false;
};

// s = x
struct abs_f : plain {
    static FOV_INLINE vf y(vf x, vf, vf) { return abs(x); }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) { return select(s > zero(), dy, select(s < zero(), -dy, dy * s)); }
};

// s is not read
struct affine_f : fills_padding {
    static FOV_INLINE vf y(vf x, vf a, vf b) { return fma(x, a, b); }
    static FOV_INLINE vf dx(vf dy, vf, vf a, vf) { return dy * a; }
};

// s = x
struct clamp_f : fills_padding {
    static FOV_INLINE vf y(vf x, vf a, vf b) { return min(b, max(a, x)); }
    static FOV_INLINE vf dx(vf dy, vf s, vf a, vf b) { return select((s >= a) & (s <= b), dy, zero()); }
};

// s is not read
struct divide_f : fills_padding {
    static FOV_INLINE vf y(vf x, vf a, vf) { return x / a; }
    static FOV_INLINE vf dx(vf dy, vf, vf a, vf) { return dy / a; }
};

// s = y, which is above 0 where x is
struct elu_f : plain {
    static FOV_INLINE vf y(vf x, vf a, vf b) { return b * select(x > zero(), x, a * expm1_negative(x)); }
    static FOV_INLINE vf dx(vf dy, vf s, vf a, vf b) { return dy * select(s > zero(), b, fma(a, b, s)); }
};

// s = x
struct erf_f : plain {
    static FOV_INLINE vf y(vf x, vf, vf) { return erf(x); }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) { return dy * set1(1.1283791671f) * exp(-s * s); }
};

// s = y
struct exp_f : fills_padding {
    static FOV_INLINE vf y(vf x, vf, vf) { return exp(x); }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) { return dy * s; }
};

// s = x. d/dx x P(x) = P(x) + x p(x) with the normal distribution P and its density p
struct gelu_f : plain {
    static FOV_INLINE vf y(vf x, vf, vf) { return bounded_below(x) * normal_cdf(x); }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) {
        const vf x = bounded(s, 100);
        return dy * fma(x * set1(0.3989422804f), exp(set1(-0.5f) * x * x), normal_cdf(x));
    }
};

// s = x. (1 + tanh(u)) / 2 is sigmoid(2u)
struct gelu_tanh_f : plain {
    static FOV_INLINE vf gate(vf x) { return sigmoid(x * fma(x * x, set1(0.0713548163f), set1(1.5957691216f))); }
    static FOV_INLINE vf y(vf x, vf, vf) { return bounded_below(x) * gate(x); }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) {
        const vf x = bounded(s, 100), g = gate(x);
        return dy * fma(x * g * (set1(1) - g), fma(x * x, set1(0.2140644488f), set1(1.5957691216f)), g);
    }
};

// s = y
struct hard_sigmoid_f : fills_padding {
    static FOV_INLINE vf y(vf x, vf a, vf b) { return min(set1(1), max(zero(), fma(a, x, b))); }
    static FOV_INLINE vf dx(vf dy, vf s, vf a, vf) { return select((s > zero()) & (s < set1(1)), dy * a, zero()); }
};

// s = x
struct hard_swish_f : plain {
    static FOV_INLINE vf y(vf x, vf, vf) { return bounded_below(x) * (min(set1(6), max(zero(), x + set1(3))) * set1(1.0f / 6)); }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) {
        const vf slope = fma(s, set1(1.0f / 3), set1(0.5f));
        return dy * select(s <= set1(-3), zero(), select(s >= set1(3), set1(1), slope));
    }
};

// s = x, or y where a >= 0. Not a select: a sum of +0 and -0 is +0, so padding stays all bits zero.
struct leaky_relu_f : plain {
    static FOV_INLINE vf y(vf x, vf a, vf) { return fma(a, min(zero(), x), max(zero(), x)); }
    static FOV_INLINE vf dx(vf dy, vf s, vf a, vf) { return select(s > zero(), dy, dy * a); }
};

// s = x
struct log_f : fills_both {
    static FOV_INLINE vf y(vf x, vf, vf) { return log(x); }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) { return dy / s; }
};

// s = x. tanh(log(1 + w)) = n / (n + 2) with w = e^x and n = w (w + 2)
struct mish_f : plain {
    static FOV_INLINE vf y(vf x, vf, vf) {
        const vf w = exp(min(set1(20), x)), n = w * (w + set1(2));
        return bounded_below(x) * (n / (n + set1(2)));
    }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) {
        const vf x = bounded(s, 20), w = exp(x), n = w * (w + set1(2)), r = set1(1) / (n + set1(2)), t = n * r;
        return dy * fma(x * (r + r) * (set1(1) + t), w / (set1(1) + w), t);
    }
};

// s = x
struct power_f : fills_both {
    static FOV_INLINE vf y(vf x, vf a, vf) { return pow(x, a); }
    static FOV_INLINE vf dx(vf dy, vf s, vf a, vf) { return dy * a * pow(s, a - set1(1)); }
};

// s = x
struct reciprocal_f : fills_both {
    static FOV_INLINE vf y(vf x, vf a, vf) { return a / x; }
    static FOV_INLINE vf dx(vf dy, vf s, vf a, vf) { return -dy * (a / s) / s; }
};

// s = y
struct sigmoid_f : fills_padding {
    static FOV_INLINE vf y(vf x, vf, vf) { return sigmoid(x); }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) { return dy * s * (set1(1) - s); }
};

// s is not read
struct sign_f : plain {
    static FOV_INLINE vf y(vf x, vf, vf) { return select(x > zero(), set1(1), select(x < zero(), set1(-1), x)); }
    static FOV_INLINE vf dx(vf, vf, vf, vf) { return zero(); }
};

// s = x
struct silu_f : plain {
    static FOV_INLINE vf y(vf x, vf, vf) { return bounded_below(x) * sigmoid(x); }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) {
        const vf x = bounded(s, 200), g = sigmoid(x);
        return dy * g * fma(x, set1(1) - g, set1(1));
    }
};

// s = y. The derivative sigmoid(a x) is 1 - e^(-a y)
struct softplus_f : fills_padding {
    static FOV_INLINE vf y(vf x, vf a, vf) { return max(zero(), x) + log1p_unit(exp(-abs(a * x))) / a; }
    static FOV_INLINE vf dx(vf dy, vf s, vf a, vf) { return -dy * expm1_negative(-a * s); }
};

// s = y. The derivative 1 / (1 + |x|)^2 is (1 - |y|)^2
struct softsign_f : plain {
    static FOV_INLINE vf y(vf x, vf, vf) {
        const vf u = bounded(x, 0x1p100f);
        return u / (set1(1) + abs(u));
    }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) {
        const vf r = set1(1) - abs(s);
        return dy * r * r;
    }
};

// s = y
struct sqrt_f : plain {
    static constexpr bool backward_keeps_zero = false;
    static FOV_INLINE vf y(vf x, vf, vf) { return sqrt(x); }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) { return set1(0.5f) * dy / s; }
};

// s = x
struct square_f : plain {
    static FOV_INLINE vf y(vf x, vf, vf) { return x * x; }
    static FOV_INLINE vf dx(vf dy, vf s, vf, vf) { return set1(2) * dy * s; }
};

// s = y. a tanh(b x) has the derivative b (a - y^2 / a)
struct tanh_f : plain {
    static FOV_INLINE vf y(vf x, vf a, vf b) { return a * tanh(b * x); }
    static FOV_INLINE vf dx(vf dy, vf s, vf a, vf b) { return dy * b * (a - s * s * (set1(1) / a)); }
};

// s = y, which is above 0 where x is
struct celu_f : plain {
    static FOV_INLINE vf y(vf x, vf a, vf) { return select(x > zero(), x, a * expm1_negative(x / a)); }
    static FOV_INLINE vf dx(vf dy, vf s, vf a, vf) { return dy * select(s > zero(), set1(1), s / a + set1(1)); }
};

template <class F>
void forward(float *y, const float *x, float a, float b, i64 begin, i64 end) {
    const vf va = set1(a), vb = set1(b);
    for_lanes(begin, end, [=](i64 i, int k) FOV_LAMBDA { store_lanes(y + i, F::y(load_lanes(x + i, k), va, vb), k); });
}

template <class F>
void backward(float *dx, const float *dy, const float *s, float a, float b, i64 begin, i64 end) {
    const vf va = set1(a), vb = set1(b);
    for_lanes(begin, end,
              [=](i64 i, int k) FOV_LAMBDA { store_lanes(dx + i, F::dx(load_lanes(dy + i, k), load_lanes(s + i, k), va, vb), k); });
}

}  // namespace

extern const unary_kernels FOV_TABLE(unary);
#define FOV_ROW(f) {forward<f>, backward<f>, f::forward_keeps_zero, f::backward_keeps_zero}
const unary_kernels FOV_TABLE(unary) = {{
    FOV_ROW(abs_f),        FOV_ROW(affine_f),     FOV_ROW(clamp_f),  FOV_ROW(divide_f),    FOV_ROW(elu_f),
    FOV_ROW(erf_f),        FOV_ROW(exp_f),        FOV_ROW(gelu_f),   FOV_ROW(gelu_tanh_f), FOV_ROW(hard_sigmoid_f),
    FOV_ROW(hard_swish_f), FOV_ROW(leaky_relu_f), FOV_ROW(log_f),    FOV_ROW(mish_f),      FOV_ROW(power_f),
    FOV_ROW(reciprocal_f), FOV_ROW(sigmoid_f),    FOV_ROW(sign_f),   FOV_ROW(silu_f),      FOV_ROW(softplus_f),
    FOV_ROW(softsign_f),   FOV_ROW(sqrt_f),       FOV_ROW(square_f), FOV_ROW(tanh_f),      FOV_ROW(celu_f),
}};

}  // namespace fov
