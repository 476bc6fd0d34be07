// Convolution: what it is, who can compute it, and what a plan holds.
//
// Everything below speaks of one convolution between three tensors, x [n][ic][in], y [n][oc][out] and w [oc][ic/groups][kernel]. Each
// pass computes one of them from the other two:
//   forward  y[o, p] = sum x[c, p * stride + k * dilation - pad] * w[o, c, k]
//   data     x = the same sum seen from x: what a gradient of y means for x
//   weights  w = the same sum seen from w
// A transposed convolution is the same triple with x and y called the other way round: its result is what `data` computes.
#pragma once
#include <functional>
#include <limits>
#include <string>

#include "../error.h"
#include "../kernels/pool_geometry.h"

namespace fov::conv {

enum pass { forward = FOV_CONV_FORWARD, data = FOV_CONV_DATA, weights = FOV_CONV_WEIGHTS };

// d, h, w.
struct problem {
    fov_i64 n, ic, oc, groups;
    fov_i64 in[3], out[3], kernel[3], stride[3], dilation[3], pad[3];

    fov_i64 icg() const { return ic / groups; }
    fov_i64 ocg() const { return oc / groups; }
    fov_i64 in_size() const { return in[0] * in[1] * in[2]; }
    fov_i64 out_size() const { return out[0] * out[1] * out[2]; }
    fov_i64 taps() const { return kernel[0] * kernel[1] * kernel[2]; }
    fov_i64 weight_elements() const { return oc * icg() * taps(); }
    bool depthwise() const { return groups > 1 && icg() == 1 && ocg() == 1; }
    double flops() const { return 2.0 * n * oc * icg() * taps() * out_size(); }
    // Elements in memory, padding lanes included.
    fov_i64 x_elements(int32_t layout) const { return elements(layout, ic, in_size()); }
    fov_i64 y_elements(int32_t layout) const { return elements(layout, oc, out_size()); }

  private:
    fov_i64 elements(int32_t layout, fov_i64 c, fov_i64 size) const {
        return layout == FOV_C16 ? n * ((c + 15) / 16 * 16) * size : layout == FOV_N16 ? (n + 15) / 16 * 16 * c * size : n * c * size;
    }
};

// What an implementation is asked for: one pass, with x and y in given layouts.
struct setting {
    fov_ctx &ctx;
    const problem &p;
    pass which;
    int32_t x_layout, y_layout;
    bool bias, add, relu;  // this pass gives the op's result, which wants them
    bool learns;           // w changes between runs, so that packing it is part of each
    bool pools;            // 2 x 2 windows, side by side, behind all of that; see executable.pools

    bool in(int32_t x, int32_t y) const { return x_layout == x && y_layout == y; }
    // The activation, where nothing is added before it: for implementations that leave the residual to the plan.
    bool relu_alone() const { return relu && !add; }
};

// Max-pooling behind the activation: the windows, and of each which of its elements won, or null.
struct pooled {
    const pool_geometry *windows;
    uint8_t *offsets;
};

// The tensors of one run; the pass overwrites one of x, y and w, padding lanes included.
struct operands {
    float *x, *y, *w;
    const float *bias;      // one per channel of the result, or null
    const float *residual;  // of the result's shape and layout, added to it before the activation; or null
    pooled pool;            // where the result is pooled on its way out
    void *packed;           // null where w was packed into nothing
    void *workspace;
};

// One pass, ready to run any number of times.
struct executable {
    std::string name;
    size_t packed = 0;     // bytes of w as `run` reads it
    size_t workspace = 0;  // bytes of scratch memory, for `pack` as well
    // What of it `run` does itself; the plan does the rest behind it, in this order.
    bool adds_bias = false, adds_residual = false, activates = false;
    bool pools = false;  // and then does all of the former too: the full result is never written
    std::function<void(const float *w, void *packed, void *workspace)> pack;  // empty: w is read as it is
    std::function<void(const operands &)> run;
};

// Costs are nanoseconds on one core, for comparison only: computed from the shape, never measured, so that two runs of a program
// make the same choice.
constexpr double never = std::numeric_limits<double>::infinity();

struct implementation {
    const char *name;  // "<provider>:<name>"
    int32_t provider;
    // `never` where it cannot run.
    double (*cost)(const setting &);
    // False where it turns out only now that it would run badly: then the next best is taken.
    bool (*make)(const setting &, executable &);
};

// Peak arithmetic of one core, in operations per nanosecond, as costs count it.
double peak(const fov_ctx &ctx);
// What moving memory costs: bytes read and written, in nanoseconds.
inline double moving(double bytes) { return bytes / 16; }

struct choice {
    int32_t x_layout, y_layout;
    executable passes[FOV_CONV_PASSES];
};

struct request {
    int wanted;       // mask of passes
    pass result;      // the one that computes what the op gives; it adds the bias and applies the activation
    int32_t present;  // the layout of the tensor that the op reads: y for a transposed convolution, else x
    bool bias, add, relu;
    bool pools;  // the result is wanted as maxima of 2 x 2 windows
};

// The cheapest layouts and implementations.
choice choose(fov_ctx &ctx, const problem &p, const request &r);

inline size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace fov::conv
