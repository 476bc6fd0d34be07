package fovea.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Shape;
import fovea.nn.LayerException;
import java.io.IOException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every network of the zoo against what is published about it, without building any. */
class ZooTest {
    private static Stream<DynamicTest> each(java.util.function.Consumer<Zoo.Entry> test) {
        return Zoo.entries().stream().map(entry -> DynamicTest.dynamicTest(entry.name(), () -> test.accept(entry)));
    }

    @Test
    void everyNetworkHasPublishedFiguresAndEveryFigureANetwork() throws IOException {
        assertEquals(Zoo.names(), Published.names().toList());
    }

    @TestFactory
    Stream<DynamicTest> hasThePublishedNumberOfParameters() {
        return each(entry -> {
            var published = Published.of(entry.name());
            assertEquals(published.input(), entry.input());
            var summary = entry.layer().summary(entry.input());
            assertEquals(published.parameters(), summary.parameters());
            assertEquals(published.output(), summary.output());
        });
    }

    @TestFactory
    Stream<DynamicTest> hasThePublishedSizeBehindEveryLayer() {
        return each(entry -> {
            var published = Published.of(entry.name()).layers();
            assertFalse(published.isEmpty(), "no layer is published");
            var rows = entry.layer().summary(entry.input()).rows();
            var ours = rows.stream().collect(Collectors.toMap(row -> row.path(), row -> row, (first, again) -> first));
            published.forEach((path, shape) -> {
                assertTrue(ours.containsKey(path), () -> "no layer is called " + path + "; there are " + ours.keySet());
                assertEquals(shape, ours.get(path).out(), path);
            });
            rows.forEach(row -> assertTrue(row.parameters() == 0 || published.containsKey(row.path()),
                    () -> row.path() + " has parameters and no published size"));
        });
    }

    /** The message names the layer and a size; with that size it works, and with one less on every axis it does not. */
    @TestFactory
    Stream<DynamicTest> saysWhichLayerCannotBePlacedOnAnInputTooSmallAndWhichSizeWorks() {
        return each(entry -> {
            var network = entry.layer();
            var small = entry.input();
            for (var axis = 1; axis < small.rank(); axis++) {
                small = small.with(axis, 1);
            }
            if (small.rank() < 2 || works(entry, small)) {
                return;
            }
            var tiny = small;
            var refusal = assertThrows(LayerException.class, () -> network.summary(tiny));
            assertFalse(refusal.path().isEmpty(), refusal::getMessage);
            var words = refusal.getMessage().split("the smallest input that fits this network is ");
            assertEquals(2, words.length, refusal::getMessage);
            var smallest = Shape.of(Stream.of(words[1].replaceAll("[\\[\\] ]", "").split(",")).mapToLong(Long::parseLong).toArray());
            assertTrue(works(entry, smallest), smallest::toString);
            var less = smallest;
            for (var axis = 1; axis < less.rank(); axis++) {
                less = less.with(axis, Math.max(1, less.dim(axis) - 1));
            }
            assertFalse(works(entry, less), less::toString);
        });
    }

    private static boolean works(Zoo.Entry entry, Shape input) {
        try {
            entry.layer().summary(input);
            return true;
        } catch (LayerException _) {
            return false;
        }
    }

    @TestFactory
    Stream<DynamicTest> refusesNoClassesByName() {
        return each(entry -> {
            var refusal = assertThrows(IllegalArgumentException.class, () -> entry.layer(0));
            assertTrue(refusal.getMessage().startsWith(entry.name() + ": 0 classes"), refusal::getMessage);
        });
    }

    @TestFactory
    Stream<DynamicTest> hasRecipesWhoseImagesEndInOneShape() {
        return each(entry -> {
            assertTrue(entry.recipes().containsKey(Zoo.Entry.DEFAULT) && entry.recipes().containsKey(Zoo.Entry.PAPER));
            entry.recipes().forEach((name, recipe) -> {
                var prepared = entry.input().rank() == 3 ? recipe.prepared(entry.input()) : entry.input();
                if (!prepared.equals(entry.input())) {
                    entry.layer().summary(prepared);
                }
                for (var factor : new double[] {recipe.schedule().apply(1000).at(0), recipe.schedule().apply(1000).at(999)}) {
                    assertTrue(factor >= 0 && Double.isFinite(factor), name);
                }
            });
        });
    }

    @Test
    void namesThatNobodyKnowsAreRefusedWithThoseThatAreThere() {
        var refusal = assertThrows(IllegalArgumentException.class, () -> Zoo.byName("lenet6"));
        assertTrue(refusal.getMessage().contains("lenet6") && refusal.getMessage().contains("lenet5"), refusal::getMessage);
        refusal = assertThrows(IllegalArgumentException.class, () -> Zoo.byName("LeNet5").recipe("secret"));
        assertTrue(refusal.getMessage().contains("secret") && refusal.getMessage().contains("paper"), refusal::getMessage);
    }

    @Test
    void understandsTorchvisionsSpelling() {
        assertEquals("squeezenet1-1", Zoo.byName("squeezenet1_1").name());
    }
}
