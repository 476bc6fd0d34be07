package fovea.oracle;

/** Special functions in double that {@link Math} lacks. */
public final class Special {
    private Special() {
    }

    /** Its Taylor series up to 3, Laplace's continued fraction of erfc beyond. */
    public static double erf(double x) {
        if (Double.isNaN(x)) {
            return x;
        }
        if (Math.abs(x) > 3) {
            return Math.copySign(1 - erfcTail(Math.abs(x)), x);
        }
        var sum = 0.0;
        var term = x;
        for (var n = 0; n < 120; n++) {
            sum += term / (2 * n + 1);
            term *= -x * x / (n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    private static double erfcTail(double x) {
        if (x > 27) {
            return 0;
        }
        var f = x;
        for (var k = 60; k > 0; k--) {
            f = x + k / 2.0 / f;
        }
        return Math.exp(-x * x) / (f * Math.sqrt(Math.PI));
    }

    /** The probability that a normally distributed number is below x. */
    public static double normalCdf(double x) {
        return x < -4.3 ? erfcTail(-x / Math.sqrt(2)) / 2 : (1 + erf(x / Math.sqrt(2))) / 2;
    }

    public static double sigmoid(double x) {
        return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
    }

    public static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }
}
