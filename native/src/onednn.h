// oneDNN's engine and stream of one context. Only this file's users include oneDNN.
#pragma once
#include <map>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "context.h"

namespace fov {

struct onednn_pass;

struct onednn {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    std::map<std::vector<fov_i64>, std::shared_ptr<const onednn_pass>> passes;  // see onednn_pass.h
};

// Made on first use, and the calling thread's OpenMP team is set to the context's budget: oneDNN asks OpenMP, not us.
onednn &dnn(fov_ctx &ctx);
// The same with a budget of its own: a primitive must run on as many threads as it was created for.
onednn &dnn(fov_ctx &ctx, int threads);

}  // namespace fov
