# SPDX-License-Identifier: Apache-2.0
# The arithmetic of the int8 kernels.
if(TARGET kws_model)
  kws_add_test(kernels_requantize SOURCES kernels_requantize_test.c LIBRARIES kws_model)
  kws_add_test(kernels_pixel_triples SOURCES kernels_pixel_triples_test.c LIBRARIES kws_model)
endif()
