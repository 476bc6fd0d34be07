# What Maven calls: cmake -Dpreset=<name> [-Dtest=ON] -P native/cmake/build.cmake
# Configures and builds (or, with test, runs ctest), and says nothing unless there is something to say.
cmake_minimum_required(VERSION 3.22)
cmake_path(SET root NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../..")

set(forget "")
function(quietly what)
    execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${root}" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result EQUAL 0)
        if(forget)
            file(REMOVE ${forget})
        endif()
        message("${output}")
        message(FATAL_ERROR "${what} failed")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

if(test)
    quietly("ctest --preset ${preset}" ${CMAKE_CTEST_COMMAND} --preset ${preset})
    # ctest shows what a test printed only where it failed; why one was skipped stands in its log.
    file(STRINGS "${root}/target/native/${preset}/Testing/Temporary/LastTest.log" skipped REGEX "^SKIPPED")
    string(REGEX MATCH "[^\n]*tests passed[^\n]*" passed "${output}")
    foreach(line ${skipped} ${passed})
        message(STATUS "${line}")
    endforeach()
    return()
endif()

# A refused compiler must not be remembered when another one is offered.
set(forget "${root}/target/native/${preset}/CMakeCache.txt")
quietly("cmake --preset ${preset}" ${CMAKE_COMMAND} --preset ${preset})
if(DEFINED ENV{CMAKE_BUILD_PARALLEL_LEVEL})
    set(jobs "")
else()
    cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
    set(jobs --parallel ${cores})
endif()
# Not captured: the first build takes a while, and whoever waits wants to see it move.
execute_process(COMMAND ${CMAKE_COMMAND} --build --preset ${preset} ${jobs} WORKING_DIRECTORY "${root}" RESULT_VARIABLE result)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "cmake --build --preset ${preset} failed; the compiler's messages stand above")
endif()
