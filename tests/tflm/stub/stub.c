/* SPDX-License-Identifier: Apache-2.0 */
/* The library of the stand-in for TensorFlow Lite Micro; each macro makes one thing go wrong. */
#include <stddef.h>

#ifndef STUB_SCHEMA
#define STUB_SCHEMA 3
#endif
#ifndef STUB_ARENA
#define STUB_ARENA 2000
#endif
#ifndef STUB_OUTPUTS
#define STUB_OUTPUTS 4
#endif
#ifndef STUB_FLOAT
#define STUB_FLOAT 0
#endif

int stub_schema_version(void);
size_t stub_arena_bytes(void);
size_t stub_output_bytes(void);
int stub_input_is_float(void);

int stub_schema_version(void)
{
    return STUB_SCHEMA;
}

size_t stub_arena_bytes(void)
{
    return STUB_ARENA;
}

size_t stub_output_bytes(void)
{
    return STUB_OUTPUTS;
}

int stub_input_is_float(void)
{
    return STUB_FLOAT;
}
