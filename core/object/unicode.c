#include "core/object/unicode.h"

#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>

static inline bool in_categories(uint32_t c, uint32_t mask)
{
    return uc_is_general_category_withtable(c, mask);
}

bool unicode_is_space(uint32_t c)
{
    if (c < 128) {
        return ascii_is_space((uint8_t)c);
    }
    if (in_categories(c, UC_CATEGORY_MASK_Zs)) {
        return true;
    }
    int bidi = uc_bidi_category(c);
    return bidi == UC_BIDI_WS || bidi == UC_BIDI_B || bidi == UC_BIDI_S;
}

bool unicode_is_alpha(uint32_t c)
{
    return c < 128 ? ascii_is_alpha(c) : in_categories(c, UC_CATEGORY_MASK_L);
}

int unicode_decimal_value(uint32_t c)
{
    return c < 128 ? (ascii_is_digit(c) ? (int)c - '0' : -1) : uc_decimal_value(c);
}
bool unicode_is_decimal(uint32_t c) { return unicode_decimal_value(c) >= 0; }
bool unicode_is_digit(uint32_t c) { return c < 128 ? ascii_is_digit(c) : uc_digit_value(c) >= 0; }

// Ideographs that are numbers (Unihan's numeric values), which the general table leaves out.
static const uint32_t ideographic_numbers[] = {
    0x3405,  0x3483,  0x382A,  0x3B4D,  0x4E00,  0x4E03,  0x4E07,  0x4E09,  0x4E5D,
    0x4E8C,  0x4E94,  0x4E96,  0x4EBF,  0x4EC0,  0x4EDF,  0x4EE8,  0x4F0D,  0x4F70,
    0x5104,  0x5146,  0x5169,  0x516B,  0x516D,  0x5341,  0x5343,  0x5344,  0x5345,
    0x534C,  0x53C1,  0x53C2,  0x53C3,  0x53C4,  0x56DB,  0x58F1,  0x58F9,  0x5E7A,
    0x5EFE,  0x5EFF,  0x5F0C,  0x5F0D,  0x5F0E,  0x5F10,  0x62FE,  0x634C,  0x67D2,
    0x6F06,  0x7396,  0x767E,  0x8086,  0x842C,  0x8CAE,  0x8CB3,  0x8D30,  0x9621,
    0x9646,  0x964C,  0x9678,  0x96F6,  0xF96B,  0xF973,  0xF978,  0xF9B2,  0xF9D1,
    0xF9D3,  0xF9FD,  0x20001, 0x20064, 0x200E2, 0x20121, 0x2092A, 0x20983, 0x2098C,
    0x2099C, 0x20AEA, 0x20AFD, 0x20B19, 0x22390, 0x22998, 0x23B1B, 0x2626D, 0x2F890,
};

static int compare_points(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

bool unicode_is_numeric(uint32_t c)
{
    if (c < 128) {
        return ascii_is_digit(c);
    }
    return uc_numeric_value(c).denominator != 0 ||
           bsearch(&c, ideographic_numbers,
                   sizeof ideographic_numbers / sizeof *ideographic_numbers, sizeof c,
                   compare_points) != NULL;
}

bool unicode_is_printable(uint32_t c)
{
    if (c < 128) {
        return c >= 32 && c < 127;
    }
    return !in_categories(c, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z);
}

bool unicode_is_lower(uint32_t c)
{
    return c < 128 ? ascii_is_lower(c) : uc_is_property_lowercase(c);
}
bool unicode_is_upper(uint32_t c)
{
    return c < 128 ? ascii_is_upper(c) : uc_is_property_uppercase(c);
}
bool unicode_is_title(uint32_t c) { return c >= 128 && in_categories(c, UC_CATEGORY_MASK_Lt); }

bool unicode_is_cased(uint32_t c)
{
    return unicode_is_lower(c) || unicode_is_upper(c) || unicode_is_title(c);
}
bool unicode_is_case_ignorable(uint32_t c) { return uc_is_property_case_ignorable(c); }
bool unicode_is_identifier_start(uint32_t c)
{
    return c < 128 ? ascii_is_alpha(c) || c == '_' : uc_is_property_xid_start(c);
}
bool unicode_is_identifier_part(uint32_t c)
{
    return c < 128 ? ascii_is_alpha(c) || ascii_is_digit(c) || c == '_'
                   : uc_is_property_xid_continue(c);
}

typedef uint32_t *(*Mapping)(const uint32_t *, size_t, const char *, uninorm_t, uint32_t *,
                             size_t *);

static unsigned map_one(Mapping mapping, uint32_t c, uint32_t out[3])
{
    size_t count = 3;
    if ((c & 0xFFFFF800u) == 0xD800) { // a lone surrogate has no case
        out[0] = c;
        return 1;
    }
    uint32_t *result = mapping(&c, 1, NULL, NULL, out, &count);
    if (result != out) {
        // Never more than three; without memory the code point stands for itself.
        free(result);
        out[0] = c;
        return 1;
    }
    return (unsigned)count;
}

unsigned unicode_to_upper(uint32_t c, uint32_t out[3])
{
    if (c < 128) {
        out[0] = ascii_is_lower(c) ? c - 32 : c;
        return 1;
    }
    return map_one(u32_toupper, c, out);
}

unsigned unicode_to_lower(uint32_t c, uint32_t out[3])
{
    if (c < 128) {
        out[0] = ascii_is_upper(c) ? c + 32 : c;
        return 1;
    }
    if (c == 0x3A3) {
        out[0] = 0x3C3; // its final form depends on the context: the caller's matter
        return 1;
    }
    return map_one(u32_tolower, c, out);
}

unsigned unicode_to_title(uint32_t c, uint32_t out[3])
{
    if (c < 128) {
        out[0] = ascii_is_lower(c) ? c - 32 : c;
        return 1;
    }
    return map_one(u32_totitle, c, out);
}

unsigned unicode_to_folded(uint32_t c, uint32_t out[3])
{
    if (c < 128) {
        out[0] = ascii_is_upper(c) ? c + 32 : c;
        return 1;
    }
    return map_one(u32_casefold, c, out);
}
