// own:depthwise: one filter per channel, in C16. Memory is the limit, so nothing is copied: places are cut into boxes within which
// the same taps see the source, one large box inside and narrow ones along the edges.
#include <algorithm>
#include <memory>

#include "../parallel.h"
#include "geometry.h"

namespace fov::conv {
namespace {

struct box {
    fov_i64 begin[3], end[3];              // places
    std::vector<conv_depthwise_tap> taps;  // offsets from where a place looks without any
};

// Places of one axis that meet the same taps.
struct run_of_places {
    fov_i64 begin, end;
};

std::vector<run_of_places> runs(const phase &f, int axis) {
    const fov_i64 extent = f.grid.extent[axis], step = f.grid.step[axis], source = f.grid.source[axis];
    std::vector<fov_i64> cuts{0, extent};
    for (const conv_tap &t : f.taps) {
        const fov_i64 at = axis == 0 ? t.d : axis == 1 ? t.h : t.w;
        // It sees the source from the first place that is not before it to the last that is not behind it.
        const fov_i64 low = at < 0 ? (-at + step - 1) / step : 0, high = at < source ? (source - 1 - at) / step + 1 : 0;
        for (const fov_i64 cut : {low, high})
            if (cut > 0 && cut < extent) cuts.push_back(cut);
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    std::vector<run_of_places> all;
    for (size_t i = 0; i + 1 < cuts.size(); i++) all.push_back({cuts[i], cuts[i + 1]});
    return all;
}

std::vector<box> boxes(const phase &f) {
    const conv_grid &g = f.grid;
    const auto sees = [&](fov_i64 place, int axis, fov_i64 at) {
        const fov_i64 position = place * g.step[axis] + at;
        return position >= 0 && position < g.source[axis];
    };
    std::vector<box> all;
    for (const auto &d : runs(f, 0))
        for (const auto &h : runs(f, 1))
            for (const auto &w : runs(f, 2)) {
                box b{{d.begin, h.begin, w.begin}, {d.end, h.end, w.end}, {}};
                for (size_t i = 0; i < f.taps.size(); i++) {
                    const conv_tap &t = f.taps[i];
                    if (sees(d.begin, 0, t.d) && sees(h.begin, 1, t.h) && sees(w.begin, 2, t.w))
                        b.taps.push_back({((t.d * g.source[1] + t.h) * g.source[2] + t.w) * 16, f.weight[i]});
                }
                all.push_back(std::move(b));
            }
    return all;
}

// Element distances of a phase's places, in the result and in the source.
struct steps {
    fov_i64 result[3], source[3], first;
    steps(const phase &f, const fov_i64 *e) {
        const fov_i64 *s = f.grid.source;
        const fov_i64 r[3] = {e[1] * e[2] * 16, e[2] * 16, 16}, q[3] = {s[1] * s[2] * 16, s[2] * 16, 16};
        first = 0;
        for (int i = 0; i < 3; i++) {
            result[i] = r[i] * f.step[i];
            source[i] = q[i] * f.grid.step[i];
            first += r[i] * f.first[i];
        }
    }
};

struct depthwise {
    problem p;
    pass which;
    bool relu;
    std::vector<phase> sets;
    std::vector<std::vector<box>> cut;  // of each phase
    std::vector<steps> far;             // likewise
    fov_i64 blocks, in_size, out_size;
    bool in_planes;  // one of the usual layers, which have a kernel of their own

    explicit depthwise(const setting &s)
        : p(s.p),
          which(s.which),
          relu(s.relu_alone()),
          sets(phases(s.p, s.which)),
          blocks((s.p.ic + 15) / 16),
          in_size(s.p.in_size() * 16),
          out_size(s.p.out_size() * 16),
          in_planes(usual(s.p, s.which)) {
        for (const phase &f : sets) {
            cut.push_back(boxes(f));
            far.emplace_back(f, which == data ? p.in : p.out);
        }
    }

    static bool usual(const problem &p, pass which) {
        const fov_i64 k = p.kernel[2], s = p.stride[2];
        if (p.in[0] * p.out[0] * p.kernel[0] != 1 || p.pad[0] || p.kernel[1] != k || p.stride[1] != s || p.pad[1] >= k || p.pad[2] >= k)
            return false;
        if (p.dilation[1] * p.dilation[2] != 1 || s > 2) return false;
        return k == 3 || (k == 5 && (which == forward || (which == data && s == 1)));
    }

    // [block][tap][lane]. Seen from x, the filters of a stride of 1 are those of y turned around.
    void pack(fov_ctx &ctx, const float *w, float *packed) const {
        const fov_i64 taps = p.taps();
        const bool turned = in_planes && which == data && p.stride[2] == 1;
        parallel_ranges(
            ctx, blocks,
            [&, w, packed](fov_i64 begin, fov_i64 end) {
                for (fov_i64 b = begin; b < end; b++) {
                    float *to = packed + b * taps * 16;
                    for (fov_i64 l = 0; l < 16; l++)
                        for (fov_i64 t = 0; t < taps; t++)
                            to[(turned ? taps - 1 - t : t) * 16 + l] = b * 16 + l < p.ic ? w[(b * 16 + l) * taps + t] : 0.0f;
                }
            },
            std::max<fov_i64>(1, 512 / taps));
    }

    // The plane that `result` is computed from; for weights, its gradient.
    conv_depthwise_plane plane(float *result, const float *source) const {
        const bool back = which == data, turned = back && p.stride[2] == 1;
        const fov_i64 *from = back ? p.out : p.in, *to = back ? p.in : p.out, last = p.kernel[2] - 1;
        const auto pad = [&](int axis) { return static_cast<int>(turned ? last - p.pad[axis] : p.pad[axis]); };
        return {source, result, from[1], from[2], to[2], static_cast<int>(p.kernel[2]), static_cast<int>(p.stride[2]), pad(1), pad(2)};
    }

    // forward, data: a task is some lines of one block of one image.
    void run(fov_ctx &ctx, float *result, const float *source, const float *filters, const float *bias) const {
        const auto &k = *ctx.kernels->conv_depthwise;
        float *start = static_cast<float *>(ctx.scratch.reserve(sizeof(float) * blocks * 16));
        if (bias) {
            std::copy_n(bias, p.ic, start);
            std::fill(start + p.ic, start + blocks * 16, 0.0f);
        }
        const fov_i64 result_size = which == forward ? out_size : in_size, source_size = which == forward ? in_size : out_size;
        const fov_i64 *extent = which == forward ? p.out : p.in;
        // Phases lie between each other, so a task takes the same lines of all of them.
        const fov_i64 lines = extent[1], at_once = std::max<fov_i64>(1, 8192 / (extent[0] * extent[2])),
                      cuts = (lines + at_once - 1) / at_once;
        parallel_tasks(ctx, p.n * blocks * cuts, [&, result, source, filters, bias](fov_i64 task, int) {
            const fov_i64 image = task / cuts, b = image % blocks, part = task % cuts;
            const float *from = source + image * source_size, *taps = filters + b * p.taps() * 16, *begin = bias ? start + b * 16 : nullptr;
            float *to = result + image * result_size;
            if (in_planes) {
                const conv_depthwise_plane whole = plane(to, from);
                const auto kernel = which == data && p.stride[2] == 2 ? k.spread : k.plane;
                kernel(&whole, lines * part / cuts, lines * (part + 1) / cuts, taps, begin, relu);
                return;
            }
            for (size_t set = 0; set < sets.size(); set++) {
                const fov_i64 many = sets[set].grid.extent[1], h0 = many * part / cuts, h1 = many * (part + 1) / cuts;
                for (const box &places : cut[set])
                    fill(k, places, far[set], std::max(h0, places.begin[1]), std::min(h1, places.end[1]), to + far[set].first, from, taps,
                         begin);
            }
        });
    }

    // Lines [h0, h1) of a box, walked along its longer side.
    void fill(const conv_depthwise_kernels &k, const box &part, const steps &far, fov_i64 h0, fov_i64 h1, float *result,
              const float *source, const float *filters, const float *start) const {
        const fov_i64 w0 = part.begin[2], w1 = part.end[2];
        if (h0 >= h1) return;
        const int along = h1 - h0 > w1 - w0 ? 1 : 2, across = 3 - along;
        const fov_i64 count = along == 1 ? w1 - w0 : h1 - h0;
        for (fov_i64 d = part.begin[0]; d < part.end[0]; d++)
            for (fov_i64 i = 0; i < count; i++) {
                const fov_i64 from = d * far.source[0] + h0 * far.source[1] + w0 * far.source[2] + i * far.source[across],
                              to = d * far.result[0] + h0 * far.result[1] + w0 * far.result[2] + i * far.result[across];
                const conv_depthwise_walk walk{source + from, far.source[along], result + to, far.result[along],
                                               along == 1 ? h1 - h0 : w1 - w0};
                k.line(&walk, part.taps.data(), part.taps.size(), filters, start, relu);
            }
    }

    // A task is one block over one part of the images; parts are added in order.
    fov_i64 image_parts() const { return std::clamp<fov_i64>((16 + blocks - 1) / blocks, 1, p.n); }
    size_t sums_bytes() const { return sizeof(float) * image_parts() * blocks * p.taps() * 16; }

    void differentiate(fov_ctx &ctx, float *dw, const float *x, const float *dy, float *sums) const {
        const auto &k = *ctx.kernels->conv_depthwise;
        const fov_i64 taps = p.taps(), parts = image_parts(), all = blocks * taps * 16;
        parallel_tasks(ctx, blocks * parts, [&, x, dy, sums](fov_i64 task, int) {
            const fov_i64 b = task / parts, part = task % parts;
            float *sum = sums + part * all + b * taps * 16;
            std::fill_n(sum, taps * 16, 0.0f);
            for (fov_i64 n = p.n * part / parts; n < p.n * (part + 1) / parts; n++) {
                const float *from = x + (n * blocks + b) * in_size;
                float *to = const_cast<float *>(dy) + (n * blocks + b) * out_size;
                if (in_planes) {
                    const conv_depthwise_plane whole = plane(to, from);
                    k.plane_gradient(sum, &whole, 0, p.out[1]);
                    continue;
                }
                for (const box &places : cut.front()) add(k, places, far.front(), sum, from, to);
            }
        });
        parallel_ranges(
            ctx, blocks,
            [&, dw, sums](fov_i64 begin, fov_i64 end) {
                for (fov_i64 c = begin * 16; c < std::min(end * 16, p.ic); c++)
                    for (fov_i64 t = 0; t < taps; t++) {
                        const float *from = sums + (c / 16 * taps + t) * 16 + c % 16;
                        float sum = from[0];
                        for (fov_i64 part = 1; part < parts; part++) sum += from[part * all];
                        dw[c * taps + t] = sum;
                    }
            },
            std::max<fov_i64>(1, 512 / (taps * parts)));
    }

    void add(const conv_depthwise_kernels &k, const box &part, const steps &far, float *sums, const float *x, float *dy) const {
        for (fov_i64 d = part.begin[0]; d < part.end[0]; d++) {
            const fov_i64 from = d * far.source[0] + part.begin[1] * far.source[1] + part.begin[2] * far.source[2],
                          to = d * far.result[0] + part.begin[1] * far.result[1] + part.begin[2] * far.result[2];
            const conv_depthwise_walk walk{x + from, far.source[2], dy + to, far.result[2], part.end[2] - part.begin[2]};
            k.gradient(sums, &walk, part.end[1] - part.begin[1], far.source[1], far.result[1], part.taps.data(), part.taps.size());
        }
    }
};

bool make(const setting &s, executable &e) {
    fov_ctx &ctx = s.ctx;
    const auto all = std::make_shared<const depthwise>(s);
    if (s.which == weights) {
        e.workspace = all->sums_bytes();
        e.run = [all, &ctx](const operands &o) { all->differentiate(ctx, o.w, o.x, o.y, static_cast<float *>(o.workspace)); };
        return true;
    }
    e.packed = sizeof(float) * all->blocks * 16 * s.p.taps();
    e.adds_bias = true;
    e.activates = !s.add;
    e.pack = [all, &ctx](const float *w, void *packed, void *) { all->pack(ctx, w, static_cast<float *>(packed)); };
    e.run = [all, &ctx](const operands &o) {
        const bool f = all->which == forward;
        all->run(ctx, f ? o.y : o.x, f ? o.x : o.y, static_cast<const float *>(o.packed), o.bias);
    };
    return true;
}

double cost(const setting &s) {
    const problem &p = s.p;
    if (!s.in(FOV_C16, FOV_C16) || !p.depthwise()) return never;
    const double efficiency = depthwise::usual(p, s.which) ? 0.5 : 0.3;
    return p.flops() * ((p.ic + 15) / 16 * 16) / p.ic / (efficiency * peak(s.ctx)) +
           moving(4.0 * (p.x_elements(FOV_C16) + p.y_elements(FOV_C16))) + 500;
}

}  // namespace

extern const implementation own_depthwise;
const implementation own_depthwise = {"own:depthwise", FOV_PROVIDER_OWN, cost, make};

}  // namespace fov::conv
