// core/object/struct_sequence.h: tuples with named fields: os.stat_result,
// time.struct_time, sys.flags.
//
// A struct sequence type is a subclass of tuple. The first `visible` fields are the tuple's items;
// the others are attributes only. A field without a name (NULL) is an item without an attribute.
//
//   static const StructSequenceSpec spec = {"os.stat_result", "doc", fields, 10};
//   static Ref type;                        // made once, kept for the life of the process
//   type = struct_sequence_type_new(ts, &spec);
//   Ref values[19] = {…};
//   return struct_sequence_new(ts, type_from(type.v), values, 19); // steals the values
#ifndef ADDER_CORE_OBJECT_STRUCT_SEQUENCE_H
#define ADDER_CORE_OBJECT_STRUCT_SEQUENCE_H

#include "core/object/object.h"

typedef struct StructSequenceField {
    const char *name; // NULL: no attribute
    const char *doc;
} StructSequenceField;

typedef struct StructSequenceSpec {
    const char *name; // "os.stat_result": module and name
    const char *doc;
    const StructSequenceField *fields; // ends with {"", NULL}
    size_t visible;                    // of them are items of the tuple
} StructSequenceSpec;

Ref struct_sequence_type_new(ThreadState *ts, const StructSequenceSpec *spec);
// As above, but scripts cannot make instances (sys.flags, sys.version_info).
Ref struct_sequence_type_new_closed(ThreadState *ts, const StructSequenceSpec *spec);
// Steals the values, also when it fails. Fewer than the type has: the rest is None.
Ref struct_sequence_new(ThreadState *ts, Type *t, Ref *values, size_t count);

#endif
