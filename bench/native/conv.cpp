// The convolutions of known networks. The layers are the rows of the enum that tests and JMH share: its source is read.
#include <fstream>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <sstream>

#include "sweep.h"

namespace sweep {
namespace {

struct layer {
    std::string name;
    fov_i64 n, ic, size, oc, kernel, stride, pad, groups;
    fov_i64 out() const { return (size + 2 * pad - kernel) / stride + 1; }
    double flops() const { return 2.0 * n * oc * out() * out() * (ic / groups) * kernel * kernel; }
    bool first() const { return ic <= 3; }
    fov_i64 weights() const { return oc * (ic / groups) * kernel * kernel; }
};

std::vector<layer> read_layers(const std::string &file) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    const std::string source = text.str();
    const std::string number = "\\s*(\\d+)\\s*";
    const std::regex row("([A-Z][A-Z0-9_]+)\\(" + number + "," + number + "," + number + "," + number + "," + number + "," + number + "," +
                         number + "," + number + "\\)");
    std::vector<layer> all;
    for (std::sregex_iterator i(source.begin(), source.end(), row), end; i != end; ++i) {
        fov_i64 v[8];
        for (int k = 0; k < 8; k++) v[k] = atoll((*i)[k + 2].str().c_str());
        all.push_back({(*i)[1], v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]});
    }
    if (all.empty()) {
        fprintf(stderr, "no layers in %s; --layers names the file\n", file.c_str());
        exit(1);
    }
    return all;
}

const char *const pass_names[] = {"forward", "data", "weights"};

fov_conv_plan *plan_of(fov_ctx *ctx, const layer &l, int32_t x_layout) {
    fov_conv c{};
    c.x_layout = x_layout;
    c.wants = 1 << FOV_CONV_WEIGHTS | (l.first() ? 0 : 1 << FOV_CONV_DATA);
    c.n = l.n, c.ic = l.ic, c.oc = l.oc, c.groups = l.groups;
    for (int i = 0; i < 3; i++) {
        c.in[i] = i ? l.size : 1;
        c.out[i] = i ? l.out() : 1;
        c.kernel[i] = i ? l.kernel : 1;
        c.stride[i] = i ? l.stride : 1;
        c.dilation[i] = 1;
        c.pad[i] = i ? l.pad : 0;
    }
    fov_conv_plan *plan = nullptr;
    check(ctx, fov_conv_create(ctx, &c, nullptr, &plan));
    return plan;
}

// A plan of ours for one layer; weights are packed in every run, as in training.
struct own_plan {
    fov_ctx *ctx;
    fov_conv_plan *plan;
    std::unique_ptr<floats> packed, workspace;

    own_plan(const settings &s, const layer &l, int32_t provider, const char *prefer) : ctx(open(s, provider)) {
        if (prefer) check(ctx, fov_ctx_prefer(ctx, prefer));
        fov_conv_plan *first = plan_of(ctx, l, l.first() ? FOV_PLAIN : l.name.rfind("LENET", 0) == 0 ? FOV_N16 : FOV_C16);
        const int32_t layout = fov_conv_x_layout(first);
        fov_conv_destroy(first);
        plan = plan_of(ctx, l, layout);
        packed = std::make_unique<floats>(ctx, fov_conv_bytes(plan, FOV_CONV_PACKED) / 4);
        workspace = std::make_unique<floats>(
            ctx, std::max(fov_conv_bytes(plan, FOV_CONV_FORWARD_WORKSPACE), fov_conv_bytes(plan, FOV_CONV_BACKWARD_WORKSPACE)) / 4);
    }
    ~own_plan() {
        packed.reset();
        workspace.reset();
        fov_conv_destroy(plan);
        fov_ctx_destroy(ctx);
    }
    std::string name(int pass) const {
        const char *layouts[] = {"plain", "c16", "n16"};
        return std::string(fov_conv_implementation(plan, pass)) + " " + layouts[fov_conv_x_layout(plan)] + ">" +
               layouts[fov_conv_y_layout(plan)];
    }
    void run(int pass, float *x, float *y, float *w) const {
        if (pass == FOV_CONV_FORWARD)
            check(ctx, fov_conv_forward(plan, y, nullptr, x, w, nullptr, nullptr, packed->data(), 1, workspace->data()));
        if (pass == FOV_CONV_DATA)
            check(ctx, fov_conv_backward(plan, x, nullptr, nullptr, nullptr, y, x, w, nullptr, nullptr, workspace->data()));
        if (pass == FOV_CONV_WEIGHTS)
            check(ctx, fov_conv_backward(plan, nullptr, w, nullptr, nullptr, y, x, w, nullptr, nullptr, workspace->data()));
    }
};

// oneDNN by itself, activations in a format of its own choice or channels last, where no reorder is counted. Weights come and go
// plain, as ours do: an optimizer changes them between any two runs.
struct library {
    fov_ctx *context;
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};

    std::function<void()> make(const layer &l, int pass, bool channels_last, std::string &name) {
        using namespace dnnl;
        using tag = memory::format_tag;
        const auto type = memory::data_type::f32;
        const tag t = channels_last ? tag::nhwc : tag::any;
        const memory::dims xd{l.n, l.ic, l.size, l.size}, yd{l.n, l.oc, l.out(), l.out()};
        const memory::dims wd = l.groups > 1 ? memory::dims{l.groups, l.oc / l.groups, l.ic / l.groups, l.kernel, l.kernel}
                                             : memory::dims{l.oc, l.ic, l.kernel, l.kernel};
        const memory::desc x(xd, type, t), y(yd, type, t), w(wd, type, tag::any);
        const memory::dims strides{l.stride, l.stride}, gaps{0, 0}, before{l.pad, l.pad};
        const fov_i64 behind_size = (l.out() - 1) * l.stride + l.kernel - l.size - l.pad;
        const memory::dims behind{behind_size, behind_size};
        primitive_attr attr;
        attr.set_scratchpad_mode(scratchpad_mode::user);
        const auto direct = algorithm::convolution_direct;
        const convolution_forward::primitive_desc hint(engine, prop_kind::forward_training, direct, x, w, y, strides, gaps, before, behind,
                                                       attr, true);
        if (!hint) return {};
        const auto finish = [&](auto pd, auto primitive, memory::desc x, memory::desc y, memory::desc w, int x_arg, int y_arg, int w_arg) {
            name = pd.impl_info_str();
            // Tensors of its own, since formats may pad.
            std::vector<std::shared_ptr<floats>> held;
            const auto at = [&](const memory::desc &d) {
                held.push_back(std::make_shared<floats>(context, d.get_size() / 4 + 1));
                return memory(d, engine, held.back()->data());
            };
            std::unordered_map<int, memory> arguments{
                {x_arg, at(x)}, {y_arg, at(y)}, {w_arg, at(w)}, {DNNL_ARG_SCRATCHPAD, at(pd.scratchpad_desc())}};
            const memory packed = arguments[w_arg], outer = at(memory::desc(wd, type, l.groups > 1 ? tag::goihw : tag::oihw));
            const bool written = pass == FOV_CONV_WEIGHTS;
            const reorder move = written ? reorder(packed, outer) : reorder(outer, packed);
            return std::function<void()>([this, primitive, arguments, held, packed, outer, move, written] {
                if (!written) move.execute(stream, const_cast<memory &>(outer), const_cast<memory &>(packed));
                primitive.execute(stream, arguments);
                if (written) move.execute(stream, const_cast<memory &>(packed), const_cast<memory &>(outer));
                stream.wait();
            });
        };
        if (pass == FOV_CONV_FORWARD)
            return finish(hint, convolution_forward(hint), hint.src_desc(), hint.dst_desc(), hint.weights_desc(), DNNL_ARG_SRC,
                          DNNL_ARG_DST, DNNL_ARG_WEIGHTS);
        if (pass == FOV_CONV_DATA) {
            const convolution_backward_data::primitive_desc pd(engine, direct, x, w, y, strides, gaps, before, behind, hint, attr, true);
            if (!pd) return {};
            return finish(pd, convolution_backward_data(pd), pd.diff_src_desc(), pd.diff_dst_desc(), pd.weights_desc(), DNNL_ARG_DIFF_SRC,
                          DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS);
        }
        const convolution_backward_weights::primitive_desc pd(engine, direct, x, w, y, strides, gaps, before, behind, hint, attr, true);
        if (!pd) return {};
        return finish(pd, convolution_backward_weights(pd), pd.src_desc(), pd.diff_dst_desc(), pd.diff_weights_desc(), DNNL_ARG_SRC,
                      DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS);
    }
};

// How often a network has a layer, where it is more than once.
int times(const std::string &name) {
    static const std::map<std::string, int> more{{"VGG16_C3_2", 2},
                                                 {"VGG16_C4_2", 2},
                                                 {"VGG16_C5", 3},
                                                 {"RESNET50_S1_3X3", 3},
                                                 {"RESNET50_S1_64_256_1X1", 4},
                                                 {"RESNET50_S1_256_64_1X1", 2},
                                                 {"RESNET50_S2_128_512_1X1", 4},
                                                 {"RESNET50_S2_512_128_1X1", 3},
                                                 {"RESNET50_S2_3X3", 3},
                                                 {"RESNET50_S3_256_1024_1X1", 6},
                                                 {"RESNET50_S3_1024_256_1X1", 5},
                                                 {"RESNET50_S3_3X3", 5},
                                                 {"RESNET50_S4_512_2048_1X1", 3},
                                                 {"RESNET50_S4_2048_512_1X1", 2},
                                                 {"RESNET50_S4_3X3", 2}};
    const auto found = more.find(name);
    return found == more.end() ? 1 : found->second;
}

std::string network(const std::string &name) { return name.rfind("CIFAR_VGG", 0) == 0 ? "CIFAR_VGG" : name.substr(0, name.find('_')); }

}  // namespace

void convolutions(const settings &s) {
    fov_ctx *ctx = open(s);
    const double limit = peak(ctx);
    printf("peak %.0f GFLOP/s, %d threads, copy at 1 / 8 / 128 MB %.0f / %.0f / %.0f GB/s\n", limit, s.threads, bandwidth(ctx, 1 << 20),
           bandwidth(ctx, 8 << 20), bandwidth(ctx, 128 << 20));
    library dnn{ctx};
    // Sums over a network: auto, oneDNN's best, arithmetic at the peak.
    std::map<std::string, std::vector<double>> sums;
    printf("%-28s %-8s %8s %6s %6s %6s", "layer", "pass", "auto ms", "peak%", "onednn", "ratio");
    for (const auto &name : s.names) printf(" %s", name.c_str());
    printf("  (ratio: oneDNN's best time / auto's)\n");
    for (const layer &l : read_layers(s.layers)) {
        const auto wanted = [&](int pass) {
            return !(l.first() && pass == FOV_CONV_DATA) && std::regex_search(l.name + " " + pass_names[pass], s.only);
        };
        if (!wanted(0) && !wanted(1) && !wanted(2)) continue;
        const own_plan chosen(s, l, FOV_PROVIDER_AUTO, nullptr);
        std::vector<std::unique_ptr<own_plan>> named;
        for (const auto &name : s.names) named.push_back(std::make_unique<own_plan>(s, l, FOV_PROVIDER_AUTO, name.c_str()));
        // Room for every layout.
        const fov_i64 images = (l.n + 15) / 16 * 16, ic = (l.ic + 15) / 16 * 16, oc = (l.oc + 15) / 16 * 16;
        const auto room = [&](fov_i64 c, fov_i64 padded, fov_i64 size) { return std::max(images * c, l.n * padded) * size * size; };
        const floats x(ctx, room(l.ic, ic, l.size)), y(ctx, room(l.oc, oc, l.out())), w(ctx, l.weights());
        for (int pass = 0; pass < 3; pass++) {
            if (!wanted(pass)) continue;
            std::vector<contender> all;
            all.push_back({"auto", [&] { chosen.run(pass, x.data(), y.data(), w.data()); }, {}});
            for (size_t i = 0; i < named.size(); i++)
                all.push_back({s.names[i], [&, i] { named[i]->run(pass, x.data(), y.data(), w.data()); }, {}});
            const size_t own = all.size();
            for (const bool channels_last : {false, true}) {
                if (!s.onednn) break;
                std::string name;
                const auto run = dnn.make(l, pass, channels_last, name);
                if (run && name.find("ref") == std::string::npos) all.push_back({name + (channels_last ? " nhwc" : " any"), run, {}});
            }
            race(all, s);
            const double mine = all[0].best();
            size_t best = own;
            for (size_t i = own; i < all.size(); i++)
                if (all[i].best() < all[best].best()) best = i;
            const double theirs = best < all.size() ? all[best].best() : 0;
            auto &sum = sums[network(l.name)];
            sum.resize(9);
            const int count = times(l.name);
            sum[pass * 3] += count * mine, sum[pass * 3 + 1] += count * theirs, sum[pass * 3 + 2] += count * l.flops() / limit * 1e-9;
            printf("%-28s %-8s %8.3f %6.0f %6.0f %6.2f", l.name.c_str(), pass_names[pass], mine * 1e3, l.flops() / mine / limit * 1e-7,
                   l.flops() / theirs / limit * 1e-7, theirs / mine);
            for (size_t i = 1; i < own; i++) {
                const std::string ran = fov_conv_implementation(named[i - 1]->plan, pass);
                printf(" %*s%.2f", static_cast<int>(std::max<size_t>(s.names[i - 1].size(), 5)) - 4,
                       ran.find(s.names[i - 1]) == 0 ? "" : "!", theirs / all[i].best());
            }
            printf("  %s | %s\n", chosen.name(pass).c_str(), best < all.size() ? all[best].name.c_str() : "-");
        }
    }
    printf("\n%-10s %-8s %9s %9s %7s %9s\n", "network", "pass", "auto ms", "onednn ms", "share", "peak ms");
    for (const auto &[name, sum] : sums) {
        double all[3] = {};
        for (int pass = 0; pass < 4; pass++) {
            double v[3];
            for (int i = 0; i < 3; i++) {
                v[i] = pass < 3 ? sum[pass * 3 + i] : all[i];
                all[i] += v[i];
            }
            printf("%-10s %-8s %9.2f %9.2f %7.3f %9.2f\n", name.c_str(), pass < 3 ? pass_names[pass] : "all", v[0] * 1e3, v[1] * 1e3,
                   v[0] / v[1], v[2] * 1e3);
        }
    }
    fov_ctx_destroy(ctx);
}

}  // namespace sweep
