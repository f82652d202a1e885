# SPDX-License-Identifier: Apache-2.0
# The product API: clip by clip, fed as samples, frames and int8.
if(TARGET kws_classifier)
  kws_add_test(classifier SOURCES classifier_test.c LIBRARIES kws_classifier)
endif()
