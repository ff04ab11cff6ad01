// core/modules/array.h: the module array, arrays of C numbers, as its files share it.
//
// array_items.c: storage and conversion of items. array.c: the type and its slots, the iterator.
// array_methods.c: the methods, and pickling.
//
// Rule     count, capacity and data change under the object's lock, and only
//          while there are no exports.
// Threads  any. Functions named _locked are called with the object's lock held, others take it.
#ifndef ADDER_CORE_MODULES_ARRAY_H
#define ADDER_CORE_MODULES_ARRAY_H

#include "core/object/object.h"

#define ARRAY_TYPECODES "bBuhHiIlLqQfd"

typedef struct Array {
    ObjectHead head;
    size_t count, capacity; // items; lock, count is read by anyone
    uint8_t *data;          // lock
    uint32_t exports;       // atomic
    char code;              // one of ARRAY_TYPECODES
    uint8_t item_size;
} Array;

static inline Array *array_from(Value v) { return (Array *)value_head(v); }
static inline bool value_is_array(Value v) { return value_is_kind(v, KIND_ARRAY); }
static inline size_t array_count(const Array *a) { return atomic_load_relaxed(&a->count); }

// --- array_items.c -------------------------------------------------------------------------------

Ref array_make(ThreadState *ts, Type *type, char code, const uint8_t *items, size_t count);
Ref array_item_get(ThreadState *ts, const Array *a, const uint8_t *from);
// Writes v as an item at `to`: TypeError and OverflowError as `array` raises them.
Status array_item_from(ThreadState *ts, char code, Value v, uint8_t *to);
Status array_resize_locked(ThreadState *ts, Array *a, size_t count);
// Puts `count` items at `at` in place of `gone` ones. The items do not lie in the array.
Status array_splice_locked(ThreadState *ts, Array *a, size_t at, size_t gone, const uint8_t *items,
                           size_t count);
Status array_append_items(ThreadState *ts, Array *a, const uint8_t *items, size_t count);
// A copy of the items in raw memory, with one item to spare.
uint8_t *array_copy_items(ThreadState *ts, Array *a, size_t *count);
Status array_extend_iterable(ThreadState *ts, Array *a, Value iterable);
// The bytes of a bytes-like object, or the code points of a str, as items.
Status array_append_bytes(ThreadState *ts, Array *a, Value v);
Status array_append_str(ThreadState *ts, Array *a, Value text);

// --- array.c -------------------------------------------------------------------------------------

// NO_REF without an exception: out of range.
Ref array_get_at(ThreadState *ts, Array *a, int64_t i);
// self[key] = value; NO_VALUE: del self[key].
Status array_set_item(ThreadState *ts, Value self, Value key, Value value);

// --- array_methods.c -----------------------------------------------------------------------------

extern const NativeDef array_methods[];
extern const GetSetDef array_getset[];
// array.extend(v): another array of the same type code, or an iterable.
Status array_extend_any(ThreadState *ts, Array *a, Value v);
Truth array_contains(ThreadState *ts, Value self, Value value);
Ref array_tolist(ThreadState *ts, Value self, const Value *args);
Ref array_tounicode(ThreadState *ts, Value self, const Value *args);
Ref array_copy(ThreadState *ts, Value self, const Value *args);
Ref array_reconstructor(ThreadState *ts, Value self, const Value *args);

#endif
