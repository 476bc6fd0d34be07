package fovea.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Data by name, as the command line takes it. */
public final class Datasets {
    private static final int SIDE = 224;
    private static final List<String> NAMES = List.of("digits", "sounds", "spectrograms", "clips", "mnist", "fashion-mnist", "cifar10",
            "cifar10-subset", "cifar100",
            "folder:PATH",
            "csv:PATH");

    private Datasets() {
    }

    /** What {@link #byName} takes. */
    public static List<String> names() {
        return NAMES;
    }

    /**
     * The data of a name: {@code digits}, {@code sounds}, {@code spectrograms} (of the same sounds) and {@code clips} need no files;
     * {@code digits:500} has 500 of them to learn from and a sixth of that to test; {@code mnist}, {@code fashion-mnist}, {@code cifar10}, {@code cifar10-subset} and
     * {@code cifar100} lie in a folder of that name below the root, or in the root itself; {@code folder:PATH} has folders {@code train}
     * and {@code test} (or {@code val}) with a folder of pictures per class, and {@code csv:PATH} is a folder with {@code train.csv} and
     * {@code test.csv}, both read as 224 x 224 in colour; {@code folder:PATH@1x64x48} asks for other channels, height and width, and
     * {@code folder:PATH@skip-broken} or {@code folder:PATH@1x64x48,skip-broken} leaves pictures out that cannot be decoded.
     */
    public static Split byName(String name, Path root) {
        if (name.matches("(digits|sounds|spectrograms|clips)(:[1-9]\\d{0,8})?")) {
            return generated(name);
        }
        if (name.startsWith("folder:") || name.startsWith("csv:")) {
            return pictures(name.substring(0, name.indexOf(':')), name.substring(name.indexOf(':') + 1));
        }
        var own = root.resolve(name);
        var folder = Files.isDirectory(own) ? own : root;
        return switch (name) {
            case "mnist" -> Mnist.read(folder);
            case "fashion-mnist" -> Mnist.readFashion(folder);
            case "cifar10", "cifar10-subset" -> Cifar.read10(folder);
            case "cifar100" -> Cifar.read100(folder);
            default -> throw new IllegalArgumentException("data '%s' is unknown; there are %s".formatted(name, String.join(", ", NAMES)));
        };
    }

    private static Split generated(String text) {
        var at = text.indexOf(':');
        var name = at < 0 ? text : text.substring(0, at);
        var n = at < 0 ? name.equals("digits") ? 60_000 : 8_000 : Integer.parseInt(text.substring(at + 1));
        var tests = at >= 0 ? Math.max(1, n / 6) : name.equals("digits") ? 10_000 : 2_000;
        return switch (name) {
            case "digits" -> Digits.split(n, tests, 28, 0);
            case "clips" -> Clips.split(n, tests, 0);
            case "sounds" -> Sounds.split(n, tests, 0);
            default -> Spectrogram.of(Sounds.split(n, tests, 0), 128, 32);
        };
    }

    private static Split pictures(String kind, String where) {
        var at = where.lastIndexOf('@');
        var options = at < 0 ? PictureFiles.options(3, SIDE, SIDE) : wishes(where.substring(at + 1));
        var path = Path.of(at < 0 ? where : where.substring(0, at));
        if (kind.equals("csv")) {
            return new Split(PictureFiles.csv(path.resolve("train.csv"), options), PictureFiles.csv(path.resolve("test.csv"), options));
        }
        var test = Files.isDirectory(path.resolve("test")) ? path.resolve("test") : path.resolve("val");
        return new Split(PictureFiles.folder(path.resolve("train"), options), PictureFiles.folder(test, options));
    }

    private static PictureFiles.Options wishes(String text) {
        var options = PictureFiles.options(3, SIDE, SIDE);
        for (var wish : text.split(",")) {
            if (wish.equals("skip-broken")) {
                options = options.skipBroken(true);
            } else if (wish.matches("[13]x\\d{1,5}x\\d{1,5}")) {
                var n = wish.split("x");
                options = PictureFiles.options(Integer.parseInt(n[0]), Integer.parseInt(n[1]), Integer.parseInt(n[2]))
                        .skipBroken(options.skipBroken());
            } else {
                throw new IllegalArgumentException(
                        "data: '@%s' is unknown; give channels, height and width as @3x224x224, @skip-broken, or both with a comma between"
                                .formatted(text));
            }
        }
        return options;
    }
}
