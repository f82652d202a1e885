/* SPDX-License-Identifier: Apache-2.0 */
/* When a decision is due. Private to the forms of the model (model_rows.c, model_window.c). */
#ifndef KWS_CADENCE_H
#define KWS_CADENCE_H

#include <stdbool.h>

/* No rows yet. */
void kws_cadence_restart(void);

/* One more row; true when a decision is due. */
bool kws_cadence_row(void);

/* Whether the last row made a decision due, which is not taken yet; it counts as taken now. */
bool kws_cadence_take(void);

#endif
