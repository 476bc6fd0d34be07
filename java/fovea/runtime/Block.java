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
        if (--refs == 0) {
            owner.free(this);
        }
    }
}
