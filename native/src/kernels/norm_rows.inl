// x, y, dx, dy, gamma, beta, dgamma, dbeta: n floats of one row.
#include "norm_rows.h"

#include "../simd.h"

namespace fov {
namespace {

FOV_INLINE vf weight(const float *gamma, i64 i, int k) { return gamma ? load_lanes(gamma + i, k) : set1(1); }

void apply(float *y, const float *x, const float *gamma, const float *beta, float mean, float rstd, i64 n) {
    const vf m = set1(mean), r = set1(rstd);
    for_lanes(0, n, [=](i64 i, int k) FOV_LAMBDA {
        const vf shift = beta ? load_lanes(beta + i, k) : zero();
        store_lanes(y + i, fma((load_lanes(x + i, k) - m) * r, weight(gamma, i, k), shift), k);
    });
}

void reduce(double *dz, double *dzx, float *dgamma, float *dbeta, const float *dy, const float *x, const float *gamma, float mean,
            float rstd, i64 n) {
    const vf m = set1(mean), r = set1(rstd);
    vf s1 = zero(), s2 = zero();
    for_lanes(0, n, [&](i64 i, int k) FOV_LAMBDA {
        const vf centred = load_lanes(x + i, k) - m, d = load_lanes(dy + i, k), dg = d * weight(gamma, i, k);  // 0 behind k
        s1 += dg;
        s2 = fma(dg, centred, s2);
        if (dgamma) store_lanes(dgamma + i, fma(d * r, centred, load_lanes(dgamma + i, k)), k);
        if (dbeta) store_lanes(dbeta + i, load_lanes(dbeta + i, k) + d, k);
    });
    *dz = sum(s1);
    *dzx = sum(s2);
}

void grad(float *dx, const float *dy, const float *x, const float *gamma, float mean, float a, float b, float c, i64 n) {
    const vf m = set1(mean), va = set1(a), vb = set1(b), vc = set1(c);
    for_lanes(0, n, [=](i64 i, int k) FOV_LAMBDA {
        const vf centred = load_lanes(x + i, k) - m;
        store_lanes(dx + i, fma(va * weight(gamma, i, k), load_lanes(dy + i, k), fma(vb, centred, vc)), k);
    });
}

}  // namespace

extern const norm_rows_kernels FOV_TABLE(norm_rows);
const norm_rows_kernels FOV_TABLE(norm_rows) = {apply, reduce, grad};

}  // namespace fov
