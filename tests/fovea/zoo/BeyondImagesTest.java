package fovea.zoo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.data.Datasets;
import fovea.data.Loader;
import fovea.train.TrainOptions;
import fovea.train.Trainer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Networks for sounds and clips learn their task: from a part of the data in every build, from all of it with {@code mvn -Pzoo test}. */
class BeyondImagesTest {
    private record Task(String network, String data, int few) {
    }

    private static Stream<DynamicTest> tasks(boolean all) {
        return Stream.of(new Task("sound-cnn", "sounds", 2000), new Task("spectrogram-cnn", "spectrograms", 1500),
                new Task("video-cnn", "clips", 700)).map(
                        task -> DynamicTest.dynamicTest(task.network, () -> learn(task, all ? task.data : task.data + ":" + task.few)));
    }

    @TestFactory
    Stream<DynamicTest> namesMoreThan95PercentAfterAPartOfTheData() {
        return tasks(false);
    }

    @TestFactory
    @Tag("zoo")
    Stream<DynamicTest> namesMoreThan95PercentAfterAllOfTheData() {
        return tasks(true);
    }

    private static void learn(Task task, String data) {
        var entry = Zoo.byName(task.network);
        var recipe = entry.recipe();
        var split = Datasets.byName(data, null);
        try (var session = Session.open(Session.options().seed(1))) {
            var model = recipe.build(entry.layer(), session, split.train().imageShape(), 42);
            var options = new TrainOptions(recipe.epochs(), Loader.options(recipe.batch()).seed(1).shuffle(true)).schedule(
                    recipe.schedule());
            var trainer = new Trainer(model, recipe.optimizer().of(model, recipe.rate()), options);
            trainer.fit(split.train());
            var judged = trainer.evaluate(split.test());
            System.out.println(task.network + " on " + data + ": " + judged);
            assertTrue(judged.accuracy() > 0.95, judged::toString);
        }
    }
}
