package fovea.runtime;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Hands single files to the dynamic linker, and explains its refusals. */
final class Linking {
    private Linking() {
    }

    /**
     * Opens a library that ours needs, for the life of the process. Where this process already has one of that name, that one
     * serves: ours would bind to it anyway, and two OpenMP runtimes fight for the cores.
     */
    static void openDependency(Path file, List<String> notes) {
        var name = file.getFileName().toString();
        var mapped = MappedFiles.paths().stream().filter(path -> MappedFiles.fileName(path).equals(name)).findFirst();
        if (mapped.isEmpty()) {
            if (name.startsWith("libgomp")) {
                sleepSoon();
            }
            pin(file);
            return;
        }
        if (!same(Path.of(mapped.get()), file)) {
            notes.add(name + ": sharing " + mapped.get() + ", which this process had loaded before");
        }
        pin(Path.of(mapped.get()));
    }

    /**
     * Has oneDNN's threads sleep soon after a primitive. By default they look for work 300,000 times, on the cores that our own threads
     * need for the next op. OpenMP reads this once, when it is loaded, and what the user has set stays. Programs that this process starts
     * may inherit it.
     */
    private static void sleepSoon() {
        if (System.getenv("OMP_WAIT_POLICY") != null || System.getenv("GOMP_SPINCOUNT") != null) {
            return;
        }
        var linker = Linker.nativeLinker();
        var setenv = linker.defaultLookup().find("setenv");
        if (setenv.isEmpty()) {
            return;
        }
        try (var arena = Arena.ofConfined()) {
            var _ = (int) linker.downcallHandle(setenv.get(),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT))
                    .invokeExact(arena.allocateFrom("GOMP_SPINCOUNT"), arena.allocateFrom("1000"), 0);
        } catch (RuntimeException | Error e) {
            throw e;  // native access is denied
        } catch (Throwable e) {
            throw new IllegalStateException("setenv throws nothing", e);
        }
    }

    /** Also through symbolic links: the map shows real paths. */
    private static boolean same(Path mapped, Path file) {
        try {
            return Files.isSameFile(mapped, file);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Opens a library without tying it to a class loader: a second class loader may open it too, and it is never unloaded. OpenMP's
     * threads sleep in its code; unloading it with a class loader would pull the ground from under them.
     *
     * @throws UnsatisfiedLinkError with the system's reason
     */
    static void pin(Path library) {
        try {
            SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            System.load(library.toString());  // fails likewise, but says why
        }
    }

    /** The answer of {@code fov_abi} in exactly this file; empty where it has no such function. */
    static OptionalInt abi(Path library) {
        var function = SymbolLookup.libraryLookup(library, Arena.global()).find("fov_abi");
        if (function.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            return OptionalInt.of((int) Linker.nativeLinker().downcallHandle(function.get(),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT)).invokeExact());
        } catch (Throwable e) {
            throw new IllegalStateException("fov_abi() takes and throws nothing", e);
        }
    }

    /**
     * Makes the library's symbols visible to the bindings, whose lookup is that of their class loader. The JVM gives a path to one class
     * loader only. A hard link is another path to the same file, so that the dynamic linker returns the instance it already has.
     */
    static void attach(Path library) {
        try {
            System.load(library.toString());
        } catch (UnsatisfiedLinkError inAnotherLoader) {
            // The file itself is sound: it is open.
            try {
                attachLink(library);
            } catch (IOException e) {
                var error = new UnsatisfiedLinkError(inAnotherLoader.getMessage() + ", and no second name for it can be made: "
                        + NativeFiles.reason(e));
                error.initCause(e);
                throw error;
            }
        }
    }

    private static void attachLink(Path library) throws IOException {
        var name = "." + ProcessHandle.current().pid() + "-" + System.nanoTime() + "-" + library.getFileName();
        var link = library.resolveSibling(name);
        try {
            Files.createLink(link, library);
        } catch (IOException | UnsupportedOperationException e) {
            // No links here, or a read-only folder: an instance of its own, which shares nothing but oneDNN and OpenMP.
            link = Files.createTempDirectory("fovea").resolve(name);
            Files.copy(library, link);
        }
        try {
            System.load(link.toString());
        } finally {
            // The dynamic linker has it open; on Windows a loaded file cannot be deleted, and goes with the process.
            if (!link.toFile().delete()) {
                link.toFile().deleteOnExit();
            } else if (!link.getParent().equals(library.getParent())) {
                Files.deleteIfExists(link.getParent());
            }
        }
    }

    /** Two runtimes of different names cannot be merged; one can only say so. */
    static Optional<String> secondOpenMp() {
        var runtimes = MappedFiles.paths().stream().filter(path -> MappedFiles.fileName(path).matches("lib(gomp|omp|iomp5)\\b.*")).toList();
        return runtimes.size() < 2 ? Optional.empty()
                : Optional.of("this process has more than one OpenMP runtime, which slow each other down "
                        + "when used in turn: " + String.join(", ", runtimes));
    }

    /** The folder refuses execution, while the same file would load from another. */
    static boolean executionRefused(String message, Path folder) {
        return message != null && (message.contains("failed to map segment") || message.contains("Operation not permitted")
                || message.contains("Permission denied")) || noexec(folder);
    }

    static String explain(String message, Path folder) {
        return noexec(folder) ? "mounted noexec, so that no library can be loaded from it (" + message + ")" : String.valueOf(message);
    }

    static String remedy(String message) {
        var text = String.valueOf(message);
        if (text.matches("(?s).*version `?(GLIBC|GLIBCXX)_.*not found.*")) {
            return "Remedy: it needs glibc 2.34 and libstdc++ of GCC 11 or newer (Debian 12, Ubuntu 22.04, RHEL 9); this system is older";
        }
        if (text.contains("libstdc++")) {
            return "Remedy: install the C++ runtime (libstdc++6)";
        }
        if (text.contains("cannot open shared object file")) {
            return "Remedy: put the library that is named as missing beside it";
        }
        return "Remedy: see the system's reason in `" + text.lines().findFirst().orElse("").strip()
                + "`; `fovea doctor` shows what this machine offers";
    }

    private static boolean noexec(Path folder) {
        try (var mounts = Files.lines(Path.of("/proc/self/mounts"))) {
            return noexec(folder, mounts.toList());
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /** {@code device mount-point type options 0 0}: the longest mount point above the folder decides, the last of equals. */
    static boolean noexec(Path folder, List<String> mounts) {
        var longest = -1;
        var options = "";
        for (var line : mounts) {
            var fields = line.split(" ");
            if (fields.length < 4) {
                continue;
            }
            var point = fields[1].replace("\\040", " ");
            if (folder.startsWith(point) && point.length() >= longest) {
                longest = point.length();
                options = fields[3];
            }
        }
        return List.of(options.toLowerCase(Locale.ROOT).split(",")).contains("noexec");
    }
}
