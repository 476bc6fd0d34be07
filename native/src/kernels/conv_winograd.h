// Winograd convolution F(m x m, r x r), stride 1, in the C16 layout: m x m results of one channel from an a x a patch, a = m + r - 1,
// by a * a multiplications instead of r * r * m * m.
//
// Planes: p = 0 .. a * a - 1, one for each position of a transformed patch. Per plane there is one matrix product over channels:
//   V [a * a][ic / 16][tiles][16]       transformed patches of x
//   U [a * a][oc / panel][ic][panel]    transformed weights, `panel` output channels wide
//   M [a * a][oc / 16][tiles][16]       products, and for gradients E, the transformed patches of dy, in the same form
#pragma once

namespace fov {

// A patch in a blocked image: `image` is one block of 16 channels, rows x columns x 16; top and left may lie outside.
struct winograd_patch {
    long long rows, columns, top, left;
};

struct winograd_variant {
    int m, r, panel;
    // Most tiles that `multiply` takes at a time.
    int tiles;
    // u: one panel of output channels from `o`, 16 input channels from `c`. Taken from w [oc][ic][r][r], or with `turned` for the
    // gradient towards x: w's channels swapped and its taps turned by 180 degrees. oc and ic are those of the result and the operand.
    void (*pack)(float *u, long long plane, const float *w, long long oc, long long ic, long long o, long long c, bool turned);
    void (*input)(float *v, long long plane, const float *image, const winograd_patch &patch);
    // Writes the part of m x m results that lies inside; bias has 16 elements or is null, `residual` is laid out as the image or null.
    void (*output)(float *image, const winograd_patch &patch, const float *product, long long plane, const float *bias,
                   const float *residual, bool relu);
    // The same as maxima of 2 x 2 windows, of a whole number of windows: `image` has half as many rows and columns as the patch says.
    // offsets: which of its window won, or null.
    void (*pool)(float *image, unsigned char *offsets, const winograd_patch &patch, const float *product, long long plane,
                 const float *bias, bool relu);
    void (*gradient)(float *e, long long plane, const float *image, const winograd_patch &patch);
    // product[panel / 16][tiles][16] (+)= v[ic_blocks][tiles][16] * u[16 * ic_blocks][panel]; blocks are v_block and m_block apart.
    // Meanwhile one or two cache lines of what is read next are asked for per channel: `next_step` is 16 or 32.
    void (*multiply)(float *product, long long m_block, const float *v, long long v_block, const float *u, long long ic_blocks,
                     const float *next, long long next_step, bool add, int tiles);
    // u [16][panel] (+)= sum over tiles of v[tile][16] x e[tile][panel].
    void (*accumulate)(float *u, const float *v, const float *e, long long e_block, long long tiles, bool add);
    // dw [oc][ic][r][r] of one panel and 16 input channels from the accumulated products.
    void (*unpack)(float *dw, const float *u, long long plane, long long oc, long long ic, long long o, long long c);
};

struct conv_winograd_kernels {
    winograd_variant f2, f4, f2_of_5;
};

}  // namespace fov
