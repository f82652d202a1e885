# Toolchain of every RISC-V board. Its toolchain file sets KWS_CPU_FLAGS and includes this.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(KWS_TOOL_PREFIX riscv64-unknown-elf-)
set(KWS_TOOL_PACKAGES "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf")
set(KWS_LIBC_SPECS picolibc.specs)
include("${CMAKE_CURRENT_LIST_DIR}/bare-metal.cmake")
