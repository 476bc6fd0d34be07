// Products of matrices: ours, oneDNN's matmul on plain matrices and with weights packed beforehand, and its sgemm.
#include <oneapi/dnnl/dnnl.h>

#include <oneapi/dnnl/dnnl.hpp>

#include "sweep.h"

namespace sweep {
namespace {

struct shape {
    const char *name;
    fov_i64 m, n, k;
    const char *transposed;  // NN, NT, TN: which operand lies transposed
};

const shape shapes[] = {
    {"cube", 128, 128, 128, "NN"},
    {"cube", 256, 256, 256, "NN"},
    {"cube", 512, 512, 512, "NN"},
    {"cube", 512, 512, 512, "NT"},
    {"cube", 512, 512, 512, "TN"},
    {"cube", 1024, 1024, 1024, "NN"},
    {"cube", 1024, 1024, 1024, "NT"},
    {"cube", 1024, 1024, 1024, "TN"},
    {"cube", 2048, 2048, 2048, "NN"},
    {"cube", 2048, 2048, 2048, "NT"},
    {"cube", 2048, 2048, 2048, "TN"},
    {"im2col resnet conv1", 64, 12544, 147, "NN"},
    {"im2col resnet conv1 dw", 64, 147, 12544, "NT"},
    {"im2col resnet conv1 dx", 147, 12544, 64, "TN"},
    {"im2col 3x3 56", 64, 3136, 576, "NN"},
    {"1x1 56", 256, 3136, 64, "NN"},
    {"im2col 3x3 14", 512, 196, 4608, "NN"},
    {"1x1 7", 2048, 49, 512, "NN"},
    {"alexnet fc6 forward b32", 32, 4096, 9216, "NT"},
    {"alexnet fc6 dx b32", 32, 9216, 4096, "NN"},
    {"alexnet fc6 dw b32", 4096, 9216, 32, "TN"},
    {"alexnet fc6 forward b64", 64, 4096, 9216, "NT"},
    {"alexnet fc6 dx b64", 64, 9216, 4096, "NN"},
    {"alexnet fc6 dw b64", 4096, 9216, 64, "TN"},
    {"alexnet fc6 forward b128", 128, 4096, 9216, "NT"},
    {"alexnet fc6 dx b128", 128, 9216, 4096, "NN"},
    {"alexnet fc6 dw b128", 4096, 9216, 128, "TN"},
    {"alexnet fc7 forward b32", 32, 4096, 4096, "NT"},
    {"alexnet fc8 forward b32", 32, 1000, 4096, "NT"},
    {"vgg16 fc6 forward b8", 8, 4096, 25088, "NT"},
    {"vgg16 fc6 dx b8", 8, 25088, 4096, "NN"},
    {"vgg16 fc6 dw b8", 4096, 25088, 8, "TN"},
    {"alexnet fc6 forward b1", 1, 4096, 9216, "NT"},
    {"alexnet fc6 forward b2", 2, 4096, 9216, "NT"},
    {"alexnet fc6 forward b4", 4, 4096, 9216, "NT"},
    {"resnet50 fc forward b8", 8, 1000, 2048, "NT"},
    {"lenet f1 forward", 64, 120, 400, "NT"},
    {"lenet f1 dx", 64, 400, 120, "NN"},
    {"lenet f1 dw", 120, 400, 64, "TN"},
    {"lenet f2 forward", 64, 84, 120, "NT"},
    {"lenet f2 dx", 64, 120, 84, "NN"},
    {"lenet f2 dw", 84, 120, 64, "TN"},
    {"lenet f3 forward", 64, 10, 84, "NT"},
    {"lenet f3 dx", 64, 84, 10, "NN"},
    {"lenet f3 dw", 10, 84, 64, "TN"},
    {"lenet c1 im2col", 6, 784, 25, "NN"},
    {"lenet c2 im2col", 16, 100, 150, "NN"},
    {"small m and n", 16, 32, 20000, "NT"},
    {"small m and n", 64, 64, 50000, "NT"},
    {"small m and n", 64, 64, 50000, "TN"},
};

struct library {
    fov_ctx *context;
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};

    std::function<void()> matmul(const shape &s, bool packed, float *c, float *a, float *b) {
        using namespace dnnl;
        const auto type = memory::data_type::f32;
        const bool ta = s.transposed[0] == 'T', tb = s.transposed[1] == 'T';
        const memory::desc ad({s.m, s.k}, type, ta ? memory::format_tag::ba : memory::format_tag::ab);
        const memory::desc plain({s.k, s.n}, type, tb ? memory::format_tag::ba : memory::format_tag::ab);
        const memory::desc cd({s.m, s.n}, type, memory::format_tag::ab);
        primitive_attr attr;
        attr.set_scratchpad_mode(scratchpad_mode::user);
        const matmul::primitive_desc pd(engine, ad, packed ? memory::desc({s.k, s.n}, type, memory::format_tag::any) : plain, cd, attr);
        const auto scratch = std::make_shared<floats>(context, pd.scratchpad_desc().get_size() / 4 + 1);
        const auto weights = packed ? std::make_shared<floats>(context, pd.weights_desc().get_size() / 4) : nullptr;
        std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, memory(ad, engine, a)},
                                                  {DNNL_ARG_WEIGHTS, memory(pd.weights_desc(), engine, packed ? weights->data() : b)},
                                                  {DNNL_ARG_DST, memory(cd, engine, c)},
                                                  {DNNL_ARG_SCRATCHPAD, memory(pd.scratchpad_desc(), engine, scratch->data())}};
        const class matmul primitive(pd);
        return [this, primitive, arguments, scratch, weights] {
            primitive.execute(stream, arguments);
            stream.wait();
        };
    }
};

}  // namespace

void products(const settings &s) {
    fov_ctx *ctx = open(s, FOV_PROVIDER_AUTO), *own = open(s, FOV_PROVIDER_OWN);
    const double limit = peak(ctx);
    printf("peak %.0f GFLOP/s, %d threads, read at 128 MB %.0f GB/s; each in %% of the peak, then GB/s of auto\n", limit, s.threads,
           bandwidth(ctx, 128 << 20, FOV_READ));
    printf("%-26s %6s %6s %6s %-3s %7s %6s %8s %8s %8s %7s %7s\n", "shape", "m", "n", "k", "", "auto", "own", "matmul", "packed", "sgemm",
           "ratio", "GB/s");
    library dnn{ctx};
    for (const shape &q : shapes) {
        const std::string name = std::string(q.name) + " " + std::to_string(q.m) + " " + q.transposed;
        if (!std::regex_search(name, s.only)) continue;
        const floats a(ctx, q.m * q.k), b(ctx, q.k * q.n), c(ctx, q.m * q.n);
        const bool ta = q.transposed[0] == 'T', tb = q.transposed[1] == 'T';
        fov_gemm_attrs g{};
        g.m = q.m, g.n = q.n, g.k = q.k;
        g.a_row = ta ? 1 : q.k, g.a_col = ta ? q.m : 1;
        g.b_row = tb ? 1 : q.n, g.b_col = tb ? q.k : 1;
        g.c_row = q.n, g.c_col = 1;
        g.alpha = 1;
        std::vector<contender> all;
        all.push_back({"auto", [&] { check(ctx, fov_gemm(ctx, c.data(), a.data(), b.data(), nullptr, &g)); }, {}});
        all.push_back({"own", [&] { check(own, fov_gemm(own, c.data(), a.data(), b.data(), nullptr, &g)); }, {}});
        all.push_back({"matmul", dnn.matmul(q, false, c.data(), a.data(), b.data()), {}});
        all.push_back({"packed", dnn.matmul(q, true, c.data(), a.data(), b.data()), {}});
        all.push_back({"sgemm",
                       [&] {
                           dnnl_sgemm(q.transposed[0], q.transposed[1], q.m, q.n, q.k, 1, a.data(), ta ? q.m : q.k, b.data(),
                                      tb ? q.k : q.n, 0, c.data(), q.n);
                       },
                       {}});
        race(all, s);
        const double flops = 2.0 * q.m * q.n * q.k, mine = all[0].best();
        printf("%-26s %6lld %6lld %6lld %-3s", q.name, q.m, q.n, q.k, q.transposed);
        for (auto &x : all) printf(" %7.0f", flops / x.best() / limit * 1e-7);
        printf(" %7.2f %7.1f\n", std::min(all[2].best(), all[4].best()) / mine, 4.0 * (q.m * q.k + q.k * q.n + q.m * q.n) / mine * 1e-9);
    }
    fov_ctx_destroy(own);
    fov_ctx_destroy(ctx);
}

}  // namespace sweep
