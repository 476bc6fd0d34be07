/*
 * Fovea's whole C ABI, and the only header that jextract reads.
 *
 * Conventions: outputs come first (y, x, w, b), (dx, dw, db, dy, x, w). Every function that can fail takes the context and
 * returns a fov_status; the message waits in the context. Outputs are overwritten completely, padding lanes of blocked layouts
 * included (as zero). A null output of a backward function means: not wanted. One thread at a time may use a context.
 */
#ifndef FOVEA_H
#define FOVEA_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define FOV_API __declspec(dllexport)
#else
#define FOV_API __attribute__((visibility("default")))
#endif

/* 64 bits on every platform; never `long`, whose size differs on Windows. */
typedef long long fov_i64;

/* Raised whenever a prototype, a struct or a constant of this file changes its meaning. */
#define FOV_ABI 2

typedef int32_t fov_status;
enum { FOV_OK = 0, FOV_BAD_ARGUMENT = 1, FOV_UNSUPPORTED = 2, FOV_OUT_OF_MEMORY = 3, FOV_INTERNAL = 4 };

enum { FOV_ISA_BEST = -1, FOV_ISA_SCALAR = 0, FOV_ISA_AVX2 = 1, FOV_ISA_AVX512 = 2, FOV_ISA_NEON = 3, FOV_ISA_COUNT = 4 };

enum { FOV_F32 = 0, FOV_BF16 = 1, FOV_I32 = 2, FOV_U8 = 3 };

/*
 * Where element (n, c, s) of a tensor lies, s being the position in all dimensions behind the second.
 * PLAIN: [n][c][s]. C16: [n][ceil(c/16)][s][16 of c]. N16: [ceil(n/16)][c][s][16 of n]. Lanes beyond c or n hold zero.
 */
enum { FOV_PLAIN = 0, FOV_C16 = 1, FOV_N16 = 2 };

#define FOV_MAX_RANK 8
typedef struct fov_shape {
    int32_t rank;
    int32_t reserved;
    fov_i64 dim[FOV_MAX_RANK];
} fov_shape;

/* ---- context ------------------------------------------------------------------------------------------------------------ */

typedef struct fov_ctx fov_ctx;

enum {
    FOV_OPTION_THREADS = 0,
    FOV_OPTION_WINOGRAD = 1,
    FOV_OPTION_STRICT = 2,
    FOV_OPTION_PROVIDER = 3,
    FOV_OPTION_PRECISION = 4,
    FOV_OPTION_COUNT = 5
};
/* Values of FOV_OPTION_PROVIDER: who computes where there is a choice. */
enum { FOV_PROVIDER_AUTO = 0, FOV_PROVIDER_OWN = 1, FOV_PROVIDER_ONEDNN = 2 };
/*
 * Values of FOV_OPTION_PRECISION: with BF16, plans made from now on may round what convolutions and products multiply to bf16 (nearest,
 * ties to even) where that is faster; sums, results and everything else stay f32. BF16 is UNSUPPORTED where the CPU or the instruction
 * set has no bf16 dot products; BF16_EMULATED computes the same without them, slowly, for tests.
 */
enum { FOV_PRECISION_F32 = 0, FOV_PRECISION_BF16 = 1, FOV_PRECISION_BF16_EMULATED = 2 };

FOV_API int32_t fov_abi(void);
/* 1 where this build, CPU and operating system can run the instruction set. */
FOV_API int32_t fov_isa_available(int32_t isa);
FOV_API const char *fov_isa_name(int32_t isa);
/* 1 where the CPU has bf16 dot products (avx512_bf16). */
FOV_API int32_t fov_bf16_native(void);
FOV_API const char *fov_onednn_version(void);

FOV_API fov_status fov_ctx_create(int32_t isa, int32_t threads, fov_ctx **out);
FOV_API void fov_ctx_destroy(fov_ctx *ctx);
FOV_API const char *fov_ctx_message(fov_ctx *ctx);
FOV_API int32_t fov_ctx_isa(fov_ctx *ctx);
FOV_API fov_status fov_ctx_set_option(fov_ctx *ctx, int32_t option, fov_i64 value);
FOV_API fov_i64 fov_ctx_option(fov_ctx *ctx, int32_t option);
/*
 * Names of implementations, separated by commas, that plans made from now on take wherever they can run, whatever they cost:
 * "own:c16", or "onednn" for all of a provider. Null or empty: none.
 */
FOV_API fov_status fov_ctx_prefer(fov_ctx *ctx, const char *names);

/* ---- memory ------------------------------------------------------------------------------------------------------------- */

/* Addresses, aligned to 2 MiB, for memory that `commit` brings: zeroed, in huge pages where the system offers them. Bytes are rounded
   up to whole 2 MiB by all of these; `map` is both in one. */
FOV_API fov_status fov_memory_reserve(fov_ctx *ctx, fov_i64 bytes, void **out);
FOV_API fov_status fov_memory_commit(fov_ctx *ctx, void *memory, fov_i64 bytes);
FOV_API fov_status fov_memory_map(fov_ctx *ctx, fov_i64 bytes, void **out);
/* Gives back all that was reserved or mapped at once. */
FOV_API fov_status fov_memory_unmap(fov_ctx *ctx, void *memory, fov_i64 bytes);
/* For tests: memory whose end lies flush against a protected page, and what gives it back. */
FOV_API fov_status fov_memory_map_guarded(fov_ctx *ctx, fov_i64 bytes, void **out);
FOV_API fov_status fov_memory_unmap_guarded(fov_ctx *ctx, void *memory, fov_i64 bytes);
/* The elements that a tensor of this shape takes in this layout, padding lanes included. */
FOV_API fov_i64 fov_layout_elements(int32_t layout, const fov_shape *shape);
FOV_API fov_status fov_reorder(fov_ctx *ctx, void *y, int32_t y_layout, const void *x, int32_t x_layout, int32_t type,
                               const fov_shape *shape);
/* y = x in another element type; n elements. f32 -> bf16 rounds to nearest even; f32 -> i32 and u8 truncate and saturate. */
FOV_API fov_status fov_convert(fov_ctx *ctx, void *y, int32_t y_type, const void *x, int32_t x_type, fov_i64 n);

/* ---- moving elements ----------------------------------------------------------------------------------------------------- */

#define FOV_MOVE_RANK 10
/*
 * y[y_offset + sum of i_k * y_stride[k]] = x[x_offset + sum of i_k * x_stride[k]] for every index i below dim. Offsets and strides
 * count elements of `bytes` bytes (1, 2 or 4) and may be negative; those of x may be 0. No two indices may meet in y.
 */
typedef struct fov_move {
    int32_t rank;
    int32_t bytes;
    fov_i64 y_offset;
    fov_i64 x_offset;
    fov_i64 dim[FOV_MOVE_RANK];
    fov_i64 y_stride[FOV_MOVE_RANK];
    fov_i64 x_stride[FOV_MOVE_RANK];
} fov_move;
FOV_API fov_status fov_move_elements(fov_ctx *ctx, void *y, const void *x, const fov_move *move);

/*
 * One axis of a separable linear map: output o is the sum of weight[t] * input index[t] for begin[o] <= t < begin[o + 1], or nothing
 * where the two are equal. No begin: the axis stays as it is. No weight: all are 1.
 */
typedef struct fov_taps {
    fov_i64 in;
    fov_i64 out;
    const int32_t *begin;
    const int32_t *index;
    const float *weight;
} fov_taps;
typedef struct fov_map {
    int32_t rank;
    int32_t reserved;
    fov_taps axis[FOV_MOVE_RANK];
} fov_map;
/* y = the map of x along every axis; `fill` where nothing is summed along some axis. The gradient is the transposed map. */
FOV_API fov_status fov_map_axes(fov_ctx *ctx, float *y, const float *x, const fov_map *map, float fill);

/*
 * y = x with the axis replaced by the `count` places that the indices name; backward adds up the gradients of a place that is named
 * several times. Negative indices count from the end; one outside is refused with its position. Elements of `bytes` bytes.
 */
FOV_API fov_status fov_gather_forward(fov_ctx *ctx, void *y, const void *x, const int32_t *index, const fov_shape *shape, int32_t axis,
                                      fov_i64 count, int32_t bytes);
FOV_API fov_status fov_gather_backward(fov_ctx *ctx, float *dx, const float *dy, const int32_t *index, const fov_shape *shape, int32_t axis,
                                       fov_i64 count);
/* y has the indices' shape: y[.., j, ..] = x[.., index[.., j, ..], ..] along the axis; the other extents are at most x's. */
FOV_API fov_status fov_gather_elements_forward(fov_ctx *ctx, float *y, const float *x, const int32_t *index, const fov_shape *x_shape,
                                               const fov_shape *index_shape, int32_t axis);
FOV_API fov_status fov_gather_elements_backward(fov_ctx *ctx, float *dx, const float *dy, const int32_t *index, const fov_shape *x_shape,
                                                const fov_shape *index_shape, int32_t axis);
/* y, of `shape`, is `on` where the axis' place is the index and `off` elsewhere; index has y's shape without the axis. */
FOV_API fov_status fov_one_hot(fov_ctx *ctx, float *y, const int32_t *index, const fov_shape *shape, int32_t axis, float on, float off);
/* y[n][c][pixels] = x * scale[c] + shift[c] of bytes [n][c][pixels], or [n][pixels][c] where the channels come last. */
FOV_API fov_status fov_image_to_float(fov_ctx *ctx, float *y, const uint8_t *x, fov_i64 n, fov_i64 c, fov_i64 pixels, int32_t channels_last,
                                      const float *scale, const float *shift);

/* ---- random: element i depends on (seed, stream, i) alone -------------------------------------------------------------- */

FOV_API fov_status fov_random_uniform(fov_ctx *ctx, float *y, fov_i64 n, fov_i64 seed, fov_i64 stream, float low, float high);
FOV_API fov_status fov_random_normal(fov_ctx *ctx, float *y, fov_i64 n, fov_i64 seed, fov_i64 stream, float mean, float deviation);

/* ---- optimizers ---------------------------------------------------------------------------------------------------------- */

/*
 * One parameter's update; all rows of a step go in one call. g' = min(max(g * scale, -limit), limit) is what every kind reads as its
 * gradient g. s0, s1, s2 are state of n elements; a null one switches off what needs it. k holds the numbers of the kind, k0 its rate:
 * SGD       rate, decay, momentum, keep, nesterov     d = g + decay w; s0 = momentum s0 + keep d; w -= rate (nesterov ? d + nesterov s0 : s0)
 * ADAM      rate, decay, shrink, b1, 1-b1, b2, 1-b2, eps, root   d = g + decay w; s0, s1 = averages of d, d^2; s2 = max(s2, s1);
 *                                                     w = shrink w - rate s0 / (sqrt(s2 or s1) root + eps)
 * RMSPROP   rate, decay, a, 1-a, eps, momentum        s0 = average of d^2, s1 = momentum buffer, s2 = average of d
 * ADAGRAD   rate, decay, eps                          s0 += d^2; w -= rate d / (sqrt(s0) + eps)
 * ADADELTA  rate, decay, a, 1-a, eps                  s0 = average of d^2, s1 = average of squared steps
 * NADAM     rate, decay, shrink, b1, 1-b1, b2, 1-b2, eps, root, rate_m    w = shrink w - (rate d + rate_m s0) / (sqrt(s1) root + eps)
 * LION      rate, shrink, b1, 1-b1, b2, 1-b2          w = shrink w - rate sign(b1 s0 + (1-b1) g); s0 = b2 s0 + (1-b2) g
 * LARS      rate, decay, momentum, trust, eps         l = trust |w| / (|g| + decay |w| + eps), 1 where trust or a norm is 0;
 *                                                     s0 = momentum s0 + rate l (g + decay w); w -= s0
 * AVERAGE   rate                                      w += rate (g - w); scale and limit do not apply
 * CLIP                                                w = g'; w and g may be one array
 */
enum {
    FOV_SGD = 0,
    FOV_ADAM = 1,
    FOV_RMSPROP = 2,
    FOV_ADAGRAD = 3,
    FOV_ADADELTA = 4,
    FOV_NADAM = 5,
    FOV_LION = 6,
    FOV_LARS = 7,
    FOV_AVERAGE = 8,
    FOV_CLIP = 9,
    FOV_OPTIMIZER_COUNT = 10
};
typedef struct fov_update {
    float *w;
    const float *g;
    float *s0, *s1, *s2;
    fov_i64 n;
    float k[10];
} fov_update;

FOV_API fov_status fov_optimizer_step(fov_ctx *ctx, int32_t kind, const fov_update *rows, int32_t count, float scale, float limit);
/* Where a gradient goes that nobody keeps: into the update of its parameter, piece by piece while each is in the caches. g of the row
   is not read. Not for FOV_LARS, which needs the whole gradient first. */
typedef struct fov_sink {
    const fov_update *row;
    int32_t kind;
    float scale, limit;
    int32_t reserved;
} fov_sink;

/* *out = the Euclidean norm of all gradients of the rows together. */
FOV_API fov_status fov_gradient_norm(fov_ctx *ctx, double *out, const fov_update *rows, int32_t count);

/* ---- elementwise --------------------------------------------------------------------------------------------------------- */

FOV_API fov_status fov_fill(fov_ctx *ctx, float *y, float value, fov_i64 n);
/* y += a * x */
FOV_API fov_status fov_axpy(fov_ctx *ctx, float *y, float a, const float *x, fov_i64 n);
/* y = a + b */
FOV_API fov_status fov_add(fov_ctx *ctx, float *y, const float *a, const float *b, fov_i64 n);
/* y = max(x, 0); dx = dy where y > 0, else 0 */
FOV_API fov_status fov_relu_forward(fov_ctx *ctx, float *y, const float *x, fov_i64 n);
FOV_API fov_status fov_relu_backward(fov_ctx *ctx, float *dx, const float *dy, const float *y, fov_i64 n);
/* *out = 1 where all n elements are finite, else 0 */
FOV_API fov_status fov_all_finite(fov_ctx *ctx, int32_t *out, const float *x, fov_i64 n);

/* ---- functions of one number, with two constants a and b ------------------------------------------------------------------ */

enum {
    FOV_UNARY_ABS = 0,
    FOV_UNARY_AFFINE = 1, /* a x + b */
    FOV_UNARY_CLAMP = 2,  /* to [a, b] */
    FOV_UNARY_DIVIDE = 3, /* x / a */
    FOV_UNARY_ELU = 4,    /* b x for x > 0, else b a (e^x - 1); a >= 0, b > 0 */
    FOV_UNARY_ERF = 5,
    FOV_UNARY_EXP = 6,
    FOV_UNARY_GELU = 7,         /* x P(X <= x), X normal */
    FOV_UNARY_GELU_TANH = 8,    /* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
    FOV_UNARY_HARD_SIGMOID = 9, /* a x + b clamped to [0, 1] */
    FOV_UNARY_HARD_SWISH = 10,  /* x min(max(x + 3, 0), 6) / 6 */
    FOV_UNARY_LEAKY_RELU = 11,  /* a x for x < 0, else x */
    FOV_UNARY_LOG = 12,
    FOV_UNARY_MISH = 13,       /* x tanh(log(1 + e^x)) */
    FOV_UNARY_POWER = 14,      /* x^a */
    FOV_UNARY_RECIPROCAL = 15, /* a / x */
    FOV_UNARY_SIGMOID = 16,
    FOV_UNARY_SIGN = 17,
    FOV_UNARY_SILU = 18,     /* x sigmoid(x) */
    FOV_UNARY_SOFTPLUS = 19, /* log(1 + e^(a x)) / a; a > 0 */
    FOV_UNARY_SOFTSIGN = 20, /* x / (1 + |x|) */
    FOV_UNARY_SQRT = 21,
    FOV_UNARY_SQUARE = 22,
    FOV_UNARY_TANH = 23, /* a tanh(b x) */
    FOV_UNARY_CELU = 24, /* x for x > 0, else a (e^(x / a) - 1); a > 0 */
    FOV_UNARY_COUNT = 25
};
FOV_API fov_status fov_unary_forward(fov_ctx *ctx, float *y, const float *x, int32_t function, float a, float b, int32_t layout,
                                     const fov_shape *shape);
/* s is y for CELU, ELU, EXP, HARD_SIGMOID, SIGMOID, SOFTPLUS, SOFTSIGN, SQRT and TANH, x for the others (either for LEAKY_RELU with a >= 0).
   AFFINE, DIVIDE and SIGN do not look at what it holds. */
FOV_API fov_status fov_unary_backward(fov_ctx *ctx, float *dx, const float *dy, const float *s, int32_t function, float a, float b,
                                      int32_t layout, const fov_shape *shape);

/* ---- two operands of different shapes, aligned as NumPy does it ------------------------------------------------------------ */

/* Operands of the shape of y are in `layout` like y; the others are plain. */
enum {
    FOV_BINARY_ADD = 0,
    FOV_BINARY_SUBTRACT = 1,
    FOV_BINARY_MULTIPLY = 2,
    FOV_BINARY_DIVIDE = 3,
    FOV_BINARY_POWER = 4,
    FOV_BINARY_MAXIMUM = 5,
    FOV_BINARY_MINIMUM = 6,
    FOV_BINARY_PRELU = 7,   /* a where it is positive, else a b */
    FOV_BINARY_GREATER = 8, /* from here on 1 or 0, without a gradient */
    FOV_BINARY_GREATER_EQUAL = 9,
    FOV_BINARY_EQUAL = 10,
    FOV_BINARY_NOT_EQUAL = 11,
    FOV_BINARY_COUNT = 12
};
FOV_API fov_status fov_binary_forward(fov_ctx *ctx, float *y, const float *a, const float *b, int32_t function, int32_t layout,
                                      const fov_shape *y_shape, const fov_shape *a_shape, const fov_shape *b_shape);
/* d is the gradient of a, or of b where towards_b. Where that operand is not of the shape of y, `workspace` has the room of y, except
   for ADD and SUBTRACT; these do not look at a and b. */
FOV_API fov_status fov_binary_backward(fov_ctx *ctx, float *d, const float *dy, const float *a, const float *b, int32_t function,
                                       int32_t towards_b, int32_t layout, const fov_shape *y_shape, const fov_shape *a_shape,
                                       const fov_shape *b_shape, float *workspace);
/* y = a where the condition is not 0, else b */
FOV_API fov_status fov_where_forward(fov_ctx *ctx, float *y, const float *condition, const float *a, const float *b, int32_t layout,
                                     const fov_shape *y_shape, const fov_shape *condition_shape, const fov_shape *a_shape,
                                     const fov_shape *b_shape);
FOV_API fov_status fov_where_backward(fov_ctx *ctx, float *d, const float *dy, const float *condition, int32_t towards_b, int32_t layout,
                                      const fov_shape *y_shape, const fov_shape *condition_shape, const fov_shape *d_shape,
                                      float *workspace);

/* ---- reductions: bit d of `axes` stands for axis d; x is plain ----------------------------------------------------------------- */

enum {
    FOV_REDUCE_SUM = 0,
    FOV_REDUCE_MEAN = 1,
    FOV_REDUCE_VARIANCE = 2, /* divided by the number of elements less `correction` */
    FOV_REDUCE_NORM = 3,     /* the root of the sum of squares */
    FOV_REDUCE_LOG_SUM_EXP = 4,
    FOV_REDUCE_MAX = 5, /* the first of equals; NaN before everything */
    FOV_REDUCE_MIN = 6,
    FOV_REDUCE_ARG_MAX = 7, /* only the index, y being null; without a gradient */
    FOV_REDUCE_ARG_MIN = 8,
    FOV_REDUCE_COUNT = 9
};
/* For backward, or null: index, the places of MAX and MIN among the reduced elements; saved, the means of VARIANCE. */
FOV_API fov_status fov_reduce_forward(fov_ctx *ctx, float *y, int32_t *index, float *saved, const float *x, int32_t kind, int32_t axes,
                                      const fov_shape *shape, int32_t correction);
FOV_API fov_status fov_reduce_backward(fov_ctx *ctx, float *dx, const float *dy, const float *x, const float *y, const int32_t *index,
                                       const float *saved, int32_t kind, int32_t axes, const fov_shape *shape, int32_t correction);

/* ---- dropout and its kin: element i depends on (seed, stream, i) alone ----------------------------------------------------- */

/* y = x / (1 - p) or, with probability p, 0; bits: 8 ceil(n / 64) bytes for backward, or null. Any layout. */
FOV_API fov_status fov_dropout_forward(fov_ctx *ctx, float *y, uint8_t *bits, const float *x, float p, fov_i64 seed, fov_i64 stream,
                                       fov_i64 n);
FOV_API fov_status fov_dropout_backward(fov_ctx *ctx, float *dx, const float *dy, const uint8_t *bits, float p, fov_i64 n);
/* y = 1 / (1 - p) or, with probability p, 0: factors for whole channels or samples */
FOV_API fov_status fov_dropout_mask(fov_ctx *ctx, float *y, float p, fov_i64 seed, fov_i64 stream, fov_i64 n);
/* out = in where s > 0, else in times a slope that is uniform in [low, high): forward with in = s = x, backward with in = dy */
FOV_API fov_status fov_random_slope(fov_ctx *ctx, float *out, const float *in, const float *s, float low, float high, fov_i64 seed,
                                    fov_i64 stream, int32_t layout, const fov_shape *shape);

/* ---- squared distances between the rows of x [n][k] and w [m][k]: y [n][m] ------------------------------------------------------ */

FOV_API fov_status fov_distance_forward(fov_ctx *ctx, float *y, const float *x, const float *w, fov_i64 n, fov_i64 m, fov_i64 k);
FOV_API fov_status fov_distance_backward(fov_ctx *ctx, float *dx, float *dw, const float *dy, const float *x, const float *w, fov_i64 n,
                                         fov_i64 m, fov_i64 k);

/* ---- softmax and cross-entropy: over c of plain [n][c][s] ----------------------------------------------------------------- */

FOV_API fov_status fov_softmax_forward(fov_ctx *ctx, float *y, const float *x, int32_t logarithm, fov_i64 n, fov_i64 c, fov_i64 s);
FOV_API fov_status fov_softmax_backward(fov_ctx *ctx, float *dx, const float *dy, const float *y, int32_t logarithm, fov_i64 n, fov_i64 c,
                                        fov_i64 s);
FOV_API const char *fov_softmax_implementation(fov_ctx *ctx, int32_t logarithm, fov_i64 n, fov_i64 c, fov_i64 s, int32_t pass);

/* One loss per row (n s of them), their mean weighted by the rows' class weights, or their sum. */
enum { FOV_REDUCTION_NONE = 0, FOV_REDUCTION_MEAN = 1, FOV_REDUCTION_SUM = 2 };

typedef struct fov_cross_entropy {
    fov_i64 n, c, s;
    int32_t reduction;
    int32_t ignore;            /* rows of this class id have the loss 0 and do not count in the mean */
    float smoothing;           /* this share of a row's target is spread evenly over all classes */
    int32_t log_probabilities; /* x holds logarithms of probabilities instead of scores */
} fov_cross_entropy;
/* Either class ids [n][s] or targets [n][c][s], the other null; weights [c] or null. saved: 3 n s + 1 floats for backward, or null. */
FOV_API fov_status fov_cross_entropy_forward(fov_ctx *ctx, float *loss, float *saved, const float *x, const int32_t *ids,
                                             const float *targets, const float *weights, const fov_cross_entropy *attrs);
FOV_API fov_status fov_cross_entropy_backward(fov_ctx *ctx, float *dx, float *dt, const float *dloss, const float *saved, const float *x,
                                              const int32_t *ids, const float *targets, const float *weights,
                                              const fov_cross_entropy *attrs);

/* ---- doctor: what the machine can do at best, measured for about `seconds` on all threads of the context ----------------- */

/* In registers alone: multiply-adds for FOV_F32, dot products for FOV_BF16 (UNSUPPORTED where CPU or instruction set lack them). */
FOV_API fov_status fov_measure_flops(fov_ctx *ctx, double *gflops, int32_t type, double seconds);
enum { FOV_READ = 0, FOV_WRITE = 1, FOV_COPY = 2 };
/* 1e9 bytes a second, read plus written, over all `bytes` of `memory`, which is overwritten; each thread has a part of its own. */
FOV_API fov_status fov_measure_bandwidth(fov_ctx *ctx, double *gigabytes, int32_t pattern, float *memory, fov_i64 bytes, double seconds);

/* ---- convolution over one to three axes ---------------------------------------------------------------------------------- */

/* What a plan computes: y from x and w, dx from dy and w, dw from x and dy. */
enum { FOV_CONV_FORWARD = 0, FOV_CONV_DATA = 1, FOV_CONV_WEIGHTS = 2, FOV_CONV_PASSES = 3 };
/* What fov_conv_bytes tells. */
enum { FOV_CONV_PACKED = 0, FOV_CONV_FORWARD_WORKSPACE = 1, FOV_CONV_BACKWARD_WORKSPACE = 2, FOV_CONV_OFFSETS = 3 };
/* Applied to a result on the way out. */
enum { FOV_ACTIVATION_NONE = 0, FOV_ACTIVATION_RELU = 1 };

/*
 * x is [n][ic][in], y is [n][oc][out], w is [oc][ic / groups][kernel] or, transposed, [ic][oc / groups][kernel], always plain.
 * Axes are depth, height, width; those that are missing have extent, kernel, stride and dilation 1 and padding 0. `pad` is what
 * lies before the first position; what lies behind the last one follows from the extents.
 */
typedef struct fov_conv {
    int32_t transposed;
    int32_t activation;
    int32_t bias;     /* 1: there is a b [oc] */
    int32_t x_layout; /* the layout that x has; the plan may want another one */
    int32_t wants;    /* bit 1 << FOV_CONV_DATA, bit 1 << FOV_CONV_WEIGHTS: the gradients that will be asked for */
    int32_t add;      /* 1: there is an r of y's shape and layout; y = activation(convolution + b + r) */
    fov_i64 n, ic, oc, groups;
    fov_i64 in[3], out[3], kernel[3], stride[3], dilation[3], pad[3];
} fov_conv;

typedef struct fov_conv_plan fov_conv_plan;

struct fov_pool_attrs;
/* With `pool`, y is what max-pooling makes of activation(convolution + b), and both are one op: windows over that, whose layout they do
   not say. Not with r. */
FOV_API fov_status fov_conv_create(fov_ctx *ctx, const fov_conv *conv, const struct fov_pool_attrs *pool, fov_conv_plan **out);
FOV_API void fov_conv_destroy(fov_conv_plan *plan);
FOV_API int32_t fov_conv_x_layout(const fov_conv_plan *plan);
FOV_API int32_t fov_conv_y_layout(const fov_conv_plan *plan);
/* Bytes of the packed weights, which outlive a pass (none where the gradient of the weights is wanted: they change too soon), and of
   the two workspaces, which do not. */
FOV_API fov_i64 fov_conv_bytes(const fov_conv_plan *plan, int32_t which);
/* Who runs a pass, "<provider>:<name>"; empty where the pass is not wanted. */
FOV_API const char *fov_conv_implementation(const fov_conv_plan *plan, int32_t pass);
/* `offsets` are for backward and may be null, as they are where nothing is pooled. `repack` is 1 where `packed` does not hold these
   weights yet. */
FOV_API fov_status fov_conv_forward(fov_conv_plan *plan, float *y, void *offsets, const float *x, const float *w, const float *b,
                                    const float *r, void *packed, int32_t repack, void *workspace);
/* y, the result, is read only where there is an activation; without one, dr would be dy and must be null. */
FOV_API fov_status fov_conv_backward(fov_conv_plan *plan, float *dx, float *dw, float *db, float *dr, const float *dy, const float *x,
                                     const float *w, const float *y, const void *offsets, void *workspace);

/* ---- pooling ------------------------------------------------------------------------------------------------------------- */

/* What an average divides by: the taps inside the input, those inside the padded input, or nothing (a sum). */
enum { FOV_DIVIDE_INSIDE = 0, FOV_DIVIDE_PADDED = 1, FOV_DIVIDE_NONE = 2 };

/*
 * The windows of a pooling op over x [n][c][1 to 3 spatial axes] in a layout. Output o of an axis reads taps 0 <= t < kernel at
 * o * stride - before + t * dilation. With adaptive = 1, output o of `out` reads [floor(o * in / out), ceil((o + 1) * in / out)),
 * and kernel, stride, before, after and dilation mean nothing. Every window holds at least one element of the input. `op` says what
 * the windows are for, where others than our own kernels may compute it: max-pooling without indices, or an average.
 */
enum { FOV_POOL_OTHER = 0, FOV_POOL_MAX = 1, FOV_POOL_AVG = 2 };
typedef struct fov_pool_attrs {
    fov_shape x;
    int32_t layout, adaptive, divisor, op;
    int32_t out[3], kernel[3], stride[3], before[3], after[3], dilation[3];
} fov_pool_attrs;

typedef struct fov_pool fov_pool;
FOV_API fov_status fov_pool_create(fov_ctx *ctx, const fov_pool_attrs *attrs, fov_pool **out);
FOV_API void fov_pool_destroy(fov_pool *pool);
/* Bytes of the `offsets` that max pooling keeps for its backward: where in its window each output found its value. */
FOV_API fov_i64 fov_pool_offset_bytes(const fov_pool *pool);
/* Who computes FOV_CONV_FORWARD or FOV_CONV_DATA, "own" or "onednn:<name>"; the same for other families below. */
FOV_API const char *fov_pool_implementation(const fov_pool *pool, int32_t pass);

/* y = the first of the window's largest elements, NaN being larger than any. indices: their positions in the plane [z][y][x], I32.
   indices and offsets may be null. */
FOV_API fov_status fov_max_pool_forward(fov_pool *pool, float *y, int32_t *indices, void *offsets, const float *x);
FOV_API fov_status fov_max_pool_backward(fov_pool *pool, float *dx, const float *dy, const void *offsets);
/* y = the window's sum over the divisor */
FOV_API fov_status fov_avg_pool_forward(fov_pool *pool, float *y, const float *x);
FOV_API fov_status fov_avg_pool_backward(fov_pool *pool, float *dx, const float *dy);
/* y = (the sum of |x|^p over the window)^(1 / p), p >= 1. Backward's workspace has y's size. */
FOV_API fov_status fov_lp_pool_forward(fov_pool *pool, float *y, const float *x, float p);
FOV_API fov_status fov_lp_pool_backward(fov_pool *pool, float *dx, const float *dy, const float *x, const float *y, float *workspace,
                                        float p);
/* One element of each window, with a probability in proportion to it; what is not positive is never taken, and a window without any
   gives 0. uniform: numbers in [0, 1) of y's shape and layout. Backward is that of max pooling. offsets may be null. */
FOV_API fov_status fov_sample_pool_forward(fov_pool *pool, float *y, void *offsets, const float *x, const float *uniform);
/* The mean of that: (the sum of x^2) / (the sum of x) over what is positive. sums: the latter, may be null. */
FOV_API fov_status fov_expected_pool_forward(fov_pool *pool, float *y, float *sums, const float *x);
FOV_API fov_status fov_expected_pool_backward(fov_pool *pool, float *dx, const float *dy, const float *x, const float *y,
                                              const float *sums);
/* y = coefficient[c] * (the window's sum) + bias[c]; sums may be null. */
FOV_API fov_status fov_subsample_forward(fov_pool *pool, float *y, float *sums, const float *x, const float *coefficient,
                                         const float *bias);
FOV_API fov_status fov_subsample_backward(fov_pool *pool, float *dx, const float *dy, const float *coefficient);
/* y [n][c][out positions] = x at its index and 0 elsewhere, all in one layout; of equal indices the last wins. Backward: dx = dy at its
   index. */
FOV_API fov_status fov_max_unpool_forward(fov_ctx *ctx, float *y, const float *x, const int32_t *indices, const fov_shape *x_shape,
                                          const fov_shape *y_shape, int32_t layout);
FOV_API fov_status fov_max_unpool_backward(fov_ctx *ctx, float *dx, const float *dy, const int32_t *indices, const fov_shape *x_shape,
                                           const fov_shape *y_shape, int32_t layout);

/* ---- normalisation ------------------------------------------------------------------------------------------------------- */

/* Batch norm over x [n][c][any spatial axes] in a layout. Statistics are those of the batch (training = 1) or the running ones. */
typedef struct fov_batch_norm {
    fov_shape x;
    int32_t layout, training, relu, reserved;
    float momentum, epsilon;
} fov_batch_norm;

/*
 * y = (x - mean) / sqrt(variance + epsilon) * gamma + beta [+ r], then max(y, 0) with relu. gamma, beta, r may be null.
 * stats [2][c]: the mean and 1 / sqrt(variance + epsilon) that were used. In training the running statistics move by momentum to
 * those of the batch, the variance unbiased; null: they stay.
 */
FOV_API fov_status fov_batch_norm_forward(fov_ctx *ctx, const fov_batch_norm *attrs, float *y, float *stats, float *running_mean,
                                          float *running_variance, const float *x, const float *gamma, const float *beta, const float *r);
/* The same y once more, bit by bit, from the stats of the first time: one pass over memory, and nothing moves. */
FOV_API fov_status fov_batch_norm_again(fov_ctx *ctx, const fov_batch_norm *attrs, float *y, const float *stats, const float *x,
                                        const float *gamma, const float *beta, const float *r);
/* Any of dx, dgamma, dbeta, dr may be null. With relu, y is the forward's result where r was added, else it may be null. */
FOV_API fov_status fov_batch_norm_backward(fov_ctx *ctx, const fov_batch_norm *attrs, float *dx, float *dgamma, float *dbeta, float *dr,
                                           const float *dy, const float *x, const float *y, const float *gamma, const float *beta,
                                           const float *stats);

FOV_API const char *fov_batch_norm_implementation(fov_ctx *ctx, const fov_batch_norm *attrs, int32_t affine, int32_t pass);

/* Group norm over x [n][c][any spatial axes] in a layout: statistics per image and group of c / groups channels, which instance norm
   makes one each. stats [2][n][groups]: mean and 1 / sqrt(variance + epsilon). gamma and beta [c] may be null. */
typedef struct fov_group_norm {
    fov_shape x;
    int32_t layout, groups;
    float epsilon;
    int32_t reserved;
} fov_group_norm;

FOV_API fov_status fov_group_norm_forward(fov_ctx *ctx, const fov_group_norm *attrs, float *y, float *stats, const float *x,
                                          const float *gamma, const float *beta);
/* Any of dx, dgamma, dbeta may be null. */
FOV_API fov_status fov_group_norm_backward(fov_ctx *ctx, const fov_group_norm *attrs, float *dx, float *dgamma, float *dbeta,
                                           const float *dy, const float *x, const float *gamma, const float *stats);
/* Layer norm over each of `rows` rows of n elements, plain layout. stats [2][rows]; gamma and beta [n] may be null. */
FOV_API fov_status fov_layer_norm_forward(fov_ctx *ctx, float *y, float *stats, const float *x, const float *gamma, const float *beta,
                                          fov_i64 rows, fov_i64 n, float epsilon);
FOV_API fov_status fov_layer_norm_backward(fov_ctx *ctx, float *dx, float *dgamma, float *dbeta, const float *dy, const float *x,
                                           const float *gamma, const float *stats, fov_i64 rows, fov_i64 n);
FOV_API const char *fov_layer_norm_implementation(fov_ctx *ctx, fov_i64 rows, fov_i64 n, float epsilon, int32_t affine, int32_t pass);

/* ---- products of matrices ------------------------------------------------------------------------------------------------ */

/* y [m][n] = activation(x [m][k] w [n][k]' + b [n]); b may be null. */
typedef struct fov_linear {
    fov_i64 m, n, k;
    int32_t activation;
    int32_t reserved;
} fov_linear;

FOV_API fov_status fov_linear_forward(fov_ctx *ctx, const fov_linear *linear, float *y, const float *x, const float *w, const float *b);
/* y, the result, is read only where there is an activation. The gradient of w goes to dw, or into the sink where there is one; then w
   is that of the sink's row, and changes after everything else has been computed. */
FOV_API fov_status fov_linear_backward(fov_ctx *ctx, const fov_linear *linear, float *dx, float *dw, float *db, const float *dy,
                                       const float *x, const float *w, const float *y, const fov_sink *sink);
/* Whether a sink saves something and takes the bits that dw would get: 1 for large w. */
FOV_API int32_t fov_linear_sinks(fov_ctx *ctx, const fov_linear *linear);
/* Who computes a pass, FOV_CONV_FORWARD to FOV_CONV_WEIGHTS: "own", "own:bf16" where it rounds what it multiplies, "onednn:sgemm". */
FOV_API const char *fov_linear_implementation(fov_ctx *ctx, const fov_linear *linear, int32_t pass);

enum { FOV_BIAS_NONE = 0, FOV_BIAS_PER_COLUMN = 1, FOV_BIAS_PER_ROW = 2 };

/*
 * c [m][n] = activation(alpha a [m][k] b [k][n] + beta c + bias), once for every index of the batch axes. Element (i, j) of a matrix
 * lies at i * row + j * col, so a transposed matrix is one with its strides exchanged. With beta 0, c is not read. Strides count
 * elements and are not negative; those of a batch axis may be 0: one a or b for the whole axis, and for c the sum over it. Types are
 * FOV_F32, or FOV_BF16 for a and b both; c, bias and all sums are f32.
 */
typedef struct fov_gemm_attrs {
    fov_i64 m, n, k;
    fov_i64 a_row, a_col, b_row, b_col, c_row, c_col;
    int32_t type;
    int32_t bias;
    int32_t activation;
    int32_t batch_rank;
    float alpha, beta;
    fov_i64 batch[FOV_MAX_RANK], a_batch[FOV_MAX_RANK], b_batch[FOV_MAX_RANK], c_batch[FOV_MAX_RANK];
} fov_gemm_attrs;

FOV_API fov_status fov_gemm(fov_ctx *ctx, float *c, const void *a, const void *b, const float *bias, const fov_gemm_attrs *attrs);
/* Who computes it: "own", "own:bf16" where the operands are stored as bf16 or rounded to it, "onednn:sgemm". */
FOV_API const char *fov_gemm_implementation(fov_ctx *ctx, const fov_gemm_attrs *attrs);

/* Local response normalisation over x [n][c][any spatial axes] in a layout: y = x / (k + alpha / size * s)^beta, s being the sum of
   x^2 over `size` channels from c - size / 2 on. */
typedef struct fov_lrn {
    fov_shape x;
    int32_t layout, size;
    float alpha, beta, k;
    int32_t reserved;
} fov_lrn;

/* Bytes of what forward keeps for backward, mostly none. Forward's may be null where no backward follows. */
FOV_API fov_i64 fov_lrn_workspace_bytes(fov_ctx *ctx, const fov_lrn *attrs);
FOV_API const char *fov_lrn_implementation(fov_ctx *ctx, const fov_lrn *attrs, int32_t pass);
FOV_API fov_status fov_lrn_forward(fov_ctx *ctx, const fov_lrn *attrs, float *y, void *workspace, const float *x);
FOV_API fov_status fov_lrn_backward(fov_ctx *ctx, const fov_lrn *attrs, float *dx, const float *dy, const float *x, const void *workspace);
/* The same within a channel, over the windows of a pool of stride 1 that divides by nothing; alpha is divided by a window's taps.
   The workspace takes twice the elements of x, backward three times. */
FOV_API fov_status fov_lrn_within_forward(fov_pool *pool, float *y, const float *x, float *workspace, float alpha, float beta, float k);
FOV_API fov_status fov_lrn_within_backward(fov_pool *pool, float *dx, const float *dy, const float *x, float *workspace, float alpha,
                                           float beta, float k);

#ifdef __cplusplus
}
#endif
#endif
