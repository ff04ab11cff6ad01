// core/object/instance.c: reading and writing an object's own attributes. See instance.h.
//
// A write that adds an attribute stores the value first and then the new shape (release); a reader
// loads the shape first (acquire), then the value. Going to dictionary mode stores the shape first
// and the overflow word afterwards, so a reader that finds a dict there sees the new shape when it
// looks again. An overflow array that is replaced is emptied before it is given up: whoever still
// reads it finds nothing and takes the lock.
#include "core/object/instance.h"

#include "alloc/heap.h"
#include "core/object/dict.h"
#include "core/object/shape.h"
#include "core/object/str.h"

SharedRef *instance_extra_var(ObjectHead *o, const Type *t)
{
    size_t size = t->basic_size - t->struct_size;
    if (type_has_dict(t)) {
        size += sizeof(SharedRef);
    }
    return (SharedRef *)((char *)o + heap_object_size(o) - size);
}

// acquire: pairs with the release of whoever changes the shape.
static Shape *current_shape(const ObjectHead *o)
{
    return shape_entry(atomic_load_acquire(&o->shape))->shape;
}

static void set_shape(ObjectHead *o, const Shape *shape)
{
    // release: pairs with current_shape and with the checks of instruction caches.
    atomic_store_release(&o->shape, shape->id);
}

static OverflowArray *overflow_array(const SharedRef *word)
{
    // acquire: pairs with the release in room_for.
    return (OverflowArray *)atomic_load_acquire(&word->bits);
}

// --- Learning how many attributes to expect ------------------------------------------------------

void type_learn(ThreadState *ts, Type *t)
{
    if (!type_has_dict(t) || (t->flags & TYPE_MADE_BY_SCRIPT) == 0 ||
        (t->flags & TYPE_VAR_SIZE) != 0) {
        atomic_store_relaxed(&t->learned, 1u);
        return;
    }
    uint32_t seen = atomic_add_relaxed(&t->instances_seen, 1u) + 1;
    if (seen != 2 && seen != 8 && seen != 64) {
        return;
    }
    if (seen == 64) {
        atomic_store_relaxed(&t->learned, 1u);
    }
    uint32_t count = MIN_OF(atomic_load_relaxed(&t->attributes_max), (uint32_t)SHAPE_INLINE_MAX);
    // Blocks are multiples of sixteen bytes: do not leave half of one empty.
    uint32_t words = t->basic_size / 8 + 1 + count;
    count += words & 1;
    Shape *now = shape_entry(atomic_load_relaxed(&t->shape))->shape;
    if (count > now->inline_count || (count < now->inline_count && seen >= 8)) {
        Shape *root = shape_make_root(ts, t, count);
        if (root == NULL) {
            exception_clear(ts); // the old one will do
            return;
        }
        atomic_store_relaxed(&t->inline_count, count);
        atomic_store_release(&t->shape, root->id);
    }
}

// --- Reading -------------------------------------------------------------------------------------

static Lookup get_from_dict(ThreadState *ts, ObjectHead *o, SharedRef *word, Value name, Ref *out)
{
    OWNED Ref dict = shared_ref_load(o, word);
    if (POLICY_FREE_THREADED && is_error(dict)) {
        // Another thread, which has the lock, is turning it into a dictionary.
        dict = shared_ref_load_slow(o, word);
    }
    if (is_error(dict)) {
        *out = NO_REF;
        return LOOKUP_ABSENT;
    }
    return dict_get(ts, dict_from(dict.v), name, out);
}

static SharedRef *place_of(ObjectHead *o, const Shape *shape, uint32_t index)
{
    SharedRef *word = instance_overflow(o, shape->type);
    return index < shape->inline_count ? word + 1 + index
                                       : &overflow_array(word)->values[index - shape->inline_count];
}

static Lookup get_locked(ThreadState *ts, ObjectHead *o, Value name, Ref *out)
{
    bool is_dictionary = false;
    *out = NO_REF;
    CriticalSection section;
    critical_begin(ts, &section, o);
    Shape *shape = current_shape(o);
    if (shape->is_dictionary) {
        is_dictionary = true;
    } else {
        int index = shape_find(shape, name);
        if (index >= 0) {
            *out = shared_ref_load_locked(place_of(o, shape, (uint32_t)index));
        }
    }
    critical_end(ts, &section);
    if (is_dictionary) {
        return get_from_dict(ts, o, instance_overflow(o, head_type(o)), name, out);
    }
    return is_error(*out) ? LOOKUP_ABSENT : LOOKUP_FOUND;
}

Lookup instance_get(ThreadState *ts, ObjectHead *o, Value name, Ref *out)
{
    Shape *shape = current_shape(o);
    if (UNLIKELY(shape->is_dictionary)) {
        return get_from_dict(ts, o, instance_overflow(o, shape->type), name, out);
    }
    int index = shape_find(shape, name);
    if (index < 0) {
        *out = NO_REF;
        return LOOKUP_ABSENT;
    }
    SharedRef *word = instance_overflow(o, shape->type);
    SharedRef *place = word + 1 + index;
    if (index >= shape->inline_count) {
        OverflowArray *array = overflow_array(word);
        if (POLICY_FREE_THREADED && UNLIKELY(array == NULL || current_shape(o) != shape)) {
            return get_locked(ts, o, name, out); // it may be a dict by now, or about to be one
        }
        place = &array->values[index - shape->inline_count];
    }
    if (LIKELY(shared_ref_try_load(place, out) && !is_error(*out))) {
        return LOOKUP_FOUND;
    }
    return get_locked(ts, o, name, out);
}

// --- Writing -------------------------------------------------------------------------------------

// Dropped after unlocking.
typedef struct Garbage {
    Ref refs[SHAPE_ATTRIBUTES_MAX + 2];
    size_t count;
    OverflowArray *arrays[2];
    size_t array_count;
} Garbage;

static void garbage_add(Garbage *g, Ref r)
{
    if (!is_error(r)) {
        g->refs[g->count++] = r;
    }
}

static void garbage_drop(ThreadState *ts, Garbage *g)
{
    for (size_t i = 0; i < g->array_count; i++) {
        raw_free_shared(ts, g->arrays[i]);
    }
    for (size_t i = 0; i < g->count; i++) {
        ref_drop(&g->refs[i]);
    }
}

// Room for the place `index` of the overflow array. False: MemoryError is set.
static bool room_for_locked(ThreadState *ts, SharedRef *word, uint32_t index, OverflowArray **old)
{
    OverflowArray *array = overflow_array(word);
    if (array != NULL && index < array->capacity) {
        return true;
    }
    uint64_t capacity = array == NULL ? 3 : array->capacity * 2 + 1;
    size_t size = sizeof *array + capacity * sizeof(SharedRef);
    OverflowArray *larger = raw_alloc(ts, size);
    if (larger == NULL) {
        return false;
    }
    memset(larger, 0, size);
    larger->capacity = capacity;
    for (uint64_t i = 0; array != NULL && i < array->capacity; i++) {
        shared_ref_init(&larger->values[i], (Ref){shared_ref_peek(&array->values[i])});
    }
    // release: pairs with the acquire in overflow_array.
    atomic_store_release(&word->bits, (uintptr_t)larger);
    for (uint64_t i = 0; array != NULL && i < array->capacity; i++) {
        atomic_store_release(&array->values[i].bits, (uintptr_t)0);
    }
    *old = array;
    return true;
}

static void empty_places_locked(ObjectHead *o, const Shape *shape, Garbage *g)
{
    SharedRef *word = instance_overflow(o, shape->type);
    for (uint32_t i = 0; i < shape->count; i++) {
        garbage_add(g, shared_ref_swap(place_of(o, shape, i), NO_REF));
    }
    if (shape->count > shape->inline_count && overflow_array(word) != NULL) {
        g->arrays[g->array_count++] = overflow_array(word);
    }
}

// Moves the attributes into `dict` and makes it the instance's dict (steals it).
static Status to_dictionary_locked(ThreadState *ts, ObjectHead *o, Shape *shape, Ref dict,
                                   Garbage *g)
{
    ShapeItem items[SHAPE_ATTRIBUTES_MAX];
    size_t count = shape_items(shape, items);
    Shape *target = shape_of_dictionary(ts, shape->type);
    if (target == NULL) {
        garbage_add(g, dict);
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < count; i++) {
        Value value = shared_ref_peek(place_of(o, shape, items[i].index));
        if (!is_no_value(value) &&
            dict_set(ts, dict_from(dict.v), items[i].name, value) == STATUS_ERROR) {
            garbage_add(g, dict);
            return STATUS_ERROR;
        }
    }
    // In this order, since readers have no lock: the word holds an array or nothing under the old
    // shape, a dict or nothing under the new one. Who finds nothing looks again, with the lock.
    empty_places_locked(o, shape, g);
    SharedRef *word = instance_overflow(o, shape->type);
    atomic_store_release(&word->bits, (uintptr_t)0); // the array, if any, is garbage already
    set_shape(o, target);
    Ref none = shared_ref_swap(word, dict);
    (void)none;
    return STATUS_OK;
}

static Lookup remove_locked(ThreadState *ts, ObjectHead *o, Shape *shape, Value name, Garbage *g)
{
    int index = shape_find(shape, name);
    if (index < 0 || is_no_value(shared_ref_peek(place_of(o, shape, (uint32_t)index)))) {
        return LOOKUP_ABSENT;
    }
    Shape *next = shape_remove(ts, shape, name);
    if (next == NULL) {
        return LOOKUP_ERROR; // dictionary mode is due
    }
    set_shape(o, next);
    garbage_add(g, shared_ref_swap(place_of(o, shape, (uint32_t)index), NO_REF));
    return LOOKUP_FOUND;
}

// LOOKUP_ERROR without an exception: dictionary mode is due.
static Lookup set_locked(ThreadState *ts, ObjectHead *o, Shape *shape, Value name, Value value,
                         Garbage *g)
{
    int index = shape_find(shape, name);
    if (index >= 0) {
        garbage_add(g, shared_ref_swap(place_of(o, shape, (uint32_t)index), ref_new(value)));
        return LOOKUP_FOUND;
    }
    Shape *next = shape_add(ts, shape, name);
    if (next == NULL) {
        return LOOKUP_ERROR;
    }
    uint32_t place = next->is_deletion ? 0 : next->index;
    if (place >= next->inline_count) {
        OverflowArray *old = NULL;
        if (!room_for_locked(ts, instance_overflow(o, shape->type), place - next->inline_count,
                             &old)) {
            return LOOKUP_ERROR;
        }
        if (old != NULL) {
            g->arrays[g->array_count++] = old;
        }
    }
    // What a deleted attribute left is empty, so nothing is lost here.
    Ref none = shared_ref_swap(place_of(o, next, place), ref_new(value));
    garbage_add(g, none);
    set_shape(o, next);
    return LOOKUP_FOUND;
}

static Lookup set_in_dict(ThreadState *ts, ObjectHead *o, Value name, Value value)
{
    OWNED Ref dict = instance_dict(ts, o);
    if (is_error(dict)) {
        return LOOKUP_ERROR;
    }
    if (is_no_value(value)) {
        return dict_delete(ts, dict_from(dict.v), name);
    }
    return dict_set(ts, dict_from(dict.v), name, value) == STATUS_OK ? LOOKUP_FOUND : LOOKUP_ERROR;
}

Lookup instance_set(ThreadState *ts, ObjectHead *o, Value name, Value value)
{
    Garbage garbage;
    garbage.count = garbage.array_count = 0;
    Lookup result = LOOKUP_ERROR;
    CriticalSection section;
    critical_begin(ts, &section, o);
    Shape *shape = current_shape(o);
    if (!shape->is_dictionary) {
        result = is_no_value(value) ? remove_locked(ts, o, shape, name, &garbage)
                                    : set_locked(ts, o, shape, name, value, &garbage);
    }
    critical_end(ts, &section);
    garbage_drop(ts, &garbage);
    if (result == LOOKUP_ERROR && !has_exception(ts)) {
        return set_in_dict(ts, o, name, value);
    }
    return result;
}

// --- __dict__ ------------------------------------------------------------------------------------

Ref instance_dict(ThreadState *ts, ObjectHead *o)
{
    Shape *shape = current_shape(o);
    if (shape->is_dictionary) {
        Ref dict = shared_ref_load(o, instance_overflow(o, shape->type));
        if (!is_error(dict)) {
            return dict;
        }
    }
    Garbage garbage;
    garbage.count = garbage.array_count = 0;
    OWNED Ref made = dict_new(ts);
    if (is_error(made)) {
        return NO_REF;
    }
    Ref result = NO_REF;
    CriticalSection section;
    critical_begin(ts, &section, o);
    shape = current_shape(o);
    SharedRef *word = instance_overflow(o, shape->type);
    if (shape->is_dictionary) { // somebody was faster, or the dict was cleared by the collector
        if (is_no_value(shared_ref_peek(word))) {
            garbage_add(&garbage, shared_ref_swap(word, ref_new(made.v)));
        }
        result = shared_ref_load_locked(word);
    } else if (to_dictionary_locked(ts, o, shape, ref_new(made.v), &garbage) == STATUS_OK) {
        result = shared_ref_load_locked(word);
    }
    critical_end(ts, &section);
    garbage_drop(ts, &garbage);
    return result;
}

Status instance_set_dict(ThreadState *ts, ObjectHead *o, Value dict)
{
    OWNED Ref old = instance_dict(ts, o);
    OWNED Ref next = is_no_value(dict) ? dict_new(ts) : ref_new(dict);
    if (is_error(old) || is_error(next)) {
        return STATUS_ERROR;
    }
    Ref before;
    CriticalSection section;
    critical_begin(ts, &section, o);
    before = shared_ref_swap(instance_overflow(o, head_type(o)), ref_take(&next));
    critical_end(ts, &section);
    ref_drop(&before);
    return STATUS_OK;
}

Ref instance_dict_copy(ThreadState *ts, ObjectHead *o)
{
    Shape *shape = current_shape(o);
    if (shape->is_dictionary) {
        OWNED Ref dict = instance_dict(ts, o);
        return is_error(dict) ? NO_REF : dict_copy(ts, dict_from(dict.v));
    }
    ShapeItem items[SHAPE_ATTRIBUTES_MAX];
    size_t count = shape_items(shape, items);
    OWNED Ref dict = dict_new_sized(ts, count);
    for (size_t i = 0; !is_error(dict) && i < count; i++) {
        OWNED Ref value = NO_REF;
        Lookup found = instance_get(ts, o, items[i].name, &value);
        if (found == LOOKUP_ERROR ||
            (found == LOOKUP_FOUND &&
             dict_set(ts, dict_from(dict.v), items[i].name, value.v) == STATUS_ERROR)) {
            return NO_REF;
        }
    }
    return ref_take(&dict);
}

// --- __class__ -----------------------------------------------------------------------------------

// The shape of `t` with the same attributes at the same places; NULL: there is none.
static Shape *translate_shape(ThreadState *ts, const Shape *shape, Type *t)
{
    ShapeItem items[SHAPE_ATTRIBUTES_MAX];
    size_t count = shape_items(shape, items);
    if (count != shape->count) {
        return NULL; // places of deleted attributes
    }
    Shape *next = shape_make_root(ts, t, shape->inline_count);
    for (size_t i = 0; next != NULL && i < count; i++) {
        next = shape_add(ts, next, items[i].name);
    }
    return next;
}

Status instance_set_type(ThreadState *ts, ObjectHead *o, Type *t)
{
    Shape *shape = current_shape(o);
    Shape *next = NULL;
    if (shape == NULL || !type_has_dict(shape->type)) {
        next = shape_make_root(ts, t, 0);
    } else if (!shape->is_dictionary) {
        next = translate_shape(ts, shape, t);
    }
    if (next == NULL) {
        exception_clear(ts);
        OWNED Ref dict = instance_dict(ts, o);
        next = shape_of_dictionary(ts, t);
        if (is_error(dict) || next == NULL) {
            return STATUS_ERROR;
        }
        shape = shape_of_dictionary(ts, head_type(o));
    }
    bool changed = false;
    CriticalSection section;
    critical_begin(ts, &section, o);
    if (current_shape(o) == shape) {
        set_shape(o, next);
        changed = true;
    }
    critical_end(ts, &section);
    return changed ? STATUS_OK
                   : instance_set_type(ts, o, t); // another thread added an attribute: again
}

// --- For the collector and the end of objects ----------------------------------------------------

void instance_traverse(ObjectHead *o, Type *t, Visitor visit, void *context)
{
    SharedRef *extra = instance_extra(o, t);
    SharedRef *word = instance_overflow(o, t);
    for (SharedRef *slot = extra; slot < word; slot++) {
        visit(shared_ref_peek(slot), EDGE_COUNTED, context);
    }
    if (!type_has_dict(t)) {
        return;
    }
    Shape *shape = current_shape(o);
    if (shape->is_dictionary) {
        visit(shared_ref_peek(word), EDGE_COUNTED, context);
        return;
    }
    for (uint32_t i = 0; i < shape->count; i++) {
        visit(shared_ref_peek(place_of(o, shape, i)), EDGE_COUNTED, context);
    }
}

void instance_finish(ThreadState *ts, ObjectHead *o, Type *t)
{
    SharedRef *word = instance_overflow(o, t);
    for (SharedRef *slot = instance_extra(o, t); slot < word; slot++) {
        shared_ref_clear(slot);
    }
    if (!type_has_dict(t)) {
        return;
    }
    Shape *shape = current_shape(o);
    if (shape->is_dictionary) {
        shared_ref_clear(word);
        return;
    }
    uint32_t count = MIN_OF(shape->count, shape->inline_count);
    for (uint32_t i = 0; i < count; i++) {
        shared_ref_clear(word + 1 + i);
    }
    OverflowArray *array = overflow_array(word);
    if (array != NULL) {
        for (uint32_t i = 0; i + count < shape->count; i++) {
            shared_ref_clear(&array->values[i]);
        }
        atomic_store_relaxed(&word->bits, (uintptr_t)0);
        raw_free_shared(ts, array);
    }
}

void instance_clear(ThreadState *ts, ObjectHead *o, Type *t)
{
    SharedRef *word = instance_overflow(o, t);
    Garbage garbage;
    garbage.count = garbage.array_count = 0;
    CriticalSection section;
    critical_begin(ts, &section, o);
    Shape *shape = current_shape(o);
    if (type_has_dict(t) && shape->is_dictionary) {
        garbage_add(&garbage, shared_ref_swap(word, NO_REF));
    } else if (type_has_dict(t)) {
        // Places become empty, the shape stays: an empty place counts as absent.
        for (uint32_t i = 0; i < shape->count; i++) {
            garbage_add(&garbage, shared_ref_swap(place_of(o, shape, i), NO_REF));
        }
    }
    critical_end(ts, &section);
    garbage_drop(ts, &garbage);
    for (SharedRef *slot = instance_extra(o, t); slot < word; slot++) {
        shared_ref_clear(slot);
    }
}
