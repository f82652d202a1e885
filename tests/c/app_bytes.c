/* SPDX-License-Identifier: Apache-2.0 */
/* Values in byte arrays: little-endian numbers, hashes, names that are cut, full arrays. */
#include <string.h>

#include "app/bytes.h"
#include "check.h"

#define UNTOUCHED 0xEE

static uint8_t bytes[64];

static void clear(void)
{
    memset(bytes, UNTOUCHED, sizeof bytes);
}

/* The first `count` bytes are these, the next one was not written. */
static void check_bytes(const char *expected, size_t count)
{
    CHECK(memcmp(expected, bytes, count) == 0);
    CHECK_EQUAL(UNTOUCHED, bytes[count]);
}

static void test_numbers(void)
{
    clear();
    kws_put_u8(bytes, 0x81);
    kws_put_u16(bytes + 1, 0x8283);
    kws_put_u32(bytes + 3, 0x84858687u);
    kws_put_u64(bytes + 7, 0x88898A8B8C8D8E8Fu);
    check_bytes("\x81\x83\x82\x87\x86\x85\x84\x8F\x8E\x8D\x8C\x8B\x8A\x89\x88", 15);
    CHECK_EQUAL(0x81, kws_get_u8(bytes));
    CHECK_EQUAL(0x8283, kws_get_u16(bytes + 1));
    CHECK_EQUAL(0x84858687u, kws_get_u32(bytes + 3));
}

static void test_hex(void)
{
    clear();
    kws_put_hex(bytes, "00ff9a10", 4);
    check_bytes("\x00\xff\x9a\x10", 4);
}

static void test_names(void)
{
    const struct {
        const char *name;
        size_t longest;
        const char *sent;
    } cases[] = {
        {"", 5, "\0"},
        {"abc", 5, "\3abc"},
        {"abcde", 5, "\5abcde"},
        {"abcdef", 5, "\5abcde"},
        {"abc\xc3\xbc", 5, "\5abc\xc3\xbc"},
        {"abcd\xc3\xbc", 5, "\4abcd"},     /* two bytes, one would fit */
        {"ab\xf0\x9f\x99\x82", 5, "\2ab"}, /* four bytes, three would fit */
        {"\xf0\x9f\x99\x82", 3, "\0"},     /* nothing is left */
        {"ab\xe2\x82\xac", 5, "\5ab\xe2\x82\xac"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        clear();
        size_t length = 1 + (size_t)cases[i].sent[0];
        CHECK_EQUAL(length, kws_put_name(bytes, cases[i].name, cases[i].longest));
        check_bytes(cases[i].sent, length);
    }
}

static void test_arrays(void)
{
    const uint32_t numbers[] = {1, 2, 0x01020304};
    const char *const names[] = {"ab", "cdef", "g"};
    clear();
    CHECK_EQUAL(3, kws_put_bytes(bytes, 3, "abcd", 4));
    check_bytes("abc", 3);
    clear();
    CHECK_EQUAL(2, kws_put_bytes(bytes, 3, "abcd", 2));
    check_bytes("ab", 2);
    clear();
    CHECK_EQUAL(8, kws_put_u32s(bytes, 11, numbers, 3)); /* whole numbers only */
    check_bytes("\1\0\0\0\2\0\0\0", 8);
    CHECK_EQUAL(12, kws_put_u32s(bytes, 12, numbers, 3));

    for (size_t room = 0; room < 12; room++) {
        clear();
        size_t fits = room < 3 ? 0 : room < 8 ? 3 : room < 10 ? 8 : 10;
        CHECK_EQUAL(fits, kws_put_names(bytes, room, names, 3, 255));
        check_bytes("\2ab\4cdef\1g", fits);
    }
    clear();
    CHECK_EQUAL(8, kws_put_names(bytes, sizeof bytes, names, 3, 2)); /* each is cut */
    check_bytes("\2ab\2cd\1g", 8);
    CHECK_EQUAL(0, kws_put_names(bytes, sizeof bytes, names, 0, 2));
}

int main(void)
{
    test_numbers();
    test_hex();
    test_names();
    test_arrays();
    return EXIT_SUCCESS;
}
