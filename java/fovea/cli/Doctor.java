package fovea.cli;

import fovea.runtime.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code fovea doctor}: what Fovea finds here, how fast it is, and what is wrong with it. */
@Command(name = "doctor", mixinStandardHelpOptions = true, description = "Shows what Fovea finds on this machine and measures it. "
        + "The exit code is 1 where something is wrong.")
final class Doctor implements Callable<Integer> {
    @Option(names = "--json", description = "Print one JSON object instead of text.")
    boolean json;

    @Option(names = "--seconds", defaultValue = "2", paramLabel = "<n>", description = "Time for the measurement; 0 leaves it out. Default: ${DEFAULT-VALUE}.")
    double seconds;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
        if (!(seconds >= 0 && seconds <= 60)) {
            throw new ParameterException(spec.commandLine(), "--seconds is " + seconds + "; give 0 to 60");
        }
        var diagnosis = Diagnosis.make(seconds);
        spec.commandLine().getOut().println(json ? Json.of(diagnosis.facts()) : diagnosis.text());
        return diagnosis.problems().isEmpty() ? 0 : Commands.FAILED;
    }
}
