package fovea.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import fovea.runtime.InstructionSets;
import fovea.runtime.NativeLoader;
import fovea.support.ChildJvm;
import fovea.support.CpuQuota;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DoctorTest {
    private static String doctor(String... options) {
        var out = new StringWriter();
        var arguments = new ArrayList<>(List.of("doctor"));
        arguments.addAll(List.of(options));
        Commands.run(new PrintWriter(out, true), new PrintWriter(out, true), arguments.toArray(String[]::new));
        return out.toString();
    }

    @Test
    void printsWhatItFindsAndMeasures() {
        var loaded = NativeLoader.load();
        var text = doctor("--seconds", "0.3");
        for (var fact : List.of(loaded.platform(), Runtime.version().toString(), loaded.library().toString(), loaded.sha256(),
                "oneDNN           3.",
                "instruction set  " + InstructionSets.available().getLast(), "-Dfovea.isa=<name>", "-Dfovea.threads", "quota",
                "huge pages", "GFLOP/s on ",
                "L2 ", "read", "write", "copy")) {
            assertTrue(text.contains(fact), () -> "'" + fact + "' is not in\n" + text);
        }
        assertFalse(text.matches("(?s).*\\b(0\\.0|NaN|Infinity)\\b.*"), "every rate is a number above zero:\n" + text);
    }

    @Test
    void theJsonHasTheSameFacts() {
        var json = doctor("--seconds", "0.3", "--json");
        for (var fact : List.of("\"platform\": \"" + NativeLoader.load().platform() + "\"", "\"librarySha256\": \""
                + NativeLoader.load().sha256() + "\"",
                "\"peakF32Gflops\": ", "\"level\": \"L2\"", "\"problems\": [", "\"warnings\": [")) {
            assertTrue(json.contains(fact), () -> fact + " is not in\n" + json);
        }
        assertFalse(doctor("--seconds", "0", "--json").contains("peakF32Gflops"), "0 seconds leave the measurement out");
    }

    @Test
    void eachThingThatIsWrongIsALineAndTheExitCodeIs1() throws Exception {
        assertProblem("-Dfovea.threads=999", "problem: 999 threads on ", "Remedy: -Dfovea.threads=");
        assertProblem("-Dfovea.threads=many", "problem: -Dfovea.threads=many is no thread count");
        assertProblem("-Dfovea.isa=mmx", "problem: -Dfovea.isa=mmx cannot be used here", "scalar");
        assertProblem("-Dfovea.library.path=" + Path.of("nowhere").toAbsolutePath(), "problem: Fovea's native library for ",
                "no such folder", "threads ");
        assertProblem("--illegal-native-access=deny",
                "problem: the JVM denies Fovea native access. Remedy: add --enable-native-access=ALL-UNNAMED ");
    }

    @Test
    void anInstructionSetBelowTheBestIsAProblem() throws Exception {
        if (InstructionSets.available().size() < 2) {
            System.out.println("DoctorTest skipped: this CPU has scalar alone");
            abort("this CPU has scalar alone");
        }
        assertProblem("-Dfovea.isa=scalar", "problem: the instruction set is forced to scalar, below "
                + InstructionSets.available().getLast());
    }

    @Test
    void moreThreadsThanTheQuotaIsAProblemAndAFractionAWarning() throws Exception {
        try (var quota = new CpuQuota(0.6)) {
            var result = quota.run(command("-Dfovea.threads=2"));
            assertEquals(1, result.exit(), result::toString);
            assertTrue(result.out().contains("problem: 2 threads under a quota of 0.60 CPUs (" + quota.file()), result::toString);
            assertTrue(result.out().contains("Remedy: -Dfovea.threads=1\n"), result::toString);
            result = quota.run(command("-Dplain=true"));
            assertEquals(0, result.exit(), result::toString);
            assertTrue(result.out().contains("threads          1 (the JVM may use 1, quota 0.60 CPUs"), result::toString);
        }
        try (var quota = new CpuQuota(1.5)) {
            var result = quota.run(command("-Dfovea.threads=2"));
            if (Runtime.getRuntime().availableProcessors() > 1) {
                assertEquals(0, result.exit(), result::toString);
                assertTrue(result.out().contains("warning: the quota of 1.50 CPUs"), result::toString);
                assertTrue(result.out().contains("-Dfovea.threads=1 is steadier"), result::toString);
            }
        }
    }

    @Test
    void aPropertyMayStandBehindTheCommandToo() throws Exception {
        var result = child("-Dplain=true", "-Dfovea.threads=999");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.out().contains("problem: 999 threads on "), result::toString);
        var other = child("-Dplain=true", "-Djava.home=x");
        assertEquals(2, other.exit(), other::toString);
        assertTrue(other.err().contains("fovea: -Djava.home is not a property of Fovea"), other::toString);
    }

    @Test
    void toleratedNativeAccessIsAWarningWithTheFlag() throws Exception {
        var result = child("-Dplain=true");
        assertEquals(0, result.exit(), result::toString);
        assertTrue(result.out().contains("warning: native access is not granted")
                && result.out().contains("--enable-native-access=ALL-UNNAMED"), result::toString);
        var granted = child("--enable-native-access=ALL-UNNAMED");
        assertEquals(0, granted.exit(), granted::toString);
        assertFalse(granted.out().contains("native access"), granted::toString);
        assertEquals("\n", granted.err());
    }

    private static void assertProblem(String flag, String... lines) throws Exception {
        var result = child(flag);
        assertEquals(1, result.exit(), result::toString);
        for (var line : lines) {
            assertTrue(result.out().contains(line), () -> "'" + line + "' is not in " + result);
        }
        assertFalse(result.err().contains("at fovea."), "no stack trace: " + result);
    }

    private static ChildJvm.Result child(String flag, String... options) throws Exception {
        return ChildJvm.run(command(flag, options));
    }

    private static List<String> command(String flag, String... options) {
        var classPath = location(Commands.class) + File.pathSeparator + location(CommandLine.class);
        var command = new ArrayList<>(List.of(flag, "-cp", classPath, Main.class.getName(), "doctor", "--seconds", "0"));
        command.addAll(List.of(options));
        return command;
    }

    private static Path location(Class<?> type) {
        return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()));
    }
}
