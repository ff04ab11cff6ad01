// core/modules/json.h: JSON text to objects and back, as the library's json module does it.
#ifndef ADDER_CORE_MODULES_JSON_H
#define ADDER_CORE_MODULES_JSON_H

#include "core/object/str.h"

// What json.loads can be told; all NO_VALUE or false: the plain way.
typedef struct JsonDecode {
    Value object_hook, pairs_hook, parse_float, parse_int, parse_constant;
    bool is_lenient; // control characters in strings are allowed
} JsonDecode;
Ref json_decode(ThreadState *ts, Value text, const JsonDecode *options);

typedef struct JsonEncode {
    Value default_;       // called for other objects, or NO_VALUE
    Value indent;         // str, or NO_VALUE: one line
    Value item_separator; // str; NO_VALUE: ", " (one line) or ","
    Value key_separator;  // str; NO_VALUE: ": "
    bool keeps_unicode, forbids_nan, skips_keys, sorts_keys, ignores_cycles;
} JsonEncode;
Ref json_encode(ThreadState *ts, Value object, const JsonEncode *options);

// json.JSONDecodeError at `position` of `text`.
COLD Ref json_raise(ThreadState *ts, const char *message, Value text, size_t position);

#endif
