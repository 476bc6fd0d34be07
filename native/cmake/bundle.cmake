# fovea_bundle(target): gathers what travels in the jar, META-INF/native/<platform>/, with an index that the loader reads:
# one line a file, `<sha256> <size> <name>`, in the order in which they are to be loaded.
set(FOVEA_OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/lib" CACHE PATH "folder that receives META-INF/native/<platform>")
set(fovea_folder "${FOVEA_OUTPUT}/META-INF/native/${FOVEA_PLATFORM}")

function(fovea_bundle target)
    set_target_properties(${target} PROPERTIES
        LIBRARY_OUTPUT_DIRECTORY "${fovea_folder}"
        RUNTIME_OUTPUT_DIRECTORY "${fovea_folder}"
        BUILD_WITH_INSTALL_RPATH ON
        INSTALL_RPATH "$<IF:$<PLATFORM_ID:Darwin>,@loader_path,$ORIGIN>")
    set(libraries ${openmp_library} ${onednn_library})
    add_custom_command(
        OUTPUT "${fovea_folder}/index.txt"
        COMMAND ${CMAKE_COMMAND} "-Dfrom=${FOVEA_ONEDNN}" "-Dlibraries=${libraries}" "-Dours=$<TARGET_FILE_NAME:${target}>"
            "-Dfolder=${fovea_folder}" -P "${CMAKE_CURRENT_SOURCE_DIR}/native/cmake/write_index.cmake"
        DEPENDS ${target} "${CMAKE_CURRENT_SOURCE_DIR}/native/cmake/write_index.cmake"
        COMMENT "Gathering ${FOVEA_PLATFORM}"
        VERBATIM)
    add_custom_target(bundle ALL DEPENDS "${fovea_folder}/index.txt")

    set(licenses native/licenses/GPL-3.0.txt native/licenses/GCC-exception-3.1.txt)
    foreach(file LICENSE NOTICE ${licenses})
        string(REPLACE native/ "" place ${file})
        configure_file(${file} "${FOVEA_OUTPUT}/META-INF/${place}" COPYONLY)
    endforeach()

    # The natives jar is a module, since on the module path nothing else would resolve it; Maven compiles these two.
    foreach(source module-info Bundle)
        configure_file("native/bundle/${source}.java.in" "${FOVEA_OUTPUT}/../bundle/${source}.java" @ONLY)
    endforeach()
endfunction()
