package fovea.op;

import java.util.Arrays;
import java.util.function.IntBinaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One to three spatial extents, outermost first: the size, stride or padding of a window along depth, height and width. A value.
 *
 * <pre>{@code
 * Extents.of(3, 5)       // 3x5: height 3, width 5
 * Extents.all(2, 3)      // 3x3
 * }</pre>
 *
 * @param rank how many of them there are; those behind hold 0
 */
public record Extents(int rank, int first, int second, int third) {
    public Extents {
        if (rank < 1 || rank > 3) {
            throw new IllegalArgumentException("%d spatial axes are not possible; 1 to 3 are".formatted(rank));
        }
        if (rank < 2 && second != 0 || rank < 3 && third != 0) {
            throw new IllegalArgumentException("extents of rank %d hold 0 behind it, got %d, %d, %d".formatted(rank, first, second, third));
        }
    }

    public static Extents of(int... extents) {
        var e = Arrays.copyOf(extents, 3);
        return new Extents(extents.length, e[0], e[1], e[2]);
    }

    /** The same extent along every axis. */
    public static Extents all(int rank, int extent) {
        return new Extents(rank, extent, rank > 1 ? extent : 0, rank > 2 ? extent : 0);
    }

    /** One number stands for all axes; else there must be one for each. */
    public static Extents spread(int rank, int... extents) {
        if (extents.length != 1 && extents.length != rank) {
            throw new IllegalArgumentException("give one number for all axes or %d, one for each; got %s".formatted(
                    rank, Arrays.toString(extents)));
        }
        return extents.length == 1 ? all(rank, extents[0]) : of(extents);
    }

    /** The extent along an axis, 0 being the outermost. */
    public int at(int axis) {
        return switch (axis) {
            case 0 -> first;
            case 1 -> second;
            case 2 -> third;
            default -> throw new IllegalArgumentException("axis %d of %s".formatted(axis, this));
        };
    }

    /** Combines two extents axis by axis. */
    public Extents with(Extents other, IntBinaryOperator f) {
        return of(IntStream.range(0, rank).map(i -> f.applyAsInt(at(i), other.at(i))).toArray());
    }

    /** The number of positions: the product of all extents. */
    public long volume() {
        return IntStream.range(0, rank).mapToLong(this::at).reduce(1, (a, b) -> a * b);
    }

    public int smallest() {
        return IntStream.range(0, rank).map(this::at).min().orElseThrow();
    }

    /** Whether all axes have the same extent. */
    public boolean isUniform() {
        return equals(all(rank, first));
    }

    /** For example {@code 3x3}. */
    @Override
    public String toString() {
        return IntStream.range(0, rank).mapToObj(i -> String.valueOf(at(i))).collect(Collectors.joining("x"));
    }
}
