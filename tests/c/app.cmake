# SPDX-License-Identifier: Apache-2.0
# Protocol and command loop; they are not part of a front end built alone.
if(TARGET kws_app)
  kws_add_test(app_bytes SOURCES app_bytes.c LIBRARIES kws_app)
  kws_add_test(app_framing SOURCES app_framing.c app_wire.c LIBRARIES kws_app
               ARGUMENTS "${CMAKE_SOURCE_DIR}/PROTOCOL.md")
  kws_add_test(app_session SOURCES app_session.c app_wire.c LIBRARIES kws_app)
  option(KWS_FUZZ "Build app_fuzz: libFuzzer on the command loop (Clang)" OFF)
  if(KWS_FUZZ)
    target_compile_options(kws_options INTERFACE -fsanitize=fuzzer-no-link)
    add_executable(app_fuzz app_fuzz.c app_wire.c)
    target_link_libraries(app_fuzz PRIVATE kws_app kws_options)
    target_link_options(app_fuzz PRIVATE -fsanitize=fuzzer)
  endif()
endif()
