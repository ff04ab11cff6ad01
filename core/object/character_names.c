// core/object/character_names.c: see character_names.h.
//
// libunistring has the names but for two kinds: control characters, which have only aliases, and
// unified ideographs, whose names are their numbers.
#include "core/object/character_names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uniname.h>

static const struct {
    uint8_t character;
    const char *name;
} control_names[] = {
#define CONTROL_NAME(character, name) {character, name},
#include "core/object/control_names.def"
#undef CONTROL_NAME
};

static const struct {
    uint32_t first, last;
} unified_ideographs[] = {
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0x20000, 0x2A6DF}, {0x2A700, 0x2B738},
    {0x2B740, 0x2B81D}, {0x2B820, 0x2CEA1}, {0x2CEB0, 0x2EBE0}, {0x30000, 0x3134A},
};

static uint32_t ideograph_from_number(const char *digits)
{
    size_t size = strspn(digits, "0123456789ABCDEF");
    if (digits[size] != 0 || size < 4 || size > 5) {
        return CHARACTER_UNKNOWN;
    }
    uint32_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number =
            number * 16 + (uint32_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'A' + 10);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(unified_ideographs); i++) {
        if (number >= unified_ideographs[i].first && number <= unified_ideographs[i].last) {
            return number;
        }
    }
    return CHARACTER_UNKNOWN;
}

uint32_t character_from_name(const char *name, size_t size)
{
    static const char ideograph[] = "CJK UNIFIED IDEOGRAPH-";
    char buffer[UNINAME_MAX + 1];
    if (size == 0 || size >= sizeof buffer) {
        return CHARACTER_UNKNOWN;
    }
    memcpy(buffer, name, size);
    buffer[size] = 0;
    if (strncmp(buffer, ideograph, sizeof ideograph - 1) == 0) {
        return ideograph_from_number(buffer + sizeof ideograph - 1);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(control_names); i++) {
        if (strcasecmp(buffer, control_names[i].name) == 0) {
            return control_names[i].character;
        }
    }
    ucs4_t c = unicode_name_character(buffer);
    return c == UNINAME_INVALID ? CHARACTER_UNKNOWN : c;
}

bool character_name(uint32_t c, char name[CHARACTER_NAME_MAX])
{
    _Static_assert(UNINAME_MAX <= CHARACTER_NAME_MAX, "room for every name");
    for (size_t i = 0; i < ARRAY_LENGTH(unified_ideographs); i++) {
        if (c >= unified_ideographs[i].first && c <= unified_ideographs[i].last) {
            snprintf(name, CHARACTER_NAME_MAX, "CJK UNIFIED IDEOGRAPH-%X", c);
            return true;
        }
    }
    return unicode_character_name(c, name) != NULL;
}
