#include "onednn_pass.h"

namespace fov {

namespace {

size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

size_t onednn_pass::bytes(int argument) const {
    const auto found = arguments.find(argument);
    return found == arguments.end() ? 0 : found->second.get_desc().get_size();
}

float *onednn_pass::reserve(fov_ctx &ctx, size_t own) const {
    size_t all = aligned(own);
    for (const auto &argument : arguments) all += aligned(bytes(argument.first));
    return static_cast<float *>(ctx.scratch.reserve(all));
}

void onednn_pass::run(fov_ctx &ctx, size_t own, given data) const {
    char *scratch = reinterpret_cast<char *>(reserve(ctx, own)) + aligned(own);
    for (auto [argument, memory] : arguments) {  // a copy of the handle, not of what it handles
        const void *found = nullptr;
        for (const auto &[name, pointer] : data)
            if (name == argument) found = pointer;
        memory.set_data_handle(found ? const_cast<void *>(found) : scratch);
        if (!found) scratch += aligned(memory.get_desc().get_size());
    }
    auto &stream = dnn(ctx).stream;
    primitive.execute(stream, arguments);
    stream.wait();
}

bool onednn_asked(const fov_ctx &ctx) {
    const fov_i64 provider = ctx.options[FOV_OPTION_PROVIDER];
    if (ctx.kernels->isa != best_isa() || provider == FOV_PROVIDER_OWN) return false;
    return provider == FOV_PROVIDER_ONEDNN || (!ctx.options[FOV_OPTION_STRICT] && ctx.preferred.find("onednn") != std::string::npos);
}

onednn_ptr onednn_pass_of(fov_ctx &ctx, onednn_key key, const std::function<onednn_pass(const dnnl::engine &)> &make) {
    constexpr size_t most_kept = 1000;
    onednn &dnnl = dnn(ctx);
    key.push_back(ctx.threads());
    auto found = dnnl.passes.find(key);
    if (found == dnnl.passes.end()) {
        if (dnnl.passes.size() >= most_kept) dnnl.passes.clear();
        found = dnnl.passes.emplace(std::move(key), std::make_shared<const onednn_pass>(make(dnnl.engine))).first;
    }
    const auto &pass = found->second;
    return *pass && (ctx.options[FOV_OPTION_PROVIDER] == FOV_PROVIDER_ONEDNN || ctx.prefers(pass->name.c_str())) ? pass : nullptr;
}

bool onednn_describes(int32_t layout) { return layout == FOV_PLAIN || layout == FOV_C16; }

dnnl::memory::desc onednn_desc(dnnl::memory::dims dims, int32_t layout) {
    using tag = dnnl::memory::format_tag;
    constexpr auto f32 = dnnl::memory::data_type::f32;
    if (layout == FOV_C16) return {dims, f32, dims.size() == 5 ? tag::nCdhw16c : tag::nChw16c};
    dnnl::memory::dims strides(dims.size());
    fov_i64 step = 1;
    for (size_t i = dims.size(); i-- > 0; step *= dims[i]) strides[i] = step;
    return {dims, f32, strides};
}

dnnl::memory::desc onednn_vector(fov_i64 n) { return {{n}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::a}; }

dnnl::primitive_attr onednn_attributes() {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
}

}  // namespace fov
