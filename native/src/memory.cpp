#include "error.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace {

constexpr fov_i64 huge_page = 2 << 20;

fov_i64 small_page() {
#if defined(_WIN32)
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwPageSize;
#else
    return sysconf(_SC_PAGESIZE);
#endif
}

fov_i64 whole_pages(fov_i64 bytes) { return (bytes + huge_page - 1) / huge_page * huge_page; }

void *reserved(fov_i64 size) {
#if defined(_WIN32)
    void *memory = VirtualAlloc(nullptr, static_cast<size_t>(size), MEM_RESERVE, PAGE_READWRITE);
    if (!memory) throw fov::failure(FOV_OUT_OF_MEMORY, fov::format("the system refused addresses for %lld bytes", size));
    return memory;
#else
    // One huge page more than needed, then the ends are given back: mmap aligns to small pages only.
    void *memory = mmap(nullptr, size + huge_page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw fov::failure(FOV_OUT_OF_MEMORY, fov::format("the system refused addresses for %lld bytes", size));
    char *start = static_cast<char *>(memory);
    char *aligned = reinterpret_cast<char *>(whole_pages(reinterpret_cast<fov_i64>(start)));
    if (aligned > start) munmap(start, aligned - start);
    const fov_i64 rest = start + huge_page - aligned;
    if (rest > 0) munmap(aligned + size, rest);
    return aligned;
#endif
}

void commit(void *memory, fov_i64 size) {
#if defined(_WIN32)
    const bool done = VirtualAlloc(memory, static_cast<size_t>(size), MEM_COMMIT, PAGE_READWRITE) != nullptr;
#else
    const bool done = mprotect(memory, size, PROT_READ | PROT_WRITE) == 0;
#if defined(MADV_HUGEPAGE)
    if (done) madvise(memory, size, MADV_HUGEPAGE);  // a wish: without it the memory works, slower
#endif
#endif
    if (!done) throw fov::failure(FOV_OUT_OF_MEMORY, fov::format("the system refused %lld bytes", size));
}

void unmap(void *memory, fov_i64 size) {
#if defined(_WIN32)
    (void)size;
    fov::require(VirtualFree(memory, 0, MEM_RELEASE), "the memory was not mapped here");
#else
    fov::require(munmap(memory, size) == 0, "the memory was not mapped here");
#endif
}

}  // namespace

using namespace fov;

extern "C" {

fov_status fov_memory_reserve(fov_ctx *ctx, fov_i64 bytes, void **out) {
    return guarded(ctx, [&] {
        require(out && bytes > 0 && bytes < (1LL << 46), "cannot reserve %lld bytes", bytes);
        *out = reserved(whole_pages(bytes));
    });
}

fov_status fov_memory_commit(fov_ctx *ctx, void *memory, fov_i64 bytes) {
    return guarded(ctx, [&] {
        require(memory && bytes > 0 && bytes < (1LL << 46), "cannot commit %lld bytes", bytes);
        commit(memory, whole_pages(bytes));
    });
}

fov_status fov_memory_map(fov_ctx *ctx, fov_i64 bytes, void **out) {
    return guarded(ctx, [&] {
        require(out && bytes > 0 && bytes < (1LL << 46), "cannot map %lld bytes", bytes);
        const fov_i64 size = whole_pages(bytes);
        void *memory = reserved(size);
        try {
            commit(memory, size);
        } catch (...) {
            unmap(memory, size);
            throw;
        }
        *out = memory;
    });
}

fov_status fov_memory_unmap(fov_ctx *ctx, void *memory, fov_i64 bytes) {
    return guarded(ctx, [&] { unmap(memory, whole_pages(bytes)); });
}

fov_status fov_memory_map_guarded(fov_ctx *ctx, fov_i64 bytes, void **out) {
    return guarded(ctx, [&] {
        require(out && bytes > 0 && bytes < (1LL << 46), "cannot map %lld bytes", bytes);
        const fov_i64 page = small_page(), size = (bytes + page - 1) / page * page;
#if defined(_WIN32)
        char *memory = static_cast<char *>(VirtualAlloc(nullptr, size + page, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
        DWORD before;
        if (!memory || !VirtualProtect(memory + size, page, PAGE_NOACCESS, &before))
            throw failure(FOV_OUT_OF_MEMORY, format("the system refused %lld bytes", size));
#else
        char *memory = static_cast<char *>(mmap(nullptr, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        if (memory == MAP_FAILED || mprotect(memory + size, page, PROT_NONE))
            throw failure(FOV_OUT_OF_MEMORY, format("the system refused %lld bytes", size));
#endif
        *out = memory + size - bytes;
    });
}

fov_status fov_memory_unmap_guarded(fov_ctx *ctx, void *memory, fov_i64 bytes) {
    return guarded(ctx, [&] {
        const fov_i64 page = small_page(), size = (bytes + page - 1) / page * page;
        char *start = static_cast<char *>(memory) + bytes - size;
#if defined(_WIN32)
        require(VirtualFree(start, 0, MEM_RELEASE), "the memory was not mapped here");
#else
        require(munmap(start, size + page) == 0, "the memory was not mapped here");
#endif
    });
}
}
