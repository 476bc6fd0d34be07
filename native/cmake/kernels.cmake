# fovea_instruction_set(name flags...): builds every native/src/kernels/<family>.inl once more, with these flags, into an object of
# its own. Each gets a generated wrapper that says which instruction set it is:
#   #define FOV_ISA avx2
#   #define FOV_ISA_AVX2 1
#   #include "kernels/<family>.inl"
# Nothing else in the library is ever compiled with instruction-set flags: code that baseline callers might share would trap on an
# older CPU. For the same reason kernel files see no C++ standard library, and a test finds every symbol that could be merged.
set(fovea_kernel_objects "")
set(fovea_instruction_sets "")

function(fovea_instruction_set name)
    file(GLOB families CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/native/src/kernels/*.inl")
    string(TOUPPER ${name} upper)
    set(wrappers "")
    foreach(inl ${families})
        cmake_path(GET inl STEM family)
        set(wrapper "${CMAKE_CURRENT_BINARY_DIR}/kernels/${family}_${name}.cpp")
        file(CONFIGURE OUTPUT "${wrapper}" CONTENT "#define FOV_ISA ${name}\n#define FOV_ISA_${upper} 1\n#include \"kernels/${family}.inl\"\n")
        list(APPEND wrappers "${wrapper}")
    endforeach()
    add_library(fovea_kernels_${name} OBJECT ${wrappers})
    target_link_libraries(fovea_kernels_${name} PRIVATE fovea_options fovea_kernel_options)
    target_compile_options(fovea_kernels_${name} PRIVATE ${ARGN} -fno-exceptions -fno-rtti -nostdinc++)

    list(APPEND fovea_kernel_objects $<TARGET_OBJECTS:fovea_kernels_${name}>)
    list(APPEND fovea_instruction_sets ${name})
    set(fovea_kernel_objects "${fovea_kernel_objects}" PARENT_SCOPE)
    set(fovea_instruction_sets "${fovea_instruction_sets}" PARENT_SCOPE)
endfunction()

# fovea_family_option(name suffix flags...): families whose name ends so get further flags in this instruction set. The avx512 tier
# runs on CPUs without bf16 dot products; only families called *_bf16 may contain them, and only CPUs that have them call those.
function(fovea_family_option name suffix)
    get_target_property(sources fovea_kernels_${name} SOURCES)
    foreach(source ${sources})
        if(source MATCHES "${suffix}_${name}\\.cpp$")
            set_property(SOURCE "${source}" APPEND PROPERTY COMPILE_OPTIONS ${ARGN})
        endif()
    endforeach()
endfunction()
