package fovea.runtime;

/** Whether the JVM lets this module call native code, and the flag that makes it. */
public final class NativeAccess {
    private NativeAccess() {
    }

    /** The flag that grants access to the module (or to the class path, where it is unnamed). */
    public static String flag(Module module) {
        return "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }

    static String remedy(Module module) {
        var message = "the JVM denies Fovea native access. Remedy: add " + flag(module) + " to the java command (Fovea is on the "
                + (module.isNamed() ? "module" : "class") + " path)";
        // Flags know only the modules of the boot layer.
        return module.isNamed() && module.getLayer() != ModuleLayer.boot()
                ? message + "; in a module layer of your own call ModuleLayer.Controller.enableNativeAccess(module)" : message;
    }
}
