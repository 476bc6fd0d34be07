package fovea.oracle;

/** Philox 4x32-10 as its paper defines it, and how random masks number their elements. */
public final class Philox {
    private Philox() {
    }

    public static int[] words(long counter, long stream, long key) {
        var c = new int[] {(int) counter, (int) (counter >>> 32), (int) stream, (int) (stream >>> 32)};
        var k0 = (int) key;
        var k1 = (int) (key >>> 32);
        for (var round = 0; round < 10; round++) {
            var p0 = 0xD2511F53L * Integer.toUnsignedLong(c[0]);
            var p1 = 0xCD9E8D57L * Integer.toUnsignedLong(c[2]);
            c = new int[] {(int) (p1 >>> 32) ^ c[1] ^ k0, (int) p1, (int) (p0 >>> 32) ^ c[3] ^ k1, (int) p0};
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return c;
    }

    /** The word of an element of a mask, as an unsigned number. */
    public static long ofElement(int i, long stream, long key) {
        return Integer.toUnsignedLong(words(16L * (i / 64) + i % 16, stream, key)[i % 64 / 16]);
    }
}
