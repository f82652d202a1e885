# kws_add_bare_metal_firmware(CORE <folder> [SOURCES <file>...] [BAUD <rate>])
#
# The program kws_firmware.elf of a board without an operating system, and its link map.
# CORE is the processor's folder in firmware/port/; the board's folder has its memory.ld.
function(kws_add_bare_metal_firmware)
  cmake_parse_arguments(PARSE_ARGV 0 board "" "CORE;BAUD" "SOURCES")
  if(NOT board_BAUD)
    set(board_BAUD 921600)
  endif()
  set(port "${PROJECT_SOURCE_DIR}/firmware/port")
  file(GLOB shared CONFIGURE_DEPENDS "${port}/bare_metal/*.c" "${port}/${board_CORE}/*.c")
  file(GLOB scripts CONFIGURE_DEPENDS "${port}/${board_CORE}/*.ld"
       "${CMAKE_CURRENT_SOURCE_DIR}/*.ld")

  add_executable(kws_firmware ${shared} ${board_SOURCES})
  target_compile_definitions(kws_firmware PRIVATE KWS_BOARD_NAME="${KWS_BOARD}"
                                                  KWS_BAUD=${board_BAUD}u)
  target_link_libraries(kws_firmware PRIVATE kws_app)
  target_link_options(kws_firmware PRIVATE "-L${port}" "-T${CMAKE_CURRENT_SOURCE_DIR}/memory.ld"
                      "-Wl,-Map=${CMAKE_BINARY_DIR}/kws_firmware.map")
  set_target_properties(kws_firmware PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}" SUFFIX .elf LINK_DEPENDS "${scripts}")
endfunction()
