package fovea.data;

/**
 * Augmentations with usual numbers, to be imported statically; the records behind them take all numbers.
 *
 * <pre>{@code
 * options.augment(randomCrop(32, 4), flip(), normalise(Cifar.mean(), Cifar.deviation())).mix(new CutMix(1));
 * }</pre>
 */
public final class Augment {
    private Augment() {
    }

    /** Left and right change places in every second image. */
    public static Flip flip() {
        return new Flip(0.5f, false);
    }

    /** Top and bottom change places in every second image. */
    public static Flip flipVertically() {
        return new Flip(0.5f, true);
    }

    public static Crop randomCrop(int side, int padding) {
        return new Crop(side, side, padding, true);
    }

    public static Crop centreCrop(int side) {
        return new Crop(side, side, 0, false);
    }

    public static Resize resize(int side) {
        return new Resize(side, side);
    }

    /** 8 % to all of the area, sides up to 4 : 3. */
    public static RandomResizedCrop randomResizedCrop(int side) {
        return new RandomResizedCrop(side, side, 0.08f, 1, 4 / 3f);
    }

    public static Affine rotate(float degrees) {
        return new Affine(degrees, 0, 1, 1, 0);
    }

    public static Affine affine(float degrees, float move, float leastScale, float mostScale, float shear) {
        return new Affine(degrees, move, leastScale, mostScale, shear);
    }

    public static Elastic elastic(float deviation, int grid) {
        return new Elastic(deviation, grid);
    }

    public static ColourJitter colourJitter(float brightness, float contrast, float saturation, float hue) {
        return new ColourJitter(brightness, contrast, saturation, hue);
    }

    /** The change of light in AlexNet. */
    public static PcaNoise pcaNoise() {
        return new PcaNoise(0.1f);
    }

    public static Noise noise(float deviation) {
        return new Noise(deviation);
    }

    /** Every second image, 0.1 to 2 pixels. */
    public static Blur blur() {
        return new Blur(0.5f, 0.1f, 2);
    }

    public static Cutout cutout(int side) {
        return new Cutout(side);
    }

    /** Every second image, 2 % to a third of the area, sides up to 10 : 3. */
    public static Erase erase() {
        return new Erase(0.5f, 0.02f, 1 / 3f, 10 / 3f);
    }

    /** Two changes with this strength of 0 to 1. */
    public static RandAugment randAugment(float strength) {
        return new RandAugment(2, strength);
    }

    public static TrivialAugment trivialAugment() {
        return new TrivialAugment();
    }

    public static Normalise normalise(float[] mean, float[] deviation) {
        return new Normalise(mean, deviation);
    }

    /** For one channel. */
    public static Normalise normalise(float mean, float deviation) {
        return new Normalise(new float[] {mean}, new float[] {deviation});
    }
}
