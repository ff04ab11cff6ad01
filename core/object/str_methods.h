// core/object/str_methods.h: the methods of str by topic, gathered in str_methods.c.
#ifndef ADDER_CORE_OBJECT_STR_METHODS_H
#define ADDER_CORE_OBJECT_STR_METHODS_H

#include "core/object/list.h"
#include "core/object/str.h"

// "replace() argument 1 must be str, not int"; false: the exception is set.
bool argument_is_str(ThreadState *ts, const char *function, int position, Value v);
// An int used as a flag.
Truth argument_flag(ThreadState *ts, Value v);
// An index argument of a method; OverflowError "Python int too large to convert to C ssize_t".
Status argument_size(ThreadState *ts, Value v, int64_t *out);
// How often to repeat, how many to make; OverflowError "cannot fit 'int'
// into an index-sized integer".
Status argument_count(ThreadState *ts, Value v, int64_t *out);
// Turns a list that nobody else has seen round.
static inline void list_reverse_new(Value list)
{
    List *l = list_from(list);
    for (size_t i = 0, k = list_size(l); i + 1 < k; i++) {
        k--;
        SharedRef *a = &l->array->items[i], *b = &l->array->items[k];
        Value held = shared_ref_peek(a);
        shared_ref_init(a, REF_OF(shared_ref_peek(b)));
        shared_ref_init(b, REF_OF(held));
    }
}

#define BOUND_METHOD_ROWS(ROW)                                                                     \
    ROW(split)                                                                                     \
    ROW(rsplit)                                                                                    \
    ROW(splitlines)                                                                                \
    ROW(partition)                                                                                 \
    ROW(rpartition)                                                                                \
    ROW(replace)                                                                                   \
    ROW(join)                                                                                      \
    ROW(lower)                                                                                     \
    ROW(upper)                                                                                     \
    ROW(title)                                                                                     \
    ROW(capitalize)                                                                                \
    ROW(swapcase)                                                                                  \
    ROW(casefold)                                                                                  \
    ROW(isascii)                                                                                   \
    ROW(isalpha)                                                                                   \
    ROW(isalnum)                                                                                   \
    ROW(isdecimal)                                                                                 \
    ROW(isdigit)                                                                                   \
    ROW(isnumeric)                                                                                 \
    ROW(isspace)                                                                                   \
    ROW(isprintable)                                                                               \
    ROW(isidentifier)                                                                              \
    ROW(islower)                                                                                   \
    ROW(isupper)                                                                                   \
    ROW(istitle)                                                                                   \
    ROW(translate)                                                                                 \
    ROW(maketrans)                                                                                 \
    ROW(format_map)                                                                                \
    ROW(format)
#define DECLARE(name) Ref str_method_##name(ThreadState *ts, Value self, const Value *args);
BOUND_METHOD_ROWS(DECLARE)
#undef DECLARE
Ref str_replace(ThreadState *ts, Value self, Value old, Value with, int64_t limit);
Ref str_format_value(ThreadState *ts, Value self, Value spec); // str.__format__

// A text that a number is read from, in ASCII: other decimal digits and spaces become ASCII ones,
// anything else '?'. As long as the text, in raw memory; NULL: MemoryError.
char *str_numeric_text(ThreadState *ts, const Str *s);

#endif
