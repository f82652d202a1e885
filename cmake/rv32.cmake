# RV32IMAC; -misa-spec=2.2 counts the CSR instructions to the base
set(KWS_CPU_FLAGS "-misa-spec=2.2 -march=rv32imac -mabi=ilp32")
include("${CMAKE_CURRENT_LIST_DIR}/riscv-unknown-elf.cmake")
