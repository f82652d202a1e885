/* Integer square root with upstream's rounding. */
#ifndef KWS_SQUARE_ROOT_H
#define KWS_SQUARE_ROOT_H

#include <stdint.h>

/* Square root rounded to the nearest integer, but at most 65535 for values below 2^32 and
 * 2^32 - 1 for all (so 2^32 - 1 gives 65535, not 65536). */
uint32_t kws_square_root(uint64_t value);

#endif
