package fovea.cli;

import fovea.Mode;
import fovea.Session;
import fovea.Shape;
import fovea.data.Image;
import fovea.data.Pictures;
import fovea.op.Conv;
import fovea.runtime.Json;
import fovea.train.Png;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea filters photo.jpg}: what convolution does, before anything is learned. */
@Command(name = "filters", mixinStandardHelpOptions = true, description = "Applies the classic kernels made by hand to a picture: identity, "
        + "edge, sharpen, box and Gaussian blur, and a curve detector. Writes a .png of each.")
final class Filters implements Callable<Integer> {
    @Parameters(paramLabel = "<picture>", description = "A file (.png, .jpg, .bmp, .gif).")
    Path picture;

    @Option(names = "--out", defaultValue = "filters", paramLabel = "<folder>", description = "Where to write. Default: ${DEFAULT-VALUE}.")
    Path out;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    boolean json;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(picture)) {
            throw new IllegalArgumentException("there is no file " + picture);
        }
        var image = new Image();
        Pictures.read(picture, 3, image);
        var height = image.height();
        var width = image.width();
        var pixels = new float[image.elements()];
        for (var i = 0; i < pixels.length; i++) {
            pixels[i] = image.get(i);
        }
        Files.createDirectories(out);
        var written = new ArrayList<String>();
        try (var session = Session.open()) {
            for (var kernel : kernels().entrySet()) {
                var file = out.resolve(kernel.getKey() + ".png");
                Files.write(file, Png.of(bytes(apply(session, kernel.getValue(), pixels, height, width)), 3, height, width));
                written.add(file.toString());
                if (!json) {
                    spec.commandLine().getOut().println(file);
                }
            }
        }
        if (json) {
            spec.commandLine().getOut().println(Json.of(Map.of("pictures", written)));
        }
        return 0;
    }

    /** Each colour is a sample of one channel, so one kernel does for all. */
    static float[] apply(Session session, float[] kernel, float[] pixels, int height, int width) {
        var side = (int) Math.round(Math.sqrt(kernel.length));
        try (var step = session.step(Mode.EVAL)) {
            var x = step.of(Shape.of(pixels.length / (height * width), 1, height, width), pixels);
            var w = step.of(Shape.of(1, 1, side, side), kernel);
            return step.apply(Conv.of(2).padding(side / 2), x, w).toArray();
        }
    }

    private static byte[] bytes(float[] pixels) {
        var bytes = new byte[pixels.length];
        for (var i = 0; i < pixels.length; i++) {
            bytes[i] = (byte) Math.round(Math.clamp(pixels[i], 0f, 255f));
        }
        return bytes;
    }

    /** By name, row by row. */
    static SequencedMap<String, float[]> kernels() {
        var kernels = new LinkedHashMap<String, float[]>();
        kernels.put("identity", new float[] {0, 0, 0, 0, 1, 0, 0, 0, 0});
        kernels.put("edge", new float[] {-1, -1, -1, -1, 8, -1, -1, -1, -1});
        kernels.put("sharpen", new float[] {0, -1, 0, -1, 5, -1, 0, -1, 0});
        var box = new float[25];
        Arrays.fill(box, 1 / 25f);
        kernels.put("box-blur", box);
        var binomial = new int[] {1, 4, 6, 4, 1};
        var gaussian = new float[25];
        for (var i = 0; i < 25; i++) {
            gaussian[i] = binomial[i / 5] * binomial[i % 5] / 256f;
        }
        kernels.put("gaussian-blur", gaussian);
        kernels.put("curve", curve());
        return kernels;
    }

    /** A quarter of a circle, bright inside the line and dark beside it; its mean is taken away, so that plain areas give nothing. */
    private static float[] curve() {
        var kernel = new float[49];
        var sum = 0f;
        for (var i = 0; i < 49; i++) {
            var distance = Math.abs(Math.hypot(i / 7 - 6, i % 7 - 6) - 5);
            kernel[i] = (float) Math.exp(-distance * distance) / 7;
            sum += kernel[i];
        }
        for (var i = 0; i < 49; i++) {
            kernel[i] -= sum / 49;
        }
        return kernel;
    }
}
