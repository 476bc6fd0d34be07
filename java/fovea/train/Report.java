package fovea.train;

import fovea.data.Dataset;
import fovea.runtime.Hardware;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What a run came to, on one page that needs nothing else. */
final class Report {
    private static final int MOST_MISTAKES = 24;

    /** An image that was taken for another class. */
    private record Mistake(int index, int label, int called, double confidence) {
    }

    private Report() {
    }

    static String page(Trainer trainer, Dataset data) {
        var scores = new Scores(data.classes().size());
        var mistakes = new ArrayList<Mistake>();
        var probabilities = new double[data.classes().size()];
        trainer.judge(data, (batch, output, mean) -> {
            scores.add(output, batch.labelArray(), mean);
            for (var i = 0; i < batch.size(); i++) {
                var row = i * probabilities.length;
                var called = Scores.best(output, row, probabilities.length);
                if (called != batch.label(i)) {
                    Scores.softmax(output, row, probabilities);
                    mistakes.add(new Mistake(batch.index(i), batch.label(i), called, probabilities[called]));
                }
            }
        });
        mistakes.sort(Comparator.comparingDouble(Mistake::confidence).reversed().thenComparingInt(Mistake::index));
        var judged = scores.evaluation();
        var body = new StringBuilder("<main>\n");
        head(body, trainer, judged);
        curves(body, trainer.history());
        confusion(body, judged, data);
        mistakes(body, mistakes, data);
        network(body, trainer, data);
        machine(body, trainer);
        return Page.of(trainer.options().title(), body.append("</main>\n").toString());
    }

    private static void head(StringBuilder body, Trainer trainer, Evaluation judged) {
        var epochs = trainer.history().epochs();
        var images = epochs.stream().mapToLong(Epoch::images).sum();
        var seconds = epochs.stream().mapToDouble(Epoch::seconds).sum();
        body.append("<h1>").append(Page.text(trainer.options().title())).append("</h1>\n<p>");
        body.append(say("%s parameters, %d epochs, %,d optimizer steps, %s of training.", String.format(Locale.ROOT, "%,d",
                trainer.model().summary().parameters()), epochs.size(), epochs.getLast().iteration(), Progress.time(Math.round(seconds))));
        body.append("</p>\n<div class='tiles'>");
        tile(body, say("%.2f %%", 100 * judged.accuracy()), "accuracy");
        tile(body, say("%.4f", judged.loss()), "loss");
        if (judged.classes() > 5) {
            tile(body, say("%.2f %%", 100 * judged.top5Accuracy()), "top-5 accuracy");
        }
        tile(body, say("%.4f", judged.macroF1()), "macro F1");
        tile(body, Double.isNaN(judged.rocAuc()) ? "–" : say("%.4f", judged.rocAuc()), "ROC-AUC");
        tile(body, say("%.4f", judged.calibrationError()), "calibration error");
        tile(body, say("%,.0f", images / seconds), "images/s in training");
        body.append("</div>\n");
    }

    private static void tile(StringBuilder body, String value, String name) {
        body.append("<div><b>").append(value).append("</b><span>").append(name).append("</span></div>");
    }

    private static void curves(StringBuilder body, History history) {
        var epochs = history.epochs();
        var points = history.points();
        var at = column(epochs, e -> e.iteration());
        var fine = points.stream().mapToDouble(History.Point::iteration).toArray();
        body.append("<div class='pair'>\n");
        body.append(Charts.lines("loss", "Loss", "optimizer steps", Charts::plain, List.of(
                new Charts.Series("steps", "faint", fine, points.stream().mapToDouble(History.Point::loss).toArray()),
                new Charts.Series("training", "a", at, column(epochs, Epoch::loss)),
                new Charts.Series("validation", "b", at, column(epochs, Epoch::validationLoss)))));
        body.append(Charts.lines("accuracy", "Accuracy", "epoch", v -> Charts.plain(100 * v) + " %", List.of(
                new Charts.Series("training", "a", column(epochs, Epoch::epoch), column(epochs, Epoch::accuracy)),
                new Charts.Series("validation", "b", column(epochs, Epoch::epoch), column(epochs, Epoch::validationAccuracy)))));
        body.append(Charts.lines("rate", "Learning rate", "optimizer steps", Charts::plain, List.of(
                new Charts.Series("rate", "a", fine, points.stream().mapToDouble(History.Point::rate).toArray()))));
        body.append(Charts.lines("throughput", "Training throughput, images/s", "epoch", v -> say("%,.0f", v), List.of(
                new Charts.Series("images/s", "a", column(epochs, Epoch::epoch), column(epochs, Epoch::imagesPerSecond)))));
        body.append("</div>\n");
    }

    private static double[] column(List<Epoch> epochs, ToDoubleFunction<Epoch> of) {
        return epochs.stream().mapToDouble(of).toArray();
    }

    private static void confusion(StringBuilder body, Evaluation judged, Dataset data) {
        body.append("<div class='pair'>\n<section><h2>Confusion matrix</h2><p>Rows are the classes, columns what they were called.</p>");
        body.append(Charts.heatMap("confusion", judged.confusion(), data.classes()));
        body.append("</section>\n<section><h2>Classes</h2><div class='scroll'><table><tr><th>class</th><th>images</th><th>precision</th>");
        body.append("<th>recall</th><th>F1</th></tr>");
        for (var c = 0; c < judged.classes(); c++) {
            body.append(say("<tr><td>%s</td><td>%,d</td><td>%.4f</td><td>%.4f</td><td>%.4f</td></tr>", Page.text(data.classes().get(c)),
                    Arrays.stream(judged.confusion()[c]).sum(), judged.precision(c), judged.recall(c), judged.f1(c)));
        }
        body.append("</table></div></section>\n</div>\n");
    }

    private static void mistakes(StringBuilder body, List<Mistake> mistakes, Dataset data) {
        body.append("<section id='mistakes'><h2>Worst mistakes</h2>");
        if (mistakes.isEmpty()) {
            body.append("<p>None: every image was recognised.</p></section>\n");
            return;
        }
        body.append(say("<p>%,d of %,d images were taken for another class; these with the most confidence.</p><div class='pictures'>",
                mistakes.size(), data.size()));
        for (var m : mistakes.subList(0, Math.min(MOST_MISTAKES, mistakes.size()))) {
            var called = data.classes().get(m.called);
            var is = data.classes().get(m.label);
            body.append("<figure>").append(Pictures.of(data, m.index, "image %d: %s called %s".formatted(m.index, is, called)));
            body.append(say("<b>%s</b> called <b>%s</b><br>%.1f %% sure</figure>", Page.text(is), Page.text(called), 100 * m.confidence));
        }
        body.append("</div></section>\n");
    }

    private static void network(StringBuilder body, Trainer trainer, Dataset data) {
        var filters = Pictures.filters(trainer.model());
        if (!filters.isEmpty()) {
            body.append("<section id='filters'><h2>Filters of the first layer</h2><div class='pictures maps'>");
            filters.forEach(f -> body.append("<figure>").append(f).append("</figure>"));
            body.append("</div></section>\n");
        }
        var maps = Pictures.maps(trainer, data, 0);
        if (!maps.isEmpty()) {
            body.append("<section id='maps'><h2>What the layers make of an image</h2><div class='pictures maps'><figure>");
            body.append(Pictures.of(data, 0, data.classes().get(data.label(0)))).append("</figure></div>");
            maps.forEach((name, pictures) -> {
                body.append("<p><code>").append(Page.text(name)).append("</code></p><div class='pictures maps'>");
                pictures.forEach(p -> body.append("<figure>").append(p).append("</figure>"));
                body.append("</div>");
            });
            body.append("</section>\n");
        }
        body.append("<section><h2>Network</h2><pre>").append(Page.text(trainer.model().summary().toString())).append("</pre></section>\n");
    }

    private static void machine(StringBuilder body, Trainer trainer) {
        var session = trainer.session();
        body.append("<section id='machine'><h2>How to run it again</h2><dl>");
        var command = trainer.options().command();
        if (!command.isEmpty()) {
            entry(body, "command", "<code>" + Page.text(command) + "</code>");
        }
        entry(body, "seed", Long.toString(session.configuration().seed()));
        entry(body, "threads", session.threads() + ", instruction set " + Page.text(session.isa()));
        entry(body, "CPU", Page.text(Hardware.here().cpu().orElse("unknown")));
        entry(body, "JDK", Page.text(Runtime.version() + ", " + System.getProperty("os.name") + " " + System.getProperty("os.arch")));
        entry(body, "memory", Page.text(session.memory().toString()));
        var waiting = trainer.history().epochs().stream().mapToDouble(Epoch::waiting).average().orElse(0);
        entry(body, "waiting for data", say("%.1f %% of the training time", 100 * waiting));
        body.append("</dl></section>\n");
    }

    private static void entry(StringBuilder body, String name, String value) {
        body.append("<dt>").append(name).append("</dt><dd>").append(value).append("</dd>");
    }

    private static String say(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
