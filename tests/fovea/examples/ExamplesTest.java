package fovea.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every program in {@code examples} compiles and writes its page: with next to no training here, as it is with {@code mvn -Pzoo test}. */
class ExamplesTest {
    /** What makes each one short: digits, samples or steps, and a number of pictures and charts that its page must have. */
    private record Setting(String small, int figures) {
    }

    private static final Map<String, Setting> PAGES = Map.ofEntries(
            Map.entry("Translation", new Setting("2", 2)),
            Map.entry("ReceptiveFields", new Setting("1", 8)),
            Map.entry("VanishingGradients", new Setting("320", 2)),
            Map.entry("SharedWeights", new Setting("64", 1)),
            Map.entry("FirstFilters", new Setting("64", 64)),
            Map.entry("PointwiseConvolution", new Setting("20", 6)),
            Map.entry("SaliencyMaps", new Setting("320", 35)),
            Map.entry("Dreams", new Setting("320", 24)),
            Map.entry("StyleTransfer", new Setting("2", 15)),
            Map.entry("TransferLearning", new Setting("120", 1)),
            Map.entry("CodesInAPlane", new Setting("480", 3)));

    @TempDir
    static Path folder;

    @BeforeAll
    static void compile() throws Exception {
        var classes = Path.of(URI.create(Session.class.getProtectionDomain().getCodeSource().getLocation().toString()));
        try (var sources = Files.list(Path.of("examples"))) {
            var arguments = Stream.concat(Stream.of("-cp", classes.toString(), "-d", folder.resolve("classes").toString(), "-proc:none"),
                    sources.map(Path::toString).filter(path -> path.endsWith(".java"))).toArray(String[]::new);
            assertEquals(0, ToolProvider.findFirst("javac").orElseThrow().run(System.out, System.err, arguments),
                    "an example does not compile; see above");
        }
    }

    @Test
    void everyExampleIsRunHereOrIsTheOneOfTheReadmeOrWhatThreeShare() throws IOException {
        try (var sources = Files.list(Path.of("examples"))) {
            var names = sources.map(path -> path.getFileName().toString().replace(".java", "")).sorted().toList();
            assertEquals(Stream.concat(PAGES.keySet().stream(), Stream.of("Lenet", "Networks")).sorted().toList(), names);
        }
    }

    @TestFactory
    Stream<DynamicTest> writesItsPage() {
        return PAGES.keySet().stream().sorted().map(name -> DynamicTest.dynamicTest(name, () -> run(name, PAGES.get(name).small)));
    }

    @TestFactory
    @Tag("zoo")
    Stream<DynamicTest> writesItsPageAsItIs() {
        return PAGES.keySet().stream().sorted().map(name -> DynamicTest.dynamicTest(name, () -> run(name, null)));
    }

    private static void run(String name, String setting) throws Exception {
        var page = folder.resolve(setting == null ? "whole" : "small").resolve(name + ".html");
        var arguments = setting == null ? new String[] {page.toString()} : new String[] {page.toString(), setting};
        try (var loader = new URLClassLoader(new URL[] {folder.resolve("classes").toUri().toURL()}, Session.class.getClassLoader())) {
            var program = loader.loadClass(name);
            var constructor = program.getDeclaredConstructor();
            constructor.setAccessible(true);
            var main = program.getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(constructor.newInstance(), (Object) arguments);
        }
        var html = Files.readString(page);
        assertTrue(html.split("<figure").length - 1 >= PAGES.get(name).figures, () -> "figures: " + (html.split("<figure").length - 1));
        assertFalse(html.replaceAll("data:[^']*", "").contains("NaN"), "a page with NaN on it");
    }
}
