/* SPDX-License-Identifier: Apache-2.0 */
/* The window form's model as generated C (static_model.c): no interpreter, nothing that can fail. */
#include "model_info.h"
#include "runtime/model.h"
#include "runtime/whole_window.h"
#include "static_model.h"

const char *kws_model_runtime(void)
{
    return "static";
}

uint32_t kws_model_weights_bytes(void)
{
    return KWS_STATIC_WEIGHTS_BYTES;
}

uint32_t kws_model_activation_bytes(void)
{
    return KWS_STATIC_ACTIVATION_BYTES;
}

uint32_t kws_model_used_bytes(void)
{
    return KWS_STATIC_ACTIVATION_BYTES;
}

kws_status kws_model_init(void)
{
    kws_static_reset();
    return KWS_OK;
}

kws_status kws_model_reset(void)
{
    kws_static_reset();
    return KWS_OK;
}

int8_t *kws_model_input(void)
{
    return kws_static_input();
}

kws_status kws_model_invoke(void)
{
    kws_static_invoke();
    return KWS_OK;
}

const int8_t *kws_model_output(void)
{
    return kws_static_output();
}
