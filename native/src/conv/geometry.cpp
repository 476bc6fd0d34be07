#include "geometry.h"

#include <algorithm>

namespace fov::conv {
namespace {

// One axis of a phase: its extent, and for each tap its position in the filter and where it looks from place 0.
struct axis {
    fov_i64 extent, step, source, first, result_step;
    std::vector<fov_i64> weight, offset;
};

std::vector<axis> forward_axis(const problem &p, int i) {
    axis a{p.out[i], p.stride[i], p.in[i], 0, 1, {}, {}};
    for (fov_i64 k = 0; k < p.kernel[i]; k++) {
        a.weight.push_back(k);
        a.offset.push_back(k * p.dilation[i] - p.pad[i]);
    }
    return {a};
}

// Position q of x meets o = (q + pad - k * dilation) / stride where that is whole.
std::vector<axis> data_axis(const problem &p, int i) {
    std::vector<axis> phases;
    const fov_i64 s = p.stride[i];
    for (fov_i64 first = 0; first < std::min(s, p.in[i]); first++) {
        axis a{(p.in[i] - first + s - 1) / s, 1, p.out[i], first, s, {}, {}};
        for (fov_i64 k = 0; k < p.kernel[i]; k++) {
            const fov_i64 at = first + p.pad[i] - k * p.dilation[i];
            if (at % s) continue;
            a.weight.push_back(k);
            a.offset.push_back(at / s);
        }
        phases.push_back(a);
    }
    return phases;
}

phase combine(const problem &p, const axis &d, const axis &h, const axis &w) {
    phase f{{{d.extent, h.extent, w.extent}, {d.step, h.step, w.step}, {d.source, h.source, w.source}},
            {},
            {},
            {d.first, h.first, w.first},
            {d.result_step, h.result_step, w.result_step}};
    for (size_t i = 0; i < d.weight.size(); i++)
        for (size_t j = 0; j < h.weight.size(); j++)
            for (size_t k = 0; k < w.weight.size(); k++) {
                // Places whose source along w lies in [0, source).
                const fov_i64 at = w.offset[k], low = at < 0 ? (-at + w.step - 1) / w.step : 0,
                              high = at < w.source ? (w.source - 1 - at) / w.step + 1 : 0;
                f.taps.push_back({d.offset[i], h.offset[j], at, std::min(low, w.extent), std::clamp<fov_i64>(high, 0, w.extent)});
                f.weight.push_back((d.weight[i] * p.kernel[1] + h.weight[j]) * p.kernel[2] + w.weight[k]);
            }
    return f;
}

}  // namespace

std::vector<phase> phases(const problem &p, pass which) {
    const auto along = which == data ? data_axis : forward_axis;
    std::vector<phase> all;
    for (const axis &d : along(p, 0))
        for (const axis &h : along(p, 1))
            for (const axis &w : along(p, 2)) all.push_back(combine(p, d, h, w));
    return all;
}

}  // namespace fov::conv
