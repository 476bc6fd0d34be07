package fovea.op;

/**
 * What happens where a window, moved by its stride, does not end with its input.
 *
 * <p>A window of {@code kernel} positions with dilation spans {@code r = dilation * (kernel - 1) + 1}; along an axis of padded size
 * {@code p = in + padBegin + padEnd} it has {@code (p - r) / stride + 1} places.
 */
public enum Rounding {
    /** The rest of the input is not looked at. */
    FLOOR,
    /** The last window reaches beyond the end, into padding. */
    CEIL,
    /** The paddings are chosen so that there are {@code ceil(in / stride)} places; an odd one goes to the end. */
    SAME,
    /** The windows must end with the input: anything else is an error that shows the arithmetic. */
    EXACT
}
