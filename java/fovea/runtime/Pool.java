package fovea.runtime;

import fovea.bindings.FoveaNative;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Off-heap memory, handed out in 64-byte aligned blocks: the best fit within size classes an eighth apart, neighbours joined when both
 * are free. It grows at the end of a large range of addresses, so that what is new joins what is free. The same sequence of requests
 * gives the same addresses, so a replayed step finds its memory where the last one had it, and nothing is allocated on the heap.
 */
public final class Pool implements AutoCloseable {
    private static final long ALIGN = 64;
    private static final long HUGE_PAGE = 2L << 20;
    /** More than this is never taken for nothing; what comes later joins it, so small steps cost calls only. */
    private static final long LARGEST_GROWTH = 4L << 20;
    /** Where ranges are not that large, blocks cannot join beyond them. */
    private static final long LEAST_RANGE = 32L << 20;
    /** Addresses cost nothing, so there is one range for all where the system allows that many. */
    private static final long RANGE = 64L << 30;
    private static final int CLASSES = 8 * 48;
    /** Freed memory is filled with NaN while assertions are on, so that nobody relies on what it held. */
    private static final boolean POISON = Debug.ENABLED;

    private final Native nativeContext;
    /** For tests: every block ends at a protected page, so that a kernel that reads or writes past it does not get away. */
    private final boolean guarded;
    private final Block[] free = new Block[CLASSES];
    private final long[] occupied = new long[CLASSES / 64];
    private final List<Range> ranges = new ArrayList<>();
    private Block spare;
    private long held;
    private long used;
    private long peak;

    /** Addresses from {@code address} on; the frontier is the part that is not memory yet, a block that nobody gets. */
    private record Range(long address, long bytes, Block frontier) {
        long committed() {
            return frontier.address - address;
        }
    }

    public Pool(Native nativeContext, boolean guarded) {
        this.nativeContext = nativeContext;
        this.guarded = guarded;
    }

    /** Bytes taken from the system. */
    public long held() {
        return held;
    }

    /** Bytes in blocks that somebody holds. */
    public long used() {
        return used;
    }

    /** The most bytes that were in use at one time. */
    public long peak() {
        return peak;
    }

    /** A block of at least this many bytes with one holder. Its contents are arbitrary. */
    public Block take(long bytes) {
        if (guarded) {
            return takeGuarded(bytes);
        }
        var size = Math.max(ALIGN, (bytes + ALIGN - 1) & -ALIGN);
        var block = find(size);
        if (block == null) {
            block = grow(size);
        }
        unlink(block);
        if (block.bytes - size >= ALIGN) {
            split(block, size);
        }
        block.refs = 1;
        used += block.bytes;
        peak = Math.max(peak, used);
        return block;
    }

    private Block takeGuarded(long bytes) {
        var block = blank();
        block.bytes = bytes;
        block.address = map(bytes);
        MemorySegment.ofAddress(block.address).reinterpret(bytes).fill((byte) 0xff);
        block.refs = 1;
        used += bytes;
        held += bytes;
        peak = Math.max(peak, used);
        return block;
    }

    void free(Block block) {
        used -= block.bytes;
        if (guarded) {
            held -= block.bytes;
            nativeContext.check(FoveaNative.fov_memory_unmap_guarded(
                    nativeContext.ctx(), MemorySegment.ofAddress(block.address), block.bytes));
            return;
        }
        if (POISON) {
            MemorySegment.ofAddress(block.address).reinterpret(block.bytes).fill((byte) 0xff);
        }
        if (block.upper != null && block.upper.refs == 0) {
            unlink(block.upper);
            absorb(block, block.upper);
        }
        if (block.lower != null && block.lower.refs == 0) {
            var lower = block.lower;
            unlink(lower);
            absorb(lower, block);
            block = lower;
        }
        link(block);
    }

    /** Eight classes for each power of two: the index of the class whose smallest member is the largest not above {@code size}. */
    private static int classOf(long size) {
        var units = size / ALIGN;
        var log = 63 - Long.numberOfLeadingZeros(units);
        var eighth = log >= 3 ? (int) (units >>> (log - 3)) & 7 : (int) (units << (3 - log)) & 7;
        return log * 8 + eighth;
    }

    private Block find(long size) {
        var first = classOf(size);
        Block best = null;
        for (var block = free[first]; block != null; block = block.nextFree) {
            if (block.bytes >= size && (best == null || block.bytes < best.bytes)) {
                best = block;
            }
        }
        if (best != null) {
            return best;
        }
        var from = first + 1;
        for (var word = from >> 6; word < occupied.length; word++) {
            var bits = occupied[word];
            if (word == from >> 6) {
                bits &= -1L << (from & 63);
            }
            if (bits != 0) {
                return free[(word << 6) + Long.numberOfTrailingZeros(bits)];
            }
        }
        return null;
    }

    private Block grow(long size) {
        var range = ranges.isEmpty() ? null : ranges.getLast();
        var bytes = range == null ? 0 : growth(range, size);
        if (range == null || bytes > range.frontier.bytes) {
            range = reserve(size);
            bytes = growth(range, size);
        }
        var frontier = range.frontier;
        nativeContext.check(FoveaNative.fov_memory_commit(nativeContext.ctx(), MemorySegment.ofAddress(frontier.address), bytes));
        held += bytes;
        var block = frontier.lower;
        if (isFree(block)) {
            unlink(block);
        } else {
            block = blank();
            block.address = frontier.address;
            block.bytes = 0;
            block.lower = frontier.lower;
            block.upper = frontier;
            if (block.lower != null) {
                block.lower.upper = block;
            }
            frontier.lower = block;
        }
        if (POISON) {
            MemorySegment.ofAddress(frontier.address).reinterpret(bytes).fill((byte) 0xff);
        }
        block.bytes += bytes;
        frontier.address += bytes;
        frontier.bytes -= bytes;
        link(block);
        return block;
    }

    private static boolean isFree(Block block) {
        return block != null && block.refs == 0;
    }

    /** What must be added for a block of this size at the end. Steps grow with the pool: a small model takes little. */
    private long growth(Range range, long size) {
        var last = range.frontier.lower;
        var missing = isFree(last) ? size - last.bytes : size;
        var least = Math.clamp(held, HUGE_PAGE, LARGEST_GROWTH);
        var bytes = (Math.max(missing, least) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        return bytes <= range.frontier.bytes ? bytes : (missing + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    }

    private Range reserve(long size) {
        var least = (Math.max(size, Math.clamp(held, HUGE_PAGE, LEAST_RANGE)) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        var range = Math.max(RANGE, least);
        long address;
        try {
            address = map(range);
        } catch (OutOfMemoryError limited) {
            range = least;
            address = map(range);
        }
        var frontier = new Block();
        frontier.address = address;
        frontier.bytes = range;
        frontier.refs = 1;
        ranges.add(new Range(address, range, frontier));
        return ranges.getLast();
    }

    private long map(long bytes) {
        try (var arena = Arena.ofConfined()) {
            var out = arena.allocate(ValueLayout.ADDRESS);
            nativeContext.check(guarded ? FoveaNative.fov_memory_map_guarded(nativeContext.ctx(), bytes, out)
                    : FoveaNative.fov_memory_reserve(nativeContext.ctx(), bytes, out));
            return out.get(ValueLayout.ADDRESS, 0).address();
        }
    }

    private void split(Block block, long size) {
        var rest = blank();
        rest.address = block.address + size;
        rest.bytes = block.bytes - size;
        rest.lower = block;
        rest.upper = block.upper;
        if (rest.upper != null) {
            rest.upper.lower = rest;
        }
        block.upper = rest;
        block.bytes = size;
        link(rest);
    }

    private void absorb(Block lower, Block upper) {
        lower.bytes += upper.bytes;
        lower.upper = upper.upper;
        if (lower.upper != null) {
            lower.upper.lower = lower;
        }
        upper.nextFree = spare;
        spare = upper;
    }

    private Block blank() {
        var block = spare;
        if (block == null) {
            block = new Block();
        } else {
            spare = block.nextFree;
        }
        block.refs = 0;
        block.owner = this;
        block.lower = null;
        block.upper = null;
        block.nextFree = null;
        block.previousFree = null;
        return block;
    }

    /** Lists are sorted by address: once everything is free the pool is in one canonical state, whatever the order of release. */
    private void link(Block block) {
        var i = classOf(block.bytes);
        Block before = null;
        var after = free[i];
        while (after != null && after.address < block.address) {
            before = after;
            after = after.nextFree;
        }
        block.previousFree = before;
        block.nextFree = after;
        if (after != null) {
            after.previousFree = block;
        }
        if (before == null) {
            free[i] = block;
            occupied[i >> 6] |= 1L << (i & 63);
        } else {
            before.nextFree = block;
        }
    }

    private void unlink(Block block) {
        var i = classOf(block.bytes);
        if (block.previousFree == null) {
            free[i] = block.nextFree;
            if (free[i] == null) {
                occupied[i >> 6] &= ~(1L << (i & 63));
            }
        } else {
            block.previousFree.nextFree = block.nextFree;
        }
        if (block.nextFree != null) {
            block.nextFree.previousFree = block.previousFree;
        }
        block.nextFree = null;
        block.previousFree = null;
    }

    /** Gives memory back to the system where nothing of a range is in use. */
    public void trim() {
        for (var i = ranges.size() - 1; i >= 0; i--) {
            var only = ranges.get(i).frontier.lower;
            if (isFree(only) && only.lower == null) {
                unlink(only);
                unmap(ranges.remove(i));
            }
        }
    }

    private void unmap(Range range) {
        held -= range.committed();
        nativeContext.check(FoveaNative.fov_memory_unmap(nativeContext.ctx(), MemorySegment.ofAddress(range.address), range.bytes));
    }

    @Override
    public void close() {
        ranges.forEach(this::unmap);
        ranges.clear();
    }
}
