# kws_add_bare_metal_firmware(CORE <folder> [SOURCES <file>...] [BAUD <rate>])
#
# The program kws_firmware.elf of a board without an operating system, and its link map.
# CORE is the processor's folder in firmware/cores/; the board's folder has its memory.ld.
function(kws_add_bare_metal_firmware)
  cmake_parse_arguments(PARSE_ARGV 0 board "" "CORE;BAUD" "SOURCES")
  if(NOT board_BAUD)
    set(board_BAUD 921600)
  endif()
  set(firmware "${PROJECT_SOURCE_DIR}/firmware")
  file(GLOB shared CONFIGURE_DEPENDS "${firmware}/bare_metal/*.c"
       "${firmware}/cores/${board_CORE}/*.c")
  file(GLOB scripts CONFIGURE_DEPENDS "${firmware}/cores/${board_CORE}/*.ld"
       "${CMAKE_CURRENT_SOURCE_DIR}/*.ld")

  add_executable(kws_firmware ${shared} ${board_SOURCES})
  target_compile_definitions(kws_firmware PRIVATE KWS_BOARD_NAME="${KWS_BOARD}"
                                                  KWS_BAUD=${board_BAUD}u)
  target_link_libraries(kws_firmware PRIVATE ${KWS_PROGRAM})
  target_link_options(kws_firmware PRIVATE "-L${firmware}/cores" "-T${CMAKE_CURRENT_SOURCE_DIR}/memory.ld"
                      "-Wl,-Map=${CMAKE_BINARY_DIR}/kws_firmware.map")
  set_target_properties(kws_firmware PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}" SUFFIX .elf LINK_DEPENDS "${scripts}")
endfunction()
