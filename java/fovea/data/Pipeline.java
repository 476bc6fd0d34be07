package fovea.data;

import fovea.ElementType;
import fovea.Shape;
import java.util.Arrays;
import java.util.List;

/** What becomes of an image between dataset and batch, checked before the first one is read. */
final class Pipeline {
    private final Dataset dataset;
    private final Loader.Options options;
    private final List<Augmentation> steps;
    private final Shape shape;
    /** The same as an image, whatever the rank. */
    private final Shape image;
    private final ElementType type;
    /** How bytes in a batch become floats, per channel. */
    private final float[] scale;
    private final float[] shift;

    Pipeline(Dataset dataset, Loader.Options options) {
        this.dataset = dataset;
        this.options = options;
        var all = options.augmentations();
        // The last step of a batch that stays bytes happens when the batch enters a step.
        var norm = options.keepBytes() && !all.isEmpty() && all.getLast() instanceof Normalise n ? n : null;
        steps = norm == null ? all : all.subList(0, all.size() - 1);
        var s = Image.shapeOf(dataset.imageShape());
        var t = dataset.type();
        for (var step : steps) {
            s = step.outputShape(s);
            t = step.outputType(t);
        }
        if (options.keepBytes() && t != ElementType.U8) {
            throw new IllegalArgumentException(
                    "loader: keepBytes, but the images become %s; leave it out, or put normalise last".formatted(t));
        }
        image = s;
        if (dataset.imageShape().rank() != 3 && !s.equals(Image.shapeOf(dataset.imageShape()))) {
            throw new IllegalArgumentException(
                    "loader: the augmentations make %s of samples %s; only images, [channels, height, width], may change their size"
                            .formatted(
                                    s, dataset.imageShape()));
        }
        shape = dataset.imageShape().rank() == 3 ? s : dataset.imageShape();
        type = options.keepBytes() ? ElementType.U8 : ElementType.F32;
        var channels = (int) image.dim(0);
        scale = new float[channels];
        shift = new float[channels];
        if (norm == null) {
            Arrays.fill(scale, 1 / 255f);
        } else {
            norm.affine(255, scale, shift);
        }
    }

    Shape shape() {
        return shape;
    }

    ElementType type() {
        return type;
    }

    int classes() {
        return dataset.classes().size();
    }

    Batch newBatch() {
        return new Batch(options.batch(), shape, type, classes(), options.mixing() != null, scale, shift);
    }

    /** What one thread needs to fill batches. */
    final class Worker {
        private final Image image = new Image();
        private final Draws draws = new Draws();
        private final Shape of = Pipeline.this.image;
        private final float[] pixels = options.mixing() == null ? null : new float[Math.toIntExact(options.batch() * shape.elements())];
        private final float[] targets = options.mixing() == null ? null : new float[options.batch() * classes()];

        void fill(Batch batch, int[] order, long epoch, int number) {
            var start = number * options.batch();
            var n = Math.min(options.batch(), order.length - start);
            batch.begin(n, Math.max(0, Math.min(n, dataset.size() - start)));
            for (var i = 0; i < n; i++) {
                var index = order[start + i];
                var label = label(index);
                // An image that comes twice in an epoch is drawn for twice.
                var stream = options.balanced() || start + i >= dataset.size() ? -1L - start - i : index;
                dataset.read(index, image);
                draws.at(options.seed(), epoch, stream);
                for (var step : steps) {
                    step.apply(image, draws);
                }
                if (type == ElementType.F32) {
                    image.toFloats();
                }
                check(index);
                if (pixels == null) {
                    batch.put(i, index, label, image);
                } else {
                    batch.put(i, index, label);
                    System.arraycopy(image.floats(), 0, pixels, i * image.elements(), image.elements());
                }
            }
            if (pixels != null) {
                mix(batch, n, epoch, number);
            }
        }

        private void mix(Batch batch, int n, long epoch, int number) {
            Arrays.fill(targets, 0);
            for (var i = 0; i < n; i++) {
                targets[i * classes() + batch.label(i)] = 1;
            }
            draws.at(~options.seed(), epoch, number);
            // A short batch is handed over in arrays of its own length: a mixing may rely on it.
            var x = n == options.batch() ? pixels : Arrays.copyOf(pixels, Math.toIntExact(n * shape.elements()));
            var t = n == options.batch() ? targets : Arrays.copyOf(targets, n * classes());
            options.mixing().apply(x, t, n, (int) of.dim(0), (int) of.dim(1), (int) of.dim(2), draws);
            batch.putMixed(x, t);
        }

        private int label(int index) {
            var label = dataset.label(index);
            if (label < 0 || label >= classes()) {
                throw new DataException("image %d of %s has label %d; there are the classes 0 to %d".formatted(
                        index, dataset, label, classes() - 1));
            }
            return label;
        }

        private void check(int index) {
            if (image.channels() != of.dim(0) || image.height() != of.dim(1) || image.width() != of.dim(2)) {
                throw new DataException(
                        "image %d of %s became %s, and the batch takes %s: read or an augmentation broke its word".formatted(
                                index, dataset, image.shape(), of));
            }
        }
    }
}
