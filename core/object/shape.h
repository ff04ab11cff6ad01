// core/object/shape.h: hidden classes. A shape says which type an object has and where
// its attributes are; its 32-bit id stands in the object's header, so one compare
// validates a cached access.
//
// Ids below KIND_COUNT are exact builtin types; the exceptions follow; then shapes made at run
// time. An instance's memory:  [structure and __slots__: type->basic_size] [overflow word] [inline
// values …] The overflow word (types with TYPE_HAS_DICT only) holds 0, an OverflowArray of further
// values, or, in a dictionary-mode shape, a reference to the instance's dict.
//
// Rule     shapes are immutable but for their transitions; ids are reused only by full collections,
//          which purge every cache with the world stopped.
// Origin   Chambers, Ungar, Lee, "An Efficient Implementation of SELF", OOPSLA 1989 (maps).
#ifndef ADDER_CORE_OBJECT_SHAPE_H
#define ADDER_CORE_OBJECT_SHAPE_H

#include "core/object/type.h"

enum {
    SHAPE_ATTRIBUTES_MAX = 64, // beyond: dictionary mode
    SHAPE_INLINE_MAX = 48,
    SHAPE_CHILDREN_MAX = 64, // a shape with more transitions sends its objects to dictionary mode
};

// A shape is its parent with one attribute more, or (is_deletion) one less. An index that was given
// to a name is given to no other name further down, so one check of the shape before the load of a
// value validates it: a late reader finds the right name's value or an empty place.
typedef struct Shape {
    uint32_t id;
    uint16_t count;        // places in use, those of deleted attributes included
    uint16_t inline_count; // of which the first so many are inline
    bool is_dictionary;    // attributes live in the dict of the overflow word
    bool is_deletion;      // last_name is gone
    uint8_t index;         // place of last_name
    Type *type;
    struct Shape *parent;           // without the last change; NULL: a root
    Value last_name;                // interned str, counted by the shape
    struct ShapeChildren *children; // transitions; shape.c
    struct ShapeTable *table;       // name → index, built when first asked for; shape.c
    struct Shape *next_of_type;     // all shapes of the type
} Shape;

// id → shape, in blocks so that readers need no lock. The first word of each entry is the type.
#define SHAPE_BLOCK_BITS 12
#define SHAPE_BLOCKS     1024
typedef struct ShapeEntry {
    Type *type;
    Shape *shape; // NULL for exact builtin types
} ShapeEntry;
extern ShapeEntry *shape_blocks[SHAPE_BLOCKS];

static ALWAYS_INLINE ShapeEntry *shape_entry(uint32_t id)
{
    // acquire: pairs with the release in shape.c that installs a block.
    ShapeEntry *block = atomic_load_acquire(&shape_blocks[id >> SHAPE_BLOCK_BITS]);
    return &block[id & ((1u << SHAPE_BLOCK_BITS) - 1)];
}
static ALWAYS_INLINE Type *head_type(const ObjectHead *o)
{
    // acquire: pairs with the release of whoever gave the object this shape.
    uint32_t id = atomic_load_acquire(&o->shape);
    return id < KIND_COUNT ? &builtin_types[id] : shape_entry(id)->type; // the table says the same
}
static ALWAYS_INLINE Shape *head_shape(const ObjectHead *o)
{
    return shape_entry(atomic_load_acquire(&o->shape))->shape;
}

static inline Type *immediate_type(Value v)
{
    if (value_is_small_int(v)) {
        return TYPE_OF_KIND(INT);
    }
    if (value_is_flonum(v)) {
        return TYPE_OF_KIND(FLOAT);
    }
    switch (v.bits) {
    case 0x04:
        return TYPE_OF_KIND(NONE_TYPE);
    case 0x14:
    case 0x24:
        return TYPE_OF_KIND(BOOL);
    case 0x34:
        return TYPE_OF_KIND(NOT_IMPLEMENTED_TYPE);
    default:
        return TYPE_OF_KIND(ELLIPSIS_TYPE);
    }
}
static inline Type *type_of(Value v)
{
    return LIKELY(value_is_object(v)) ? head_type(value_head(v)) : immediate_type(v);
}
static inline bool value_is_instance(Value v, const Type *t)
{
    Type *own = type_of(v);
    return own == t || type_is_subtype(own, t);
}

typedef struct OverflowArray {
    uint64_t capacity;
    SharedRef values[];
} OverflowArray;

// The index of an attribute, or -1. Readable from any thread.
int shape_find(Shape *shape, Value name);
// The shape with one attribute more, or NULL: dictionary mode is due,
// or (exception set) out of memory.
Shape *shape_add(ThreadState *ts, Shape *shape, Value name);
// The shape without an attribute that it has; NULL as above.
Shape *shape_remove(ThreadState *ts, Shape *shape, Value name);
// A shape without attributes: the type's own one with so many inline places,
// made if there is none yet.
Shape *shape_make_root(ThreadState *ts, Type *type, uint32_t inline_count);
// The dictionary-mode shape of a type. NULL: out of memory.
Shape *shape_of_dictionary(ThreadState *ts, Type *type);
// The attributes in the order in which they were added: returns how many.
typedef struct ShapeItem {
    Value name; // borrowed from the shape
    uint32_t index;
} ShapeItem;
size_t shape_items(const Shape *shape, ShapeItem items[SHAPE_ATTRIBUTES_MAX]);

void shapes_init(void);
// Start-up: the shape of exact instances of a builtin type gets this id.
Status shape_register(ThreadState *ts, Type *type, uint32_t id);
// World stopped, in a full collection: frees the shapes of dead types.
void shapes_free_of_type_stopped(Type *type);

#endif
