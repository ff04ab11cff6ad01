// core/object/dict_views.c: keys(), values(), items(), and the iterators over a dict.
//
// An iterator remembers how many entries there were when it was made: if the number differs, it
// raises, and goes on raising. If entries were exchanged for others it ends after as many steps, or
// raises when more are left.
#include "core/object/dict_keys.h"
#include "core/object/set.h"
#include "core/object/tuple.h"

typedef struct DictIterator {
    ObjectHead head;
    SharedRef dict;     // empty: exhausted
    uint32_t position;  // atomic
    uint32_t used;      // entries at the start; UINT32_MAX: raise for ever; atomic
    uint32_t remaining; // atomic
    uint32_t version;   // of an OrderedDict at the start
} DictIterator;

// --- Iterators -----------------------------------------------------------------------------------

static Ref new_iterator(ThreadState *ts, Kind kind, Value dict, uint32_t position)
{
    DictIterator *it = object_new(ts, kind, sizeof(DictIterator));
    if (it == NULL) {
        return NO_REF;
    }
    shared_ref_init(&it->dict, ref_new(dict));
    it->position = position;
    it->used = (uint32_t)dict_size(dict_from(dict));
    it->remaining = it->used;
    it->version = atomic_load_relaxed(&dict_from(dict)->version);
    object_track(&it->head);
    return REF_FROM_NEW(it);
}

static bool is_reverse(const DictIterator *it)
{
    return it->head.kind >= KIND_DICT_REVERSE_KEY_ITERATOR &&
           it->head.kind <= KIND_DICT_REVERSE_ITEM_ITERATOR;
}

static void exhaust(ThreadState *ts, DictIterator *it)
{
    object_store(ts, &it->head, &it->dict, NO_REF);
}

static bool step(ThreadState *ts, DictIterator *it, Dict *d, Ref *key, Ref *value)
{
    size_t used = atomic_load_relaxed(&it->used);
    bool is_ordered = d->head.kind == KIND_ORDERED_DICT;
    if (UNLIKELY(used != dict_size(d) ||
                 (is_ordered && it->version != atomic_load_relaxed(&d->version)))) {
        atomic_store_relaxed(&it->used, UINT32_MAX);
        (void)raise(ts, EXC_RuntimeError,
                    is_ordered ? "OrderedDict mutated during iteration"
                               : "dictionary changed size during iteration");
        return false;
    }
    size_t position = atomic_load_relaxed(&it->position);
    bool found = is_reverse(it) ? dict_previous(ts, d, &position, key, value)
                                : dict_next(ts, d, &position, key, value);
    if (!found) {
        exhaust(ts, it);
        return false;
    }
    uint32_t remaining = atomic_load_relaxed(&it->remaining);
    if (remaining == 0 && !is_reverse(it)) {
        ref_drop(key);
        ref_drop(value);
        (void)raise(ts, EXC_RuntimeError, "dictionary keys changed during iteration");
        exhaust(ts, it);
        return false;
    }
    atomic_store_relaxed(&it->position, (uint32_t)position);
    atomic_store_relaxed(&it->remaining, remaining == 0 ? 0u : remaining - 1);
    return true;
}

// The next entry of an iterator over a plain dict while nobody else is about: NULL sends to `step`.
static ALWAYS_INLINE DictEntry *next_entry_exclusive(DictIterator *it)
{
    if (is_concurrent()) {
        return NULL;
    }
    Value dict = shared_ref_peek(&it->dict);
    if (is_no_value(dict)) {
        return NULL;
    }
    Dict *d = dict_from(dict);
    if (UNLIKELY(d->used != it->used || d->namespace_id != 0 || it->remaining == 0 ||
                 d->head.kind == KIND_ORDERED_DICT)) {
        return NULL;
    }
    DictKeys *k = d->keys;
    size_t count = k->entry_count;
    for (size_t i = it->position; i < count; i++) {
        DictEntry *e = keys_entry(k, i);
        if (e->key.bits != 0) {
            it->position = (uint32_t)(i + 1);
            it->remaining--;
            return e;
        }
    }
    return NULL;
}

bool dict_iterator_next_pair(ThreadState *ts, Value iterator, Ref *key, Ref *value)
{
    DictIterator *it = (DictIterator *)value_head(iterator);
    if (!is_reverse(it)) {
        DictEntry *e = next_entry_exclusive(it);
        if (LIKELY(e != NULL)) {
            *key = ref_new(shared_ref_peek(&e->key));
            *value = ref_new(shared_ref_peek(&e->value));
            return true;
        }
    }
    OWNED Ref dict = shared_ref_load(&it->head, &it->dict);
    return !is_error(dict) && step(ts, it, dict_from(dict.v), key, value);
}

static Ref key_iterator_next(ThreadState *ts, Value self)
{
    Ref key, value;
    if (!is_reverse((DictIterator *)value_head(self))) {
        DictEntry *e = next_entry_exclusive((DictIterator *)value_head(self));
        if (LIKELY(e != NULL)) {
            return ref_new(shared_ref_peek(&e->key));
        }
    }
    if (!dict_iterator_next_pair(ts, self, &key, &value)) {
        return NO_REF;
    }
    ref_drop(&value);
    return key;
}

static Ref value_iterator_next(ThreadState *ts, Value self)
{
    Ref key, value;
    if (!dict_iterator_next_pair(ts, self, &key, &value)) {
        return NO_REF;
    }
    ref_drop(&key);
    return value;
}

static Ref item_iterator_next(ThreadState *ts, Value self)
{
    Ref pair[2];
    return dict_iterator_next_pair(ts, self, &pair[0], &pair[1]) ? tuple_from_refs(ts, pair, 2)
                                                                 : NO_REF;
}

static void view_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((DictView *)o)->dict);
}
static void view_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((DictView *)o)->dict, visit, context);
}

static Ref iterator_length_hint(ThreadState *ts, Value self, const Value *args)
{
    DictIterator *it = (DictIterator *)value_head(self);
    OWNED Ref dict = shared_ref_load(&it->head, &it->dict);
    bool is_same =
        !is_error(dict) && dict_size(dict_from(dict.v)) == atomic_load_relaxed(&it->used);
    return ref_of_size(is_same ? atomic_load_relaxed(&it->remaining) : 0);
}

// What is left, as a list; the iterator itself does not move.
static Ref iterator_reduce(ThreadState *ts, Value self, const Value *args)
{
    DictIterator *it = (DictIterator *)value_head(self);
    OWNED Ref dict = shared_ref_load(&it->head, &it->dict);
    OWNED Ref copy =
        is_error(dict) ? NO_REF : new_iterator(ts, (Kind)it->head.kind, dict.v, it->position);
    if (is_error(copy)) {
        return has_exception(ts) ? NO_REF
                                 : reduce_through_builtin(ts, "iter", tuple_empty(), NO_VALUE);
    }
    ((DictIterator *)value_head(copy.v))->remaining = atomic_load_relaxed(&it->remaining);
    ((DictIterator *)value_head(copy.v))->used = atomic_load_relaxed(&it->used);
    return reduce_through_builtin(ts, "iter", sequence_list(ts, copy.v), NO_VALUE);
}

static const NativeDef iterator_methods[] = {
    NATIVE("__length_hint__", iterator_length_hint, "($self, /)",
           "Private method returning an estimate of len(list(it))."),
    NATIVE("__reduce__", iterator_reduce, "($self, /)", "Return state information for pickling."),
    NATIVE_END,
};

#define ITERATOR_SPEC(kind, name_, next_)                                                          \
    const TypeSpec spec_##kind = {                                                                 \
        .name = name_,                                                                             \
        .base = KIND_OBJECT,                                                                       \
        .size = sizeof(DictIterator),                                                              \
        .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,                                          \
        .slots = {.finish = view_finish,                                                           \
                  .traverse = view_traverse,                                                       \
                  .clear = view_finish,                                                            \
                  .iterate = object_itself,                                                        \
                  .next = next_},                                                                  \
        .methods = iterator_methods,                                                               \
    }
ITERATOR_SPEC(DICT_KEY_ITERATOR, "dict_keyiterator", key_iterator_next);
ITERATOR_SPEC(DICT_VALUE_ITERATOR, "dict_valueiterator", value_iterator_next);
ITERATOR_SPEC(DICT_ITEM_ITERATOR, "dict_itemiterator", item_iterator_next);
ITERATOR_SPEC(DICT_REVERSE_KEY_ITERATOR, "dict_reversekeyiterator", key_iterator_next);
ITERATOR_SPEC(DICT_REVERSE_VALUE_ITERATOR, "dict_reversevalueiterator", value_iterator_next);
ITERATOR_SPEC(DICT_REVERSE_ITEM_ITERATOR, "dict_reverseitemiterator", item_iterator_next);

Ref dict_iterate(ThreadState *ts, Value d)
{
    return new_iterator(ts, KIND_DICT_KEY_ITERATOR, d, 0);
}
Ref dict_iterate_reversed(ThreadState *ts, Value d)
{
    return new_iterator(ts, KIND_DICT_REVERSE_KEY_ITERATOR, d, UINT32_MAX);
}

// --- Views ---------------------------------------------------------------------------------------

bool dict_of_iterable(Value v, Dict **d, DictPart *part)
{
    if (value_is_dict(v)) {
        *part = DICT_PART_KEYS;
        *d = dict_from(v);
        return type_of(v)->slots.iterate == TYPE_OF_KIND(DICT)->slots.iterate;
    }
    if (!value_is_object(v) || value_head(v)->kind < KIND_DICT_KEYS ||
        value_head(v)->kind > KIND_DICT_ITEMS) {
        return false;
    }
    *part = value_is_kind(v, KIND_DICT_KEYS)     ? DICT_PART_KEYS
            : value_is_kind(v, KIND_DICT_VALUES) ? DICT_PART_VALUES
                                                 : DICT_PART_ITEMS;
    *d = dict_from(shared_ref_peek(&((DictView *)value_head(v))->dict));
    return true;
}

static Ref new_view(ThreadState *ts, Kind kind, Value dict)
{
    DictView *view = object_new(ts, kind, sizeof(DictView));
    if (view == NULL) {
        return NO_REF;
    }
    shared_ref_init(&view->dict, ref_new(dict));
    object_track(&view->head);
    return REF_FROM_NEW(view);
}
Ref dict_view_keys(ThreadState *ts, Value d) { return new_view(ts, KIND_DICT_KEYS, d); }
Ref dict_view_values(ThreadState *ts, Value d) { return new_view(ts, KIND_DICT_VALUES, d); }
Ref dict_view_items(ThreadState *ts, Value d) { return new_view(ts, KIND_DICT_ITEMS, d); }

// A view keeps its dict as long as it lives.
static Value view_dict(Value view)
{
    return shared_ref_peek(&((DictView *)value_head(view))->dict);
}

static bool is_set_view(Value v)
{
    return value_is_kind(v, KIND_DICT_KEYS) || value_is_kind(v, KIND_DICT_ITEMS);
}

static Ref view_iterate(ThreadState *ts, Value self)
{
    Kind kind = value_is_kind(self, KIND_DICT_KEYS)     ? KIND_DICT_KEY_ITERATOR
                : value_is_kind(self, KIND_DICT_VALUES) ? KIND_DICT_VALUE_ITERATOR
                                                        : KIND_DICT_ITEM_ITERATOR;
    return new_iterator(ts, kind, view_dict(self), 0);
}

static Ref view_reversed(ThreadState *ts, Value self, const Value *args)
{
    Kind kind = value_is_kind(self, KIND_DICT_KEYS)     ? KIND_DICT_REVERSE_KEY_ITERATOR
                : value_is_kind(self, KIND_DICT_VALUES) ? KIND_DICT_REVERSE_VALUE_ITERATOR
                                                        : KIND_DICT_REVERSE_ITEM_ITERATOR;
    return new_iterator(ts, kind, view_dict(self), UINT32_MAX);
}

static int64_t view_length(ThreadState *ts, Value self)
{
    return (int64_t)dict_size(dict_from(view_dict(self)));
}

static Ref view_repr(ThreadState *ts, Value self)
{
    int inside = repr_enter(ts, self);
    if (inside != 0) {
        return inside > 0 ? str_from_z(ts, "...") : NO_REF;
    }
    OWNED Ref items = sequence_list(ts, self);
    OWNED Ref text = is_error(items) ? NO_REF : format_str(ts, "%T(%R)", self, items.v);
    repr_leave(ts, self);
    return ref_take(&text);
}

static Truth items_contain(ThreadState *ts, Dict *d, Value item)
{
    if (!value_is_tuple(item) || tuple_count(item) != 2) {
        return TRUTH_FALSE;
    }
    OWNED Ref value = NO_REF;
    Lookup found = dict_get(ts, d, tuple_item(item, 0), &value);
    return found == LOOKUP_FOUND ? object_equal(ts, value.v, tuple_item(item, 1)) : (Truth)found;
}

static Truth view_contains(ThreadState *ts, Value self, Value item)
{
    Dict *d = dict_from(view_dict(self));
    return value_is_kind(self, KIND_DICT_KEYS) ? (Truth)dict_contains(ts, d, item)
                                               : items_contain(ts, d, item);
}

// Are all items of `part` in `whole`?
static Truth all_contained(ThreadState *ts, Value part, Value whole)
{
    OWNED Ref it = object_iterate(ts, part);
    if (is_error(it)) {
        return TRUTH_ERROR;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, it.v);
        if (is_error(item)) {
            return has_exception(ts) ? TRUTH_ERROR : TRUTH_TRUE;
        }
        Truth inside = object_contains(ts, whole, item.v);
        if (inside != TRUTH_TRUE) {
            return inside;
        }
    }
}

static Ref view_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!is_set_view(a) || !(value_is_set(b) || is_set_view(b))) {
        return not_implemented();
    }
    int64_t size_a = object_length(ts, a), size_b = object_length(ts, b);
    if (size_a < 0 || size_b < 0) {
        return NO_REF;
    }
    Truth result = TRUTH_FALSE;
    switch (op) {
    case OP_EQ:
    case OP_NE:
        result = size_a == size_b ? all_contained(ts, a, b) : TRUTH_FALSE;
        if (op == OP_NE && result != TRUTH_ERROR) {
            result = result == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
        }
        break;
    case OP_LT:
        result = size_a < size_b ? all_contained(ts, a, b) : TRUTH_FALSE;
        break;
    case OP_LE:
        result = size_a <= size_b ? all_contained(ts, a, b) : TRUTH_FALSE;
        break;
    case OP_GT:
        result = size_a > size_b ? all_contained(ts, b, a) : TRUTH_FALSE;
        break;
    case OP_GE:
        result = size_a >= size_b ? all_contained(ts, b, a) : TRUTH_FALSE;
        break;
    }
    return ref_of_truth(result);
}

// set(a), then the named method with b.
static Ref through_set(ThreadState *ts, Value a, Value b, const char *method)
{
    OWNED Ref result = set_new(ts, a);
    OWNED Ref done = is_error(result) ? NO_REF : object_call_method_z(ts, result.v, method, &b, 1);
    return is_error(done) ? NO_REF : ref_take(&result);
}

static Ref view_sub(ThreadState *ts, Value a, Value b)
{
    return through_set(ts, a, b, "difference_update");
}
static Ref view_or(ThreadState *ts, Value a, Value b) { return through_set(ts, a, b, "update"); }
static Ref view_xor(ThreadState *ts, Value a, Value b)
{
    return through_set(ts, a, b, "symmetric_difference_update");
}

static Ref view_and(ThreadState *ts, Value a, Value b)
{
    if (!is_set_view(a) || (is_set_view(b) && view_length(ts, b) > view_length(ts, a))) {
        Value swap = a;
        a = b;
        b = swap;
    }
    OWNED Ref result = set_new(ts, NO_VALUE);
    OWNED Ref it = is_error(result) ? NO_REF : object_iterate(ts, b);
    if (is_error(it)) {
        return NO_REF;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, it.v);
        if (is_error(item)) {
            return has_exception(ts) ? NO_REF : ref_take(&result);
        }
        Truth inside = object_contains(ts, a, item.v);
        if (inside == TRUTH_ERROR ||
            (inside == TRUTH_TRUE && set_add(ts, result.v, item.v) == STATUS_ERROR)) {
            return NO_REF;
        }
    }
}

static Ref view_isdisjoint(ThreadState *ts, Value self, const Value *args)
{
    Value whole = self, part = args[0];
    if (self.bits == part.bits) {
        return REF_OF(bool_value(view_length(ts, self) == 0));
    }
    if ((value_is_set(part) || is_set_view(part)) &&
        object_length(ts, part) > view_length(ts, self)) {
        whole = part;
        part = self;
    }
    OWNED Ref it = object_iterate(ts, part);
    if (is_error(it)) {
        return NO_REF;
    }
    for (;;) {
        OWNED Ref item = iterator_next(ts, it.v);
        if (is_error(item)) {
            return has_exception(ts) ? NO_REF : REF_OF(VALUE_TRUE);
        }
        Truth inside = object_contains(ts, whole, item.v);
        if (inside != TRUTH_FALSE) {
            return inside == TRUTH_ERROR ? NO_REF : REF_OF(VALUE_FALSE);
        }
    }
}

static Ref view_mapping(ThreadState *ts, Value self)
{
    return mapping_proxy_new(ts, view_dict(self));
}

static const GetSetDef view_getset[] = {
    {"mapping", view_mapping, NULL, "dictionary that this view refers to"},
    {NULL, NULL, NULL, NULL},
};
static const NativeDef set_view_methods[] = {
    NATIVE("isdisjoint", view_isdisjoint, "($self, other, /)",
           "Return True if the view and the given iterable have a null intersection."),
    NATIVE("__reversed__", view_reversed, "($self, /)",
           "Return a reverse iterator over the dict keys."),
    NATIVE_END,
};
static const NativeDef values_methods[] = {
    NATIVE("__reversed__", view_reversed, "($self, /)",
           "Return a reverse iterator over the dict values."),
    NATIVE_END,
};

#define SET_VIEW_SLOTS                                                                             \
    {                                                                                              \
        .finish = view_finish, .traverse = view_traverse, .repr = view_repr,                       \
        .compare = view_compare, .iterate = view_iterate, .length = view_length,                   \
        .contains = view_contains,                                                                 \
        .binary = {                                                                                \
            [BIN_SUB] = view_sub, [BIN_AND] = view_and, [BIN_OR] = view_or, [BIN_XOR] = view_xor}, \
    }

const TypeSpec spec_DICT_KEYS = {
    .name = "dict_keys",
    .base = KIND_OBJECT,
    .size = sizeof(DictView),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = SET_VIEW_SLOTS,
    .methods = set_view_methods,
    .getset = view_getset,
};

const TypeSpec spec_DICT_ITEMS = {
    .name = "dict_items",
    .base = KIND_OBJECT,
    .size = sizeof(DictView),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = SET_VIEW_SLOTS,
    .methods = set_view_methods,
    .getset = view_getset,
};

const TypeSpec spec_DICT_VALUES = {
    .name = "dict_values",
    .base = KIND_OBJECT,
    .size = sizeof(DictView),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = view_finish,
              .traverse = view_traverse,
              .repr = view_repr,
              .iterate = view_iterate,
              .length = view_length},
    .methods = values_methods,
    .getset = view_getset,
};
