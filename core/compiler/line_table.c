#include "core/compiler/line_table.h"

#include <stdlib.h>

static bool put(LineTableWriter *w, uint32_t value)
{
    if (w->size + 5 > w->capacity) {
        size_t capacity = w->capacity == 0 ? 64 : w->capacity * 2;
        uint8_t *grown = realloc(w->bytes, capacity);
        if (grown == NULL) {
            return false;
        }
        w->bytes = grown;
        w->capacity = capacity;
    }
    while (value >= 128) {
        w->bytes[w->size++] = (uint8_t)(value | 128);
        value >>= 7;
    }
    w->bytes[w->size++] = (uint8_t)value;
    return true;
}

static uint32_t zigzag(int i) { return ((uint32_t)i << 1) ^ (uint32_t)(i >> 31); }
static int unzigzag(uint32_t u) { return (int)(u >> 1) ^ -(int)(u & 1); }

bool line_table_add(LineTableWriter *w, uint32_t words, SourcePosition p)
{
    bool ok = put(w, words) && put(w, zigzag(p.line - w->last_line)) &&
              put(w, zigzag(p.end_line - p.line)) && put(w, (uint32_t)(p.column + 1)) &&
              put(w, (uint32_t)(p.end_column + 1));
    w->last_line = p.line;
    return ok;
}

static uint32_t take(const uint8_t *bytes, size_t size, size_t *offset)
{
    uint32_t value = 0;
    for (int shift = 0; *offset < size && shift < 35; shift += 7) {
        uint8_t b = bytes[(*offset)++];
        value |= (uint32_t)(b & 127) << shift;
        if (b < 128) {
            break;
        }
    }
    return value;
}

bool line_table_next(const uint8_t *bytes, size_t size, size_t *offset, int *line, uint32_t *words,
                     SourcePosition *position)
{
    if (*offset >= size) {
        return false;
    }
    *words = take(bytes, size, offset);
    *line += unzigzag(take(bytes, size, offset));
    position->line = *line;
    position->end_line = *line + unzigzag(take(bytes, size, offset));
    position->column = (int)take(bytes, size, offset) - 1;
    position->end_column = (int)take(bytes, size, offset) - 1;
    return true;
}

SourcePosition line_table_find(const uint8_t *bytes, size_t size, int first_line, uint32_t index)
{
    size_t offset = 0;
    int line = first_line;
    uint32_t words, at = 0;
    SourcePosition position = {0, -1, 0, -1};
    while (line_table_next(bytes, size, &offset, &line, &words, &position)) {
        at += words;
        if (index < at) {
            break;
        }
    }
    return position;
}
