// str: case mappings and the is… questions.
#include "core/object/str.h"
#include "core/object/str_internal.h"
#include "core/object/str_methods.h"
#include "core/object/unicode.h"

// --- Case mappings -------------------------------------------------------------------------------

// Eight ASCII bytes at once: 0x20 in each byte that lies in first..first+25.
static inline uint64_t letters_of(uint64_t word, uint8_t first)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t below = word + (0x80u - first) * ones;      // top bit: byte >= first
    uint64_t above = word + (0x80u - first - 26) * ones; // top bit: byte > last
    return ((below & ~above) & 0x80 * ones) >> 2;
}

static Ref map_ascii(ThreadState *ts, Str *s, uint8_t first)
{
    if (s->length == 1) {
        uint8_t c = s->data[0];
        return str_from_char(ts, (uint8_t)(c - first) < 26 ? c ^ 0x20u : c);
    }
    Ref result = str_new(ts, s->length, 0x7F);
    if (is_error(result)) {
        return NO_REF;
    }
    uint8_t *out = str_from(result.v)->data;
    size_t i = 0;
    for (; i + 8 <= s->length; i += 8) {
        uint64_t word;
        memcpy(&word, s->data + i, 8);
        word ^= letters_of(word, first);
        memcpy(out + i, &word, 8);
    }
    for (; i < s->length; i++) {
        uint8_t c = s->data[i];
        out[i] = (uint8_t)(c - first) < 26 ? c ^ 0x20 : c;
    }
    return result;
}

// A capital sigma is final after a cased letter and not before one
// (case-ignorable ones do not count).
static uint32_t lower_sigma(const Str *s, size_t i)
{
    size_t k = i;
    while (k > 0 && unicode_is_case_ignorable(str_char(s, k - 1))) {
        k--;
    }
    if (k == 0 || !unicode_is_cased(str_char(s, k - 1))) {
        return 0x3C3;
    }
    k = i + 1;
    while (k < s->length && unicode_is_case_ignorable(str_char(s, k))) {
        k++;
    }
    return k < s->length && unicode_is_cased(str_char(s, k)) ? 0x3C3 : 0x3C2;
}

static unsigned lower_at(const Str *s, size_t i, uint32_t out[3])
{
    uint32_t c = str_char(s, i);
    if (c == 0x3A3) {
        out[0] = lower_sigma(s, i);
        return 1;
    }
    return unicode_to_lower(c, out);
}

typedef enum { TO_UPPER, TO_LOWER, TO_TITLE, TO_FOLDED, TO_CAPITAL, TO_SWAPPED } CaseMapping;

static unsigned map_at(const Str *s, size_t i, CaseMapping mapping, bool *was_cased,
                       uint32_t out[3])
{
    uint32_t c = str_char(s, i);
    switch (mapping) {
    case TO_UPPER:
        return unicode_to_upper(c, out);
    case TO_LOWER:
        return lower_at(s, i, out);
    case TO_FOLDED:
        return unicode_to_folded(c, out);
    case TO_CAPITAL:
        return i == 0 ? unicode_to_title(c, out) : lower_at(s, i, out);
    case TO_SWAPPED:
        if (unicode_is_upper(c)) {
            return lower_at(s, i, out);
        }
        if (unicode_is_lower(c)) {
            return unicode_to_upper(c, out);
        }
        out[0] = c;
        return 1;
    default: {
        unsigned n = *was_cased ? lower_at(s, i, out) : unicode_to_title(c, out);
        *was_cased = unicode_is_cased(c);
        return n;
    }
    }
}

static Ref map_general(ThreadState *ts, Value self, CaseMapping mapping)
{
    const Str *s = str_from(self);
    StrBuilder b;
    builder_init(&b);
    bool was_cased = false;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t out[3];
        unsigned n = map_at(s, i, mapping, &was_cased, out);
        for (unsigned k = 0; k < n; k++) {
            if (builder_add_char(ts, &b, out[k]) == STATUS_ERROR) {
                builder_abandon(ts, &b);
                return NO_REF;
            }
        }
    }
    return builder_finish(ts, &b);
}

// An ASCII text: title, capitalize, swapcase.
static Ref map_ascii_mixed(ThreadState *ts, Str *s, CaseMapping mapping)
{
    Ref result = str_new(ts, s->length, 0x7F);
    if (is_error(result)) {
        return NO_REF;
    }
    uint8_t *out = str_from(result.v)->data;
    bool was_cased = false;
    for (size_t i = 0; i < s->length; i++) {
        uint8_t c = s->data[i];
        if (ascii_is_alpha(c)) {
            bool upper = mapping == TO_SWAPPED ? ascii_is_lower(c)
                         : mapping == TO_TITLE ? !was_cased
                                               : i == 0;
            c = upper ? c & 0xDF : c | 0x20;
            was_cased = true;
        } else {
            was_cased = false;
        }
        if (mapping == TO_SWAPPED && ascii_is_alpha(s->data[i])) {
            c = s->data[i] ^ 0x20;
        }
        out[i] = c;
    }
    return result;
}

Ref str_method_lower(ThreadState *ts, Value self, const Value *args)
{
    Str *s = str_from(self);
    return str_is_ascii(s) && s->length > 0 ? map_ascii(ts, s, 'A')
                                            : map_general(ts, self, TO_LOWER);
}
Ref str_method_upper(ThreadState *ts, Value self, const Value *args)
{
    Str *s = str_from(self);
    return str_is_ascii(s) && s->length > 0 ? map_ascii(ts, s, 'a')
                                            : map_general(ts, self, TO_UPPER);
}
Ref str_method_casefold(ThreadState *ts, Value self, const Value *args)
{
    Str *s = str_from(self);
    return str_is_ascii(s) && s->length > 0 ? map_ascii(ts, s, 'A')
                                            : map_general(ts, self, TO_FOLDED);
}
static Ref map_mixed(ThreadState *ts, Value self, CaseMapping mapping)
{
    Str *s = str_from(self);
    return str_is_ascii(s) && s->length > 1 ? map_ascii_mixed(ts, s, mapping)
                                            : map_general(ts, self, mapping);
}
Ref str_method_title(ThreadState *ts, Value self, const Value *args)
{
    return map_mixed(ts, self, TO_TITLE);
}
Ref str_method_capitalize(ThreadState *ts, Value self, const Value *args)
{
    return map_mixed(ts, self, TO_CAPITAL);
}
Ref str_method_swapcase(ThreadState *ts, Value self, const Value *args)
{
    return map_mixed(ts, self, TO_SWAPPED);
}

// --- Questions -----------------------------------------------------------------------------------

static Ref all_are(Value self, bool (*test)(uint32_t c), bool if_empty)
{
    const Str *s = str_from(self);
    unsigned width = str_width(s);
    for (size_t i = 0; i < s->length; i++) {
        if (!test(text_char(s->data, width, i))) {
            return REF_OF(VALUE_FALSE);
        }
    }
    return REF_OF(bool_value(s->length > 0 || if_empty));
}

static bool is_alnum(uint32_t c)
{
    return c < 128 ? ascii_is_alpha(c) || ascii_is_digit(c)
                   : unicode_is_alpha(c) || unicode_is_decimal(c) || unicode_is_digit(c) ||
                         unicode_is_numeric(c);
}

#define QUESTION(name, test, if_empty)                                                             \
    Ref str_method_##name(ThreadState *ts, Value self, const Value *args)                          \
    {                                                                                              \
        return all_are(self, test, if_empty);                                                      \
    }
QUESTION(isalpha, unicode_is_alpha, false)
QUESTION(isalnum, is_alnum, false)
QUESTION(isdecimal, unicode_is_decimal, false)
QUESTION(isdigit, unicode_is_digit, false)
QUESTION(isnumeric, unicode_is_numeric, false)
QUESTION(isspace, unicode_is_space, false)
QUESTION(isprintable, unicode_is_printable, true)

Ref str_method_isascii(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(str_is_ascii(str_from(self))));
}

Ref str_method_isidentifier(ThreadState *ts, Value self, const Value *args)
{
    const Str *s = str_from(self);
    bool truth = s->length > 0 && unicode_is_identifier_start(str_char(s, 0));
    for (size_t i = 1; truth && i < s->length; i++) {
        truth = unicode_is_identifier_part(str_char(s, i));
    }
    return REF_OF(bool_value(truth));
}

static Ref all_cased_are(Value self, bool lower)
{
    const Str *s = str_from(self);
    bool any = false;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_char(s, i);
        if (lower ? unicode_is_upper(c) : unicode_is_lower(c)) {
            return REF_OF(VALUE_FALSE);
        }
        if (unicode_is_title(c)) {
            return REF_OF(VALUE_FALSE);
        }
        any = any || (lower ? unicode_is_lower(c) : unicode_is_upper(c));
    }
    return REF_OF(bool_value(any));
}
Ref str_method_islower(ThreadState *ts, Value self, const Value *args)
{
    return all_cased_are(self, true);
}
Ref str_method_isupper(ThreadState *ts, Value self, const Value *args)
{
    return all_cased_are(self, false);
}

Ref str_method_istitle(ThreadState *ts, Value self, const Value *args)
{
    const Str *s = str_from(self);
    bool any = false, was_cased = false;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_char(s, i);
        if (unicode_is_upper(c) || unicode_is_title(c)) {
            if (was_cased) {
                return REF_OF(VALUE_FALSE);
            }
            was_cased = any = true;
        } else if (unicode_is_lower(c)) {
            if (!was_cased) {
                return REF_OF(VALUE_FALSE);
            }
            any = true;
        } else {
            was_cased = false;
        }
    }
    return REF_OF(bool_value(any));
}
