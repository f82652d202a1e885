# Toolchain of every Cortex-M board. Its toolchain file sets KWS_CPU_FLAGS and includes this.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(KWS_TOOL_PREFIX arm-none-eabi-)
set(KWS_TOOL_PACKAGES "gcc-arm-none-eabi libnewlib-arm-none-eabi")
set(KWS_CPU_FLAGS "-mthumb ${KWS_CPU_FLAGS}")
set(KWS_LIBC_SPECS nano.specs)
include("${CMAKE_CURRENT_LIST_DIR}/bare-metal.cmake")
