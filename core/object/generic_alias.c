// core/object/generic_alias.c: list[int] (types.GenericAlias) and int | str (types.UnionType).
//
// An alias behaves like its origin, but for a few names that it answers itself. Type variables
// among its arguments (anything with __typing_subst__, as typing's are) are its parameters:
// alias[…] replaces them.
#include "core/object/generic_alias.h"

#include "core/object/container.h"
#include "core/object/list.h"
#include "core/object/type_internal.h"

typedef struct GenericAlias {
    ObjectHead head;
    SharedRef origin, args, parameters; // args: tuple; parameters: tuple, empty until asked for
    bool is_unpacked;                   // *tuple[int, ...]
} GenericAlias;

typedef struct UnionType {
    ObjectHead head;
    SharedRef args, parameters;
} UnionType;

static GenericAlias *alias_from(Value v) { return (GenericAlias *)value_head(v); }
static Value alias_origin(Value v) { return shared_ref_peek(&alias_from(v)->origin); }
static Value alias_args(Value v) { return shared_ref_peek(&alias_from(v)->args); }

// --- Parameters ----------------------------------------------------------------------------------

static Lookup has_attribute(ThreadState *ts, Value v, const char *name)
{
    OWNED Ref interned = str_intern_z(ts, name);
    OWNED Ref found = NO_REF;
    return is_error(interned) ? LOOKUP_ERROR : object_lookup_attribute(ts, v, interned.v, &found);
}

static Status add_unique(ThreadState *ts, Value list, Value item)
{
    for (size_t i = 0; i < list_size(list_from(list)); i++) {
        OWNED Ref there = list_get(ts, list_from(list), i);
        if (value_is_same(there.v, item)) {
            return STATUS_OK;
        }
    }
    return list_append(ts, list_from(list), item);
}

static Ref find_parameters(ThreadState *ts, Value args)
{
    OWNED Ref found = enter_native(ts, "") == STATUS_ERROR ? NO_REF : list_new(ts, 2);
    for (size_t i = 0; !is_error(found) && i < tuple_count(args); i++) {
        Value arg = tuple_item(args, i);
        if (value_is_type(arg)) {
            continue;
        }
        Lookup is_variable = has_attribute(ts, arg, "__typing_subst__");
        if (is_variable == LOOKUP_ERROR) {
            return NO_REF;
        }
        if (is_variable == LOOKUP_FOUND) {
            if (add_unique(ts, found.v, arg) == STATUS_ERROR) {
                return NO_REF;
            }
            continue;
        }
        OWNED Ref inner = NO_REF;
        Lookup has_inner = object_lookup_attribute(ts, arg, NAME(__parameters__), &inner);
        if (has_inner == LOOKUP_ERROR) {
            return NO_REF;
        }
        for (size_t k = 0;
             has_inner == LOOKUP_FOUND && value_is_tuple(inner.v) && k < tuple_count(inner.v);
             k++) {
            if (add_unique(ts, found.v, tuple_item(inner.v, k)) == STATUS_ERROR) {
                return NO_REF;
            }
        }
    }
    return is_error(found) ? NO_REF : list_to_tuple(ts, list_from(found.v));
}

static Ref parameters_of(ThreadState *ts, Value v, SharedRef *place, Value args)
{
    Ref known = shared_ref_load(value_head(v), place);
    if (!is_error(known)) {
        return known;
    }
    OWNED Ref found = find_parameters(ts, args);
    if (is_error(found)) {
        return NO_REF;
    }
    object_store(ts, value_head(v), place, ref_new(found.v));
    return ref_take(&found);
}

static int64_t position_in(Value tuple, Value item)
{
    for (size_t i = 0; i < tuple_count(tuple); i++) {
        if (value_is_same(tuple_item(tuple, i), item)) {
            return (int64_t)i;
        }
    }
    return -1;
}

// arg[items…], with the items for the parameters that this argument has.
static Ref substitute_inner(ThreadState *ts, Value arg, Value inner, Value parameters, Value items)
{
    OWNED Ref chosen = list_new(ts, tuple_count(inner));
    for (size_t i = 0; !is_error(chosen) && i < tuple_count(inner); i++) {
        int64_t at = position_in(parameters, tuple_item(inner, i));
        Value item = at >= 0 ? tuple_item(items, (size_t)at) : tuple_item(inner, i);
        if (list_append(ts, list_from(chosen.v), item) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    OWNED Ref key = is_error(chosen) ? NO_REF : list_to_tuple(ts, list_from(chosen.v));
    return is_error(key) ? NO_REF : object_get_item(ts, arg, key.v);
}

// `original` is for messages.
static Ref substitute(ThreadState *ts, Value original, Value args, Value parameters, Value given)
{
    size_t count = tuple_count(parameters);
    if (count == 0) {
        return raise(ts, EXC_TypeError, "%R is not a generic class", original);
    }
    OWNED Ref items = value_is_tuple(given) ? ref_new(given) : tuple_pack(ts, 1, given);
    for (size_t i = 0; !is_error(items) && i < count; i++) {
        OWNED Ref prepare = NO_REF;
        OWNED Ref name = str_intern_z(ts, "__typing_prepare_subst__");
        if (is_error(name) || object_lookup_attribute(ts, tuple_item(parameters, i), name.v,
                                                      &prepare) == LOOKUP_ERROR) {
            return NO_REF;
        }
        if (!is_error(prepare) && !value_is_none(prepare.v)) {
            OWNED Ref made = object_call2(ts, prepare.v, original, items.v);
            ref_set(&items, is_error(made)           ? NO_REF
                            : value_is_tuple(made.v) ? ref_new(made.v)
                                                     : tuple_pack(ts, 1, made.v));
        }
    }
    if (is_error(items)) {
        return NO_REF;
    }
    if (tuple_count(items.v) != count) {
        return raise(ts, EXC_TypeError, "Too %s arguments for %R; actual %zu, expected %zu",
                     tuple_count(items.v) > count ? "many" : "few", original, tuple_count(items.v),
                     count);
    }
    OWNED Ref result = list_new(ts, tuple_count(args));
    for (size_t i = 0; !is_error(result) && i < tuple_count(args); i++) {
        Value arg = tuple_item(args, i);
        OWNED Ref next = ref_new(arg);
        if (!value_is_type(arg)) {
            OWNED Ref hook_name = str_intern_z(ts, "__typing_subst__");
            OWNED Ref hook = NO_REF;
            OWNED Ref inner = NO_REF;
            if (is_error(hook_name) ||
                object_lookup_attribute(ts, arg, hook_name.v, &hook) == LOOKUP_ERROR) {
                return NO_REF;
            }
            if (!is_error(hook)) {
                int64_t at = position_in(parameters, arg);
                ref_set(&next, object_call1(ts, hook.v, tuple_item(items.v, (size_t)at)));
            } else if (object_lookup_attribute(ts, arg, NAME(__parameters__), &inner) ==
                       LOOKUP_ERROR) {
                return NO_REF;
            } else if (value_is_tuple(inner.v) && tuple_count(inner.v) > 0) {
                ref_set(&next, substitute_inner(ts, arg, inner.v, parameters, items.v));
            }
        }
        OWNED Ref unpacked = NO_REF;
        if (is_error(next)) {
            return NO_REF;
        }
        if (!value_is_type(arg)) {
            OWNED Ref flag_name = str_intern_z(ts, "__typing_is_unpacked_typevartuple__");
            if (is_error(flag_name) ||
                object_lookup_attribute(ts, arg, flag_name.v, &unpacked) == LOOKUP_ERROR) {
                return NO_REF;
            }
        }
        Status status = value_is_same(unpacked.v, VALUE_TRUE) && value_is_tuple(next.v)
                            ? list_extend(ts, list_from(result.v), next.v)
                            : list_append(ts, list_from(result.v), next.v);
        if (status == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return is_error(result) ? NO_REF : list_to_tuple(ts, list_from(result.v));
}

// --- Text ----------------------------------------------------------------------------------------

static Status add_argument(ThreadState *ts, StrBuilder *b, Value v)
{
    if (value_is_same(v, VALUE_ELLIPSIS)) {
        return builder_add_ascii(ts, b, "...", 3);
    }
    OWNED Ref qualname = NO_REF;
    OWNED Ref module = NO_REF;
    OWNED Ref text = NO_REF;
    OWNED Ref origin = NO_REF;
    OWNED Ref args = NO_REF;
    bool is_generic = object_lookup_attribute(ts, v, NAME(__origin__), &origin) == LOOKUP_FOUND &&
                      object_lookup_attribute(ts, v, NAME(__args__), &args) == LOOKUP_FOUND;
    if (has_exception(ts)) {
        return STATUS_ERROR;
    }
    if (!is_generic &&
        object_lookup_attribute(ts, v, NAME(__qualname__), &qualname) == LOOKUP_FOUND &&
        object_lookup_attribute(ts, v, NAME(__module__), &module) == LOOKUP_FOUND &&
        !value_is_none(module.v)) {
        text = value_is_str(module.v) && str_equal_z(module.v, "builtins")
                   ? object_str(ts, qualname.v)
                   : format_str(ts, "%S.%S", module.v, qualname.v);
    } else if (!has_exception(ts)) {
        text = object_repr(ts, v);
    }
    return is_error(text) ? STATUS_ERROR : builder_add(ts, b, text.v);
}

static Ref alias_repr(ThreadState *ts, Value self)
{
    StrBuilder b;
    builder_init(&b);
    Value args = alias_args(self);
    Status status = alias_from(self)->is_unpacked ? builder_add_char(ts, &b, '*') : STATUS_OK;
    status = status == STATUS_OK ? add_argument(ts, &b, alias_origin(self)) : status;
    status = status == STATUS_OK ? builder_add_char(ts, &b, '[') : status;
    for (size_t i = 0; i < tuple_count(args) && status == STATUS_OK; i++) {
        status = i > 0 ? builder_add_ascii(ts, &b, ", ", 2) : STATUS_OK;
        Value item = tuple_item(args, i);
        if (status == STATUS_OK && value_is_list(item)) { // Callable[[int], str]
            status = builder_add_char(ts, &b, '[');
            for (size_t k = 0; k < list_size(list_from(item)) && status == STATUS_OK; k++) {
                OWNED Ref inner = list_get(ts, list_from(item), k);
                status = k > 0 ? builder_add_ascii(ts, &b, ", ", 2) : STATUS_OK;
                status = status == STATUS_OK ? add_argument(ts, &b, inner.v) : status;
            }
            status = status == STATUS_OK ? builder_add_char(ts, &b, ']') : status;
        } else if (status == STATUS_OK) {
            status = add_argument(ts, &b, item);
        }
    }
    if (status == STATUS_OK && tuple_count(args) == 0) {
        status = builder_add_ascii(ts, &b, "()", 2);
    }
    status = status == STATUS_OK ? builder_add_char(ts, &b, ']') : status;
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}

// --- The alias -----------------------------------------------------------------------------------

static Ref alias_new_of(ThreadState *ts, Type *t, Value origin, Value args, bool is_unpacked)
{
    OWNED Ref all = value_is_tuple(args) ? ref_new(args) : tuple_pack(ts, 1, args);
    GenericAlias *a = is_error(all) ? NULL : object_new_of(ts, t);
    if (a == NULL) {
        return NO_REF;
    }
    shared_ref_init(&a->origin, ref_new(origin));
    shared_ref_init(&a->args, ref_take(&all));
    shared_ref_init(&a->parameters, NO_REF);
    a->is_unpacked = is_unpacked;
    object_track(&a->head);
    return REF_FROM_NEW(a);
}

Ref generic_alias_new(ThreadState *ts, Value origin, Value args)
{
    return alias_new_of(ts, TYPE_OF_KIND(GENERIC_ALIAS), origin, args, false);
}

Ref class_getitem(ThreadState *ts, Value self, const Value *args)
{
    return generic_alias_new(ts, self, args[0]);
}

static Ref alias_make(CALL_PARAMETERS)
{
    if (arguments_positional(ts, "GenericAlias", count, names, 2, 2) == STATUS_ERROR) {
        return NO_REF;
    }
    return alias_new_of(ts, type_from(self), args[0], args[1], false);
}

static void alias_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((GenericAlias *)o)->origin);
    shared_ref_clear(&((GenericAlias *)o)->args);
    shared_ref_clear(&((GenericAlias *)o)->parameters);
}

static void alias_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((GenericAlias *)o)->origin), EDGE_COUNTED, context);
    visit(shared_ref_peek(&((GenericAlias *)o)->args), EDGE_COUNTED, context);
    visit(shared_ref_peek(&((GenericAlias *)o)->parameters), EDGE_COUNTED, context);
}

// Names that the alias does not hand on to its origin.
static bool is_own_name(Value name)
{
    static const char *const own[] = {"__class__",
                                      "__bases__",
                                      "__origin__",
                                      "__args__",
                                      "__unpacked__",
                                      "__parameters__",
                                      "__typing_unpacked_tuple_args__",
                                      "__mro_entries__",
                                      "__reduce_ex__",
                                      "__reduce__",
                                      "__copy__",
                                      "__deepcopy__",
                                      "__iter__",
                                      "__getitem__",
                                      "__call__",
                                      "__repr__",
                                      "__hash__",
                                      "__eq__",
                                      "__or__",
                                      "__ror__",
                                      "__instancecheck__",
                                      "__subclasscheck__",
                                      "__dir__",
                                      "__getattribute__"};
    for (size_t i = 0; i < ARRAY_LENGTH(own); i++) {
        if (str_equal_z(name, own[i])) {
            return true;
        }
    }
    return false;
}

static Ref alias_get_attribute(ThreadState *ts, Value self, Value name)
{
    if (is_own_name(name)) {
        return generic_get_attribute(ts, self, name);
    }
    if (type_of(self) !=
        TYPE_OF_KIND(GENERIC_ALIAS)) { // a subclass (collections.abc's) may have more
        Ref found;
        Lookup own = generic_lookup_attribute(ts, self, name, &found);
        Type *owner = type_lookup_owner(ts, type_of(self), name);
        if (own == LOOKUP_FOUND && owner != NULL && type_is_heap(owner)) {
            return found;
        }
        if (own == LOOKUP_FOUND) {
            ref_drop(&found);
        }
        exception_clear(ts);
    }
    return enter_native(ts, "") == STATUS_ERROR
               ? NO_REF
               : object_get_attribute(ts, alias_origin(self), name);
}

static Ref alias_call(CALL_PARAMETERS)
{
    OWNED Ref made = object_call(ts, alias_origin(self), args, count, names);
    if (!is_error(made) &&
        object_set_attribute(ts, made.v, NAME(__orig_class__), self) == STATUS_ERROR &&
        !exception_clear_if(ts, EXC_AttributeError) && !exception_clear_if(ts, EXC_TypeError)) {
        return NO_REF;
    }
    return ref_take(&made);
}

static Ref alias_get_item(ThreadState *ts, Value self, Value key)
{
    GenericAlias *a = alias_from(self);
    OWNED Ref parameters = parameters_of(ts, self, &a->parameters, alias_args(self));
    OWNED Ref args =
        is_error(parameters) ? NO_REF : substitute(ts, self, alias_args(self), parameters.v, key);
    return is_error(args)
               ? NO_REF
               : alias_new_of(ts, type_of(self), alias_origin(self), args.v, a->is_unpacked);
}

static Status alias_hash(ThreadState *ts, Value self, int64_t *hash)
{
    int64_t origin, args;
    if (object_hash(ts, alias_origin(self), &origin) == STATUS_ERROR ||
        object_hash(ts, alias_args(self), &args) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    *hash = (origin ^ args) == -1 ? -2 : origin ^ args;
    return STATUS_OK;
}

static Ref alias_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if ((op != OP_EQ && op != OP_NE) || !value_is_kind(a, KIND_GENERIC_ALIAS) ||
        !value_is_kind(b, KIND_GENERIC_ALIAS)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    Truth same = alias_from(a)->is_unpacked == alias_from(b)->is_unpacked
                     ? object_equal(ts, alias_origin(a), alias_origin(b))
                     : TRUTH_FALSE;
    same = same == TRUTH_TRUE ? object_equal(ts, alias_args(a), alias_args(b)) : same;
    return same == TRUTH_ERROR ? NO_REF : REF_OF(bool_value((same == TRUTH_TRUE) == (op == OP_EQ)));
}

static Ref alias_iterate(ThreadState *ts, Value self)
{
    OWNED Ref unpacked =
        alias_new_of(ts, TYPE_OF_KIND(GENERIC_ALIAS), alias_origin(self), alias_args(self), true);
    OWNED Ref one = is_error(unpacked) ? NO_REF : tuple_pack(ts, 1, unpacked.v);
    return is_error(one) ? NO_REF : object_iterate(ts, one.v);
}

static Ref alias_or(ThreadState *ts, Value a, Value b) { return union_type_or(ts, a, b); }

static Ref alias_mro_entries(ThreadState *ts, Value self, const Value *args)
{
    return tuple_pack(ts, 1, alias_origin(self));
}
static Ref alias_instancecheck(ThreadState *ts, Value self, const Value *args)
{
    return raise(ts, EXC_TypeError, "isinstance() argument 2 cannot be a parameterized generic");
}
static Ref alias_subclasscheck(ThreadState *ts, Value self, const Value *args)
{
    return raise(ts, EXC_TypeError, "issubclass() argument 2 cannot be a parameterized generic");
}
static Ref alias_reduce(ThreadState *ts, Value self, const Value *args)
{
    if (alias_from(self)->is_unpacked) {
        OWNED Ref next = builtins_get(ts, "next");
        OWNED Ref plain =
            is_error(next) ? NO_REF : generic_alias_new(ts, alias_origin(self), alias_args(self));
        OWNED Ref iterator = is_error(plain) ? NO_REF : object_iterate(ts, plain.v);
        OWNED Ref one = is_error(iterator) ? NO_REF : tuple_pack(ts, 1, iterator.v);
        return is_error(one) ? NO_REF : tuple_pack(ts, 2, next.v, one.v);
    }
    OWNED Ref pair = tuple_pack(ts, 2, alias_origin(self), alias_args(self));
    return is_error(pair) ? NO_REF
                          : tuple_pack(ts, 2, type_value(TYPE_OF_KIND(GENERIC_ALIAS)), pair.v);
}
static Ref alias_dir(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref dir = builtins_get(ts, "dir");
    OWNED Ref names = is_error(dir) ? NO_REF : object_call1(ts, dir.v, alias_origin(self));
    static const char *const own[] = {"__origin__",     "__args__",
                                      "__parameters__", "__mro_entries__",
                                      "__reduce_ex__",  "__reduce__",
                                      "__copy__",       "__deepcopy__",
                                      "__unpacked__",   "__typing_unpacked_tuple_args__",
                                      "__class__"};
    for (size_t i = 0; !is_error(names) && i < ARRAY_LENGTH(own); i++) {
        OWNED Ref name = str_intern_z(ts, own[i]);
        Truth there = is_error(name) ? TRUTH_ERROR : object_contains(ts, names.v, name.v);
        if (there == TRUTH_ERROR ||
            (there == TRUTH_FALSE && list_append(ts, list_from(names.v), name.v) == STATUS_ERROR)) {
            return NO_REF;
        }
    }
    return ref_take(&names);
}

static const NativeDef alias_methods[] = {
    NATIVE("__mro_entries__", alias_mro_entries, "($self, bases, /)", NULL),
    NATIVE("__instancecheck__", alias_instancecheck, "($self, instance, /)", NULL),
    NATIVE("__subclasscheck__", alias_subclasscheck, "($self, subclass, /)", NULL),
    NATIVE("__reduce__", alias_reduce, "($self, /)", NULL),
    NATIVE("__dir__", alias_dir, "($self, /)", NULL),
    NATIVE_END,
};

static Ref get_origin(ThreadState *ts, Value self) { return ref_new(alias_origin(self)); }
static Ref get_args(ThreadState *ts, Value self) { return ref_new(alias_args(self)); }
static Ref get_parameters(ThreadState *ts, Value self)
{
    return parameters_of(ts, self, &alias_from(self)->parameters, alias_args(self));
}
static Ref get_unpacked(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(alias_from(self)->is_unpacked));
}
static Ref get_unpacked_args(ThreadState *ts, Value self)
{
    bool yes = alias_from(self)->is_unpacked &&
               value_is_same(alias_origin(self), type_value(TYPE_OF_KIND(TUPLE)));
    return yes ? ref_new(alias_args(self)) : REF_NONE;
}

static const GetSetDef alias_getset[] = {
    {"__origin__", get_origin, NULL, NULL},
    {"__args__", get_args, NULL, NULL},
    {"__parameters__", get_parameters, NULL, "Type variables in the GenericAlias."},
    {"__unpacked__", get_unpacked, NULL, NULL},
    {"__typing_unpacked_tuple_args__", get_unpacked_args, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_GENERIC_ALIAS = {
    .name = "types.GenericAlias",
    .doc = "A type with its parameters: list[int] has the __origin__ list and the __args__ "
           "(int,).",
    .base = KIND_OBJECT,
    .size = sizeof(GenericAlias),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = alias_finish,
              .traverse = alias_traverse,
              .clear = alias_finish,
              .repr = alias_repr,
              .hash = alias_hash,
              .compare = alias_compare,
              .call = alias_call,
              .get_attribute = alias_get_attribute,
              .iterate = alias_iterate,
              .get_item = alias_get_item,
              .binary = {[BIN_OR] = alias_or},
              .make = alias_make},
    .methods = alias_methods,
    .getset = alias_getset,
};

// --- Unions --------------------------------------------------------------------------------------

static UnionType *union_from(Value v) { return (UnionType *)value_head(v); }
static Value union_args(Value v) { return shared_ref_peek(&union_from(v)->args); }
static bool is_union(Value v) { return value_is_kind(v, KIND_UNION_TYPE); }

static bool may_stand_in_union(Value v)
{
    return value_is_none(v) || value_is_type(v) || value_is_kind(v, KIND_GENERIC_ALIAS) ||
           is_union(v);
}

// Adds a member, flattening unions; None is its type; no duplicates.
static Status add_member(ThreadState *ts, Value list, Value v)
{
    if (is_union(v)) {
        for (size_t i = 0; i < tuple_count(union_args(v)); i++) {
            if (add_member(ts, list, tuple_item(union_args(v), i)) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
        }
        return STATUS_OK;
    }
    Value member = value_is_none(v) ? type_value(TYPE_OF_KIND(NONE_TYPE)) : v;
    for (size_t i = 0; i < list_size(list_from(list)); i++) {
        OWNED Ref there = list_get(ts, list_from(list), i);
        bool aliases =
            value_is_kind(member, KIND_GENERIC_ALIAS) && value_is_kind(there.v, KIND_GENERIC_ALIAS);
        Truth same = aliases ? object_equal(ts, there.v, member)
                             : (value_is_same(there.v, member) ? TRUTH_TRUE : TRUTH_FALSE);
        if (same != TRUTH_FALSE) {
            return same == TRUTH_ERROR ? STATUS_ERROR : STATUS_OK;
        }
    }
    return list_append(ts, list_from(list), member);
}

static Ref union_new(ThreadState *ts, Ref args)
{
    OWNED Ref owned = args;
    UnionType *u = is_error(owned) ? NULL : object_new(ts, KIND_UNION_TYPE, sizeof *u);
    if (u == NULL) {
        return NO_REF;
    }
    shared_ref_init(&u->args, ref_take(&owned));
    shared_ref_init(&u->parameters, NO_REF);
    object_track(&u->head);
    return REF_FROM_NEW(u);
}

Ref union_type_or(ThreadState *ts, Value a, Value b)
{
    if (!may_stand_in_union(a) || !may_stand_in_union(b)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    OWNED Ref members = list_new(ts, 2);
    if (is_error(members) || add_member(ts, members.v, a) == STATUS_ERROR ||
        add_member(ts, members.v, b) == STATUS_ERROR) {
        return NO_REF;
    }
    if (list_size(list_from(members.v)) == 1) {
        return list_get(ts, list_from(members.v), 0);
    }
    return union_new(ts, list_to_tuple(ts, list_from(members.v)));
}

static void union_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((UnionType *)o)->args);
    shared_ref_clear(&((UnionType *)o)->parameters);
}

static void union_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((UnionType *)o)->args), EDGE_COUNTED, context);
    visit(shared_ref_peek(&((UnionType *)o)->parameters), EDGE_COUNTED, context);
}

static Ref union_repr(ThreadState *ts, Value self)
{
    StrBuilder b;
    builder_init(&b);
    Status status = STATUS_OK;
    Value args = union_args(self);
    for (size_t i = 0; i < tuple_count(args) && status == STATUS_OK; i++) {
        status = i > 0 ? builder_add_ascii(ts, &b, " | ", 3) : STATUS_OK;
        Value item = tuple_item(args, i);
        if (status == STATUS_OK) {
            status = value_is_same(item, type_value(TYPE_OF_KIND(NONE_TYPE)))
                         ? builder_add_ascii(ts, &b, "None", 4)
                         : add_argument(ts, &b, item);
        }
    }
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}

static Status union_hash(ThreadState *ts, Value self, int64_t *hash)
{
    // The order of the members does not count.
    uint64_t sum = 0;
    for (size_t i = 0; i < tuple_count(union_args(self)); i++) {
        int64_t h;
        if (object_hash(ts, tuple_item(union_args(self), i), &h) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        sum += (uint64_t)h * 0x9E3779B97F4A7C15u;
    }
    *hash = (int64_t)sum == -1 ? -2 : (int64_t)sum;
    return STATUS_OK;
}

static Truth has_all(ThreadState *ts, Value a, Value b)
{
    for (size_t i = 0; i < tuple_count(b); i++) {
        Truth found = object_contains(ts, a, tuple_item(b, i));
        if (found != TRUTH_TRUE) {
            return found;
        }
    }
    return TRUTH_TRUE;
}

static Ref union_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if ((op != OP_EQ && op != OP_NE) || !is_union(a) || !is_union(b)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    Truth same = has_all(ts, union_args(a), union_args(b));
    same = same == TRUTH_TRUE ? has_all(ts, union_args(b), union_args(a)) : same;
    return same == TRUTH_ERROR ? NO_REF : REF_OF(bool_value((same == TRUTH_TRUE) == (op == OP_EQ)));
}

static Ref union_get_item(ThreadState *ts, Value self, Value key)
{
    OWNED Ref parameters = parameters_of(ts, self, &union_from(self)->parameters, union_args(self));
    OWNED Ref args =
        is_error(parameters) ? NO_REF : substitute(ts, self, union_args(self), parameters.v, key);
    if (is_error(args)) {
        return NO_REF;
    }
    OWNED Ref result = ref_new(tuple_item(args.v, 0));
    for (size_t i = 1; !is_error(result) && i < tuple_count(args.v); i++) {
        ref_set(&result, object_binary(ts, BIN_OR, result.v, tuple_item(args.v, i)));
    }
    return ref_take(&result);
}

static Ref union_check(ThreadState *ts, Value self, Value v, bool is_instance)
{
    Value args = union_args(self);
    for (size_t i = 0; i < tuple_count(args); i++) {
        if (value_is_kind(tuple_item(args, i), KIND_GENERIC_ALIAS)) {
            return raise(ts, EXC_TypeError, "%s() argument 2 cannot be a parameterized generic",
                         is_instance ? "isinstance" : "issubclass");
        }
    }
    for (size_t i = 0; i < tuple_count(args); i++) {
        Value item = tuple_item(args, i);
        Truth yes = is_instance ? object_is_instance(ts, v, item) : object_is_subclass(ts, v, item);
        if (yes != TRUTH_FALSE) {
            return yes == TRUTH_ERROR ? NO_REF : REF_OF(VALUE_TRUE);
        }
    }
    return REF_OF(VALUE_FALSE);
}

static Ref union_instancecheck(ThreadState *ts, Value self, const Value *args)
{
    return union_check(ts, self, args[0], true);
}
static Ref union_subclasscheck(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_type(args[0])) {
        return raise(ts, EXC_TypeError, "issubclass() arg 1 must be a class");
    }
    return union_check(ts, self, args[0], false);
}

static const NativeDef union_methods[] = {
    NATIVE("__instancecheck__", union_instancecheck, "($self, instance, /)", NULL),
    NATIVE("__subclasscheck__", union_subclasscheck, "($self, subclass, /)", NULL),
    NATIVE_END,
};

static Ref get_union_args(ThreadState *ts, Value self) { return ref_new(union_args(self)); }
static Ref get_union_parameters(ThreadState *ts, Value self)
{
    return parameters_of(ts, self, &union_from(self)->parameters, union_args(self));
}

static const GetSetDef union_getset[] = {
    {"__args__", get_union_args, NULL, NULL},
    {"__parameters__", get_union_parameters, NULL, "Type variables in the types.UnionType."},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_UNION_TYPE = {
    .name = "types.UnionType",
    .doc = "Represent a PEP 604 union type\n\nE.g. for int | str",
    .base = KIND_OBJECT,
    .size = sizeof(UnionType),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = union_finish,
              .traverse = union_traverse,
              .clear = union_finish,
              .repr = union_repr,
              .hash = union_hash,
              .compare = union_compare,
              .get_item = union_get_item,
              .binary = {[BIN_OR] = alias_or}},
    .methods = union_methods,
    .getset = union_getset,
};
