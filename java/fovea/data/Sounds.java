package fovea.data;

import fovea.ElementType;
import fovea.Shape;
import java.util.List;

/**
 * Generated sounds of eight kinds, a quarter of a second each at 4,000 samples a second: series [1, 1024] of floats, about -1 to 1. Pitch,
 * loudness, phase and course are drawn, and there is noise behind them all, so that only the kind of sound tells the classes.
 *
 * <pre>{@code
 * var sounds = Sounds.split(4_000, 1_000, 0);
 * var pictures = Spectrogram.of(sounds.train(), 128, 32);        // [1, 64, 29], for networks that see
 * }</pre>
 */
public final class Sounds extends Generated {
    /** Samples of a sound. */
    public static final int LENGTH = 1024;
    /** Samples a second. */
    public static final int RATE = 4000;
    private static final List<String> NAMES = List.of("tone", "rising chirp", "falling chirp", "warble", "tremolo", "buzz", "hiss",
            "knocks");
    private static final float TURN = (float) (2 * Math.PI);

    private final float[] samples;

    private Sounds(String name, int count, long seed, long stream) {
        super(name, count, Shape.of(1, LENGTH), NAMES);
        samples = new float[count * LENGTH];
        make(seed, stream, () -> (label, draws, i) -> play(label, draws, i * LENGTH));
    }

    /** 8,000 sounds to learn from and 2,000 to test. */
    public static Split split() {
        return split(8_000, 2_000, 0);
    }

    public static Split split(int train, int test, long seed) {
        return new Split(train(train, seed), test(test, seed));
    }

    /** Sounds to learn from: the first ones are the same however many there are. */
    public static Sounds train(int count, long seed) {
        return new Sounds("training sounds", count, seed, 3);
    }

    /** Sounds that no seed makes part of those to learn from. */
    public static Sounds test(int count, long seed) {
        return new Sounds("test sounds", count, seed, 4);
    }

    private void play(int kind, Draws draws, int at) {
        var loud = draws.between(0.35f, 0.9f);
        switch (kind) {
            case 0 -> sing(draws, at, loud, 1, 0, 0);
            case 1 -> sing(draws, at, loud, draws.between(1.5f, 2.6f), 0, 0);
            case 2 -> sing(draws, at, loud, 1 / draws.between(1.5f, 2.6f), 0, 0);
            case 3 -> sing(draws, at, loud, 1, draws.between(0.09f, 0.2f), 0);
            case 4 -> sing(draws, at, loud, 1, 0, draws.between(0.6f, 1));
            case 5 -> buzz(draws, at, loud);
            case 6 -> hiss(draws, at, loud);
            default -> knock(draws, at, loud);
        }
        var noise = loud * draws.between(0.02f, 0.15f);
        for (var i = at; i < at + LENGTH; i++) {
            samples[i] += noise * draws.gaussian();
        }
    }

    /** A sine whose pitch moves by a factor from beginning to end, wavers by a share of itself, and whose loudness wavers. */
    private void sing(Draws draws, int at, float loud, float sweep, float warble, float tremolo) {
        // The whole course stays between 150 and 1,600 Hz.
        var lowest = 150 / Math.min(1, sweep) / (1 - warble);
        var highest = 1600 / Math.max(1, sweep) / (1 + warble);
        var pitch = lowest * StrictMath.pow(highest / lowest, draws.nextDouble());
        var phase = TURN * draws.nextDouble();
        var beat = TURN * draws.between(12, 28) / RATE;
        var start = TURN * draws.nextDouble();
        for (var i = 0; i < LENGTH; i++) {
            var wave = StrictMath.sin(start + beat * i);
            phase += TURN / RATE * pitch * StrictMath.pow(sweep, (double) i / LENGTH) * (1 + warble * wave);
            samples[at + i] = (float) (loud * (1 - tremolo * (0.5 + 0.5 * wave)) * StrictMath.sin(phase));
        }
    }

    /** A low tone with its overtones. */
    private void buzz(Draws draws, int at, float loud) {
        var pitch = TURN * draws.between(70, 180) / RATE;
        for (var k = 1; k <= 8; k++) {
            var phase = TURN * draws.nextDouble();
            for (var i = 0; i < LENGTH; i++) {
                samples[at + i] += (float) (0.8f * loud / Math.sqrt(k) * StrictMath.sin(phase + k * pitch * i));
            }
        }
    }

    /** Noise that a resonance gives some colour. */
    private void hiss(Draws draws, int at, float loud) {
        var colour = 2 * 0.6f * (float) StrictMath.cos(TURN * draws.between(200, 1800) / RATE);
        var before = 0f;
        var last = 0f;
        for (var i = 0; i < LENGTH; i++) {
            var next = colour * last - 0.36f * before + draws.gaussian();
            samples[at + i] = 0.35f * loud * next;
            before = last;
            last = next;
        }
    }

    /** Three to six strokes on something that rings for a moment. */
    private void knock(Draws draws, int at, float loud) {
        var strokes = 3 + draws.below(4);
        var pitch = TURN * draws.between(300, 1500) / RATE;
        var decay = draws.between(0.94f, 0.975f);
        for (var s = 0; s < strokes; s++) {
            var begin = (int) ((s + draws.between(0.1f, 0.9f)) * LENGTH / strokes);
            var size = 1.4 * loud * draws.between(0.7f, 1);
            for (var i = begin; i < LENGTH && size > 1e-3; i++, size *= decay) {
                samples[at + i] += (float) (size * StrictMath.sin(pitch * (i - begin)));
            }
        }
    }

    @Override
    public ElementType type() {
        return ElementType.F32;
    }

    @Override
    public void read(int index, Image image) {
        System.arraycopy(samples, index * LENGTH, image.floats(1, 1, LENGTH), 0, LENGTH);
    }
}
