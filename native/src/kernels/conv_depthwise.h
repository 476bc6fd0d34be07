// Depthwise convolution in C16: one filter per channel, so a block of 16 channels meets a block of 16 filters, lane by lane.
#pragma once

namespace fov {

// One filter position: what it adds to the address of a place, and which row of the filters it is.
struct conv_depthwise_tap {
    long long offset, row;
};

// Places side by side or one above the other, whose filters lie where the same taps see the source.
struct conv_depthwise_walk {
    const float *source;
    long long source_step;
    float *result;  // or the gradient of the result
    long long result_step, places;
};

// Square filters, steps of 1 or 2 that are the same along both axes, and padding within the filter: the usual depthwise layers.
// A line of places takes whole lines of the filter, so edges cost nothing but the line's own ends.
struct conv_depthwise_plane {
    const float *source;
    float *result;  // or the gradient of the result
    long long height, width, result_width;
    int kernel, stride, pad_h, pad_w;
};

struct conv_depthwise_kernels {
    // result[i] = start + sum over taps of source[i + offset] * filters[row], 16 lanes each; null start: 0.
    void (*line)(const conv_depthwise_walk *walk, const conv_depthwise_tap *taps, long long count, const float *filters, const float *start,
                 bool relu);
    // sums[row] += sum over i of source[i + offset] * result[i], over `lines` walks that lie `source_line`, `result_line` apart.
    void (*gradient)(float *sums, const conv_depthwise_walk *walk, long long lines, long long source_line, long long result_line,
                     const conv_depthwise_tap *taps, long long count);
    // The lines [begin, end) of the result: a kernel of 3 or 5. filters [kernel * kernel][16]
    void (*plane)(const conv_depthwise_plane *plane, long long begin, long long end, const float *filters, const float *start, bool relu);
    // The same seen from x where y has a step of 2, so that `source` is the smaller plane: a kernel of 3.
    void (*spread)(const conv_depthwise_plane *plane, long long begin, long long end, const float *filters, const float *start, bool relu);
    // sums [9][16] += what the lines [begin, end) of the gradient give: a kernel of 3.
    void (*plane_gradient)(float *sums, const conv_depthwise_plane *plane, long long begin, long long end);
};

}  // namespace fov
