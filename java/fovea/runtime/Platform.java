package fovea.runtime;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a native library has to match. {@code name()} is the folder in the jar: {@code linux-x86_64}, {@code macosx-arm64}, ...
 *
 * @param os {@code linux}, {@code macosx}, {@code windows}, or the property's own word where it is none of them
 * @param arch {@code x86_64}, {@code arm64}, or the property's own word
 * @param description the two properties as they came, for messages
 * @param musl the C library of this process is musl, which cannot load a library built against glibc
 */
public record Platform(String os, String arch, String description, boolean musl) {
    /** The platforms that the build knows. */
    public static final List<String> SUPPORTED = List.of("linux-x86_64", "linux-arm64", "macosx-arm64", "macosx-x86_64", "windows-x86_64");

    public static Platform current() {
        return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""), MappedFiles.paths());
    }

    static Platform of(String osName, String osArch, List<String> mappedFiles) {
        var os = osName.toLowerCase(Locale.ROOT);
        if (os.startsWith("linux")) {
            os = "linux";
        } else if (os.startsWith("mac") || os.startsWith("darwin")) {
            os = "macosx";
        } else if (os.startsWith("windows")) {
            os = "windows";
        }
        var arch = switch (osArch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64", "x86-64" -> "x86_64";
            case "aarch64", "arm64" -> "arm64";
            case String other -> other;
        };
        // The dynamic linker is mapped into every process; its name is the surest sign of the C library.
        var musl = mappedFiles.stream().anyMatch(path -> MappedFiles.fileName(path).matches("(ld-musl-|libc\\.musl-).*"));
        return new Platform(os.replace(' ', '_'), arch, "os.name=" + osName + ", os.arch=" + osArch, musl);
    }

    public String name() {
        return os + "-" + arch;
    }

    /** Why no library of ours can be loaded here, and what to do; empty where one can. */
    Optional<String> obstacle() {
        if (!SUPPORTED.contains(name())) {
            return Optional.of("there is no native library for it (there is one for " + String.join(", ", SUPPORTED)
                    + "). Remedy: run a 64-bit JVM on one of these, or build the library from source and name its folder by -D"
                    + NativeLoader.PROPERTY);
        }
        if (musl) {
            return Optional.of("this JVM runs on musl libc (Alpine Linux?), and the native library needs glibc 2.34 or newer. "
                    + "Remedy: run on a glibc distribution (Debian 12, Ubuntu 22.04, RHEL 9 or newer)");
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return name() + " (" + description + ")";
    }
}
