# SPDX-License-Identifier: Apache-2.0
# Protocol and command loop; they are not part of a front end built alone.
if(TARGET kws_app)
  kws_add_test(app_bytes SOURCES app_bytes.c LIBRARIES kws_app)
  kws_add_test(app_framing SOURCES app_framing.c app_wire.c LIBRARIES kws_app
               ARGUMENTS "${CMAKE_SOURCE_DIR}/PROTOCOL.md")
  kws_add_test(app_session SOURCES app_session.c app_wire.c LIBRARIES kws_app)
  option(KWS_FUZZ "Build app_fuzz: libFuzzer on the command loop (Clang)" OFF)
  if(KWS_FUZZ)
    # New paths are looked for in the decoder and the commands; in kernels they only cost time, as
    # watching each comparison of each byte does.
    target_compile_options(kws_app PRIVATE -fsanitize=fuzzer-no-link)
    set_source_files_properties(
      ${PROJECT_SOURCE_DIR}/firmware/app/crc32.c ${PROJECT_SOURCE_DIR}/firmware/app/cobs.c
      ${PROJECT_SOURCE_DIR}/firmware/app/frame.c TARGET_DIRECTORY kws_app
      PROPERTIES COMPILE_OPTIONS -fno-sanitize-coverage=trace-cmp)
    add_executable(app_fuzz app_fuzz.c app_wire.c)
    target_link_libraries(app_fuzz PRIVATE kws_app kws_options)
    target_link_options(app_fuzz PRIVATE -fsanitize=fuzzer)
  endif()
endif()
