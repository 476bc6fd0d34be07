package fovea.data;

import fovea.ElementType;
import fovea.Shape;
import java.util.List;

/** Some images of a dataset. */
record Selection(Dataset base, int[] indices) implements Dataset {
    Selection {
        if (indices.length == 0) {
            throw new IllegalArgumentException("select: no image is selected; give at least one index");
        }
        for (var i : indices) {
            if (i < 0 || i >= base.size()) {
                throw new IllegalArgumentException("select: index %d; the dataset has the images 0 to %d".formatted(i, base.size() - 1));
            }
        }
    }

    @Override
    public int size() {
        return indices.length;
    }

    @Override
    public Shape imageShape() {
        return base.imageShape();
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
        return base.label(indices[index]);
    }

    @Override
    public void read(int index, Image image) {
        base.read(indices[index], image);
    }

    @Override
    public String toString() {
        return "%d of %s".formatted(indices.length, base);
    }
}
