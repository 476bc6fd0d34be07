package fovea.data;

import fovea.ElementType;
import fovea.Shape;
import java.util.List;

/**
 * Five windows of each image, in the corners and in the middle, and their mirror images where asked for: to predict all and take the mean.
 *
 * <pre>{@code
 * var crops = new Crops(test, 28, 28, true);              // ten views of each image, one after the other
 * float[] mean = crops.mean(probabilities, 10);           // [images, classes] of [10 * images, classes]
 * }</pre>
 */
public record Crops(Dataset base, int height, int width, boolean mirrored) implements Dataset {
    public Crops {
        var in = base.imageShape();
        Rules.require(height >= 1 && width >= 1 && height <= in.dim(1) && width <= in.dim(2),
                "crops: %d x %d of images %s; give sizes up to those of the image", height, width, in);
        Rules.require((long) base.size() * (mirrored ? 10 : 5) < Integer.MAX_VALUE, "crops: %d images are too many", base.size());
    }

    /** Views of each image. */
    public int views() {
        return mirrored ? 10 : 5;
    }

    @Override
    public int size() {
        return base.size() * views();
    }

    @Override
    public Shape imageShape() {
        return Shape.of(base.imageShape().dim(0), height, width);
    }

    @Override
    public ElementType type() {
        return base.type();
    }

    @Override
    public List<String> classes() {
        return base.classes();
    }

    @Override
    public int label(int index) {
        return base.label(index / views());
    }

    @Override
    public void read(int index, Image image) {
        base.read(index / views(), image);
        var view = index % views();
        var below = image.height() - height;
        var right = image.width() - width;
        var place = view % 5;
        Crop.cut(image, place == 4 ? below / 2 : place / 2 * below, place == 4 ? right / 2 : place % 2 * right, height, width);
        if (view >= 5) {
            new Flip(1, false).apply(image, new Draws());
        }
    }

    /** The means over the views: [images, classes] of [views * images, classes]. */
    public float[] mean(float[] predictions, int classes) {
        Rules.require(classes >= 1 && predictions.length % (views() * classes) == 0,
                "crops: %d numbers are no predictions of %d classes for %d views",
                predictions.length, classes, views());
        var mean = new float[predictions.length / views()];
        for (var i = 0; i < mean.length; i++) {
            var sum = 0.0;
            for (var v = 0; v < views(); v++) {
                sum += predictions[(i / classes * views() + v) * classes + i % classes];
            }
            mean[i] = (float) (sum / views());
        }
        return mean;
    }
}
