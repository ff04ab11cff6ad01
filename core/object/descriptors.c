// core/object/descriptors.c: property, classmethod, staticmethod,
// and the descriptors of builtin types.
#include "core/object/descriptors.h"

#include "core/object/container.h"
#include "core/object/function.h"
#include "core/object/instance.h"
#include "core/object/type_internal.h"
#include "core/object/upcalls.h"

static Ref load(Value v, const SharedRef *place) { return shared_ref_load(value_head(v), place); }
static Ref load_or_none(Value v, const SharedRef *place)
{
    Ref r = load(v, place);
    return is_error(r) ? REF_NONE : r;
}

static void store(ThreadState *ts, Value v, SharedRef *place, Value value)
{
    object_store(ts, value_head(v), place, ref_new(value));
}

// --- property ------------------------------------------------------------------------------------

static Property *property_from(Value v) { return (Property *)value_head(v); }

static void property_finish(ThreadState *ts, ObjectHead *o)
{
    Property *p = (Property *)o;
    shared_ref_clear(&p->get);
    shared_ref_clear(&p->set);
    shared_ref_clear(&p->del);
    shared_ref_clear(&p->doc);
    shared_ref_clear(&p->name);
}

static void property_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Property *p = (Property *)o;
    visit(shared_ref_peek(&p->get), EDGE_COUNTED, context);
    visit(shared_ref_peek(&p->set), EDGE_COUNTED, context);
    visit(shared_ref_peek(&p->del), EDGE_COUNTED, context);
    visit(shared_ref_peek(&p->doc), EDGE_COUNTED, context);
    visit(shared_ref_peek(&p->name), EDGE_COUNTED, context);
}

static Ref property_make(CALL_PARAMETERS)
{
    Property *p = object_new_of(ts, type_from(self));
    if (p == NULL) {
        return NO_REF;
    }
    shared_ref_init(&p->get, NO_REF);
    shared_ref_init(&p->set, NO_REF);
    shared_ref_init(&p->del, NO_REF);
    shared_ref_init(&p->doc, NO_REF);
    shared_ref_init(&p->name, NO_REF);
    p->doc_from_getter = false;
    object_track(&p->head);
    return REF_FROM_NEW(p);
}

static Value none_is_absent(Value v) { return value_is_none(v) ? NO_VALUE : v; }

// Without a doc of its own a property has its getter's; in a subclass that is an attribute.
static Status take_doc(ThreadState *ts, Value self, Value given)
{
    Property *p = property_from(self);
    OWNED Ref doc = ref_new(given);
    if (is_no_value(given) || value_is_none(given)) {
        OWNED Ref get = load(self, &p->get);
        OWNED Ref found = NO_REF;
        if (!is_error(get) &&
            object_lookup_attribute(ts, get.v, NAME(__doc__), &found) == LOOKUP_ERROR) {
            if (!exception_clear_if(ts, EXC_Exception)) {
                return STATUS_ERROR;
            }
        }
        if (!is_error(found) && !value_is_none(found.v)) {
            ref_set(&doc, ref_take(&found));
            p->doc_from_getter = true;
        }
    }
    if (type_of(self) == TYPE_OF_KIND(PROPERTY)) {
        store(ts, self, &p->doc, doc.v);
        return STATUS_OK;
    }
    if (is_error(doc)) {
        return STATUS_OK;
    }
    return object_set_attribute(ts, self, NAME(__doc__), doc.v);
}

static Status property_init(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"fget", "fset", "fdel", "doc", NULL};
    Value given[4];
    if (arguments_bind(ts, "property", parameters, 0, 4, 0, args, count, names, given) ==
        STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Property *p = property_from(self);
    store(ts, self, &p->get, none_is_absent(given[0]));
    store(ts, self, &p->set, none_is_absent(given[1]));
    store(ts, self, &p->del, none_is_absent(given[2]));
    p->doc_from_getter = false;
    return take_doc(ts, self, given[3]);
}

static Ref raise_property(ThreadState *ts, Value self, Value instance, const char *what)
{
    OWNED Ref name = load(self, &property_from(self)->name);
    OWNED Ref qualname =
        object_get_attribute(ts, type_value(type_of(instance)), NAME(__qualname__));
    if (is_error(qualname)) {
        return NO_REF;
    }
    return is_error(name)
               ? raise(ts, EXC_AttributeError, "property of %R object has no %s", qualname.v, what)
               : raise(ts, EXC_AttributeError, "property %R of %R object has no %s", name.v,
                       qualname.v, what);
}

static Ref property_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    if (is_no_value(instance) || value_is_none(instance)) {
        return ref_new(self);
    }
    OWNED Ref get = load(self, &property_from(self)->get);
    return is_error(get) ? raise_property(ts, self, instance, "getter")
                         : object_call1(ts, get.v, instance);
}

static Status property_set(ThreadState *ts, Value self, Value instance, Value value)
{
    bool is_delete = is_no_value(value);
    OWNED Ref f = load(self, is_delete ? &property_from(self)->del : &property_from(self)->set);
    if (is_error(f)) {
        return raise_property(ts, self, instance, is_delete ? "deleter" : "setter"), STATUS_ERROR;
    }
    OWNED Ref done =
        is_delete ? object_call1(ts, f.v, instance) : object_call2(ts, f.v, instance, value);
    return is_error(done) ? STATUS_ERROR : STATUS_OK;
}

// A copy with one function replaced; what is NO_VALUE is taken from the old one.
static Ref property_with(ThreadState *ts, Value self, Value get, Value set, Value del)
{
    Property *p = property_from(self);
    OWNED Ref old_get = load_or_none(self, &p->get);
    OWNED Ref old_set = load_or_none(self, &p->set);
    OWNED Ref old_del = load_or_none(self, &p->del);
    OWNED Ref doc = p->doc_from_getter ? REF_NONE : load_or_none(self, &p->doc);
    bool keeps_getter = is_no_value(get) || value_is_none(get);
    Value args[4] = {keeps_getter ? old_get.v : get,
                     is_no_value(set) || value_is_none(set) ? old_set.v : set,
                     is_no_value(del) || value_is_none(del) ? old_del.v : del, doc.v};
    OWNED Ref made = object_call(ts, type_value(type_of(self)), args, 4, NO_VALUE);
    if (is_error(made)) {
        return NO_REF;
    }
    if (value_is_kind(made.v, KIND_PROPERTY)) {
        OWNED Ref name = load(self, &p->name);
        store(ts, made.v, &property_from(made.v)->name, name.v);
    }
    return ref_take(&made);
}

static Ref property_getter(ThreadState *ts, Value self, const Value *args)
{
    return property_with(ts, self, args[0], NO_VALUE, NO_VALUE);
}
static Ref property_setter(ThreadState *ts, Value self, const Value *args)
{
    return property_with(ts, self, NO_VALUE, args[0], NO_VALUE);
}
static Ref property_deleter(ThreadState *ts, Value self, const Value *args)
{
    return property_with(ts, self, NO_VALUE, NO_VALUE, args[0]);
}
static Ref property_set_name(CALL_PARAMETERS)
{
    if (count != 2) {
        return raise(ts, EXC_TypeError,
                     "__set_name__() takes 2 positional arguments but %zu were given", count);
    }
    store(ts, self, &property_from(self)->name, args[1]);
    return REF_NONE;
}

static const NativeDef property_methods[] = {
    NATIVE("getter", property_getter, "($self, fget, /)",
           "Descriptor to obtain a copy of the property with a different getter."),
    NATIVE("setter", property_setter, "($self, fset, /)",
           "Descriptor to obtain a copy of the property with a different setter."),
    NATIVE("deleter", property_deleter, "($self, fdel, /)",
           "Descriptor to obtain a copy of the property with a different deleter."),
    NATIVE_RAW("__set_name__", property_set_name, "($self, owner, name, /)",
               "Method to set name of a property."),
    NATIVE_END,
};

static Ref property_get_fget(ThreadState *ts, Value self)
{
    return load_or_none(self, &property_from(self)->get);
}
static Ref property_get_fset(ThreadState *ts, Value self)
{
    return load_or_none(self, &property_from(self)->set);
}
static Ref property_get_fdel(ThreadState *ts, Value self)
{
    return load_or_none(self, &property_from(self)->del);
}
static Ref property_get_doc(ThreadState *ts, Value self)
{
    return load_or_none(self, &property_from(self)->doc);
}
static Status property_set_doc(ThreadState *ts, Value self, Value value)
{
    property_from(self)->doc_from_getter = false;
    store(ts, self, &property_from(self)->doc, value);
    return STATUS_OK;
}

static Status merge_abstract(ThreadState *ts, Ref f, bool *is_abstract)
{
    OWNED Ref owned = f;
    OWNED Ref flag = NO_REF;
    if (*is_abstract || is_error(owned) || value_is_none(owned.v)) {
        return STATUS_OK;
    }
    Lookup found = object_lookup_attribute(ts, owned.v, NAME(__isabstractmethod__), &flag);
    Truth truth = found == LOOKUP_FOUND ? object_is_true(ts, flag.v) : TRUTH_FALSE;
    *is_abstract = truth == TRUTH_TRUE;
    return found == LOOKUP_ERROR || truth == TRUTH_ERROR ? STATUS_ERROR : STATUS_OK;
}

static Ref property_is_abstract(ThreadState *ts, Value self)
{
    Property *p = property_from(self);
    bool is_abstract = false;
    if (merge_abstract(ts, load(self, &p->get), &is_abstract) == STATUS_ERROR ||
        merge_abstract(ts, load(self, &p->set), &is_abstract) == STATUS_ERROR ||
        merge_abstract(ts, load(self, &p->del), &is_abstract) == STATUS_ERROR) {
        return NO_REF;
    }
    return REF_OF(bool_value(is_abstract));
}

static Status refuse_to_set(ThreadState *ts, Value self, Value value)
{
    return raise_status(ts, EXC_AttributeError, "readonly attribute");
}

static const GetSetDef property_getset[] = {
    {"fget", property_get_fget, refuse_to_set, NULL},
    {"fset", property_get_fset, refuse_to_set, NULL},
    {"fdel", property_get_fdel, refuse_to_set, NULL},
    {"__doc__", property_get_doc, property_set_doc, NULL},
    {"__isabstractmethod__", property_is_abstract, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_PROPERTY = {
    .name = "property",
    .doc = "property(fget=None, fset=None, fdel=None, doc=None)\n\n"
           "An attribute whose reading, storing and deleting are functions. As a decorator it "
           "makes a method the function that reads; its setter, getter and deleter give a copy "
           "with one function replaced:\n\n"
           "    @property\n"
           "    def size(self): ...\n"
           "    @size.setter\n"
           "    def size(self, value): ...",
    .base = KIND_OBJECT,
    .size = sizeof(Property),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = property_finish,
              .traverse = property_traverse,
              .clear = property_finish,
              .descriptor_get = property_get,
              .descriptor_set = property_set,
              .make = property_make,
              .init = property_init},
    .methods = property_methods,
    .getset = property_getset,
};

// --- classmethod and staticmethod ----------------------------------------------------------------

static MethodWrap *wrap_from(Value v) { return (MethodWrap *)value_head(v); }

static void wrap_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((MethodWrap *)o)->function);
}
static void wrap_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((MethodWrap *)o)->function), EDGE_COUNTED, context);
}

static Ref wrap_make(CALL_PARAMETERS)
{
    MethodWrap *w = object_new_of(ts, type_from(self));
    if (w == NULL) {
        return NO_REF;
    }
    shared_ref_init(&w->function, NO_REF);
    object_track(&w->head);
    return REF_FROM_NEW(w);
}

// The wrapped function's name, doc and so on become the wrapper's.
static Status copy_attributes(ThreadState *ts, Value from, Value to)
{
    static const NameId ids[] = {NAME_ID___module__, NAME_ID___name__, NAME_ID___qualname__,
                                 NAME_ID___doc__, NAME_ID___annotations__};
    for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
        OWNED Ref value = NO_REF;
        Lookup found = object_lookup_attribute(ts, from, names_table[ids[i]], &value);
        if (found == LOOKUP_ERROR ||
            (found == LOOKUP_FOUND &&
             instance_set(ts, value_head(to), names_table[ids[i]], value.v) == LOOKUP_ERROR)) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status wrap_init(CALL_PARAMETERS)
{
    const char *name = value_is_kind(self, KIND_CLASS_METHOD) ? "classmethod" : "staticmethod";
    if (arguments_positional(ts, name, count, names, 1, 1) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    store(ts, self, &wrap_from(self)->function, args[0]);
    return copy_attributes(ts, args[0], self);
}

static Ref wrap_new(ThreadState *ts, Kind kind, Value function)
{
    OWNED Ref made = wrap_make(ts, type_value(&builtin_types[kind]), NULL, 0, NO_VALUE);
    if (is_error(made)) {
        return NO_REF;
    }
    store(ts, made.v, &wrap_from(made.v)->function, function);
    if (value_is_function(function) && copy_attributes(ts, function, made.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&made);
}

Ref static_method_new(ThreadState *ts, Value function)
{
    return wrap_new(ts, KIND_STATIC_METHOD, function);
}
Ref class_method_new(ThreadState *ts, Value function)
{
    return wrap_new(ts, KIND_CLASS_METHOD, function);
}

static Ref wrapped(ThreadState *ts, Value self)
{
    OWNED Ref f = load(self, &wrap_from(self)->function);
    return is_error(f) ? raise(ts, EXC_RuntimeError, "uninitialized %T object", self)
                       : ref_take(&f);
}

static Ref static_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    return wrapped(ts, self);
}
static Ref static_call(CALL_PARAMETERS)
{
    OWNED Ref f = wrapped(ts, self);
    return is_error(f) ? NO_REF : object_call(ts, f.v, args, count, names);
}

static Ref class_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    OWNED Ref f = wrapped(ts, self);
    if (is_error(f)) {
        return NO_REF;
    }
    Value class = is_no_value(owner) ? type_value(type_of(instance)) : owner;
    if (value_is_function(f.v)) {
        return bound_method_new(ts, f.v, class);
    }
    // classmethod around another descriptor: the class is its instance.
    Ref (*get)(ThreadState *, Value, Value, Value) = type_of(f.v)->slots.descriptor_get;
    return get != NULL ? get(ts, f.v, class, class) : bound_method_new(ts, f.v, class);
}

static Ref wrap_repr(ThreadState *ts, Value self)
{
    OWNED Ref f = load_or_none(self, &wrap_from(self)->function);
    return format_str(ts, "<%s(%R)>",
                      value_is_kind(self, KIND_CLASS_METHOD) ? "classmethod" : "staticmethod", f.v);
}

static Ref wrap_function(ThreadState *ts, Value self)
{
    return load_or_none(self, &wrap_from(self)->function);
}
static Ref wrap_is_abstract(ThreadState *ts, Value self)
{
    bool is_abstract = false;
    Status status = merge_abstract(ts, load(self, &wrap_from(self)->function), &is_abstract);
    return status == STATUS_ERROR ? NO_REF : REF_OF(bool_value(is_abstract));
}

static const GetSetDef wrap_getset[] = {
    {"__func__", wrap_function, NULL, NULL},
    {"__wrapped__", wrap_function, NULL, NULL},
    {"__isabstractmethod__", wrap_is_abstract, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_CLASS_METHOD = {
    .name = "classmethod",
    .doc = "classmethod(function) -> method\n\n"
           "A method that gets the class in place of the instance, whether it is called on the "
           "class, on a subclass or on an instance:\n\n"
           "    @classmethod\n"
           "    def make(cls, text): ...",
    .base = KIND_OBJECT,
    .size = sizeof(MethodWrap),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_HAS_DICT,
    .slots = {.finish = wrap_finish,
              .traverse = wrap_traverse,
              .clear = wrap_finish,
              .repr = wrap_repr,
              .descriptor_get = class_get,
              .make = wrap_make,
              .init = wrap_init},
    .getset = wrap_getset,
};

const TypeSpec spec_STATIC_METHOD = {
    .name = "staticmethod",
    .doc = "staticmethod(function) -> method\n\n"
           "A function in a class that gets neither instance nor class:\n\n"
           "    @staticmethod\n"
           "    def parse(text): ...",
    .base = KIND_OBJECT,
    .size = sizeof(MethodWrap),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_HAS_DICT,
    .slots = {.finish = wrap_finish,
              .traverse = wrap_traverse,
              .clear = wrap_finish,
              .repr = wrap_repr,
              .call = static_call,
              .descriptor_get = static_get,
              .make = wrap_make,
              .init = wrap_init},
    .getset = wrap_getset,
};

// --- Computed attributes of builtin types --------------------------------------------------------

static GetSetDescriptor *getset_from(Value v) { return (GetSetDescriptor *)value_head(v); }

Ref getset_descriptor_new(ThreadState *ts, const GetSetDef *def, Type *owner)
{
    OWNED Ref text = str_from_z(ts, def->name);
    OWNED Ref name = is_error(text) ? NO_REF : str_intern_immortal(ts, ref_take(&text));
    GetSetDescriptor *d = is_error(name) ? NULL : object_new(ts, KIND_GETSET_DESCRIPTOR, sizeof *d);
    if (d == NULL) {
        return NO_REF;
    }
    d->def = def;
    d->owner = owner;
    shared_ref_init(&d->name, ref_take(&name));
    return REF_FROM_NEW(d);
}

static void getset_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((GetSetDescriptor *)o)->name);
}

static Status check_owner(ThreadState *ts, Value name, const Type *owner, Value instance)
{
    if (!value_is_instance(instance, owner)) {
        return raise_status(ts, EXC_TypeError,
                            "descriptor '%U' for '%N' objects doesn't apply to a '%T' object", name,
                            owner, instance);
    }
    return STATUS_OK;
}

static Ref getset_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    const GetSetDescriptor *d = getset_from(self);
    if (is_no_value(instance)) {
        return ref_new(self);
    }
    if (check_owner(ts, shared_ref_peek(&d->name), d->owner, instance) == STATUS_ERROR) {
        return NO_REF;
    }
    // A property asks its function, which may be a property.
    return enter_native(ts, " while getting an attribute") == STATUS_ERROR
               ? NO_REF
               : d->def->get(ts, instance);
}

static Ref raise_not_writable(ThreadState *ts, Value name, const Type *owner)
{
    return raise(ts, EXC_AttributeError, "attribute '%U' of '%N' objects is not writable", name,
                 owner);
}

static Status getset_set(ThreadState *ts, Value self, Value instance, Value value)
{
    const GetSetDescriptor *d = getset_from(self);
    Value name = shared_ref_peek(&d->name);
    if (check_owner(ts, name, d->owner, instance) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (d->def->set == NULL) {
        return raise_not_writable(ts, name, d->owner), STATUS_ERROR;
    }
    return d->def->set(ts, instance, value);
}

static Ref getset_repr(ThreadState *ts, Value self)
{
    return format_str(ts, "<attribute '%U' of '%N' objects>",
                      shared_ref_peek(&getset_from(self)->name), getset_from(self)->owner);
}

static Ref qualified_name(ThreadState *ts, const Type *owner, Value name)
{
    OWNED Ref qualname = object_get_attribute(ts, type_value(owner), NAME(__qualname__));
    return is_error(qualname) ? NO_REF : format_str(ts, "%S.%U", qualname.v, name);
}

static Ref getset_name(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&getset_from(self)->name));
}
static Ref getset_qualname(ThreadState *ts, Value self)
{
    return qualified_name(ts, getset_from(self)->owner, shared_ref_peek(&getset_from(self)->name));
}
static Ref getset_objclass(ThreadState *ts, Value self)
{
    return ref_new(type_value(getset_from(self)->owner));
}
static Ref getset_doc(ThreadState *ts, Value self)
{
    const char *doc = getset_from(self)->def->doc;
    return doc == NULL ? REF_NONE : str_from_z(ts, doc);
}

static const GetSetDef getset_getset[] = {
    {"__name__", getset_name, NULL, NULL},
    {"__qualname__", getset_qualname, NULL, NULL},
    {"__objclass__", getset_objclass, NULL, NULL},
    {"__doc__", getset_doc, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_GETSET_DESCRIPTOR = {
    .name = "getset_descriptor",
    .base = KIND_OBJECT,
    .size = sizeof(GetSetDescriptor),
    .flags = TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = getset_finish,
              .repr = getset_repr,
              .descriptor_get = getset_get,
              .descriptor_set = getset_set},
    .getset = getset_getset,
};

// --- Places in instances -------------------------------------------------------------------------

static MemberDescriptor *member_from(Value v) { return (MemberDescriptor *)value_head(v); }

Ref member_descriptor_new(ThreadState *ts, Value name, Type *owner, uint32_t offset,
                          bool from_extra)
{
    MemberDescriptor *m = object_new(ts, KIND_MEMBER_DESCRIPTOR, sizeof *m);
    if (m == NULL) {
        return NO_REF;
    }
    m->owner = owner;
    shared_ref_init(&m->name, ref_new(name));
    m->offset = offset;
    m->from_extra = from_extra;
    m->read_only = false;
    m->is_optional = false;
    return REF_FROM_NEW(m);
}

static void member_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((MemberDescriptor *)o)->name);
}

static SharedRef *member_place(const MemberDescriptor *m, Value instance)
{
    ObjectHead *o = value_head(instance);
    char *start = m->from_extra ? (char *)instance_extra(o, type_of(instance)) : (char *)o;
    return (SharedRef *)(start + m->offset);
}

static Ref member_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    const MemberDescriptor *m = member_from(self);
    if (is_no_value(instance)) {
        return ref_new(self);
    }
    Value name = shared_ref_peek(&m->name);
    if (check_owner(ts, name, m->owner, instance) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref value = shared_ref_load(value_head(instance), member_place(m, instance));
    if (!is_error(value)) {
        return value;
    }
    return m->is_optional ? REF_NONE : raise_attribute_error(ts, instance, name);
}

static Status member_set(ThreadState *ts, Value self, Value instance, Value value)
{
    const MemberDescriptor *m = member_from(self);
    Value name = shared_ref_peek(&m->name);
    if (check_owner(ts, name, m->owner, instance) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (m->read_only) {
        return raise(ts, EXC_AttributeError, "readonly attribute"), STATUS_ERROR;
    }
    SharedRef *place = member_place(m, instance);
    if (is_no_value(value) && is_no_value(shared_ref_peek(place))) {
        return raise_value(ts, EXC_AttributeError, name), STATUS_ERROR;
    }
    store(ts, instance, place, value);
    return STATUS_OK;
}

static Ref member_repr(ThreadState *ts, Value self)
{
    return format_str(ts, "<member '%U' of '%N' objects>",
                      shared_ref_peek(&member_from(self)->name), member_from(self)->owner);
}
static Ref member_name(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&member_from(self)->name));
}
static Ref member_qualname(ThreadState *ts, Value self)
{
    return qualified_name(ts, member_from(self)->owner, shared_ref_peek(&member_from(self)->name));
}
static Ref member_objclass(ThreadState *ts, Value self)
{
    return ref_new(type_value(member_from(self)->owner));
}
static Ref member_doc(ThreadState *ts, Value self) { return REF_NONE; }
static Ref member_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref getattr = builtins_get(ts, "getattr");
    OWNED Ref pair = is_error(getattr) ? NO_REF
                                       : tuple_pack(ts, 2, type_value(member_from(self)->owner),
                                                    shared_ref_peek(&member_from(self)->name));
    return is_error(pair) ? NO_REF : tuple_pack(ts, 2, getattr.v, pair.v);
}

static const GetSetDef member_getset[] = {
    {"__name__", member_name, NULL, NULL},
    {"__qualname__", member_qualname, NULL, NULL},
    {"__objclass__", member_objclass, NULL, NULL},
    {"__doc__", member_doc, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
static const NativeDef member_methods[] = {NATIVE("__reduce__", member_reduce, "($self, /)", NULL),
                                           NATIVE_END};

const TypeSpec spec_MEMBER_DESCRIPTOR = {
    .name = "member_descriptor",
    .base = KIND_OBJECT,
    .size = sizeof(MemberDescriptor),
    .flags = TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = member_finish,
              .repr = member_repr,
              .descriptor_get = member_get,
              .descriptor_set = member_set},
    .methods = member_methods,
    .getset = member_getset,
};
