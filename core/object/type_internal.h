// core/object/type_internal.h: what the sources of types share.
//
//   type.c         the static types, names, subtypes        type_builtin.c  filling them from their
//   specs type_lookup.c  method cache, storing, structure changes type_make.c     the class
//   statement type_slots.c   special methods <-> slots                type_mro.c      C3,
//   subclasses type_object.c  `type` as scripts see it                 object_type.c   `object`
#ifndef ADDER_CORE_OBJECT_TYPE_INTERNAL_H
#define ADDER_CORE_OBJECT_TYPE_INTERNAL_H

#include "core/object/cell.h"
#include "core/object/dict.h"
#include "core/object/object.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static inline Type *type_base(const Type *t)
{
    Value base = shared_ref_peek(&t->base);
    return is_no_value(base) ? NULL : type_from(base);
}
// Borrowed: only for look-ups that neither wait nor reach a safepoint, for it changes in a pause.
static inline Value type_mro(const Type *t) { return shared_ref_peek(&t->mro); }
// Changes MRO, bases or base of a class that others may be looking at; stops the world.
void type_replace_paused(ThreadState *ts, SharedRef *field, Ref value);
static inline Dict *type_namespace(const Type *t)
{
    return dict_from(shared_ref_peek(&t->namespace_));
}
static inline bool type_is_heap(const Type *t) { return (t->flags & TYPE_MADE_BY_SCRIPT) != 0; }

// A name text that lives as long as the type.
Status type_set_name_text(ThreadState *ts, Type *t, Value name);

// --- type_builtin.c ------------------------------------------------------------------------------

// The namespace of a type of C gets its slots, methods and attributes.
Status type_add_spec(ThreadState *ts, Type *t, const TypeSpec *spec);
// X.__new__ of a builtin type.
Ref builtin_new(CALL_PARAMETERS);

// --- type.c --------------------------------------------------------------------------------------

void type_traverse(ObjectHead *o, Visitor visit, void *context);
void type_clear(ThreadState *ts, ObjectHead *o);
void type_finish(ThreadState *ts, ObjectHead *o);

// --- type_lookup.c -------------------------------------------------------------------------------

void type_caches_forget(ThreadState *ts); // a new epoch of the method cache

// --- type_mro.c ----------------------------------------------------------------------------------

Ref type_compute_mro(ThreadState *ts, Type *t, Value bases); // C3 merge; a tuple that starts with t
Status type_add_subclass(ThreadState *ts, Type *base, Type *t);
void type_remove_subclass(Type *base, Type *t);
// A counted snapshot of the direct subclasses, as a list.
Ref type_subclasses(ThreadState *ts, Type *t);
// Calls visit for t and every living type below it.
void type_for_each_below(ThreadState *ts, Type *t,
                         void (*visit)(ThreadState *ts, Type *t, void *context), void *context);

// --- type_slots.c --------------------------------------------------------------------------------

// Copies what `t` does not have from `base` (builtin types).
void slots_inherit(Type *t, const Type *base);
// Fills a script's class's slots from what its MRO says;
// after a change of one name only those concerned.
Status slots_fix(ThreadState *ts, Type *t);
Status slots_fix_name(ThreadState *ts, Type *t, Value name);
bool slots_is_special(Value name);
// Wrapper descriptors for the slots that a builtin type has itself.
Status slots_add_wrappers(ThreadState *ts, Type *t, const TypeSlots *own);
Status hash_refused(ThreadState *ts, Value self, int64_t *hash); // __hash__ = None

// --- type_object.c -------------------------------------------------------------------------------

Ref type_get_attribute(ThreadState *ts, Value self, Value name);
// As above, but NO_REF without an exception when there is no such attribute.
Ref type_lookup_attribute(ThreadState *ts, Value self, Value name);

// --- type_make.c ---------------------------------------------------------------------------------

// _Class__name, as names inside a class are stored.
Ref type_mangle(ThreadState *ts, Value class_name, Value name);
Status type_refresh_mro(ThreadState *ts, Type *t);
bool type_layout_is_same(const Type *a, const Type *b);
Type *type_best_base(ThreadState *ts, Value bases);
Type *type_winner(ThreadState *ts, Type *metatype, Value bases);
extern const GetSetDef instance_dict_getset, instance_weakref_getset;

#endif
