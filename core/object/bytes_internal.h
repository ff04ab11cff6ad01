// core/object/bytes_internal.h: what the sources of bytes, bytearray and memoryview share.
#ifndef ADDER_CORE_OBJECT_BYTES_INTERNAL_H
#define ADDER_CORE_OBJECT_BYTES_INTERNAL_H

#include <string.h>

#include "core/object/bytes.h"
#include "core/object/str_internal.h"

#define BYTES_MAX ((size_t)INT64_MAX / 2)

// Never NULL: an empty bytearray without memory lends a byte that nobody writes to.
static inline uint8_t *bytearray_data(ByteArray *b)
{
    return b->data == NULL ? (uint8_t *)(uintptr_t) "" : b->data + b->offset;
}
static inline ByteArray *bytearray_from(Value v) { return (ByteArray *)value_head(v); }

// The contents of bytes or of a bytearray. A bytearray is locked meanwhile, so that other
// threads wait; and exported, so that script code that runs in between cannot resize it. End
// each span, innermost first.
typedef struct Span {
    const uint8_t *data;
    size_t size;
    ByteArray *held;
    CriticalSection section;
} Span;
void span_begin(ThreadState *ts, Span *span, Value bytes_or_bytearray);
void span_end_slow(Span *span);
static inline void span_end(Span *span)
{
    if (span->held != NULL) {
        span_end_slow(span);
    }
}

// A new object of the same builtin type as `like`; data NULL: to be filled (see made_data).
Ref bytes_like_new(ThreadState *ts, Value like, const void *data, size_t size);
uint8_t *made_data(Value bytes_or_bytearray);
// An index argument as a byte; raises `message`-style errors.
Status byte_from(ThreadState *ts, Value v, const char *range_message, uint8_t *out);
// Items of an iterable as bytes in raw memory, *out is to be freed.
Status bytes_collect(ThreadState *ts, Value iterable, const char *range_message, uint8_t **out,
                     size_t *size);
// The arguments (source, encoding, errors) of both constructors.
Status bytes_make_arguments(ThreadState *ts, const char *name, const Value *args, size_t count,
                            Value names, Value *source, const char **encoding, const char **errors);
Ref bytes_repr(ThreadState *ts, const uint8_t *data, size_t size, const char *before,
               const char *after);
Ref bytes_compare(ThreadState *ts, Value a, Value b, CompareOp op);
Truth bytes_contains(ThreadState *ts, Value self, Value item);
Ref bytes_modulo(ThreadState *ts, Value format, Value arguments);
Ref bytes_hex(ThreadState *ts, const uint8_t *data, size_t size, const Value *args);

Ref bytearray_make_raw(ThreadState *ts, Type *type, const void *data, size_t size);

// Rows that both types have (bytes_methods.c, bytes_split.c).
#define BYTES_METHOD(name) Ref bytes_method_##name(ThreadState *ts, Value self, const Value *args);
#define BYTES_RAW(name)    Ref bytes_method_##name(CALL_PARAMETERS);
BYTES_METHOD(split)
BYTES_METHOD(rsplit)
BYTES_METHOD(splitlines)
BYTES_METHOD(partition)
BYTES_METHOD(rpartition)
BYTES_METHOD(replace)
BYTES_METHOD(join)
BYTES_METHOD(translate)
BYTES_METHOD(maketrans)
BYTES_METHOD(decode)
BYTES_METHOD(hex)
BYTES_METHOD(fromhex)
BYTES_METHOD(capitalize)
BYTES_METHOD(title)
BYTES_METHOD(lower)
BYTES_METHOD(upper)
BYTES_METHOD(swapcase)
BYTES_METHOD(isalnum)
BYTES_METHOD(isalpha)
BYTES_METHOD(isascii)
BYTES_METHOD(isdigit)
BYTES_METHOD(islower)
BYTES_METHOD(isspace)
BYTES_METHOD(istitle)
BYTES_METHOD(isupper)
BYTES_METHOD(center)
BYTES_METHOD(ljust)
BYTES_METHOD(rjust)
BYTES_METHOD(zfill)
BYTES_METHOD(expandtabs)
BYTES_METHOD(strip)
BYTES_METHOD(lstrip)
BYTES_METHOD(rstrip)
BYTES_METHOD(removeprefix)
BYTES_METHOD(removesuffix)
BYTES_RAW(find)
BYTES_RAW(rfind)
BYTES_RAW(index)
BYTES_RAW(rindex)
BYTES_RAW(count)
BYTES_RAW(startswith)
BYTES_RAW(endswith)
#undef BYTES_METHOD
#undef BYTES_RAW

#define BYTES_COMMON_ROWS                                                                          \
    NATIVE("split", bytes_method_split, "($self, /, sep=None, maxsplit=-1)",                       \
           "Return a list of the sections in the bytes, using sep as the delimiter."),             \
        NATIVE("rsplit", bytes_method_rsplit, "($self, /, sep=None, maxsplit=-1)",                 \
               "Return a list of the sections in the bytes, splitting from the end."),             \
        NATIVE("splitlines", bytes_method_splitlines, "($self, /, keepends=False)",                \
               "Return a list of the lines in the bytes, breaking at line boundaries."),           \
        NATIVE("partition", bytes_method_partition, "($self, sep, /)",                             \
               "Partition the bytes into three parts using the given separator."),                 \
        NATIVE("rpartition", bytes_method_rpartition, "($self, sep, /)",                           \
               "Partition the bytes into three parts, searching from the end."),                   \
        NATIVE("replace", bytes_method_replace, "($self, old, new, count=-1, /)",                  \
               "Return a copy with all occurrences of old replaced by new."),                      \
        NATIVE("join", bytes_method_join, "($self, iterable_of_bytes, /)",                         \
               "Concatenate any number of bytes objects."),                                        \
        NATIVE("translate", bytes_method_translate, "($self, table, /, delete=b'')",               \
               "Return a copy with each character mapped by the given translation table."),        \
        NATIVE_STATIC("maketrans", bytes_method_maketrans, "(frm, to, /)",                         \
                      "Return a translation table usable for translate()."),                       \
        NATIVE("decode", bytes_method_decode, "($self, /, encoding='utf-8', errors='strict')",     \
               "Decode the bytes using the codec registered for encoding."),                       \
        NATIVE("hex", bytes_method_hex, "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",      \
               "A string of hexadecimal numbers made of the bytes."),                              \
        NATIVE_CLASS("fromhex", bytes_method_fromhex, "($type, string, /)",                        \
                     "Create an object from a string of hexadecimal numbers."),                    \
        NATIVE("capitalize", bytes_method_capitalize, "($self, /)",                                \
               "The first byte as upper case, the rest as lower case."),                           \
        NATIVE("title", bytes_method_title, "($self, /)", "Words start with upper case."),         \
        NATIVE("lower", bytes_method_lower, "($self, /)", "ASCII letters as lower case."),         \
        NATIVE("upper", bytes_method_upper, "($self, /)", "ASCII letters as upper case."),         \
        NATIVE("swapcase", bytes_method_swapcase, "($self, /)",                                    \
               "ASCII letters in the other case."),                                                \
        NATIVE("isalnum", bytes_method_isalnum, "($self, /)",                                      \
               "All bytes are ASCII letters or digits."),                                          \
        NATIVE("isalpha", bytes_method_isalpha, "($self, /)", "All bytes are ASCII letters."),     \
        NATIVE("isascii", bytes_method_isascii, "($self, /)", "All bytes are ASCII."),             \
        NATIVE("isdigit", bytes_method_isdigit, "($self, /)", "All bytes are ASCII digits."),      \
        NATIVE("islower", bytes_method_islower, "($self, /)", "All cased bytes are lower case."),  \
        NATIVE("isspace", bytes_method_isspace, "($self, /)", "All bytes are ASCII spaces."),      \
        NATIVE("istitle", bytes_method_istitle, "($self, /)",                                      \
               "Words start with upper case only."),                                               \
        NATIVE("isupper", bytes_method_isupper, "($self, /)", "All cased bytes are upper case."),  \
        NATIVE("zfill", bytes_method_zfill, "($self, width, /)", "Pad with zeros on the left."),   \
        NATIVE("center", bytes_method_center, "($self, width, fillchar=b' ', /)",                  \
               "Pad on both sides."),                                                              \
        NATIVE("ljust", bytes_method_ljust, "($self, width, fillchar=b' ', /)",                    \
               "Pad on the right."),                                                               \
        NATIVE("rjust", bytes_method_rjust, "($self, width, fillchar=b' ', /)",                    \
               "Pad on the left."),                                                                \
        NATIVE("expandtabs", bytes_method_expandtabs, "($self, /, tabsize=8)",                     \
               "Replace tabs by spaces."),                                                         \
        NATIVE("strip", bytes_method_strip, "($self, bytes=None, /)", "Strip on both sides."),     \
        NATIVE("lstrip", bytes_method_lstrip, "($self, bytes=None, /)", "Strip on the left."),     \
        NATIVE("rstrip", bytes_method_rstrip, "($self, bytes=None, /)", "Strip on the right."),    \
        NATIVE("removeprefix", bytes_method_removeprefix, "($self, prefix, /)",                    \
               "Remove the prefix if it is there."),                                               \
        NATIVE("removesuffix", bytes_method_removesuffix, "($self, suffix, /)",                    \
               "Remove the suffix if it is there."),                                               \
        NATIVE_RAW("find", bytes_method_find, "(sub[, start[, end]])",                             \
                   "Lowest index of sub, or -1."),                                                 \
        NATIVE_RAW("rfind", bytes_method_rfind, "(sub[, start[, end]])",                           \
                   "Highest index of sub, or -1."),                                                \
        NATIVE_RAW("index", bytes_method_index, "(sub[, start[, end]])", "Lowest index of sub."),  \
        NATIVE_RAW("rindex", bytes_method_rindex, "(sub[, start[, end]])",                         \
                   "Highest index of sub."),                                                       \
        NATIVE_RAW("count", bytes_method_count, "(sub[, start[, end]])", "Occurrences of sub."),   \
        NATIVE_RAW("startswith", bytes_method_startswith, "(prefix[, start[, end]])",              \
                   "Starts with the prefix, or one of a tuple of them."),                          \
        NATIVE_RAW("endswith", bytes_method_endswith, "(suffix[, start[, end]])",                  \
                   "Ends with the suffix, or one of a tuple of them.")

#endif
