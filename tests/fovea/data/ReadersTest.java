package fovea.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Shape;
import fovea.support.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadersTest {
    private static final List<String> TWO = List.of("a", "b");

    @TempDir
    Path folder;

    private static byte[] images(int n, int h, int w) {
        var b = ByteBuffer.allocate(16 + n * h * w).putInt(0x803).putInt(n).putInt(h).putInt(w);
        for (var i = 0; i < n * h * w; i++) {
            b.put((byte) i);
        }
        return b.array();
    }

    private static byte[] labels(int... ids) {
        var b = ByteBuffer.allocate(8 + ids.length).putInt(0x801).putInt(ids.length);
        for (var id : ids) {
            b.put((byte) id);
        }
        return b.array();
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write(plain);
        }
        return packed.toByteArray();
    }

    private Path write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private Dataset pair(byte[] images, byte[] labels) throws IOException {
        return Mnist.read(write("images", images), write("labels", labels), TWO);
    }

    private void refused(byte[] images, byte[] labels, String... parts) {
        var e = assertThrows(DataException.class, () -> pair(images, labels));
        for (var part : parts) {
            assertTrue(e.getMessage().contains(part), () -> "'" + part + "' is missing in: " + e.getMessage());
        }
    }

    @Test
    void idxIsReadPlainAndPacked() throws IOException {
        for (var packed : new boolean[] {false, true}) {
            var x = images(3, 2, 5);
            var y = labels(1, 0, 1);
            var data = pair(packed ? gzip(x) : x, packed ? gzip(y) : y);
            assertEquals(3, data.size());
            assertEquals(Shape.of(1, 2, 5), data.imageShape());
            var image = new Image();
            data.read(2, image);
            for (var i = 0; i < 10; i++) {
                assertEquals(20 + i, image.get(i));
            }
            assertEquals(0, data.label(1));
        }
    }

    @Test
    void badIdxFilesAreRefusedWithFileAndByte() throws IOException {
        var x = images(3, 2, 5);
        var y = labels(1, 0, 1);
        refused(Arrays.copyOf(x, x.length - 1), y, "images, byte 16", "30 bytes", "after 29");
        refused(Arrays.copyOf(x, 10), y, "images, byte 8");
        refused(new byte[0], y, "images, byte 0");
        refused(Arrays.copyOf(x, x.length + 1), y, "images, byte 46", "more follows");
        refused(y, y, "images, byte 0", "0x00000801", "0x00000803");
        refused(ByteBuffer.wrap(x.clone()).putInt(4, Integer.MAX_VALUE).array(), y, "images, byte 4", "2147483647");
        refused(ByteBuffer.wrap(x.clone()).putInt(4, -3).array(), y, "images, byte 4", "-3");
        refused(x, labels(1, 0), "labels, byte 4", "2 labels");
        refused(x, labels(1, 2, 0), "labels, byte 9", "label 2", "0 to 1");
        var packed = gzip(x);
        refused(Arrays.copyOf(packed, packed.length - 12), y, "images", "gzip");
        var e = assertThrows(DataException.class, () -> Mnist.read(folder));
        assertTrue(e.getMessage().contains("train-images-idx3-ubyte") && e.getMessage().contains(folder.toString()), e::getMessage);
    }

    @Test
    void aHeaderThatPromisesGigabytesCostsNothing() throws IOException {
        var huge = ByteBuffer.allocate(20).putInt(0x803).putInt(2_000_000_000).putInt(1).putInt(1).array();
        refused(huge, labels(0), "images, byte 16", "2,000,000,000", "after 4");
    }

    private static byte[] records(int n, int skip) {
        var b = ByteBuffer.allocate(n * (3073 + skip));
        for (var i = 0; i < n; i++) {
            for (var k = 0; k < skip; k++) {
                b.put((byte) 99);
            }
            b.put((byte) i);
            for (var k = 0; k < 3072; k++) {
                b.put((byte) (i + k));
            }
        }
        return b.array();
    }

    @Test
    void cifar10And100AreReadFromTheirUsualFiles() throws IOException {
        for (var i = 1; i <= 5; i++) {
            write("data_batch_" + i + ".bin" + (i == 3 ? ".gz" : ""), i == 3 ? gzip(records(i, 0)) : records(i, 0));
        }
        write("test_batch.bin", records(2, 0));
        var ten = Cifar.read10(folder);
        assertEquals(15, ten.train().size());
        assertEquals(2, ten.test().size());
        assertEquals(4, ten.train().label(14));
        var image = new Image();
        ten.train().read(14, image);
        assertEquals((4 + 3071) & 255, image.get(3071));
        Files.delete(folder.resolve("data_batch_2.bin"));
        assertTrue(assertThrows(DataException.class, () -> Cifar.read10(folder)).getMessage().contains("5 are expected"));

        write("train.bin", records(7, 1));
        write("test.bin", records(3, 1));
        var hundred = Cifar.read100(folder);
        assertEquals(100, hundred.train().classes().size());
        assertEquals(6, hundred.train().label(6));
    }

    @Test
    void badCifarFilesAreRefusedWithFileAndByte() throws IOException {
        var torn = write("torn.bin", Arrays.copyOf(records(2, 0), 5000));
        var e = assertThrows(DataException.class, () -> Cifar.read(List.of(torn), 0, TWO));
        assertTrue(e.getMessage().contains("torn.bin, byte 3073") && e.getMessage().contains("1927 of 3073"), e::getMessage);
        var wrong = write("wrong.bin", records(4, 0));
        var f = assertThrows(DataException.class, () -> Cifar.read(List.of(wrong), 0, TWO));
        assertTrue(f.getMessage().contains("wrong.bin, byte 6146") && f.getMessage().contains("label 2"), f::getMessage);
    }

    /** Whatever the bytes are: a dataset, or a DataException; nothing else, and no memory for promises. */
    @Test
    void alteredFilesAreReadOrRefusedAndNothingElse() throws IOException {
        var n = 300 * Integer.getInteger("fovea.fuzz", 1);
        var refused = 0;
        for (var seed = 0; seed < n; seed++) {
            var random = new SplittableRandom(seed);
            var x = mutated(images(3, 2, 5), random);
            var y = mutated(labels(1, 0, 1), random);
            var c = mutated(records(2, 0), random);
            try {
                pair(random.nextInt(4) == 0 ? mutated(gzip(x), random) : x, y);
                Cifar.read(List.of(write("c", random.nextInt(4) == 0 ? mutated(gzip(c), random) : c)), 0, TWO);
                Csv.rows(write("csv", c));
            } catch (DataException e) {
                assertTrue(e.getMessage().contains(folder.toString()), e::getMessage);
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("failed with seed " + seed, e);
            }
        }
        assertTrue(refused > n / 4, "refused " + refused + " of " + n);
    }

    static byte[] mutated(byte[] original, SplittableRandom random) {
        var bytes = original.clone();
        for (var i = random.nextInt(4); i > 0; i--) {
            switch (random.nextInt(3)) {
                case 0 -> bytes[random.nextInt(Math.max(1, Math.min(bytes.length, 40)))] = (byte) random.nextInt(256);
                case 1 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                default -> bytes = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length + 4));
            }
        }
        return bytes;
    }

    @Test
    void arraysOfBytesAndFloatsAreDatasets() {
        var bytes = ArrayData.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, new int[] {0, 1}, Shape.of(1, 2, 2), TWO);
        var image = new Image();
        bytes.read(1, image);
        assertArrayEquals(new byte[] {5, 6, 7, 8}, Arrays.copyOf(image.bytes(), 4));
        var floats = ArrayData.of(new float[] {1, 2, 3, 4}, new int[] {1, 0}, Shape.of(1, 1, 2), TWO);
        floats.read(0, image);
        assertEquals(2, image.get(1));
        assertThrows(IllegalArgumentException.class, () -> ArrayData.of(new byte[7], new int[] {0, 1}, Shape.of(1, 2, 2), TWO));
        assertThrows(IllegalArgumentException.class, () -> ArrayData.of(new byte[8], new int[] {0, 2}, Shape.of(1, 2, 2), TWO));
        assertEquals(1, bytes.range(1, 2).label(0));
        assertThrows(IllegalArgumentException.class, () -> bytes.select(2));
    }

    private static double mean(Dataset data, int channel) {
        var image = new Image();
        var sum = 0.0;
        for (var i = 0; i < data.size(); i++) {
            data.read(i, image);
            var plane = image.height() * image.width();
            for (var k = 0; k < plane; k++) {
                sum += image.get(channel * plane + k);
            }
        }
        return sum / 255 / data.size() / data.imageShape().dim(1) / data.imageShape().dim(2);
    }

    @Test
    void realMnistHasItsKnownSizeAndMean() {
        var mnist = Datasets.byName("mnist", SharedData.path("mnist").getParent());
        assertEquals(60_000, mnist.train().size());
        assertEquals(10_000, mnist.test().size());
        assertEquals(5, mnist.train().label(0));
        assertEquals(7, mnist.test().label(0));
        assertEquals(Mnist.MEAN, mean(mnist.train(), 0), 5e-5);
    }

    @Test
    void realFashionMnistHasItsKnownSizeAndMean() {
        var fashion = Datasets.byName("fashion-mnist", SharedData.path("fashion-mnist").getParent());
        assertEquals(60_000, fashion.train().size());
        assertEquals("Ankle boot", fashion.train().classes().get(fashion.train().label(0)));
        assertEquals(0.2860, mean(fashion.train(), 0), 5e-5);
    }

    @Test
    void theRealSubsetOfCifarHasEveryClassEquallyOften() {
        var cifar = Datasets.byName("cifar10-subset", SharedData.path("cifar10-subset").getParent());
        var counts = new int[10];
        for (var i = 0; i < cifar.train().size(); i++) {
            counts[cifar.train().label(i)]++;
        }
        assertArrayEquals(new int[] {800, 800, 800, 800, 800, 800, 800, 800, 800, 800}, counts);
        assertEquals(2000, cifar.test().size());
        // the mean of all 50,000, of which these are a sixth
        assertEquals(Cifar.mean()[0], mean(cifar.train(), 0), 5e-3);
    }

    @Test
    void anUnknownNameIsAnsweredWithTheKnownOnes() {
        var e = assertThrows(IllegalArgumentException.class, () -> Datasets.byName("imagenet", folder));
        assertTrue(e.getMessage().contains("cifar10-subset"), e::getMessage);
    }
}
