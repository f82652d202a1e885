# SPDX-License-Identifier: Apache-2.0
# Protocol and command loop; they are not part of a front end built alone.
if(TARGET kws_app)
  kws_add_test(app_bytes SOURCES app_bytes.c LIBRARIES kws_app)
  kws_add_test(app_framing SOURCES app_framing.c app_wire.c LIBRARIES kws_app
               ARGUMENTS "${CMAKE_SOURCE_DIR}/PROTOCOL.md")
  kws_add_test(app_session SOURCES app_session.c app_wire.c LIBRARIES kws_app)
endif()
