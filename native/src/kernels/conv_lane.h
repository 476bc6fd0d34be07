// Convolution with 16 images in the lanes (layout N16): weights are broadcast, so that few channels waste nothing.
#pragma once

namespace fov {

// Several results at once: `positions` neighbours along an axis of the image, or images of neighbouring blocks.
struct lane_step {
    // Floats between the inputs, and between the results, of neighbouring positions.
    long long source, result;
};

// The sum behind one result: input channels and taps, with the floats from one to the next. `taps` are those of a whole filter,
// from which rows at the top or bottom may be left out.
struct lane_window {
    long long channels, rows, columns, taps;
    long long channel_step, row_step, column_step;
};

struct conv_lane_kernels {
    // Most results of one call: output channels and positions of `convolve`, output channels and taps of `differentiate`.
    int channels, positions, gradient_channels, taps;
    // y[o][p] = bias[o] + sum over the window of x * w, o < channels, p < positions (1 or conv_lane_kernels::positions).
    // w [input channels][taps][channels], from the first row of the window on; y channels are `y_channel` floats apart.
    void (*convolve)(float *y, long long y_channel, const float *x, const float *w, const float *bias, bool relu, const lane_window &window,
                     const lane_step &step, int channels, int positions);
    // dw[o * dw_channel + t] (+)= sum over images, rows and columns of dy[o] * x shifted by t taps; t < taps, o < channels.
    // dy: [block][o][rows][columns][16]; x: rows x_row apart, neighbouring columns x_column, neighbouring taps x_tap.
    struct gradient_walk {
        long long blocks, rows, columns;
        long long y_block, y_channel, y_row, x_block, x_row, x_column, x_tap;
    };
    void (*differentiate)(float *dw, long long dw_channel, const float *dy, const float *x, const gradient_walk &walk, int channels,
                          int taps);
};

}  // namespace fov
