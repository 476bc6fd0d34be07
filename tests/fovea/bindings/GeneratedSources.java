package fovea.bindings;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The committed bindings as text. jextract copies every declaration that it read into the comments of what it writes, with the
 * names, {@code const}s and pointed-to types that a {@code FunctionDescriptor} no longer shows.
 */
record GeneratedSources(Path folder) {

    private static final Pattern SNIPPET = Pattern.compile(
            "/\\*\\*[^{]*\\{@snippet lang=c :\\n(.*?)\\n[ *]*}\\n[ *]*/(\\npublic class)?", Pattern.DOTALL);

    Set<String> classes() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString().replaceFirst("\\.java$", "")).collect(toCollection(TreeSet::new));
        }
    }

    /** The header as jextract saw it. */
    CHeader header() throws IOException {
        var declarations = new LinkedHashSet<String>();
        for (var name : classes()) {
            var text = Files.readString(folder.resolve(name + ".java"));
            var snippets = SNIPPET.matcher(text);
            while (snippets.find()) {
                // Beside its class a struct's file describes each field once more.
                if (name.startsWith("FoveaNative") || snippets.group(2) != null) {
                    declarations.add(declaration(snippets.group(1).replaceAll("(?m)^ *\\* ?", "")));
                }
            }
        }
        return CHeader.of(declarations.stream().collect(joining("\n")));
    }

    private static String declaration(String snippet) {
        if (snippet.startsWith("#")) {
            return snippet;
        }
        var enumerator = Pattern.compile("enum \\S+\\.(\\w+) = (-?\\d+)").matcher(snippet);
        return enumerator.matches() ? "#define " + enumerator.group(1) + " " + enumerator.group(2) : snippet + ";";
    }
}
