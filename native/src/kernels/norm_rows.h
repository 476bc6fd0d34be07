// Layer norm: rows of n floats whose elements have weights of their own.
#pragma once

namespace fov {

struct norm_rows_kernels {
    // y = (x - mean) * rstd * gamma + beta; gamma and beta may be null
    void (*apply)(float *y, const float *x, const float *gamma, const float *beta, float mean, float rstd, long long n);
    // The sums of dy * gamma and of dy * gamma * (x - mean). Beside it dgamma += dy * (x - mean) * rstd and dbeta += dy, unless null.
    void (*reduce)(double *dz, double *dzx, float *dgamma, float *dbeta, const float *dy, const float *x, const float *gamma, float mean,
                   float rstd, long long n);
    // dx = a * gamma * dy + b * (x - mean) + c
    void (*grad)(float *dx, const float *dy, const float *x, const float *gamma, float mean, float a, float b, float c, long long n);
};

}  // namespace fov
