package fovea.data;

/**
 * AlexNet's change of light: along each principal axis of the colours of natural images, by a gaussian times the spread along it.
 * Images of three channels; 0.1 is the usual deviation.
 */
public record PcaNoise(float deviation) implements Augmentation {
    /** Spread along each axis, where white is 1, and the axes as columns: those of ImageNet, as published with AlexNet. */
    private static final float[] SPREAD = {0.2175f, 0.0188f, 0.0045f};
    private static final float[][] AXES = {{-0.5675f, 0.7192f, 0.4009f}, {-0.5808f, -0.0045f, -0.8140f}, {-0.5836f, -0.6948f, 0.4203f}};

    public PcaNoise {
        Rules.atLeast0("pca noise", "deviation", deviation);
    }

    @Override
    public fovea.Shape outputShape(fovea.Shape in) {
        Rules.require(in.dim(0) == 3, "pca noise: images %s; it needs 3 channels", in);
        return in;
    }

    @Override
    public void apply(Image image, Draws draws) {
        var a = new float[3];
        for (var k = 0; k < 3; k++) {
            a[k] = deviation * draws.gaussian() * SPREAD[k] * image.white();
        }
        var plane = image.height() * image.width();
        for (var c = 0; c < 3; c++) {
            var light = AXES[c][0] * a[0] + AXES[c][1] * a[1] + AXES[c][2] * a[2];
            for (int i = c * plane, end = i + plane; i < end; i++) {
                image.set(i, Colour.within(image, image.get(i) + light));
            }
        }
    }
}
