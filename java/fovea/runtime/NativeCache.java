package fovea.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * A folder of unpacked native libraries, shared by all JVMs of a user: {@code <root>/<content hash>/<file>}.
 *
 * <p>Each file appears by an atomic rename after its SHA-256 was found to be what the jar says, so that a reader sees all of a file or
 * nothing, whoever else is writing. Every start then checks size and CRC-32C against {@code verified.txt}: hashing the 90 MB
 * of oneDNN by SHA-256 takes 50 to 220 ms of a start, by CRC-32C 5 ms, and a CRC finds every changed byte or run of 32 bits; it need not
 * resist an attacker, for whoever can write the user's cache can write his jars. What differs is hashed in full and replaced.
 */
final class NativeCache {
    /** Names the cache folder. */
    static final String PROPERTY = "fovea.cache";
    private static final String RECORD = "verified.txt";
    private static final Duration LOCK_PATIENCE = Duration.ofSeconds(60);
    private static final Duration UNUSED = Duration.ofDays(90);

    private final Path root;
    private final boolean shared;

    /** @param shared others may write beside us, as in {@code /tmp}: the folder must be ours alone */
    NativeCache(Path root, boolean shared) {
        this.root = root;
        this.shared = shared;
    }

    /** The cache folders to try in order: the property's, else the user's, then one in the folder for temporary files. */
    static List<NativeCache> candidates(Platform platform) {
        var caches = new ArrayList<NativeCache>();
        var property = System.getProperty(PROPERTY);
        if (property != null && !property.isBlank()) {
            caches.add(new NativeCache(Path.of(property).toAbsolutePath(), false));
        } else {
            var root = userRoot(platform.os(), System.getenv(), System.getProperty("user.home", ""));
            root.ifPresent(folder -> caches.add(new NativeCache(folder, false)));
        }
        var user = System.getProperty("user.name", "").replaceAll("[^\\w.-]", "_");
        caches.add(new NativeCache(Path.of(System.getProperty("java.io.tmpdir", "/tmp")).toAbsolutePath().resolve("fovea-" + user), true));
        return caches;
    }

    static Optional<Path> userRoot(String os, Map<String, String> environment, String home) {
        var base = switch (os) {
            case "macosx" -> home.isBlank() ? null : Path.of(home, "Library", "Caches");
            case "windows" -> environment.containsKey("LOCALAPPDATA") ? Path.of(environment.get("LOCALAPPDATA"))
                    : home.isBlank() ? null : Path.of(home, "AppData", "Local");
            default -> {
                var xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
                // The specification asks to ignore a relative path. A JVM without a passwd entry has the home "?".
                yield xdg.startsWith("/") ? Path.of(xdg) : home.startsWith("/") && home.length() > 1 ? Path.of(home, ".cache") : null;
            }
        };
        return Optional.ofNullable(base).map(folder -> folder.resolve("fovea").toAbsolutePath());
    }

    Path root() {
        return root;
    }

    /** The folder with all of {@code files}, checked; unpacks what is missing or damaged. {@code notes} hears of damage. */
    Path place(NativeFiles files, List<String> notes) throws IOException {
        var folder = root.resolve(files.contentHash());
        if (shared && Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            requireOwn(root);
        }
        var missing = damaged(folder, files);
        if (missing.isEmpty()) {
            touch(folder);
            return folder;  // also from a cache folder that is read-only
        }
        createFolders(folder);
        // The lock only saves work: without it (no locks on this file system) every starting JVM would unpack, each correctly.
        try (var lock = FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            awaitLock(lock);
            for (var entry : damaged(folder, files)) {
                // Told under the lock: before it, a file that was missing a moment ago may just have come from another JVM.
                if (Files.exists(folder.resolve(entry.name()))) {
                    notes.add(folder.resolve(entry.name()) + " was damaged and has been replaced");
                }
                unpack(files, entry, folder.resolve(entry.name()));
            }
            sweep(folder);
        }
        return folder;
    }

    private void createFolders(Path folder) throws IOException {
        if (!shared) {
            Files.createDirectories(folder);
            return;
        }
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(root.getParent());
            if (Files.getFileStore(root.getParent()).supportsFileAttributeView("posix")) {
                Files.createDirectory(root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectory(root);
            }
        }
        requireOwn(root);
        Files.createDirectories(folder);
    }

    /** Whoever owns the folder decides what we execute. In a folder that all may write, somebody else could have been first. */
    private static void requireOwn(Path root) throws IOException {
        if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(root + " is not a folder");
        }
        if (!Files.getFileStore(root).supportsFileAttributeView("posix")) {
            return;
        }
        var probe = Files.createTempFile(root.getParent(), "fovea", ".owner");
        var self = Files.getOwner(probe);
        Files.delete(probe);
        var permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(root, LinkOption.NOFOLLOW_LINKS));
        var owner = Files.getOwner(root, LinkOption.NOFOLLOW_LINKS);
        if (!owner.equals(self) || permissions.charAt(4) == 'w' || permissions.charAt(7) == 'w') {
            throw new IOException("not trusted: it belongs to " + owner.getName() + " with permissions " + permissions
                    + ", and must be " + self.getName() + "'s alone");
        }
    }

    private static void awaitLock(FileChannel file) {
        var deadline = Instant.now().plus(LOCK_PATIENCE);
        while (Instant.now().isBefore(deadline)) {
            try {
                if (file.tryLock() != null) {
                    return;
                }
            } catch (OverlappingFileLockException e) {
                // another class loader of this JVM has it
            } catch (IOException e) {
                return;
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void unpack(NativeFiles files, NativeFiles.Entry entry, Path target) throws IOException {
        var part = Files.createTempFile(target.getParent(), entry.name() + ".", ".part");
        try {
            var digest = NativeFiles.sha256();
            var crc = new CRC32C();
            try (var in = files.open(entry); var out = Files.newOutputStream(part)) {
                var buffer = new byte[1 << 18];
                for (int n; (n = in.read(buffer)) > 0;) {
                    digest.update(buffer, 0, n);
                    crc.update(buffer, 0, n);
                    out.write(buffer, 0, n);
                }
            }
            var sha256 = HexFormat.of().formatHex(digest.digest());
            if (!sha256.equals(entry.sha256())) {
                throw new IOException(entry.name() + " in " + files.origin() + " has SHA-256 " + sha256 + ", its index says "
                        + entry.sha256() + ": the jar is damaged");
            }
            moveOver(part, target, "rwxr-xr-x");
            record(target.getParent(), entry.name(), crc.getValue());
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Replaces by rename, so that a JVM which has the old file mapped keeps it whole. */
    private static void moveOver(Path part, Path target, String permissions) throws IOException {
        // Temporary files start out private; several users may share a cache folder.
        if (Files.getFileStore(part).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString(permissions));
        }
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static List<NativeFiles.Entry> damaged(Path folder, NativeFiles files) throws IOException {
        var known = recorded(folder);
        var damaged = new ArrayList<NativeFiles.Entry>();
        for (var entry : files.entries()) {
            var file = folder.resolve(entry.name());
            if (!Files.isRegularFile(file) || Files.size(file) != entry.size()) {
                damaged.add(entry);
            } else if (!Long.valueOf(crc32c(file)).equals(known.get(entry.name()))) {
                if (sha256(file).equals(entry.sha256())) {
                    recordIfPossible(folder, entry.name(), crc32c(file));
                } else {
                    damaged.add(entry);
                }
            }
        }
        return damaged;
    }

    /** The CRC of each file at the time its SHA-256 was right. */
    private static Map<String, Long> recorded(Path folder) {
        var known = new TreeMap<String, Long>();
        try {
            for (var line : Files.readAllLines(folder.resolve(RECORD))) {
                var fields = line.split(" ");
                known.put(fields[1], Long.parseLong(fields[0], 16));
            }
        } catch (IOException | RuntimeException e) {
            known.clear();  // unreadable: every file is hashed in full and recorded anew
        }
        return known;
    }

    private static void record(Path folder, String name, long crc) throws IOException {
        var known = recorded(folder);
        known.put(name, crc);
        var part = Files.createTempFile(folder, RECORD, ".part");
        var lines = new ArrayList<String>();
        known.forEach((file, value) -> lines.add(String.format(Locale.ROOT, "%08x %s", value, file)));
        Files.write(part, lines);
        moveOver(part, folder.resolve(RECORD), "rw-r--r--");
    }

    private static void recordIfPossible(Path folder, String name, long crc) {
        try {
            record(folder, name, crc);
        } catch (IOException e) {
            // a read-only cache folder: then each start hashes in full
        }
    }

    private static long crc32c(Path file) throws IOException {
        var crc = new CRC32C();
        // A direct buffer: the CRC instructions then run over it without a copy, in the interpreter too.
        var buffer = ByteBuffer.allocateDirect(1 << 18);
        try (var in = FileChannel.open(file)) {
            while (in.read(buffer.clear()) > 0) {
                crc.update(buffer.flip());
            }
        }
        return crc.getValue();
    }

    static String sha256(Path file) throws IOException {
        var digest = NativeFiles.sha256();
        var buffer = ByteBuffer.allocate(1 << 18);
        try (var in = FileChannel.open(file)) {
            while (in.read(buffer.clear()) > 0) {
                digest.update(buffer.flip());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void touch(Path folder) {
        try {
            Files.setLastModifiedTime(folder.resolve(RECORD), FileTime.from(Instant.now()));
        } catch (IOException e) {
            // read-only: nobody sweeps there either
        }
    }

    /** After unpacking: removes what a killed JVM left half-written, and versions that nobody has started for a season. */
    private void sweep(Path folder) {
        // Also the second names of Linking.attach, which Windows lets nobody delete while they are loaded.
        try (var leftovers = Files.newDirectoryStream(folder, "{*.part,.[0-9]*}")) {
            for (var leftover : leftovers) {
                if (olderThan(leftover, Duration.ofHours(1))) {
                    Files.deleteIfExists(leftover);
                }
            }
        } catch (IOException | RuntimeException e) {
            return;
        }
        try (var siblings = Files.newDirectoryStream(root, sibling -> sibling.getFileName().toString().matches("[0-9a-f]{32}"))) {
            for (var sibling : siblings) {
                var record = sibling.resolve(RECORD);
                if (!sibling.equals(folder) && Files.exists(record) && olderThan(record, UNUSED)) {
                    try (var files = Files.newDirectoryStream(sibling)) {
                        for (var file : files) {
                            Files.delete(file);
                        }
                    }
                    Files.delete(sibling);
                }
            }
        } catch (IOException | RuntimeException e) {
            // in use on Windows, or not ours: it stays
        }
    }

    private static boolean olderThan(Path file, Duration age) throws IOException {
        return Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(age));
    }
}
