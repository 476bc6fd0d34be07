package fovea.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class DigitsTest {
    private static byte[] pixels(Dataset data, int index) {
        var image = new Image();
        data.read(index, image);
        return Arrays.copyOf(image.bytes(), image.elements());
    }

    @Test
    void theSameSeedDrawsTheSameDigitsHoweverManyAreAskedFor() {
        var few = Digits.train(70, 28, 3);
        var many = Digits.train(200, 28, 3);
        for (var i = 0; i < few.size(); i++) {
            assertArrayEquals(pixels(few, i), pixels(many, i));
            assertEquals(few.label(i), many.label(i));
        }
    }

    @Test
    void noDigitComesTwiceInTrainingTestOrAnotherSeed() {
        var seen = new HashSet<Integer>();
        for (var data : new Dataset[] {Digits.train(2000, 28, 0), Digits.test(2000, 28, 0), Digits.train(2000, 28, 1)}) {
            for (var i = 0; i < data.size(); i++) {
                assertTrue(seen.add(Arrays.hashCode(pixels(data, i))), "a digit of " + data + " came before: " + i);
            }
        }
    }

    @Test
    void everyDigitOfAnySizeHasInkInTheMiddleAndPaperAtTheBorder() {
        for (var side : new int[] {12, 28, 64}) {
            var data = Digits.test(500, side, 0);
            var border = 0L;
            var mean = 0.0;
            var least = leastInk(side);
            for (var i = 0; i < data.size(); i++) {
                var p = pixels(data, i);
                var ink = 0.0;
                for (var at = 0; at < p.length; at++) {
                    var v = p[at] & 255;
                    ink += v / 255.0 / p.length;
                    border += at < side || at >= p.length - side || at % side == 0 || at % side == side - 1 ? v : 0;
                }
                assertTrue(ink > least && ink < 0.5, "digit " + i + " of side " + side + " has ink " + ink);
                mean += ink / data.size();
            }
            // MNIST's is 0.131.
            System.out.printf("digits: of %d x %d, %.3f is ink%n", side, side, mean);
            assertTrue(mean > 0.08 && mean < 0.18, "mean ink " + mean);
            assertTrue(border / 255.0 < 0.01 * data.size() * 4 * side, "ink at the border of side " + side + ": " + border);
        }
    }

    /**
     * A straight line as long as the smallest digit is high, drawn with the thinnest, palest and driest pen, and with the longest gap in it.
     * A line of half width r gives each pixel at the distance d from its middle r + 1/2 - d, so any cut through it has ink 2 r or more.
     */
    private static double leastInk(int side) {
        var unit = side / 28.0;
        var length = Pen.SMALLEST * 18 * unit - Pen.LONGEST_GAP * side - 2 * (Pen.WIDEST_GAP * unit + 0.5);
        var width = 2 * Pen.THINNEST * (1 - Pen.SWELL) * unit;
        return length * width * (1 - Pen.DRIEST) * Pen.PALEST / 255 / (side * side);
    }

    @Test
    void classesComeAboutEquallyOften() {
        var counts = new int[10];
        var data = Digits.train(5000, 28, 7);
        for (var i = 0; i < data.size(); i++) {
            counts[data.label(i)]++;
        }
        for (var c : counts) {
            assertTrue(c > 400 && c < 600, Arrays.toString(counts));
        }
    }

    /**
     * The nearest of 3,000 training digits names far more test digits than one in ten, so that shapes tell the classes; but it falls well
     * behind what a network learns, so there is work.
     */
    @Test
    void aNearestNeighbourIsRightOftenAndNotAlways() {
        var train = Digits.train(3000, 14, 0);
        var test = Digits.test(300, 14, 0);
        var rows = new byte[train.size()][];
        Arrays.setAll(rows, i -> pixels(train, i));
        var right = 0;
        for (var i = 0; i < test.size(); i++) {
            var p = pixels(test, i);
            var best = Long.MAX_VALUE;
            var label = -1;
            for (var r = 0; r < rows.length; r++) {
                var distance = 0L;
                for (var k = 0; k < p.length; k++) {
                    var d = (p[k] & 255) - (rows[r][k] & 255);
                    distance += d * d;
                }
                if (distance < best) {
                    best = distance;
                    label = train.label(r);
                }
            }
            right += label == test.label(i) ? 1 : 0;
        }
        System.out.printf("digits: the nearest neighbour is right for %d of %d%n", right, test.size());
        assertTrue(right > 0.5 * test.size() && right < 0.95 * test.size(), "right: " + right);
    }

    @Test
    void refusesSizesThatMakeNoSense() {
        assertThrows(IllegalArgumentException.class, () -> Digits.train(0, 28, 0));
        assertThrows(IllegalArgumentException.class, () -> Digits.train(10, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> Digits.train(Integer.MAX_VALUE, 28, 0));
    }
}
