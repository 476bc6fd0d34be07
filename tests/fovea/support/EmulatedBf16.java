package fovea.support;

import fovea.Precision;
import fovea.Session;
import java.util.function.Supplier;

/** Sessions that compute in bf16 on any CPU, and what rounding to it does. */
public final class EmulatedBf16 {
    /** Whatever can take bf16 operands, also where it would not pay. */
    public static final String WHEREVER_POSSIBLE = "onednn:bf16,own:bf16";

    private EmulatedBf16() {
    }

    public static Session open(Session.Options options) {
        return with(() -> Session.open(options.precision(Precision.BF16)));
    }

    /** What comes of sessions that are opened inside. */
    public static synchronized <T> T with(Supplier<T> body) {
        var before = System.setProperty("fovea.bf16", "emulated");
        try {
            return body.get();
        } finally {
            if (before == null) {
                System.clearProperty("fovea.bf16");
            } else {
                System.setProperty("fovea.bf16", before);
            }
        }
    }

    /** The nearest number of 8 significant bits, ties to even. */
    public static float rounded(float x) {
        var bits = Float.floatToRawIntBits(x);
        return Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000);
    }

    public static float[] rounded(float[] x) {
        var y = x.clone();
        for (var i = 0; i < y.length; i++) {
            y[i] = rounded(x[i]);
        }
        return y;
    }
}
