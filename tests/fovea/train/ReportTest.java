package fovea.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Session;
import fovea.Shape;
import fovea.data.Digits;
import fovea.data.Loader;
import fovea.nn.Layers;
import fovea.optim.Sgd;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens a report in a browser. */
class ReportTest {
    @TempDir
    Path folder;

    private Path report() {
        try (var session = Session.open(Session.options().threads(1))) {
            var model = Layers.sequential(Layers.conv2d(6, 5), Layers.relu(), Layers.maxPool2d(4), Layers.conv2d(10, 6), Layers.flatten())
                    .build(session, Shape.of(1, 28, 28), 1);
            new Trainer(model, new Sgd(model.parameters(), new Sgd.Options(0.01)), new TrainOptions(2, Loader.options(50)).folder(folder)
                    .named("run </script><script>oops()", "fovea train 'a & b'")).fit(Digits.train(200, 28, 1), Digits.test(60, 28, 1));
        }
        return folder.resolve("report.html");
    }

    /** What the browser makes of the page, and what it says on its console. */
    private record Seen(String page, String console) {
    }

    private Seen open(Path page) throws Exception {
        var browser = Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome").map(Path::of).filter(
                Files::isExecutable).findFirst();
        if (browser.isEmpty()) {
            System.out.println("skipped: no Chromium");
            Assumptions.abort("skipped: no Chromium");
        }
        var command = new ArrayList<>(List.of(browser.get().toString(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--user-data-dir=" + folder.resolve("profile"), "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom"));
        command.add(page.toUri().toString());
        var out = folder.resolve("dom.html");
        var err = folder.resolve("console.txt");
        var process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            assertTrue(process.waitFor(90, TimeUnit.SECONDS), "the browser hangs");
        } finally {
            process.destroyForcibly().waitFor();
        }
        var console = Files.readAllLines(err, StandardCharsets.UTF_8).stream().filter(line -> line.contains("CONSOLE")).toList();
        return new Seen(Files.readString(out), String.join("\n", console));
    }

    @Test
    void opensInABrowserWithAllChartsAndNoError() throws Exception {
        var page = report();
        var checked = folder.resolve("checked.html");
        // The page moves the pointer over every chart and writes down what it then shows.
        Files.writeString(checked, Files.readString(page).replace("</body>",
                """
                        <script>
                        for (const figure of document.querySelectorAll("figure.chart")) {
                            const svg = figure.querySelector("svg"), box = svg.getBoundingClientRect();
                            svg.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + box.width - 20, clientY: box.top + 50 }));
                            figure.dataset.seen = `${figure.id}:${getComputedStyle(figure.querySelector("output")).visibility}:${box.width > 300}`;
                        }
                        document.body.dataset.pictures = [...document.images].filter(i => i.naturalWidth > 0).length + " of " + document.images.length;
                        document.body.dataset.scripts = document.scripts.length;
                        </script></body>"""));
        var seen = open(checked);
        assertEquals("", seen.console());
        for (var chart : List.of("loss", "accuracy", "rate", "throughput")) {
            assertTrue(seen.page().contains("data-seen=\"" + chart + ":visible:true\""), chart);
        }
        for (var id : List.of("confusion", "mistakes", "filters", "maps", "machine")) {
            assertTrue(seen.page().contains("id=\"" + id + "\""), id);
        }
        var pictures = seen.page().replaceAll("(?s).*data-pictures=\"(\\d+) of (\\d+)\".*", "$1 $2").split(" ");
        assertEquals(pictures[0], pictures[1]);
        assertTrue(Integer.parseInt(pictures[0]) > 20, pictures[0]);
        // Four charts with their values, the page's own script, and ours: what the title holds is none.
        assertTrue(seen.page().contains("data-scripts=\"6\""), "a title became a script");
    }

    @Test
    void theBrowserTestSeesABrokenScript() throws Exception {
        var page = folder.resolve("broken.html");
        Files.writeString(page, "<!doctype html><body><script>nothing.here()</script>");
        assertTrue(open(page).console().contains("nothing is not defined"));
    }

    @Test
    void needsNothingFromElsewhere() throws Exception {
        var text = Files.readString(report());
        assertFalse(text.matches("(?s).*(src|href)=['\"](?!data:)[^'\"]+['\"].*"), "something is loaded");
        assertFalse(text.contains("http://") || text.contains("https://") || text.contains("@import"), "something is loaded");
        assertTrue(text.contains("prefers-color-scheme: dark"));
    }
}
