package fovea.nn;

import fovea.Shape;
import fovea.op.Extents;
import fovea.op.Pad;
import java.util.ArrayList;

/**
 * More elements around every sample; {@code Layers.pad2d(1)} makes one.
 *
 * <pre>{@code
 * pad2d(3).mode(Pad.Mode.REFLECT)
 * }</pre>
 */
public record Padding(Extents before, Extents after, Pad.Mode mode, float value) implements Layer {
    static Padding of(int rank, int... each) {
        return new Padding(Extents.spread(rank, each), Extents.spread(rank, each), Pad.Mode.CONSTANT, 0);
    }

    /** How many come before the first element and after the last, along each axis. */
    public Padding margins(Extents first, Extents last) {
        return new Padding(first, last, mode, value);
    }

    public Padding mode(Pad.Mode way) {
        return new Padding(before, after, way, value);
    }

    /** Of what constant they are. */
    public Padding value(float constant) {
        return new Padding(before, after, mode, constant);
    }

    private Pad op() {
        var margins = new ArrayList<Pad.Margin>();
        for (var i = 0; i < before.rank(); i++) {
            margins.add(new Pad.Margin(i + 2, before.at(i), after.at(i)));
        }
        return new Pad(mode, margins, value);
    }

    @Override
    public Shape outputShape(Shape in) {
        Shapes.spatial("pad" + before.rank() + "d", in, before.rank());
        return Shapes.through(op(), in);
    }

    @Override
    public Block build(Scope scope, Shape in) {
        return new OpBlock(op());
    }

    @Override
    public boolean holdsNothing() {
        return true;
    }

    @Override
    public String label() {
        return "pad%dd %s%s".formatted(before.rank(), before.equals(after) ? before : before + " and " + after,
                mode == Pad.Mode.CONSTANT ? "" : ", " + mode.name().toLowerCase(java.util.Locale.ROOT));
    }
}
