// core/object/module.c: module objects and how modules in C fill them.
#include "core/object/module.h"

#include <string.h>

#include "core/object/str.h"
#include "core/object/tuple.h"

static ModuleObject *module_from(Value v) { return (ModuleObject *)value_head(v); }

static Ref make_with(ThreadState *ts, Type *t, Value name, Value doc)
{
    OWNED Ref dict = namespace_new(ts);
    if (is_error(dict)) {
        return NO_REF;
    }
    Dict *d = dict_from(dict.v);
    if (!is_no_value(name) && (dict_set(ts, d, NAME(__name__), name) == STATUS_ERROR ||
                               dict_set(ts, d, NAME(__doc__), doc) == STATUS_ERROR ||
                               dict_set(ts, d, NAME(__package__), VALUE_NONE) == STATUS_ERROR ||
                               dict_set(ts, d, NAME(__loader__), VALUE_NONE) == STATUS_ERROR ||
                               dict_set(ts, d, NAME(__spec__), VALUE_NONE) == STATUS_ERROR)) {
        return NO_REF;
    }
    ModuleObject *m = object_new_of(ts, t);
    if (m == NULL) {
        return NO_REF;
    }
    shared_ref_init(&m->dict, ref_take(&dict));
    object_track(&m->head);
    return REF_FROM_NEW(m);
}

Ref module_new(ThreadState *ts, Value name) { return make_with(ts, TYPE_OF_KIND(MODULE), name, VALUE_NONE); }

Status module_add(ThreadState *ts, Value module, const char *name, Value value)
{
    return dict_set_z(ts, module_dict(module), name, value);
}

Status module_add_ref(ThreadState *ts, Value module, const char *name, Ref value)
{
    OWNED Ref kept = value;
    return is_error(kept) ? STATUS_ERROR : module_add(ts, module, name, kept.v);
}

Status module_add_type(ThreadState *ts, Value module, Kind kind)
{
    Type *t = &builtin_types[kind];
    const char *name = type_name(t);
    const char *dot = strrchr(name, '.');
    return module_add(ts, module, dot != NULL ? dot + 1 : name, type_value(t));
}

Status module_add_int(ThreadState *ts, Value module, const char *name, int64_t value)
{
    ASSERT(fits_small_int(value) || value == INT64_MAX);
    if (!fits_small_int(value)) {
        OWNED Ref big = object_binary(ts, BIN_ADD, small_int(SMALL_INT_MAX), small_int(value - SMALL_INT_MAX));
        return is_error(big) ? STATUS_ERROR : module_add(ts, module, name, big.v);
    }
    return module_add(ts, module, name, small_int(value));
}

Status module_add_str(ThreadState *ts, Value module, const char *name, const char *text)
{
    return module_add_ref(ts, module, name, str_from_z(ts, text));
}

// --- As scripts see it ------------------------------------------------------------------------

static void module_finish(ThreadState *ts, ObjectHead *o) { shared_ref_clear(&((ModuleObject *)o)->dict); }

static void module_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((ModuleObject *)o)->dict), EDGE_COUNTED, context);
}

static void module_clear(ThreadState *ts, ObjectHead *o)
{
    Value dict = shared_ref_peek(&((ModuleObject *)o)->dict);
    if (!is_no_value(dict)) {
        dict_clear(ts, dict_from(dict));
    }
}

static Ref module_make(CALL_PARAMETERS)
{
    if (count == 0 || count > 2) {
        return raise(ts, EXC_TypeError, "module() takes at most 2 arguments (%zu given)", count);
    }
    return make_with(ts, type_from(self), NO_VALUE, NO_VALUE);
}

static Status module_init(CALL_PARAMETERS)
{
    size_t keywords = is_no_value(names) ? 0 : tuple_count(names);
    Value name = NO_VALUE, doc = VALUE_NONE;
    for (size_t i = 0; i < count; i++) {
        bool by_name = i >= count - keywords;
        Value keyword = by_name ? tuple_item(names, i - (count - keywords)) : NO_VALUE;
        bool is_name = by_name ? str_equal_z(keyword, "name") : i == 0;
        if (by_name && !is_name && !str_equal_z(keyword, "doc")) {
            return raise_status(ts, EXC_TypeError, "'%U' is an invalid keyword argument for module()", keyword);
        }
        *(is_name ? &name : &doc) = args[i];
    }
    if (is_no_value(name)) {
        return raise_status(ts, EXC_TypeError, "module() missing required argument 'name' (pos 1)");
    }
    if (!value_is_str(name)) {
        return raise_status(ts, EXC_TypeError, "module() argument 'name' must be str, not %T", name);
    }
    Dict *d = module_dict(self);
    return dict_set(ts, d, NAME(__name__), name) == STATUS_ERROR || dict_set(ts, d, NAME(__doc__), doc) == STATUS_ERROR ||
                   dict_set(ts, d, NAME(__package__), VALUE_NONE) == STATUS_ERROR ||
                   dict_set(ts, d, NAME(__loader__), VALUE_NONE) == STATUS_ERROR
               ? STATUS_ERROR
               : dict_set(ts, d, NAME(__spec__), VALUE_NONE);
}

static Ref text_attribute(ThreadState *ts, Value self, Value name)
{
    OWNED Ref value = NO_REF;
    Lookup l = dict_get(ts, module_dict(self), name, &value);
    if (l == LOOKUP_ERROR) {
        exception_clear(ts);
    }
    return l == LOOKUP_FOUND && value_is_str(value.v) ? ref_take(&value) : NO_REF;
}

static Ref module_repr(ThreadState *ts, Value self)
{
    OWNED Ref name = text_attribute(ts, self, NAME(__name__));
    OWNED Ref file = text_attribute(ts, self, NAME(__file__));
    if (is_error(name)) {
        return str_from_z(ts, "<module '?'>");
    }
    if (!is_error(file)) {
        return format_str(ts, "<module %R from %R>", name.v, file.v);
    }
    OWNED Ref path = NO_REF;
    bool is_namespace = dict_get(ts, module_dict(self), NAME(__path__), &path) == LOOKUP_FOUND;
    OWNED Ref loader = NO_REF;
    bool is_builtin = !is_namespace && dict_get(ts, module_dict(self), NAME(__doc__), &loader) == LOOKUP_FOUND &&
                      value_is_str(loader.v);
    return is_namespace ? format_str(ts, "<module %R (namespace)>", name.v)
           : is_builtin ? format_str(ts, "<module %R (built-in)>", name.v)
                        : format_str(ts, "<module %R>", name.v);
}

// The namespace, then what the type has, then the module's own __getattr__.
static Ref module_get_attribute(ThreadState *ts, Value self, Value name)
{
    Type *t = type_of(self);
    Ref found = NO_REF;
    OWNED Ref on_type = type_lookup(ts, t, name);
    if (!is_error(on_type) && type_of(on_type.v)->slots.descriptor_set != NULL) {
        return generic_get_attribute(ts, self, name);
    }
    Lookup l = dict_get(ts, module_dict(self), name, &found);
    if (l != LOOKUP_ABSENT) {
        return l == LOOKUP_FOUND ? found : NO_REF;
    }
    if (!is_error(on_type)) {
        return generic_get_attribute(ts, self, name);
    }
    OWNED Ref hook = NO_REF;
    l = dict_get(ts, module_dict(self), NAME(__getattr__), &hook);
    if (l == LOOKUP_FOUND) {
        return object_call1(ts, hook.v, name);
    }
    if (l == LOOKUP_ERROR) {
        return NO_REF;
    }
    OWNED Ref own = text_attribute(ts, self, NAME(__name__));
    OWNED Ref message = is_error(own) ? format_str(ts, "module has no attribute '%U'", name)
                                      : format_str(ts, "module '%U' has no attribute '%U'", own.v, name);
    return is_error(message) ? NO_REF : raise_attribute_error_message(ts, message.v, self, name);
}

static Status module_set_attribute(ThreadState *ts, Value self, Value name, Value value)
{
    OWNED Ref on_type = type_lookup(ts, type_of(self), name);
    if (!is_error(on_type) && type_of(on_type.v)->slots.descriptor_set != NULL) {
        return type_of(on_type.v)->slots.descriptor_set(ts, on_type.v, self, value);
    }
    if (!is_no_value(value)) {
        OWNED Ref interned = str_intern(ts, ref_new(name));
        return is_error(interned) ? STATUS_ERROR : dict_set(ts, module_dict(self), interned.v, value);
    }
    switch (dict_delete(ts, module_dict(self), name)) {
    case LOOKUP_FOUND: return STATUS_OK;
    case LOOKUP_ABSENT: raise_attribute_error(ts, self, name); return STATUS_ERROR;
    default: return STATUS_ERROR;
    }
}

static Ref module_dir(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref hook = NO_REF;
    Lookup l = dict_get(ts, module_dict(self), NAME(__dir__), &hook);
    if (l == LOOKUP_FOUND) {
        return object_call0(ts, hook.v);
    }
    return l == LOOKUP_ERROR ? NO_REF : sequence_list(ts, value_of(module_dict(self)));
}

static const NativeDef methods[] = {
    NATIVE("__dir__", module_dir, "($self, /)", "The names in the module."),
    NATIVE_END,
};

static Ref get_dict(ThreadState *ts, Value self) { return shared_ref_load(value_head(self), &module_from(self)->dict); }

static Ref get_annotations(ThreadState *ts, Value self)
{
    Ref found = NO_REF;
    Lookup l = dict_get(ts, module_dict(self), NAME(__annotations__), &found);
    if (l != LOOKUP_ABSENT) {
        return l == LOOKUP_FOUND ? found : NO_REF;
    }
    OWNED Ref fresh = dict_new(ts);
    if (is_error(fresh) || dict_set_default(ts, module_dict(self), NAME(__annotations__), fresh.v, &found) == LOOKUP_ERROR) {
        return NO_REF;
    }
    return found;
}

static Status set_annotations(ThreadState *ts, Value self, Value value)
{
    if (!is_no_value(value)) {
        return dict_set(ts, module_dict(self), NAME(__annotations__), value);
    }
    switch (dict_delete(ts, module_dict(self), NAME(__annotations__))) {
    case LOOKUP_FOUND: return STATUS_OK;
    case LOOKUP_ABSENT: return raise_status(ts, EXC_AttributeError, "__annotations__");
    default: return STATUS_ERROR;
    }
}

static const GetSetDef getset[] = {
    {"__dict__", get_dict, NULL, NULL}, {"__annotations__", get_annotations, set_annotations, NULL}, {NULL, NULL, NULL, NULL}};

const TypeSpec spec_MODULE = {
    .name = "module", .doc = "Create a module object.", .base = KIND_OBJECT, .size = sizeof(ModuleObject),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = module_finish, .traverse = module_traverse, .clear = module_clear, .repr = module_repr,
              .make = module_make, .init = module_init, .get_attribute = module_get_attribute,
              .set_attribute = module_set_attribute},
    .methods = methods, .getset = getset};
