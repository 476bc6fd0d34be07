package fovea.runtime;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The main class of the child JVMs of {@link NativeLoaderTest}: loads the library, prints what happened.
 * {@code preload=<file>} hands a file to the dynamic linker before; {@code again} loads once more from a second class loader.
 */
final class LoadProbe {
    private LoadProbe() {
    }

    public static void main(String[] arguments) throws Exception {
        for (var argument : arguments) {
            if (argument.startsWith("preload=")) {
                System.load(argument.substring("preload=".length()));
            }
        }
        report("");
        if (Arrays.asList(arguments).contains("again")) {
            var classPath = System.getProperty("java.class.path").split(java.io.File.pathSeparator);
            var urls = Arrays.stream(classPath).map(LoadProbe::url).toArray(URL[]::new);
            try (var loader = new URLClassLoader("second", urls, ClassLoader.getPlatformClassLoader())) {
                var report = loader.loadClass(LoadProbe.class.getName()).getDeclaredMethod("report", String.class);
                report.setAccessible(true);
                report.invoke(null, "second ");
            }
        }
        MappedFiles.paths().stream().filter(path -> MappedFiles.fileName(path).matches("lib(gomp|dnnl|fovea).*|\\..*fovea.*"))
                .forEach(path -> System.out.println("mapped: " + path));
    }

    static void report(String prefix) {
        try {
            var loaded = NativeLoader.load();
            System.out.println(prefix + "library: " + loaded.library());
            System.out.println(prefix + "sha256: " + loaded.sha256());
            System.out.println(prefix + "platform: " + loaded.platform());
            System.out.println(prefix + "source: " + loaded.source());
            loaded.notes().forEach(note -> System.out.println(prefix + "note: " + note));
            System.out.println(prefix + "same: " + (NativeLoader.load() == loaded));
            System.out.println(prefix + "abi: " + fovea.bindings.FoveaNative.fov_abi());
        } catch (RuntimeException e) {
            System.out.println(prefix + "failed: " + e.getClass().getName() + ": " + e.getMessage());
        }
    }

    private static URL url(String path) {
        try {
            return Path.of(path).toUri().toURL();
        } catch (java.net.MalformedURLException e) {
            throw new IllegalArgumentException(path, e);
        }
    }
}
