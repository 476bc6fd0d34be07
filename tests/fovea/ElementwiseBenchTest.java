package fovea;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Contenders of one benchmark compute the same; dropout's random numbers are each contender's own. */
class ElementwiseBenchTest {
    @Test
    void contendersAgreeElementByElement() {
        for (var function : ElementwiseBench.Function.values()) {
            if (function == ElementwiseBench.Function.DROPOUT) {
                continue;
            }
            var bench = new ElementwiseBench();
            bench.function = function;
            bench.size = 16384;
            bench.open();
            var counters = new ElementwiseBench.Counters();
            var own = bench.ownResult();
            // The plain contenders take the usual approximation of gelu, off by up to 5e-4.
            var tolerance = function == ElementwiseBench.Function.GELU ? 1e-3f : 1e-4f;
            for (var other : new float[][] {bench.plainJava(counters).clone(), bench.vectorApi(counters).clone()}) {
                for (var i = 0; i < own.length; i++) {
                    assertEquals(own[i], other[i], tolerance * Math.max(1, Math.abs(own[i])), function + " of " + bench.x[i]);
                }
            }
            bench.close();
        }
    }

    @Test
    void contendersAgreeOnSoftmaxAndCrossEntropy() {
        for (var classes : new int[] {10, 1000}) {
            var bench = new SoftmaxBench();
            bench.rows = 64;
            bench.classes = classes;
            bench.open();
            assertArrayEquals(bench.softmaxPlainJava().clone(), bench.ownResult(), 1e-6f);
            assertArrayEquals(bench.crossEntropyPlainJava().clone(), bench.ownGradient(), 1e-7f);
            bench.close();
        }
    }

    @Test
    void contendersAgreeOnMaxPooling() {
        var bench = new PoolBench();
        bench.maps = PoolBench.Maps.LENET;
        bench.open();
        var counters = new Bandwidth.Counters();
        bench.own(counters);
        assertArrayEquals(bench.plainJava(counters).clone(), bench.ownGradient());
        assertArrayEquals(bench.vectorApi(counters).clone(), bench.ownGradient());
        bench.copy(counters);
        bench.close();
    }

    @Test
    void contendersAgreeOnBatchNorm() {
        var bench = new NormBench();
        bench.positions = 512;
        bench.open();
        var counters = new Bandwidth.Counters();
        bench.own(counters);
        // Scores lie within 2 deviations; each contender rounds a few times.
        assertArrayEquals(bench.plainJava(counters).clone(), bench.ownResult(), 2 * 16 * 0x1p-24f);
        assertArrayEquals(bench.vectorApi(counters).clone(), bench.ownResult(), 2 * 16 * 0x1p-24f);
        bench.copy(counters);
        bench.close();
    }

    @Test
    void contendersAgreeOnAStepOfSgd() {
        for (var vector : new boolean[] {false, true}) {
            var bench = new OptimizerBench();
            bench.parameters = 61706;
            bench.open();
            var counters = new Bandwidth.Counters();
            bench.own(counters);
            // Numbers up to 2 are rounded once by each contender.
            assertArrayEquals(vector ? bench.vectorApi(counters) : bench.plainJava(counters), bench.ownParameters(), 2 * 2 * 0x1p-24f);
            bench.copy(counters);
            bench.close();
        }
    }
}
