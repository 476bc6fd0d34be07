package fovea.data;

/**
 * A change of a whole batch that mixes its images and their classes: MixUp, CutMix. Works on floats, after all
 * augmentations of single images.
 */
public interface Mixing {
    /**
     * @param images [n, channels, height, width] and nothing more, to be changed in place
     * @param targets [n, classes], each row one-hot at first
     */
    void apply(float[] images, float[] targets, int n, int channels, int height, int width, Draws draws);
}
