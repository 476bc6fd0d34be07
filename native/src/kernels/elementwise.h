// Passes over whole arrays: element i of the output depends on element i of the inputs.
#pragma once

namespace fov {

struct elementwise_kernels {
    void (*fill)(float *y, float value, long long begin, long long end);
    void (*axpy)(float *y, float a, const float *x, long long begin, long long end);
    void (*add)(float *y, const float *a, const float *b, long long begin, long long end);
    void (*relu_forward)(float *y, const float *x, long long begin, long long end);
    void (*relu_backward)(float *dx, const float *dy, const float *y, long long begin, long long end);
    bool (*all_finite)(const float *x, long long begin, long long end);
};

}  // namespace fov
