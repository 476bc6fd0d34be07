package fovea.purejava;

import java.util.Arrays;

/**
 * Two-dimensional convolution of x [n, ic, ih, iw] with w [oc, ic, kh, kw], as products of matrices whose columns are windows.
 *
 * @param n images
 * @param ic their channels
 * @param oc filters, kh x kw
 */
public record Convolution(int n, int ic, int ih, int iw, int oc, int kh, int kw, int stride, int pad) {
    public int oh() {
        return (ih + 2 * pad - kh) / stride + 1;
    }

    public int ow() {
        return (iw + 2 * pad - kw) / stride + 1;
    }

    private int places() {
        return oh() * ow();
    }

    private int taps() {
        return ic * kh * kw;
    }

    /** y [n, oc, oh, ow]; b may be null. */
    public void forward(Arithmetic arithmetic, float[] y, float[] x, float[] w, float[] b, boolean relu) {
        var places = places();
        Product.of(arithmetic, oc, n * places, taps(), Product.matrix(w, false, taps()), (k, j, count, to) -> windows(x, k, j, count, to),
                (i, j, count, from) -> {
                    if (b != null) {
                        arithmetic.affine(from, from, 0, count, 1, b[i]);
                    }
                    if (relu) {
                        arithmetic.relu(from, 0, count);
                    }
                    scatter(from, j, count, y, i, oc, places);
                });
    }

    /** Columns are (image, place); a run of them lies in planes of one channel, image after image. */
    private static void scatter(float[] from, int j, int count, float[] to, int channel, int channels, int places) {
        for (var done = 0; done < count;) {
            var image = (j + done) / places;
            var place = (j + done) % places;
            var run = Math.min(count - done, places - place);
            System.arraycopy(from, done, to, (image * channels + channel) * places + place, run);
            done += run;
        }
    }

    /** Row k of the windows: one element of every window, its input channel and place in the filter given by k. */
    private void windows(float[] x, int k, int j, int count, float[] to) {
        var c = k / (kh * kw);
        var fy = k / kw % kh;
        var fx = k % kw;
        var ow = ow();
        var places = places();
        for (var done = 0; done < count;) {
            var image = (j + done) / places;
            var place = (j + done) % places;
            var oy = place / ow;
            var ox = place % ow;
            var run = Math.min(count - done, ow - ox);
            var iy = oy * stride + fy - pad;
            if (iy < 0 || iy >= ih) {
                Arrays.fill(to, done, done + run, 0);
            } else {
                line(x, ((image * ic + c) * ih + iy) * iw, ox * stride + fx - pad, run, to, done);
            }
            done += run;
        }
    }

    private void line(float[] x, int row, int first, int run, float[] to, int at) {
        if (stride == 1) {
            var before = Math.clamp(-first, 0, run);
            var inside = Math.clamp(iw - first - before, 0, run - before);
            Arrays.fill(to, at, at + before, 0);
            System.arraycopy(x, row + first + before, to, at + before, inside);
            Arrays.fill(to, at + before + inside, at + run, 0);
            return;
        }
        for (var i = 0; i < run; i++) {
            var ix = first + i * stride;
            to[at + i] = ix >= 0 && ix < iw ? x[row + ix] : 0;
        }
    }

    /** dx from dy: every element of dx gathers what its windows sent back. */
    public void data(Arithmetic arithmetic, float[] dx, float[] dy, float[] w) {
        var plane = ih * iw;
        var depth = oc * kh * kw;
        Product.of(arithmetic, ic, n * plane, depth, (i, k, count, to, at) -> {
            for (var x = 0; x < count; x++) {
                var o = (k + x) / (kh * kw);
                to[at + x] = w[(o * ic + i) * kh * kw + (k + x) % (kh * kw)];
            }
        }, (k, j, count, to) -> gathered(dy, k, j, count, to), (i, j, count, from) -> scatter(from, j, count, dx, i, ic, plane));
    }

    /** What each element of dx gets from one filter element: dy at (y + pad - fy) / stride, where that is whole and inside. */
    private void gathered(float[] dy, int k, int j, int count, float[] to) {
        var o = k / (kh * kw);
        var fy = k / kw % kh;
        var fx = k % kw;
        var oh = oh();
        var ow = ow();
        for (var done = 0; done < count;) {
            var image = (j + done) / (ih * iw);
            var iy = (j + done) / iw % ih;
            var ix = (j + done) % iw;
            var run = Math.min(count - done, iw - ix);
            var oy = Math.floorDiv(iy + pad - fy, stride);
            var row = ((image * oc + o) * oh + oy) * ow;
            if (oy < 0 || oy >= oh || oy * stride != iy + pad - fy) {
                Arrays.fill(to, done, done + run, 0);
            } else if (stride == 1) {
                var first = ix + pad - fx;
                var before = Math.clamp(-first, 0, run);
                var inside = Math.clamp(ow - first - before, 0, run - before);
                Arrays.fill(to, done, done + before, 0);
                System.arraycopy(dy, row + first + before, to, done + before, inside);
                Arrays.fill(to, done + before + inside, done + run, 0);
            } else {
                for (var i = 0; i < run; i++) {
                    var t = ix + i + pad - fx;
                    to[done + i] = t >= 0 && t % stride == 0 && t / stride < ow ? dy[row + t / stride] : 0;
                }
            }
            done += run;
        }
    }

    /** dw and db (unless null). Images are cut into parts with sums of their own, added up in their order. */
    public void weights(Arithmetic arithmetic, float[] dw, float[] db, float[] dy, float[] x) {
        var places = places();
        var parts = Math.min(n, 4);
        var sums = new float[parts][];
        Arithmetic.parallel(parts, part -> {
            sums[part] = new float[oc * taps()];
            var from = part * n / parts * places;
            var to = (part + 1) * n / parts * places;
            partOfWeights(arithmetic, sums[part], dy, x, from, to);
        });
        Arrays.fill(dw, 0, oc * taps(), 0);
        for (var sum : sums) {
            for (var i = 0; i < sum.length; i++) {
                dw[i] += sum[i];
            }
        }
        if (db != null) {
            Arithmetic.parallel(oc, o -> {
                var sum = new double[2];
                for (var image = 0; image < n; image++) {
                    var at = (image * oc + o) * places;
                    arithmetic.sums(dy, at, at + places, sum);
                }
                db[o] = (float) sum[0];
            });
        }
    }

    /** dw += dy, [oc, columns], times the windows transposed, [columns, taps], a block of columns after the other. */
    private void partOfWeights(Arithmetic arithmetic, float[] dw, float[] dy, float[] x, int from, int to) {
        var places = places();
        var taps = taps();
        var a = new float[oc * Arithmetic.DEPTH];
        var line = new float[Arithmetic.DEPTH];
        var b = new float[Arithmetic.DEPTH][Arithmetic.COLUMNS];
        var c = new float[oc][Arithmetic.COLUMNS];
        for (var t = 0; t < taps; t += Arithmetic.COLUMNS) {
            var wide = Math.min(Arithmetic.COLUMNS, taps - t);
            for (var row : c) {
                Arrays.fill(row, 0);
            }
            for (var j = from; j < to; j += Arithmetic.DEPTH) {
                var d = Math.min(Arithmetic.DEPTH, to - j);
                for (var k = 0; k < wide; k++) {
                    windows(x, t + k, j, d, line);
                    for (var r = 0; r < d; r++) {
                        b[r][k] = line[r];
                    }
                }
                for (var o = 0; o < oc; o++) {
                    gather(dy, o, j, d, a, o * d, places);
                }
                arithmetic.multiply(oc, d, wide, a, b, c);
            }
            for (var o = 0; o < oc; o++) {
                System.arraycopy(c[o], 0, dw, o * taps + t, wide);
            }
        }
    }

    private void gather(float[] dy, int channel, int j, int count, float[] to, int at, int places) {
        for (var done = 0; done < count;) {
            var image = (j + done) / places;
            var place = (j + done) % places;
            var run = Math.min(count - done, places - place);
            System.arraycopy(dy, (image * oc + channel) * places + place, to, at + done, run);
            done += run;
        }
    }
}
