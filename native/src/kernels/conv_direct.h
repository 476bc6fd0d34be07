// Convolution on blocks of 16 channels, without a matrix in between: register tiles of neighbouring places x output channels.
//
// Filters are packed [group of lanes][source block][tap][source channel of the block][lane]. A source block is 16 channels of a C16
// tensor (places 16 floats apart) or one channel of a plain one (places 1 float apart).
#pragma once

namespace fov {

struct conv_direct_tile {
    const float *source;  // of the first place, first block
    long long block_stride;
    const long long *tap_offset;  // where each tap looks from a place
    long long taps, tap_begin, tap_end;
    long long blocks, channels;  // channels of all blocks together; only the last block may have fewer than 16
    const float *weights;
    float *result;  // of the first place
    long long place_stride, result_block_stride;
    const float *start;     // one per lane, or null: 0
    const float *residual;  // added at last, laid out as `result`; or null
    bool add, relu;         // begin with what `result` holds; apply the activation
};

struct conv_direct_gradient {
    const float *source;
    const long long *row_offset;  // plain source: where each of the rows looks; C16: rows are neighbouring channels
    long long source_step;        // from one row of places to the next
    const float *gradient;
    long long gradient_step, gradient_block_stride;
    long long places, lines;  // places of a line, lines
    float *sums;              // [row][lane]
    bool add;
};

// Copies one line of a source: what lies before `width` places from position `first` on, every `step`-th, in `step` parts of
// `length` places one behind the other; 0 outside.
struct conv_direct_line {
    long long first, width, step, length;
    unsigned long long used;  // bit r: part r is read by some tap
};

// For each width of a tile: one, two, three or four times the narrowest.
struct conv_direct_sizes {
    int of[4];
};

struct conv_direct_kernels {
    int narrowest, lanes;                      // of the narrowest and the widest tile
    conv_direct_sizes most_places, most_rows;  // of a tile, of a gradient tile

    int places(int wide) const { return most_places.of[wide / narrowest - 1]; }
    int rows(int wide) const { return most_rows.of[wide / narrowest - 1]; }

    // width <= places(wide); wide <= lanes is a multiple of the narrowest
    void (*tile)(const conv_direct_tile *tile, bool plain, int width, int wide);
    // sums[row][lane] = sum over places of source[place, row] * gradient[place, lane]; count <= rows(wide)
    void (*gradient)(const conv_direct_gradient *tile, bool plain, int count, int wide);
    // A null source gives zeros.
    void (*line)(float *to, const float *from, const conv_direct_line *line, bool plain);
    // 16 x 16: to[j * to_stride + i] = from[i * from_stride + j], where the j are `n` times 16 and to_row[j] says which row of `to`.
    void (*turn)(float *to, const long long *to_row, long long to_stride, const float *from, long long from_stride, long long n);
    // The way back.
    void (*turn_back)(float *to, long long to_stride, const float *from, const long long *from_row, long long from_stride, long long n);
};

}  // namespace fov
