package fovea.op;

import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.ElementType;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.oracle.Indexing;
import fovea.support.Fuzz;
import fovea.support.Refusals;
import fovea.support.Tiers;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ImageToFloatTest {
    private static ImageToFloat of(boolean channelsLast, int channels) {
        var mean = new ArrayList<Float>();
        var std = new ArrayList<Float>();
        for (var c = 0; c < channels; c++) {
            mean.add(0.45f + 0.02f * c);
            std.add(0.21f + 0.03f * c);
        }
        return new ImageToFloat(channelsLast, mean, std);
    }

    private static void check(Session session, ImageToFloat op, Shape shape) {
        var random = new SplittableRandom(shape.hashCode());
        var bytes = random.ints(shape.elements(), 0, 256).toArray();
        bytes[0] = 255;
        bytes[bytes.length - 1] = 0;
        try (var step = session.step(Mode.EVAL)) {
            var x = step.input(shape, ElementType.U8);
            x.copyFrom(bytes);
            var y = step.apply(op, x);
            var actual = y.toArray();
            for (var i = 0; i < actual.length; i++) {
                var to = Indexing.index(y.shape(), i);
                var from = op.channelsLast() ? new long[] {to[0], to[2], to[3], to[1]} : to;
                var c = (int) to[1];
                var pixel = bytes[(int) Indexing.offset(shape, from)];
                var expected = (pixel / 255.0 - op.mean().get(c)) / op.std().get(c);
                // Scale, shift and result are rounded once each, relative to the larger of the two terms.
                var bound = 3 * 0x1p-24 * Math.max(1 / op.std().get(c), op.mean().get(c) / op.std().get(c));
                var error = Math.abs(actual[i] - expected);
                if (!(error <= bound)) {
                    assertEquals(expected, actual[i], bound, shape + " at " + i);
                }
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> normalizesPixelsOnEveryInstructionSet() {
        return Tiers.available().stream().flatMap(isa -> IntStream.of(1, 2, 3, 4, 5).boxed().flatMap(c -> Stream.of(true, false)
                .map(last -> DynamicTest.dynamicTest("%s, %d channels%s".formatted(isa, c, last ? " last" : ""), () -> {
                    try (var session = Session.open(Session.options().isa(isa).threads(2))) {
                        for (var w : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100}) {
                            check(session, of(last, c), last ? Shape.of(2, 3, w, c) : Shape.of(2, c, 3, w));
                        }
                        check(session, of(last, c), last ? Shape.of(2, 150, 120, c) : Shape.of(2, c, 150, 120));
                    }
                }))));
    }

    @Tag("fuzz")
    @Test
    void randomImagesAreNormalized() {
        Fuzz.run("imageToFloat", 60, random -> {
            var isa = Tiers.available().get(random.nextInt(Tiers.available().size()));
            var last = random.nextBoolean();
            var c = random.nextInt(1, 7);
            var n = random.nextInt(1, 4);
            var h = random.nextInt(1, 9);
            var w = random.nextInt(1, random.nextBoolean() ? 9 : 90);
            check(Fuzz.session(Session.options().isa(isa).threads(1 + random.nextInt(2)), random), of(last, c),
                    last ? Shape.of(n, h, w, c) : Shape.of(n, c, h, w));
        });
    }

    @Test
    void refusesWhatAreNoSuchImages() {
        Refusals.of(step -> step.apply(of(true, 3), step.zeros(Shape.of(1, 2, 2, 3))), "imageToFloat", "U8");
        Refusals.of(step -> step.apply(of(true, 3), step.input(Shape.of(1, 3, 2, 2), ElementType.U8)), "imageToFloat", "2 channels",
                "last axis");
        Refusals.of(step -> step.apply(of(false, 3), step.input(Shape.of(3, 2, 2), ElementType.U8)), "imageToFloat", "four axes");
        Refusals.of(_ -> new ImageToFloat(true, List.of(0f), List.of(0f)), "imageToFloat", "positive");
        Refusals.of(_ -> new ImageToFloat(true, List.of(0f), List.of()), "imageToFloat", "1 means and 0 deviations");
    }
}
