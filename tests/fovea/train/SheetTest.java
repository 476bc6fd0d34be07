package fovea.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SheetTest {
    @Test
    void aPageHoldsAllThatWasPutOnItAndNeedsNothingElse(@TempDir Path folder) throws IOException {
        var file = new Sheet("A & B").text("%.1f %% of <all>", 12.5)
                .lines("Norms", "layer", "norm", true, Sheet.Line.of("deep", 1e-6, 1e-3, 0, 10), Sheet.Line.of("flat", 1, 1, 1, 1))
                .cloud("Codes", new double[][] {{0, 1}, {2, 3}}, new int[] {1, 0}, List.of("x", "y"))
                .cloud("Sounds", new double[][] {{0, 1}, {2, 3}}, new int[] {1, 0}, List.of("tone", "buzz"))
                .table("Counts", List.of(List.of("layer", "weights"), List.of("dense", "92,170,100")))
                .pictures("Filters", 40, Sheet.Picture.signed("f", new float[] {-1, 0, 1, 0.5f}, Shape.of(2, 2))).write(
                        folder.resolve("deep/page.html"));
        var html = Files.readString(file);
        assertTrue(html.contains("A &amp; B") && html.contains("12.5 % of &lt;all&gt;"), html);
        assertTrue(html.contains("1e-6") && html.contains(">norm</text>") && html.contains(">layer</text>"), html);
        assertTrue(html.contains(">y</text>") && html.contains("<title>buzz</title>") && html.contains("92,170,100"), html);
        assertFalse(html.contains("http"), "nothing is loaded from elsewhere");
    }

    @Test
    void zeroIsWhiteInAPictureOfSignsAndTheExtremesAreRedAndBlue() {
        var p = Sheet.Picture.signed("f", new float[] {-2, 0, 2, 1}, Shape.of(1, 2, 2)).planes();
        assertEquals(List.of(0, 255, 215, 235), List.of(p[0] & 255, p[1] & 255, p[2] & 255, p[3] & 255));
        assertEquals(List.of(0, 255, 0), List.of(p[4] & 255, p[5] & 255, p[6] & 255));
        assertEquals(List.of(215, 255, 0), List.of(p[8] & 255, p[9] & 255, p[10] & 255));
        var grey = Sheet.Picture.scaled("g", new float[] {3, 5, 4, 3}, Shape.of(2, 2));
        assertEquals(255, grey.planes()[1] & 255);
        assertEquals(0, grey.planes()[0]);
    }

    @Test
    void refusesWhatCannotBeDrawn() {
        assertThrows(IllegalArgumentException.class, () -> new Sheet.Line("l", new double[2], new double[3]));
        assertThrows(IllegalArgumentException.class, () -> new Sheet("s").lines("c", "x", "y", false));
        assertThrows(IllegalArgumentException.class, () -> Sheet.Picture.scaled("p", new float[3], Shape.of(2, 2)));
        assertThrows(IllegalArgumentException.class, () -> Sheet.Picture.signed("p", new float[12], Shape.of(3, 2, 2)));
        assertThrows(IllegalArgumentException.class, () -> new Sheet("s").cloud("c", new double[2][2], new int[1], List.of("a")));
    }
}
