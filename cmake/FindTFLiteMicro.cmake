# SPDX-License-Identifier: Apache-2.0
# Finds TensorFlow Lite Micro as tflite-micro's own Makefile leaves it, and checks that it fits.
#
# Input (CMake or environment variable TFLM_ROOT, the rest CMake variables):
#   TFLM_ROOT       tflite-micro's source tree with its gen/ folder and its third-party headers
#   TFLM_KERNELS    "" any (optimised ones first), "reference", or tflite-micro's name: cmsis_nn, ...
#   KWS_PROFILE     the library must call profilers, which BUILD_TYPE=release leaves out
# Output:
#   TFLiteMicro_FOUND, TFLiteMicro_LIBRARY, TFLiteMicro_KERNELS, TFLiteMicro_BUILD_TYPE
#   TFLiteMicro_PROBLEM       words for people when it was not found
#   TFLiteMicro::microlite    imported target with include folders and definitions
#
# A library fits when an object of this build and one of its members agree in class, machine,
# instruction set, floating-point unit and float ABI: a wrong one links and then faults.
include_guard(GLOBAL)

set(_downloads "tensorflow/lite/micro/tools/make/downloads")
set(_name "libtensorflow-microlite.a")
set(_build_types debug default release_with_logs release) # tflite-micro's BUILD_TYPE, worst first

# What readelf tells of the first object in a file, as one comparable text.
function(_tflm_signature file result)
  execute_process(COMMAND "${CMAKE_READELF}" -h -A "${file}"
                  OUTPUT_VARIABLE text ERROR_QUIET RESULT_VARIABLE status)
  set(words "")
  foreach(field "Class:" "Machine:" "Flags:" "Tag_CPU_arch:" "Tag_FP_arch:" "Tag_MVE_arch:"
          "Tag_ABI_VFP_args:")
    if(text MATCHES "\n *${field} *([^\n]*)")
      list(APPEND words "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  list(JOIN words ", " words)
  set(${result} "${words}" PARENT_SCOPE)
endfunction()

# The same of an object that this build's compiler makes.
function(_tflm_target_signature result)
  set(folder "${CMAKE_BINARY_DIR}/CMakeFiles/tflm_probe")
  file(WRITE "${folder}/probe.c" "int kws_tflm_probe;\n")
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  try_compile(compiled "${folder}" "${folder}/probe.c" COPY_FILE "${folder}/probe.a")
  set(words "")
  if(compiled)
    _tflm_signature("${folder}/probe.a" words)
  endif()
  set(${result} "${words}" PARENT_SCOPE)
endfunction()

# The command that tflite-micro documents for this build's target, to be run in TFLM_ROOT.
function(_tflm_make_command result)
  set(words "make -f tensorflow/lite/micro/tools/make/Makefile")
  if(CMAKE_C_FLAGS MATCHES "-mcpu=(cortex-m[0-9a-z]+)")
    set(arch "${CMAKE_MATCH_1}")
    if(CMAKE_C_FLAGS MATCHES "-mfloat-abi=hard" AND arch MATCHES "-m[47]$")
      string(APPEND arch "+fp")
    endif()
    cmake_path(GET CMAKE_C_COMPILER PARENT_PATH toolchain)
    string(APPEND words " TARGET=cortex_m_generic TARGET_ARCH=${arch}"
                        " TARGET_TOOLCHAIN_ROOT=${toolchain}/")
    if(NOT TFLM_KERNELS STREQUAL "reference")
      set(kernels "${TFLM_KERNELS}")
      if(NOT kernels)
        set(kernels "cmsis_nn")
      endif()
      string(APPEND words " OPTIMIZED_KERNEL_DIR=${kernels}")
    endif()
  elseif(CMAKE_CROSSCOMPILING)
    string(APPEND words " TARGET=... TARGET_ARCH=...")
  endif()
  set(build_type "release")
  if(KWS_PROFILE)
    set(build_type "release_with_logs")
  endif()
  set(${result} "${words} BUILD_TYPE=${build_type} microlite" PARENT_SCOPE)
endfunction()

# gen/<target>_<arch>_<build type>[_<kernels>]_<toolchain>: nothing marks the parts, so build
# type and kernels are recognised by the names that tflite-micro's Makefile and tree have.
function(_tflm_parts library build_type kernels)
  cmake_path(GET library PARENT_PATH folder)
  cmake_path(GET folder PARENT_PATH folder)
  cmake_path(GET folder FILENAME folder)
  set(build_type_found "default")
  foreach(entry IN ITEMS release release_with_logs debug)
    if(folder MATCHES "_${entry}_")
      set(build_type_found "${entry}")
    endif()
  endforeach()
  set(kernels_found "reference")
  file(GLOB inside "${TFLM_ROOT}/tensorflow/lite/micro/kernels/*")
  foreach(entry IN LISTS inside)
    cmake_path(GET entry FILENAME entry)
    if(folder MATCHES "_${entry}_")
      set(kernels_found "${entry}")
    endif()
  endforeach()
  set(${build_type} "${build_type_found}" PARENT_SCOPE)
  set(${kernels} "${kernels_found}" PARENT_SCOPE)
endfunction()

# Sets TFLiteMicro_LIBRARY, _KERNELS and _BUILD_TYPE: of those that fit, optimised kernels before
# reference ones, then the build type with the least code. Sets `unfit` to a line a library.
function(_tflm_choose_library)
  file(GLOB libraries "${TFLM_ROOT}/gen/*/lib/${_name}")
  _tflm_target_signature(target)
  set(unfit "")
  set(best_rank 0)
  foreach(library IN LISTS libraries)
    _tflm_parts("${library}" build_type kernels)
    file(RELATIVE_PATH shown "${TFLM_ROOT}" "${library}")
    _tflm_signature("${library}" words)
    if(TFLM_KERNELS AND NOT kernels STREQUAL TFLM_KERNELS)
      string(APPEND unfit "  ${shown}: ${kernels} kernels, wanted ${TFLM_KERNELS}\n")
    elseif(KWS_PROFILE AND build_type STREQUAL "release")
      string(APPEND unfit "  ${shown}: BUILD_TYPE=release has no profiler\n")
    elseif(NOT words STREQUAL target)
      string(REPLACE ", VFP registers" "" plain_words "${words}")
      string(REPLACE ", VFP registers" "" plain_target "${target}")
      if(plain_words STREQUAL plain_target)
        string(APPEND words ": another float ABI (-mfloat-abi)")
      endif()
      string(APPEND unfit "  ${shown}: ${words}\n")
    else()
      list(FIND _build_types "${build_type}" rank)
      math(EXPR rank "${rank} + 1")
      if(NOT kernels STREQUAL "reference")
        math(EXPR rank "${rank} + 10")
      endif()
      if(rank GREATER best_rank)
        set(best_rank ${rank})
        set(TFLiteMicro_LIBRARY "${library}" PARENT_SCOPE)
        set(TFLiteMicro_KERNELS "${kernels}" PARENT_SCOPE)
        set(TFLiteMicro_BUILD_TYPE "${build_type}" PARENT_SCOPE)
      endif()
    endif()
  endforeach()
  set(unfit "${unfit}" PARENT_SCOPE)
  set(target "${target}" PARENT_SCOPE)
endfunction()

# Adds to the variable named `result` when the list of operators includes headers of a folder that is not there: a
# tree of which only tensorflow/ was copied.
function(_tflm_check_signal result)
  set(operators "tensorflow/lite/micro/kernels/micro_ops.h")
  set(includes "")
  if(EXISTS "${TFLM_ROOT}/${operators}")
    file(STRINGS "${TFLM_ROOT}/${operators}" includes REGEX "^#include \"signal/")
  endif()
  foreach(include IN LISTS includes)
    string(REGEX REPLACE ".*\"(signal/[^\"]*)\".*" "\\1" header "${include}")
    if(NOT EXISTS "${TFLM_ROOT}/${header}")
      set(${result} "${${result}}TFLM_ROOT=${TFLM_ROOT} is not the whole tree: ${header} is \
missing, which ${operators} includes. Take tflite-micro whole, with its folder signal/.\n"
          PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# Sets TFLiteMicro_PROBLEM, "" when everything is there.
function(_tflm_check)
  set(problem "")
  _tflm_make_command(command)
  if(NOT TFLM_ROOT)
    set(problem "TFLM_ROOT is not set: name a tflite-micro source tree \
(https://github.com/tensorflow/tflite-micro).\n")
  elseif(NOT EXISTS "${TFLM_ROOT}/tensorflow/lite/micro/micro_interpreter.h")
    set(problem "TFLM_ROOT=${TFLM_ROOT} is no tflite-micro source tree: \
tensorflow/lite/micro/micro_interpreter.h is missing.\n")
  elseif(TFLM_KERNELS AND NOT TFLM_KERNELS STREQUAL "reference" AND
         NOT IS_DIRECTORY "${TFLM_ROOT}/tensorflow/lite/micro/kernels/${TFLM_KERNELS}")
    file(GLOB folders LIST_DIRECTORIES true RELATIVE "${TFLM_ROOT}/tensorflow/lite/micro/kernels"
         "${TFLM_ROOT}/tensorflow/lite/micro/kernels/*")
    list(FILTER folders EXCLUDE REGEX "[.]|^testdata$")
    list(JOIN folders ", " folders)
    set(problem "TFLM_ROOT=${TFLM_ROOT} has no kernels called ${TFLM_KERNELS}: \
there are reference, ${folders}.\n")
    set(TFLiteMicro_PROBLEM "${problem}" PARENT_SCOPE)
    return()
  elseif(NOT TFLiteMicro_LIBRARY AND unfit)
    set(problem "No library in TFLM_ROOT=${TFLM_ROOT} fits this build (${target}):\n${unfit}")
  elseif(NOT TFLiteMicro_LIBRARY)
    set(problem "TFLM_ROOT=${TFLM_ROOT} has no built library (gen/*/lib/${_name}).\n")
  else()
    foreach(header "flatbuffers/include/flatbuffers/flatbuffers.h"
            "gemmlowp/fixedpoint/fixedpoint.h" "ruy/ruy/profiler/instrumentation.h")
      if(NOT EXISTS "${TFLM_ROOT}/${_downloads}/${header}")
        string(APPEND problem "${_downloads}/${header} is missing in TFLM_ROOT=${TFLM_ROOT}: \
tflite-micro's Makefile puts it there.\n")
      endif()
    endforeach()
    _tflm_check_signal(problem)
  endif()
  if(problem)
    string(APPEND problem "TensorFlow Lite Micro's own Makefile builds it; in the source tree:\n  ${command}\n\
tensorflow/lite/micro/cortex_m_generic/README.md there explains the options. \
Without OPTIMIZED_KERNEL_DIR the kernels are the reference ones.\n\
To do without it: KWS_RUNTIME=static (kws: --runtime static).")
  endif()
  set(TFLiteMicro_PROBLEM "${problem}" PARENT_SCOPE)
endfunction()

if(NOT TFLM_ROOT AND DEFINED ENV{TFLM_ROOT})
  set(TFLM_ROOT "$ENV{TFLM_ROOT}")
endif()
if(TFLM_ROOT)
  get_filename_component(TFLM_ROOT "${TFLM_ROOT}" ABSOLUTE)
  _tflm_choose_library()
endif()
_tflm_check()
if(NOT TFLiteMicro_PROBLEM)
  set(TFLiteMicro_FOUND TRUE)
  add_library(TFLiteMicro::microlite STATIC IMPORTED GLOBAL)
  set_target_properties(TFLiteMicro::microlite PROPERTIES IMPORTED_LOCATION
                        "${TFLiteMicro_LIBRARY}")
  target_include_directories(TFLiteMicro::microlite INTERFACE "${TFLM_ROOT}"
    "${TFLM_ROOT}/${_downloads}/flatbuffers/include" "${TFLM_ROOT}/${_downloads}/gemmlowp"
    "${TFLM_ROOT}/${_downloads}/ruy")
  # What the library was compiled with: its headers declare other structs, kernels and checks
  # without.
  target_compile_definitions(TFLiteMicro::microlite INTERFACE TF_LITE_STATIC_MEMORY)
  if(TFLiteMicro_BUILD_TYPE MATCHES "^release")
    target_compile_definitions(TFLiteMicro::microlite INTERFACE NDEBUG)
  endif()
  if(TFLiteMicro_BUILD_TYPE STREQUAL "release")
    target_compile_definitions(TFLiteMicro::microlite INTERFACE TF_LITE_STRIP_ERROR_STRINGS)
  endif()
  if(NOT TFLiteMicro_KERNELS STREQUAL "reference")
    string(TOUPPER "${TFLiteMicro_KERNELS}" _tag)
    target_compile_definitions(TFLiteMicro::microlite INTERFACE ${_tag})
  endif()
endif()
