package fovea.data;

import fovea.Shape;
import java.util.List;

/**
 * Generated video clips: a shape moves in one of eight directions, before another one that stands still. Clips are [1, 8, 24, 24] bytes.
 * What leaves at one side comes back at the other, so every place is as likely in every frame whatever the direction: a single frame says
 * nothing about the class, only their sequence does.
 *
 * <pre>{@code
 * var clips = Clips.split(4_000, 1_000, 0);
 * }</pre>
 */
public final class Clips extends Generated {
    public static final int FRAMES = 8;
    public static final int SIDE = 24;
    /** From 0, to the right, on by an eighth of a turn each; y points down. */
    private static final List<String> NAMES = List.of("right", "down right", "down", "down left", "left", "up left", "up", "up right");
    private static final int CLIP = FRAMES * SIDE * SIDE;

    private final byte[] pixels;

    private Clips(String name, int count, long seed, long stream) {
        super(name, count, Shape.of(1, FRAMES, SIDE, SIDE), NAMES);
        pixels = new byte[count * CLIP];
        make(seed, stream, () -> (label, draws, i) -> film(label, draws, i * CLIP));
    }

    /** 8,000 clips to learn from and 2,000 to test. */
    public static Split split() {
        return split(8_000, 2_000, 0);
    }

    public static Split split(int train, int test, long seed) {
        return new Split(train(train, seed), test(test, seed));
    }

    /** Clips to learn from: the first ones are the same however many there are. */
    public static Clips train(int count, long seed) {
        return new Clips("training clips", count, seed, 5);
    }

    /** Clips that no seed makes part of those to learn from. */
    public static Clips test(int count, long seed) {
        return new Clips("test clips", count, seed, 6);
    }

    /** A disc, square, ring or cross with a size and a brightness. */
    private record Thing(int kind, float size, float light, float x, float y) {
        static Thing draw(Draws draws, float dark, float bright) {
            return new Thing(draws.below(4), draws.between(2.5f, 4.5f), draws.between(dark, bright), draws.between(0, SIDE),
                    draws.between(0, SIDE));
        }

        /** How much of the pixel it covers, about: from the distance to its edge. */
        float cover(float px, float py, float movedX, float movedY) {
            var dx = Math.abs(wrapped(px - x - movedX));
            var dy = Math.abs(wrapped(py - y - movedY));
            var round = (float) Math.sqrt(dx * dx + dy * dy);
            var edge = switch (kind) {
                case 0 -> round - size;
                case 1 -> Math.max(dx, dy) - 0.85f * size;
                case 2 -> Math.abs(round - size) - 0.9f;
                default -> Math.max(Math.min(dx, dy) - 1.1f, Math.max(dx, dy) - size);
            };
            return Math.clamp(0.5f - edge, 0, 1);
        }

        /** The shorter way around. */
        private static float wrapped(float d) {
            return d - SIDE * (float) Math.floor(d / SIDE + 0.5f);
        }
    }

    private void film(int direction, Draws draws, int at) {
        var still = Thing.draw(draws, 60, 160);
        var moving = Thing.draw(draws, 140, 230);
        var speed = draws.between(0.8f, 2.2f);
        var noise = draws.between(4, 20);
        var dx = speed * (float) StrictMath.cos(direction * Math.PI / 4);
        var dy = speed * (float) StrictMath.sin(direction * Math.PI / 4);
        for (var t = 0; t < FRAMES; t++) {
            for (var y = 0; y < SIDE; y++) {
                for (var x = 0; x < SIDE; x++) {
                    var light = still.light * still.cover(x, y, 0, 0);
                    var cover = moving.cover(x, y, t * dx, t * dy);
                    light += cover * (moving.light - light) + noise * Math.abs(draws.gaussian());
                    pixels[at++] = (byte) Math.clamp((int) light, 0, 255);
                }
            }
        }
    }

    @Override
    public void read(int index, Image image) {
        System.arraycopy(pixels, index * CLIP, image.bytes(1, FRAMES * SIDE, SIDE), 0, CLIP);
    }
}
