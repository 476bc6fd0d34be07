package fovea.cli;

import fovea.Session;
import fovea.data.Loader;
import fovea.runtime.Cpus;
import fovea.train.Checkpoint;
import fovea.train.TrainOptions;
import fovea.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The best weights of a run, ready to be used. */
record Trained(Session session, Settings settings, Trainer trainer) implements AutoCloseable {
    static Trained open(Path folder, Integer threads) throws IOException {
        var settings = Settings.read(folder);
        var best = folder.resolve("best.safetensors");
        var weights = Checkpoint.weights(Files.exists(best) ? best : folder.resolve("last.safetensors"));
        var found = settings.found();
        var session = Session.open(Session.options().threads(threads == null ? Cpus.threads() : threads)
                .precision(settings.precision()));
        try {
            var model = found.layer(settings.classes().size()).build(session, settings.prepared(found.recipe()), settings.seed());
            model.load(weights);
            var trainer = new Trainer(model, found.recipe().optimizer().of(model, settings.rate()), new TrainOptions(1,
                    Loader.options(settings.batch())).evaluation(settings.judging(found.recipe())));
            return new Trained(session, settings, trainer.loss(found.recipe().loss().of(model)));
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
