package fovea.train;

import fovea.runtime.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The frame of a page that needs nothing but itself, and the quoting of what goes into it. */
final class Page {
    private Page() {
    }

    static String text(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;").replace("\"", "&quot;");
    }

    /** Inside a JSON text inside a script element. */
    static String json(String text) {
        var quoted = Json.compact(text).replace("<", "\\u003c");
        return quoted.substring(1, quoted.length() - 1);
    }

    static String of(String title, String body) {
        return """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <link rel="icon" href="data:,">
                <title>%s</title>
                <style>
                %s</style>
                </head>
                <body>
                %s<script>
                %s</script>
                </body>
                </html>
                """.formatted(text(title), resource("report.css"), body, resource("report.js"));
    }

    private static String resource(String name) {
        try (var in = Page.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing beside " + Page.class.getName() + "; the jar is not whole");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(name + " cannot be read", e);
        }
    }
}
