// core/object/module.c: modules: a namespace with a name.
#include "core/object/module.h"

#include "core/object/container.h"
#include "core/object/function.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/type_internal.h"
#include "gc/track.h"

static ModuleObject *module_from(Value v) { return (ModuleObject *)value_head(v); }

static Status set_basics(ThreadState *ts, Dict *d, Value name, Value doc)
{
    if (dict_set(ts, d, NAME(__name__), name) == STATUS_ERROR ||
        dict_set(ts, d, NAME(__doc__), doc) == STATUS_ERROR ||
        dict_set(ts, d, NAME(__package__), VALUE_NONE) == STATUS_ERROR ||
        dict_set(ts, d, NAME(__loader__), VALUE_NONE) == STATUS_ERROR ||
        dict_set(ts, d, NAME(__spec__), VALUE_NONE) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return STATUS_OK;
}

static Ref module_make_of(ThreadState *ts, Type *t)
{
    OWNED Ref namespace_ = namespace_new(ts);
    ModuleObject *m = is_error(namespace_) ? NULL : object_new_of(ts, t);
    if (m == NULL) {
        return NO_REF;
    }
    shared_ref_init(&m->dict, ref_take(&namespace_));
    object_track(&m->head);
    gc_defer(&m->head);
    return REF_FROM_NEW(m);
}

Ref module_new(ThreadState *ts, Value name)
{
    OWNED Ref made = module_make_of(ts, TYPE_OF_KIND(MODULE));
    if (is_error(made) || set_basics(ts, module_dict(made.v), name, VALUE_NONE) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&made);
}

static Ref module_make(CALL_PARAMETERS) { return module_make_of(ts, type_from(self)); }

static Status module_init(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"name", "doc", NULL};
    Value given[2];
    if (arguments_bind(ts, "module", parameters, 0, 2, 1, args, count, names, given) ==
        STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!value_is_str(given[0])) {
        return raise_status(ts, EXC_TypeError, "module() argument 'name' must be str, not %T",
                            given[0]);
    }
    return set_basics(ts, module_dict(self), given[0],
                      is_no_value(given[1]) ? VALUE_NONE : given[1]);
}

static void module_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((ModuleObject *)o)->dict);
}
static void module_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((ModuleObject *)o)->dict), EDGE_COUNTED, context);
}
// Functions still use the globals: the dict is not emptied, its own clear does that.
static void module_clear(ThreadState *ts, ObjectHead *o) {}

// --- Attributes ----------------------------------------------------------------------------------

// An entry of the module's dict that is a str, or NO_REF.
static Ref text_of(ThreadState *ts, Value self, Value name)
{
    OWNED Ref text = NO_REF;
    if (dict_get(ts, module_dict(self), name, &text) == LOOKUP_ERROR) {
        exception_clear(ts);
        return NO_REF;
    }
    return !is_error(text) && value_is_str(text.v) ? ref_take(&text) : NO_REF;
}

static bool is_initializing(ThreadState *ts, Value self)
{
    OWNED Ref spec = NO_REF;
    OWNED Ref flag = NO_REF;
    if (dict_get(ts, module_dict(self), NAME(__spec__), &spec) != LOOKUP_FOUND ||
        value_is_none(spec.v)) {
        exception_clear(ts);
        return false;
    }
    flag = object_get_attribute_z(ts, spec.v, "_initializing");
    exception_clear(ts);
    return value_is_same(flag.v, VALUE_TRUE);
}

static Ref raise_missing(ThreadState *ts, Value self, Value name)
{
    OWNED Ref own = text_of(ts, self, NAME(__name__));
    OWNED Ref message = NO_REF;
    if (is_error(own)) {
        message = format_str(ts, "module has no attribute '%U'", name);
    } else if (is_initializing(ts, self)) {
        message = format_str(
            ts,
            "partially initialized module '%U' has no attribute '%U' (most likely due to a "
            "circular import)",
            own.v, name);
    } else {
        message = format_str(ts, "module '%U' has no attribute '%U'", own.v, name);
    }
    return is_error(message) ? NO_REF : raise_attribute_error_message(ts, message.v, self, name);
}

static Ref module_get_attribute(ThreadState *ts, Value self, Value name)
{
    Ref found;
    Lookup lookup = generic_lookup_attribute(ts, self, name, &found);
    if (lookup == LOOKUP_FOUND ||
        (lookup == LOOKUP_ERROR && !exception_clear_if(ts, EXC_AttributeError))) {
        return found;
    }
    OWNED Ref hook = NO_REF;
    Lookup has_hook = dict_get(ts, module_dict(self), NAME(__getattr__), &hook);
    if (has_hook == LOOKUP_ERROR) {
        return NO_REF;
    }
    return has_hook == LOOKUP_FOUND ? object_call1(ts, hook.v, name)
                                    : raise_missing(ts, self, name);
}

// An attribute of a module spec; None when it is not there.
static Ref spec_part(ThreadState *ts, Value spec, const char *name)
{
    Ref part = object_get_attribute_z(ts, spec, name);
    if (is_error(part)) {
        exception_clear(ts);
        return REF_NONE;
    }
    return part;
}

static Ref repr_from_spec(ThreadState *ts, Value spec)
{
    OWNED Ref name = spec_part(ts, spec, "name");
    OWNED Ref origin = spec_part(ts, spec, "origin");
    OWNED Ref loader = spec_part(ts, spec, "loader");
    OWNED Ref has_location = spec_part(ts, spec, "has_location");
    OWNED Ref text = value_is_none(name.v) ? str_from_z(ts, "'?'") : object_repr(ts, name.v);
    if (is_error(text)) {
        return NO_REF;
    }
    if (value_is_none(origin.v)) {
        return value_is_none(loader.v) ? format_str(ts, "<module %U>", text.v)
                                       : format_str(ts, "<module %U (%R)>", text.v, loader.v);
    }
    Truth is_file = object_is_true(ts, has_location.v);
    return is_file == TRUTH_ERROR  ? NO_REF
           : is_file == TRUTH_TRUE ? format_str(ts, "<module %U from %R>", text.v, origin.v)
                                   : format_str(ts, "<module %U (%S)>", text.v, origin.v);
}

// An entry of the module's dict; NO_REF without an exception.
static Ref entry_of(ThreadState *ts, Value self, Value name)
{
    Ref found = NO_REF;
    if (dict_get(ts, module_dict(self), name, &found) == LOOKUP_ERROR) {
        exception_clear(ts);
    }
    return found;
}

static bool is_builtin_name(ThreadState *ts, Value name)
{
    OWNED Ref names = sys_attribute(ts, "builtin_module_names");
    Truth there = is_error(names) ? TRUTH_FALSE : object_contains(ts, names.v, name);
    exception_clear(ts);
    return there == TRUTH_TRUE;
}

static Ref module_repr(ThreadState *ts, Value self)
{
    OWNED Ref spec = entry_of(ts, self, NAME(__spec__));
    OWNED Ref loader = entry_of(ts, self, NAME(__loader__));
    OWNED Ref name = entry_of(ts, self, NAME(__name__));
    OWNED Ref file = entry_of(ts, self, NAME(__file__));
    if (!is_error(spec) && !value_is_none(spec.v)) {
        return repr_from_spec(ts, spec.v);
    }
    OWNED Ref text = is_error(name) ? str_from_z(ts, "'?'") : object_repr(ts, name.v);
    if (is_error(text)) {
        return NO_REF;
    }
    if (!is_error(loader) && !value_is_none(loader.v)) {
        OWNED Ref method = NO_REF;
        OWNED Ref method_name = str_intern_z(ts, "module_repr");
        if (!is_error(method_name) &&
            object_lookup_attribute(ts, loader.v, method_name.v, &method) == LOOKUP_FOUND) {
            Ref made = object_call1(ts, method.v, self);
            if (!is_error(made)) {
                return made;
            }
        }
        exception_clear(ts);
    }
    if (!is_error(file)) {
        return format_str(ts, "<module %U from %R>", text.v, file.v);
    }
    if (!is_error(loader) && !value_is_none(loader.v)) {
        return format_str(ts, "<module %U (%R)>", text.v, loader.v);
    }
    return !is_error(name) && is_builtin_name(ts, name.v)
               ? format_str(ts, "<module %U (built-in)>", text.v)
               : format_str(ts, "<module %U>", text.v);
}

static Ref get_dict(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&module_from(self)->dict));
}

static Ref get_annotations(ThreadState *ts, Value self)
{
    OWNED Ref found = NO_REF;
    Lookup lookup = dict_get(ts, module_dict(self), NAME(__annotations__), &found);
    if (lookup == LOOKUP_ABSENT) {
        found = dict_new(ts);
        if (is_error(found) ||
            dict_set(ts, module_dict(self), NAME(__annotations__), found.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&found);
}

static Status set_annotations(ThreadState *ts, Value self, Value value)
{
    if (!is_no_value(value)) {
        return dict_set(ts, module_dict(self), NAME(__annotations__), value);
    }
    Lookup done = dict_delete(ts, module_dict(self), NAME(__annotations__));
    if (done == LOOKUP_ABSENT) {
        return raise_value(ts, EXC_AttributeError, NAME(__annotations__)), STATUS_ERROR;
    }
    return done == LOOKUP_ERROR ? STATUS_ERROR : STATUS_OK;
}

static const GetSetDef module_getset[] = {
    {"__dict__", get_dict, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL},
    {NULL, NULL, NULL, NULL},
};

static Ref module_dir(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref hook = NO_REF;
    Lookup found = dict_get(ts, module_dict(self), NAME(__dir__), &hook);
    if (found == LOOKUP_FOUND) {
        return object_call0(ts, hook.v);
    }
    return found == LOOKUP_ERROR ? NO_REF
                                 : sequence_list(ts, shared_ref_peek(&module_from(self)->dict));
}

static const NativeDef module_methods[] = {
    NATIVE("__dir__", module_dir, "($self, /)",
           "__dir__() -> list\nspecialized dir() implementation"),
    NATIVE_END,
};

const TypeSpec spec_MODULE = {
    .name = "module",
    .doc = "Create a module object.\n\nThe name must be a string; the optional docstring can have "
           "any type.",
    .base = KIND_OBJECT,
    .size = sizeof(ModuleObject),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = module_finish,
              .traverse = module_traverse,
              .clear = module_clear,
              .repr = module_repr,
              .get_attribute = module_get_attribute,
              .make = module_make,
              .init = module_init},
    .methods = module_methods,
    .getset = module_getset,
};

// --- Filling a module from C ---------------------------------------------------------------------

Status module_add(ThreadState *ts, Value module, const char *name, Value value)
{
    OWNED Ref key = str_from_z(ts, name);
    OWNED Ref interned = is_error(key) ? NO_REF : str_intern_immortal(ts, ref_take(&key));
    return is_error(interned) ? STATUS_ERROR : dict_set(ts, module_dict(module), interned.v, value);
}

Status module_add_ref(ThreadState *ts, Value module, const char *name, Ref value)
{
    OWNED Ref owned = value;
    return is_error(owned) ? STATUS_ERROR : module_add(ts, module, name, owned.v);
}

Status module_add_type(ThreadState *ts, Value module, Kind kind)
{
    const Type *t = &builtin_types[kind];
    const char *dot = strrchr(t->spec->name, '.');
    return module_add(ts, module, dot == NULL ? t->spec->name : dot + 1, type_value(t));
}

Status module_add_int(ThreadState *ts, Value module, const char *name, int64_t value)
{
    return module_add_ref(ts, module, name, int_from_i64(ts, value));
}

Status module_add_str(ThreadState *ts, Value module, const char *name, const char *text)
{
    return module_add_ref(ts, module, name, str_from_z(ts, text));
}
