// core/object/slot_dispatch.h: slots of scripts' classes:
// each looks the special method up and calls it.
#ifndef ADDER_CORE_OBJECT_SLOT_DISPATCH_H
#define ADDER_CORE_OBJECT_SLOT_DISPATCH_H

#include "core/object/object.h"

// Any slot, to be compared or stored. Always cast back before a call.
typedef void (*AnySlot)(void);

// A row of slots.def.
typedef struct SlotRow {
    uint16_t name;   // NameId
    uint16_t offset; // in TypeSlots
    uint8_t style;   // SlotStyle
    uint8_t parameter;
    AnySlot dispatcher;
    const char *doc;
} SlotRow;

typedef enum SlotStyle {
    STYLE_NO_WRAPPER,
    STYLE_UNARY,
    STYLE_BINARY,
    STYLE_BINARY_RIGHT,
    STYLE_POWER,
    STYLE_POWER_RIGHT,
    STYLE_COMPARE,
    STYLE_HASH,
    STYLE_TRUTH,
    STYLE_LENGTH,
    STYLE_CONTAINS,
    STYLE_NEXT,
    STYLE_SET_ITEM,
    STYLE_DELETE_ITEM,
    STYLE_GET_ATTRIBUTE,
    STYLE_SET_ATTRIBUTE,
    STYLE_DELETE_ATTRIBUTE,
    STYLE_GET,
    STYLE_SET,
    STYLE_DELETE,
    STYLE_CALL,
    STYLE_INIT,
    STYLE_FINALIZE,
} SlotStyle;

static inline AnySlot slot_at(const TypeSlots *slots, size_t offset)
{
    return *(const AnySlot *)((const char *)slots + offset);
}
static inline void slot_put(TypeSlots *slots, size_t offset, AnySlot f)
{
    *(AnySlot *)((char *)slots + offset) = f;
}

// int.__add__: a builtin type's slot as a callable.
typedef struct SlotWrapper {
    ObjectHead head;
    const SlotRow *row;
    Type *owner;
    AnySlot function;
} SlotWrapper;

Ref slot_wrapper_new(ThreadState *ts, const SlotRow *row, Type *owner, AnySlot function);

// The rows' dispatchers, by the names in slots.def.
extern const SlotRow slot_rows[];
extern const size_t slot_row_count;

// __getattribute__ (plain or a script's), then __getattr__.
Ref dispatch_get_attribute_hook(ThreadState *ts, Value self, Value name);
Ref dispatch_get_attribute(ThreadState *ts, Value self, Value name);

#endif
