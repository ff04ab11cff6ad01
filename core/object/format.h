// core/object/format.h: the format mini-language of numbers and text, and printing of doubles.
#ifndef ADDER_CORE_OBJECT_FORMAT_H
#define ADDER_CORE_OBJECT_FORMAT_H

#include "core/object/str.h"

// A parsed format specification: [[fill]align][sign][z][#][0][width][grouping][.precision][type]
typedef struct FormatSpec {
    uint32_t fill;
    char align; // '<' '>' '=' '^', or 0
    char sign;  // '+' '-' ' ', or 0
    bool no_negative_zero, alternate, has_zero;
    int64_t width;     // -1: none
    char grouping;     // ',' '_', or 0
    int64_t precision; // -1: none
    uint32_t type;     // 0: none
} FormatSpec;

// spec is a str. default_align: '<' for text, '>' for numbers. `self` is for messages.
Status format_spec_parse(ThreadState *ts, Value spec, Value self, char default_align,
                         FormatSpec *out);

Ref int_format(ThreadState *ts, Value v, Value spec);
Ref float_format(ThreadState *ts, Value v, Value spec);
// The complex number v, of these parts. The spec is not empty.
Ref complex_format(ThreadState *ts, Value v, double real, double imag, Value spec);
Ref str_format_value(ThreadState *ts, Value v, Value spec);

// A double as text. kind: 'r' shortest, or 'e' 'f' 'g' and 'E' 'F' 'G' with precision; '%' is not
// known here. Flags: DOUBLE_ALTERNATE keeps the point, DOUBLE_ADD_DOT_0 adds ".0" to what looks
// like an int, DOUBLE_NO_NEGATIVE_ZERO. Sign '-' only. The text's start is *text: `local` or raw
// memory, to be given to double_text_free.
enum { DOUBLE_ALTERNATE = 1, DOUBLE_ADD_DOT_0 = 2, DOUBLE_NO_NEGATIVE_ZERO = 4 };
typedef struct DoubleText {
    char *text;
    size_t size;
    char local[128];
} DoubleText;
Status double_text(ThreadState *ts, double d, char kind, int64_t precision, unsigned flags,
                   DoubleText *out);
void double_text_free(ThreadState *ts, DoubleText *t);
// Shortest digits that read back as d > 0, finite: up to 17 into digits;
// value = 0.DIGITS * 10^*point.
int double_shortest(double d, char digits[17], int *point);

#endif
