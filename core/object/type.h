// core/object/type.h: types: what they can do (slots), where their attributes are (cells),
// how their instances are laid out (shapes).
//
// A builtin type is a row of kinds.def and a TypeSpec in the source that the row names. All types,
// builtin or made by `class`, are Type objects; TypeSlots of a script's class point to functions
// that look the special method up (core/object/slot_wrapper.c), inherited ones are copied.
//
// Class attributes live in cells: `namespace_` is a Dict in namespace mode (dict.h), which maps
// names to Cells. Instruction caches keep the cell, so storing a class attribute invalidates
// nothing. What changes the outcome of a look-up (a new name, other bases, a special method) is
// structural: it stops the world and purges every cache (type_structure_changed).
//
// Rule     instances do not count their type. Classes are freed by full collections only.
// Threads  a type is changed by structural changes with the world stopped, or cell by cell.
#ifndef ADDER_CORE_OBJECT_TYPE_H
#define ADDER_CORE_OBJECT_TYPE_H

#include "core/object/kinds.h"
#include "gc/visitor.h"

typedef struct Type Type;
typedef struct BufferView BufferView; // bytes.h

typedef enum { OP_LT, OP_LE, OP_EQ, OP_NE, OP_GT, OP_GE } CompareOp;
typedef enum {
    BIN_ADD,
    BIN_SUB,
    BIN_MUL,
    BIN_TRUE_DIV,
    BIN_FLOOR_DIV,
    BIN_MOD,
    BIN_POW,
    BIN_LSHIFT,
    BIN_RSHIFT,
    BIN_AND,
    BIN_OR,
    BIN_XOR,
    BIN_MATMUL,
    BIN_DIVMOD,
    BIN_COUNT,
} BinaryOp;
typedef enum { UN_NEGATIVE, UN_POSITIVE, UN_INVERT, UN_ABSOLUTE, UN_COUNT } UnaryOp;

// Arguments of a call: `count` positional values, then one value per name in the tuple `names`
// (NO_VALUE: none). All borrowed.
#define CALL_PARAMETERS ThreadState *ts, Value self, const Value *args, size_t count, Value names

typedef Ref (*RawNative)(CALL_PARAMETERS);
typedef Ref (*BoundNative)(ThreadState *ts, Value self, const Value *args);

// NULL means "does not have it". A binary function gets its operands in order and is called for the
// left or the right one's type; it returns NotImplemented when it does not know the other.
typedef struct TypeSlots {
    // Memory. `finish` drops the fields of a dying object (the block is freed by the caller).
    void (*finish)(ThreadState *ts, ObjectHead *o);
    void (*traverse)(ObjectHead *o, Visitor visit, void *context);
    void (*clear)(ThreadState *ts, ObjectHead *o);   // breaks cycles: drops the fields, stays valid
    Status (*finalize)(ThreadState *ts, Value self); // __del__; errors are reported by the caller

    Ref (*repr)(ThreadState *ts, Value self);
    Ref (*str)(ThreadState *ts, Value self);
    Status (*hash)(ThreadState *ts, Value self, int64_t *hash);
    Ref (*compare)(ThreadState *ts, Value a, Value b, CompareOp op);
    Truth (*truth)(ThreadState *ts, Value self);

    Ref (*call)(CALL_PARAMETERS);
    // Attribute access; NULL means the generic way (attribute.h). `set` with NO_VALUE deletes.
    Ref (*get_attribute)(ThreadState *ts, Value self, Value name);
    Status (*set_attribute)(ThreadState *ts, Value self, Value name, Value value);

    Ref (*iterate)(ThreadState *ts, Value self);
    Ref (*next)(ThreadState *ts, Value self);       // NO_REF without an exception: exhausted
    int64_t (*length)(ThreadState *ts, Value self); // -1: error
    Ref (*get_item)(ThreadState *ts, Value self, Value key);
    Status (*set_item)(ThreadState *ts, Value self, Value key, Value value); // NO_VALUE deletes
    Truth (*contains)(ThreadState *ts, Value self, Value item);

    Ref (*binary[BIN_COUNT])(ThreadState *ts, Value left, Value right);
    Ref (*in_place[BIN_COUNT])(ThreadState *ts, Value left, Value right);
    Ref (*power)(ThreadState *ts, Value base, Value exponent, Value modulus); // pow() with three
    Ref (*unary[UN_COUNT])(ThreadState *ts, Value self);
    Ref (*index)(ThreadState *ts, Value self);    // __index__
    Ref (*to_int)(ThreadState *ts, Value self);   // __int__
    Ref (*to_float)(ThreadState *ts, Value self); // __float__

    // Descriptors. `instance` is NO_VALUE for access through the class.
    Ref (*descriptor_get)(ThreadState *ts, Value self, Value instance, Value owner);
    Status (*descriptor_set)(ThreadState *ts, Value self, Value instance, Value value);

    // __new__ (self is the type asked for, maybe a subclass) and __init__.
    Ref (*make)(CALL_PARAMETERS);
    Status (*init)(CALL_PARAMETERS);

    Ref (*await)(ThreadState *ts, Value self);
    Ref (*async_iterate)(ThreadState *ts, Value self);
    Ref (*async_next)(ThreadState *ts, Value self);
    Status (*buffer)(ThreadState *ts, Value self, BufferView *view);
} TypeSlots;

// A method, function or constructor of a builtin, one row each. The signature is CPython's
// text form without the parentheses' types: "($self, index, object, /)", "($module,
// iterable, /, *, key=None)".
//
//   NATIVE("insert", list_insert, "($self, index, object, /)", "Insert object before index.")
//     list_insert(ts, self, args): args[i] is the i-th parameter, NO_VALUE where an optional one is
//     absent. `*name` gets a tuple, `**name` a dict. core/vm/call.c binds, counts and names.
//   NATIVE_RAW("print", builtin_print, "(*args, sep=' ', ...)", "…")
//     builtin_print(ts, self, args, count, names): nothing is bound.
//   NATIVE_CLASS: a class method (self is the type); NATIVE_STATIC: no self.
typedef enum {
    NATIVE_PLAIN = 0,
    NATIVE_IS_RAW = 1,
    NATIVE_IS_CLASS = 2,
    NATIVE_IS_STATIC = 4
} NativeFlags;
typedef struct NativeDef {
    const char *name;
    union {
        BoundNative bound;
        RawNative raw;
    };
    const char *signature;
    const char *doc;
    uint32_t flags;
} NativeDef;
#define NATIVE(name_, f, signature_, doc_)                                                         \
    {                                                                                              \
        name_, {.bound = f}, signature_, doc_, NATIVE_PLAIN                                        \
    }
#define NATIVE_RAW(name_, f, signature_, doc_)                                                     \
    {                                                                                              \
        name_, {.raw = f}, signature_, doc_, NATIVE_IS_RAW                                         \
    }
#define NATIVE_CLASS(name_, f, signature_, doc_)                                                   \
    {                                                                                              \
        name_, {.bound = f}, signature_, doc_, NATIVE_IS_CLASS                                     \
    }
#define NATIVE_CLASS_RAW(name_, f, signature_, doc_)                                               \
    {                                                                                              \
        name_, {.raw = f}, signature_, doc_, NATIVE_IS_CLASS | NATIVE_IS_RAW                       \
    }
#define NATIVE_STATIC(name_, f, signature_, doc_)                                                  \
    {                                                                                              \
        name_, {.bound = f}, signature_, doc_, NATIVE_IS_STATIC                                    \
    }
#define NATIVE_STATIC_RAW(name_, f, signature_, doc_)                                              \
    {                                                                                              \
        name_, {.raw = f}, signature_, doc_, NATIVE_IS_STATIC | NATIVE_IS_RAW                      \
    }
#define NATIVE_END                                                                                 \
    {                                                                                              \
        NULL, {.bound = NULL}, NULL, NULL, 0                                                       \
    }

// A computed attribute. set NULL: read-only. set with NO_VALUE deletes.
typedef struct GetSetDef {
    const char *name;
    Ref (*get)(ThreadState *ts, Value self);
    Status (*set)(ThreadState *ts, Value self, Value value);
    const char *doc;
} GetSetDef;

typedef enum {
    TYPE_SUBCLASSABLE = 1, // may be a base of a script's class
    TYPE_COLLECTED = 2,    // instances may be part of a cycle: tracked, with traverse and clear
    TYPE_HAS_DICT = 4,     // instances take arbitrary attributes: one overflow word, inline values
    TYPE_MADE_BY_SCRIPT = 8, // a `class` statement or type(...)
    TYPE_ABSTRACT = 16,      // __abstractmethods__ is not empty
    TYPE_HAS_FINALIZER = 32, // __del__
    TYPE_IS_EXCEPTION = 64,  // BaseException or a subclass
    TYPE_GENERIC_GET = 128,  // attribute reads are the generic way: caches may be used
    TYPE_GENERIC_SET = 256,
    TYPE_HAS_GETATTR = 512,        // __getattr__ is asked when an attribute is not found
    TYPE_NOT_CONSTRUCTIBLE = 1024, // "cannot create 'x' instances"
    TYPE_IMMUTABLE = 2048,         // builtin: "cannot set 'x' attribute of immutable type 'y'"
    TYPE_IS_SEQUENCE = 4096,       // `match` takes it for a sequence
    TYPE_IS_MAPPING = 8192,
    // Items follow the structure (tuple, int, bytes, str): a subclass's slots and overflow word lie
    // at the end of the block.
    TYPE_VAR_SIZE = 16384,
    TYPE_WEAK_REFERENCEABLE = 1 << 15,
    TYPE_IS_METATYPE = 1 << 16,     // type or a subclass of it: instances are types
    TYPE_ITEMS_IN_HEADER = 1 << 17, // nonempty __slots__ are refused (int, tuple, bytes, type)
} TypeFlags;

// Builtin types whose instances may have weak references, whose slots may be full, and so on,
// say so in TypeSpec.flags; TYPE_GENERIC_GET, TYPE_GENERIC_SET, TYPE_IS_METATYPE and
// TYPE_VAR_SIZE are computed.

typedef struct TypeSpec {
    const char *name; // "list"; "collections.deque" also names the module
    const char *doc;
    Kind base;      // mostly KIND_OBJECT
    uint32_t size;  // bytes of the C structure (0: none is ever allocated)
    uint32_t flags; // TYPE_SUBCLASSABLE | …
    TypeSlots slots;
    const NativeDef *methods; // ends with NATIVE_END; may be NULL
    const GetSetDef *getset;  // ends with a NULL name; may be NULL
} TypeSpec;

struct Type {
    ObjectHead head;
    TypeSlots slots;
    uint32_t flags;           // TypeFlags; atomic where it may change
    uint32_t kind;            // Kind of the instances' C structure
    uint32_t struct_size;     // bytes of the kind's C structure, a multiple of 8
    uint32_t basic_size;      // bytes before the overflow word: structure and __slots__
    uint32_t inline_count;    // attribute values inside a new instance
    uint32_t shape;           // shape id of a new instance; atomic
    uint32_t dict_shape;      // shape id of an instance in dictionary mode, 0: none made yet
    const TypeSpec *spec;     // builtin types
    SharedRef name, qualname; // str
    SharedRef base;           // Type
    SharedRef bases, mro;     // tuples of types
    SharedRef namespace_;     // Dict in namespace mode
    SharedRef slot_names;     // tuple of __slots__ made by a script, or empty
    struct Shape *shapes;     // every shape of this type (shape.c)
    void *name_text;          // type_name()'s bytes, for types made at run time (type.c)
    void *subclasses;         // direct ones, not counted (type_mro.c)
    uint32_t subclass_place;  // where its first base's list has it
    uint64_t looked_up; // atomic: a bit per hash of a name that some instruction may have cached
    // With __getattr__: what stands for __getattribute__; NULL: a script's own, found by look-up.
    Ref (*plain_get_attribute)(ThreadState *ts, Value self, Value name);
    uint32_t attributes_max; // most attributes seen on one instance: teaches inline_count
    uint32_t learned;        // inline_count has settled; atomic: others read the flags without care
    uint32_t instances_seen; // counts to a small number only
} __attribute__((
    aligned(16))); // builtin types lie side by side, and low bits of a value mean something

extern Type builtin_types[KIND_COUNT];
#define TYPE_OF_KIND(name) (&builtin_types[KIND_##name])

static inline bool value_is_type(Value v) { return value_is_kind(v, KIND_TYPE); }
static inline Type *type_from(Value v) { return (Type *)value_head(v); }
static inline Value type_value(const Type *t) { return value_of(t); }

// The type of any value. (shape.h has the table.)
static inline Type *type_of(Value v);
const char *type_name(const Type *t); // for messages: "list", "Foo"; lives as long as the type
bool type_is_subtype(const Type *t, const Type *of); // by the MRO
static inline bool value_is_instance(Value v, const Type *t);

// Looks `name` (an interned str) up along the MRO. The result is the cell of the class
// that has it, or NULL. The cell is kept alive by its class; instruction caches may hold
// it until they are purged.
typedef struct Cell Cell;
Cell *type_lookup_cell(ThreadState *ts, Type *t, Value name);
// As above, for a look-up that nobody remembers.
Cell *type_lookup_cell_once(ThreadState *ts, Type *t, Value name);
// The value there, counted; NO_REF when absent (no exception is set).
Ref type_lookup(ThreadState *ts, Type *t, Value name);
// The first class along the MRO that has the name; NULL: none. Not through any cache.
Type *type_lookup_owner(ThreadState *ts, Type *t, Value name);
// Looks up a special method on the type and binds it as calls do: *unbound tells whether
// the instance must be passed first. NO_REF: absent, or (exception set) its descriptor failed.
Ref type_lookup_special(ThreadState *ts, Value self, Value name, bool *unbound);
// Calls self.NAME(args…) as operators do, past the instance's own attributes.
// AttributeError if absent.
Ref type_call_special(ThreadState *ts, Value self, Value name, const Value *args, size_t count);

// Sets or (NO_VALUE) deletes a class attribute, from C: structural consequences included.
// AttributeError when there is nothing to delete.
Status type_set_attribute(ThreadState *ts, Type *t, Value name, Value value);
// After a change that may alter the look-up of `name` (NO_VALUE: of any) through `t`
// or its subclasses: forgets what was remembered, with the world stopped if an
// instruction may have cached it.
void type_structure_changed(ThreadState *ts, Type *t, Value name);
// World stopped: forgets every look-up of every type (part of purge_inline_caches_stopped).
void type_caches_purge_stopped(void);

// type(name, bases, namespace): the class statement's work. `namespace_` is a dict, copied.
Ref type_make(ThreadState *ts, Type *metatype, Value name, Value bases, Value namespace_,
              const Value *kwargs, Value kwnames);
// A plain heap type made by C code (exceptions of modules, struct sequences).
Ref type_make_simple(ThreadState *ts, const char *qualified_name, const Type *base,
                     const char *doc);

// object.__new__ without checks: a new instance of a type of kind OBJECT, tracked, places empty.
Ref instance_new(ThreadState *ts, Type *t);
// object.__new__ and object.__init__ as slots: a class whose slots.make is object_make is made by
// instance_new (but for TYPE_ABSTRACT and the check for excess arguments).
Ref object_make(CALL_PARAMETERS);
Status object_init(CALL_PARAMETERS);
// Slots that look up what a script's class defines; slots.init == dispatch_init:
// a script's __init__.
Ref dispatch_make(CALL_PARAMETERS);
Status dispatch_init(CALL_PARAMETERS);
Ref dispatch_call(CALL_PARAMETERS);
// type.__call__: makes an instance.
// Types whose metatype has another slots.call are called through it.
Ref type_call(CALL_PARAMETERS);

// Start-up, in this order: shapes and builtin_types, so that objects can be made;
// the names; what the types consist of.
void types_prepare(ThreadState *ts);
Status types_init(ThreadState *ts);

#include "core/object/shape.h"

#endif
