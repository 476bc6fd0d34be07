// Elements go from here to there and are not changed: the parts that an N-dimensional strided copy is cut into.
#pragma once
#include <stdint.h>

namespace fov {

// A rectangle: `rows` rows of `length` elements; element (r, i) of y lies at r * y_row + i * y_step, of x likewise. Strides and lengths count
// elements. Each kernel says which steps it takes.
struct move_rectangle {
    long long rows, length;
    long long y_row, y_step;
    long long x_row, x_step;
};

typedef void move_kernel(void *y, const void *x, const move_rectangle &r);

// Index 0, 1, 2: elements of 1, 2, 4 bytes.
struct move_kernels {
    move_kernel *rows[3];       // both steps are 1
    move_kernel *splat[3];      // y_step 1, x_step 0
    move_kernel *transpose[3];  // y_step 1, x_row 1
    move_kernel *strided[3];    // any
};

}  // namespace fov
