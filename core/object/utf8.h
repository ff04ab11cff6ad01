// core/object/utf8.h: UTF-8 as bytes, without objects.
#ifndef ADDER_CORE_OBJECT_UTF8_H
#define ADDER_CORE_OBJECT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Utf8Scan {
    size_t count;       // code points before the end or the first error
    size_t stop;        // bytes read
    uint32_t max_char;  // an upper bound of the largest code point's class
    const char *reason; // NULL: all is well; else in CPython's words
    size_t error_end;   // the faulty bytes are stop .. error_end
} Utf8Scan;

// Validates from `start`. surrogates: U+D800..DFFF in three bytes are allowed (WTF-8).
void utf8_scan(const uint8_t *bytes, size_t start, size_t size, bool surrogates, Utf8Scan *scan);
// Decodes `count` code points of valid text into elements of `width` bytes.
void utf8_decode_valid(const uint8_t *bytes, size_t size, void *to, unsigned width);
// Writes one code point, surrogates included; returns the bytes written (1 to 4).
static inline size_t utf8_put(uint8_t *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (uint8_t)(0xC0 | c >> 6);
        to[1] = (uint8_t)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (uint8_t)(0xE0 | c >> 12);
        to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        to[2] = (uint8_t)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (uint8_t)(0xF0 | c >> 18);
    to[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
    to[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
    to[3] = (uint8_t)(0x80 | (c & 0x3F));
    return 4;
}

#endif
