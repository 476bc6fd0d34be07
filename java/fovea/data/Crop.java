package fovea.data;

import fovea.ElementType;
import fovea.Shape;
import java.util.Arrays;

/** A window of height x width out of the image with this much black around it: anywhere, or always in the middle. */
public record Crop(int height, int width, int padding, boolean random) implements Augmentation {
    public Crop {
        Rules.require(height >= 1 && width >= 1 && padding >= 0 && padding < 1 << 15, "crop: %d x %d with padding %d; give positive sizes",
                height, width, padding);
    }

    @Override
    public Shape outputShape(Shape in) {
        Rules.require(in.dim(1) + 2 * padding >= height && in.dim(2) + 2 * padding >= width,
                "crop: %d x %d is more than images %s with padding %d have; pad more or resize first", height, width, in, padding);
        return Shape.of(in.dim(0), height, width);
    }

    @Override
    public void apply(Image image, Draws draws) {
        var top = image.height() + 2 * padding - height;
        var left = image.width() + 2 * padding - width;
        cut(image, (random ? draws.below(top + 1) : top / 2) - padding, (random ? draws.below(left + 1) : left / 2) - padding, height,
                width);
    }

    /** The window from (top, left), which may lie partly outside, where it is black. */
    static void cut(Image image, int top, int left, int height, int width) {
        var n = image.channels() * height * width;
        var bytes = image.type() == ElementType.U8;
        Object from = bytes ? image.bytes() : image.floats();
        Object to = bytes ? image.spareBytes(n) : image.spareFloats(n);
        var fromX = Math.max(0, -left);
        var toX = Math.min(width, image.width() - left);
        if (top < 0 || left < 0 || top + height > image.height() || left + width > image.width()) {
            if (bytes) {
                Arrays.fill((byte[]) to, 0, n, (byte) 0);
            } else {
                Arrays.fill((float[]) to, 0, n, 0);
            }
        }
        for (var c = 0; c < image.channels(); c++) {
            for (var y = Math.max(0, -top); y < Math.min(height, image.height() - top) && fromX < toX; y++) {
                System.arraycopy(from, (c * image.height() + top + y) * image.width() + left + fromX, to, (c * height + y) * width + fromX,
                        toX - fromX);
            }
        }
        if (bytes) {
            image.swapBytes(height, width);
        } else {
            image.swapFloats(height, width);
        }
    }
}
