package fovea.data;

/** One change of a fixed strength: what RandAugment and TrivialAugment choose from. */
enum Change {
    IDENTITY, TURN, SHEAR_X, SHEAR_Y, MOVE_X, MOVE_Y, BRIGHTNESS, COLOUR, CONTRAST, SHARPNESS, POSTERISE, SOLARISE, AUTO_CONTRAST, EQUALISE;

    private static final Change[] ALL = values();

    static Change any(Draws draws) {
        return ALL[draws.below(ALL.length)];
    }

    /** @param strength 0 to 1; a sign is drawn where there are two ways */
    void apply(Image image, float strength, Draws draws) {
        var s = draws.chance(0.5f) ? strength : -strength;
        switch (this) {
            case IDENTITY -> {
            }
            case TURN -> Warp.affine(image, 30 * s, 1, 0, 0, 0, 0);
            case SHEAR_X -> Warp.affine(image, 0, 1, 0.3 * s, 0, 0, 0);
            case SHEAR_Y -> Warp.affine(image, 0, 1, 0, 0.3 * s, 0, 0);
            case MOVE_X -> Warp.affine(image, 0, 1, 0, 0, 0.3 * s * image.width(), 0);
            case MOVE_Y -> Warp.affine(image, 0, 1, 0, 0, 0, 0.3 * s * image.height());
            case BRIGHTNESS -> Colour.blend(image, 1 + 0.9f * s, 0);
            case COLOUR -> Colour.saturate(image, 1 + 0.9f * s);
            case CONTRAST -> Colour.blend(image, 1 + 0.9f * s, Colour.meanGrey(image));
            case SHARPNESS -> Tones.sharpen(image, 1 + 0.9f * s);
            case POSTERISE -> Tones.posterise(image, 8 - Math.round(4 * strength));
            case SOLARISE -> Tones.solarise(image, 1 - strength);
            case AUTO_CONTRAST -> Tones.stretch(image);
            case EQUALISE -> Tones.equalise(image);
        }
    }
}
