package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {
    @ParameterizedTest
    @CsvSource({"Linux, amd64, linux-x86_64", "Linux, aarch64, linux-arm64", "Mac OS X, aarch64, macosx-arm64",
            "Mac OS X, x86_64, macosx-x86_64",
            "Windows 11, amd64, windows-x86_64"})
    void namesTheFolderOfEachSupportedPlatform(String os, String arch, String name) {
        var platform = Platform.of(os, arch, List.of());
        assertEquals(name, platform.name());
        assertTrue(Platform.SUPPORTED.contains(name));
        assertEquals(Optional.empty(), platform.obstacle());
    }

    @ParameterizedTest
    @CsvSource({"SunOS, sparcv9, sunos-sparcv9", "Linux, riscv64, linux-riscv64", "Windows 11, aarch64, windows-arm64",
            "Linux, i386, linux-i386"})
    void saysWhichPlatformsThereAreWhereThisIsNone(String os, String arch, String name) {
        var platform = Platform.of(os, arch, List.of());
        assertEquals(name, platform.name());
        assertTrue(platform.toString().contains("os.name=" + os + ", os.arch=" + arch));
        assertTrue(platform.obstacle().orElseThrow().contains("linux-arm64"));
    }

    @Test
    void muslIsRecognisedByTheDynamicLinkerOfTheProcess() {
        for (var linker : List.of("/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1", "/lib/libc.musl-x86_64.so.1")) {
            var obstacle = Platform.of("Linux", "amd64", List.of("/usr/bin/java", linker)).obstacle().orElseThrow();
            assertTrue(obstacle.contains("musl") && obstacle.contains("glibc 2.34") && obstacle.contains("Remedy"), obstacle);
        }
        assertEquals(Optional.empty(),
                Platform.of("Linux", "amd64", List.of("/lib/x86_64-linux-gnu/libc.so.6", "/opt/ld-musl-tools/bin/x")).obstacle());
    }

    @Test
    void mappedFilesAreThoseWithCode() {
        assertEquals(List.of("/opt/my libs/libgomp.so.1"), MappedFiles.parse(List.of(
                "7f10-7f20 r--p 00000000 fe:00 12                         /opt/refused/libgomp.so.1",
                "7f20-7f30 r-xp 00001000 fe:00 13                         /opt/my libs/libgomp.so.1",
                "7f30-7f40 r-xp 00002000 fe:00 13                         /opt/my libs/libgomp.so.1",
                "7f40-7f50 rwxp 00000000 00:00 0 ",
                "7ffd-7ffe r-xp 00000000 00:00 0                          [vdso]")));
    }

    @Test
    void theLongestMountPointDecidesWhetherFilesMayBeExecuted() {
        var mounts = List.of("/dev/vda / ext4 rw,relatime 0 0", "none /tmp tmpfs rw,noexec 0 0", "none /tmp/with\\040blank tmpfs rw 0 0",
                "none /home tmpfs rw 0 0", "none /home tmpfs rw,nosuid,noexec 0 0");
        assertTrue(Linking.noexec(java.nio.file.Path.of("/tmp/fovea"), mounts));
        assertTrue(Linking.noexec(java.nio.file.Path.of("/home/a"), mounts), "the later mount hides the earlier");
        assertEquals(false, Linking.noexec(java.nio.file.Path.of("/tmp/with blank/fovea"), mounts));
        assertEquals(false, Linking.noexec(java.nio.file.Path.of("/tmpfovea"), mounts));
    }
}
