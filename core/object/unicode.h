// core/object/unicode.h: what Unicode says of a code point, as CPython's str methods ask it.
// Tables: libunistring (Unicode 14).
#ifndef ADDER_CORE_OBJECT_UNICODE_H
#define ADDER_CORE_OBJECT_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

static inline bool ascii_is_space(uint8_t c)
{
    return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
}
static inline bool ascii_is_lower(uint32_t c) { return c - 'a' < 26; }
static inline bool ascii_is_upper(uint32_t c) { return c - 'A' < 26; }
static inline bool ascii_is_alpha(uint32_t c) { return (c | 32) - 'a' < 26; }
static inline bool ascii_is_digit(uint32_t c) { return c - '0' < 10; }

bool unicode_is_space(uint32_t c);
bool unicode_is_alpha(uint32_t c);
bool unicode_is_decimal(uint32_t c);
bool unicode_is_digit(uint32_t c);
bool unicode_is_numeric(uint32_t c);
bool unicode_is_printable(uint32_t c);
bool unicode_is_lower(uint32_t c);
bool unicode_is_upper(uint32_t c);
bool unicode_is_title(uint32_t c);
bool unicode_is_cased(uint32_t c);
bool unicode_is_case_ignorable(uint32_t c);
bool unicode_is_identifier_start(uint32_t c);
bool unicode_is_identifier_part(uint32_t c);
int unicode_decimal_value(uint32_t c); // -1: none

// Full case mappings of one code point, without context: up to three. They return how many.
unsigned unicode_to_upper(uint32_t c, uint32_t out[3]);
unsigned unicode_to_lower(uint32_t c, uint32_t out[3]);
unsigned unicode_to_title(uint32_t c, uint32_t out[3]);
unsigned unicode_to_folded(uint32_t c, uint32_t out[3]);

#endif
