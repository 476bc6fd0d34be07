package fovea.cli;

import fovea.Shape;
import fovea.data.Dataset;
import fovea.data.Datasets;
import fovea.data.Image;
import fovea.data.Normalise;
import fovea.data.PictureFiles;
import fovea.data.Split;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** Data that the command line names. */
final class Data {
    static final String WORDS = "digits, sounds, spectrograms or clips (built in; digits:<n> for n of its training images), mnist, fashion-mnist, cifar10 or cifar100 as "
            + "fovea fetch puts them into the folder data, the same with @<folder> behind for another folder, folder:<path> or csv:<path> (@skip-broken behind leaves pictures out that cannot be decoded).";

    private static final int SAMPLE = 2000;

    private Data() {
    }

    static Split open(String name) {
        var at = name.indexOf('@');
        var files = name.startsWith("folder:") || name.startsWith("csv:");
        return files || at < 0 ? Datasets.byName(name, Path.of("data"))
                : Datasets.byName(name.substring(0, at), Path.of(name.substring(at + 1)));
    }

    /** Says which pictures were left out because they could not be decoded, and how many. */
    static void tell(Dataset data, PrintWriter to) {
        if (data instanceof PictureFiles files && !files.skipped().isEmpty()) {
            files.skipped().forEach(problem -> to.println("skipped: " + problem));
            to.println("%d of %d pictures skipped".formatted(files.skipped().size(), files.skipped().size() + files.size()));
        }
    }

    /** The built-in data for a network that takes samples of this shape. */
    static String suiting(Shape input) {
        for (var name : List.of("sounds", "spectrograms", "clips")) {
            if (open(name + ":1").train().imageShape().equals(input)) {
                return name;
            }
        }
        return "digits";
    }

    /** Mean and deviation of each channel over some of the images, spread over the whole set. */
    static Normalise statistics(Dataset data) {
        var channels = (int) data.imageShape().dim(0);
        var sum = new double[channels];
        var squares = new double[channels];
        var image = new Image();
        var images = Math.min(SAMPLE, data.size());
        var pixels = 0L;
        for (var i = 0; i < images; i++) {
            data.read((int) ((long) i * data.size() / images), image);
            var plane = image.height() * image.width();
            for (var k = 0; k < image.elements(); k++) {
                var x = image.get(k) / image.white();
                sum[k / plane] += x;
                squares[k / plane] += (double) x * x;
            }
            pixels += plane;
        }
        var mean = new float[channels];
        var deviation = new float[channels];
        for (var c = 0; c < channels; c++) {
            mean[c] = (float) (sum[c] / pixels);
            // A channel without any contrast stays as it is.
            var variance = squares[c] / pixels - sum[c] / pixels * (sum[c] / pixels);
            deviation[c] = variance > 1e-8 ? (float) Math.sqrt(variance) : 1;
        }
        return new Normalise(mean, deviation);
    }
}
