package fovea.runtime;

/**
 * What a module of native libraries provides, and this module uses: with that pair a program that puts the natives jar on its module
 * path finds them, though nothing requires them. On the class path the loader needs no such help.
 */
public interface NativeBundle {
}
