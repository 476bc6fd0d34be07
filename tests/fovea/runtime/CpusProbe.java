package fovea.runtime;

/** The main class of the child JVM of {@link CpusTest}. */
final class CpusProbe {
    private CpusProbe() {
    }

    public static void main(String[] arguments) {
        System.out.println(Cpus.threads() + " threads, " + Cpus.quota().map(Cpus.Quota::toString).orElse("no quota"));
    }
}
