package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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
        var error = assertThrows(IOException.class, () -> new NativeCache(temp.resolve("cache"), false).place(files,
                new ArrayList<>()));
        assertTrue(error.getMessage().contains("libfovea.so in x.jar") && error.getMessage().contains(HASH), error.getMessage());
        try (var left = Files.walk(temp.resolve("cache"))) {
            assertEquals(List.of(".lock"), left.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void whileAFileIsUnpackedOthersSeeNothingOfItOrTheOldOne() throws Exception {
        var content = "library".repeat(100_000).getBytes();
        Files.write(temp.resolve("source"), content);
        var cache = temp.resolve("cache");
        var entry = new NativeFiles.Entry("libfovea.so", content.length, NativeCache.sha256(temp.resolve("source")));
        var seen = new TreeSet<String>();
        var folder = new Path[1];
        var slow = watched(content, () -> {
            var target = folder[0].resolve(entry.name());
            seen.add(Files.exists(target) ? Files.size(target) + " bytes" : "nothing");
        });
        var files = new NativeFiles("", List.of(entry), Optional.empty(), name -> slow);
        folder[0] = cache.resolve(files.contentHash());
        new NativeCache(cache, false).place(files, new ArrayList<>());
        assertEquals(Set.of("nothing"), seen);

        seen.clear();
        Files.writeString(folder[0].resolve(entry.name()), "damaged");
        var notes = new ArrayList<String>();
        new NativeCache(cache, false).place(files, notes);
        assertEquals(Set.of("7 bytes"), seen);
        assertEquals(1, notes.size(), notes::toString);
        assertEquals(entry.sha256(), NativeCache.sha256(folder[0].resolve(entry.name())));
    }

    private interface Look {
        void now() throws IOException;
    }

    /** The URL of a file that is handed out in small pieces, with a look at the world before each. */
    private static URL watched(byte[] content, Look look) throws Exception {
        return URL.of(URI.create("test:/libfovea.so"), new URLStreamHandler() {
            @Override
            protected URLConnection openConnection(URL url) {
                return new URLConnection(url) {
                    @Override
                    public void connect() {
                    }

                    @Override
                    public InputStream getInputStream() {
                        return new ByteArrayInputStream(content) {
                            @Override
                            public int read(byte[] bytes, int offset, int length) {
                                try {
                                    look.now();
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                                return super.read(bytes, offset, Math.min(length, 70_000));
                            }
                        };
                    }
                };
            }
        });
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
        var longAgo = FileTime.from(Instant.now().minus(Duration.ofDays(91)));
        for (var old : List.of("a".repeat(32) + "/verified.txt", "c".repeat(32) + "/other.txt", "mine/verified.txt")) {
            Files.setLastModifiedTime(cache.resolve(old), longAgo);
        }
        var files = new NativeFiles("", List.of(new NativeFiles.Entry("libfovea.so", 7, NativeCache.sha256(content))), Optional.empty(),
                name -> url);
        var placed = new NativeCache(cache, false).place(files, new ArrayList<>());
        assertEquals("library", Files.readString(placed.resolve("libfovea.so")));
        assertTrue(Files.notExists(cache.resolve("a".repeat(32))));
        for (var kept : List.of("b".repeat(32), "c".repeat(32), "mine")) {
            assertTrue(Files.exists(cache.resolve(kept)), kept + " is in use, or not ours");
        }
    }
}
