// core/modules/collections.c: the module _collections: its types stand in deque.c, ordered_dict.c
// and core/object/default_dict.c; here are namedtuple's field getters and Counter's counting.
#include "core/object/dict_keys.h"
#include "core/object/module.h"
#include "core/object/tuple.h"

// --- _tuplegetter --------------------------------------------------------------------------------

typedef struct TupleGetter {
    ObjectHead head;
    int64_t index;
    SharedRef doc;
} TupleGetter;

static TupleGetter *getter_from(Value v) { return (TupleGetter *)value_head(v); }

static Ref getter_make(CALL_PARAMETERS)
{
    int64_t index;
    if (arguments_positional(ts, "_tuplegetter", count, names, 2, 2) == STATUS_ERROR ||
        index_get(ts, args[0], &index) == STATUS_ERROR) {
        return NO_REF;
    }
    TupleGetter *g = object_new_of(ts, type_from(self));
    if (g == NULL) {
        return NO_REF;
    }
    g->index = index;
    shared_ref_init(&g->doc, ref_new(args[1]));
    object_track(&g->head);
    return REF_FROM_NEW(g);
}

static Ref getter_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    int64_t index = getter_from(self)->index;
    if (is_no_value(instance)) {
        return ref_new(self);
    }
    if (!value_is_tuple(instance)) {
        if (value_is_none(instance)) {
            return ref_new(self);
        }
        return raise(
            ts, EXC_TypeError,
            "descriptor for index '%lld' for tuple subclasses doesn't apply to '%T' object",
            (long long)index, instance);
    }
    if (index < 0 || (size_t)index >= tuple_count(instance)) {
        return raise(ts, EXC_IndexError, "tuple index out of range");
    }
    return ref_new(tuple_item(instance, (size_t)index));
}

static Status getter_set(ThreadState *ts, Value self, Value instance, Value value)
{
    return raise_status(ts, EXC_AttributeError,
                        is_no_value(value) ? "can't delete attribute" : "can't set attribute");
}

static Ref getter_repr(ThreadState *ts, Value self)
{
    return format_str(ts, "_tuplegetter(%lld, %R)", (long long)getter_from(self)->index,
                      shared_ref_peek(&getter_from(self)->doc));
}

static void getter_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((TupleGetter *)o)->doc);
}
static void getter_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((TupleGetter *)o)->doc, visit, context);
}

static Ref getter_reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref doc = shared_ref_load(value_head(self), &getter_from(self)->doc);
    OWNED Ref arguments = tuple_pack(ts, 2, small_int(getter_from(self)->index), doc.v);
    return is_error(arguments) ? NO_REF : tuple_pack(ts, 2, type_value(type_of(self)), arguments.v);
}

static Ref get_doc(ThreadState *ts, Value self)
{
    Ref doc = shared_ref_load(value_head(self), &getter_from(self)->doc);
    return is_error(doc) ? REF_NONE : doc;
}
static Status set_doc(ThreadState *ts, Value self, Value value)
{
    Ref fresh = is_no_value(value) ? NO_REF : ref_new(value);
    object_store(ts, value_head(self), &getter_from(self)->doc, fresh);
    return STATUS_OK;
}

static const NativeDef getter_methods[] = {
    NATIVE("__reduce__", getter_reduce, "($self, /)", NULL),
    NATIVE_END,
};
static const GetSetDef getter_getset[] = {
    {"__doc__", get_doc, set_doc, NULL},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_TUPLE_GETTER = {
    .name = "_collections._tuplegetter",
    .base = KIND_OBJECT,
    .size = sizeof(TupleGetter),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = getter_finish,
              .traverse = getter_traverse,
              .clear = getter_finish,
              .repr = getter_repr,
              .descriptor_get = getter_get,
              .descriptor_set = getter_set,
              .make = getter_make},
    .methods = getter_methods,
    .getset = getter_getset,
};

// --- _count_elements -----------------------------------------------------------------------------

// mapping[key] += 1 for a dict whose own get and __setitem__ are in force.
static Status count_in_dict(ThreadState *ts, Dict *d, Value key)
{
    int64_t hash;
    if (key_hash(ts, key, &hash) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!is_concurrent() && d->keys->is_plain && value_is_plain_key(key)) {
        size_t place;
        int64_t number = keys_find_plain(d->keys, key, hash, &place);
        if (number >= 0) {
            SharedRef *count = &keys_entry(d->keys, (size_t)number)->value;
            Value now = shared_ref_peek(count);
            if (value_is_small_int(now) && small_int_get(now) < SMALL_INT_MAX) {
                place_put(count, small_int(small_int_get(now) + 1));
                return STATUS_OK;
            }
        }
    }
    OWNED Ref old = NO_REF;
    Lookup found = dict_get_hashed(ts, d, key, hash, &old);
    if (found == LOOKUP_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref next =
        object_binary(ts, BIN_ADD, found == LOOKUP_FOUND ? old.v : small_int(0), small_int(1));
    return is_error(next) ? STATUS_ERROR : dict_set_hashed(ts, d, key, hash, next.v);
}

static Status count_in_mapping(ThreadState *ts, Value mapping, Value get, Value key)
{
    OWNED Ref old = object_call2(ts, get, key, small_int(0));
    OWNED Ref next = is_error(old) ? NO_REF : object_binary(ts, BIN_ADD, old.v, small_int(1));
    return is_error(next) ? STATUS_ERROR : object_set_item(ts, mapping, key, next.v);
}

// Does the mapping use dict's own get and __setitem__?
static bool counts_as_dict(ThreadState *ts, Value mapping)
{
    if (!value_is_dict(mapping) || dict_from(mapping)->namespace_id != 0 ||
        type_of(mapping)->slots.set_item != TYPE_OF_KIND(DICT)->slots.set_item) {
        return false;
    }
    OWNED Ref own = type_lookup(ts, type_of(mapping), NAME(get));
    OWNED Ref plain = type_lookup(ts, TYPE_OF_KIND(DICT), NAME(get));
    return own.v.bits == plain.v.bits;
}

static Ref count_elements(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref it = object_iterate(ts, args[1]);
    if (is_error(it)) {
        return NO_REF;
    }
    bool is_plain = counts_as_dict(ts, args[0]);
    OWNED Ref get = is_plain ? NO_REF : object_get_attribute(ts, args[0], NAME(get));
    if (!is_plain && is_error(get)) {
        return NO_REF;
    }
    NextFunction next = next_of(it.v);
    for (;;) {
        OWNED Ref key = iterator_step(ts, it.v, next);
        if (is_error(key)) {
            return has_exception(ts) ? NO_REF : REF_NONE;
        }
        Status status = is_plain ? count_in_dict(ts, dict_from(args[0]), key.v)
                                 : count_in_mapping(ts, args[0], get.v, key.v);
        if (status == STATUS_ERROR) {
            return NO_REF;
        }
    }
}

static const NativeDef functions[] = {
    NATIVE("_count_elements", count_elements, "($module, mapping, iterable, /)",
           "Count elements in the iterable, updating the mapping"),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    static const Kind kinds[] = {
        KIND_DEQUE,          KIND_DEFAULT_DICT,           KIND_ORDERED_DICT,
        KIND_DEQUE_ITERATOR, KIND_DEQUE_REVERSE_ITERATOR, KIND_TUPLE_GETTER};
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (module_add_type(ts, module, kinds[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

extern const ModuleSpec module_collections;
const ModuleSpec module_collections = {
    .name = "_collections",
    .doc = "High performance data structures.\n- deque:        ordered collection accessible from "
           "endpoints only\n"
           "- defaultdict:  dict subclass with a default value factory\n",
    .functions = functions,
    .setup = setup,
};
