/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for the Arduino core: prints to standard output; loop() runs once. */
#include <cstdint>
#include <cstdio>
#include <cstdlib>

struct SerialPort {
    void begin(long)
    {
    }
    void print(const char *text)
    {
        std::printf("%s", text);
    }
    void println(const char *text)
    {
        std::printf("%s\n", text);
    }
};
static SerialPort Serial;

static void delay(unsigned long)
{
    std::exit(0);
}
