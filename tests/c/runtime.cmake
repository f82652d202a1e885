# SPDX-License-Identifier: Apache-2.0
# The model in a stream, row by row.
if(TARGET kws_runtime)
  kws_add_test(runtime_stream SOURCES runtime_stream_test.c LIBRARIES kws_runtime)
endif()
