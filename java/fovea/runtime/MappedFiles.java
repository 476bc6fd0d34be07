package fovea.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The files with code that are mapped into this process: the only honest list of the libraries that it has loaded. Linux; empty
 * elsewhere. Mappings without code do not count: glibc leaves one behind where a folder mounted noexec made it give up.
 */
final class MappedFiles {
    private MappedFiles() {
    }

    static List<String> paths() {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return parse(lines.toList());
        } catch (IOException | RuntimeException e) {
            return List.of();
        }
    }

    /** {@code 7f..-7f.. r-xp 00001000 fe:00 1234    /usr/lib/libgomp.so.1}: the path is the sixth field and may hold blanks. */
    static List<String> parse(List<String> maps) {
        return maps.stream()
                .map(line -> line.split("\\s+", 6))
                .filter(fields -> fields.length == 6 && fields[1].contains("x") && fields[5].startsWith("/"))
                .map(fields -> fields[5])
                .distinct()
                .toList();
    }

    static String fileName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
