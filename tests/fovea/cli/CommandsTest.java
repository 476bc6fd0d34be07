package fovea.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.support.ChildJvm;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

class CommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Command(name = "fail")
    static final class Failing implements Callable<Integer> {
        @Override
        public Integer call() {
            throw new IllegalStateException("the disk\n  is full");
        }
    }

    private int run(String... arguments) {
        var line = Commands.line(new PrintWriter(out, true), new PrintWriter(err, true));
        return line.addSubcommand(new Failing()).execute(arguments);
    }

    @Test
    void workThatFailsIsOneLineAndExitCode1() {
        assertEquals(1, run("fail"));
        assertEquals("fovea: the disk is full\n", err.toString());
        assertEquals("", out.toString());
    }

    @Test
    void theStackTraceIsForThoseWhoAsk() {
        assertEquals(1, run("fail", "--stacktrace"));
        assertTrue(
                err.toString().startsWith("fovea: the disk is full\n") && err.toString().contains("fovea.cli.CommandsTest$Failing.call("),
                err::toString);
    }

    @Test
    void aWrongCommandLineIsOneLineAndExitCode2() {
        for (var wrong : List.of(List.<String>of(), List.of("juggle"), List.of("doctor", "--sonar"), List.of("doctor", "--seconds=soon"),
                List.of("doctor", "--seconds=-1"))) {
            err.getBuffer().setLength(0);
            assertEquals(2, run(wrong.toArray(String[]::new)), wrong::toString);
            assertEquals(1, err.toString().lines().count(), err::toString);
            assertTrue(err.toString().startsWith("fovea: ") && err.toString().contains("--help"), err::toString);
            if (!wrong.isEmpty()) {
                assertTrue(err.toString().contains(wrong.getLast().replaceAll(".*=", "")), err::toString);
            }
        }
    }

    @Test
    void helpListsTheCommandsAndIsNoMistake() {
        assertEquals(0, run("--help"));
        assertTrue(out.toString().contains("doctor") && out.toString().contains("--stacktrace"), out::toString);
        assertEquals(0, run("help", "doctor"));
        assertTrue(out.toString().contains("--json"), out::toString);
    }

    @Test
    void withoutItsParserTheProgramSaysWhichJarIsMissing() throws Exception {
        var classes = Path.of(URI.create(Commands.class.getProtectionDomain().getCodeSource().getLocation().toString()));
        var result = ChildJvm.run(List.of("-cp", classes.toString(), Main.class.getName(), "doctor"));
        assertEquals(2, result.exit(), result::toString);
        assertTrue(result.err().startsWith("fovea: the command line needs picocli"), result::toString);
    }
}
