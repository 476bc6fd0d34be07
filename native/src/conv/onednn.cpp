// oneDNN's convolutions. Weights are packed into the format that the primitive likes best. x and y stay in our layouts where oneDNN
// has fast code for them (C16 is its nChw16c); where it has not, they are reordered inside the pass.
//
// Two rows: everything in f32, and with what is multiplied rounded to bf16 on its way in, while sums and results stay f32.
#include "../onednn.h"

#include <memory>
#include <unordered_map>

#include "conv.h"

namespace fov::conv {
namespace {

using dnnl::memory;
using dims = memory::dims;
using type = memory::data_type;
constexpr auto f32 = type::f32, bf16 = type::bf16;

// One or two trailing axes are 2-D to oneDNN: a leading axis of 1 costs nothing.
int axes(const problem &p) { return p.in[0] * p.out[0] * p.kernel[0] == 1 && !p.pad[0] ? 2 : 3; }

dims spatial(const problem &p, const fov_i64 (&extents)[3]) { return dims(extents + 3 - axes(p), extents + 3); }

dims shape(const problem &p, fov_i64 c, const fov_i64 (&extents)[3]) {
    dims d{p.n, c};
    for (auto e : spatial(p, extents)) d.push_back(e);
    return d;
}

memory::desc plain(const dims &d, type t) {
    dims strides(d.size());
    fov_i64 step = 1;
    for (size_t i = d.size(); i-- > 0; step *= d[i]) strides[i] = step;
    return {d, t, strides};
}

memory::desc in_layout(const dims &d, int32_t layout, type t) {
    if (layout == FOV_PLAIN) return plain(d, t);
    return {d, t, d.size() == 4 ? memory::format_tag::nChw16c : memory::format_tag::nCdhw16c};
}

memory::desc any(const memory::desc &like) { return {like.get_dims(), like.get_data_type(), memory::format_tag::any}; }

struct descriptions {
    memory::desc x, y, w;
};

struct types {
    type x, y, w;
};

// What a pass multiplies has this type, what it gives is f32.
types multiplying(type t, pass which) { return {which == data ? f32 : t, which == forward ? f32 : t, which == weights ? f32 : t}; }

descriptions ours(const setting &s, const types &t) {
    const problem &p = s.p;
    dims w = p.groups > 1 ? dims{p.groups, p.ocg(), p.icg()} : dims{p.oc, p.ic};
    for (auto k : spatial(p, p.kernel)) w.push_back(k);
    return {in_layout(shape(p, p.ic, p.in), s.x_layout, t.x), in_layout(shape(p, p.oc, p.out), s.y_layout, t.y), plain(w, t.w)};
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

// Which layouts are left to oneDNN; those of the weights always are.
struct freedom {
    bool x, y;
    descriptions of(descriptions d) const { return {x ? any(d.x) : d.x, y ? any(d.y) : d.y, any(d.w)}; }
};

// An empty result where oneDNN has nothing for it.
bool compile(fov_ctx &ctx, const setting &s, type t, const freedom &left, compiled &out) {
    using namespace dnnl;
    const auto &engine = dnn(ctx).engine;
    const attributes a(s.p);
    primitive_attr attr;
    attr.set_scratchpad_mode(scratchpad_mode::user);
    const auto direct = algorithm::convolution_direct;
    const memory::desc b = s.bias ? memory::desc({s.p.oc}, f32, memory::format_tag::a) : memory::desc();
    const descriptions d = left.of(ours(s, multiplying(t, s.which)));
    // To a gradient, the forward pass is a hint in which all is of one type.
    const descriptions f = s.which == forward ? d : left.of(ours(s, {t, t, t}));
    const convolution_forward::primitive_desc forward_pd(engine, prop_kind::forward_training, direct, f.x, f.w, b, f.y, a.strides,
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
bool find(const setting &s, type t, compiled &out) {
    constexpr freedom wishes[] = {{false, false}, {false, true}, {true, false}, {true, true}};
    for (const auto &wish : wishes)
        if (compile(s.ctx, s, t, wish, out) && fast(out)) return true;
    // Some shapes have nothing better than gemm; rounding for its sake never pays.
    return t == f32 && compile(s.ctx, s, t, wishes[3], out) && !has(out.name, "ref");
}

bool make(const setting &s, type t, executable &e) {
    compiled c;
    if (!find(s, t, c)) return false;
    const auto r = std::make_shared<runner>(s, std::move(c), ours(s, {f32, f32, f32}));
    e.name = (t == bf16 ? "onednn:bf16:" : "onednn:") + r->c.name;
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

bool make_f32(const setting &s, executable &e) { return make(s, f32, e); }
bool make_bf16(const setting &s, executable &e) { return make(s, bf16, e); }

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

double cost_f32(const setting &s) {
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

// How much faster than f32 multiply-adds this CPU's bf16 dot products are: twice as many numbers in a register, or tiles of them, of
// which a convolution sees less the smaller it is.
double dots_to_multiply_adds() {
    const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa()), tiles = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_amx);
    return (isa & tiles) == tiles ? 8 : 2;
}

// Whether every tap reads the input in some output, and not padding alone.
bool every_tap_reads(const problem &p) {
    for (int i = 0; i < 3; i++)
        for (fov_i64 t = 0; t < p.kernel[i]; t++) {
            bool reads = false;
            for (fov_i64 o = 0; o < p.out[i] && !reads; o++) {
                const fov_i64 at = o * p.stride[i] - p.pad[i] + t * p.dilation[i];
                reads = at >= 0 && at < p.in[i];
            }
            if (!reads) return false;
        }
    return true;
}

double cost_bf16(const setting &s) {
    const problem &p = s.p;
    if (!s.ctx.rounds() || s.x_layout == FOV_N16 || s.y_layout == FOV_N16) return never;
    // Depthwise layers wait for memory, which rounding adds to; and with a stride their gradients take 200 times as long in bf16.
    if (p.depthwise()) return never;
    // The gradient of weights comes out wrong where a tap reads nothing but padding, and for volumes it is not taken at all.
    if (s.which == weights && (axes(p) == 3 || !every_tap_reads(p))) return never;
    // Rounding reads 4 bytes and writes 2; the result comes in our layout, or is brought to it.
    const double x = p.x_elements(FOV_C16), y = p.y_elements(FOV_C16);
    double moved = (s.which == data ? 0 : 6 * x) + (s.which == forward ? 0 : 6 * y);
    if (s.which == forward && s.y_layout != FOV_C16) moved += 8 * y;
    if (s.which == data && s.x_layout != FOV_C16) moved += 8 * x;
    // oneDNN's bf16 code comes a little less near to its peak than its f32 code.
    return p.flops() / (0.9 * efficiency(s) * dots_to_multiply_adds() * peak(s.ctx)) + moving(moved + 6.0 * p.weight_elements()) + 3000;
}

}  // namespace

extern const implementation onednn_bf16, onednn_blocked;
const implementation onednn_blocked = {"onednn", FOV_PROVIDER_ONEDNN, cost_f32, make_f32};
const implementation onednn_bf16 = {"onednn:bf16", FOV_PROVIDER_ONEDNN, cost_bf16, make_bf16};

}  // namespace fov::conv
