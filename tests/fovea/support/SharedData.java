package fovea.support;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Material that lies beside the project and not in it. Where it is absent, the test that wants it is skipped by name. */
public final class SharedData {
    private SharedData() {
    }

    /** A file or folder below {@code ../shared/data}, or the end of the test. */
    public static Path path(String name) {
        var path = Path.of("../shared/data").resolve(name);
        if (!Files.exists(path)) {
            var message = "skipped: " + path + " is absent";
            System.out.println(message);
            Assumptions.abort(message);
        }
        return path;
    }
}
