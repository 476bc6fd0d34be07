package fovea.data;

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
    private static final List<ElementType> TYPES = List.of(ElementType.U8, ElementType.F32);

    private static Draws draws(long index) {
        return new Draws().at(1, 2, index);
    }

    /** Every element another value of 0 to 255, or that over 255. */
    private static Image image(ElementType type, int c, int h, int w) {
        var image = new Image();
        if (type == ElementType.U8) {
            image.bytes(c, h, w);
        } else {
            image.floats(c, h, w);
        }
        for (var i = 0; i < image.elements(); i++) {
            image.set(i, (i * 37 + 11) % 256 * image.white() / 255);
        }
        return image;
    }

    private static float[] values(Image image) {
        var v = new float[image.elements()];
        for (var i = 0; i < v.length; i++) {
            v[i] = image.get(i);
        }
        return v;
    }

    private static Image applied(Augmentation a, Image image, long index) {
        a.apply(image, draws(index));
        return image;
    }

    @Test
    void flipsMirrorOneAxisAndTwiceIsNothing() {
        for (var type : TYPES) {
            var original = values(image(type, 3, 5, 4));
            var across = values(applied(new Flip(1, false), image(type, 3, 5, 4), 0));
            var down = values(applied(new Flip(1, true), image(type, 3, 5, 4), 0));
            for (var r = 0; r < 15; r++) {
                for (var x = 0; x < 4; x++) {
                    assertEquals(original[r * 4 + x], across[r * 4 + 3 - x]);
                    assertEquals(original[r * 4 + x], down[(r / 5 * 5 + 4 - r % 5) * 4 + x]);
                }
            }
            for (var vertical : new boolean[] {false, true}) {
                var twice = image(type, 3, 5, 4);
                applied(new Flip(1, vertical), applied(new Flip(1, vertical), twice, 0), 0);
                assertArrayEquals(original, values(twice));
            }
            assertArrayEquals(original, values(applied(new Flip(0, false), image(type, 3, 5, 4), 0)));
        }
    }

    @Test
    void aFlipHappensAsOftenAsItsProbabilitySays() {
        var flipped = 0;
        for (var i = 0; i < 2000; i++) {
            flipped += applied(new Flip(0.3f, false), image(ElementType.U8, 1, 1, 2), i).get(0) == 48 ? 1 : 0;
        }
        assertTrue(flipped > 520 && flipped < 680, "flipped " + flipped + " of 2000");
    }

    @Test
    void aCropWithPaddingIsAWindowOfThePaddedImage() {
        for (var type : TYPES) {
            var places = new HashSet<Integer>();
            var original = values(image(type, 2, 6, 6));
            for (var index = 0; index < 400; index++) {
                var crop = applied(Augment.randomCrop(6, 2), image(type, 2, 6, 6), index);
                assertEquals(Shape.of(2, 6, 6), crop.shape());
                var matches = 0;
                for (var place = 0; place < 25; place++) {
                    if (isWindow(values(crop), original, place / 5 - 2, place % 5 - 2)) {
                        places.add(place);
                        matches++;
                    }
                }
                assertEquals(1, matches);
            }
            assertEquals(25, places.size());
            var middle = applied(Augment.centreCrop(2), image(type, 2, 6, 6), 0);
            assertEquals(original[2 * 6 + 2], middle.get(0));
        }
        assertThrows(IllegalArgumentException.class, () -> Augment.randomCrop(11, 2).outputShape(Shape.of(1, 6, 6)));
    }

    private static boolean isWindow(float[] crop, float[] original, int top, int left) {
        for (var i = 0; i < crop.length; i++) {
            var y = i / 6 % 6 + top;
            var x = i % 6 + left;
            if (crop[i] != (y < 0 || x < 0 || y >= 6 || x >= 6 ? 0 : original[i / 36 * 36 + y * 6 + x])) {
                return false;
            }
        }
        return true;
    }

    /** Red is x, green is y: where a pixel comes from can be read off it. */
    private static Image places(ElementType type, int side) {
        var image = image(type, 3, side, side);
        for (var y = 0; y < side; y++) {
            for (var x = 0; x < side; x++) {
                image.set(y * side + x, x * image.white() / 255);
                image.set(side * side + y * side + x, y * image.white() / 255);
            }
        }
        return image;
    }

    @Test
    void aRandomResizedCropShowsAPartOfTheRightAreaAndRatio() {
        for (var type : TYPES) {
            for (var index = 0; index < 200; index++) {
                var crop = applied(new RandomResizedCrop(16, 16, 0.2f, 0.8f, 2), places(type, 128), index);
                assertEquals(Shape.of(3, 16, 16), crop.shape());
                var unit = crop.white() / 255;
                var w = (crop.get(14) - crop.get(1)) / unit / 13 * 16;
                var h = (crop.get(256 + 14 * 16) - crop.get(256 + 16)) / unit / 13 * 16;
                var area = w * h / (128 * 128);
                assertTrue(area > 0.18 && area < 0.83, "area " + area);
                assertTrue(w / h > 0.47 && w / h < 2.13, "ratio " + w / h);
            }
        }
    }

    @Test
    void resizingKeepsAnEvenImageAndItsMean() {
        for (var type : TYPES) {
            for (var side : new int[] {3, 8, 12, 31}) {
                var even = image(type, 2, 12, 12);
                for (var i = 0; i < even.elements(); i++) {
                    even.set(i, 0.4f * even.white());
                }
                applied(Augment.resize(side), even, 0);
                for (var v : values(even)) {
                    assertEquals(0.4f * even.white(), v, 1e-5f * even.white());
                }
            }
            var x = image(type, 1, 12, 12);
            var before = Colour.meanGrey(x);
            assertEquals(before, Colour.meanGrey(applied(Augment.resize(6), x, 0)), 0.02 * x.white());
        }
    }

    @Test
    void aTurnBy90DegreesIsExactAndAMoveMoves() {
        for (var type : TYPES) {
            var original = values(image(type, 2, 5, 5));
            var turned = image(type, 2, 5, 5);
            Warp.affine(turned, 90, 1, 0, 0, 0, 0);
            var moved = image(type, 2, 5, 5);
            Warp.affine(moved, 0, 1, 0, 0, 1, 2);
            for (var c = 0; c < 2; c++) {
                for (var y = 0; y < 5; y++) {
                    for (var x = 0; x < 5; x++) {
                        assertEquals(original[c * 25 + y * 5 + x], turned.get(c * 25 + x * 5 + 4 - y), 1e-4 * turned.white());
                        assertEquals(x < 1 || y < 2 ? 0 : original[c * 25 + (y - 2) * 5 + x - 1], moved.get(c * 25 + y * 5 + x));
                    }
                }
            }
            assertArrayEquals(original, values(applied(new Affine(0, 0, 1, 1, 0), image(type, 2, 5, 5), 3)));
        }
    }

    @Test
    void affineStaysWithinItsBoundsAndUsesThem() {
        var most = 0f;
        for (var index = 0; index < 200; index++) {
            var x = applied(new Affine(0, 0.25f, 1, 1, 0), places(ElementType.F32, 64), index);
            var shift = x.get(32 * 64 + 32) * 255 - 32;
            most = Math.max(most, Math.abs(shift));
            assertTrue(Math.abs(shift) <= 16.01f, "moved by " + shift);
        }
        assertTrue(most > 12, "moved by at most " + most);
    }

    @Test
    void elasticMovesPixelsSmoothlyByAboutItsDeviation() {
        var sum = 0.0;
        var count = 0;
        for (var index = 0; index < 100; index++) {
            var x = applied(new Elastic(2, 16), places(ElementType.F32, 64), index);
            for (var at = 16; at <= 48; at += 16) {
                var shift = x.get(at * 64 + at) * 255 - at;
                sum += shift * shift;
                count++;
            }
            for (var i = 20; i < 43; i++) {
                assertTrue(Math.abs(x.get(32 * 64 + i + 1) - x.get(32 * 64 + i)) * 255 < 2.5, "neighbours stay neighbours");
            }
        }
        assertEquals(2, Math.sqrt(sum / count), 0.5);
        var original = values(image(ElementType.U8, 1, 20, 20));
        assertArrayEquals(original, values(applied(new Elastic(0, 8), image(ElementType.U8, 1, 20, 20), 0)));
    }

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

    private static double mean(float[] x) {
        var sum = 0.0;
        for (var v : x) {
            sum += v;
        }
        return sum / x.length;
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

    private static Float[] box(float[] x) {
        var boxed = new Float[x.length];
        Arrays.setAll(boxed, i -> x[i]);
        return boxed;
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
    void fiveAndTenCropsAreTheCornersTheMiddleAndTheirMirrors() {
        var pixels = new byte[2 * 36];
        for (var i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) i;
        }
        var data = ArrayData.of(pixels, new int[] {0, 1}, Shape.of(1, 6, 6), List.of("a", "b"));
        var crops = new Crops(data, 4, 4, true);
        assertEquals(20, crops.size());
        var image = new Image();
        var first = new float[10];
        for (var v = 0; v < 10; v++) {
            crops.read(10 + v, image);
            assertEquals(1, crops.label(10 + v));
            first[v] = image.get(0) - 36;
        }
        assertArrayEquals(new float[] {0, 2, 12, 14, 7, 3, 5, 15, 17, 10}, first);
        var five = new Crops(data, 4, 4, false);
        assertArrayEquals(new float[] {3, 0.5f},
                five.mean(new float[] {1, 0.5f, 2, 0.5f, 3, 0.5f, 4, 0.5f, 5, 0.5f}, 2), 1e-6f);
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
