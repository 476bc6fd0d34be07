package fovea.data;

import fovea.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * CIFAR-10 and CIFAR-100 in their binary version: records of one label (or a coarse and a fine one) and 3072 pixels, red, green and
 * blue. Plain or gzip; the folder may be the one above {@code cifar-10-batches-bin}.
 *
 * <pre>{@code
 * var cifar = Cifar.read10(Path.of("data/cifar10"));
 * }</pre>
 */
public final class Cifar {
    private static final Shape SHAPE = Shape.of(3, 32, 32);
    private static final int PIXELS = 3072;
    private static final List<String> TEN = List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
            "truck");

    private Cifar() {
    }

    /** Over the training images of CIFAR-10, where white is 1: red, green, blue. */
    public static float[] mean() {
        return new float[] {0.4914f, 0.4822f, 0.4465f};
    }

    public static float[] deviation() {
        return new float[] {0.2470f, 0.2435f, 0.2616f};
    }

    /** {@code data_batch_1.bin} to 5 and {@code test_batch.bin}, or one {@code train*.bin} and one {@code test*.bin}. */
    public static Split read10(Path folder) {
        var at = inside(folder, "cifar-10-batches-bin");
        var names = names(at, TEN, "batches.meta.txt");
        var batches = IntStream.rangeClosed(1, 5).mapToObj(i -> at.resolve("data_batch_" + i + ".bin"))
                .flatMap(p -> Stream.of(p, p.resolveSibling(p.getFileName() + ".gz"))).filter(Files::isRegularFile).toList();
        if (batches.isEmpty()) {
            return new Split(read(List.of(only(at, "train")), 0, names), read(List.of(only(at, "test")), 0, names));
        }
        if (batches.size() != 5) {
            throw new DataException("%s: %d files of data_batch_1.bin to data_batch_5.bin, with or without .gz; 5 are expected: %s"
                    .formatted(at, batches.size(), batches.stream().map(p -> p.getFileName().toString()).toList()));
        }
        return new Split(read(batches, 0, names), read(List.of(Mnist.find(at, "test_batch.bin")), 0, names));
    }

    /** {@code train.bin} and {@code test.bin} with the 100 fine labels. */
    public static Split read100(Path folder) {
        var at = inside(folder, "cifar-100-binary");
        var hundred = IntStream.range(0, 100).mapToObj(i -> "class " + i).toList();
        var names = names(at, hundred, "fine_label_names.txt");
        return new Split(read(List.of(Mnist.find(at, "train.bin")), 1, names), read(List.of(Mnist.find(at, "test.bin")), 1, names));
    }

    private static Path inside(Path folder, String usual) {
        var inner = folder.resolve(usual);
        return Files.isDirectory(inner) ? inner : folder;
    }

    private static List<String> names(Path folder, List<String> standard, String file) {
        try {
            var names = Files.isRegularFile(folder.resolve(file)) ? Files.readAllLines(folder.resolve(file)).stream().map(String::strip)
                    .filter(line -> !line.isEmpty()).toList() : standard;
            if (names.size() != standard.size()) {
                throw new DataException(
                        "%s: %d names of classes; %d are expected".formatted(folder.resolve(file), names.size(), standard.size()));
            }
            return names;
        } catch (IOException e) {
            throw new DataException("%s: %s".formatted(folder.resolve(file), e), e);
        }
    }

    private static Path only(Path folder, String start) {
        try (var files = Files.list(folder)) {
            var found = files.filter(p -> p.getFileName().toString().matches(start + ".*\\.bin(\\.gz)?")).sorted().toList();
            if (found.size() != 1) {
                throw new DataException(
                        "%s: %s; expected are data_batch_1.bin to 5 and test_batch.bin, or one train*.bin and one test*.bin,"
                                .formatted(folder, found.isEmpty() ? "no file " + start + "*.bin" : found + " are too many")
                                + " with or without .gz");
            }
            return found.getFirst();
        } catch (IOException e) {
            throw new DataException("%s: no such folder".formatted(folder), e);
        }
    }

    /**
     * Files of records.
     *
     * @param skip label bytes before the one that counts: 0 for CIFAR-10 and the coarse labels of CIFAR-100, 1 for its fine labels
     */
    static Dataset read(List<Path> files, int skip, List<String> classes) {
        var record = 1 + skip + PIXELS;
        var parts = new ArrayList<byte[]>();
        var images = 0L;
        for (var file : files) {
            try (var in = new Unpacked(file)) {
                // Grows with what is there, so a huge file is refused at 2 GB.
                var bytes = in.upTo(Integer.MAX_VALUE - 8L);
                in.end();
                if (bytes.length == 0 || bytes.length % record != 0) {
                    throw DataException.at(file, (long) bytes.length / record * record,
                            "the file ends after %d of %d bytes of a record", bytes.length % record, record);
                }
                parts.add(bytes);
                images += bytes.length / record;
            }
        }
        if (images * PIXELS > Integer.MAX_VALUE - 8) {
            throw new DataException("%s: %,d images do not fit into one array of 2 GB; read fewer files".formatted(files, images));
        }
        var pixels = new byte[(int) images * PIXELS];
        var labels = new int[(int) images];
        var i = 0;
        for (var p = 0; p < parts.size(); p++) {
            var bytes = parts.get(p);
            for (var at = 0; at < bytes.length; at += record, i++) {
                labels[i] = bytes[at + skip] & 255;
                if (labels[i] >= classes.size()) {
                    throw DataException.at(files.get(p), at + skip, "label %d; there are the classes 0 to %d", labels[i],
                            classes.size() - 1);
                }
                System.arraycopy(bytes, at + skip + 1, pixels, i * PIXELS, PIXELS);
            }
        }
        return ArrayData.named(files.size() == 1 ? files.getFirst().getFileName().toString() : Arrays.asList(files.getFirst().getFileName(),
                "and " + (files.size() - 1) + " more").toString(), pixels, labels, SHAPE, classes);
    }
}
