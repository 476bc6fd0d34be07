package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import fovea.NativeLoadException;
import fovea.bindings.FoveaNative;
import fovea.support.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Most of it in JVMs of their own, with jars as they are shipped: one of classes and one of libraries. */
class NativeLoaderTest {
    private static final Path CLASSES = location(NativeLoader.class);
    private static final Path TESTS = location(LoadProbe.class);
    private static final String FLAG = "--enable-native-access=";

    @TempDir
    static Path shared;
    private static String jars;
    /** The classes alone. */
    private static String bareJar;
    /** A cache folder that an earlier JVM has filled, for tests that need not start from nothing. */
    private static Path filled;

    @TempDir
    Path temp;

    @BeforeAll
    static void packJars() throws Exception {
        bareJar = ShippedJars.classes(CLASSES, shared);
        jars = bareJar + File.pathSeparator + ShippedJars.natives(CLASSES, shared);
        filled = shared.resolve("filled");
        var result = onClassPath(jars, cacheFlag(filled));
        assertEquals(filled, Path.of(result.line("library: ")).getParent().getParent());
    }

    @Test
    void loadsOnceAndKeepsTheAnswer() throws Exception {
        var loaded = NativeLoader.load();
        assertSame(loaded, NativeLoader.load());
        assertEquals(NativeCache.sha256(loaded.library()), loaded.sha256());
        assertEquals(Platform.current().name(), loaded.platform());
        assertEquals(FoveaNative.FOV_ABI(), FoveaNative.fov_abi());
    }

    @Test
    void loadsPlainFilesWhereTheyLie() throws Exception {
        var result = run(List.of("-cp", CLASSES + File.pathSeparator + TESTS, FLAG + "ALL-UNNAMED", LoadProbe.class.getName()));
        assertTrue(Path.of(result.line("library: ")).startsWith(CLASSES), result::toString);
    }

    @Test
    void loadsFromAJarOnTheClassPathAndOnTheModulePath() throws Exception {
        for (var result : List.of(onClassPath(jars, cacheFlag(filled)), onModulePath(jars, cacheFlag(filled)))) {
            assertEquals(filled, Path.of(result.line("library: ")).getParent().getParent(), result::toString);
            assertEquals("true", result.line("same: "));
            assertEquals(String.valueOf(FoveaNative.FOV_ABI()), result.line("abi: "));
            assertTrue(result.line("source: ").contains("natives.jar"), result::toString);
            assertEquals("\n", result.err(), "a granted JVM warns of nothing");
        }
    }

    @Test
    void theFirstStartsOfFourJvmsAtOnceShareOneCacheFolder() throws Exception {
        var cache = temp.resolve("cache");
        var children = new ArrayList<ChildJvm>();
        for (var i = 0; i < 4; i++) {
            children.add(ChildJvm.start(classPathCommand(jars, List.of(cacheFlag(cache)), List.of())));
        }
        for (var child : children) {
            var result = child.await();
            assertEquals(cache, Path.of(result.line("library: ")).getParent().getParent(), result::toString);
            assertFalse(result.out().contains("note: "), result::toString);
        }
        try (var folders = Files.list(cache); var files = Files.walk(cache)) {
            assertEquals(1, folders.count());
            assertEquals(List.of(), files.filter(file -> file.toString().endsWith(".part")).toList());
        }
    }

    @Test
    void aCachedFileWithOneFlippedBitIsReplaced() throws Exception {
        var cache = temp.resolve("cache");
        var library = Path.of(onClassPath(jars, cacheFlag(cache)).line("library: "));
        for (var name : List.of(library.getFileName().toString(), largestBeside(library))) {
            var file = library.resolveSibling(name);
            var sound = NativeCache.sha256(file);
            var bytes = Files.readAllBytes(file);
            var modified = Files.getLastModifiedTime(file);
            bytes[bytes.length / 3] ^= 4;
            Files.write(file, bytes);
            Files.setLastModifiedTime(file, modified);  // size and time are as before
            assertNotEquals(sound, NativeCache.sha256(file));

            var result = onClassPath(jars, cacheFlag(cache));
            assertTrue(result.line("note: ").contains(file + " was damaged and has been replaced"), result::toString);
            assertEquals(sound, NativeCache.sha256(file));
        }
        Files.write(library, new byte[100]);  // cut short, say by a full disk
        assertEquals(library, Path.of(onClassPath(jars, cacheFlag(cache)).line("library: ")));
        Files.delete(library.resolveSibling("verified.txt"));
        assertFalse(onClassPath(jars, cacheFlag(cache)).out().contains("note: "), "a lost record is no damage");
        assertTrue(Files.exists(library.resolveSibling("verified.txt")), "and is written anew");
    }

    @Test
    void aFolderThatCannotBeWrittenGivesWayToTheTemporaryFolderAndSaysSo() throws Exception {
        // A file where the folder should be stops root, too, whom permissions do not.
        var occupied = Files.writeString(temp.resolve("occupied"), "");
        var tmpdir = Files.createDirectory(temp.resolve("tmp"));
        var result = onClassPath(jars, cacheFlag(occupied), "-Djava.io.tmpdir=" + tmpdir);
        assertTrue(Path.of(result.line("library: ")).startsWith(tmpdir), result::toString);
        assertTrue(result.line("note: ").contains(occupied.toString()), result::toString);

        result = onClassPath(jars, cacheFlag(occupied), "-Djava.io.tmpdir=" + occupied);
        var message = result.line("failed: ");
        assertTrue(message.startsWith(NativeLoadException.class.getName()), message);
        assertMentions(message, Platform.current().name(), "cache folder " + occupied, "cache folder " + occupied + "/fovea-",
                "-Dfovea.cache", "-Dfovea.library.path");
    }

    @Test
    void aReadOnlyCacheFolderIsReadButNotWritten() throws Exception {
        var mount = Files.createDirectory(temp.resolve("readonly"));
        var property = cacheFlag(mount);
        mountTmpfs(mount, "size=200m");
        try {
            var tmpdir = Files.createDirectory(temp.resolve("tmp"));
            command("mount", "-o", "remount,ro", mount.toString());
            var empty = onClassPath(jars, property, "-Djava.io.tmpdir=" + tmpdir);
            assertTrue(Path.of(empty.line("library: ")).startsWith(tmpdir), empty::toString);
            assertMentions(empty.line("note: "), mount.toString(), "Read-only file system");

            command("mount", "-o", "remount,rw", mount.toString());
            onClassPath(jars, property);
            command("mount", "-o", "remount,ro", mount.toString());
            var full = run(classPathCommand(jars, List.of(property, "-Djava.io.tmpdir=" + tmpdir), List.of("again")));
            assertTrue(Path.of(full.line("library: ")).startsWith(mount), full::toString);
            // No second name can be made for the library there: the second class loader gets a copy.
            assertEquals(full.line("library: "), full.line("second library: "), full::toString);
            assertEquals(full.line("abi: "), full.line("second abi: "), full::toString);
        } finally {
            command("umount", mount.toString());
        }
    }

    @Test
    void aCacheFolderMountedNoexecGivesWayAndSaysWhy() throws Exception {
        var mount = Files.createDirectory(temp.resolve("noexec"));
        mountTmpfs(mount, "noexec,size=400m");
        try {
            var tmpdir = Files.createDirectory(temp.resolve("tmp"));
            var result = onClassPath(jars, cacheFlag(mount.resolve("a")), "-Djava.io.tmpdir=" + tmpdir);
            assertTrue(Path.of(result.line("library: ")).startsWith(tmpdir), result::toString);
            assertMentions(result.line("note: "), mount.toString(), "noexec");

            result = onClassPath(jars, cacheFlag(mount.resolve("a")), "-Djava.io.tmpdir=" + mount);
            assertMentions(result.line("failed: "), mount.resolve("a").toString(), mount.resolve("fovea-").toString(), "noexec",
                    "-Dfovea.cache");
        } finally {
            command("umount", mount.toString());
        }
    }

    @Test
    void aTemporaryFolderThatOthersMayWriteIsNotTrusted() throws Exception {
        var user = System.getProperty("user.name").replaceAll("[^\\w.-]", "_");
        var occupied = Files.writeString(temp.resolve("occupied"), "");
        var open = Files.createDirectory(temp.resolve("fovea-" + user));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        var result = onClassPath(jars, cacheFlag(occupied), "-Djava.io.tmpdir=" + temp);
        assertMentions(result.line("failed: "), open.toString(), "not trusted", "rwxrwxrwx");
    }

    @Test
    void thePropertyNamesAFolderOrAFile() throws Exception {
        var library = NativeLoader.load().library();
        for (var path : List.of(library.getParent(), library, CLASSES)) {
            var result = onClassPath(bareJar, pathFlag(path));
            assertEquals(library.toString(), result.line("library: "), result::toString);
            assertEquals(pathFlag(path), result.line("source: "));
        }
    }

    @Test
    void aPropertyThatLeadsNowhereIsAnErrorAndNotIgnored() throws Exception {
        var nowhere = temp.resolve("nowhere");
        var message = onClassPath(jars, pathFlag(nowhere)).line("failed: ");
        assertMentions(message, NativeLoadException.class.getName(), Platform.current().toString(), nowhere + ": no such folder",
                System.mapLibraryName("fovea"), "Remedy");
        var empty = Files.createDirectory(temp.resolve("empty"));
        assertMentions(onClassPath(jars, pathFlag(empty)).line("failed: "), empty + ": holds no "
                + System.mapLibraryName("fovea"));
    }

    @Test
    void aJarWithoutLibrariesNamesEveryPlaceThatWasTried() throws Exception {
        var place = "META-INF/native/" + Platform.current().name() + "/";
        assertMentions(onClassPath(bareJar).line("failed: "), Platform.current().toString(), "-Dfovea.library.path: not set", place
                + " on the class path: not there");
        assertMentions(onModulePath(bareJar).line("failed: "), place + " in module fovea: not there", "Remedy");
    }

    @Test
    void anotherAbiNumberIsRefusedWithBothNumbers() throws Exception {
        var other = compile("other", "int fov_abi(void) { return 999; }");
        assertMentions(onClassPath(bareJar, pathFlag(other.getParent())).line("failed: "), NativeLoadException.class.getName(),
                other + ": opened, its ABI number is 999", "ABI number " + FoveaNative.FOV_ABI(), "Remedy");
        var stranger = compile("stranger", "int something_else(void) { return 1; }");
        assertMentions(onClassPath(bareJar, pathFlag(stranger)).line("failed: "), stranger
                + ": opened, but it has no function fov_abi");
    }

    @Test
    void aFileThatIsNoLibraryGivesTheSystemsReason() throws Exception {
        var file = Files.writeString(temp.resolve(System.mapLibraryName("fovea")), "not a library");
        assertMentions(onClassPath(bareJar, pathFlag(file)).line("failed: "),
                NativeLoadException.class.getName(), file.toString(), "Remedy");
    }

    @Test
    void anUnsupportedPlatformIsNamedWithTheSupportedOnes() throws Exception {
        assertMentions(onClassPath(jars, "-Dos.name=Plan 9", "-Dos.arch=mips").line("failed: "), NativeLoadException.class.getName(),
                "plan_9-mips", "os.name=Plan 9, os.arch=mips", "linux-x86_64", "windows-x86_64", "-Dfovea.library.path");
        assertMentions(onClassPath(jars, "-Dos.arch=i386").line("failed: "), "64-bit JVM");
    }

    @Test
    void deniedNativeAccessNamesTheExactFlag() throws Exception {
        var cache = cacheFlag(filled);
        var classPath = run(List.of("--illegal-native-access=deny", cache, "-cp", jars + File.pathSeparator + TESTS,
                LoadProbe.class.getName()));
        assertMentions(classPath.line("failed: "), IllegalCallerException.class.getName(), FLAG + "ALL-UNNAMED ", "class path");
        var modulePath = run(List.of("--illegal-native-access=deny", cache, "-p", jars, "--patch-module", "fovea=" + TESTS, "-m",
                "fovea/" + LoadProbe.class.getName()));
        assertMentions(modulePath.line("failed: "), IllegalCallerException.class.getName(), FLAG + "fovea ", "module path");
    }

    @Test
    void aSecondClassLoaderOfTheSameJvmWorksWithTheSameInstance() throws Exception {
        var result = run(classPathCommand(jars, List.of(cacheFlag(filled)), List.of("again")));
        assertEquals(result.line("library: "), result.line("second library: "), result::toString);
        assertEquals(result.line("abi: "), result.line("second abi: "));
        assertEquals(1, result.out().lines().filter(line -> line.startsWith("mapped: ") && line.contains("fovea.")).count(),
                result::toString);
        try (var left = Files.walk(filled)) {
            assertEquals(List.of(), left.filter(file -> file.getFileName().toString().matches("\\.\\d+-.*")).toList(),
                    "the second name is gone");
        }
    }

    @Test
    void anOpenMpRuntimeThatIsAlreadyLoadedIsShared() throws Exception {
        var ours = NativeLoader.load().library().resolveSibling("libgomp.so.1");
        if (!Files.exists(ours)) {
            skip("no libgomp travels with this platform's library");
        }
        var theirs = Files.copy(ours, temp.resolve("libgomp.so.1"));
        var result = run(classPathCommand(jars, List.of(cacheFlag(filled)), List.of("preload=" + theirs)));
        assertMentions(result.line("note: "), "sharing " + theirs);
        assertEquals(List.of("mapped: " + theirs), result.out().lines().filter(line -> line.startsWith("mapped: ")
                && line.contains("gomp")).toList());
    }

    private static String cacheFlag(Path folder) {
        return "-D" + NativeCache.PROPERTY + "=" + folder;
    }

    private static String pathFlag(Path path) {
        return "-D" + NativeLoader.PROPERTY + "=" + path;
    }

    private static void assertMentions(String message, String... parts) {
        for (var part : parts) {
            assertTrue(message.contains(part), () -> "'" + part + "' is not in: " + message);
        }
        assertFalse(message.contains("\n"), "one line, please: " + message);
    }

    private static ChildJvm.Result onClassPath(String jars, String... flags) throws Exception {
        return run(classPathCommand(jars, List.of(flags), List.of()));
    }

    private static List<String> classPathCommand(String jars, List<String> flags, List<String> arguments) {
        var command = new ArrayList<>(List.of(FLAG + "ALL-UNNAMED", "-cp", jars + File.pathSeparator + TESTS));
        command.addAll(flags);
        command.add(LoadProbe.class.getName());
        command.addAll(arguments);
        return command;
    }

    private static ChildJvm.Result onModulePath(String jars, String... flags) throws Exception {
        var command = new ArrayList<>(List.of(FLAG + "fovea", "-p", jars, "--patch-module", "fovea=" + TESTS));
        command.addAll(List.of(flags));
        command.addAll(List.of("-m", "fovea/" + LoadProbe.class.getName()));
        return run(command);
    }

    private static ChildJvm.Result run(List<String> command) throws IOException, InterruptedException {
        var result = ChildJvm.run(command);
        assertEquals(0, result.exit(), result::toString);
        return result;
    }

    private static String largestBeside(Path library) throws IOException {
        try (var files = Files.list(library.getParent())) {
            return files.max(Comparator.comparingLong(file -> file.toFile().length())).orElseThrow().getFileName().toString();
        }
    }

    private Path compile(String folder, String source) throws Exception {
        var library = Files.createDirectory(temp.resolve(folder)).resolve(System.mapLibraryName("fovea"));
        var file = Files.writeString(temp.resolve(folder + ".c"), source + "\n");
        for (var compiler : List.of("cc", "gcc", "clang")) {
            try {
                command(compiler, "-shared", "-fPIC", "-o", library.toString(), file.toString());
                return library;
            } catch (IOException e) {
                // not installed under this name
            }
        }
        return skip("no C compiler named cc, gcc or clang");
    }

    private static void mountTmpfs(Path folder, String options) throws Exception {
        try {
            command("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.toString());
        } catch (IOException | IllegalStateException e) {
            skip("mounting a file system takes root on Linux: " + e.getMessage().strip());
        }
    }

    private static void command(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes());
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IllegalStateException(String.join(" ", command) + ": " + output);
        }
    }

    private static <T> T skip(String reason) {
        System.out.println("NativeLoaderTest skipped: " + reason);
        return abort(reason);
    }

    private static Path location(Class<?> type) {
        return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()));
    }
}
