// Nothing thrown below the boundary crosses it: every entry point runs inside guarded().
#pragma once
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "context.h"

namespace fov {

struct failure : std::exception {
    fov_status status;
    std::string text;
    failure(fov_status s, std::string t) : status(s), text(std::move(t)) {}
    const char *what() const noexcept override { return text.c_str(); }
};

template <class... Args>
std::string format(const char *pattern, Args... args) {
    char buffer[512];
    const int n = snprintf(buffer, sizeof buffer, pattern, args...);
    return n < 0 ? std::string(pattern) : std::string(buffer);
}
inline std::string format(const char *text) { return text; }

template <class... Args>
void require(bool condition, const char *pattern, Args... args) {
    if (!condition) throw failure(FOV_BAD_ARGUMENT, format(pattern, args...));
}

// A text that cannot be stored leaves the status to speak for itself.
inline fov_status fail(fov_ctx *ctx, fov_status status, const char *text) noexcept {
    try {
        ctx->message = text;
    } catch (...) {
        ctx->message.clear();
    }
    return status;
}

template <class Body>
fov_status guarded(fov_ctx *ctx, Body body) noexcept {
    if (!ctx) return FOV_BAD_ARGUMENT;
    try {
        body();
        return FOV_OK;
    } catch (const failure &f) {
        return fail(ctx, f.status, f.what());
    } catch (const std::bad_alloc &) {
        return fail(ctx, FOV_OUT_OF_MEMORY, "native memory is exhausted");
    } catch (const std::exception &e) {
        return fail(ctx, FOV_INTERNAL, e.what());
    } catch (...) {
        return fail(ctx, FOV_INTERNAL, "unknown native failure");
    }
}

}  // namespace fov
