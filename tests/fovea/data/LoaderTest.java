package fovea.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.ElementType;
import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LoaderTest {
    /** Image i is full of i, and its class is i modulo 3, but for most of class 0. */
    record Numbered(int size) implements Dataset {
        @Override
        public Shape imageShape() {
            return Shape.of(2, 3, 4);
        }

        @Override
        public List<String> classes() {
            return List.of("a", "b", "c");
        }

        @Override
        public int label(int index) {
            return index < 3 ? index : 1 + index % 2;
        }

        @Override
        public void read(int index, Image image) {
            Arrays.fill(image.bytes(2, 3, 4), 0, 24, (byte) index);
        }
    }

    private static final Augmentation NOISE = (image, draws) -> {
        for (var i = 0; i < image.elements(); i++) {
            image.set(i, draws.below(256));
        }
    };

    private static Loader.Options options(int batch) {
        return Loader.options(batch).seed(5).shuffle(true);
    }

    /** Everything that a pass gives, as one list of numbers. */
    private static List<Object> contents(Iterable<Batch> batches) {
        var all = new ArrayList<>();
        for (var batch : batches) {
            all.add(batch.size());
            all.add(batch.valid());
            for (var label : batch.labelArray()) {
                all.add(label);
            }
            for (var v : batch.images().toArray(ValueLayout.JAVA_BYTE)) {
                all.add(v);
            }
        }
        return all;
    }

    private static List<Integer> indices(Iterable<Batch> batches) {
        var all = new ArrayList<Integer>();
        for (var batch : batches) {
            for (var i = 0; i < batch.size(); i++) {
                all.add(batch.index(i));
            }
        }
        return all;
    }

    @Test
    void anyNumberOfWorkersGivesTheSameBits() {
        var data = new Numbered(97);
        List<Object> expected = null;
        for (var workers : new int[] {0, 1, 2, 5}) {
            try (var loader = data.loader(options(10).augment(NOISE).workers(workers).prefetch(3))) {
                var got = contents(loader.epoch(4));
                expected = expected == null ? got : expected;
                assertEquals(expected, got, workers + " workers");
            }
        }
    }

    @Test
    void anotherEpochOrSeedIsAnotherOrderOfTheSameImages() {
        var data = new Numbered(100);
        try (var loader = data.loader(options(7)); var other = data.loader(options(7).seed(6))) {
            var first = indices(loader.epoch(1));
            var second = indices(loader.epoch(2));
            assertEquals(100, new HashSet<>(first).size());
            assertEquals(new HashSet<>(first), new HashSet<>(second));
            assertNotEquals(first, second);
            assertEquals(first, indices(loader.epoch(1)));
            assertNotEquals(first, indices(other.epoch(1)));
        }
    }

    @Test
    void withoutShufflingTheOrderIsThatOfTheDataset() {
        var i = 0;
        for (var batch : new Numbered(50).batches(8)) {
            for (var k = 0; k < batch.size(); k++, i++) {
                assertEquals(i, batch.index(k));
                assertEquals(i / 255f, batch.images().getAtIndex(ValueLayout.JAVA_FLOAT, k * 24L), 1e-6f);
            }
        }
        assertEquals(50, i);
    }

    @Test
    void theLastBatchIsKeptDroppedOrPadded() {
        var data = new Numbered(23);
        for (var workers : new int[] {0, 2}) {
            var o = options(10).workers(workers);
            try (var keep = data.loader(o); var drop = data.loader(o.last(LastBatch.DROP)); var pad = data.loader(o.last(LastBatch.PAD))) {
                var kept = indices(keep.epoch(1));
                assertEquals(23, kept.size());
                assertEquals(kept.subList(0, 20), indices(drop.epoch(1)));
                var padded = indices(pad.epoch(1));
                assertEquals(kept, padded.subList(0, 23));
                assertEquals(kept.subList(0, 7), padded.subList(23, 30));
                var valid = 0;
                for (var batch : pad.epoch(1)) {
                    assertEquals(10, batch.size());
                    valid += batch.valid();
                }
                assertEquals(23, valid);
            }
        }
    }

    @Test
    void balancingBringsEveryClassEquallyOften() {
        var counts = new int[3];
        try (var loader = new Numbered(300).loader(options(10).balanced(true))) {
            for (var batch : loader.epoch(1)) {
                for (var label : batch.labelArray()) {
                    counts[label]++;
                }
            }
        }
        assertArrayEquals(new int[] {100, 100, 100}, counts);
    }

    @Test
    void goesOnFromAPositionWithTheBatchesThatWouldHaveCome() {
        var data = new Numbered(64);
        var o = options(6).augment(NOISE);
        for (var stop = 0; stop <= 11; stop++) {
            try (var whole = data.loader(o); var broken = data.loader(o); var resumed = data.loader(o)) {
                var expected = contents(whole.epoch(9));
                var batches = broken.epoch(9).iterator();
                var got = new ArrayList<>();
                for (var i = 0; i < stop; i++) {
                    got.addAll(contents(List.of(batches.next())));
                }
                var position = broken.position();
                assertEquals(stop, position.batch());
                got.addAll(contents(resumed.from(position)));
                assertEquals(expected, got);
            }
        }
    }

    @Test
    void aPositionOfOtherDataIsRefused() {
        try (var a = new Numbered(64).loader(options(6)); var b = new Numbered(63).loader(options(6))) {
            a.epoch(1);
            var e = assertThrows(IllegalArgumentException.class, () -> b.from(a.position()));
            assertTrue(e.getMessage().contains("63 images"), e::getMessage);
        }
    }

    @Test
    void aFailingImageFailsItsOwnBatchWithItsOwnException() {
        Augmentation breaksAt40 = (image, draws) -> {
            if (image.bytes()[0] == 40) {
                throw new DataException("image 40 is broken");
            }
        };
        for (var workers : new int[] {0, 1, 3}) {
            var o = Loader.options(10).augment(breaksAt40).workers(workers);
            try (var loader = new Numbered(100).loader(o)) {
                var batches = loader.epoch(1).iterator();
                for (var i = 0; i < 4; i++) {
                    assertEquals(10 * i, batches.next().index(0));
                }
                assertEquals("image 40 is broken", assertThrows(DataException.class, batches::next).getMessage());
                assertEquals(0, loader.epoch(2).iterator().next().index(0));
            }
        }
    }

    /** Claims a class that does not exist. */
    record Mislabelled(int size) implements Dataset {
        @Override
        public Shape imageShape() {
            return Shape.of(1, 1, 1);
        }

        @Override
        public List<String> classes() {
            return List.of("a", "b");
        }

        @Override
        public int label(int index) {
            return 7;
        }

        @Override
        public void read(int index, Image image) {
            image.bytes(1, 1, 1)[0] = 0;
        }
    }

    @Test
    void aLabelOutOfRangeIsFoundBeforeANetworkSeesIt() {
        try (var loader = new Mislabelled(5).loader(Loader.options(2))) {
            var e = assertThrows(DataException.class, () -> loader.epoch(1).iterator().next());
            assertTrue(e.getMessage().contains("label 7") && e.getMessage().contains("0 to 1"), e::getMessage);
        }
    }

    @Test
    void aBatchThatWasGivenBackRefusesToBeRead() {
        for (var workers : new int[] {0, 2}) {
            try (var loader = new Numbered(30).loader(options(10).workers(workers).prefetch(1))) {
                var batches = loader.epoch(1).iterator();
                Batch last = null;
                while (batches.hasNext()) {
                    last = batches.next();
                }
                var kept = last;
                var e = assertThrows(IllegalStateException.class, () -> kept.images());
                assertTrue(e.getMessage().contains("copy what you need"), e::getMessage);
            }
        }
    }

    @Test
    void buffersAreUsedAgain() {
        try (var loader = new Numbered(100).loader(options(10).workers(2).prefetch(3))) {
            var addresses = new HashSet<Long>();
            for (var epoch = 1; epoch <= 5; epoch++) {
                for (var batch : loader.epoch(epoch)) {
                    addresses.add(batch.images().address());
                }
            }
            assertTrue(addresses.size() <= 4, "buffers: " + addresses.size());
        }
    }

    @Test
    void anEpochThatIsLeftEarlyLeavesNothingBehind() {
        // Slow, so that workers are in the midst of batches when the next epoch begins.
        Augmentation slow = (image, draws) -> LockSupport.parkNanos(100_000);
        try (var loader = new Numbered(100).loader(options(10).augment(slow).workers(3).prefetch(2))) {
            var expected = indices(loader.epoch(50));
            for (var epoch = 1; epoch <= 50; epoch++) {
                loader.epoch(epoch).iterator().next();
            }
            assertEquals(expected, indices(loader.epoch(50)));
        }
    }

    @Test
    void aClosedLoaderSaysSo() {
        var loader = new Numbered(100).loader(options(10));
        loader.close();
        assertTrue(assertThrows(IllegalStateException.class, () -> loader.epoch(1)).getMessage().contains("closed"));
    }

    @Test
    void bytesAndFloatsEnterAStepAsTheSameNumbers() {
        var normalise = new Normalise(new float[] {0.4f, 0.6f}, new float[] {0.2f, 0.3f});
        var o = options(10).augment(NOISE, normalise);
        try (var floats = new Numbered(25).loader(o);
                var bytes = new Numbered(25).loader(o.keepBytes(true));
                var session = Session.open()) {
            assertSame(ElementType.U8, bytes.type());
            assertSame(ElementType.F32, floats.type());
            var a = floats.epoch(1).iterator();
            var b = bytes.epoch(1).iterator();
            while (a.hasNext()) {
                var fromFloats = a.next();
                var fromBytes = b.next();
                assertEquals(ElementType.U8, fromBytes.type());
                try (var step = session.step(Mode.TRAIN)) {
                    var x = step.input(fromFloats);
                    assertEquals(fromFloats.shape(), x.shape());
                    assertArrayEquals(x.toArray(), step.input(fromBytes).toArray());
                    assertArrayEquals(fromFloats.labelArray(), fromFloats.labels().toIntArray());
                    assertEquals(Shape.of(fromFloats.size()), fromBytes.labels().shape());
                    var first = fromBytes.images().get(ValueLayout.JAVA_BYTE, 0) & 255;
                    assertEquals((first / 255.0 - 0.4) / 0.2, x.toArray()[0], 1e-5);
                }
            }
            assertFalse(b.hasNext());
        }
    }

    @Test
    void labelsAreTensorsOnlyInAStep() {
        try (var loader = new Numbered(10).loader(options(5))) {
            var batch = loader.epoch(1).iterator().next();
            var e = assertThrows(IllegalStateException.class, batch::labels);
            assertTrue(e.getMessage().contains("step.input(batch)"), e::getMessage);
        }
    }

    @Test
    void aShuffledEpochIsOneLine() {
        var data = new Numbered(40);
        var once = indices(data.shuffled(3).batches(8));
        assertEquals(40, new HashSet<>(once).size());
        assertEquals(once, indices(data.shuffled(3).batches(5)));
        assertNotEquals(once, indices(data.shuffled(4).batches(8)));
    }

    @Test
    void refusesOptionsThatMakeNoSense() {
        assertThrows(IllegalArgumentException.class, () -> Loader.options(0));
        assertThrows(IllegalArgumentException.class, () -> options(1).workers(-1));
        assertThrows(IllegalArgumentException.class, () -> options(1).prefetch(0));
        assertThrows(IllegalArgumentException.class, () -> new Numbered(5).loader(options(6).last(LastBatch.DROP)));
        assertThrows(IllegalArgumentException.class,
                () -> new Numbered(5).loader(options(6).augment(new Normalise(new float[] {0}, new float[] {1}))));
    }
}
