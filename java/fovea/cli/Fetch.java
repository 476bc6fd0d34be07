package fovea.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code fovea fetch mnist}: the only thing in Fovea that uses the network, and only when somebody types it. */
@Command(name = "fetch", mixinStandardHelpOptions = true, description = "Downloads a data set: mnist, fashion-mnist, cifar10 or cifar100. An interrupted "
        + "download goes on where it stopped; a file appears under its name only when its checksum is right.")
final class Fetch implements Callable<Integer> {
    /** A file as its publisher made it. */
    record Origin(String name, long bytes, String sha256) {
    }

    /** The files of a data set and where they lie. */
    record Origins(String url, List<Origin> files) {
    }

    /**
     * Sizes and checksums of MNIST and Fashion-MNIST are compared with the files themselves by a test. Those of CIFAR are the ones that
     * several other programs demand of the same archives.
     */
    static final Map<String, Origins> KNOWN = Map.of(
            "mnist", new Origins("https://ossci-datasets.s3.amazonaws.com/mnist/", List.of(
                    new Origin("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                    new Origin("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                    new Origin("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                    new Origin("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"))),
            "fashion-mnist", new Origins("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", List.of(
                    new Origin("train-images-idx3-ubyte.gz", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
                    new Origin("train-labels-idx1-ubyte.gz", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
                    new Origin("t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
                    new Origin("t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"))),
            "cifar10", new Origins("https://www.cs.toronto.edu/~kriz/", List.of(
                    new Origin("cifar-10-binary.tar.gz", 170052171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"))),
            "cifar100", new Origins("https://www.cs.toronto.edu/~kriz/", List.of(
                    new Origin("cifar-100-binary.tar.gz", 168513733, "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"))));

    @Parameters(index = "0", paramLabel = "<set>", description = "mnist, fashion-mnist, cifar10 or cifar100.")
    String set;

    @Option(names = "--dir", paramLabel = "<folder>", defaultValue = "data", description = "Where the set's own folder is made. Default: ${DEFAULT-VALUE}.")
    Path folder;

    @Option(names = "--mirror", paramLabel = "<url>", description = "Another place with the same files under the same names.")
    URI mirror;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        var origins = KNOWN.get(set);
        if (origins == null) {
            throw new ParameterException(spec.commandLine(),
                    "'" + set + "' is no data set to fetch; there are mnist, fashion-mnist, cifar10 and cifar100");
        }
        var base = mirror == null ? origins.url() : mirror.toString();
        if (!base.startsWith("http://") && !base.startsWith("https://")) {
            throw new ParameterException(spec.commandLine(), "--mirror " + base + " is no address that begins with http:// or https://");
        }
        fetch(origins.files(), base.endsWith("/") ? base : base + "/", folder.resolve(set));
        return 0;
    }

    void fetch(List<Origin> files, String base, Path into) throws IOException {
        var out = spec.commandLine().getOut();
        Files.createDirectories(into);
        for (var file : files) {
            var target = into.resolve(file.name());
            var packed = file.name().endsWith(".tar.gz");
            var unpacked = into.resolve(file.name().startsWith("cifar-100") ? "cifar-100-binary" : "cifar-10-batches-bin");
            if (packed && Files.isDirectory(unpacked)) {
                out.println(unpacked + ": already there");
                continue;
            }
            var fresh = Download.to(target, URI.create(base + file.name()), file.bytes(), file.sha256());
            out.println(target + (fresh ? ": fetched, checksum right" : ": already there, checksum right"));
            if (packed) {
                Untar.folder(target, unpacked);
                Files.delete(target);
                out.println(unpacked + ": unpacked");
            }
            out.flush();
        }
    }
}
