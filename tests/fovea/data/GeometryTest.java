package fovea.data;

import static fovea.data.Samples.TYPES;
import static fovea.data.Samples.applied;
import static fovea.data.Samples.image;
import static fovea.data.Samples.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.ElementType;
import fovea.Shape;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class GeometryTest {
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
}
