# SPDX-License-Identifier: Apache-2.0
# The detector and the energy gate.
if(TARGET kws_detect)
  kws_add_test(detect SOURCES detect_test.c LIBRARIES kws_detect)
  kws_add_test(gate SOURCES gate_test.c LIBRARIES kws_detect)
endif()
