package fovea.data;

import fovea.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Pictures in files, decoded when they are read: a folder per class, or a CSV of paths and classes.
 *
 * <pre>{@code
 * var options = PictureFiles.options(3, 224, 224).skipBroken(true);
 * var photos = PictureFiles.folder(Path.of("photos"), options);      // photos/cat/1.jpg, photos/dog/a.png ...
 * System.out.println(photos.skipped());
 * var listed = PictureFiles.csv(Path.of("list.csv"), options);       // cat/1.jpg,cat
 * }</pre>
 */
public final class PictureFiles implements Dataset {
    /**
     * @param channels 1 for grey, 3 for red, green and blue
     * @param skipBroken decodes every file at once, and leaves out those that cannot be decoded; else they fail when they are read
     */
    public record Options(int channels, int height, int width, boolean skipBroken) {
        public Options {
            if (channels != 1 && channels != 3 || height < 1 || width < 1 || (long) height * width > 1 << 26) {
                throw new IllegalArgumentException("picture files: %d x %d x %d; give 1 or 3 channels, and height and width".formatted(
                        channels, height, width));
            }
        }

        public Options skipBroken(boolean on) {
            return new Options(channels, height, width, on);
        }
    }

    private final Path source;
    private final Options options;
    private final List<String> classes;
    private final Path[] files;
    private final int[] labels;
    private final List<String> skipped;

    private PictureFiles(Path source, Options options, List<String> classes, List<Path> files, List<Integer> labels) {
        this.source = source;
        this.options = options;
        this.classes = List.copyOf(classes);
        var problems = new String[files.size()];
        if (options.skipBroken()) {
            IntStream.range(0, problems.length).parallel().forEach(i -> problems[i] = problem(files.get(i), options));
        }
        var good = IntStream.range(0, problems.length).filter(i -> problems[i] == null).toArray();
        skipped = Arrays.stream(problems).filter(p -> p != null).toList();
        this.files = Arrays.stream(good).mapToObj(files::get).toArray(Path[]::new);
        this.labels = Arrays.stream(good).map(labels::get).toArray();
        if (good.length == 0) {
            throw new DataException("%s: no picture can be used%s".formatted(source, skipped.isEmpty() ? "" : "; the first: " + skipped
                    .getFirst()));
        }
    }

    private static String problem(Path file, Options options) {
        try {
            Pictures.read(file, options.channels(), options.height(), options.width(), new Image());
            return null;
        } catch (DataException e) {
            return e.getMessage();
        }
    }

    public static Options options(int channels, int height, int width) {
        return new Options(channels, height, width, false);
    }

    /** Every folder in this one is a class, and the pictures in and below it are its images. Classes and files are sorted by name. */
    public static PictureFiles folder(Path folder, Options options) {
        var classes = new ArrayList<String>();
        var files = new ArrayList<Path>();
        var labels = new ArrayList<Integer>();
        for (var inner : list(folder)) {
            if (Files.isDirectory(inner)) {
                var pictures = walk(inner);
                classes.add(inner.getFileName().toString());
                pictures.forEach(file -> labels.add(classes.size() - 1));
                files.addAll(pictures);
            }
        }
        if (files.isEmpty()) {
            throw new DataException(
                    "%s: no pictures in folders; it takes a folder for each class with JPEG or PNG files in it".formatted(folder));
        }
        return new PictureFiles(folder, options, classes, files, labels);
    }

    private static List<Path> list(Path folder) {
        try (var entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new DataException("%s: cannot be listed: %s".formatted(folder, e), e);
        }
    }

    private static List<Path> walk(Path folder) {
        try (var entries = Files.walk(folder)) {
            return entries.filter(p -> Pictures.isPicture(p) && Files.isRegularFile(p)).sorted().toList();
        } catch (IOException e) {
            throw new DataException("%s: cannot be listed: %s".formatted(folder, e), e);
        }
    }

    /** Files, and all pictures inside folders in the order of their names, whose classes nobody knows: their labels are 0. */
    public static PictureFiles unlabelled(List<Path> places, List<String> classes, Options options) {
        var files = new ArrayList<Path>();
        for (var place : places) {
            if (!Files.exists(place)) {
                throw new DataException("there is no file %s".formatted(place));
            }
            files.addAll(Files.isDirectory(place) ? walk(place) : List.of(place));
        }
        if (files.isEmpty()) {
            throw new DataException("%s: no pictures (.png, .jpg, .bmp, .gif)".formatted(places));
        }
        return new PictureFiles(places.getFirst(), options, classes, files, Collections.nCopies(files.size(), 0));
    }

    /** Lines of path and class, with a comma between; paths count from the CSV's folder. A first line {@code path,label} is a title. */
    public static PictureFiles csv(Path file, Options options) {
        var names = new ArrayList<String>();
        var files = new ArrayList<Path>();
        for (var row : Csv.rows(file)) {
            if (files.isEmpty() && row.fields().equals(List.of("path", "label"))) {
                continue;
            }
            if (row.fields().size() != 2 || row.fields().stream().anyMatch(String::isBlank)) {
                throw DataException.at(file, row.offset(), "%s; a line is a path, a comma and a class", row.fields());
            }
            var path = file.toAbsolutePath().getParent().resolve(row.fields().getFirst().strip());
            if (!options.skipBroken() && !Files.isRegularFile(path)) {
                throw DataException.at(file, row.offset(), "%s is no file", path);
            }
            files.add(path);
            names.add(row.fields().getLast().strip());
        }
        if (files.isEmpty()) {
            throw new DataException("%s: no lines; each is a path, a comma and a class".formatted(file));
        }
        var classes = List.copyOf(new TreeSet<>(names));
        return new PictureFiles(file, options, classes, files, names.stream().map(classes::indexOf).toList());
    }

    /** What is wrong with the files that were left out. */
    public List<String> skipped() {
        return skipped;
    }

    /** The file of an image. */
    public Path file(int index) {
        return files[index];
    }

    @Override
    public int size() {
        return files.length;
    }

    @Override
    public Shape imageShape() {
        return Shape.of(options.channels(), options.height(), options.width());
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public int label(int index) {
        return labels[index];
    }

    @Override
    public void read(int index, Image image) {
        Pictures.read(files[index], options.channels(), options.height(), options.width(), image);
    }

    @Override
    public String toString() {
        return "%,d pictures of %s%s".formatted(files.length, source, skipped.isEmpty() ? "" : ", %d skipped".formatted(skipped.size()));
    }
}
