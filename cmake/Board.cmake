# SPDX-License-Identifier: Apache-2.0
# What is known of the board KWS_BOARD: sets board.<key> and board.<section>.<key> from its
# board.toml, core.<key> of its core and toolchain.<key> of that core's toolchain.
include("${CMAKE_CURRENT_LIST_DIR}/ReadToml.cmake")

set(KWS_FIRMWARE "${CMAKE_CURRENT_LIST_DIR}/../firmware")
cmake_path(NORMAL_PATH KWS_FIRMWARE)

# Keys of `section` in cores.toml, as variables <prefix>.<key>.
macro(_kws_take prefix section)
  foreach(key IN LISTS cores.${section}.keys)
    set(${prefix}.${key} "${cores.${section}.${key}}")
  endforeach()
endmacro()

if(NOT EXISTS "${KWS_FIRMWARE}/boards/${KWS_BOARD}/board.toml")
  file(GLOB names RELATIVE "${KWS_FIRMWARE}/boards" "${KWS_FIRMWARE}/boards/*/board.toml")
  string(REPLACE "/board.toml" "" names "${names}")
  list(JOIN names ", " names)
  message(FATAL_ERROR "KWS_BOARD=${KWS_BOARD}: no board is called so.\nBoards: ${names}.")
endif()
kws_read_toml("${KWS_FIRMWARE}/boards/defaults.toml" board)
kws_read_toml("${KWS_FIRMWARE}/boards/${KWS_BOARD}/board.toml" board)
kws_read_toml("${KWS_FIRMWARE}/cores/cores.toml" cores)
if(NOT DEFINED cores.core.${board.core}.toolchain)
  message(FATAL_ERROR "firmware/cores/cores.toml has no core ${board.core}, which ${KWS_BOARD} names.")
endif()
_kws_take(core core.${board.core})
_kws_take(toolchain toolchain.${core.toolchain})
