// core/modules/unicodedata.c: unicodedata, from libunistring's tables (Unicode 14).
//
// east_asian_width and mirrored are not here: libunistring does not know these properties.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <uninorm.h>

#include "core/object/character_names.h"
#include "core/object/container.h"
#include "core/object/float.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/unicode.h"

static Status character(ThreadState *ts, Value v, const char *function, const char *which,
                        uint32_t *c)
{
    if (!value_is_str(v)) {
        return raise_status(ts, EXC_TypeError,
                            "%s() argument%s must be a unicode character, not %T", function, which,
                            v);
    }
    if (str_length(v) != 1) {
        return raise_status(ts, EXC_TypeError,
                            "%s() argument%s must be a unicode character, not str", function,
                            which);
    }
    *c = str_char(str_from(v), 0);
    return STATUS_OK;
}

static Ref category(ThreadState *ts, Value self, const Value *args)
{
    uint32_t c;
    return character(ts, args[0], "category", "", &c) == STATUS_ERROR
               ? NO_REF
               : str_from_z(ts, uc_general_category_name(uc_general_category(c)));
}

static Ref bidirectional(ThreadState *ts, Value self, const Value *args)
{
    uint32_t c;
    if (character(ts, args[0], "bidirectional", "", &c) == STATUS_ERROR) {
        return NO_REF;
    }
    const char *name = uc_general_category(c).bitmask == UC_CATEGORY_MASK_Cn
                           ? ""
                           : uc_bidi_class_name(uc_bidi_class(c));
    return str_from_z(ts, name != NULL ? name : "");
}

static Ref combining(ThreadState *ts, Value self, const Value *args)
{
    uint32_t c;
    return character(ts, args[0], "combining", "", &c) == STATUS_ERROR
               ? NO_REF
               : REF_OF(small_int(uc_combining_class(c)));
}

// What was asked for, or the default, or ValueError.
static Ref otherwise(ThreadState *ts, Value fallback, const char *message)
{
    return is_no_value(fallback) ? raise(ts, EXC_ValueError, "%s", message) : ref_new(fallback);
}

static Ref decimal(ThreadState *ts, Value self, const Value *args)
{
    uint32_t c;
    if (character(ts, args[0], "decimal", is_no_value(args[1]) ? "" : " 1", &c) == STATUS_ERROR) {
        return NO_REF;
    }
    int value = unicode_decimal_value(c);
    return value >= 0 ? REF_OF(small_int(value)) : otherwise(ts, args[1], "not a decimal");
}

static Ref digit(ThreadState *ts, Value self, const Value *args)
{
    uint32_t c;
    if (character(ts, args[0], "digit", is_no_value(args[1]) ? "" : " 1", &c) == STATUS_ERROR) {
        return NO_REF;
    }
    int value = uc_digit_value(c);
    return value >= 0 ? REF_OF(small_int(value)) : otherwise(ts, args[1], "not a digit");
}

static Ref numeric(ThreadState *ts, Value self, const Value *args)
{
    uint32_t c;
    if (character(ts, args[0], "numeric", is_no_value(args[1]) ? "" : " 1", &c) == STATUS_ERROR) {
        return NO_REF;
    }
    uc_fraction_t value = uc_numeric_value(c);
    return value.denominator != 0
               ? float_from_double(ts, (double)value.numerator / value.denominator)
               : otherwise(ts, args[1], "not a numeric character");
}

static Ref name(ThreadState *ts, Value self, const Value *args)
{
    uint32_t c;
    char buffer[CHARACTER_NAME_MAX];
    if (character(ts, args[0], "name", is_no_value(args[1]) ? "" : " 1", &c) == STATUS_ERROR) {
        return NO_REF;
    }
    return c > 0x9F || (c >= 0x20 && c < 0x7F)
               ? (character_name(c, buffer) ? str_from_z(ts, buffer)
                                            : otherwise(ts, args[1], "no such name"))
               : otherwise(ts, args[1], "no such name");
}

static Ref lookup(ThreadState *ts, Value self, const Value *args)
{
    size_t size;
    const char *text = value_is_str(args[0]) ? str_utf8(ts, args[0], &size) : NULL;
    if (text == NULL) {
        return has_exception(ts)
                   ? NO_REF
                   : raise(ts, EXC_TypeError, "lookup() argument must be str, not %T", args[0]);
    }
    uint32_t c = character_from_name(text, size);
    return c == CHARACTER_UNKNOWN
               ? raise(ts, EXC_KeyError, "undefined character name '%U'", args[0])
               : str_from_ucs4(ts, &c, 1);
}

static Ref decomposition(ThreadState *ts, Value self, const Value *args)
{
    static const char *const tags[] = {
        [UC_DECOMP_FONT] = "font",         [UC_DECOMP_NOBREAK] = "noBreak",
        [UC_DECOMP_INITIAL] = "initial",   [UC_DECOMP_MEDIAL] = "medial",
        [UC_DECOMP_FINAL] = "final",       [UC_DECOMP_ISOLATED] = "isolated",
        [UC_DECOMP_CIRCLE] = "circle",     [UC_DECOMP_SUPER] = "super",
        [UC_DECOMP_SUB] = "sub",           [UC_DECOMP_VERTICAL] = "vertical",
        [UC_DECOMP_WIDE] = "wide",         [UC_DECOMP_NARROW] = "narrow",
        [UC_DECOMP_SMALL] = "small",       [UC_DECOMP_SQUARE] = "square",
        [UC_DECOMP_FRACTION] = "fraction", [UC_DECOMP_COMPAT] = "compat",
    };
    uint32_t c;
    if (character(ts, args[0], "decomposition", "", &c) == STATUS_ERROR) {
        return NO_REF;
    }
    ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
    int tag = 0;
    bool is_hangul = c >= 0xAC00 && c <= 0xD7A3; // computed, not in the table that is shown
    int count = is_hangul ? -1 : uc_decomposition(c, &tag, parts);
    char text[UC_DECOMPOSITION_MAX_LENGTH * 8 + 16];
    int at = 0;
    text[0] = 0;
    if (count > 0 && tag != UC_DECOMP_CANONICAL) {
        at = snprintf(text, sizeof text, "<%s>", tags[tag]);
    }
    for (int i = 0; i < count; i++) {
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%04X", at > 0 ? " " : "",
                       (unsigned)parts[i]);
    }
    return str_from_z(ts, text);
}

static uninorm_t form_named(Value v)
{
    return str_equal_z(v, "NFC")    ? UNINORM_NFC
           : str_equal_z(v, "NFD")  ? UNINORM_NFD
           : str_equal_z(v, "NFKC") ? UNINORM_NFKC
           : str_equal_z(v, "NFKD") ? UNINORM_NFKD
                                    : NULL;
}

static Ref normalize(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0]) || !value_is_str(args[1])) {
        return raise(ts, EXC_TypeError, "normalize() argument %d must be str, not %T",
                     value_is_str(args[0]) ? 2 : 1, value_is_str(args[0]) ? args[1] : args[0]);
    }
    uninorm_t form = form_named(args[0]);
    if (form == NULL) {
        return raise(ts, EXC_ValueError, "invalid normalization form");
    }
    Str *s = str_from(args[1]);
    if (str_is_ascii(s)) {
        return ref_new(args[1]);
    }
    uint32_t *points = malloc((s->length + 1) * sizeof *points);
    if (points == NULL) {
        return raise_no_memory(ts);
    }
    for (size_t i = 0; i < s->length; i++) {
        points[i] = str_char(s, i);
    }
    size_t size = 0;
    uint32_t *made = u32_normalize(form, points, s->length, NULL, &size);
    free(points);
    if (made == NULL) {
        return raise_no_memory(ts);
    }
    Ref result = str_from_ucs4(ts, made, size);
    free(made);
    return result;
}

static Ref is_normalized(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref made = normalize(ts, self, args);
    return is_error(made) ? NO_REF : REF_OF(bool_value(str_equal(made.v, args[1])));
}

static const NativeDef functions[] = {
    NATIVE("category", category, "($module, chr, /)", "The general category."),
    NATIVE("bidirectional", bidirectional, "($module, chr, /)", "The bidirectional class."),
    NATIVE("combining", combining, "($module, chr, /)", "The canonical combining class."),
    NATIVE("decimal", decimal, "($module, chr, default=, /)", "The decimal value."),
    NATIVE("digit", digit, "($module, chr, default=, /)", "The digit value."),
    NATIVE("numeric", numeric, "($module, chr, default=, /)", "The numeric value as a float."),
    NATIVE("name", name, "($module, chr, default=, /)", "The name."),
    NATIVE("lookup", lookup, "($module, name, /)", "The character of that name."),
    NATIVE("decomposition", decomposition, "($module, chr, /)", "The decomposition mapping."),
    NATIVE("normalize", normalize, "($module, form, unistr, /)",
           "The text in NFC, NFD, NFKC or NFKD."),
    NATIVE("is_normalized", is_normalized, "($module, form, unistr, /)",
           "Whether it is in that form already."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    return module_add_str(ts, module, "unidata_version", "14.0.0");
}

extern const ModuleSpec module_unicodedata;
const ModuleSpec module_unicodedata = {"unicodedata", "What Unicode says of characters.", functions,
                                       setup};
