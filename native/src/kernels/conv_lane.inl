// Register tiles: `channels` x `positions` accumulators, one vector for each position, one broadcast weight.
#include "conv_lane.h"

#include "../simd.h"

namespace fov {
namespace {

constexpr int L = 16;
// Enough accumulators to keep the multipliers busy, beside a vector of each position and one weight.
#if defined(FOV_ISA_AVX512) || defined(FOV_ISA_NEON)
constexpr int registers = 32, channels_of[] = {0, 6, 0, 0, 6, 5, 4, 3}, gradient_channels = 4, most_taps = 5;
#else
constexpr int registers = 16, channels_of[] = {0, 3, 0, 0, 3, 2, 2, 1}, gradient_channels = 2, most_taps = 5;
#endif

// `next` is step.source where it is known, else 0.
template <int channels, int positions, int next>
void convolve_tile(float *y, i64 y_channel, const float *x, const float *w, const float *bias, bool relu, const lane_window &q,
                   const lane_step &step) {
    const i64 source = next ? next : step.source;
    for (int lane = 0; lane < L; lane += W) {
        vf sum[channels][positions];
#pragma GCC unroll 8
        for (int o = 0; o < channels; o++)
#pragma GCC unroll 8
            for (int p = 0; p < positions; p++) sum[o][p] = bias ? set1(bias[o]) : zero();
        for (i64 c = 0; c < q.channels; c++) {
            for (i64 r = 0; r < q.rows; r++) {
                const float *s = x + c * q.channel_step + r * q.row_step + lane;
                const float *weight = w + c * q.weight_channel + r * q.weight_row;
#pragma GCC unroll 1
                for (i64 k = 0; k < q.columns; k++, s += q.column_step, weight += q.weight_column) {
                    vf in[positions];
#pragma GCC unroll 8
                    for (int p = 0; p < positions; p++) {
                        in[p] = load(s + p * source);
                        if (registers > channels * positions + positions) FOV_KEEP(in[p]);
                    }
#pragma GCC unroll 8
                    for (int o = 0; o < channels; o++) {
                        vf a = set1(weight[o * q.weight_result]);
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

template <int channels, int positions>
void convolve_channels(float *y, i64 y_channel, const float *x, const float *w, const float *bias, bool relu, const lane_window &q,
                       const lane_step &step, int n) {
    if constexpr (channels > 1) {
        if (n < channels) return convolve_channels<channels - 1, positions>(y, y_channel, x, w, bias, relu, q, step, n);
    }
    if (step.source == L) {
        convolve_tile<channels, positions, L>(y, y_channel, x, w, bias, relu, q, step);
    } else {
        convolve_tile<channels, positions, 0>(y, y_channel, x, w, bias, relu, q, step);
    }
}

void convolve(float *y, i64 y_channel, const float *x, const float *w, const float *bias, bool relu, const lane_window &q,
              const lane_step &step, int n, int positions) {
    switch (positions) {
        case 4: return convolve_channels<channels_of[4], 4>(y, y_channel, x, w, bias, relu, q, step, n);
        case 5: return convolve_channels<channels_of[5], 5>(y, y_channel, x, w, bias, relu, q, step, n);
        case 6: return convolve_channels<channels_of[6], 6>(y, y_channel, x, w, bias, relu, q, step, n);
        case 7: return convolve_channels<channels_of[7], 7>(y, y_channel, x, w, bias, relu, q, step, n);
        default: return convolve_channels<channels_of[1], 1>(y, y_channel, x, w, bias, relu, q, step, n);
    }
}

template <int channels, int taps>
void differentiate_tile(float *sums, const float *dy, const float *x, const conv_lane_kernels::gradient_walk &q) {
    for (int lane = 0; lane < L; lane += W) {
        vf sum[channels][taps];
#pragma GCC unroll 8
        for (int o = 0; o < channels; o++)
#pragma GCC unroll 8
            for (int t = 0; t < taps; t++) sum[o][t] = load(sums + (o * taps + t) * L + lane);
        for (i64 r = 0; r < q.rows; r++) {
            const float *s = x + r * q.x_row + lane, *g = dy + r * q.y_row + lane;
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
#pragma GCC unroll 8
        for (int o = 0; o < channels; o++)
#pragma GCC unroll 8
            for (int t = 0; t < taps; t++) store(sums + (o * taps + t) * L + lane, sum[o][t]);
    }
}

template <int channels, int taps>
void differentiate_between(float *sums, const float *dy, const float *x, const conv_lane_kernels::gradient_walk &q, int n, int k) {
    if constexpr (channels > 1) {
        if (n < channels) return differentiate_between<channels - 1, taps>(sums, dy, x, q, n, k);
    }
    if constexpr (taps > 1) {
        if (k < taps) return differentiate_between<channels, taps - 1>(sums, dy, x, q, n, k);
    }
    differentiate_tile<channels, taps>(sums, dy, x, q);
}

void total(float *dw, i64 dw_channel, const float *sums, int channels, int taps) {
    for (int o = 0; o < channels; o++)
        for (int t = 0; t < taps; t++) {
            float all = 0;
            for (int lane = 0; lane < L; lane += W) all += fov::sum(load(sums + (o * taps + t) * L + lane));
            dw[o * dw_channel + t] = all;
        }
}

}  // namespace

extern const conv_lane_kernels FOV_TABLE(conv_lane);
const conv_lane_kernels FOV_TABLE(conv_lane) = {
    {channels_of[0], channels_of[1], channels_of[2], channels_of[3], channels_of[4], channels_of[5], channels_of[6], channels_of[7]},
    gradient_channels,
    most_taps,
    convolve,
    differentiate_between<gradient_channels, most_taps>,
    total};

}  // namespace fov
