// What one session owns natively. No globals: two contexts in two threads know nothing of each other.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "../include/fovea.h"
#include "kernels.h"

namespace fov {

class team;
struct onednn;  // engine and stream, made on first use; see onednn.h

// 64-byte aligned memory that grows and is never handed back before the context goes.
class scratch_buffer {
  public:
    scratch_buffer() = default;
    scratch_buffer(const scratch_buffer &) = delete;
    scratch_buffer &operator=(const scratch_buffer &) = delete;
    ~scratch_buffer();
    void *reserve(size_t bytes);

  private:
    void *memory_ = nullptr;
    size_t bytes_ = 0;
};

}  // namespace fov

struct fov_ctx {
    const fov::kernel_table *kernels = nullptr;
    fov_i64 options[FOV_OPTION_COUNT] = {};
    std::string message;
    std::string preferred;  // see fov_ctx_prefer
    fov::scratch_buffer scratch;
    std::shared_ptr<fov::onednn> dnn;

    fov_ctx();
    ~fov_ctx();

    // Whether products may take their operands rounded to bf16.
    bool rounds() const { return options[FOV_OPTION_PRECISION] != FOV_PRECISION_F32; }
    // Whether fov_ctx_prefer named the implementation "<provider>:<name>" or its provider.
    bool prefers(const char *implementation) const;
    int threads() const { return static_cast<int>(options[FOV_OPTION_THREADS]); }
    // As many as threads(), started on first use.
    fov::team &workers() const;

  private:
    mutable std::unique_ptr<fov::team> workers_;
};
