// Every kernel of the elementwise family, in every instruction set that this CPU has, on ranges that begin anywhere and end flush
// against a protected page: one float read or written too many kills the program.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <limits>

#include "fovea.h"
#include "kernels.h"

namespace {

int failures = 0;

void expect(bool ok, const char *what, const char *isa, int begin, int end, int i) {
    if (ok) return;
    if (failures++ < 10) printf("%s, %s, range [%d, %d): element %d is wrong\n", what, isa, begin, end, i);
}

// n floats whose last byte is the last before a page that nobody may touch.
float *flush(int n) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    auto *memory = static_cast<char *>(mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (memory == MAP_FAILED || mprotect(memory + page, page, PROT_NONE) != 0) {
        perror("guard page");
        exit(1);
    }
    return reinterpret_cast<float *>(memory + page) - n;
}

constexpr int longest = 70;
constexpr float poison = -12345;

// Small integers: every sum is exact, so every instruction set must agree with plain C++ to the bit.
float value(int seed, int i) { return static_cast<float>((i * 7 + seed * 13) % 17 - 8); }

struct arrays {
    float *y, *a, *b;
    int n;

    explicit arrays(int n) : y(flush(n)), a(flush(n)), b(flush(n)), n(n) { reset(); }

    void reset() {
        for (int i = 0; i < n; i++) {
            y[i] = poison;
            a[i] = value(1, i);
            b[i] = value(2, i);
        }
    }

    // Inside the range the expected value, outside it what stood there before.
    template <class Expected>
    void check(const char *what, const char *isa, int begin, Expected expected) {
        for (int i = 0; i < n; i++) expect(y[i] == (i < begin ? poison : expected(i)), what, isa, begin, n, i);
        reset();
    }
};

void run(const fov::elementwise_kernels &k, const char *isa, int begin, int end) {
    static arrays *sizes[longest + 1];
    if (!sizes[end]) sizes[end] = new arrays(end);
    arrays &x = *sizes[end];

    k.fill(x.y, 3, begin, end);
    x.check("fill", isa, begin, [](int) { return 3.0f; });

    for (int i = 0; i < end; i++) x.y[i] = i < begin ? poison : x.b[i];
    k.axpy(x.y, 5, x.a, begin, end);
    x.check("axpy", isa, begin, [&](int i) { return 5 * value(1, i) + value(2, i); });

    k.add(x.y, x.a, x.b, begin, end);
    x.check("add", isa, begin, [](int i) { return value(1, i) + value(2, i); });

    expect(k.all_finite(x.a, begin, end), "all_finite", isa, begin, end, -1);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (float bad : {infinity, -infinity, std::nanf("")}) {
        for (int i = begin; i < end; i++) {
            x.a[i] = bad;
            expect(!k.all_finite(x.a, begin, end), "all_finite", isa, begin, end, i);
            x.a[i] = value(1, i);
        }
    }
}

}  // namespace

int main() {
    for (int32_t isa = 0; isa < FOV_ISA_COUNT; isa++) {
        const char *name = fov_isa_name(isa);
        if (!fov::isa_available(isa)) {
            printf("SKIPPED: instruction set %s, which this CPU does not have\n", name);
            continue;
        }
        for (int end = 0; end <= longest; end++) {
            for (int begin = 0; begin <= end; begin++) run(*fov::kernels_for(isa)->elementwise, name, begin, end);
        }
        printf("%s: done\n", name);
    }
    return failures == 0 ? 0 : 1;
}
