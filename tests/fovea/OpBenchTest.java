package fovea;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every row of the bench runs, forward and backward, and the ops that it says it measures are those of its rows. */
class OpBenchTest {
    @Test
    void everyRowRunsTheOpThatIsNamed() {
        var ran = new HashSet<Class<?>>();
        for (var subject : OpBench.Subject.values()) {
            var bench = new OpBench();
            bench.subject = subject;
            bench.batch = 2;
            bench.open();
            bench.forward(new OpBench.Counters());
            bench.both(new OpBench.Counters());
            bench.copy(new OpBench.Counters());
            ran.add(bench.op().getClass());
            bench.close();
        }
        assertEquals(Set.of((Object[]) OpBench.class.getAnnotation(Measures.class).value()), ran);
    }
}
