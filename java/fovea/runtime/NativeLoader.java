package fovea.runtime;

import fovea.NativeLoadException;
import fovea.bindings.FoveaNative;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the native library, makes its files loadable, opens them and compares the ABI number; once per class loader.
 *
 * <p>Where: {@code -Dfovea.library.path} (a folder or the library itself), else {@code META-INF/native/<platform>/} in our jar, on the
 * class path or on the module path. Plain files are loaded where they lie; those in a jar through the {@link NativeCache}.
 */
public final class NativeLoader {
    /** A folder that holds the native library, or the library file itself; overrides what the jar brings. */
    public static final String PROPERTY = "fovea.library.path";

    private static volatile Loaded loaded;

    private NativeLoader() {
    }

    /**
     * What was loaded.
     *
     * @param library the absolute path of our library
     * @param sha256 its content
     * @param platform such as {@code linux-x86_64}
     * @param source where it came from
     * @param notes what a user should know: a damaged file replaced, a second OpenMP runtime, another cache folder than the usual one
     */
    public record Loaded(Path library, String sha256, String platform, String source, List<String> notes) {
    }

    /**
     * Loads the library unless that has happened. A failed attempt leaves nothing behind, so that a later call tries again.
     *
     * @throws NativeLoadException naming the platform, every path tried and the remedy
     * @throws IllegalCallerException naming the flag, where the JVM denies native access to this module
     */
    public static Loaded load() {
        var done = loaded;
        return done != null ? done : loadOnce();
    }

    private static synchronized Loaded loadOnce() {
        if (loaded == null) {
            var attempt = new Attempt(Platform.current());
            try {
                loaded = attempt.run();
            } catch (IllegalCallerException e) {
                throw new IllegalCallerException(NativeAccess.remedy(NativeLoader.class.getModule()), e);
            }
        }
        return loaded;
    }

    /** One try, with the trail that its failure reports. */
    private static final class Attempt {
        private final Platform platform;
        private final List<String> tried = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();
        private Throwable cause;

        Attempt(Platform platform) {
            this.platform = platform;
        }

        Loaded run() {
            var property = System.getProperty(PROPERTY);
            if (property != null && !property.isBlank()) {
                return fromProperty(Path.of(property).toAbsolutePath().normalize());
            }
            tried.add("-D" + PROPERTY + ": not set");
            var obstacle = platform.obstacle();
            if (obstacle.isPresent()) {
                throw failure(obstacle.get());
            }
            var files = NativeFiles.find(platform, tried);
            if (files.isEmpty()) {
                throw failure("no library was found. Remedy: put the fovea jar that holds " + NativeFiles.resources(platform)
                        + " on the path, or build it by `mvn package`, or name its folder by -D" + PROPERTY);
            }
            return files.get().folder().isPresent() ? inPlace(files.get(), "plain files beside the classes") : unpacked(files.get());
        }

        private Loaded fromProperty(Path path) {
            var source = "-D" + PROPERTY + "=" + System.getProperty(PROPERTY);
            try {
                if (Files.isRegularFile(path)) {
                    return inPlace(NativeFiles.around(path), source);
                }
                for (var folder : List.of(path, path.resolve(NativeFiles.resources(platform)))) {
                    var files = Files.isDirectory(folder) ? NativeFiles.in(folder) : null;
                    if (files != null && !files.entries().isEmpty()) {
                        return inPlace(files, source);
                    }
                    tried.add(folder + (files == null ? ": no such folder" : ": holds no " + System.mapLibraryName("fovea")));
                }
            } catch (IOException | IllegalArgumentException e) {
                tried.add(path + ": " + NativeFiles.reason(e));
                cause = e;
            }
            throw failure("no library where -D" + PROPERTY + " points. Remedy: name the folder with " + System.mapLibraryName("fovea")
                    + " or the file itself, or leave the property out to use the one in the jar");
        }

        private Loaded inPlace(NativeFiles files, String source) {
            try {
                return open(files.folder().orElseThrow(), files, source);
            } catch (UnsatisfiedLinkError e) {
                cause = e;
                throw failure("the system refused it. " + Linking.remedy(e.getMessage()));
            }
        }

        private Loaded unpacked(NativeFiles files) {
            var remedy = "Remedy: name a folder that may be written and executed by -D" + NativeCache.PROPERTY
                    + ", or unpack the libraries yourself and name their folder by -D" + PROPERTY;
            for (var cache : NativeCache.candidates(platform)) {
                try {
                    var folder = cache.place(files, notes);
                    if (cause != null) {
                        notes.add("unpacked into " + folder + ", because: " + tried.getLast());
                    }
                    return open(folder, files, files.origin());
                } catch (IOException e) {
                    tried.add("cache folder " + cache.root() + ": " + NativeFiles.reason(e));
                    cause = e;
                } catch (UnsatisfiedLinkError e) {
                    tried.add("cache folder " + cache.root() + ": " + Linking.explain(e.getMessage(), cache.root()));
                    cause = e;
                    if (!Linking.executionRefused(e.getMessage(), cache.root())) {
                        remedy = Linking.remedy(e.getMessage());
                        break;  // the same file would fail anywhere
                    }
                }
            }
            throw failure("it could not be unpacked and loaded. " + remedy);
        }

        /** Opens all files in order, then compares the ABI number. */
        private Loaded open(Path folder, NativeFiles files, String source) {
            var library = folder.resolve(files.library().name());
            for (var entry : files.entries()) {
                if (entry != files.library()) {
                    Linking.openDependency(folder.resolve(entry.name()), notes);
                }
            }
            Linking.secondOpenMp().ifPresent(notes::add);
            Linking.pin(library);
            var abi = Linking.abi(library);
            if (abi.isEmpty()) {
                tried.add(library + ": opened, but it has no function fov_abi");
                throw failure("the file is not Fovea's library. Remedy: name the right one by -D" + PROPERTY
                        + ", or leave the property out");
            }
            if (abi.getAsInt() != FoveaNative.FOV_ABI()) {
                tried.add(library + ": opened, its ABI number is " + abi.getAsInt());
                throw failure("the library is of another version than the Java classes, which need ABI number " + FoveaNative.FOV_ABI()
                        + ". Remedy: use jar and library of one build (`mvn package`)"
                        + (source.startsWith("-D") ? ", or leave -D" + PROPERTY + " out" : ""));
            }
            Linking.attach(library);
            // The cache has just been checked against the index; plain files may have been changed since theirs was written.
            var sha256 = files.folder().isPresent() ? hash(library) : files.library().sha256();
            return new Loaded(library, sha256, platform.name(), source, List.copyOf(notes));
        }

        private String hash(Path library) {
            try {
                return NativeCache.sha256(library);
            } catch (IOException e) {
                return "unknown: " + NativeFiles.reason(e);
            }
        }

        private NativeLoadException failure(String why) {
            return new NativeLoadException("Fovea's native library for " + platform + " is not loaded: " + why + ". Tried: "
                    + String.join("; ", tried), cause);
        }
    }
}
