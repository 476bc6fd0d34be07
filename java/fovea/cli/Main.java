package fovea.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** The entry of the command line. Apart from {@link Commands}, so that it can say what is wrong where the parser is missing. */
public final class Main {
    private Main() {
    }

    public static void main(String[] arguments) {
        var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(out, err, arguments));
    }

    private static int run(PrintWriter out, PrintWriter err, String... arguments) {
        try {
            return Commands.run(out, err, arguments);
        } catch (NoClassDefFoundError e) {
            if (e.getMessage() == null || !e.getMessage().startsWith("picocli")) {
                throw e;
            }
            // The library itself depends on nothing; only the command line needs a parser.
            err.println("fovea: the command line needs picocli (info.picocli:picocli) on its path; ./fovea sees to that");
            return 2;
        }
    }
}
