package fovea.runtime;

/** A piece of a pool's memory. Several values may hold one (a reshaped view, a shared gradient); the last one returns it. */
public final class Block {
    long address;
    long bytes;
    int refs;
    Pool owner;
    Block lower;
    Block upper;
    Block nextFree;
    Block previousFree;

    Block() {
    }

    /** Somebody else's memory: releasing this returns nothing. */
    static Block borrowed(Block lent) {
        var block = new Block();
        block.address = lent.address;
        block.bytes = lent.bytes;
        block.refs = 1;
        return block;
    }

    public long address() {
        return address;
    }

    public long bytes() {
        return bytes;
    }

    public boolean shared() {
        return refs > 1;
    }

    public Block retain() {
        refs++;
        return this;
    }

    public void release() {
        if (--refs == 0 && owner != null) {
            owner.free(this);
        }
    }
}
