// Passes that one primitive of oneDNN computes on tensors as they lie. Nothing is reordered: what waits for memory gains nothing from
// being moved first.
#pragma once
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "error.h"
#include "onednn.h"

namespace fov {

// A primitive and its arguments, which are given their data when it runs.
struct onednn_pass {
    std::string name;  // "onednn:" and what oneDNN calls it; empty where it has no fast code for this
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;

    explicit operator bool() const { return !name.empty(); }
    size_t bytes(int argument) const;

    using given = std::initializer_list<std::pair<int, const void *>>;
    // The scratch memory of one run, of which the first `own` bytes are the caller's.
    float *reserve(fov_ctx &ctx, size_t own) const;
    // Arguments that are not given, or null, are kept in the scratch memory behind those `own` bytes.
    void run(fov_ctx &ctx, size_t own, given data) const;
};

enum class onednn_family : fov_i64 { pool, batch_norm, layer_norm, lrn, softmax };

// Whether oneDNN may be to compute what it has fast code for: its provider was asked for, or some of its code by name, in a session on
// the instruction set that it runs. `auto` leaves these families to our own kernels, which are the faster ones but for a few percent
// (bench/README.md); and of max-pooling oneDNN loses NaN.
bool onednn_asked(const fov_ctx &ctx);

// The pass that a family and its numbers name, made on first use and kept in the context; null where oneDNN has no fast code for it or
// other code of its was named.
using onednn_ptr = std::shared_ptr<const onednn_pass>;
using onednn_key = std::vector<fov_i64>;
onednn_ptr onednn_pass_of(fov_ctx &ctx, onednn_key key, const std::function<onednn_pass(const dnnl::engine &)> &make);

// Who computes a pass, for callers that keep the pass or its context: oneDNN's name of what it would run, else "own".
template <class Find>
const char *implementation_name(fov_ctx *ctx, Find find) {
    const char *name = "own";
    guarded(ctx, [&] {
        if (const onednn_ptr pass = find()) name = pass->name.c_str();
    });
    return name;
}

// N16 is ours alone.
bool onednn_describes(int32_t layout);
// A tensor of four or five axes in C16, of any number in plain.
dnnl::memory::desc onednn_desc(dnnl::memory::dims dims, int32_t layout);
dnnl::memory::desc onednn_vector(fov_i64 n);

// For scratch memory that oneDNN does not allocate behind our back.
dnnl::primitive_attr onednn_attributes();

template <class Primitive, class Desc>
onednn_pass onednn_made(const dnnl::engine &engine, const Desc &pd, std::initializer_list<std::pair<int, dnnl::memory::desc>> arguments) {
    onednn_pass pass;
    if (!pd) return pass;
    const std::string name = pd.impl_info_str();
    for (const char *slow : {"ref", "simple"})
        if (name.find(slow) != std::string::npos) return pass;
    pass.primitive = Primitive(pd);
    for (const auto &[argument, desc] : arguments) pass.arguments.emplace(argument, dnnl::memory(desc, engine, nullptr));
    pass.arguments.emplace(DNNL_ARG_SCRATCHPAD, dnnl::memory(pd.scratchpad_desc(), engine, nullptr));
    pass.name = "onednn:" + name;
    return pass;
}

}  // namespace fov
