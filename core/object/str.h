// core/object/str.h: text. One, two or four bytes a code point, whichever the largest needs; the
// code points lie behind the structure, followed by a zero. Immutable once anyone else can see it.
//
// Interned strings are unique: names compare by pointer. Those of code loaded from files
// are immortal; what run-time code interns dies with its last reference.
#ifndef ADDER_CORE_OBJECT_STR_H
#define ADDER_CORE_OBJECT_STR_H

#include "core/object/object.h"

enum {
    STR_WIDTH_MASK = 7, // 1, 2 or 4
    STR_ASCII = 8,
    STR_INTERNED = 16,
    STR_HAS_UTF8 = 32, // its UTF-8 form is kept beside it (str_utf8)
};

typedef struct Str {
    ObjectHead head; // flags: width, STR_ASCII, STR_INTERNED
    uint64_t hash;   // 0: not computed yet; atomic, relaxed (all threads compute the same)
    size_t length;   // code points
    uint8_t data[];
} Str;

static inline bool value_is_str(Value v) { return value_is_kind(v, KIND_STR); }
static inline Str *str_from(Value v) { return (Str *)value_head(v); }
static inline bool value_is_exactly_str(Value v) { return value_is_exactly(v, KIND_STR); }
// relaxed: the other bits may change at any time, these two never do once others can see the str.
static inline unsigned str_width(const Str *s)
{
    return atomic_load_relaxed(&s->head.flags) & STR_WIDTH_MASK;
}
static inline bool str_is_ascii(const Str *s)
{
    return (atomic_load_relaxed(&s->head.flags) & STR_ASCII) != 0;
}
static inline bool str_is_interned(const Str *s)
{
    return (atomic_load_relaxed(&s->head.flags) & STR_INTERNED) != 0;
}
static inline size_t str_length(Value v) { return str_from(v)->length; }
static inline uint32_t str_char(const Str *s, size_t i)
{
    switch (str_width(s)) {
    case 1:
        return s->data[i];
    case 2:
        return ((const uint16_t *)(const void *)s->data)[i];
    default:
        return ((const uint32_t *)(const void *)s->data)[i];
    }
}

Ref str_from_utf8(ThreadState *ts, const char *text,
                  size_t size); // UnicodeDecodeError; WTF-8 refused
Ref str_from_wtf8(ThreadState *ts, const char *text,
                  size_t size); // lone surrogates allowed (parser)
Ref str_from_utf8_replace(ThreadState *ts, const char *text, size_t size);
Ref str_from_ascii(ThreadState *ts, const char *text, size_t size);
Ref str_from_z(ThreadState *ts, const char *text); // UTF-8, zero-terminated
Ref str_from_latin1(ThreadState *ts, const uint8_t *text, size_t size);
Ref str_from_ucs4(ThreadState *ts, const uint32_t *text, size_t count);
Ref str_from_char_slow(ThreadState *ts, uint32_t c);
// The shared str of one Latin-1 code point: immortal, interned, static.
enum { STR_LATIN1_BYTES = 48 };
extern uint8_t str_latin1_storage[256][STR_LATIN1_BYTES];
static ALWAYS_INLINE Value str_latin1_char(uint8_t c) { return value_of(str_latin1_storage[c]); }
static ALWAYS_INLINE Ref str_from_char(ThreadState *ts, uint32_t c) // one code point
{
    return LIKELY(c < 256) ? REF_OF(str_latin1_char((uint8_t)c)) : str_from_char_slow(ts, c);
}
// A new str to be filled by the caller. The largest code point must be of max_char's class (up to
// 0x7F, 0xFF, 0xFFFF, 0x10FFFF): every text has exactly one form.
Ref str_new(ThreadState *ts, size_t length, uint32_t max_char);
Ref str_empty(void);
// v (a str or a subclass of it) as an exact str.
Ref str_exact(ThreadState *ts, Value v);
// The largest code point that the form of s allows: 0x7F, 0xFF, 0xFFFF or 0x10FFFF.
static inline uint32_t str_max_char(const Str *s)
{
    unsigned width = str_width(s);
    return width == 1 ? (str_is_ascii(s) ? 0x7F : 0xFF) : width == 2 ? 0xFFFF : 0x10FFFF;
}
// Interned str; immortal for the program's own names.
Ref str_intern(ThreadState *ts, Ref s);
Ref str_intern_z(ThreadState *ts, const char *text);
Ref str_intern_immortal(ThreadState *ts, Ref s);
// UTF-8 of the text: for ASCII a pointer into the str; otherwise encoded once and kept beside it
// (str.c), valid as long as the str. NULL with an exception (surrogates, memory).
const char *str_utf8(ThreadState *ts, Value s, size_t *size);
bool str_equal_slow(const Str *a, const Str *b);
static inline bool str_equal(Value a, Value b) // both str
{
    return a.bits == b.bits || str_equal_slow(str_from(a), str_from(b));
}
bool str_equal_z(Value s, const char *ascii);
int str_compare(Value a, Value b); // -1, 0, 1 by code points
uint64_t str_hash_slow(Str *s);
static ALWAYS_INLINE uint64_t str_hash(Value v) // 0 for no text; never all ones
{
    uint64_t hash = atomic_load_relaxed(&str_from(v)->hash);
    return LIKELY(hash != 0) ? hash : str_hash_slow(str_from(v));
}
Ref str_concat(ThreadState *ts, Value a, Value b);
// a += b: extends in place when nobody else can see a. If it fails, a stays as it is.
Status str_append(ThreadState *ts, Ref *a, Value b);
Ref str_substring(ThreadState *ts, Value s, size_t start, size_t end);
Ref str_join(ThreadState *ts, Value separator, Value iterable);
// The parts of an f-string, already str: joined.
Ref str_join_values(ThreadState *ts, const Value *parts, size_t count);
int64_t str_find_char(const Str *s, uint32_t c, size_t start, size_t end); // -1: absent
int64_t str_find(Value s, Value part, size_t start, size_t end);
int64_t str_find_last(Value s, Value part, size_t start, size_t end);
Ref str_repr(ThreadState *ts, Value s, bool ascii_only);
Ref str_repeat(ThreadState *ts, Value s, int64_t count);
Ref str_format_braces(ThreadState *ts, Value format, const Value *args, size_t count, Value names);
Ref str_format_percent(ThreadState *ts, Value format, Value arguments);
Ref str_decode(ThreadState *ts, const uint8_t *bytes, size_t size, const char *encoding,
               const char *errors);
Ref str_encode(ThreadState *ts, Value s, const char *encoding, const char *errors); // bytes

// Builds text piece by piece; widens as needed. builder_init first; finish (also after a failure of
// any of these, which leaves it valid) or abandon exactly once.
typedef struct StrBuilder {
    uint8_t *data;
    size_t length, capacity; // code points
    unsigned width;          // 1, 2 or 4
    uint32_t max_char;       // 0x7F, 0xFF, 0xFFFF or 0x10FFFF
    uint8_t local[256];
} StrBuilder;
void builder_init(StrBuilder *b);
Status builder_add(ThreadState *ts, StrBuilder *b, Value str);
Status builder_add_range(ThreadState *ts, StrBuilder *b, Value str, size_t start, size_t end);
Status builder_add_ascii(ThreadState *ts, StrBuilder *b, const char *text, size_t size);
Status builder_add_char(ThreadState *ts, StrBuilder *b, uint32_t c);
Status builder_add_repeat(ThreadState *ts, StrBuilder *b, uint32_t c, size_t count);
Ref builder_finish(ThreadState *ts, StrBuilder *b);
void builder_abandon(ThreadState *ts, StrBuilder *b);

// Names that C code uses, interned and immortal: NAME(__init__) is a Value.
typedef enum NameId {
#define NAME_ROW(name) NAME_ID_##name,
#include "core/object/names.def"
#undef NAME_ROW
    NAME_COUNT,
} NameId;
extern Value names_table[NAME_COUNT];
#define NAME(name) (names_table[NAME_ID_##name])
Status names_init(ThreadState *ts);

#endif
