package fovea.cli;

import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/**
 * The command line: {@code fovea <command>}. A command is a class of this package with {@code @Command}, named in {@code subcommands}.
 * Exit codes: 0 done, 1 the work failed, 2 the command line is wrong. An error is one line; {@code --stacktrace} adds where it came from.
 */
@Command(name = "fovea", description = "Trains convolutional networks on CPUs.", mixinStandardHelpOptions = true, versionProvider = Commands.Version.class, synopsisSubcommandLabel = "<command>", subcommands = {
        CommandLine.HelpCommand.class,
        Train.class,
        Evaluate.class,
        Predict.class,
        Summarize.class,
        Bench.class,
        Filters.class,
        Doctor.class,
        Fetch.class,
        Completion.class,
})
final class Commands implements Runnable {
    /** The work failed, and this line says all that a user needs to know. */
    static final int FAILED = 1;
    /** The command line is wrong. */
    static final int USAGE = 2;

    @Option(names = "--stacktrace", scope = ScopeType.INHERIT, description = "Show where in the program an error came from.")
    boolean stacktrace;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    /** As on a java command, so that nobody has to find out how the launcher calls java. All of ours are read after this. */
    @Option(names = "-D", scope = ScopeType.INHERIT, paramLabel = "fovea.<property>=<value>", description = "Set fovea.isa, fovea.threads, "
            + "fovea.library.path or fovea.cache.")
    void property(Map<String, String> properties) {
        properties.forEach((name, value) -> {
            if (!name.startsWith("fovea.")) {
                throw new ParameterException(spec.commandLine(),
                        "-D" + name + " is not a property of Fovea; all of them start with fovea.");
            }
            System.setProperty(name, value);
        });
    }

    /** Runs one command as {@link Main} does, and returns its exit code. */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        return line(out, err).execute(arguments);
    }

    static CommandLine line(PrintWriter out, PrintWriter err) {
        var commands = new Commands();
        var line = new CommandLine(commands).setOut(out).setErr(err).setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, parsed) -> commands.report(failure, err));
        line.setParameterExceptionHandler((mistake, given) -> commands.misuse(mistake, err));
        return line;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }

    private int report(Exception failure, PrintWriter err) {
        var message = failure.getMessage() == null || failure.getMessage().isBlank() ? failure.getClass().getName() : failure.getMessage();
        err.println("fovea: " + message.strip().replaceAll("\\s*\\R\\s*", " "));
        if (stacktrace) {
            failure.printStackTrace(err);
        }
        return FAILED;
    }

    private int misuse(ParameterException mistake, PrintWriter err) {
        var command = mistake.getCommandLine().getCommandSpec().qualifiedName();
        err.println("fovea: " + mistake.getMessage().strip().replaceAll("\\s*\\R\\s*", " ") + "; see " + command + " --help");
        if (stacktrace) {
            mistake.printStackTrace(err);
        }
        return USAGE;
    }

    /** The version of the jar, which the module or the manifest knows. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"fovea " + text()};
        }

        static String text() {
            var module = Commands.class.getModule();
            if (module.isNamed() && module.getDescriptor().rawVersion().isPresent()) {
                return module.getDescriptor().rawVersion().get();
            }
            var manifest = Commands.class.getPackage().getImplementationVersion();
            return manifest != null ? manifest : "from source";
        }
    }
}
