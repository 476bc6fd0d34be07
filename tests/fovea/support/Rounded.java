package fovea.support;

/**
 * A number that a kernel has in float: what it would be without rounding, and how far the kernel's may be from that at most. Written
 * with these numbers in a kernel's order of operations, an oracle gives its result and the bound of the kernel's error at once: running
 * error analysis. What a fused multiply-add rounds once is counted twice.
 */
public record Rounded(double value, double error) {
    /** Half an ulp of 1, and a little for the roundings of the doubles here. */
    public static final double HALF_ULP = 0x1.00001p-24;
    /** What underflows is lost as a whole at most. */
    private static final double TINY = 0x1p-126;
    public static final Rounded ZERO = new Rounded(0, 0);

    /** A number that a float holds. */
    public static Rounded exact(double x) {
        if ((float) x != x) {
            throw new IllegalArgumentException(x + " is no float");
        }
        return new Rounded(x, 0);
    }

    /** A number that the kernel is given as the nearest float. */
    public static Rounded nearest(double x) {
        return new Rounded(x, Math.abs(x - (float) x));
    }

    /** The same, having gone through an operation that rounds so many times. */
    public Rounded rounded(double times) {
        return new Rounded(value, error + times * HALF_ULP * (Math.abs(value) + error) + TINY);
    }

    public Rounded plus(Rounded b) {
        return new Rounded(value + b.value, error + b.error).rounded(1);
    }

    public Rounded minus(Rounded b) {
        return plus(new Rounded(-b.value, b.error));
    }

    public Rounded times(Rounded b) {
        return product(b).rounded(1);
    }

    private Rounded product(Rounded b) {
        return new Rounded(value * b.value, Math.abs(value) * b.error + Math.abs(b.value) * error + error * b.error);
    }

    public Rounded over(Rounded b) {
        return quotient(b).rounded(1);
    }

    private Rounded quotient(Rounded b) {
        var least = Math.abs(b.value) - b.error;
        var q = value / b.value;
        return new Rounded(q, least > 0 ? (error + Math.abs(q) * b.error) / least : Double.POSITIVE_INFINITY);
    }

    public Rounded sqrt() {
        return root().rounded(1);
    }

    /** Roots differ by (a - b) / (sqrt(a) + sqrt(b)), where a kernel's own number is not negative either. */
    private Rounded root() {
        var root = Math.sqrt(value);
        return new Rounded(root, error == 0 ? 0 : error / (root + Math.sqrt(Math.max(0, value - error))));
    }

    public Rounded max(Rounded b) {
        return new Rounded(Math.max(value, b.value), Math.max(error, b.error));
    }

    /** 1, -1 or 0: any of them where the error reaches 0. */
    public Rounded sign() {
        return new Rounded(Math.signum(value), error == 0 || Math.abs(value) > error ? 0 : 2);
    }

    /**
     * This / (sqrt(v) scale + eps), as a whole within 5 roundings: instructions take 4. AVX-512 begins with guesses of relative errors
     * d <= 2^-14, which one step of Newton's turns into 1.5 d^2, a tenth of a rounding, for the root, and d^2 for the reciprocal; root,
     * sum, reciprocal and product are rounded once each besides.
     */
    public Rounded overRoot(Rounded v, Rounded scale, Rounded eps) {
        var scaled = v.root().product(scale);
        return quotient(new Rounded(scaled.value + eps.value, scaled.error + eps.error)).rounded(5);
    }
}
