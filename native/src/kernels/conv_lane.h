// Convolution with 16 images in the lanes (layout N16): weights are broadcast, so that few channels waste nothing.
#pragma once

namespace fov {

// Several results at once: `positions` neighbours along an axis of the image, or images of neighbouring blocks.
struct lane_step {
    // Floats between the inputs, and between the results, of neighbouring positions.
    long long source, result;
};

// The sum behind one result: input channels and taps, with the floats from one to the next in the source and in the weights, which
// are read where they lie. `weight_result` leads to the weights of the next output channel.
struct lane_window {
    long long channels, rows, columns;
    long long channel_step, row_step, column_step;
    long long weight_channel, weight_row, weight_column, weight_result;
};

struct conv_lane_kernels {
    static constexpr int most_positions = 7;
    // Most output channels of one call of `convolve` for a number of positions; 0 where there is no such tile. Tiles of one position
    // are as wide as those of the row, or shorter where a row is.
    int channels[most_positions + 1];
    // Most output channels and taps of one call of `differentiate`.
    int gradient_channels, taps;
    // y[o][p] = bias[o] + sum over the window of x * w, o < channels, p < positions, or relu of it; y channels are `y_channel` floats
    // apart.
    void (*convolve)(float *y, long long y_channel, const float *x, const float *w, const float *bias, bool relu, const lane_window &window,
                     const lane_step &step, int channels, int positions);
    // sums[o][t][lane] += dy[o] * x shifted by t taps over rows and columns; o < channels, t < taps.
    // dy: [o][rows][columns][16]; x: rows x_row apart, neighbouring columns x_column, neighbouring taps x_tap.
    struct gradient_walk {
        long long rows, columns;
        long long y_channel, y_row, x_row, x_column, x_tap;
    };
    void (*differentiate)(float *sums, const float *dy, const float *x, const gradient_walk &walk, int channels, int taps);
    // dw[o * dw_channel + t] = the 16 lanes of sums[o][t] together.
    void (*total)(float *dw, long long dw_channel, const float *sums, int channels, int taps);
};

}  // namespace fov
