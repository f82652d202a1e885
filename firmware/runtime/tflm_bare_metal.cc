/* SPDX-License-Identifier: Apache-2.0 */
/* What TensorFlow Lite Micro expects of a C++ run-time library, for boards without one: no
 * heap, no console. Its log is dropped (kws_status says what is wrong); a failed assertion is
 * an illegal instruction, which the port's fault handler reports with its address. */
#include <cstdarg>
#include <cstddef>

extern "C" {

/* Declared by its debug_log.h; these take the place of the library's own. */
void DebugLog(const char *, va_list)
{
}

int DebugVsnprintf(char *, size_t, const char *, va_list)
{
    return 0;
}

[[noreturn]] void abort(void)
{
    __builtin_trap();
}

[[noreturn]] void __cxa_pure_virtual(void)
{
    __builtin_trap();
}

} // extern "C"

/* Virtual destructors name it; nothing is ever deleted. */
void operator delete(void *) noexcept
{
    __builtin_trap();
}

void operator delete(void *, size_t) noexcept
{
    __builtin_trap();
}
