// Elementwise work on rows of operands of which some stand still: along a row (step 0) or from row to row (row stride 0).
#pragma once

namespace fov {

struct broadcast_rows {
    long long rows, length, y_row;
    long long row[3], step[3];  // step is 0 or 1
};

// y lies in rows of `length` neighbours; an operand that the function does not take may be null.
typedef void broadcast_kernel(float *y, const float *a, const float *b, const float *c, const broadcast_rows &r);

constexpr int binary_functions = 12, binary_gradients = 8, expand_functions = 4;

struct broadcast_kernels {
    broadcast_kernel *binary[binary_functions];  // y(a, b), in the order of FOV_BINARY_*
    // The gradient towards a and b of the first binary_gradients functions: d(dy, a, b)
    broadcast_kernel *gradient[binary_gradients][2];
    broadcast_kernel *where;      // a is not 0 ? b : c
    broadcast_kernel *masked[2];  // a where b is not 0, else 0; and the other way round
    // The gradients of reductions, dx(x, u, v): u, u x, u (x - v), u e^(x - v)
    broadcast_kernel *expand[expand_functions];
};

}  // namespace fov
