package fovea.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Profile;
import fovea.Session;
import fovea.support.ConvLayer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Who computes the convolutions of well-known networks. */
class ConvChoiceTest {
    /** The implementations and layouts of one layer's passes, as its plan prints them. */
    private static String chosen(Session.Options options, ConvLayer layer) {
        try (var session = Session.open(options)) {
            session.profiling(true);
            var w = session.parameter("w", layer.w());
            try (var step = session.step(Mode.TRAIN)) {
                var x = step.zeros(layer.x(1));
                if (!layer.first()) {
                    x.track();
                }
                x.conv(layer.op(), w, null);
            }
            return session.profile(Mode.TRAIN).stream().filter(row -> row.op().startsWith("Conv")).map(Profile.Row::implementation)
                    .findFirst().orElseThrow();
        }
    }

    @TestFactory
    Stream<DynamicTest> neverRunsReferenceCode() {
        return Arrays.stream(ConvLayer.values()).map(layer -> DynamicTest.dynamicTest(layer.name(), () -> {
            for (var provider : new String[] {"auto", "onednn"}) {
                var names = chosen(Session.options().provider(provider), layer);
                assertTrue(provider.equals("auto") || names.contains("onednn:"), names);
                assertFalse(names.contains("ref") || names.contains("gemm:"), names);
            }
        }));
    }

    @Test
    void takesWhatIsAskedForByName() {
        var names = chosen(Session.options().prefer("own:plain"), ConvLayer.VGG16_C5);
        assertEquals("forward own:plain, data own:plain, weights own:plain (PLAIN to PLAIN)", names);
    }

    @Test
    void strictSessionsComputeWithOwnKernelsOnly() {
        for (var layer : ConvLayer.values()) {
            var names = chosen(Session.options().strict(true), layer);
            assertFalse(names.contains("onednn"), names);
        }
    }

    @Test
    void sessionsBelowTheBestInstructionSetComputeWithOwnKernelsOnly() {
        var names = chosen(Session.options().isa("scalar"), ConvLayer.VGG16_C5);
        assertTrue(names.contains("own:") && !names.contains("onednn"), names);
    }

    @Test
    void twoSessionsChooseAlike() {
        for (var layer : ConvLayer.values()) {
            assertEquals(chosen(Session.options(), layer), chosen(Session.options(), layer));
        }
    }
}
