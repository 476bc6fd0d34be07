package fovea.data;

import fovea.Shape;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The format of MNIST: two zero bytes, the type of the elements (8: bytes), the number of dimensions, each extent as a big-endian int,
 * then the elements. Plain or gzip.
 *
 * @param shape extents, outermost first
 */
public record Idx(Shape shape, byte[] elements) {
    /** Reads a file of bytes with this many dimensions. */
    public static Idx read(Path file, int dimensions) {
        try (var in = new Unpacked(file)) {
            var magic = in.int32("the magic number");
            if (magic != (0x800 | dimensions)) {
                throw DataException.at(file, 0, "the magic number is 0x%08x; an IDX file of bytes with %d dimensions begins with 0x%08x",
                        magic, dimensions, 0x800 | dimensions);
            }
            var extents = new long[dimensions];
            var elements = 1L;
            for (var d = 0; d < dimensions; d++) {
                var at = in.offset();
                extents[d] = in.int32("extent " + d);
                if (extents[d] < 1 || extents[d] > (Integer.MAX_VALUE - 8) / elements) {
                    throw DataException.at(file, at, "extent %d is %d behind %s; extents are at least 1 and make 2 GB at most", d,
                            extents[d],
                            Arrays.toString(Arrays.copyOf(extents, d)));
                }
                elements *= extents[d];
            }
            var bytes = in.exactly(elements, "the elements");
            in.end();
            return new Idx(Shape.of(extents), bytes);
        }
    }
}
