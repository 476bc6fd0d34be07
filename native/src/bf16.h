// One number to bf16 and back, for code that is no kernel.
#pragma once
#include <cstdint>
#include <cstring>

namespace fov {

struct bf16 {
    uint16_t bits;
};

inline float widen(bf16 x) {
    const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

// Nearest, ties to even; a NaN stays a NaN even where its payload sits in the bits that go.
inline bf16 round_to_bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if (x != x) return {static_cast<uint16_t>(bits >> 16 | 0x40)};
    return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

}  // namespace fov
