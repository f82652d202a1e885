# Cortex-M0
set(KWS_CPU_FLAGS "-mcpu=cortex-m0")
# 16 KB RAM: shorter messages.
set(KWS_BOARD_FLAGS "-DKWS_MAX_CHUNK_BYTES=256")
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
