// core/object/str_internal.h: what the sources of str share.
#ifndef ADDER_CORE_OBJECT_STR_INTERNAL_H
#define ADDER_CORE_OBJECT_STR_INTERNAL_H

#include <string.h>

#include "core/object/str.h"

#define STR_LENGTH_MAX (((size_t)1 << 60) - 1)

static inline const uint16_t *str_data2(const Str *s)
{
    return (const uint16_t *)(const void *)s->data;
}
static inline const uint32_t *str_data4(const Str *s)
{
    return (const uint32_t *)(const void *)s->data;
}
static inline unsigned width_of_char(uint32_t c) { return c < 0x100 ? 1 : c < 0x10000 ? 2 : 4; }
static inline uint32_t char_class(uint32_t c)
{
    return c < 0x80 ? 0x7F : c < 0x100 ? 0xFF : c < 0x10000 ? 0xFFFF : 0x10FFFF;
}
static inline uint32_t text_char(const void *data, unsigned width, size_t i)
{
    return width == 1   ? ((const uint8_t *)data)[i]
           : width == 2 ? ((const uint16_t *)data)[i]
                        : ((const uint32_t *)data)[i];
}
static inline void text_set(void *data, unsigned width, size_t i, uint32_t c)
{
    if (width == 1) {
        ((uint8_t *)data)[i] = (uint8_t)c;
    } else if (width == 2) {
        ((uint16_t *)data)[i] = (uint16_t)c;
    } else {
        ((uint32_t *)data)[i] = c;
    }
}
static inline bool is_surrogate(uint32_t c) { return (c & 0xFFFFF800u) == 0xD800; }

// Copies code points between forms; `to` must not be the narrower one, unless the points fit.
void text_copy(void *to, unsigned to_width, const void *from, unsigned from_width, size_t count);
// The class (0x7F, 0xFF, 0xFFFF, 0x10FFFF) of the largest code point.
uint32_t text_max_class(const void *data, unsigned width, size_t count);
bool bytes_are_ascii(const void *data, size_t size);
Ref str_from_text(ThreadState *ts, const void *data, unsigned width, size_t count);

// Searching in plain arrays of one width (str_search.c). -1: absent.
int64_t text_find(const void *hay, size_t count, const void *needle, size_t needle_count,
                  unsigned width);
int64_t text_find_last(const void *hay, size_t count, const void *needle, size_t needle_count,
                       unsigned width);
size_t text_count(const void *hay, size_t count, const void *needle, size_t needle_count,
                  unsigned width, size_t limit);
int64_t text_find_char(const void *data, unsigned width, uint32_t c, size_t start, size_t end);
int64_t text_find_last_char(const void *data, unsigned width, uint32_t c, size_t start, size_t end);
// `part` in the width of a wider text: *scratch is to be freed (raw).
// False: part holds a code point that no text of this width has (*error false), or no memory.
typedef struct Needle {
    const void *data;
    size_t count;
    void *scratch;
    bool is_impossible;
} Needle;
Status needle_prepare(ThreadState *ts, Needle *needle, const Str *part, unsigned width);
void needle_end(ThreadState *ts, Needle *needle);

void str_forget_interned(Str *s); // str_intern.c
void str_forget_utf8(Str *s);     // str_utf8.c
void str_init_constants(void);    // str.c

// start:end of a method call, as slices: None or an index; clamped to 0..length.
Status range_arguments(ThreadState *ts, Value start, Value end, size_t length, size_t *from,
                       size_t *to);

// str(object, encoding, errors): decodes a buffer.
Ref str_from_object(ThreadState *ts, Value object, const char *encoding, const char *errors);

// Methods, by file; assembled in str.c.
extern const NativeDef str_methods[];
Ref str_subscript(ThreadState *ts, Value self, Value key);

#endif
