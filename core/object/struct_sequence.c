// core/object/struct_sequence.c: tuples with named fields. See struct_sequence.h.
//
// The type is a class made at run time: a subclass of tuple whose visible fields have descriptors
// for the tuple's items, and whose other fields lie where a class's __slots__ would.
#include "core/object/struct_sequence.h"

#include "core/object/container.h"
#include "core/object/descriptors.h"
#include "core/object/function.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/shape.h"
#include "core/object/type_internal.h"

static size_t field_count(const StructSequenceSpec *spec)
{
    size_t n = 0;
    while (spec->fields[n].name == NULL || spec->fields[n].name[0] != '\0') {
        n++;
    }
    return n;
}

// --- What the types have in common ---------------------------------------------------------------

static int64_t type_number(ThreadState *ts, const Type *t, const char *name)
{
    OWNED Ref value = object_get_attribute_z(ts, type_value(t), name);
    int64_t n = 0;
    if (is_error(value) || !int_to_i64(value.v, &n)) {
        exception_clear(ts);
    }
    return n;
}

static Ref repr(ThreadState *ts, Value self);
static size_t hidden_count(const Type *t)
{
    return (t->basic_size - t->struct_size) / sizeof(SharedRef);
}

// The names of all fields that have one, in order.
// An item without a name is shown under the name of the hidden field that says the same (st_atime).
static Ref member_names(ThreadState *ts, Value self)
{
    const Type *t = type_of(self);
    while (t->slots.repr != repr || (t->flags & TYPE_IMMUTABLE) == 0) {
        t = type_from(shared_ref_peek(&t->base)); // a script's subclass
    }
    OWNED Ref names = list_new(ts, 8);
    size_t position = 0;
    for (bool more = !is_error(names); more;) {
        OWNED Ref key = NO_REF;
        OWNED Ref value = NO_REF;
        more = dict_next(ts, type_namespace((Type *)(uintptr_t)t), &position, &key, &value);
        if (more && value_is_kind(value.v, KIND_MEMBER_DESCRIPTOR) &&
            list_append(ts, list_from(names.v), key.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return is_error(names) ? NO_REF : list_to_tuple(ts, list_from(names.v));
}

static Ref repr(ThreadState *ts, Value self)
{
    OWNED Ref names = member_names(ts, self);
    if (is_error(names)) {
        return NO_REF;
    }
    OWNED Ref module = object_get_attribute(ts, type_value(type_of(self)), NAME(__module__));
    exception_clear(ts);
    bool is_plain = is_error(module) || str_equal_z(module.v, "builtins");
    StrBuilder b;
    builder_init(&b);
    OWNED Ref head =
        is_plain ? format_str(ts, "%T(", self) : format_str(ts, "%S.%T(", module.v, self);
    Status status = is_error(head) ? STATUS_ERROR : builder_add(ts, &b, head.v);
    for (size_t i = 0; i < tuple_count(self) && status == STATUS_OK; i++) {
        OWNED Ref text = i < tuple_count(names.v)
                             ? format_str(ts, "%s%S=%R", i == 0 ? "" : ", ", tuple_item(names.v, i),
                                          tuple_item(self, i))
                             : format_str(ts, "%s%R", i == 0 ? "" : ", ", tuple_item(self, i));
        status = is_error(text) ? STATUS_ERROR : builder_add(ts, &b, text.v);
    }
    status = status == STATUS_OK ? builder_add_char(ts, &b, ')') : status;
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}

static Ref make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"sequence", "dict", NULL};
    Value given[2];
    Type *t = type_from(self);
    if (arguments_bind(ts, type_name(t), parameters, 0, 2, 1, args, count, names, given) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    if (type_of(given[0])->slots.iterate == NULL && type_of(given[0])->slots.get_item == NULL) {
        return raise(ts, EXC_TypeError, "constructor requires a sequence");
    }
    OWNED Ref items = sequence_tuple(ts, given[0]);
    if (is_error(items)) {
        return NO_REF;
    }
    if (!is_no_value(given[1]) && !value_is_dict(given[1])) {
        return raise(ts, EXC_TypeError, "%N() takes a dict as second arg, if any", t);
    }
    size_t visible = (size_t)type_number(ts, t, "n_sequence_fields"),
           all = (size_t)type_number(ts, t, "n_fields");
    size_t n = tuple_count(items.v);
    if (n < visible || n > all) {
        const char *how = visible == all ? "" : n < visible ? "at least " : "at most ";
        OWNED Ref module = object_get_attribute_z(ts, self, "__module__");
        if (is_error(module)) {
            return NO_REF;
        }
        return raise(ts, EXC_TypeError, "%S.%N() takes a%s %s%zu-sequence (%zu-sequence given)",
                     module.v, t, visible == all ? "" : "n", how, n < visible ? visible : all, n);
    }
    Ref values[64];
    for (size_t i = 0; i < n && i < ARRAY_LENGTH(values); i++) {
        values[i] = ref_new(tuple_item(items.v, i));
    }
    return struct_sequence_new(ts, t, values, n);
}

static Ref reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref plain = tuple_slice(ts, self, 0, tuple_count(self));
    OWNED Ref dict = is_error(plain) ? NO_REF : dict_new(ts);
    if (is_error(dict)) {
        return NO_REF;
    }
    OWNED Ref pair = tuple_pack(ts, 2, plain.v, dict.v);
    return is_error(pair) ? NO_REF : tuple_pack(ts, 2, type_value(type_of(self)), pair.v);
}

// Methods and slots that every such type gets.
static const NativeDef methods[] = {
    NATIVE("__reduce__", reduce, "($self, /)", NULL),
    NATIVE_END,
};

// --- Making types --------------------------------------------------------------------------------

static Status add_member(ThreadState *ts, Type *t, const StructSequenceField *field,
                         uint32_t offset, bool is_hidden)
{
    OWNED Ref name = str_intern_z(ts, field->name);
    if (is_error(name)) {
        return STATUS_ERROR;
    }
    OWNED Ref member = member_descriptor_new(ts, name.v, t, offset, is_hidden);
    if (is_error(member)) {
        return STATUS_ERROR;
    }
    MemberDescriptor *m = (MemberDescriptor *)value_head(member.v);
    m->read_only = true;
    m->is_optional = is_hidden;
    return dict_set(ts, type_namespace(t), name.v, member.v);
}

static Status add_numbers(ThreadState *ts, Type *t, size_t visible, size_t all, size_t unnamed)
{
    Dict *d = type_namespace(t);
    if (dict_set_z(ts, d, "n_sequence_fields", small_int((int64_t)visible)) == STATUS_ERROR ||
        dict_set_z(ts, d, "n_fields", small_int((int64_t)all)) == STATUS_ERROR ||
        dict_set_z(ts, d, "n_unnamed_fields", small_int((int64_t)unnamed)) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return STATUS_OK;
}

static Ref match_args(ThreadState *ts, const StructSequenceSpec *spec)
{
    OWNED Ref names = tuple_new(ts, spec->visible);
    size_t count = 0;
    for (size_t i = 0; !is_error(names) && i < spec->visible; i++) {
        if (spec->fields[i].name != NULL) {
            Ref name = str_intern_z(ts, spec->fields[i].name);
            tuple_init_item(names.v, count++, is_error(name) ? REF_NONE : name);
        }
    }
    if (is_error(names) || has_exception(ts)) {
        return NO_REF;
    }
    ref_set(&names, tuple_finish(ts, ref_take(&names)));
    return count == spec->visible ? ref_take(&names) : tuple_slice(ts, names.v, 0, count);
}

static Ref type_new(ThreadState *ts, const StructSequenceSpec *spec, bool is_closed)
{
    OWNED Ref made = type_make_simple(ts, spec->name, TYPE_OF_KIND(TUPLE), spec->doc);
    if (is_error(made)) {
        return NO_REF;
    }
    Type *t = type_from(made.v);
    size_t all = field_count(spec), unnamed = 0;
    // No instance dict: the shape made for one is replaced.
    t->flags &= ~(uint32_t)TYPE_HAS_DICT;
    t->basic_size = t->struct_size + (uint32_t)((all - spec->visible) * sizeof(SharedRef));
    for (size_t i = 0; i < all; i++) {
        const StructSequenceField *field = &spec->fields[i];
        if (field->name == NULL) {
            unnamed++;
            continue;
        }
        bool is_hidden = i >= spec->visible;
        size_t offset = is_hidden ? (i - spec->visible) * sizeof(SharedRef)
                                  : offsetof(Tuple, items) + i * sizeof(SharedRef);
        if (add_member(ts, t, field, (uint32_t)offset, is_hidden) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    static const TypeSpec common = {.slots = {.repr = repr, .make = make}, .methods = methods};
    t->slots.repr = repr;
    t->slots.make = make;
    OWNED Ref names = match_args(ts, spec);
    if (is_error(names) || add_numbers(ts, t, spec->visible, all, unnamed) == STATUS_ERROR ||
        dict_set_z(ts, type_namespace(t), "__match_args__", names.v) == STATUS_ERROR ||
        dict_delete(ts, type_namespace(t), NAME(__dict__)) == LOOKUP_ERROR ||
        type_add_spec(ts, t, &common) == STATUS_ERROR) {
        return NO_REF;
    }
    t->flags |= TYPE_IMMUTABLE | (is_closed ? TYPE_NOT_CONSTRUCTIBLE : 0);
    if (is_closed) {
        t->flags &= ~(uint32_t)TYPE_SUBCLASSABLE;
    }
    type_caches_forget(ts);
    return ref_take(&made);
}

Ref struct_sequence_type_new(ThreadState *ts, const StructSequenceSpec *spec)
{
    return type_new(ts, spec, false);
}
Ref struct_sequence_type_new_closed(ThreadState *ts, const StructSequenceSpec *spec)
{
    return type_new(ts, spec, true);
}

Ref struct_sequence_new(ThreadState *ts, Type *t, Ref *values, size_t count)
{
    size_t hidden = hidden_count(t), all = (size_t)type_number(ts, t, "n_fields");
    size_t visible = all - hidden;
    Tuple *made = object_new_var_of(ts, t, visible, sizeof(SharedRef));
    if (made == NULL) {
        for (size_t i = 0; i < count; i++) {
            ref_drop(&values[i]);
        }
        return NO_REF;
    }
    made->count = visible;
    SharedRef *extra = instance_extra(&made->head, t);
    for (size_t i = 0; i < all; i++) {
        SharedRef *place = i < visible ? &made->items[i] : &extra[i - visible];
        shared_ref_init(place, i < count ? values[i] : REF_NONE);
    }
    object_track(&made->head);
    return REF_FROM_NEW(made);
}
