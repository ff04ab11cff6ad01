// core/object/type_builtin.c: the builtin types from their specs, at start-up.
//
// types_prepare needs no object: flags, sizes, shapes and slots, so that objects can be made.
// types_init then gives every type its name, MRO and namespace.
#include <stddef.h>

#include "core/object/descriptors.h"
#include "core/object/exception_specs.h"
#include "core/object/function.h"
#include "core/object/instance.h"
#include "core/object/shape.h"
#include "core/object/slot_dispatch.h"
#include "core/object/type_internal.h"

#define KIND(name, source) extern const TypeSpec spec_##name __attribute__((weak));
#include "core/object/kinds.def"
#undef KIND

static const TypeSpec *const kind_specs[KIND_COUNT] = {
#define KIND(name, source) &spec_##name,
#include "core/object/kinds.def"
#undef KIND
};

// --- Before there are objects --------------------------------------------------------------------

static bool kind_is_var_size(uint32_t kind)
{
    return kind == KIND_TUPLE || kind == KIND_BYTES || kind == KIND_STR || kind == KIND_INT;
}

static void prepare(ThreadState *ts, Type *t, const TypeSpec *spec, uint32_t kind, uint32_t shape,
                    Type *base)
{
    t->head.own = IMMORTAL_OWN;
    t->head.kind = KIND_TYPE;
    t->head.shape = KIND_TYPE;
    t->spec = spec;
    t->slots = spec->slots;
    t->kind = kind;
    t->struct_size = (MAX_OF(spec->size, (uint32_t)sizeof(ObjectHead)) + 7) & ~7u;
    t->basic_size = t->struct_size;
    t->flags = spec->flags | TYPE_IMMUTABLE;
    t->learned = true;
    t->flags |= kind_is_var_size(kind) ? TYPE_VAR_SIZE : 0;
    t->flags |= kind == KIND_TUPLE || kind == KIND_BYTES || kind == KIND_INT || kind == KIND_TYPE
                    ? TYPE_ITEMS_IN_HEADER
                    : 0;
    t->flags |= kind == KIND_TYPE ? TYPE_IS_METATYPE : 0;
    if (base != NULL) {
        shared_ref_init(&t->base, (Ref){type_value(base)});
        uint32_t inherited = TYPE_IS_EXCEPTION | TYPE_IS_SEQUENCE | TYPE_IS_MAPPING |
                             TYPE_IS_METATYPE | TYPE_HAS_DICT | TYPE_COLLECTED |
                             TYPE_WEAK_REFERENCEABLE;
        t->flags |= base->flags & inherited;
        slots_inherit(t, base);
    }
    t->flags |= t->slots.get_attribute == generic_get_attribute ? TYPE_GENERIC_GET : 0;
    t->flags |= t->slots.set_attribute == generic_set_attribute ? TYPE_GENERIC_SET : 0;
    t->plain_get_attribute = t->slots.get_attribute;
    // Out of memory at this point of a process: there is nobody to tell.
    CHECK(shape_register(ts, t, shape) == STATUS_OK);
}

static void prepare_kind(ThreadState *ts, uint32_t kind)
{
    const TypeSpec *spec = kind_specs[kind];
    if (spec == NULL || builtin_types[kind].spec != NULL) {
        return;
    }
    Type *base = NULL;
    if (kind != KIND_OBJECT) {
        prepare_kind(ts, spec->base);
        base = &builtin_types[spec->base];
    }
    prepare(ts, &builtin_types[kind], spec, kind, kind, base);
}

void types_prepare(ThreadState *ts)
{
    shapes_init();
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++) {
        prepare_kind(ts, kind);
    }
    for (uint32_t id = 0; id < EXC_COUNT; id++) {
        Type *base =
            id == EXC_BaseException ? TYPE_OF_KIND(OBJECT) : &exception_types[exception_bases[id]];
        Type *t = &exception_types[id];
        prepare(ts, t, exception_spec(id), KIND_EXCEPTION, KIND_COUNT + id, base);
        t->slots.finish = builtin_types[KIND_EXCEPTION].slots.finish;
        t->slots.traverse = builtin_types[KIND_EXCEPTION].slots.traverse;
        t->slots.clear = builtin_types[KIND_EXCEPTION].slots.clear;
    }
}

// --- X.__new__ -----------------------------------------------------------------------------------

Ref builtin_new(CALL_PARAMETERS)
{
    Type *t = type_from(self);
    if (count == 0) {
        return raise(ts, EXC_TypeError, "%N.__new__(): not enough arguments", t);
    }
    if (!value_is_type(args[0])) {
        return raise(ts, EXC_TypeError, "%N.__new__(X): X is not a type object (%T)", t, args[0]);
    }
    Type *asked = type_from(args[0]);
    if (!type_is_subtype(asked, t)) {
        return raise(ts, EXC_TypeError, "%N.__new__(%N): %N is not a subtype of %N", t, asked,
                     asked, t);
    }
    // Without scripts' __new__ methods both must be made the same way,
    // or a structure would not be filled.
    Type *nearest = asked;
    while (nearest != NULL && nearest->slots.make == dispatch_make) {
        nearest = type_base(nearest);
    }
    if (nearest != NULL && nearest->slots.make != t->slots.make) {
        return raise(ts, EXC_TypeError, "%N.__new__(%N) is not safe, use %N.__new__()", t, asked,
                     nearest);
    }
    return t->slots.make(ts, args[0], args + 1, count - 1, names);
}

static const NativeDef new_def =
    NATIVE_RAW("__new__", builtin_new, "($type, *args, **kwargs)",
               "Create and return a new object.  See help(type) for accurate signature.");

// --- What a type consists of ---------------------------------------------------------------------

static Status add(ThreadState *ts, Type *t, const char *name, Ref value)
{
    OWNED Ref owned = value;
    OWNED Ref key = is_error(owned) ? NO_REF : str_from_z(ts, name);
    OWNED Ref interned = is_error(key) ? NO_REF : str_intern_immortal(ts, ref_take(&key));
    if (is_error(interned)) {
        return STATUS_ERROR;
    }
    return dict_set(ts, type_namespace(t), interned.v, owned.v);
}

static Status add_methods(ThreadState *ts, Type *t, const NativeDef *def)
{
    for (; def != NULL && def->name != NULL; def++) {
        OWNED Ref made = NO_REF;
        if ((def->flags & NATIVE_IS_CLASS) != 0) {
            made = class_method_descriptor_new(ts, def, t);
        } else if ((def->flags & NATIVE_IS_STATIC) != 0) {
            OWNED Ref f = native_function_new(ts, def, type_value(t), NO_VALUE);
            made = is_error(f) ? NO_REF : static_method_new(ts, f.v);
        } else {
            made = method_descriptor_new(ts, def, t);
        }
        if (add(ts, t, def->name, ref_take(&made)) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status add_getset(ThreadState *ts, Type *t, const GetSetDef *def)
{
    for (; def != NULL && def->name != NULL; def++) {
        if (add(ts, t, def->name, getset_descriptor_new(ts, def, t)) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

Status type_add_spec(ThreadState *ts, Type *t, const TypeSpec *spec)
{
    if (add_methods(ts, t, spec->methods) == STATUS_ERROR ||
        add_getset(ts, t, spec->getset) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (spec->slots.make != NULL &&
        add(ts, t, "__new__", native_function_new(ts, &new_def, type_value(t), NO_VALUE)) ==
            STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (slots_add_wrappers(ts, t, &spec->slots) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (dict_contains(ts, type_namespace(t), NAME(__doc__)) == LOOKUP_FOUND) {
        return STATUS_OK;
    }
    Ref doc = spec->doc == NULL ? REF_NONE : str_from_z(ts, spec->doc);
    return add(ts, t, "__doc__", doc);
}

static const char *last_part(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot == NULL ? name : dot + 1;
}

// ExceptionGroup is the one builtin type with two bases: BaseExceptionGroup and Exception.
static Status give_second_base(ThreadState *ts, Type *t)
{
    Value group = type_value(TYPE_OF_EXCEPTION(EXC_BaseExceptionGroup));
    Value plain = type_value(TYPE_OF_EXCEPTION(EXC_Exception));
    OWNED Ref bases = tuple_pack(ts, 2, group, plain);
    OWNED Ref mro = is_error(bases) ? NO_REF
                                    : tuple_pack(ts, 5, type_value(t), group, plain,
                                                 type_value(TYPE_OF_EXCEPTION(EXC_BaseException)),
                                                 type_value(TYPE_OF_KIND(OBJECT)));
    if (is_error(mro)) {
        return STATUS_ERROR;
    }
    head_immortalize(value_head(mro.v));
    shared_ref_init(&t->mro, ref_take(&mro));
    shared_ref_clear(&t->bases);
    shared_ref_init(&t->bases, ref_take(&bases));
    if (type_add_subclass(ts, TYPE_OF_EXCEPTION(EXC_Exception), t) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return type_add_subclass(ts, TYPE_OF_EXCEPTION(EXC_BaseExceptionGroup), t);
}

// Name, bases, MRO and an empty namespace.
static Status give_body(ThreadState *ts, Type *t)
{
    OWNED Ref text = str_from_z(ts, last_part(t->spec->name));
    OWNED Ref name = is_error(text) ? NO_REF : str_intern_immortal(ts, ref_take(&text));
    OWNED Ref namespace_ = is_error(name) ? NO_REF : namespace_new(ts);
    if (is_error(namespace_)) {
        return STATUS_ERROR;
    }
    shared_ref_init(&t->name, ref_new(name.v));
    shared_ref_init(&t->qualname, ref_new(name.v));
    shared_ref_init(&t->namespace_, ref_take(&namespace_));
    Type *base = type_base(t);
    Value base_value = base == NULL ? NO_VALUE : type_value(base);
    size_t depth = 1;
    for (Type *b = base; b != NULL; b = type_base(b)) {
        depth++;
    }
    OWNED Ref mro = tuple_new(ts, depth);
    OWNED Ref bases = base == NULL ? tuple_empty() : tuple_pack(ts, 1, base_value);
    if (is_error(mro) || is_error(bases)) {
        return STATUS_ERROR;
    }
    Type *at = t;
    for (size_t i = 0; i < depth; i++, at = type_base(at)) {
        tuple_init_item(mro.v, i, ref_new(type_value(at)));
    }
    head_immortalize(value_head(mro.v));
    shared_ref_init(&t->mro, ref_take(&mro));
    shared_ref_init(&t->bases, ref_take(&bases));
    shared_ref_init(&t->slot_names, tuple_empty());
    if (t == TYPE_OF_EXCEPTION(EXC_ExceptionGroup)) {
        return give_second_base(ts, t);
    }
    bool is_hidden = t == TYPE_OF_KIND(EXCEPTION);
    return base == NULL || is_hidden ? STATUS_OK : type_add_subclass(ts, base, t);
}

// Attributes of functions that are plain places: types.MemberDescriptorType is found through one.
static Status add_function_members(ThreadState *ts)
{
    static const struct {
        const char *name;
        uint32_t offset;
        bool is_optional;
    } rows[] = {{"__closure__", offsetof(Function, closure), true},
                {"__globals__", offsetof(Function, globals), false},
                {"__builtins__", offsetof(Function, builtins), false}};
    Type *t = TYPE_OF_KIND(FUNCTION);
    for (size_t i = 0; i < ARRAY_LENGTH(rows) && t->spec != NULL; i++) {
        OWNED Ref name = str_intern_z(ts, rows[i].name);
        OWNED Ref member =
            is_error(name) ? NO_REF : member_descriptor_new(ts, name.v, t, rows[i].offset, false);
        if (is_error(member)) {
            return STATUS_ERROR;
        }
        ((MemberDescriptor *)value_head(member.v))->read_only = true;
        ((MemberDescriptor *)value_head(member.v))->is_optional = rows[i].is_optional;
        if (dict_set(ts, type_namespace(t), name.v, member.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status fill(ThreadState *ts, Type *t)
{
    if (t->spec == NULL) {
        return STATUS_OK; // a part of the runtime that is not built in
    }
    bool adds_dict = type_has_dict(t) && (type_base(t) == NULL || !type_has_dict(type_base(t)));
    if (adds_dict && add(ts, t, "__dict__", getset_descriptor_new(ts, &instance_dict_getset, t)) ==
                         STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return type_add_spec(ts, t, t->spec);
}

Status types_init(ThreadState *ts)
{
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++) {
        if (builtin_types[kind].spec != NULL &&
            give_body(ts, &builtin_types[kind]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    for (uint32_t id = 0; id < EXC_COUNT; id++) {
        if (give_body(ts, &exception_types[id]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++) {
        if (fill(ts, &builtin_types[kind]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    for (uint32_t id = 0; id < EXC_COUNT; id++) {
        if (fill(ts, &exception_types[id]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return add_function_members(ts);
}
