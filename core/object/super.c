// core/object/super.c: super: attributes of the classes behind one class in an object's MRO.
#include "core/object/container.h"
#include "core/object/type_internal.h"
#include "core/object/upcalls.h"

typedef struct Super {
    ObjectHead head;
    SharedRef type;        // the class whose successors are looked at
    SharedRef object;      // instance or class, or empty: unbound
    SharedRef object_type; // whose MRO is walked
} Super;

static Super *super_from(Value v) { return (Super *)value_head(v); }

static void super_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((Super *)o)->type);
    shared_ref_clear(&((Super *)o)->object);
    shared_ref_clear(&((Super *)o)->object_type);
}

static void super_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((Super *)o)->type), EDGE_COUNTED, context);
    visit(shared_ref_peek(&((Super *)o)->object), EDGE_COUNTED, context);
    visit(shared_ref_peek(&((Super *)o)->object_type), EDGE_COUNTED, context);
}

static Ref super_make(CALL_PARAMETERS)
{
    Super *s = object_new_of(ts, type_from(self));
    if (s == NULL) {
        return NO_REF;
    }
    shared_ref_init(&s->type, NO_REF);
    shared_ref_init(&s->object, NO_REF);
    shared_ref_init(&s->object_type, NO_REF);
    object_track(&s->head);
    return REF_FROM_NEW(s);
}

// The type whose MRO serves super(type, v): v itself or its class.
static Ref find_object_type(ThreadState *ts, Type *type, Value v)
{
    if (value_is_type(v) && type_is_subtype(type_from(v), type)) {
        return ref_new(v);
    }
    if (value_is_instance(v, type)) {
        return ref_new(type_value(type_of(v)));
    }
    OWNED Ref class = NO_REF;
    if (object_lookup_attribute(ts, v, NAME(__class__), &class) == LOOKUP_ERROR) {
        return NO_REF;
    }
    if (!is_error(class) && value_is_type(class.v) && type_from(class.v) != type_of(v) &&
        type_is_subtype(type_from(class.v), type)) {
        return ref_take(&class);
    }
    return raise(ts, EXC_TypeError, "super(type, obj): obj must be an instance or subtype of type");
}

static Status super_init(CALL_PARAMETERS)
{
    if (arguments_positional(ts, "super", count, names, 0, 2) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref type = count > 0 ? ref_new(args[0]) : NO_REF;
    OWNED Ref object = count > 1 && !value_is_none(args[1]) ? ref_new(args[1]) : NO_REF;
    if (count == 0 && frame_super_arguments(ts, &type, &object) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!value_is_type(type.v)) {
        return raise_status(ts, EXC_TypeError, "super() argument 1 must be a type, not %T", type.v);
    }
    OWNED Ref object_type =
        is_error(object) ? NO_REF : find_object_type(ts, type_from(type.v), object.v);
    if (!is_error(object) && is_error(object_type)) {
        return STATUS_ERROR;
    }
    Super *s = super_from(self);
    Ref old_type = shared_ref_swap(&s->type, ref_take(&type));
    Ref old_object = shared_ref_swap(&s->object, ref_take(&object));
    Ref old_object_type = shared_ref_swap(&s->object_type, ref_take(&object_type));
    ref_drop(&old_type);
    ref_drop(&old_object);
    ref_drop(&old_object_type);
    return STATUS_OK;
}

// The attribute of the first class behind `type` in the MRO of `of`; NO_REF: absent.
static Ref find_behind(ThreadState *ts, Type *of, Value type, Value name)
{
    OWNED Ref mro = shared_ref_load(&of->head, &of->mro);
    size_t count = is_error(mro) ? 0 : tuple_count(mro.v), i = 0;
    while (i < count && !value_is_same(tuple_item(mro.v, i), type)) {
        i++;
    }
    for (i++; i < count; i++) {
        Cell *cell =
            namespace_cell(ts, type_namespace(type_from(tuple_item(mro.v, i))), name, false);
        Ref found = cell == NULL ? NO_REF : cell_load(cell);
        if (!is_error(found) || has_exception(ts)) {
            return found;
        }
    }
    return NO_REF;
}

static Ref super_get_attribute(ThreadState *ts, Value self, Value name)
{
    Super *s = super_from(self);
    OWNED Ref object_type = shared_ref_load(&s->head, &s->object_type);
    if (is_error(object_type) || value_is_same(name, NAME(__class__))) {
        return generic_get_attribute(ts, self, name);
    }
    OWNED Ref type = shared_ref_load(&s->head, &s->type);
    OWNED Ref object = shared_ref_load(&s->head, &s->object);
    OWNED Ref found = find_behind(ts, type_from(object_type.v), type.v, name);
    if (is_error(found)) {
        return has_exception(ts) ? NO_REF : generic_get_attribute(ts, self, name);
    }
    Ref (*get)(ThreadState *, Value, Value, Value) = type_of(found.v)->slots.descriptor_get;
    if (get == NULL) {
        return ref_take(&found);
    }
    Value instance = value_is_same(object.v, object_type.v) ? NO_VALUE : object.v;
    return get(ts, found.v, instance, object_type.v);
}

static Ref super_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    Super *s = super_from(self);
    if (is_no_value(instance) || !is_no_value(shared_ref_peek(&s->object))) {
        return ref_new(self);
    }
    if (type_of(self) != TYPE_OF_KIND(SUPER)) {
        return object_call2(ts, type_value(type_of(self)), shared_ref_peek(&s->type), instance);
    }
    OWNED Ref bound = super_make(ts, type_value(TYPE_OF_KIND(SUPER)), NULL, 0, NO_VALUE);
    Value args[2] = {shared_ref_peek(&s->type), instance};
    if (is_error(bound) || super_init(ts, bound.v, args, 2, NO_VALUE) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&bound);
}

static Ref super_repr(ThreadState *ts, Value self)
{
    Super *s = super_from(self);
    OWNED Ref type = shared_ref_load(&s->head, &s->type);
    OWNED Ref object_type = shared_ref_load(&s->head, &s->object_type);
    const char *name = is_error(type) ? "NULL" : type_name(type_from(type.v));
    return is_error(object_type) ? format_str(ts, "<super: <class '%s'>, NULL>", name)
                                 : format_str(ts, "<super: <class '%s'>, <%N object>>", name,
                                              type_from(object_type.v));
}

static Ref or_none(Ref r) { return is_error(r) ? REF_NONE : r; }
static Ref get_thisclass(ThreadState *ts, Value v)
{
    return or_none(shared_ref_load(value_head(v), &super_from(v)->type));
}
static Ref get_self(ThreadState *ts, Value v)
{
    return or_none(shared_ref_load(value_head(v), &super_from(v)->object));
}
static Ref get_self_class(ThreadState *ts, Value v)
{
    return or_none(shared_ref_load(value_head(v), &super_from(v)->object_type));
}

static const GetSetDef super_getset[] = {
    {"__thisclass__", get_thisclass, NULL, "the class invoking super()"},
    {"__self__", get_self, NULL, "the instance invoking super(); may be None"},
    {"__self_class__", get_self_class, NULL,
     "the type of the instance invoking super(); may be None"},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_SUPER = {
    .name = "super",
    .doc = "super() -> super(__class__, the first argument)\n"
           "super(type, object) -> attributes as the classes behind type in the MRO of the "
           "object's class have them\n"
           "super(type, class) -> the same, in the MRO of a class\n"
           "super(type) -> unbound; bound when read as an attribute",
    .base = KIND_OBJECT,
    .size = sizeof(Super),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,
    .slots = {.finish = super_finish,
              .traverse = super_traverse,
              .clear = super_finish,
              .repr = super_repr,
              .get_attribute = super_get_attribute,
              .descriptor_get = super_get,
              .make = super_make,
              .init = super_init},
    .getset = super_getset,
};
