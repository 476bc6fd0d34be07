/** Trains convolutional neural networks on CPUs, with native kernels bound through the Foreign Function and Memory API. */
// module: the natives modules are compiled after this one.
@SuppressWarnings("module")
module fovea {
    exports fovea;
    exports fovea.data;
    exports fovea.explain;
    exports fovea.nn;
    exports fovea.op;
    exports fovea.optim;
    exports fovea.train;
    exports fovea.zoo;

    // The natives jars, found on a module path because they provide what is used here.
    uses fovea.runtime.NativeBundle;
    exports fovea.runtime to
            fovea.natives.linux.x86_64,
            fovea.natives.linux.arm64,
            fovea.natives.macosx.arm64,
            fovea.natives.macosx.x86_64,
            fovea.natives.windows.x86_64;

    requires static java.desktop;  // fovea.data and the command line: JPEG and PNG
    requires static info.picocli;  // the command line alone; it reads the annotations of fovea.cli
    requires static org.snakeyaml.engine;  // the command line alone: networks in YAML files

    opens fovea.cli to info.picocli;
}
