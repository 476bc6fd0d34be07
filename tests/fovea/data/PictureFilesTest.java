package fovea.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Shape;
import fovea.support.SharedData;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureFilesTest {
    @TempDir
    Path folder;

    /** Red grows to the right, green downwards, blue is 50. */
    private static byte[] picture(String format, int type, int w, int h) throws IOException {
        var picture = new BufferedImage(w, h, type);
        for (var y = 0; y < h; y++) {
            for (var x = 0; x < w; x++) {
                picture.setRGB(x, y, 0xff000000 | 255 * x / (w - 1) << 16 | 255 * y / (h - 1) << 8 | 50);
            }
        }
        var out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(picture, format, out));
        return out.toByteArray();
    }

    private Path write(String name, byte[] bytes) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        return Files.write(folder.resolve(name), bytes);
    }

    @Test
    void aFolderOfFoldersHasAClassPerFolderInTheOrderOfNames() throws IOException {
        write("dog/b.png", picture("png", BufferedImage.TYPE_INT_RGB, 40, 30));
        write("dog/deep/a.JPG", picture("jpg", BufferedImage.TYPE_INT_RGB, 64, 48));
        write("cat/grey.png", picture("png", BufferedImage.TYPE_BYTE_GRAY, 20, 20));
        write("cat/notes.txt", new byte[] {1});
        var data = PictureFiles.folder(folder, PictureFiles.options(3, 24, 32));
        assertEquals(List.of("cat", "dog"), data.classes());
        assertEquals(3, data.size());
        assertEquals(List.of(0, 1, 1), List.of(data.label(0), data.label(1), data.label(2)));
        var image = new Image();
        for (var i = 0; i < 3; i++) {
            data.read(i, image);
            assertEquals(Shape.of(3, 24, 32), image.shape());
        }
        data.read(1, image);
        assertTrue(image.get(0) < 12 && image.get(31) > 243, "red grows to the right: " + image.get(0) + " " + image.get(31));
        assertTrue(image.get(768) < 12 && image.get(768 + 23 * 32) > 243, "green grows downwards");
        assertEquals(50, image.get(2 * 768 + 400), 3);
    }

    @Test
    void pngComesBackBitForBitWhereTheSizeIsKept() throws IOException {
        var file = write("a/x.png", picture("png", BufferedImage.TYPE_INT_ARGB, 16, 9));
        var image = new Image();
        Pictures.read(file, 3, 9, 16, image);
        for (var y = 0; y < 9; y++) {
            for (var x = 0; x < 16; x++) {
                assertEquals(255 * x / 15, image.get(y * 16 + x));
                assertEquals(255 * y / 8, image.get(144 + y * 16 + x));
            }
        }
        Pictures.read(file, 1, 9, 16, image);
        assertEquals(Math.round(0.299f * 255 + 0.587f * 255 + 0.114f * 50), image.get(143));
    }

    @Test
    void brokenPicturesFailByNameOrAreSkippedAndCounted() throws IOException {
        var good = picture("jpg", BufferedImage.TYPE_INT_RGB, 64, 48);
        write("a/good.jpg", good);
        write("a/torn.jpg", Arrays.copyOf(good, 300));
        write("b/text.png", "no picture at all".getBytes());
        write("b/good.png", picture("png", BufferedImage.TYPE_INT_RGB, 8, 8));
        write("b/empty.jpg", new byte[0]);
        var options = PictureFiles.options(3, 8, 8);
        var strict = PictureFiles.folder(folder, options);
        assertEquals(5, strict.size());
        var failures = 0;
        for (var i = 0; i < strict.size(); i++) {
            var index = i;
            if (!strict.file(i).toString().contains("good")) {
                var e = assertThrows(DataException.class, () -> strict.read(index, new Image()));
                assertTrue(e.getMessage().contains(strict.file(i).toString()) && e.getMessage().contains("byte"), e::getMessage);
                failures++;
            }
        }
        assertEquals(3, failures);
        var lenient = PictureFiles.folder(folder, options.skipBroken(true));
        assertEquals(2, lenient.size());
        assertEquals(3, lenient.skipped().size());
        assertEquals(1, lenient.label(1));
    }

    @Test
    void anAbsurdSizeIsRefusedBeforeMemoryIsAskedFor() throws IOException {
        var png = picture("png", BufferedImage.TYPE_INT_RGB, 8, 8);
        png[16] = 0x7f;
        png[20] = 0x7f;
        var file = write("a/huge.png", png);
        var e = assertThrows(DataException.class, () -> Pictures.read(file, 3, 8, 8, new Image()));
        assertTrue(e.getMessage().contains("huge.png"), e::getMessage);
    }

    @Test
    void aCsvNamesPathsAndClasses() throws IOException {
        write("x/1.png", picture("png", BufferedImage.TYPE_INT_RGB, 8, 8));
        write("x/2, too.png", picture("png", BufferedImage.TYPE_INT_RGB, 8, 8));
        var csv = write("list.csv", "path,label\r\nx/1.png,dog\r\n\"x/2, too.png\",cat\r\n".getBytes());
        var data = PictureFiles.csv(csv, PictureFiles.options(1, 8, 8));
        assertEquals(List.of("cat", "dog"), data.classes());
        assertEquals(List.of(1, 0), List.of(data.label(0), data.label(1)));
        data.read(1, new Image());
        for (var bad : new String[] {"x/1.png\n", "x/1.png,a,b\n", "x/1.png,\n", "x/none.png,a\n", "\"x/1.png,a\n", ""}) {
            var file = write("bad.csv", ("x/1.png,dog\n" + bad).getBytes());
            if (bad.isEmpty()) {
                Files.write(file, new byte[0]);
            }
            var e = assertThrows(DataException.class, () -> PictureFiles.csv(file, PictureFiles.options(1, 8, 8)));
            assertTrue(e.getMessage().contains("bad.csv") && (bad.isEmpty() || e.getMessage().contains("byte 12")), e::getMessage);
        }
    }

    @Test
    void alteredPicturesAreDecodedOrRefusedAndNothingElse() throws IOException {
        var originals = new byte[][] {picture("png", BufferedImage.TYPE_INT_RGB, 12, 9), picture("jpg", BufferedImage.TYPE_INT_RGB, 20, 20),
                picture("bmp", BufferedImage.TYPE_INT_RGB, 7, 5), picture("gif", BufferedImage.TYPE_BYTE_GRAY, 9, 9)};
        var n = 60 * Integer.getInteger("fovea.fuzz", 1);
        for (var seed = 0; seed < n; seed++) {
            var random = new SplittableRandom(seed);
            var file = write("fuzz/picture", ReadersTest.mutated(originals[seed % originals.length], random));
            try {
                Pictures.read(file, 3, 8, 8, new Image());
            } catch (DataException e) {
                assertTrue(e.getMessage().contains("picture"), e::getMessage);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("failed with seed " + seed, e);
            }
        }
    }

    @Test
    void realPhotographsAreRead() {
        var data = PictureFiles.folder(SharedData.path("hymenoptera").resolve("train"), PictureFiles.options(3, 64, 64));
        assertEquals(List.of("ants", "bees"), data.classes());
        var image = new Image();
        for (var i = 0; i < data.size(); i += 25) {
            data.read(i, image);
            var sum = 0.0;
            for (var k = 0; k < image.elements(); k++) {
                sum += image.get(k);
            }
            var mean = sum / image.elements();
            assertTrue(mean > 20 && mean < 235, "mean " + mean + " of " + data.file(i));
        }
    }
}
