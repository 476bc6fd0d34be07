/** Trains convolutional neural networks on CPUs, with native kernels bound through the Foreign Function and Memory API. */
module fovea {
    exports fovea;
    exports fovea.op;
}
