// oneDNN's convolutions. Weights are packed into the format that the primitive likes best. x and y stay in our layouts where oneDNN
// has fast code for them (C16 is its nChw16c); where it has not, they are reordered inside the pass.
#include "../onednn.h"

#include <memory>
#include <unordered_map>

#include "conv.h"

namespace fov::conv {
namespace {

using dnnl::memory;
using dims = memory::dims;
constexpr auto f32 = memory::data_type::f32;

// One or two trailing axes are 2-D to oneDNN: a leading axis of 1 costs nothing.
int axes(const problem &p) { return p.in[0] * p.out[0] * p.kernel[0] == 1 && !p.pad[0] ? 2 : 3; }

dims spatial(const problem &p, const fov_i64 (&extents)[3]) { return dims(extents + 3 - axes(p), extents + 3); }

dims shape(const problem &p, fov_i64 c, const fov_i64 (&extents)[3]) {
    dims d{p.n, c};
    for (auto e : spatial(p, extents)) d.push_back(e);
    return d;
}

memory::desc plain(const dims &d) {
    dims strides(d.size());
    fov_i64 step = 1;
    for (size_t i = d.size(); i-- > 0; step *= d[i]) strides[i] = step;
    return {d, f32, strides};
}

memory::desc in_layout(const dims &d, int32_t layout) {
    if (layout == FOV_PLAIN) return plain(d);
    return {d, f32, d.size() == 4 ? memory::format_tag::nChw16c : memory::format_tag::nCdhw16c};
}

memory::desc any(const memory::desc &like) { return {like.get_dims(), f32, memory::format_tag::any}; }

struct descriptions {
    memory::desc x, y, w;
};

descriptions ours(const setting &s) {
    const problem &p = s.p;
    dims w = p.groups > 1 ? dims{p.groups, p.ocg(), p.icg()} : dims{p.oc, p.ic};
    for (auto k : spatial(p, p.kernel)) w.push_back(k);
    return {in_layout(shape(p, p.ic, p.in), s.x_layout), in_layout(shape(p, p.oc, p.out), s.y_layout), plain(w)};
}

struct attributes {
    dims strides, dilates, before, behind;
    explicit attributes(const problem &p) : strides(spatial(p, p.stride)), before(spatial(p, p.pad)) {
        for (int i = 3 - axes(p); i < 3; i++) {
            dilates.push_back(p.dilation[i] - 1);
            const fov_i64 span = (p.kernel[i] - 1) * p.dilation[i] + 1;
            behind.push_back((p.out[i] - 1) * p.stride[i] + span - p.in[i] - p.pad[i]);
        }
    }
};

struct compiled {
    dnnl::primitive primitive;
    std::string name;
    descriptions d;
    memory::desc scratch;
};

template <class Primitive, class Desc>
bool compile(compiled &out, const Desc &pd, memory::desc x, memory::desc y, memory::desc w) {
    if (!pd) return false;
    out = {Primitive(pd), pd.impl_info_str(), {x, y, w}, pd.scratchpad_desc()};
    return true;
}

// An empty result where oneDNN has nothing for it.
bool compile(fov_ctx &ctx, const setting &s, const descriptions &d, compiled &out) {
    using namespace dnnl;
    const auto &engine = dnn(ctx).engine;
    const attributes a(s.p);
    primitive_attr attr;
    attr.set_scratchpad_mode(scratchpad_mode::user);
    const auto direct = algorithm::convolution_direct;
    const memory::desc b = s.bias ? memory::desc({s.p.oc}, f32, memory::format_tag::a) : memory::desc();
    const convolution_forward::primitive_desc forward_pd(engine, prop_kind::forward_training, direct, d.x, d.w, b, d.y, a.strides,
                                                         a.dilates, a.before, a.behind, attr, true);
    if (!forward_pd) return false;
    if (s.which == forward)
        return compile<convolution_forward>(out, forward_pd, forward_pd.src_desc(), forward_pd.dst_desc(), forward_pd.weights_desc());
    if (s.which == data) {
        const convolution_backward_data::primitive_desc pd(engine, direct, d.x, d.w, d.y, a.strides, a.dilates, a.before, a.behind,
                                                           forward_pd, attr, true);
        return pd && compile<convolution_backward_data>(out, pd, pd.diff_src_desc(), pd.diff_dst_desc(), pd.weights_desc());
    }
    const convolution_backward_weights::primitive_desc pd(engine, direct, d.x, d.w, d.y, a.strides, a.dilates, a.before, a.behind,
                                                          forward_pd, attr, true);
    return pd && compile<convolution_backward_weights>(out, pd, pd.src_desc(), pd.diff_dst_desc(), pd.diff_weights_desc());
}

bool has(const std::string &name, const char *part) { return name.find(part) != std::string::npos; }

// Reference code is 100 to 1,000 times too slow; im2col with a plain gemm is worth less than two reorders.
bool fast(const compiled &c) { return !has(c.name, "ref") && !has(c.name, "gemm:"); }

// One tensor of a pass: where it lies in our layout and, if oneDNN wants another one, its place in the workspace.
struct tensor {
    memory outer, inner;
    dnnl::reorder reorder;
    size_t offset = 0, bytes = 0;  // of `inner` in the workspace; no bytes: the tensor is used where it lies

    tensor(fov_ctx &ctx, const memory::desc &ours, const memory::desc &theirs, bool written) {
        const auto &engine = dnn(ctx).engine;
        outer = memory(ours, engine, nullptr);
        if (ours == theirs) {
            inner = outer;
            return;
        }
        inner = memory(theirs, engine, nullptr);
        reorder = written ? dnnl::reorder(inner, outer) : dnnl::reorder(outer, inner);
        bytes = aligned(theirs.get_size());
    }
    bool moves() const { return bytes > 0; }
    void place(float *data, void *workspace) {
        outer.set_data_handle(data);
        if (moves()) inner.set_data_handle(static_cast<char *>(workspace) + offset);
    }
    void read(dnnl::stream &stream) {
        if (moves()) reorder.execute(stream, outer, inner);
    }
    void write(dnnl::stream &stream) {
        if (moves()) reorder.execute(stream, inner, outer);
    }
};

struct runner {
    fov_ctx &ctx;
    pass which;
    int threads;  // a primitive keeps the number that it was made for
    compiled c;
    tensor x, y, w;
    memory scratch, bias;
    size_t scratch_offset = 0;
    std::unordered_map<int, memory> arguments;

    runner(const setting &s, compiled made, const descriptions &d)
        : ctx(s.ctx),
          which(s.which),
          threads(s.ctx.threads()),
          c(std::move(made)),
          x(ctx, d.x, c.d.x, which == data),
          y(ctx, d.y, c.d.y, which == forward),
          w(ctx, d.w, c.d.w, which == weights) {
        const auto &engine = dnn(ctx).engine;
        scratch = memory(c.scratch, engine, nullptr);
        arguments[which == data ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC] = x.inner;
        arguments[which == forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST] = y.inner;
        arguments[which == weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS] = w.inner;
        arguments[DNNL_ARG_SCRATCHPAD] = scratch;
        if (s.bias && which == forward) {
            bias = memory({{s.p.oc}, f32, memory::format_tag::a}, engine, nullptr);
            arguments[DNNL_ARG_BIAS] = bias;
        }
    }

    // Where the parts lie in the workspace. Weights that are read have a place of their own, the packed copy.
    size_t lay_out() {
        size_t at = 0;
        for (tensor *t : {&x, &y, &w}) {
            if (t == &w && which != weights) continue;
            t->offset = at;
            at += t->bytes;
        }
        scratch_offset = at;
        return at + aligned(c.scratch.get_size());
    }

    void pack(const float *plain, void *packed) {
        w.outer.set_data_handle(const_cast<float *>(plain));
        w.inner.set_data_handle(packed);
        w.read(dnn(ctx, threads).stream);
    }

    void run(const operands &o) {
        auto &stream = dnn(ctx, threads).stream;
        x.place(o.x, o.workspace);
        y.place(o.y, o.workspace);
        if (which == weights) {
            w.place(o.w, o.workspace);
        } else {
            w.inner.set_data_handle(w.moves() ? o.packed : o.w);
        }
        scratch.set_data_handle(static_cast<char *>(o.workspace) + scratch_offset);
        if (bias) bias.set_data_handle(const_cast<float *>(o.bias));
        if (which != data) x.read(stream);
        if (which != forward) y.read(stream);
        c.primitive.execute(stream, arguments);
        if (which == forward) y.write(stream);
        if (which == data) x.write(stream);
        if (which == weights) w.write(stream);
    }
};

// Our layouts first, then each of them left to oneDNN, then both. The first without slow code wins.
bool find(const setting &s, const descriptions &d, compiled &out) {
    const descriptions wishes[] = {
        {d.x, d.y, any(d.w)}, {d.x, any(d.y), any(d.w)}, {any(d.x), d.y, any(d.w)}, {any(d.x), any(d.y), any(d.w)}};
    for (const auto &wish : wishes)
        if (compile(s.ctx, s, wish, out) && fast(out)) return true;
    // Some shapes have nothing better than gemm.
    return compile(s.ctx, s, wishes[3], out) && !has(out.name, "ref");
}

bool make(const setting &s, executable &e) {
    const descriptions d = ours(s);
    compiled c;
    if (!find(s, d, c)) return false;
    const auto r = std::make_shared<runner>(s, std::move(c), d);
    e.name = "onednn:" + r->c.name;
    // Its fused ReLU turns NaN into 0 and would hide a network that has diverged; the plan's own pass does not.
    e.adds_bias = static_cast<bool>(r->bias);
    e.workspace = r->lay_out();
    if (s.which != weights && r->w.moves()) {
        e.packed = r->w.bytes;
        e.pack = [r](const float *w, void *packed, void *) { r->pack(w, packed); };
    }
    e.run = [r](const operands &o) { r->run(o); };
    return true;
}

// Shares of the peak as measured on the layers of known networks.
double efficiency(const setting &s) {
    const problem &p = s.p;
    if (p.depthwise()) return 0.5;
    const double lanes = static_cast<double>(p.ocg()) / ((p.ocg() + 15) / 16 * 16);
    if (p.ic <= 3) return (s.which == forward ? 0.88 : p.taps() > 25 ? 0.73 : 0.45) * lanes;
    const bool strided = p.stride[1] > 1 && p.taps() > 1;
    const double share = s.which == forward ? 0.92
                         : s.which == data  ? (strided ? 0.8 : 0.91)
                         : p.taps() == 1    ? 0.75
                         : strided          ? 0.55
                                            : 0.83;
    return share * lanes * (p.icg() < 16 ? 0.6 : 1);
}

double cost(const setting &s) {
    const problem &p = s.p;
    if (s.x_layout == FOV_N16 || s.y_layout == FOV_N16) return never;
    // A first layer reads its few planes as they lie; everything else is blocked inside.
    const bool x_fits = s.x_layout == FOV_C16 || (p.ic <= 3 && s.which != data), y_fits = s.y_layout == FOV_C16;
    double moved = 0;
    // Depthwise layers wait for memory; forward they do so once, the other passes read and write more than they need.
    if (p.depthwise()) moved = (s.which == forward ? 4.0 : 6.0) * (p.x_elements(FOV_C16) + p.y_elements(FOV_C16));
    if (!x_fits) moved += 8.0 * p.x_elements(FOV_C16);
    if (!y_fits) moved += 8.0 * p.y_elements(FOV_C16);
    // Weights are packed, or unpacked, in every training step. A call has a price of its own.
    return p.flops() / (efficiency(s) * peak(s.ctx)) + moving(moved + 8.0 * p.weight_elements()) + 2000;
}

}  // namespace

extern const implementation onednn_blocked;
const implementation onednn_blocked = {"onednn", FOV_PROVIDER_ONEDNN, cost, make};

}  // namespace fov::conv
