# Finds TensorFlow Lite Micro as upstream's own Makefile leaves it, and checks that it fits.
#
# Input (CMake or environment variable TFLM_ROOT, the rest CMake variables):
#   TFLM_ROOT       upstream's source tree with its gen/ folder and its third-party headers
#   TFLM_KERNELS    "" any (optimised ones first), "reference", or upstream's name: cmsis_nn, ...
# Output:
#   TFLiteMicro_FOUND, TFLiteMicro_LIBRARY, TFLiteMicro_KERNELS
#   TFLiteMicro_PROBLEM       words for people when it was not found
#   TFLiteMicro::microlite    imported target with include folders and definitions
#
# A library fits when an object of this build and one of its members agree in class, machine,
# instruction set, floating-point unit and float ABI: a wrong one links and then faults.
include_guard(GLOBAL)

set(_downloads "tensorflow/lite/micro/tools/make/downloads")
set(_name "libtensorflow-microlite.a")

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

# TARGET and TARGET_ARCH in upstream's Makefile for this build.
function(_tflm_make_variables result)
  set(words "with no TARGET, for this computer")
  if(CMAKE_C_FLAGS MATCHES "-mcpu=(cortex-m[0-9a-z]+)")
    set(arch "${CMAKE_MATCH_1}")
    if(CMAKE_C_FLAGS MATCHES "-mfloat-abi=hard" AND arch MATCHES "-m[47]$")
      string(APPEND arch "+fp")
    endif()
    set(words "with TARGET=cortex_m_generic TARGET_ARCH=${arch}")
    string(APPEND words " (CMSIS-NN kernels: OPTIMIZED_KERNEL_DIR=cmsis_nn)")
  elseif(CMAKE_CROSSCOMPILING)
    set(words "with the TARGET and TARGET_ARCH of ${KWS_BOARD}")
  endif()
  set(${result} "${words}" PARENT_SCOPE)
endfunction()

# gen/<target>_<arch>_<build type>[_<kernels>]_<toolchain>: the part between is not marked, so
# the kernels are recognised by what upstream's tree has a folder for.
function(_tflm_kernels library result)
  cmake_path(GET library PARENT_PATH folder)
  cmake_path(GET folder PARENT_PATH folder)
  cmake_path(GET folder FILENAME folder)
  set(kernels "reference")
  file(GLOB inside "${TFLM_ROOT}/tensorflow/lite/micro/kernels/*")
  foreach(entry IN LISTS inside)
    cmake_path(GET entry FILENAME entry)
    if(folder MATCHES "_${entry}_")
      set(kernels "${entry}")
    endif()
  endforeach()
  set(${result} "${kernels}" PARENT_SCOPE)
endfunction()

# Sets TFLiteMicro_LIBRARY and TFLiteMicro_KERNELS, or `unfit` to a line a library.
function(_tflm_choose_library)
  file(GLOB libraries "${TFLM_ROOT}/gen/*/lib/${_name}")
  _tflm_target_signature(target)
  set(unfit "")
  foreach(library IN LISTS libraries)
    _tflm_kernels("${library}" kernels)
    file(RELATIVE_PATH shown "${TFLM_ROOT}" "${library}")
    _tflm_signature("${library}" words)
    if(TFLM_KERNELS AND NOT kernels STREQUAL TFLM_KERNELS)
      string(APPEND unfit "  ${shown}: ${kernels} kernels, wanted ${TFLM_KERNELS}\n")
    elseif(NOT words STREQUAL target)
      string(APPEND unfit "  ${shown}: ${words}\n")
    elseif(NOT found OR kernels_found STREQUAL "reference")
      set(found "${library}")
      set(kernels_found "${kernels}")
    endif()
  endforeach()
  set(TFLiteMicro_LIBRARY "${found}" PARENT_SCOPE)
  set(TFLiteMicro_KERNELS "${kernels_found}" PARENT_SCOPE)
  set(unfit "${unfit}" PARENT_SCOPE)
  set(target "${target}" PARENT_SCOPE)
endfunction()

# Sets TFLiteMicro_PROBLEM, "" when everything is there.
function(_tflm_check)
  set(problem "")
  _tflm_make_variables(how)
  if(NOT TFLM_ROOT)
    set(problem "TFLM_ROOT is not set: name a tflite-micro source tree.\n")
  elseif(NOT EXISTS "${TFLM_ROOT}/tensorflow/lite/micro/micro_interpreter.h")
    set(problem "TFLM_ROOT=${TFLM_ROOT} is no tflite-micro source tree: \
tensorflow/lite/micro/micro_interpreter.h is missing.\n")
  elseif(NOT TFLiteMicro_LIBRARY AND unfit)
    set(problem "No library in TFLM_ROOT=${TFLM_ROOT} fits this build (${target}):\n${unfit}")
  elseif(NOT TFLiteMicro_LIBRARY)
    set(problem "TFLM_ROOT=${TFLM_ROOT} has no built library (gen/*/lib/${_name}).\n")
  else()
    foreach(header "flatbuffers/include/flatbuffers/flatbuffers.h"
            "gemmlowp/fixedpoint/fixedpoint.h" "ruy/ruy/profiler/instrumentation.h")
      if(NOT EXISTS "${TFLM_ROOT}/${_downloads}/${header}")
        string(APPEND problem "${_downloads}/${header} is missing in TFLM_ROOT=${TFLM_ROOT}: \
upstream's Makefile puts it there.\n")
      endif()
    endforeach()
  endif()
  if(problem)
    string(APPEND problem "The library is what upstream's make target `microlite` builds ${how}; \
upstream's tensorflow/lite/micro/cortex_m_generic/README.md explains the options.\n\
Without it: KWS_RUNTIME=static.")
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
  # The headers declare other structs without the first, other kernels without the second.
  target_compile_definitions(TFLiteMicro::microlite INTERFACE TF_LITE_STATIC_MEMORY)
  if(NOT TFLiteMicro_KERNELS STREQUAL "reference")
    string(TOUPPER "${TFLiteMicro_KERNELS}" _tag)
    target_compile_definitions(TFLiteMicro::microlite INTERFACE ${_tag})
  endif()
endif()
