# SPDX-License-Identifier: Apache-2.0
# The cross compiler for KWS_BOARD, a board without an operating system. The top CMakeLists.txt
# takes this file by itself.
include("${CMAKE_CURRENT_LIST_DIR}/Board.cmake")

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR ${toolchain.processor})
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES KWS_BOARD)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # a program would need startup code
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

find_program(KWS_CROSS_GCC ${toolchain.compiler})
if(NOT KWS_CROSS_GCC)
  message(FATAL_ERROR "${toolchain.compiler} is not installed.\n"
                      "Install it: sudo apt-get install ${toolchain.package}")
endif()
set(CMAKE_C_COMPILER "${KWS_CROSS_GCC}")
string(REGEX REPLACE "gcc$" "g++" CMAKE_CXX_COMPILER ${toolchain.compiler}) # for TensorFlow Lite Micro

# Debug information stays in the ELF file: it turns a fault's address into a line.
set(CMAKE_C_FLAGS_INIT "${core.flags} ${toolchain.flags} -ffunction-sections -fdata-sections")
set(CMAKE_CXX_FLAGS_INIT "${CMAKE_C_FLAGS_INIT}")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g" CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g" CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostartfiles -Wl,--gc-sections")
