# Protocol and command loop.
kws_add_test(app_framing SOURCES app_framing.c LIBRARIES kws_app
             ARGUMENTS "${CMAKE_SOURCE_DIR}/PROTOCOL.md")
kws_add_test(app_session SOURCES app_session.c LIBRARIES kws_app)
