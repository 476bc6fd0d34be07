package fovea.data;

import static fovea.data.Samples.TYPES;
import static fovea.data.Samples.applied;
import static fovea.data.Samples.box;
import static fovea.data.Samples.draws;
import static fovea.data.Samples.image;
import static fovea.data.Samples.mean;
import static fovea.data.Samples.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.ElementType;
import fovea.Shape;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class AugmentTest {
    @Test
    void colourJitterChangesOneThingAtATime() {
        for (var type : TYPES) {
            var grey = image(type, 3, 4, 4);
            for (var i = 0; i < 48; i++) {
                grey.set(i, (20 + i % 16 * 5) * grey.white() / 255);
            }
            var before = values(grey);
            applied(Augment.colourJitter(0, 0, 1, 0.5f), grey, 5);
            for (var i = 0; i < 48; i++) {
                assertEquals(before[i], grey.get(i), 0.006 * grey.white(), "grey has neither saturation nor hue");
            }
            applied(Augment.colourJitter(0, 0.5f, 0, 0), grey, 5);
            assertEquals(mean(before), mean(values(grey)), 0.004 * grey.white(), "contrast keeps the mean");
            assertNotEquals(before[0], grey.get(0));
            var dark = values(applied(Augment.colourJitter(0.5f, 0, 0, 0), image(type, 3, 4, 4), 6));
            var ratio = dark[2] / values(image(type, 3, 4, 4))[2];
            assertTrue(ratio >= 0.49 && ratio <= 1.51, "brightness times " + ratio);
        }
    }

    @Test
    void turningTheHueByAWholeCircleIsNothingAndByAThirdMovesRedToGreen() {
        var red = new Image();
        Arrays.fill(red.floats(3, 1, 1), 0, 3, 0.2f);
        red.set(0, 0.6f);
        Colour.turn(red, 1);
        assertEquals(0.6f, red.get(0), 2e-3);
        assertEquals(0.2f, red.get(1), 2e-3);
        var third = new Image();
        Arrays.fill(third.floats(3, 1, 1), 0, 3, 0.2f);
        third.set(0, 0.6f);
        Colour.turn(third, 1 / 3f);
        var back = third.get(1) > third.get(0) || third.get(2) > third.get(0);
        assertTrue(back, Arrays.toString(values(third)));
        assertEquals(0.2f + 0.4f * 0.299f, Colour.grey(third, 0), 2e-3);
    }

    @Test
    void pcaNoiseShiftsEveryPixelOfAChannelAlike() {
        var x = new Image();
        Arrays.fill(x.floats(3, 4, 4), 0, 48, 0.5f);
        applied(Augment.pcaNoise(), x, 1);
        for (var c = 0; c < 3; c++) {
            for (var i = 0; i < 16; i++) {
                assertEquals(x.get(c * 16), x.get(c * 16 + i));
            }
        }
        // The first axis, along which most light lies, is nearly grey.
        assertEquals(x.get(0) - 0.5f, x.get(16) - 0.5f, 0.006);
        assertNotEquals(0.5f, x.get(0));
        assertThrows(IllegalArgumentException.class, () -> Augment.pcaNoise().outputShape(Shape.of(1, 4, 4)));
    }

    @Test
    void noiseHasItsDeviationAndNoMean() {
        var x = new Image();
        Arrays.fill(x.floats(1, 100, 100), 0, 10_000, 0.5f);
        var v = values(applied(Augment.noise(0.1f), x, 0));
        var sum = 0.0;
        for (var a : v) {
            sum += (a - 0.5) * (a - 0.5);
        }
        assertEquals(0.5, mean(v), 0.005);
        assertEquals(0.1, Math.sqrt(sum / v.length), 0.004);
    }

    @Test
    void blurKeepsTheMeanAndHasItsDeviation() {
        var x = new Image();
        Arrays.fill(x.floats(1, 41, 41), 0, 1681, 0);
        x.set(20 * 41 + 20, 1);
        applied(new Blur(1, 3, 3), x, 0);
        var sum = 0.0;
        var spread = 0.0;
        for (var i = 0; i < 1681; i++) {
            sum += x.get(i);
            spread += x.get(i) * (i % 41 - 20) * (i % 41 - 20);
        }
        assertEquals(1, sum, 1e-4);
        assertEquals(3, Math.sqrt(spread), 0.08);
    }

    @Test
    void erasingAndCutoutBlackenARectangleOfTheRightSize() {
        for (var type : TYPES) {
            for (var index = 0; index < 100; index++) {
                var x = white(type);
                applied(new Erase(1, 0.1f, 0.3f, 2), x, index);
                var black = black(x);
                assertTrue(black >= 0.07 * 400 && black <= 0.34 * 400, "black: " + black);
                var y = white(type);
                applied(new Cutout(6), y, index);
                assertTrue(black(y) >= 9 && black(y) <= 36, "black: " + black(y));
            }
        }
    }

    private static Image white(ElementType type) {
        var x = image(type, 2, 20, 20);
        for (var i = 0; i < x.elements(); i++) {
            x.set(i, x.white());
        }
        return x;
    }

    /** Black pixels, which must be a rectangle and the same in both channels. */
    private static int black(Image x) {
        int left = 20;
        int right = -1;
        int top = 20;
        int bottom = -1;
        var count = 0;
        for (var i = 0; i < 400; i++) {
            assertEquals(x.get(i), x.get(400 + i));
            if (x.get(i) == 0) {
                count++;
                left = Math.min(left, i % 20);
                right = Math.max(right, i % 20);
                top = Math.min(top, i / 20);
                bottom = Math.max(bottom, i / 20);
            }
        }
        assertEquals((right - left + 1) * (bottom - top + 1), count);
        return count;
    }

    @Test
    void normalisingBytesAndFloatsGivesTheSame() {
        var norm = new Normalise(new float[] {0.5f, 0.25f}, new float[] {0.2f, 0.4f});
        var a = values(applied(norm, image(ElementType.U8, 2, 4, 4), 0));
        var b = values(applied(norm, image(ElementType.F32, 2, 4, 4), 0));
        for (var i = 0; i < a.length; i++) {
            var expected = ((i * 37 + 11) % 256 / 255.0 - (i < 16 ? 0.5 : 0.25)) / (i < 16 ? 0.2 : 0.4);
            assertEquals(expected, a[i], 1e-5);
            assertEquals(expected, b[i], 1e-5);
        }
        assertThrows(IllegalArgumentException.class, () -> new Normalise(new float[] {0}, new float[] {0}));
    }

    @Test
    void mixUpIsAWeightedMeanOfTwoImagesAndTheirTargets() {
        var images = new float[4 * 3];
        var targets = new float[16];
        for (var i = 0; i < 4; i++) {
            targets[5 * i] = 1;
            Arrays.fill(images, 3 * i, 3 * i + 3, 1 << i);
        }
        new MixUp(0.8f).apply(images, targets, 4, 3, 1, 1, draws(0));
        var mixed = 0;
        for (var i = 0; i < 4; i++) {
            var expected = 0f;
            var sum = 0f;
            for (var k = 0; k < 4; k++) {
                expected += targets[4 * i + k] * (1 << k);
                sum += targets[4 * i + k];
                mixed += k != i && targets[4 * i + k] > 0 ? 1 : 0;
            }
            assertEquals(1, sum, 1e-6);
            assertEquals(expected, images[3 * i], 1e-5);
        }
        assertTrue(mixed > 0);
    }

    @Test
    void cutMixMixesTargetsByTheAreaThatIsVisible() {
        for (var index = 0; index < 50; index++) {
            var images = new float[4 * 2 * 64];
            var targets = new float[16];
            for (var i = 0; i < 4; i++) {
                targets[5 * i] = 1;
                Arrays.fill(images, 128 * i, 128 * i + 128, i);
            }
            new CutMix(1).apply(images, targets, 4, 2, 8, 8, draws(index));
            for (var i = 0; i < 4; i++) {
                var shares = new float[4];
                for (var k = 0; k < 128; k++) {
                    shares[(int) images[128 * i + k]] += 1 / 128f;
                }
                assertArrayEquals(shares, Arrays.copyOfRange(targets, 4 * i, 4 * i + 4), 1e-5f);
            }
        }
    }

    @Test
    void betaHasItsMeanAndVariance() {
        for (var alpha : new double[] {0.2, 1, 4}) {
            var d = draws(3);
            var sum = 0.0;
            var squares = 0.0;
            for (var i = 0; i < 20_000; i++) {
                var b = d.beta(alpha);
                sum += b;
                squares += (b - 0.5) * (b - 0.5);
            }
            assertEquals(0.5, sum / 20_000, 0.015);
            assertEquals(1 / (4 * (2 * alpha + 1)), squares / 20_000, 0.006);
        }
    }

    @Test
    void everyChangeOfStrength0KeepsTheImageExceptThoseOfTones() {
        for (var type : TYPES) {
            for (var change : Change.values()) {
                if (change == Change.AUTO_CONTRAST || change == Change.EQUALISE) {
                    continue;
                }
                var x = image(type, 3, 8, 8);
                change.apply(x, 0, draws(1));
                assertArrayEquals(values(image(type, 3, 8, 8)), values(x), 0.001f * x.white(), change.toString());
            }
        }
    }

    @Test
    void everyChangeOfFullStrengthChangesTheImageAndStaysWithinBlackAndWhite() {
        for (var type : TYPES) {
            for (var change : Change.values()) {
                var x = image(type, 3, 8, 8);
                for (var i = 0; i < x.elements(); i++) {
                    x.set(i, (60 + x.get(i) * 255 / x.white() / 4) * x.white() / 255);
                }
                var before = values(x);
                change.apply(x, 1, draws(1));
                assertTrue(change == Change.IDENTITY || !Arrays.equals(before, values(x)), change::toString);
                for (var v : values(x)) {
                    assertTrue(v >= 0 && v <= x.white() * 1.00001f, change + " gives " + v);
                }
            }
        }
    }

    @Test
    void tonesDoWhatTheirNamesSay() {
        var x = image(ElementType.U8, 1, 16, 16);
        Tones.stretch(x);
        var v = values(x);
        Arrays.sort(v);
        assertEquals(0, v[0]);
        assertEquals(255, v[255]);
        Tones.posterise(x, 1);
        assertEquals(List.of(0f, 128f), new HashSet<>(Arrays.asList(box(values(x)))).stream().sorted().toList());
        Tones.solarise(x, 0.4f);
        assertEquals(List.of(0f, 127f), new HashSet<>(Arrays.asList(box(values(x)))).stream().sorted().toList());
        Tones.equalise(x);
        assertEquals(List.of(0f, 255f), new HashSet<>(Arrays.asList(box(values(x)))).stream().sorted().toList());
    }

    @Test
    void theSamePlaceInTheStreamGivesTheSameImageAndAnotherPlaceAnother() {
        var all = List.<Supplier<Augmentation>>of(() -> Augment.randAugment(0.6f), Augment::trivialAugment, () -> Augment.elastic(2, 6),
                () -> Augment.affine(20, 0.1f, 0.8f, 1.2f, 10), () -> Augment.colourJitter(0.4f, 0.4f, 0.4f, 0.1f),
                () -> Augment.noise(0.1f),
                Augment::pcaNoise, () -> Augment.randomResizedCrop(10), () -> Augment.cutout(4));
        for (var make : all) {
            var results = new HashSet<List<Float>>();
            for (var index = 0; index < 20; index++) {
                var a = values(applied(make.get(), image(ElementType.U8, 3, 12, 12), index));
                assertArrayEquals(a, values(applied(make.get(), image(ElementType.U8, 3, 12, 12), index)));
                results.add(List.of(box(a)));
            }
            assertTrue(results.size() > 6, make.get() + " gave " + results.size() + " of 20");
        }
    }

    @Test
    void mixedBatchesCarryTargetsWhateverTheNumberOfWorkers() {
        var data = Digits.train(50, 12, 0);
        for (var mixing : new Mixing[] {new MixUp(1), new CutMix(1)}) {
            float[] expected = null;
            for (var workers : new int[] {0, 2}) {
                try (var loader = data.loader(Loader.options(16).shuffle(true).mix(mixing).workers(workers))) {
                    var all = new float[50 * 10];
                    var at = 0;
                    for (var batch : loader.epoch(1)) {
                        assertTrue(batch.soft());
                        var t = batch.targetArray();
                        assertEquals(batch.size() * 10, t.length);
                        System.arraycopy(t, 0, all, at, t.length);
                        at += t.length;
                    }
                    assertEquals(500, at);
                    expected = expected == null ? all : expected;
                    assertArrayEquals(expected, all);
                }
            }
        }
    }
}
