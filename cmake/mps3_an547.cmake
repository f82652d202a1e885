# Cortex-M55 with Helium (M-profile vector extension)
set(KWS_CPU_FLAGS "-mcpu=cortex-m55 -mfloat-abi=hard")
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
