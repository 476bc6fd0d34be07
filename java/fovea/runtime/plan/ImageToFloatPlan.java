package fovea.runtime.plan;

import fovea.bindings.FoveaNative;
import fovea.op.ImageToFloat;
import fovea.runtime.Native;
import fovea.runtime.Node;
import fovea.runtime.Plan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** (x / 255 - mean) / std as one multiplication and one addition. No gradient: pixels have none. */
public final class ImageToFloatPlan extends Plan {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment scale;
    private final MemorySegment shift;
    private final long n;
    private final long pixels;
    private final int channels;
    private final int channelsLast;

    public ImageToFloatPlan(ImageToFloat op, Native nativeContext, Request request) {
        super(nativeContext, request);
        channels = op.mean().size();
        channelsLast = op.channelsLast() ? 1 : 0;
        n = request.shape(0).dim(0);
        pixels = request.shape(0).elements() / n / channels;
        scale = arena.allocate(ValueLayout.JAVA_FLOAT, channels);
        shift = arena.allocate(ValueLayout.JAVA_FLOAT, channels);
        for (var c = 0; c < channels; c++) {
            scale.setAtIndex(ValueLayout.JAVA_FLOAT, c, (float) (1 / (255.0 * op.std().get(c))));
            shift.setAtIndex(ValueLayout.JAVA_FLOAT, c, (float) (-(double) op.mean().get(c) / op.std().get(c)));
        }
    }

    @Override
    public void forward(Node node) {
        nativeContext.check(FoveaNative.fov_image_to_float(
                nativeContext.ctx(), node.y(0), node.x(0), n, channels, pixels, channelsLast, scale, shift));
    }

    @Override
    public void backward(Node node) {
    }

    @Override
    public void close() {
        arena.close();
    }
}
