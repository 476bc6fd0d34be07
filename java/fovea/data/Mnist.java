package fovea.data;

import fovea.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * MNIST, and what comes in its four files: {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte} and the same with
 * {@code t10k}, each with or without {@code .gz}.
 *
 * <pre>{@code
 * var mnist = Mnist.read(Path.of("data/mnist"));
 * var fashion = Mnist.readFashion(Path.of("data/fashion-mnist"));
 * }</pre>
 */
public final class Mnist {
    /** Over the training images, where white is 1. */
    public static final float MEAN = 0.1307f;
    public static final float DEVIATION = 0.3081f;

    private static final List<String> DIGITS = IntStream.range(0, 10).mapToObj(Integer::toString).toList();
    private static final List<String> CLOTHES = List.of("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
            "Bag", "Ankle boot");

    private Mnist() {
    }

    public static Split read(Path folder) {
        return read(folder, DIGITS);
    }

    public static Split readFashion(Path folder) {
        return read(folder, CLOTHES);
    }

    /** Any set in these four files, with names for its labels. */
    public static Split read(Path folder, List<String> classes) {
        return new Split(part(folder, "train", classes), part(folder, "t10k", classes));
    }

    private static Dataset part(Path folder, String name, List<String> classes) {
        return read(find(folder, name + "-images-idx3-ubyte", name + "-images.idx3-ubyte"),
                find(folder, name + "-labels-idx1-ubyte", name + "-labels.idx1-ubyte"), classes);
    }

    /** A pair of files. */
    public static Dataset read(Path images, Path labels, List<String> classes) {
        var pixels = Idx.read(images, 3);
        var ids = Idx.read(labels, 1);
        var n = (int) pixels.shape().dim(0);
        if (ids.shape().dim(0) != n) {
            throw DataException.at(labels, 4, "%d labels, and %s has %d images", ids.shape().dim(0), images, n);
        }
        var wide = new int[n];
        for (var i = 0; i < n; i++) {
            wide[i] = ids.elements()[i] & 255;
            if (wide[i] >= classes.size()) {
                throw DataException.at(labels, 8L + i, "label %d; there are the classes 0 to %d", wide[i], classes.size() - 1);
            }
        }
        return ArrayData.named(images.getFileName().toString(), pixels.elements(), wide,
                Shape.of(1).concat(pixels.shape().slice(1, 3)), classes);
    }

    /** The first of these names that exists, as it is or with .gz behind it. */
    static Path find(Path folder, String... names) {
        return Stream.of(names).flatMap(name -> Stream.of(folder.resolve(name), folder.resolve(name + ".gz"))).filter(Files::isRegularFile)
                .findFirst().orElseThrow(() -> new DataException("%s: there is no file %s, with or without .gz".formatted(
                        folder, Stream.of(names).collect(Collectors.joining(" or ")))));
    }
}
