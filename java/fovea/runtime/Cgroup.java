package fovea.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The control groups around this process, version 2 or 1: each of them may limit it. Linux; none elsewhere. */
final class Cgroup {
    private static final Path MEMBERSHIP = Path.of("/proc/self/cgroup");
    private static final Path MOUNT = Path.of("/sys/fs/cgroup");

    private Cgroup() {
    }

    static List<Path> folders(String controller) {
        return folders(controller, MEMBERSHIP, MOUNT);
    }

    /** From our own group up to the mount. A container often sees only the mount, so that the path leads nowhere. */
    static List<Path> folders(String controller, Path membership, Path mount) {
        var folders = new ArrayList<Path>();
        for (var line : lines(membership)) {
            var fields = line.split(":", 3);  // hierarchy:controllers:path, version 2 being "0::path"
            if (fields.length < 3) {
                continue;
            }
            if (fields[1].isEmpty()) {
                climb(folders, mount, fields[2]);
            } else if (List.of(fields[1].split(",")).contains(controller)) {
                climb(folders, mount.resolve(fields[1]), fields[2]);
                if (!fields[1].equals(controller)) {
                    climb(folders, mount.resolve(controller), fields[2]);
                }
            }
        }
        return folders;
    }

    private static void climb(List<Path> folders, Path mount, String path) {
        var own = mount.resolve("." + path).normalize();
        for (var folder = own.startsWith(mount) ? own : mount; folder.startsWith(mount); folder = folder.getParent()) {
            folders.add(folder);
        }
    }

    static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException | RuntimeException e) {
            return List.of();
        }
    }

    /** The first word of the file; empty where there is none. */
    static String word(Path file) {
        var lines = lines(file);
        return lines.isEmpty() ? "" : lines.getFirst().strip().split("\\s+")[0];
    }
}
