// Passes that wait for memory: pooling, normalisation, optimizers. GB/s counts what a pass must read and write once; the share is of
// the bandwidth that a copy of as many bytes reaches.
#include <oneapi/dnnl/dnnl.hpp>

#include "sweep.h"

namespace sweep {
namespace {

struct image {
    const char *name;
    fov_i64 n, c, h;
    int kernel, stride, pad;
    fov_i64 out() const { return (h + 2 * pad - kernel) / stride + 1; }
};

const char *const layout_names[] = {"plain", "c16", "n16"};

dnnl::memory::format_tag tag_of(int32_t layout) {
    return layout == FOV_C16 ? dnnl::memory::format_tag::nChw16c : dnnl::memory::format_tag::nchw;
}

fov_shape shape_of(const image &i, fov_i64 size) { return {4, 0, {i.n, i.c, size, size}}; }

fov_i64 elements(const image &i, fov_i64 size, int32_t layout) {
    const fov_shape shape = shape_of(i, size);
    return fov_layout_elements(layout, &shape);
}

// Prints one row: what moves, and how fast.
struct table {
    const settings &s;
    fov_ctx *ctx;

    void row(const std::string &name, double bytes, std::vector<contender> all) {
        if (!std::regex_search(name, s.only)) return;
        race(all, s);
        const double mine = all[0].best(), level = bandwidth(ctx, std::max<fov_i64>(1 << 16, static_cast<fov_i64>(bytes)));
        printf("%-52s %8.3f %8.1f %8.1f %6.0f", name.c_str(), bytes * 1e-6, bytes / mine * 1e-9, level, bytes / mine / level * 1e-7);
        for (size_t i = 1; i < all.size(); i++) printf("   %s %.2f", all[i].name.c_str(), all[i].best() / mine);
        printf("\n");
    }
    void head() const { printf("%-52s %8s %8s %8s %6s   oneDNN's time / ours\n", "pass", "MB", "GB/s", "copy", "share%"); }
};

struct library {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};

    template <class Primitive>
    std::function<void()> runner(const Primitive &p, std::unordered_map<int, dnnl::memory> arguments,
                                 std::vector<std::shared_ptr<floats>> held = {}) {
        return [this, p, arguments, held] {
            p.execute(stream, arguments);
            stream.wait();
        };
    }
};

void pool_rows(table &t, library &dnn, const image &i, int32_t layout) {
    using namespace dnnl;
    const fov_i64 xe = elements(i, i.h, layout), ye = elements(i, i.out(), layout);
    const floats x(t.ctx, xe), y(t.ctx, ye), dx(t.ctx, xe), dy(t.ctx, ye);
    fov_pool_attrs a{};
    a.x = shape_of(i, i.h);
    a.layout = layout;
    a.divisor = FOV_DIVIDE_INSIDE;
    for (int k = 0; k < 3; k++) a.kernel[k] = a.stride[k] = a.dilation[k] = a.out[k] = 1;
    for (int k = 0; k < 2; k++) {
        a.kernel[k] = i.kernel, a.stride[k] = i.stride, a.before[k] = i.pad, a.out[k] = static_cast<int>(i.out());
        a.after[k] = static_cast<int>((i.out() - 1) * i.stride + i.kernel - i.h - i.pad);
        if (a.after[k] < 0) a.after[k] = 0;
    }
    fov_pool *pool = nullptr;
    check(t.ctx, fov_pool_create(t.ctx, &a, &pool));
    const fov_i64 offset_bytes = fov_pool_offset_bytes(pool);
    const floats offsets(t.ctx, offset_bytes / 4 + 1);
    const std::string name = std::string(i.name) + " " + layout_names[layout];

    std::vector<contender> fwd, bwd, afwd, abwd;
    fwd.push_back({"own", [&] { check(t.ctx, fov_max_pool_forward(pool, y.data(), nullptr, offsets.data(), x.data())); }, {}});
    bwd.push_back({"own", [&] { check(t.ctx, fov_max_pool_backward(pool, dx.data(), dy.data(), offsets.data())); }, {}});
    afwd.push_back({"own", [&] { check(t.ctx, fov_avg_pool_forward(pool, y.data(), x.data())); }, {}});
    abwd.push_back({"own", [&] { check(t.ctx, fov_avg_pool_backward(pool, dx.data(), dy.data())); }, {}});
    if (layout != FOV_N16) {
        const memory::dims xd{i.n, i.c, i.h, i.h}, yd{i.n, i.c, i.out(), i.out()}, k{i.kernel, i.kernel}, st{i.stride, i.stride},
            gaps{0, 0}, before{i.pad, i.pad}, behind{a.after[0], a.after[0]};
        const auto tag = tag_of(layout);
        const memory::desc xm(xd, memory::data_type::f32, tag), ym(yd, memory::data_type::f32, tag);
        for (const auto algorithm : {algorithm::pooling_max, algorithm::pooling_avg_exclude_padding}) {
            const bool max = algorithm == algorithm::pooling_max;
            const pooling_forward::primitive_desc pd(dnn.engine, prop_kind::forward_training, algorithm, xm, ym, st, k, gaps, before,
                                                     behind);
            const auto space = std::make_shared<floats>(t.ctx, pd.workspace_desc().get_size() / 4 + 1);
            const memory ws(pd.workspace_desc(), dnn.engine, space->data());
            (max ? fwd : afwd)
                .push_back({"onednn",
                            dnn.runner(pooling_forward(pd),
                                       {{DNNL_ARG_SRC, memory(xm, dnn.engine, x.data())},
                                        {DNNL_ARG_DST, memory(ym, dnn.engine, y.data())},
                                        {DNNL_ARG_WORKSPACE, ws}},
                                       {space}),
                            {}});
            const pooling_backward::primitive_desc bd(dnn.engine, algorithm, xm, ym, st, k, gaps, before, behind, pd);
            (max ? bwd : abwd)
                .push_back({"onednn",
                            dnn.runner(pooling_backward(bd),
                                       {{DNNL_ARG_DIFF_SRC, memory(xm, dnn.engine, dx.data())},
                                        {DNNL_ARG_DIFF_DST, memory(ym, dnn.engine, dy.data())},
                                        {DNNL_ARG_WORKSPACE, ws}},
                                       {space}),
                            {}});
            fwd.size() && max ? fwd.back().run() : void();
        }
    }
    fwd[0].run();
    t.row("max forward  " + name, 4.0 * (xe + ye) + offset_bytes, fwd);
    t.row("max backward " + name, 4.0 * (xe + ye) + offset_bytes, bwd);
    t.row("avg forward  " + name, 4.0 * (xe + ye), afwd);
    t.row("avg backward " + name, 4.0 * (xe + ye), abwd);
    fov_pool_destroy(pool);
}

void norm_rows(table &t, library &dnn, const image &i, int32_t layout) {
    using namespace dnnl;
    const fov_i64 xe = elements(i, i.h, layout);
    const floats x(t.ctx, xe), y(t.ctx, xe), r(t.ctx, xe), dx(t.ctx, xe), dy(t.ctx, xe), dr(t.ctx, xe), stats(t.ctx, 2 * i.c),
        mean(t.ctx, i.c), variance(t.ctx, i.c), gamma(t.ctx, i.c), beta(t.ctx, i.c), dgamma(t.ctx, i.c), dbeta(t.ctx, i.c);
    check(t.ctx, fov_fill(t.ctx, variance.data(), 1, i.c));
    const memory::dims dims{i.n, i.c, i.h, i.h};
    const memory::desc d(dims, memory::data_type::f32, tag_of(layout)), cd({i.c}, memory::data_type::f32, memory::format_tag::a);
    const std::string name = std::string(i.name) + " " + layout_names[layout];
    const auto at = [&](const memory::desc &m, const floats &f) { return memory(m, dnn.engine, f.data()); };
    for (int kind = 0; kind < 3; kind++) {
        const char *kinds[] = {"", " + relu", " + add + relu"};
        fov_batch_norm a{shape_of(i, i.h), layout, 1, kind > 0, 0, 0.1f, 1e-5f};
        const float *added = kind == 2 ? r.data() : nullptr;
        std::vector<contender> fwd, bwd;
        fwd.push_back({"own",
                       [&] {
                           check(t.ctx, fov_batch_norm_forward(t.ctx, &a, y.data(), stats.data(), mean.data(), variance.data(), x.data(),
                                                               gamma.data(), beta.data(), added));
                       },
                       {}});
        bwd.push_back({"own",
                       [&] {
                           check(t.ctx, fov_batch_norm_backward(t.ctx, &a, dx.data(), dgamma.data(), dbeta.data(),
                                                                added ? dr.data() : nullptr, dy.data(), x.data(),
                                                                added ? y.data() : nullptr, gamma.data(), beta.data(), stats.data()));
                       },
                       {}});
        auto flags = normalization_flags::use_scale | normalization_flags::use_shift;
        if (kind == 1) flags |= normalization_flags::fuse_norm_relu;
        if (kind == 2) flags |= normalization_flags::fuse_norm_add_relu;
        if (layout == FOV_C16 && kind < 2) {
            const batch_normalization_forward::primitive_desc pd(dnn.engine, prop_kind::forward_training, d, d, 1e-5f, flags);
            const auto space = std::make_shared<floats>(t.ctx, pd.workspace_desc().get_size() / 4 + 1);
            const memory ws(pd.workspace_desc(), dnn.engine, space->data());
            const batch_normalization_backward::primitive_desc bd(dnn.engine, prop_kind::backward, d, d, d, 1e-5f, flags, pd);
            fwd.push_back({"onednn",
                           dnn.runner(batch_normalization_forward(pd),
                                      {{DNNL_ARG_SRC, at(d, x)},
                                       {DNNL_ARG_DST, at(d, y)},
                                       {DNNL_ARG_MEAN, at(cd, mean)},
                                       {DNNL_ARG_VARIANCE, at(cd, variance)},
                                       {DNNL_ARG_SCALE, at(cd, gamma)},
                                       {DNNL_ARG_SHIFT, at(cd, beta)},
                                       {DNNL_ARG_WORKSPACE, ws}},
                                      {space}),
                           {}});
            bwd.push_back({"onednn",
                           dnn.runner(batch_normalization_backward(bd),
                                      {{DNNL_ARG_SRC, at(d, x)},
                                       {DNNL_ARG_DIFF_DST, at(d, dy)},
                                       {DNNL_ARG_DIFF_SRC, at(d, dx)},
                                       {DNNL_ARG_MEAN, at(cd, mean)},
                                       {DNNL_ARG_VARIANCE, at(cd, variance)},
                                       {DNNL_ARG_SCALE, at(cd, gamma)},
                                       {DNNL_ARG_DIFF_SCALE, at(cd, dgamma)},
                                       {DNNL_ARG_DIFF_SHIFT, at(cd, dbeta)},
                                       {DNNL_ARG_WORKSPACE, ws}},
                                      {space}),
                           {}});
            fwd.back().run();
        }
        // Statistics first, so x is read twice where it does not stay in a cache; the same of x and dy backward.
        t.row(std::string("batch norm forward ") + name + kinds[kind], 4.0 * xe * (kind == 2 ? 4 : 3), fwd);
        t.row(std::string("batch norm backward ") + name + kinds[kind], 4.0 * xe * (kind == 2 ? 7 : 5), bwd);
    }
    fov_lrn l{shape_of(i, i.h), layout, 5, 1e-4f, 0.75f, 1, 0};
    std::vector<contender> fwd, bwd;
    fwd.push_back({"own", [&] { check(t.ctx, fov_lrn_forward(t.ctx, &l, y.data(), nullptr, x.data())); }, {}});
    bwd.push_back({"own", [&] { check(t.ctx, fov_lrn_backward(t.ctx, &l, dx.data(), dy.data(), x.data(), nullptr)); }, {}});
    if (layout == FOV_C16) {
        const lrn_forward::primitive_desc pd(dnn.engine, prop_kind::forward_training, algorithm::lrn_across_channels, d, d, 5, 1e-4f, 0.75f,
                                             1);
        const auto space = std::make_shared<floats>(t.ctx, pd.workspace_desc().get_size() / 4 + 1);
        const memory ws(pd.workspace_desc(), dnn.engine, space->data());
        const lrn_backward::primitive_desc bd(dnn.engine, algorithm::lrn_across_channels, d, d, d, 5, 1e-4f, 0.75f, 1, pd);
        fwd.push_back({"onednn",
                       dnn.runner(lrn_forward(pd), {{DNNL_ARG_SRC, at(d, x)}, {DNNL_ARG_DST, at(d, y)}, {DNNL_ARG_WORKSPACE, ws}}, {space}),
                       {}});
        bwd.push_back(
            {"onednn",
             dnn.runner(
                 lrn_backward(bd),
                 {{DNNL_ARG_SRC, at(d, x)}, {DNNL_ARG_DIFF_DST, at(d, dy)}, {DNNL_ARG_DIFF_SRC, at(d, dx)}, {DNNL_ARG_WORKSPACE, ws}},
                 {space}),
             {}});
        fwd.back().run();
    }
    t.row("lrn forward " + name, 8.0 * xe, fwd);
    t.row("lrn backward " + name, 12.0 * xe, bwd);
}

}  // namespace

void pools(const settings &s) {
    fov_ctx *ctx = open(s);
    library dnn;
    table t{s, ctx};
    t.head();
    const image images[] = {{"lenet 6 28 2x2", 64, 6, 28, 2, 2, 0},        {"lenet 16 10 2x2", 64, 16, 10, 2, 2, 0},
                            {"cifar-vgg 64 32 2x2", 128, 64, 32, 2, 2, 0}, {"vgg16 64 224 2x2", 8, 64, 224, 2, 2, 0},
                            {"vgg16 512 28 2x2", 8, 512, 28, 2, 2, 0},     {"resnet 64 112 3x3/2", 8, 64, 112, 3, 2, 1},
                            {"alexnet 64 55 3x3/2", 32, 64, 55, 3, 2, 0},  {"googlenet 192 28 3x3/1", 16, 192, 28, 3, 1, 1},
                            {"resnet 2048 7 global", 8, 2048, 7, 7, 7, 0}};
    for (const image &i : images)
        for (const int32_t layout : {FOV_PLAIN, FOV_C16, FOV_N16}) pool_rows(t, dnn, i, layout);
    fov_ctx_destroy(ctx);
}

void norms(const settings &s) {
    fov_ctx *ctx = open(s);
    library dnn;
    table t{s, ctx};
    t.head();
    const image images[] = {{"resnet 64 112", 8, 64, 112, 1, 1, 0},    {"resnet 256 56", 8, 256, 56, 1, 1, 0},
                            {"resnet 256 14", 8, 256, 14, 1, 1, 0},    {"resnet 512 7", 8, 512, 7, 1, 1, 0},
                            {"cifar-vgg 64 32", 128, 64, 32, 1, 1, 0}, {"alexnet 64 27", 32, 64, 27, 1, 1, 0}};
    for (const image &i : images)
        for (const int32_t layout : {FOV_PLAIN, FOV_C16}) norm_rows(t, dnn, i, layout);
    fov_ctx_destroy(ctx);
}

void optimizers(const settings &s) {
    fov_ctx *ctx = open(s);
    table t{s, ctx};
    t.head();
    struct kind {
        const char *name;
        int32_t id;
        int arrays, states;  // read and written, of them state
        std::vector<float> k;
    };
    const kind kinds[] = {{"sgd", FOV_SGD, 3, 0, {0.1f, 5e-4f, 0, 1, 0}},
                          {"sgd with momentum", FOV_SGD, 5, 1, {0.1f, 5e-4f, 0.9f, 1, 0}},
                          {"adam", FOV_ADAM, 7, 2, {1e-3f, 0, 1, 0.9f, 0.1f, 0.999f, 0.001f, 1e-8f, 1}},
                          {"rmsprop", FOV_RMSPROP, 5, 1, {1e-3f, 0, 0.9f, 0.1f, 1e-8f, 0}},
                          {"lars", FOV_LARS, 7, 1, {0.1f, 5e-4f, 0.9f, 1e-3f, 1e-8f}}};
    struct network {
        const char *name;
        fov_i64 parameters;
        int pieces;
    };
    for (const network &n :
         {network{"lenet 61k", 61706, 10}, network{"resnet18 11.7M", 11700000, 62}, network{"alexnet 61M", 61100840, 16}})
        for (const kind &k : kinds) {
            const fov_i64 each = n.parameters / n.pieces / 16 * 16;
            const floats w(ctx, each * n.pieces), g(ctx, each * n.pieces), s0(ctx, each * n.pieces), s1(ctx, each * n.pieces);
            check(ctx, fov_fill(ctx, s1.data(), 1, each * n.pieces));
            check(ctx, fov_fill(ctx, s0.data(), 1, each * n.pieces));
            check(ctx, fov_fill(ctx, g.data(), 1e-3f, each * n.pieces));
            std::vector<fov_update> rows;
            for (int i = 0; i < n.pieces; i++) {
                fov_update u{w.data() + i * each,
                             g.data() + i * each,
                             k.states > 0 ? s0.data() + i * each : nullptr,
                             k.states > 1 ? s1.data() + i * each : nullptr,
                             nullptr,
                             each,
                             {}};
                std::copy(k.k.begin(), k.k.end(), u.k);
                rows.push_back(u);
            }
            t.row(std::string(k.name) + " " + n.name, 4.0 * k.arrays * each * n.pieces,
                  {{"own",
                    [&] { check(ctx, fov_optimizer_step(ctx, k.id, rows.data(), n.pieces, 1, std::numeric_limits<float>::infinity())); },
                    {}}});
        }
    fov_ctx_destroy(ctx);
}

}  // namespace sweep
