package fovea.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The native files of one platform as they were packed: {@code index.txt} and what it lists, in load order, our library last.
 *
 * @param origin where they were found, for messages
 * @param entries one per line of the index
 * @param folder where they already lie as plain files and can be loaded in place (a build folder, unpacked classes)
 * @param find the URL of a file by its name
 */
record NativeFiles(String origin, List<Entry> entries, Optional<Path> folder, Function<String, URL> find) {
    static final String INDEX = "index.txt";

    /** {@code <sha256> <size> <filename>} */
    record Entry(String name, long size, String sha256) {
    }

    static String resources(Platform platform) {
        return "META-INF/native/" + platform.name() + "/";
    }

    /**
     * Looks in the jar or module of this class, then wherever its class loader looks, then in the natives modules of its layer.
     * META-INF is no package, so that modules encapsulate none of it. The places looked into are added to {@code tried}.
     */
    static Optional<NativeFiles> find(Platform platform, List<String> tried) {
        var home = NativeFiles.class;
        var prefix = resources(platform);
        var own = at(name -> home.getResource("/" + prefix + name), tried, home.getModule().isNamed()
                ? prefix + " in module " + home.getModule().getName() : prefix + " in the jar of " + home.getName());
        if (own.isPresent()) {
            return own;
        }
        var loader = home.getClassLoader();
        var visible = at(name -> loader.getResource(prefix + name), tried, prefix + " on the "
                + (home.getModule().isNamed() ? "module path" : "class path"));
        if (visible.isPresent() || home.getModule().getLayer() == null) {
            return visible;
        }
        return home.getModule().getLayer().modules().stream()
                .filter(module -> module.getName().startsWith("fovea.") && module.getClassLoader() != null)
                .map(module -> at(name -> module.getClassLoader().getResource(prefix + name), tried,
                        prefix + " in module " + module.getName()))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<NativeFiles> at(Function<String, URL> find, List<String> tried, String place) {
        var index = find.apply(INDEX);
        if (index == null) {
            tried.add(place + ": not there");
            return Optional.empty();
        }
        try (var in = open(index)) {
            var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Optional.of(new NativeFiles(index.toString(), parse(text), plainFolder(index), find));
        } catch (IOException | IllegalArgumentException e) {
            tried.add(index + ": " + reason(e));
            return Optional.empty();
        }
    }

    /** A folder of plain files, the index being optional: then the order is OpenMP runtime, oneDNN, ours. */
    static NativeFiles in(Path folder) throws IOException {
        var index = folder.resolve(INDEX);
        List<Entry> entries;
        if (Files.isRegularFile(index)) {
            entries = parse(Files.readString(index));
        } else {
            entries = new ArrayList<>();
            for (var pattern : List.of("(lib)?(gomp|omp|iomp5)\\W.*", "(lib)?dnnl\\W.*", "(lib)?fovea\\.\\w+")) {
                try (Stream<Path> files = Files.list(folder)) {
                    var match = files.filter(file -> Files.isRegularFile(file) && file.getFileName().toString().matches(pattern)).min(
                            Comparator.naturalOrder());
                    if (match.isPresent()) {
                        entries.add(new Entry(match.get().getFileName().toString(), Files.size(match.get()), ""));
                    }
                }
            }
        }
        return new NativeFiles(folder.toString(), entries, Optional.of(folder), name -> null);
    }

    /** A library named by its file; what lies beside it is opened first. */
    static NativeFiles around(Path library) throws IOException {
        var folder = library.getParent();
        var name = library.getFileName().toString();
        var entries = new ArrayList<>(in(folder).entries());
        entries.removeIf(entry -> entry.name().equals(name) || entry.name().equals(System.mapLibraryName("fovea")));
        entries.add(new Entry(name, Files.size(library), ""));
        return new NativeFiles(library.toString(), List.copyOf(entries), Optional.of(folder), file -> null);
    }

    static List<Entry> parse(String index) {
        var entries = index.lines().filter(line -> !line.isBlank()).map(line -> {
            var fields = line.strip().split("\\s+");
            // A name with a slash would leave the cache folder.
            if (fields.length != 3 || !fields[0].matches("[0-9a-f]{64}") || !fields[1].matches("\\d{1,18}")
                    || !fields[2].matches("[\\w][\\w.+-]*")) {
                throw new IllegalArgumentException("not an index line '<sha256> <size> <filename>': " + line);
            }
            return new Entry(fields[2], Long.parseLong(fields[1]), fields[0]);
        }).toList();
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("the index is empty");
        }
        return entries;
    }

    /** The library that answers to {@code fov_abi}. */
    Entry library() {
        return entries.getLast();
    }

    /** Names the cache folder: other content, other folder. */
    String contentHash() {
        var digest = sha256();
        entries.forEach(entry -> digest.update((entry.sha256() + " " + entry.name() + "\n").getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    InputStream open(Entry entry) throws IOException {
        var url = find.apply(entry.name());
        if (url == null) {
            throw new IOException(origin + " lists " + entry.name() + ", but it is not beside it: the jar is incomplete");
        }
        return open(url);
    }

    /** Without the cache of JarURLConnection, which keeps jars open (and on Windows locked). */
    private static InputStream open(URL url) throws IOException {
        var connection = url.openConnection();
        connection.setUseCaches(false);
        return connection.getInputStream();
    }

    private static Optional<Path> plainFolder(URL index) {
        try {
            return index.getProtocol().equals("file") ? Optional.of(Path.of(new URI(index.toString())).getParent()) : Optional.empty();
        } catch (URISyntaxException | RuntimeException e) {
            return Optional.empty();
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static String reason(Throwable e) {
        var message = e.getMessage() == null ? "" : e.getMessage();
        var kind = e.getClass().getSimpleName();
        return switch (e) {
            case AccessDeniedException denied -> "access denied: " + denied.getFile();
            case NoSuchFileException missing -> "no such file: " + missing.getFile();
            case FileAlreadyExistsException there -> "is a file, not a folder: " + there.getFile();
            default -> message.isBlank() ? kind : message;
        };
    }
}
