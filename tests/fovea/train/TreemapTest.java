package fovea.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class TreemapTest {
    private static final Pattern RECTANGLE = Pattern.compile(
            "<rect class='(?:hit|miss)' x='([\\d.]+)' y='([\\d.]+)' width='([\\d.]+)' height='([\\d.]+)'");
    /** What is left free between neighbours, and how coordinates are rounded. */
    private static final double GAP = 1.5;
    private static final double ROUNDING = 0.05;

    private record Box(double x, double y, double width, double height) {
    }

    private static List<Box> boxes(List<Sheet.Area> areas) {
        var boxes = new ArrayList<Box>();
        for (var m = RECTANGLE.matcher(Treemap.of("Time", areas)); m.find();) {
            boxes.add(
                    new Box(Double.parseDouble(m.group(1)) - GAP / 2, Double.parseDouble(m.group(2)) - GAP / 2, Double.parseDouble(m.group(
                            3)) + GAP, Double.parseDouble(m.group(4)) + GAP));
        }
        return boxes;
    }

    @Test
    void partsOfAGroupAreAsLargeAsTheirSizesAndFillIt() {
        var random = new SplittableRandom(1);
        var sizes = random.doubles(40, 1, 50).sorted().toArray();
        var areas = new ArrayList<Sheet.Area>();
        for (var i = sizes.length - 1; i >= 0; i--) {
            areas.add(new Sheet.Area("all", "part " + i, sizes[i], false, 0.5));
        }
        var boxes = boxes(areas);
        assertEquals(areas.size(), boxes.size());
        var whole = 1000.0 * (560 - 15);
        var sum = areas.stream().mapToDouble(Sheet.Area::size).sum();
        for (var i = 0; i < boxes.size(); i++) {
            var b = boxes.get(i);
            var rounding = ROUNDING * (b.width + b.height + ROUNDING);
            assertEquals(areas.get(i).size() / sum * whole, b.width * b.height, rounding, "part " + i);
        }
    }

    @Test
    void partsOfManyGroupsDoNotOverlapAndStayInside() {
        var random = new SplittableRandom(2);
        var areas = new ArrayList<Sheet.Area>();
        for (var i = 0; i < 120; i++) {
            areas.add(new Sheet.Area("layer " + i / 3, "op " + i, i % 10 == 0 ? 0 : random.nextDouble(100), i % 2 == 0, i / 120.0));
        }
        var boxes = boxes(areas).stream().filter(b -> b.width > GAP + 0.3 && b.height > GAP + 0.3).toList();
        assertTrue(boxes.size() > 100, "boxes: " + boxes.size());
        for (var a : boxes) {
            assertTrue(a.x >= -2 * ROUNDING && a.y >= -2 * ROUNDING && a.x + a.width <= 1000 + 4 * ROUNDING && a.y + a.height <= 560 + 4
                    * ROUNDING, a::toString);
            for (var b : boxes) {
                var wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
                var high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
                assertTrue(a == b || wide <= 4 * ROUNDING || high <= 4 * ROUNDING, () -> a + " and " + b);
            }
        }
    }

    @Test
    void wordsAreQuotedAndNothingIsRefusedButSizesThatAreNone() {
        var svg = Treemap.of("<Time>", List.of(new Sheet.Area("a<b", "x & y", 3, false, Double.NaN)));
        assertTrue(svg.contains("a&lt;b") && svg.contains("x &amp; y") && svg.contains("&lt;Time&gt;"), svg);
        assertFalse(svg.contains("NaN"), svg);
        assertThrows(IllegalArgumentException.class, () -> new Sheet.Area("g", "w", -1, false, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sheet("s").areas("c", List.of(new Sheet.Area("g", "w", 0, false, 0))));
    }
}
