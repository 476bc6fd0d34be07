package fovea.reference;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Results of configurations in a file: what PyTorch computed in double, rounded to F32. Inputs are not in it, they are drawn again; a
 * checksum of each configuration's name tells whether they are the same.
 */
final class Recorded {
    private Recorded() {
    }

    static void write(Path file, List<Configuration> configurations, List<Configuration.Result> results) throws IOException {
        try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            out.writeInt(configurations.size());
            for (var i = 0; i < configurations.size(); i++) {
                out.writeInt(checksum(configurations.get(i)));
                var result = results.get(i);
                write(out, result.y());
                out.writeByte(result.gradients().size());
                for (var gradient : result.gradients()) {
                    write(out, gradient);
                }
            }
        }
    }

    private static void write(DataOutputStream out, double[] x) throws IOException {
        out.writeShort(x.length);
        for (var v : x) {
            out.writeFloat((float) v);
        }
    }

    /** The results for these configurations, or a refusal where the file was recorded with others. */
    static List<Configuration.Result> read(InputStream from, List<Configuration> configurations) {
        var results = new ArrayList<Configuration.Result>();
        try (var in = new DataInputStream(new BufferedInputStream(from))) {
            var n = in.readInt();
            if (n != configurations.size()) {
                throw new IllegalStateException("%d configurations were recorded, %d are drawn now; record them anew".formatted(
                        n, configurations.size()));
            }
            for (var configuration : configurations) {
                if (in.readInt() != checksum(configuration)) {
                    throw new IllegalStateException("'%s' is not what was recorded here; record them anew".formatted(configuration));
                }
                var y = read(in);
                var gradients = new ArrayList<double[]>();
                for (var g = in.readByte(); g > 0; g--) {
                    gradients.add(read(in));
                }
                results.add(new Configuration.Result(y, gradients));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return results;
    }

    private static double[] read(DataInputStream in) throws IOException {
        var x = new double[in.readUnsignedShort()];
        for (var i = 0; i < x.length; i++) {
            x[i] = in.readFloat();
        }
        return x;
    }

    private static int checksum(Configuration configuration) {
        var checksum = new CRC32();
        checksum.update(configuration.name().getBytes(StandardCharsets.UTF_8));
        return (int) checksum.getValue();
    }
}
