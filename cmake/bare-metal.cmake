# What cross compilers for boards without an operating system have in common. Expects
# KWS_TOOL_PREFIX, KWS_TOOL_PACKAGES (Debian), KWS_CPU_FLAGS and KWS_LIBC_SPECS.
find_program(KWS_CROSS_GCC ${KWS_TOOL_PREFIX}gcc)
if(NOT KWS_CROSS_GCC)
  message(FATAL_ERROR "${KWS_TOOL_PREFIX}gcc is not installed.\n"
                      "Install it: sudo apt-get install ${KWS_TOOL_PACKAGES}")
endif()
set(CMAKE_C_COMPILER "${KWS_CROSS_GCC}")
set(CMAKE_CXX_COMPILER "${KWS_TOOL_PREFIX}g++") # only TensorFlow Lite Micro is C++
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # a program would need startup code
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

# Debug information stays in the ELF file: it turns a fault's address into a line.
set(CMAKE_C_FLAGS_INIT
    "${KWS_CPU_FLAGS} --specs=${KWS_LIBC_SPECS} -ffunction-sections -fdata-sections ${KWS_BOARD_FLAGS}")
set(CMAKE_CXX_FLAGS_INIT "${CMAKE_C_FLAGS_INIT}")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g" CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g" CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostartfiles -Wl,--gc-sections")
