package fovea.support;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A JVM of its own, for what can happen only once in a process or needs other flags. Without the flags of this one. */
public final class ChildJvm {
    private final Process process;
    private final FutureTask<String> out;
    private final FutureTask<String> err;

    /** How it ended. {@code out} and {@code err} hold all it wrote. */
    public record Result(int exit, String out, String err) {
        /** The text behind {@code prefix} on the first line of standard output that starts with it. */
        public String line(String prefix) {
            return out.lines().filter(line -> line.startsWith(prefix)).map(line -> line.substring(prefix.length())).findFirst()
                    .orElseGet(() -> fail("no line '" + prefix + "' in:\n" + this));
        }

        @Override
        public String toString() {
            return "exit " + exit + "\n--- out\n" + out + "--- err\n" + err;
        }
    }

    private ChildJvm(List<String> command) throws IOException {
        var builder = new ProcessBuilder(command);
        builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
        process = builder.start();
        process.getOutputStream().close();
        out = reading(process.inputReader());
        err = reading(process.errorReader());
    }

    private static FutureTask<String> reading(BufferedReader reader) {
        var task = new FutureTask<>(() -> String.join("\n", reader.lines().toList()) + "\n");
        Thread.ofVirtual().start(task);
        return task;
    }

    /** The launcher of the JVM that runs this. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Starts {@code java arguments...} without waiting for it. */
    public static ChildJvm start(List<String> arguments) throws IOException {
        var command = new ArrayList<>(List.of(java()));
        command.addAll(arguments);
        return execute(command);
    }

    /** For commands that end up as a JVM. */
    static ChildJvm execute(List<String> command) throws IOException {
        return new ChildJvm(command);
    }

    public static Result run(List<String> arguments) throws IOException, InterruptedException {
        return start(arguments).await();
    }

    /** Ends it at once, as a power failure would: on Linux and macOS with SIGKILL. */
    public Result kill() throws InterruptedException {
        process.destroyForcibly();
        return await();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public Result await() throws InterruptedException {
        // Not a performance claim: the limit keeps a hung child from hanging the build.
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            fail("the child JVM did not end within two minutes: " + process.info().commandLine().orElse(""));
        }
        try {
            return new Result(process.exitValue(), out.get(), err.get());
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
