package fovea.train;

import fovea.Tensor;
import fovea.data.Dataset;
import fovea.data.Image;
import fovea.nn.Model;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The pictures of a report: images of a data set, filters of the first layer, what layers make of one image. */
final class Pictures {
    private static final int MOST_FILTERS = 64;
    private static final int MOST_LAYERS = 4;
    private static final int MOST_MAPS = 16;

    private Pictures() {
    }

    /** An image element. */
    static String image(byte[] planes, int channels, int height, int width, String words) {
        return "<img alt='%s' title='%s' src='%s'>".formatted(Page.text(words), Page.text(words),
                Png.address(planes, channels, height, width));
    }

    /** As it is in the data set, before any augmentation. */
    static String of(Dataset data, int index, String words) {
        var image = new Image();
        data.read(index, image);
        if (data.imageShape().rank() == 2) {
            return wave(image, words);
        }
        if (data.imageShape().rank() == 4) {
            return film(image, (int) data.imageShape().dim(1), words);
        }
        // Two or four channels are no colours; the first is shown.
        var channels = image.channels() == 3 ? 3 : 1;
        var bytes = new byte[channels * image.height() * image.width()];
        for (var i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Math.round(Math.clamp(image.get(i) / image.white(), 0f, 1f) * 255);
        }
        return image(bytes, channels, image.height(), image.width(), words);
    }

    /** A series as a line: each column of the picture holds all that its samples reach. */
    private static String wave(Image image, String words) {
        var side = 96;
        var bytes = new byte[side * side];
        var most = 1e-6f;
        for (var i = 0; i < image.width(); i++) {
            most = Math.max(most, Math.abs(image.get(i)));
        }
        for (var i = 0; i < image.width(); i++) {
            var x = i * side / image.width();
            var y = Math.round((1 - image.get(i) / most) * (side - 1) / 2);
            for (var at = Math.min(y, side / 2); at <= Math.max(y, side / 2); at++) {
                bytes[at * side + x] = (byte) 255;
            }
        }
        return image(bytes, 1, side, side, words);
    }

    /** Frames of a clip from left to right and on in the next row, at most nine of them, in a square. */
    private static String film(Image image, int frames, String words) {
        var across = (int) Math.ceil(Math.sqrt(Math.min(9, frames)));
        var height = image.height() / frames;
        var width = image.width();
        var bytes = new byte[across * height * across * width];
        for (var f = 0; f < Math.min(9, frames); f++) {
            for (var i = 0; i < height * width; i++) {
                var value = image.get((f * frames / Math.min(9, frames)) * height * width + i) / image.white();
                bytes[(f / across * height + i / width) * across * width + f % across * width + i % width] = (byte) Math.round(
                        Math.clamp(value, 0f, 1f) * 255);
            }
        }
        return image(bytes, 1, across * height, across * width, words);
    }

    /** The filters of the first convolution over images; none where there is no such layer. */
    static List<String> filters(Model model) {
        var pictures = new ArrayList<String>();
        for (var weights : model.parameters()) {
            var shape = weights.shape();
            if (shape.rank() != 4 || shape.dim(2) * shape.dim(3) == 1) {
                continue;
            }
            var channels = (int) shape.dim(1);
            var plane = (int) (shape.dim(2) * shape.dim(3));
            var shown = channels == 3 ? 3 : 1;
            var elements = weights.toArray();
            for (var f = 0; f < Math.min(MOST_FILTERS, shape.dim(0)); f++) {
                pictures.add(image(scaled(elements, f * channels * plane, shown * plane), shown, (int) shape.dim(2), (int) shape.dim(3),
                        "%s, filter %d".formatted(weights.name(), f)));
            }
            break;
        }
        return pictures;
    }

    /** Layer by layer what a network makes of an image: path to pictures of its first channels. */
    static Map<String, List<String>> maps(Trainer trainer, Dataset data, int index) {
        var model = trainer.model();
        var maps = new LinkedHashMap<String, List<String>>();
        var hooks = new ArrayList<Model.Hook>();
        var names = new LinkedHashMap<String, String>();
        model.summary().rows().forEach(row -> names.put(row.path(), row.path() + "  " + row.layer()));
        for (var path : model.layerPaths()) {
            if (names.containsKey(path)) {
                hooks.add(model.onActivation(path, (at, y) -> see(maps, names.get(at), y)));
            }
        }
        try {
            trainer.show(data, index, (_, x) -> model.forward(x));
        } finally {
            hooks.forEach(Model.Hook::close);
        }
        return maps;
    }

    private static Tensor see(Map<String, List<String>> maps, String name, Tensor y) {
        var shape = y.shape();
        if (maps.size() < MOST_LAYERS && shape.rank() == 4 && shape.dim(2) * shape.dim(3) > 1) {
            var elements = y.toArray();
            var plane = (int) (shape.dim(2) * shape.dim(3));
            var pictures = new ArrayList<String>();
            for (var c = 0; c < Math.min(MOST_MAPS, shape.dim(1)); c++) {
                pictures.add(image(scaled(elements, c * plane, plane), 1, (int) shape.dim(2), (int) shape.dim(3), "channel " + c));
            }
            maps.put(name, pictures);
        }
        return y;
    }

    /** The smallest is black, the largest white. */
    private static byte[] scaled(float[] elements, int from, int count) {
        var low = Float.POSITIVE_INFINITY;
        var high = Float.NEGATIVE_INFINITY;
        for (var i = from; i < from + count; i++) {
            low = Math.min(low, elements[i]);
            high = Math.max(high, elements[i]);
        }
        var bytes = new byte[count];
        for (var i = 0; i < count; i++) {
            bytes[i] = (byte) (high > low ? Math.round((elements[from + i] - low) / (high - low) * 255) : 0);
        }
        return bytes;
    }
}
