# SPDX-License-Identifier: Apache-2.0
# Stages of the front end, for whatever configuration KWS_GENERATED_DIR holds.
kws_add_test(frontend SOURCES frontend_test.c LIBRARIES kws_frontend m)
