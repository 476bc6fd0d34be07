package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeFilesTest {
    private static final String HASH = "0123456789abcdef".repeat(4);

    @TempDir
    Path temp;

    @Test
    void readsTheIndexInLoadOrder() {
        assertEquals(List.of(new NativeFiles.Entry("libgomp.so.1", 12, HASH), new NativeFiles.Entry("libfovea.so", 34, HASH)),
                NativeFiles.parse(HASH + " 12 libgomp.so.1\n\n" + HASH + "  34  libfovea.so\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc 12 libfovea.so", "%s x libfovea.so", "%s 12 ../libfovea.so", "%s 12 /etc/passwd", "%s 12 ..", "%s 12",
            "%s 12 a b"})
    void refusesAnIndexThatIsDamagedOrLeavesTheFolder(String line) {
        assertThrows(IllegalArgumentException.class, () -> NativeFiles.parse(line.formatted(HASH)));
    }

    @Test
    void withoutAnIndexTheOrderIsOpenMpThenOneDnnThenOurs() throws Exception {
        for (var name : List.of("libfovea.so", "libdnnl.so.3", "libgomp.so.1", "libdnnl_notes.txt", "README")) {
            Files.writeString(temp.resolve(name), "");
        }
        assertEquals(List.of("libgomp.so.1", "libdnnl.so.3", "libfovea.so"),
                NativeFiles.in(temp).entries().stream().map(NativeFiles.Entry::name).toList());
        var renamed = Files.writeString(temp.resolve("mine.so"), "");
        assertEquals(List.of("libgomp.so.1", "libdnnl.so.3", "mine.so"),
                NativeFiles.around(renamed).entries().stream().map(NativeFiles.Entry::name).toList());
    }

    @Test
    void otherContentHasAnotherCacheFolder() {
        var one = new NativeFiles("", NativeFiles.parse(HASH + " 1 a"), Optional.empty(), name -> null);
        var other = new NativeFiles("", NativeFiles.parse(HASH.replace('0', '1') + " 1 a"), Optional.empty(), name -> null);
        assertNotEquals(one.contentHash(), other.contentHash());
        assertTrue(one.contentHash().matches("[0-9a-f]{32}"));
    }

    @Test
    void theCacheFolderFollowsTheCustomOfEachSystem() {
        assertEquals(Optional.of(Path.of("/home/a/.cache/fovea")), NativeCache.userRoot("linux", Map.of(), "/home/a"));
        assertEquals(Optional.of(Path.of("/c/fovea")), NativeCache.userRoot("linux", Map.of("XDG_CACHE_HOME", "/c"), "/home/a"));
        assertEquals(Optional.of(Path.of("/home/a/.cache/fovea")), NativeCache.userRoot("linux", Map.of("XDG_CACHE_HOME", "relative"),
                "/home/a"));
        assertEquals(Optional.of(Path.of("/Users/a/Library/Caches/fovea")),
                NativeCache.userRoot("macosx", Map.of("XDG_CACHE_HOME", "/c"), "/Users/a"));
        assertEquals(Optional.of(Path.of("/local/fovea")), NativeCache.userRoot("windows", Map.of("LOCALAPPDATA", "/local"), "/Users/a"));
        assertEquals(Optional.empty(), NativeCache.userRoot("linux", Map.of(), "?"), "a container without a passwd entry has no home");
    }

    @Test
    void aDamagedJarIsNotUnpacked() throws Exception {
        var content = Files.writeString(temp.resolve("libfovea.so"), "something else");
        var url = content.toUri().toURL();
        var files = new NativeFiles("x.jar", NativeFiles.parse(HASH + " 14 libfovea.so"), Optional.empty(), name -> url);
        var error = assertThrows(java.io.IOException.class, () -> new NativeCache(temp.resolve("cache"), false).place(files,
                new java.util.ArrayList<>()));
        assertTrue(error.getMessage().contains("libfovea.so in x.jar") && error.getMessage().contains(HASH), error.getMessage());
        try (var left = Files.walk(temp.resolve("cache"))) {
            assertEquals(List.of(".lock"), left.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void versionsThatNobodyStartedForASeasonAreSwept() throws Exception {
        var content = Files.writeString(temp.resolve("libfovea.so"), "library");
        var url = content.toUri().toURL();
        var cache = temp.resolve("cache");
        for (var name : List.of("a".repeat(32), "b".repeat(32), "c".repeat(32), "mine")) {
            Files.writeString(Files.createDirectories(cache.resolve(name)).resolve(name.startsWith("c") ? "other.txt" : "verified.txt"),
                    "");
        }
        var longAgo = java.nio.file.attribute.FileTime.from(java.time.Instant.now().minus(java.time.Duration.ofDays(91)));
        for (var old : List.of("a".repeat(32) + "/verified.txt", "c".repeat(32) + "/other.txt", "mine/verified.txt")) {
            Files.setLastModifiedTime(cache.resolve(old), longAgo);
        }
        var files = new NativeFiles("", List.of(new NativeFiles.Entry("libfovea.so", 7, NativeCache.sha256(content))), Optional.empty(),
                name -> url);
        var placed = new NativeCache(cache, false).place(files, new java.util.ArrayList<>());
        assertEquals("library", Files.readString(placed.resolve("libfovea.so")));
        assertTrue(Files.notExists(cache.resolve("a".repeat(32))));
        for (var kept : List.of("b".repeat(32), "c".repeat(32), "mine")) {
            assertTrue(Files.exists(cache.resolve(kept)), kept + " is in use, or not ours");
        }
    }
}
