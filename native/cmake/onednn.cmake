# Imported targets `onednn` and `openmp` out of oneDNN's Maven artifact. Its own CMake package names a folder that does not exist.
# Both libraries travel with ours, so we link the very files that will be loaded: one OpenMP run time in the process, and never a
# symbol that the shipped libgomp is too old for.
set(FOVEA_ONEDNN "${CMAKE_CURRENT_SOURCE_DIR}/target/native/onednn/org/bytedeco/dnnl/${FOVEA_PLATFORM}" CACHE PATH "oneDNN: include/ and the libraries")
if(NOT EXISTS "${FOVEA_ONEDNN}/include/dnnl.h")
    message(FATAL_ERROR "oneDNN is not in ${FOVEA_ONEDNN}. `mvn generate-resources` fetches and unpacks it; -DFOVEA_ONEDNN=<folder> names another.")
endif()

if(FOVEA_OS STREQUAL linux)
    set(onednn_library libdnnl.so.3)
    set(openmp_library libgomp.so.1)
elseif(FOVEA_OS STREQUAL macosx)
    set(onednn_library libdnnl.3.dylib)
    set(openmp_library libomp.dylib)
    if(FOVEA_ARCH STREQUAL x86_64)
        set(openmp_library libiomp5.dylib)
    endif()
else()
    # dnnl.dll uses Microsoft's OpenMP; a second run time must not join it, so on Windows our own regions run on one thread.
    set(onednn_library dnnl.dll)
    set(openmp_library "")
endif()

add_library(onednn SHARED IMPORTED)
set_target_properties(onednn PROPERTIES
    IMPORTED_LOCATION "${FOVEA_ONEDNN}/${onednn_library}"
    INTERFACE_INCLUDE_DIRECTORIES "${FOVEA_ONEDNN}/include")
if(FOVEA_OS STREQUAL windows)
    set_target_properties(onednn PROPERTIES IMPORTED_IMPLIB "${FOVEA_ONEDNN}/lib/dnnl.lib")
endif()

add_library(openmp INTERFACE)
if(FOVEA_OS STREQUAL linux)
    add_library(gomp SHARED IMPORTED)
    set_target_properties(gomp PROPERTIES IMPORTED_LOCATION "${FOVEA_ONEDNN}/${openmp_library}")
    target_link_libraries(openmp INTERFACE gomp)
    target_compile_options(openmp INTERFACE -fopenmp)
elseif(FOVEA_OS STREQUAL macosx)
    add_library(omp SHARED IMPORTED)
    set_target_properties(omp PROPERTIES IMPORTED_LOCATION "${FOVEA_ONEDNN}/${openmp_library}")
    target_link_libraries(openmp INTERFACE omp)
    target_compile_options(openmp INTERFACE -Xpreprocessor -fopenmp)
else()
    # The questions omp_...() go to the run time that dnnl.dll loads.
    set(vcomp "${CMAKE_CURRENT_BINARY_DIR}/libvcomp140.a")
    file(CONFIGURE OUTPUT vcomp140.def CONTENT "LIBRARY vcomp140.dll
EXPORTS
omp_get_max_threads
omp_get_num_threads
omp_get_thread_num
omp_in_parallel
omp_set_num_threads
")
    execute_process(COMMAND "${CMAKE_DLLTOOL}" -d "${CMAKE_CURRENT_BINARY_DIR}/vcomp140.def" -l "${vcomp}" COMMAND_ERROR_IS_FATAL ANY)
    target_link_libraries(openmp INTERFACE "${vcomp}")
    target_compile_options(openmp INTERFACE -Wno-unknown-pragmas)
endif()
