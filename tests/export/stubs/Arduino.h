/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for the Arduino core: the serial monitor is standard output. */
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
    void print(unsigned number)
    {
        std::printf("%u", number);
    }
    void println(const char *text)
    {
        std::printf("%s\n", text);
    }
};
static SerialPort Serial;
