package fovea.train;

import fovea.Session;
import fovea.Shape;
import fovea.data.Augmentation;
import fovea.data.Digits;
import fovea.data.Draws;
import fovea.data.Image;
import fovea.data.Loader;
import fovea.nn.Array;
import fovea.nn.Layers;
import fovea.optim.Plateau;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.SequencedMap;

/**
 * The main class of the child JVMs of {@link ResumeTest}: a run in a folder, gone on with where there is a checkpoint. Everything that
 * a checkpoint must hold takes part: noise from the session, augmentation, momentum, schedule, plateau, average, accumulation.
 */
final class RunProbe {
    static final int EPOCHS = 3;

    private record Jitter() implements Augmentation {
        @Override
        public void apply(Image image, Draws draws) {
            var change = draws.between(-40, 40);
            for (var i = 0; i < image.elements(); i++) {
                image.set(i, image.get(i) + change);
            }
        }
    }

    private RunProbe() {
    }

    public static void main(String[] arguments) throws Exception {
        var folder = Path.of(arguments[0]);
        var pause = Long.parseLong(arguments[1]);
        try (var session = Session.open(Session.options().threads(2).seed(5))) {
            var noise = Layers.lambda("noise", x -> x.add(x.step().normal(x.shape(), 0, 0.1f)));
            var model = Layers
                    .sequential(Layers.conv2d(8, 5), noise, Layers.relu(), Layers.maxPool2d(4), Layers.conv2d(10, 6), Layers.flatten())
                    .build(session, Shape.of(1, 28, 28), 1);
            var sgd = new Sgd(model.parameters(), new Sgd.Options(0.05, 0.9, 1e-4));
            sgd.clipNorm(5);
            var options = new TrainOptions(EPOCHS, Loader.options(32).seed(9).shuffle(true).workers(2).augment(new Jitter()))
                    .schedule(total -> Schedule.cosine(total)).plateau(new Plateau.Options().largerIsBetter(true).patience(0))
                    .average(0.9).accumulate(2).checkpointEvery(3).folder(folder);
            var trainer = new Trainer(model, sgd, options);
            trainer.callback(new Callback() {
                @Override
                public void stepped(Trainer t, long iteration, double loss) {
                    try {
                        Thread.sleep(pause);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
            var last = folder.resolve("last.safetensors");
            System.out.println("resumed: " + Files.exists(last));
            if (Files.exists(last)) {
                trainer.resume(last);
            }
            var history = trainer.fit(Digits.train(610, 28, 3), Digits.test(100, 28, 3));
            var all = TensorFile.read(last).arrays();
            all.putAll(Checkpoint.weights(folder.resolve("best.safetensors")));
            System.out.println("weights: " + hash(all));
            System.out.println("live: " + hash(TensorFile.arrays(model.state())));
            System.out.println("epochs: " + history.epochs().stream().map(e -> e.iteration() + " " + e.loss() + " " + e.accuracy() + " "
                    + e.validationLoss()).toList());
        }
    }

    private static String hash(SequencedMap<String, Array> arrays) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256");
        for (var entry : arrays.entrySet()) {
            digest.update(entry.getKey().getBytes(StandardCharsets.UTF_8));
            for (var x : entry.getValue().elements()) {
                digest.update(ByteBuffer.allocate(4).putInt(Float.floatToRawIntBits(x)).array());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
