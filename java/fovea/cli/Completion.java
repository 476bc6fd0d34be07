package fovea.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code source <(fovea completion)}. */
@Command(name = "completion", mixinStandardHelpOptions = true, description = {"Prints a completion script for bash and zsh:",
        "source <(fovea completion)"})
final class Completion implements Callable<Integer> {
    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(AutoComplete.bash("fovea", spec.root().commandLine()));
        spec.commandLine().getOut().flush();
        return 0;
    }
}
