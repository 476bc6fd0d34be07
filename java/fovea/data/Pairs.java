package fovea.data;

/** Who is mixed with whom. */
final class Pairs {
    private Pairs() {
    }

    static int[] of(int n, Draws draws) {
        var partner = new int[n];
        java.util.Arrays.setAll(partner, i -> i);
        draws.shuffle(partner);
        return partner;
    }

    static int classes(float[] targets, int n) {
        return targets.length / n;
    }
}
