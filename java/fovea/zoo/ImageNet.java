package fovea.zoo;

import static fovea.data.Augment.centreCrop;
import static fovea.data.Augment.flip;
import static fovea.data.Augment.normalise;
import static fovea.data.Augment.pcaNoise;
import static fovea.data.Augment.randomCrop;
import static fovea.data.Augment.randomResizedCrop;
import static fovea.data.Augment.resize;

import fovea.optim.Schedule;

/** What the recipes of networks for ImageNet have in common. */
final class ImageNet {
    private ImageNet() {
    }

    /** Mean and deviation of the training images, as torchvision rounds them. */
    static Recipe normalised(Recipe recipe) {
        return recipe.normalise(normalise(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f}));
    }

    /** Crops of 224 x 224 out of short sides of 256, mirrored, with AlexNet's change of light; the middle is judged. */
    static Recipe cropped(Recipe recipe) {
        return normalised(recipe.augment(resize(256), randomCrop(224, 0), flip(), pcaNoise()).evaluate(resize(256), centreCrop(224)));
    }

    /** Parts of random size and shape as side x side, mirrored; the middle is judged, after scaling to larger by 8 / 7. */
    static Recipe resized(Recipe recipe, int side) {
        return normalised(
                recipe.augment(randomResizedCrop(side), flip()).evaluate(resize(Math.round(side * 8 / 7f)), centreCrop(side)));
    }

    /** Fine for a first try on one's own pictures. */
    static Recipe usual() {
        return resized(Recipe.usual(10, 32, 0.05), 224);
    }

    /** Stochastic gradient descent with momentum 0.9, whose rate falls to a tenth after so many epochs, again and again. */
    static Recipe paper(int epochs, int batch, double rate, double decay, int fallsAfter) {
        return cropped(new Recipe(epochs, batch, rate, Recipe.sgd(0.9, decay),
                total -> Schedule.steps(Math.max(1, total * fallsAfter / epochs), 0.1)));
    }
}
