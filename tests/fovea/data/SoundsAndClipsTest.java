package fovea.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SoundsAndClipsTest {
    private static float[] elements(Dataset data, int index) {
        var image = new Image();
        data.read(index, image);
        return Samples.values(image);
    }

    @Test
    void theSameSeedMakesTheSameSamplesHoweverManyAreAskedForAndNoneComesTwice() {
        var all = List.of(new Dataset[] {Sounds.train(20, 3), Sounds.train(60, 3), Sounds.test(60, 3), Sounds.train(60, 4)},
                new Dataset[] {Clips.train(20, 3), Clips.train(60, 3), Clips.test(60, 3), Clips.train(60, 4)});
        for (var sets : all) {
            for (var i = 0; i < sets[0].size(); i++) {
                assertArrayEquals(elements(sets[0], i), elements(sets[1], i));
                assertEquals(sets[0].label(i), sets[1].label(i));
            }
            var seen = new HashSet<Integer>();
            for (var s = 1; s < sets.length; s++) {
                for (var i = 0; i < sets[s].size(); i++) {
                    assertTrue(seen.add(Arrays.hashCode(elements(sets[s], i))), "came before: " + i + " of " + sets[s]);
                }
            }
        }
    }

    @Test
    void soundsStayInRangeAndClassesComeAboutEquallyOften() {
        for (var data : new Dataset[] {Sounds.train(1600, 1), Clips.train(1600, 1)}) {
            var counts = new int[8];
            for (var i = 0; i < data.size(); i++) {
                counts[data.label(i)]++;
            }
            for (var c : counts) {
                assertTrue(c > 130 && c < 270, Arrays.toString(counts));
            }
        }
        var sounds = Sounds.test(200, 0);
        for (var i = 0; i < sounds.size(); i++) {
            var energy = 0.0;
            for (var v : elements(sounds, i)) {
                assertTrue(Math.abs(v) < 8, "sound " + i + " reaches " + v);
                energy += v * v / Sounds.LENGTH;
            }
            assertTrue(energy > 1e-3, "sound " + i + " is silent: " + energy);
        }
    }

    /** Where a bright shape is in one frame says nothing; how it correlates with the next frame, moved, says all. */
    @Test
    void clipsMoveWhereTheirClassSays() {
        var data = Clips.test(200, 0);
        var right = 0;
        for (var i = 0; i < data.size(); i++) {
            var p = elements(data, i);
            var best = Double.NEGATIVE_INFINITY;
            var called = -1;
            for (var direction = 0; direction < 8; direction++) {
                for (var speed = 1.0; speed <= 2.01; speed += 0.25) {
                    var sum = 0.0;
                    for (var t = 1; t < Clips.FRAMES; t++) {
                        var dx = (int) Math.round(t * speed * Math.cos(direction * Math.PI / 4));
                        var dy = (int) Math.round(t * speed * Math.sin(direction * Math.PI / 4));
                        sum += correlation(p, t, dx, dy);
                    }
                    if (sum > best) {
                        best = sum;
                        called = direction;
                    }
                }
            }
            right += called == data.label(i) ? 1 : 0;
        }
        System.out.printf("clips: matching frames by hand names %d of %d directions%n", right, data.size());
        assertTrue(right > 0.6 * data.size(), "right: " + right);
    }

    private static double correlation(float[] p, int t, int dx, int dy) {
        var side = Clips.SIDE;
        var sum = 0.0;
        for (var y = 0; y < side; y++) {
            for (var x = 0; x < side; x++) {
                var there = Math.floorMod(y + dy, side) * side + Math.floorMod(x + dx, side);
                sum -= Math.abs(p[y * side + x] - p[t * side * side + there]);
            }
        }
        return sum;
    }

    /** A transform of 16 samples against the sum that defines it. */
    @Test
    void aSpectrogramIsTheFourierTransformOfItsWindows() {
        var random = new SplittableRandom(5);
        var samples = new float[2 * 40];
        for (var i = 0; i < samples.length; i++) {
            samples[i] = (float) random.nextGaussian();
        }
        var series = ArrayData.of(samples, new int[] {0}, Shape.of(2, 40), List.of("any"));
        var spectrogram = Spectrogram.of(series, 16, 8);
        assertEquals(Shape.of(2, 8, 4), spectrogram.imageShape());
        var found = elements(spectrogram, 0);
        for (var c = 0; c < 2; c++) {
            for (var f = 0; f < 8; f++) {
                for (var t = 0; t < 4; t++) {
                    var re = 0.0;
                    var im = 0.0;
                    for (var i = 0; i < 16; i++) {
                        var v = samples[c * 40 + t * 8 + i] * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / 16));
                        re += v * Math.cos(2 * Math.PI * f * i / 16);
                        im -= v * Math.sin(2 * Math.PI * f * i / 16);
                    }
                    var decibels = 20 * Math.log10(Math.hypot(re, im) * 4 / 16);
                    assertEquals(Math.clamp(1 + decibels / 60, 0, 1), found[(c * 8 + 7 - f) * 4 + t], 1e-6);
                }
            }
        }
    }

    @Test
    void aFullSineReachesTheTopOfTheSpectrogramAtItsFrequency() {
        var samples = new float[64];
        for (var i = 0; i < 64; i++) {
            samples[i] = (float) Math.sin(2 * Math.PI * 5 * i / 32);
        }
        var picture = elements(Spectrogram.of(ArrayData.of(samples, new int[] {0}, Shape.of(1, 64), List.of("any")), 32, 32), 0);
        assertEquals(1, picture[(15 - 5) * 2], 1e-4);
        assertTrue(picture[0] < 0.1, "an octave away: " + picture[0]);
    }

    @Test
    void batchesHaveTheShapeOfSeriesAndClipsWithAugmentationsThatKeepIt() {
        try (var session = Session.open()) {
            var norm = new Normalise(new float[] {0.5f}, new float[] {2});
            for (var data : new Dataset[] {Sounds.test(6, 0), Clips.test(6, 0)}) {
                for (var bytes : new boolean[] {false, true}) {
                    if (bytes && data instanceof Sounds) {
                        continue;
                    }
                    try (var loader = data.loader(Loader.options(4).augment(norm).keepBytes(bytes))) {
                        for (var batch : loader.epoch(0)) {
                            try (var step = session.step(Mode.EVAL)) {
                                var x = step.input(batch);
                                assertEquals(Shape.of(batch.size()).concat(data.imageShape()), x.shape());
                                var raw = elements(data, batch.index(1));
                                var white = data instanceof Clips ? 255 : 1;
                                assertEquals((raw[17] / white - 0.5f) / 2, x.toArray()[raw.length + 17], 1e-6);
                            }
                        }
                    }
                }
            }
        }
    }

    @Test
    void refusesWhatIsNoSeriesAndWhatChangesTheSizeOfOne() {
        var crop = assertThrows(IllegalArgumentException.class,
                () -> Clips.test(4, 0).loader(Loader.options(2).augment(Augment.centreCrop(16))));
        assertTrue(crop.getMessage().contains("[1, 8, 24, 24]"), crop::getMessage);
        assertThrows(IllegalArgumentException.class, () -> Spectrogram.of(Clips.test(4, 0), 16, 8));
        assertThrows(IllegalArgumentException.class, () -> Spectrogram.of(Sounds.test(4, 0), 24, 8));
        assertThrows(IllegalArgumentException.class, () -> Sounds.test(0, 0));
        assertThrows(IllegalArgumentException.class, () -> Clips.test(0, 0));
    }

    @Test
    void generatedDataGoByName() {
        assertEquals(600, Datasets.byName("sounds:600", null).train().size());
        assertEquals(100, Datasets.byName("clips:600", null).test().size());
        assertEquals(Shape.of(1, 64, 29), Datasets.byName("spectrograms:60", null).train().imageShape());
    }
}
