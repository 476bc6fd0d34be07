package fovea.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.spi.ToolProvider;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** The two jars as they are shipped, packed from the folder of classes and libraries that tests run from. */
final class ShippedJars {
    private ShippedJars() {
    }

    /** The classes alone. */
    static String classes(Path classes, Path folder) throws IOException {
        var resources = classes.resolve("META-INF");
        return pack(folder.resolve("fovea.jar"), zip -> add(zip, classes, file -> !file.startsWith(resources)));
    }

    /** The libraries and the module that finds them. */
    static String natives(Path classes, Path folder) throws IOException {
        var resources = classes.resolve("META-INF");
        var module = nativesModule(classes, folder);
        return pack(folder.resolve("natives.jar"), zip -> {
            add(zip, classes, file -> file.startsWith(resources));
            add(zip, module, file -> true);
        });
    }

    /** As `mvn package` does, after the tests: the module that makes the JVM find the libraries on a module path. */
    private static Path nativesModule(Path classes, Path folder) {
        var sources = classes.resolveSibling("native").resolve("bundle");
        var output = folder.resolve("module");
        var exit = ToolProvider.findFirst("javac").orElseThrow().run(System.out, System.err, "-Xlint:-module", "--module-path",
                classes.toString(), "-d",
                output.toString(), sources.resolve("module-info.java").toString(), sources.resolve("Bundle.java").toString());
        assertEquals(0, exit);
        return output;
    }

    private interface Packing {
        void into(ZipOutputStream zip) throws IOException;
    }

    private static String pack(Path jar, Packing packing) throws IOException {
        try (var zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            packing.into(zip);
        }
        return jar.toString();
    }

    /** Stored, not deflated: that would take longer than all tests together. */
    private static void add(ZipOutputStream zip, Path folder, Predicate<Path> wanted) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).filter(wanted).toList()) {
                var bytes = Files.readAllBytes(file);
                var entry = new ZipEntry(folder.relativize(file).toString().replace('\\', '/'));
                var crc = new CRC32();
                crc.update(bytes);
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(bytes.length);
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                zip.write(bytes);
            }
        }
    }
}
