package fovea.train;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * Shows how far a run is: on a terminal one line that is written again and again, elsewhere a plain line at every quarter of an epoch.
 * What it shows was measured since the epoch began; nothing is extrapolated but the time left of the epoch.
 */
final class Progress {
    private static final long REFRESH = 100_000_000;
    private static final int BAR = 24;

    private final PrintWriter out;
    private final boolean terminal;
    private int epoch;
    private int epochs;
    private int batches;
    private long started;
    private long shown;
    private int quarter;
    private int width;

    Progress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    void begin(int number, int of, int batchesToCome) {
        epoch = number;
        epochs = of;
        batches = batchesToCome;
        started = System.nanoTime();
        shown = started;
        quarter = 0;
    }

    void update(int batch, long images, double loss, double accuracy, double waiting) {
        var now = System.nanoTime();
        if (terminal ? now - shown < REFRESH : 4L * batch / batches == quarter || batch == batches) {
            return;
        }
        shown = now;
        quarter = (int) (4L * batch / batches);
        var seconds = (now - started) / 1e9;
        var left = Math.round(seconds / batch * (batches - batch));
        var state = line("%,.0f images/s  loss %.4f  accuracy %.2f %%  waiting for data %.0f %%  %s left", images / seconds, loss,
                100 * accuracy,
                100 * waiting, time(left));
        if (terminal) {
            var full = (int) ((long) BAR * batch / batches);
            rewrite(line("epoch %d/%d [%s%s] %s", epoch, epochs, "=".repeat(full), " ".repeat(BAR - full), state));
        } else {
            out.println(line("epoch %d/%d, %d of %d: %s", epoch, epochs, batch, batches, state));
            out.flush();
        }
    }

    void end(Epoch row) {
        var validation = Double.isNaN(row.validationLoss()) ? "" : line("  validation loss %.4f  accuracy %.2f %%", row.validationLoss(),
                100 * row.validationAccuracy());
        var text = line("epoch %d/%d  %s  %,.0f images/s  loss %.4f  accuracy %.2f %%%s", row.epoch(), epochs,
                time(Math.round(row.seconds())),
                row.imagesPerSecond(), row.loss(), 100 * row.accuracy(), validation);
        if (terminal) {
            rewrite(text);
        } else {
            out.print(text);
        }
        out.println();
        out.flush();
        width = 0;
    }

    /** Blanks cover what the line before had more. */
    private void rewrite(String text) {
        out.print('\r' + text + " ".repeat(Math.max(0, width - text.length())));
        out.flush();
        width = text.length();
    }

    static String time(long seconds) {
        var time = Duration.ofSeconds(seconds);
        return time.toHours() > 0 ? line("%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart())
                : line("%d:%02d", time.toMinutes(), time.toSecondsPart());
    }

    private static String line(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
