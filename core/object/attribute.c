// core/object/attribute.c: reading, storing and deleting attributes of any value.
//
// Reading the generic way:
//  1. The class's attribute, if it is a data descriptor.
//  2. The object's own attribute.
//  3. The class's attribute: bound if it is a descriptor, else as it is.
// Instance attributes: instance.c. Functions and modules keep theirs in a dict of their own.
#include "core/object/attribute.h"

#include "core/object/descriptors.h"
#include "core/object/function.h"
#include "core/object/instance.h"
#include "core/object/module.h"
#include "core/object/shape.h"
#include "core/object/type_internal.h"

// An interned name for a look-up. NO_REF: TypeError or MemoryError.
static Ref intern_name(ThreadState *ts, Value name)
{
    if (!value_is_str(name)) {
        return raise(ts, EXC_TypeError, "attribute name must be string, not '%T'", name);
    }
    if (value_is_exactly(name, KIND_STR)) {
        return str_intern(ts, ref_new(name));
    }
    OWNED Ref exact = str_substring(ts, name, 0, str_length(name));
    return is_error(exact) ? NO_REF : str_intern(ts, ref_take(&exact));
}

static ALWAYS_INLINE bool is_ready_name(Value name)
{
    return value_is_str(name) && str_is_interned(str_from(name));
}

// --- Attributes that are the object's own --------------------------------------------------------

// The place of a dict that is no instance dict, or NULL.
static SharedRef *own_dict_place(Value v)
{
    if (!value_is_object(v)) {
        return NULL;
    }
    switch (value_head(v)->kind) {
    case KIND_FUNCTION:
        return &((Function *)value_head(v))->dict;
    case KIND_MODULE:
        return &((ModuleObject *)value_head(v))->dict;
    default:
        return NULL;
    }
}

static Ref own_dict(ThreadState *ts, Value v, SharedRef *place)
{
    Ref dict = shared_ref_load(value_head(v), place);
    if (!is_error(dict)) {
        return dict;
    }
    OWNED Ref made = dict_new(ts);
    if (is_error(made)) {
        return NO_REF;
    }
    Ref result;
    CriticalSection section;
    critical_begin(ts, &section, value_head(v));
    if (is_no_value(shared_ref_peek(place))) {
        Ref none = shared_ref_swap(place, ref_new(made.v));
        (void)none;
    }
    result = shared_ref_load_locked(place);
    critical_end(ts, &section);
    return result;
}

static Lookup own_get(ThreadState *ts, Value v, Type *t, Value name, Ref *out)
{
    if (type_has_dict(t)) {
        return instance_get(ts, value_head(v), name, out);
    }
    *out = NO_REF;
    SharedRef *place = own_dict_place(v);
    if (place == NULL) {
        return LOOKUP_ABSENT;
    }
    OWNED Ref dict = shared_ref_load(value_head(v), place);
    return is_error(dict) ? LOOKUP_ABSENT : dict_get(ts, dict_from(dict.v), name, out);
}

static bool has_own(Value v, const Type *t)
{
    return type_has_dict(t) || own_dict_place(v) != NULL;
}

static Lookup own_set(ThreadState *ts, Value v, Type *t, Value name, Value value)
{
    if (type_has_dict(t)) {
        return instance_set(ts, value_head(v), name, value);
    }
    OWNED Ref dict = own_dict(ts, v, own_dict_place(v));
    if (is_error(dict)) {
        return LOOKUP_ERROR;
    }
    if (is_no_value(value)) {
        return dict_delete(ts, dict_from(dict.v), name);
    }
    return dict_set(ts, dict_from(dict.v), name, value) == STATUS_OK ? LOOKUP_FOUND : LOOKUP_ERROR;
}

Ref object_get_dict(ThreadState *ts, Value v)
{
    if (value_is_type(v)) {
        return ref_new(shared_ref_peek(&type_from(v)->namespace_));
    }
    SharedRef *place = own_dict_place(v);
    if (place != NULL) {
        return own_dict(ts, v, place);
    }
    if (!value_is_object(v) || !type_has_dict(type_of(v))) {
        return raise_attribute_error(ts, v, NAME(__dict__));
    }
    return instance_dict(ts, value_head(v));
}

// --- The generic ways ----------------------------------------------------------------------------

Lookup generic_lookup_attribute(ThreadState *ts, Value v, Value name, Ref *out)
{
    Type *t = type_of(v);
    OWNED Ref found = type_lookup(ts, t, name);
    Ref (*get)(ThreadState *, Value, Value, Value) = NULL;
    if (!is_error(found)) {
        const TypeSlots *slots = &type_of(found.v)->slots;
        get = slots->descriptor_get;
        if (get != NULL && slots->descriptor_set != NULL) {
            *out = get(ts, found.v, v, type_value(t));
            return is_error(*out) ? LOOKUP_ERROR : LOOKUP_FOUND;
        }
    }
    Lookup own = own_get(ts, v, t, name, out);
    if (own != LOOKUP_ABSENT || is_error(found)) {
        return own;
    }
    *out = get == NULL ? ref_take(&found) : get(ts, found.v, v, type_value(t));
    return is_error(*out) ? LOOKUP_ERROR : LOOKUP_FOUND;
}

Ref generic_get_attribute(ThreadState *ts, Value v, Value name)
{
    Ref found;
    Lookup lookup = generic_lookup_attribute(ts, v, name, &found);
    return lookup == LOOKUP_ABSENT ? raise_attribute_error(ts, v, name) : found;
}

Status generic_set_attribute(ThreadState *ts, Value v, Value name, Value value)
{
    Type *t = type_of(v);
    OWNED Ref found = type_lookup(ts, t, name);
    if (!is_error(found)) {
        Status (*set)(ThreadState *, Value, Value, Value) = type_of(found.v)->slots.descriptor_set;
        if (set != NULL) {
            return set(ts, found.v, v, value);
        }
    }
    if (!has_own(v, t)) {
        if (is_error(found)) {
            return raise_attribute_error(ts, v, name), STATUS_ERROR;
        }
        OWNED Ref message = format_str(ts, "'%.50T' object attribute '%U' is read-only", v, name);
        if (!is_error(message)) {
            (void)raise_attribute_error_message(ts, message.v, v, name);
        }
        return STATUS_ERROR;
    }
    Lookup done = own_set(ts, v, t, name, value);
    if (done == LOOKUP_ABSENT) {
        (void)raise_attribute_error(ts, v, name);
    }
    return done == LOOKUP_FOUND ? STATUS_OK : STATUS_ERROR;
}

// --- Any value, any name -------------------------------------------------------------------------

// An AttributeError that a script raised without saying what was looked for where learns it here.
static Ref complete_error(ThreadState *ts, Value v, Value name)
{
    if (exception_matches(ts, EXC_AttributeError)) {
        OWNED Ref exception = exception_fetch(ts);
        attribute_error_complete(ts, exception.v, v, name);
        exception_restore(ts, ref_take(&exception));
    }
    return NO_REF;
}

Ref object_get_attribute(ThreadState *ts, Value v, Value name)
{
    if (LIKELY(is_ready_name(name))) {
        Ref found = type_of(v)->slots.get_attribute(ts, v, name);
        return LIKELY(!is_error(found)) ? found : complete_error(ts, v, name);
    }
    OWNED Ref interned = intern_name(ts, name);
    return is_error(interned) ? NO_REF : object_get_attribute(ts, v, interned.v);
}

static Lookup lookup_ready(ThreadState *ts, Value v, Value name, Ref *out)
{
    Type *t = type_of(v);
    if (t->slots.get_attribute == generic_get_attribute) {
        Lookup found = generic_lookup_attribute(ts, v, name, out);
        if (found != LOOKUP_ERROR) {
            return found;
        }
    } else {
        *out = t->slots.get_attribute == type_get_attribute ? type_lookup_attribute(ts, v, name)
                                                            : t->slots.get_attribute(ts, v, name);
        if (!is_error(*out)) {
            return LOOKUP_FOUND;
        }
        if (!has_exception(ts)) {
            return LOOKUP_ABSENT;
        }
    }
    *out = NO_REF;
    return exception_clear_if(ts, EXC_AttributeError) ? LOOKUP_ABSENT : LOOKUP_ERROR;
}

Lookup object_lookup_attribute(ThreadState *ts, Value v, Value name, Ref *out)
{
    *out = NO_REF;
    if (LIKELY(is_ready_name(name))) {
        return lookup_ready(ts, v, name, out);
    }
    OWNED Ref interned = intern_name(ts, name);
    return is_error(interned) ? LOOKUP_ERROR : lookup_ready(ts, v, interned.v, out);
}

Status object_set_attribute(ThreadState *ts, Value v, Value name, Value value)
{
    if (LIKELY(is_ready_name(name))) {
        return type_of(v)->slots.set_attribute(ts, v, name, value);
    }
    OWNED Ref interned = intern_name(ts, name);
    return is_error(interned) ? STATUS_ERROR
                              : type_of(v)->slots.set_attribute(ts, v, interned.v, value);
}

Ref object_get_attribute_z(ThreadState *ts, Value v, const char *name)
{
    OWNED Ref interned = str_intern_z(ts, name);
    return is_error(interned) ? NO_REF : object_get_attribute(ts, v, interned.v);
}
