package fovea;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

/** Contenders of one benchmark compute the same; its operands are multiples of 1/128, so the sums of short products are exact. */
class GemmBenchTest {
    @Test
    void contendersAgreeWithEveryOperandTransposed() {
        for (var product : new String[] {"64x120x100NN", "30x84x65NT", "120x40x64TN", "7x33x50TT"}) {
            var bench = new GemmBench();
            bench.product = product;
            bench.threads = 2;
            bench.open();
            var counters = new GemmBench.Counters();
            var expected = bench.plainJava(counters).clone();
            assertArrayEquals(expected, bench.vectorApi(counters).clone(), product);
            assertArrayEquals(expected, bench.floats(bench.own(counters)), product);
            assertArrayEquals(expected, bench.floats(bench.oneDnn(counters)), product);
            bench.close();
        }
    }
}
