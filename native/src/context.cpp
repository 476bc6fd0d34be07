#include "context.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "error.h"
#include "team.h"

#if defined(_WIN32)
#include <malloc.h>
#else
#include <sys/mman.h>
#endif

namespace fov {

// Large memory in huge pages where the system offers them: kernels write dozens of streams side by side, more than small pages have
// room for in the translation buffers, and a miss there costs a virtual machine several times what it costs a real one.
static constexpr size_t huge_page = 2 << 20;

static void *aligned_memory(size_t &bytes) {
    const size_t page = bytes >= huge_page ? huge_page : 4096;
    bytes = (bytes + page - 1) / page * page;
#if defined(_WIN32)
    return _aligned_malloc(bytes, 64);
#else
    void *memory = std::aligned_alloc(page, bytes);
#if defined(MADV_HUGEPAGE)
    if (memory && page == huge_page) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
#endif
}

static void free_aligned(void *memory) {
#if defined(_WIN32)
    _aligned_free(memory);
#else
    std::free(memory);
#endif
}

scratch_buffer::~scratch_buffer() { free_aligned(memory_); }

void *scratch_buffer::reserve(size_t bytes) {
    if (bytes <= bytes_) return memory_;
    void *grown = aligned_memory(bytes);
    if (!grown) throw std::bad_alloc();
    free_aligned(memory_);
    memory_ = grown;
    bytes_ = bytes;
    return memory_;
}

}  // namespace fov

using namespace fov;

fov_ctx::fov_ctx() = default;
fov_ctx::~fov_ctx() = default;

team &fov_ctx::workers() const {
    if (!workers_ || workers_->threads() != threads()) {
        workers_.reset();
        workers_ = std::make_unique<team>(threads());
    }
    return *workers_;
}

bool fov_ctx::prefers(const char *implementation) const {
    const std::string_view name = implementation, names = preferred;
    for (size_t begin = 0; begin < names.size();) {
        const std::string_view asked = names.substr(begin, std::min(names.find(',', begin), names.size()) - begin);
        if (!asked.empty() && name.starts_with(asked) && (name.size() == asked.size() || name[asked.size()] == ':')) return true;
        begin += asked.size() + 1;
    }
    return false;
}

extern "C" {

int32_t fov_abi(void) { return FOV_ABI; }

int32_t fov_isa_available(int32_t isa) { return isa_available(isa) && kernels_for(isa); }

const char *fov_isa_name(int32_t isa) {
    static const char *const names[FOV_ISA_COUNT] = {"scalar", "avx2", "avx512", "neon"};
    return isa >= 0 && isa < FOV_ISA_COUNT ? names[isa] : "unknown";
}

int32_t fov_bf16_native(void) { return bf16_available(); }

fov_status fov_ctx_create(int32_t isa, int32_t threads, fov_ctx **out) {
    if (!out || threads < 1 || threads > 4096) return FOV_BAD_ARGUMENT;
    if (isa == FOV_ISA_BEST) isa = best_isa();
    if (!fov_isa_available(isa)) return FOV_UNSUPPORTED;
    auto *ctx = new (std::nothrow) fov_ctx;
    if (!ctx) return FOV_OUT_OF_MEMORY;
    ctx->kernels = kernels_for(isa);
    ctx->options[FOV_OPTION_THREADS] = threads;
    ctx->options[FOV_OPTION_WINOGRAD] = 1;
    *out = ctx;
    return FOV_OK;
}

void fov_ctx_destroy(fov_ctx *ctx) { delete ctx; }

const char *fov_ctx_message(fov_ctx *ctx) { return ctx ? ctx->message.c_str() : "the context is null"; }

int32_t fov_ctx_isa(fov_ctx *ctx) { return ctx ? ctx->kernels->isa : FOV_ISA_BEST; }

fov_status fov_ctx_set_option(fov_ctx *ctx, int32_t option, fov_i64 value) {
    return guarded(ctx, [&] {
        require(option >= 0 && option < FOV_OPTION_COUNT, "option %d is unknown", option);
        const fov_i64 low = option == FOV_OPTION_THREADS ? 1 : 0;
        const fov_i64 high = option == FOV_OPTION_THREADS     ? 4096
                             : option == FOV_OPTION_PROVIDER  ? FOV_PROVIDER_ONEDNN
                             : option == FOV_OPTION_PRECISION ? FOV_PRECISION_BF16_EMULATED
                                                              : 1;
        require(value >= low && value <= high, "option %d takes %lld to %lld, not %lld", option, low, high, value);
        if (option == FOV_OPTION_PRECISION && value == FOV_PRECISION_BF16 && !(bf16_available() && ctx->kernels->isa == FOV_ISA_AVX512))
            throw failure(FOV_UNSUPPORTED, "bf16 needs a CPU with avx512_bf16 and the instruction set avx512");
        ctx->options[option] = value;
    });
}

fov_i64 fov_ctx_option(fov_ctx *ctx, int32_t option) { return ctx && option >= 0 && option < FOV_OPTION_COUNT ? ctx->options[option] : -1; }

fov_status fov_ctx_prefer(fov_ctx *ctx, const char *names) {
    return guarded(ctx, [&] { ctx->preferred = names ? names : ""; });
}
}
