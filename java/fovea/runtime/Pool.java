package fovea.runtime;

import fovea.bindings.FoveaNative;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Off-heap memory in big chunks, handed out in 64-byte aligned blocks: first fit within size classes an eighth apart, neighbours
 * joined when both are free. The same sequence of requests gives the same addresses, so a replayed step finds its memory where the
 * last one had it, and nothing is allocated on the heap.
 */
public final class Pool implements AutoCloseable {
    private static final long ALIGN = 64;
    private static final long SMALLEST_CHUNK = 2L << 20;
    private static final long LARGEST_CHUNK = 32L << 20;
    private static final int CLASSES = 8 * 48;
    /** Freed memory is filled with NaN while assertions are on, so that nobody relies on what it held. */
    private static final boolean POISON = Debug.ENABLED;

    private final Native nativeContext;
    /** For tests: every block ends at a protected page, so that a kernel that reads or writes past it does not get away. */
    private final boolean guarded;
    private final Block[] free = new Block[CLASSES];
    private final long[] occupied = new long[CLASSES / 64];
    private final List<Block> chunks = new ArrayList<>();
    private Block spare;
    private long held;
    private long used;
    private long peak;

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
        for (var block = free[first]; block != null; block = block.nextFree) {
            if (block.bytes >= size) {
                return block;
            }
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
        var huge = 2L << 20;
        // Chunks grow with the pool: a small model takes little, a large one few chunks.
        var bytes = Math.max(Math.clamp(held, SMALLEST_CHUNK, LARGEST_CHUNK), (size + huge - 1) / huge * huge);
        var block = blank();
        block.address = map(bytes);
        block.bytes = bytes;
        chunks.add(block);
        held += bytes;
        link(block);
        if (POISON) {
            MemorySegment.ofAddress(block.address).reinterpret(bytes).fill((byte) 0xff);
        }
        return block;
    }

    private long map(long bytes) {
        try (var arena = Arena.ofConfined()) {
            var out = arena.allocate(ValueLayout.ADDRESS);
            nativeContext.check(guarded ? FoveaNative.fov_memory_map_guarded(nativeContext.ctx(), bytes, out)
                    : FoveaNative.fov_memory_map(nativeContext.ctx(), bytes, out));
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

    /** Gives chunks that hold nothing back to the system. */
    public void trim() {
        for (var i = chunks.size() - 1; i >= 0; i--) {
            var chunk = chunks.get(i);
            if (chunk.refs == 0 && chunk.upper == null) {
                unlink(chunk);
                chunks.remove(i);
                unmap(chunk);
            }
        }
    }

    private void unmap(Block chunk) {
        var bytes = chunk.bytes;
        for (var block = chunk.upper; block != null; block = block.upper) {
            bytes += block.bytes;
        }
        nativeContext.check(FoveaNative.fov_memory_unmap(nativeContext.ctx(), MemorySegment.ofAddress(chunk.address), bytes));
        held -= bytes;
    }

    @Override
    public void close() {
        chunks.forEach(this::unmap);
        chunks.clear();
    }
}
