// 16 planes of plain memory as the 16 lanes of one, so that the plain layout needs no loops of its own.
#pragma once

namespace fov {

struct lanes_kernels {
    // y [end - begin][16] = positions [begin, end) of `count` planes, `stride` floats apart; the other lanes are zero
    void (*gather)(float *y, const float *x, long long stride, int count, long long begin, long long end);
    // The reverse; lanes from `count` on are dropped
    void (*scatter)(float *y, const float *x, long long stride, int count, long long begin, long long end);
    // The same past the caches, for what will not be read soon; y (of scatter, each plane's y + begin) at multiples of 64 bytes
    void (*gather_stream)(float *y, const float *x, long long stride, int count, long long begin, long long end);
    void (*scatter_stream)(float *y, const float *x, long long stride, int count, long long begin, long long end);
};

}  // namespace fov
