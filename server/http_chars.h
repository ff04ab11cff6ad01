// server/http_chars.h: which bytes may stand where. One bit per class, 256 entries.
#ifndef ADDER_SERVER_HTTP_CHARS_H
#define ADDER_SERVER_HTTP_CHARS_H

#include <stdint.h>

enum {
    CHAR_TOKEN = 1,  // tchar: methods, field names
    CHAR_TARGET = 2, // visible ASCII except " # < > (and % and ?, which the automaton sees first)
    CHAR_VALUE = 4,  // visible, 8-bit, space, tab
    CHAR_HOST = 8,   // unreserved and sub-delims
    CHAR_HEX = 16,
    CHAR_DIGIT = 32,
};

extern const uint8_t http_char_class[256];

static inline int http_char_is(unsigned char c, int class) { return http_char_class[c] & class; }

// Value of a hexadecimal digit; only for CHAR_HEX.
static inline unsigned hex_value(unsigned char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

#endif
