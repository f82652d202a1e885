# SPDX-License-Identifier: Apache-2.0
# The program of the board KWS_BOARD (Board.cmake), around KWS_PROGRAM: kws_firmware for this
# computer, kws_firmware.elf with its link map for a board without an operating system.
file(GLOB sources CONFIGURE_DEPENDS "${KWS_FIRMWARE}/boards/${KWS_BOARD}/*.c")
list(TRANSFORM board.sources PREPEND "${KWS_FIRMWARE}/")
list(APPEND sources ${board.sources})
if(DEFINED board.memory.flash)
  file(GLOB shared CONFIGURE_DEPENDS "${KWS_FIRMWARE}/bare_metal/*.c"
       "${KWS_FIRMWARE}/cores/${core.toolchain}/*.c")
  list(PREPEND sources ${shared})
endif()
add_executable(kws_firmware ${sources})
target_link_libraries(kws_firmware PRIVATE ${KWS_PROGRAM})
set_target_properties(kws_firmware PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
target_compile_definitions(kws_firmware PRIVATE KWS_BOARD_NAME="${KWS_BOARD}"
                                                KWS_BAUD=${board.baud}u)
if(DEFINED board.clock_hz)
  target_compile_definitions(kws_firmware PRIVATE KWS_CLOCK_HZ=${board.clock_hz}u)
endif()

if(DEFINED board.memory.flash)
  set(KWS_CORE_FOLDER ${core.toolchain})
  foreach(key flash flash_kib ram ram_kib stack_bytes)
    string(TOUPPER "KWS_${key}" name)
    set(${name} ${board.memory.${key}})
  endforeach()
  set(script "${CMAKE_BINARY_DIR}/memory.ld")
  configure_file("${KWS_FIRMWARE}/bare_metal/memory.ld.in" "${script}" @ONLY)
  target_link_options(kws_firmware PRIVATE "-L${KWS_FIRMWARE}/cores" "-T${script}"
                      "-Wl,-Map=${CMAKE_BINARY_DIR}/kws_firmware.map")
  set_target_properties(kws_firmware PROPERTIES SUFFIX .elf LINK_DEPENDS
    "${script};${KWS_FIRMWARE}/cores/${core.toolchain}/sections.ld")
endif()
