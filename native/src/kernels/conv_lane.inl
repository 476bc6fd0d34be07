// Register tiles: `channels` x `positions` accumulators, one vector for each position, one broadcast weight.
#include "conv_lane.h"

#include "../simd.h"

namespace fov {
namespace {

constexpr int L = 16;
#if defined(FOV_ISA_AVX512) || defined(FOV_ISA_NEON)
constexpr int most_channels = 6, most_positions = 4, gradient_channels = 4, most_taps = 5;
#else
constexpr int most_channels = 3, most_positions = 4, gradient_channels = 2, most_taps = 5;
#endif

template <int channels, int positions>
void convolve_tile(float *y, i64 y_channel, const float *x, const float *w, const float *bias, bool relu, const lane_window &q,
                   const lane_step &step) {
    for (int lane = 0; lane < L; lane += W) {
        vf sum[channels][positions];
#pragma GCC unroll 8
        for (int o = 0; o < channels; o++)
#pragma GCC unroll 8
            for (int p = 0; p < positions; p++) sum[o][p] = bias ? set1(bias[o]) : zero();
        for (i64 c = 0; c < q.channels; c++) {
            const float *weight = w + c * q.taps * channels;
            for (i64 r = 0; r < q.rows; r++) {
                const float *s = x + c * q.channel_step + r * q.row_step + lane;
#pragma GCC unroll 1
                for (i64 k = 0; k < q.columns; k++, s += q.column_step, weight += channels) {
                    vf in[positions];
#pragma GCC unroll 8
                    for (int p = 0; p < positions; p++) in[p] = load(s + p * step.source);
#pragma GCC unroll 8
                    for (int o = 0; o < channels; o++) {
                        vf a = set1(weight[o]);
                        FOV_KEEP(a);
#pragma GCC unroll 8
                        for (int p = 0; p < positions; p++) sum[o][p] = fma(a, in[p], sum[o][p]);
                    }
                }
            }
        }
#pragma GCC unroll 8
        for (int o = 0; o < channels; o++)
#pragma GCC unroll 8
            for (int p = 0; p < positions; p++)
                store(y + o * y_channel + p * step.result + lane, relu ? max(zero(), sum[o][p]) : sum[o][p]);
    }
}

template <int channels>
void convolve_channels(float *y, i64 y_channel, const float *x, const float *w, const float *bias, bool relu, const lane_window &q,
                       const lane_step &step, int n, int positions) {
    if constexpr (channels > 1) {
        if (n < channels) return convolve_channels<channels - 1>(y, y_channel, x, w, bias, relu, q, step, n, positions);
    }
    if (positions == most_positions) {
        convolve_tile<channels, most_positions>(y, y_channel, x, w, bias, relu, q, step);
    } else {
        convolve_tile<channels, 1>(y, y_channel, x, w, bias, relu, q, step);
    }
}

template <int channels, int taps>
void differentiate_tile(float *dw, i64 dw_channel, const float *dy, const float *x, const conv_lane_kernels::gradient_walk &q) {
    float total[channels][taps] = {};
    for (int lane = 0; lane < L; lane += W) {
        vf sum[channels][taps];
#pragma GCC unroll 8
        for (int o = 0; o < channels; o++)
#pragma GCC unroll 8
            for (int t = 0; t < taps; t++) sum[o][t] = zero();
        for (i64 b = 0; b < q.blocks; b++)
            for (i64 r = 0; r < q.rows; r++) {
                const float *s = x + b * q.x_block + r * q.x_row + lane, *g = dy + b * q.y_block + r * q.y_row + lane;
#pragma GCC unroll 1
                for (i64 c = 0; c < q.columns; c++, s += q.x_column, g += L) {
                    vf out[channels];
#pragma GCC unroll 8
                    for (int o = 0; o < channels; o++) out[o] = load(g + o * q.y_channel);
#pragma GCC unroll 8
                    for (int t = 0; t < taps; t++) {
                        vf in = load(s + t * q.x_tap);
                        FOV_KEEP(in);
#pragma GCC unroll 8
                        for (int o = 0; o < channels; o++) sum[o][t] = fma(in, out[o], sum[o][t]);
                    }
                }
            }
        for (int o = 0; o < channels; o++)
            for (int t = 0; t < taps; t++) total[o][t] += fov::sum(sum[o][t]);
    }
    for (int o = 0; o < channels; o++)
        for (int t = 0; t < taps; t++) dw[o * dw_channel + t] = total[o][t];
}

template <int channels, int taps>
void differentiate_between(float *dw, i64 dw_channel, const float *dy, const float *x, const conv_lane_kernels::gradient_walk &q, int n,
                           int k) {
    if constexpr (channels > 1) {
        if (n < channels) return differentiate_between<channels - 1, taps>(dw, dw_channel, dy, x, q, n, k);
    }
    if constexpr (taps > 1) {
        if (k < taps) return differentiate_between<channels, taps - 1>(dw, dw_channel, dy, x, q, n, k);
    }
    differentiate_tile<channels, taps>(dw, dw_channel, dy, x, q);
}

}  // namespace

extern const conv_lane_kernels FOV_TABLE(conv_lane);
const conv_lane_kernels FOV_TABLE(conv_lane) = {most_channels,
                                                most_positions,
                                                gradient_channels,
                                                most_taps,
                                                convolve_channels<most_channels>,
                                                differentiate_between<gradient_channels, most_taps>};

}  // namespace fov
