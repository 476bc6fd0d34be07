package fovea.train;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where a run stands, apart from weights and the like. */
final class Run {
    /** Optimizer steps from the beginning. */
    long iteration;
    /** Of the epoch at hand: the samples so far, their losses, those that were right, and the time they took. */
    long images;
    double loss;
    long right;
    double seconds;
    double waited;
    /** The best validation accuracy so far, and for how many epochs there was none better. */
    double best = Double.NEGATIVE_INFINITY;
    int since;
    History history = new History();

    void beginEpoch() {
        images = 0;
        loss = 0;
        right = 0;
        seconds = 0;
        waited = 0;
    }

    Map<String, Object> json() {
        var numbers = new LinkedHashMap<String, Double>();
        numbers.put("iteration", (double) iteration);
        numbers.put("images", (double) images);
        numbers.put("loss", loss);
        numbers.put("right", (double) right);
        numbers.put("seconds", seconds);
        numbers.put("waited", waited);
        numbers.put("best", best);
        numbers.put("since", (double) since);
        return new LinkedHashMap<>(Map.of("numbers", Checkpoint.exact(numbers), "history", history.json()));
    }

    static Run of(Map<?, ?> json) {
        var numbers = Checkpoint.numbers(json.get("numbers"));
        var run = new Run();
        run.iteration = numbers.get("iteration").longValue();
        run.images = numbers.get("images").longValue();
        run.loss = numbers.get("loss");
        run.right = numbers.get("right").longValue();
        run.seconds = numbers.get("seconds");
        run.waited = numbers.get("waited");
        run.best = numbers.get("best");
        run.since = numbers.get("since").intValue();
        run.history = History.of((Map<?, ?>) json.get("history"));
        return run;
    }
}
