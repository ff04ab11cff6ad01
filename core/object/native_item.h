// core/object/native_item.h: single items of memory in C's own layout, by struct-style format
// character: c b B ? h H i I l L q Q n N e f d P. For memoryview, array and struct.
#ifndef ADDER_CORE_OBJECT_NATIVE_ITEM_H
#define ADDER_CORE_OBJECT_NATIVE_ITEM_H

#include "core/object/object.h"

size_t native_item_size(char format); // 0: unknown
Ref native_item_get(ThreadState *ts, char format, const uint8_t *from);
typedef enum {
    ITEM_OK,
    ITEM_WRONG_TYPE,
    ITEM_OUT_OF_RANGE,
    ITEM_ERROR /* an exception is set */
} ItemResult;
ItemResult native_item_set(ThreadState *ts, char format, uint8_t *to, Value value);

// Half precision, as the struct module's 'e'. False: too large.
double half_to_double(uint16_t bits);
bool double_to_half(double d, uint16_t *bits);

#endif
