// core/modules/sre_chars.c: which characters a class,
// a category or a one-character instruction accepts.
#include "core/modules/sre.h"
#include "core/object/unicode.h"

uint32_t sre_lower_ascii(uint32_t c) { return ascii_is_upper(c) ? c + 32 : c; }
uint32_t sre_upper_ascii(uint32_t c) { return ascii_is_lower(c) ? c - 32 : c; }

uint32_t sre_lower_unicode(uint32_t c)
{
    uint32_t out[3];
    return c < 128 ? sre_lower_ascii(c) : (unicode_to_lower(c, out), out[0]);
}

uint32_t sre_upper_unicode(uint32_t c)
{
    uint32_t out[3];
    return c < 128 ? sre_upper_ascii(c) : (unicode_to_upper(c, out), out[0]);
}

static bool is_alnum_ascii(uint32_t c) { return ascii_is_alpha(c) || ascii_is_digit(c); }
static bool is_word_ascii(uint32_t c) { return is_alnum_ascii(c) || c == '_'; }
static bool is_word_unicode(uint32_t c)
{
    return c < 128 ? is_word_ascii(c)
                   : unicode_is_alpha(c) || unicode_is_decimal(c) || unicode_is_digit(c) ||
                         unicode_is_numeric(c);
}
static bool is_space_ascii(uint32_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_break_unicode(uint32_t c)
{
    return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

// The locale is always C: its words are ASCII's.
bool sre_category(uint32_t category, uint32_t c)
{
    switch (category) {
    case 0:
        return ascii_is_digit(c);
    case 1:
        return !ascii_is_digit(c);
    case 2:
        return is_space_ascii(c);
    case 3:
        return !is_space_ascii(c);
    case 4:
    case 8:
        return is_word_ascii(c);
    case 5:
    case 9:
        return !is_word_ascii(c);
    case 6:
        return c == '\n';
    case 7:
        return c != '\n';
    case 10:
        return unicode_is_decimal(c);
    case 11:
        return !unicode_is_decimal(c);
    case 12:
        return unicode_is_space(c);
    case 13:
        return !unicode_is_space(c);
    case 14:
        return is_word_unicode(c);
    case 15:
        return !is_word_unicode(c);
    case 16:
        return is_break_unicode(c);
    default:
        return !is_break_unicode(c);
    }
}

bool sre_is_word(SreAt at, uint32_t c)
{
    return at >= AT_UNI_BOUNDARY ? is_word_unicode(c) : is_word_ascii(c);
}

bool sre_charset(const uint32_t *set, uint32_t c)
{
    bool found = true; // what a member means; NEGATE turns it
    for (;;) {
        switch (*set++) {
        case RE_FAILURE:
            return !found;
        case RE_NEGATE:
            found = !found;
            break;
        case RE_LITERAL:
            if (c == *set++) {
                return found;
            }
            break;
        case RE_CATEGORY:
            if (sre_category(*set++, c)) {
                return found;
            }
            break;
        case RE_CHARSET:
            if (c < 256 && (set[c >> 5] >> (c & 31) & 1) != 0) {
                return found;
            }
            set += 8;
            break;
        case RE_RANGE:
            if (set[0] <= c && c <= set[1]) {
                return found;
            }
            set += 2;
            break;
        case RE_RANGE_UNI_IGNORE: {
            uint32_t upper = sre_upper_unicode(c);
            if ((set[0] <= c && c <= set[1]) || (set[0] <= upper && upper <= set[1])) {
                return found;
            }
            set += 2;
            break;
        }
        default: { // RE_BIGCHARSET: chunks of 256 bits, and which chunk the upper byte means
            uint32_t chunks = *set++;
            if (c < 65536) {
                uint32_t chunk = ((const uint8_t *)set)[c >> 8];
                if ((set[64 + chunk * 8 + ((c & 255) >> 5)] >> (c & 31) & 1) != 0) {
                    return found;
                }
            }
            set += 64 + chunks * 8;
            break;
        }
        }
    }
}

bool sre_accepts(const uint32_t *code, uint32_t c)
{
    switch (code[0]) {
    case RE_ANY:
        return c != '\n';
    case RE_ANY_ALL:
        return true;
    case RE_LITERAL:
        return c == code[1];
    case RE_NOT_LITERAL:
        return c != code[1];
    case RE_CATEGORY:
        return sre_category(code[1], c);
    case RE_IN:
        return sre_charset(code + 2, c);
    case RE_LITERAL_IGNORE:
        return sre_lower_ascii(c) == code[1];
    case RE_NOT_LITERAL_IGNORE:
        return sre_lower_ascii(c) != code[1];
    case RE_IN_IGNORE:
        return sre_charset(code + 2, sre_lower_ascii(c));
    case RE_LITERAL_UNI_IGNORE:
        return sre_lower_unicode(c) == code[1];
    case RE_NOT_LITERAL_UNI_IGNORE:
        return sre_lower_unicode(c) != code[1];
    case RE_IN_UNI_IGNORE:
        return sre_charset(code + 2, sre_lower_unicode(c));
    case RE_LITERAL_LOC_IGNORE:
        return c == code[1] || sre_lower_ascii(c) == code[1] || sre_upper_ascii(c) == code[1];
    case RE_NOT_LITERAL_LOC_IGNORE:
        return c != code[1] && sre_lower_ascii(c) != code[1] && sre_upper_ascii(c) != code[1];
    default: // RE_IN_LOC_IGNORE
        return sre_charset(code + 2, sre_lower_ascii(c)) ||
               sre_charset(code + 2, sre_upper_ascii(c));
    }
}
