// core/modules/thread_local.c: `_thread._local`, an object whose attributes
// each thread has for itself.
//
//  1. The object keeps a dict per thread, in one dict keyed by the thread's serial number, which
//     is never used again. So the collector sees all of them, and they go when the object goes.
//  2. The first access of a thread makes its dict, notes the object's id in the thread's list,
//     and calls __init__ with the arguments that the object was made with.
//  3. A thread that ends goes through its list and takes its dict out of each object
//     that is still there. The registry leads from ids to objects; an object leaves it
//     before its fields are dropped.
#include "core/modules/thread.h"

#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gil/futex.h"

typedef struct LocalObject {
    ObjectHead head;
    uint64_t id;                     // never used again
    struct LocalObject *next, *prev; // bucket of the registry; registry.lock
    SharedRef args, names; // of __init__: a tuple, and the tuple of its keywords; or empty
    SharedRef by_thread;   // Dict: serial of a thread -> its dict
} LocalObject;

static struct {
    RawLock lock;
    uint64_t last_id;          // lock
    LocalObject *buckets[256]; // lock
} registry;

static LocalObject *local_from(Value v) { return (LocalObject *)value_head(v); }

// --- The registry --------------------------------------------------------------------------------

static void registry_add(LocalObject *l)
{
    raw_lock(&registry.lock);
    l->id = ++registry.last_id;
    LocalObject **bucket = &registry.buckets[l->id % ARRAY_LENGTH(registry.buckets)];
    l->prev = NULL;
    l->next = *bucket;
    if (l->next != NULL) {
        l->next->prev = l;
    }
    *bucket = l;
    raw_unlock(&registry.lock);
}

static void registry_remove(LocalObject *l)
{
    raw_lock(&registry.lock);
    if (l->prev != NULL) {
        l->prev->next = l->next;
    } else {
        registry.buckets[l->id % ARRAY_LENGTH(registry.buckets)] = l->next;
    }
    if (l->next != NULL) {
        l->next->prev = l->prev;
    }
    raw_unlock(&registry.lock);
}

// The object with this id, counted, unless it is dying or dead.
static Ref registry_find(uint64_t id)
{
    Ref found = NO_REF;
    raw_lock(&registry.lock);
    LocalObject *l = registry.buckets[id % ARRAY_LENGTH(registry.buckets)];
    while (l != NULL && l->id != id) {
        l = l->next;
    }
    if (l != NULL && head_try_retain(&l->head)) {
        found = (Ref){value_of(l)};
    }
    raw_unlock(&registry.lock);
    return found;
}

// --- Per thread ----------------------------------------------------------------------------------

ThreadLocals *thread_locals(ThreadState *ts)
{
    if (ts->locals == NULL) {
        ThreadLocals *locals = raw_alloc(ts, sizeof *locals);
        if (locals != NULL) {
            *locals = (ThreadLocals){.touched = NULL};
            ts->locals = locals;
        }
    }
    return ts->locals;
}

static Status note_touched(ThreadState *ts, uint64_t id)
{
    ThreadLocals *locals = thread_locals(ts);
    if (locals == NULL) {
        return STATUS_ERROR;
    }
    if (locals->touched_count == locals->touched_capacity) {
        size_t wanted = locals->touched_capacity == 0 ? 8 : locals->touched_capacity * 2;
        uint64_t *grown = raw_realloc(ts, locals->touched, wanted * sizeof *grown);
        if (grown == NULL) {
            return STATUS_ERROR;
        }
        locals->touched = grown;
        locals->touched_capacity = wanted;
    }
    locals->touched[locals->touched_count++] = id;
    return STATUS_OK;
}

static Value key_of(const ThreadState *ts) { return small_int((int64_t)ts->serial); }

static void drop_data_in(ThreadState *ts, uint64_t id)
{
    OWNED Ref local = registry_find(id);
    if (is_error(local)) {
        return;
    }
    OWNED Ref by_thread = shared_ref_load(value_head(local.v), &local_from(local.v)->by_thread);
    OWNED Ref mine = NO_REF;
    if (!is_error(by_thread) &&
        dict_pop(ts, dict_from(by_thread.v), key_of(ts), &mine) == LOOKUP_ERROR) {
        exception_unraisable(ts, local.v, NULL);
    }
}

void thread_local_data_drop(ThreadState *ts)
{
    ThreadLocals *locals = ts->locals;
    // Finalizers may touch others, or the same ones again: the list may grow meanwhile.
    for (int rounds = 0; locals != NULL && locals->touched_count > 0 && rounds < 1000000;
         rounds++) {
        drop_data_in(ts, locals->touched[--locals->touched_count]);
    }
    if (locals != NULL) {
        raw_free(ts, locals->touched);
        locals->touched = NULL;
        locals->touched_count = locals->touched_capacity = 0;
    }
}

// --- The object ----------------------------------------------------------------------------------

static Ref new_dict_for(ThreadState *ts, LocalObject *l)
{
    OWNED Ref dict = dict_new(ts);
    OWNED Ref by_thread = shared_ref_load(&l->head, &l->by_thread);
    if (is_error(dict) || note_touched(ts, l->id) == STATUS_ERROR ||
        dict_set(ts, dict_from(by_thread.v), key_of(ts), dict.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&dict);
}

static bool has_own_init(const Type *t)
{
    return t->slots.init != TYPE_OF_KIND(OBJECT)->slots.init;
}

// Calls __init__ for a thread that has not seen the object before.
static Status init_again(ThreadState *ts, Value self)
{
    LocalObject *l = local_from(self);
    Type *t = type_of(self);
    if (!has_own_init(t) || t->slots.init == NULL) {
        return STATUS_OK;
    }
    OWNED Ref packed = shared_ref_load(&l->head, &l->args);
    OWNED Ref names = shared_ref_load(&l->head, &l->names);
    size_t total = is_error(packed) ? 0 : tuple_count(packed.v);
    size_t named = is_error(names) ? 0 : tuple_count(names.v);
    Value *args = raw_alloc(ts, (total + 1) * sizeof *args);
    if (args == NULL) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < total; i++) {
        args[i] = tuple_item(packed.v, i);
    }
    Status status = t->slots.init(ts, self, args, total - named, names.v);
    raw_free(ts, args);
    return status;
}

// The calling thread's dict.
static Ref own_dict(ThreadState *ts, Value self)
{
    LocalObject *l = local_from(self);
    OWNED Ref by_thread = shared_ref_load(&l->head, &l->by_thread);
    if (is_error(by_thread)) {
        return dict_new(ts); // cleared by the collector
    }
    OWNED Ref dict = NO_REF;
    switch (dict_get(ts, dict_from(by_thread.v), key_of(ts), &dict)) {
    case LOOKUP_ERROR:
        return NO_REF;
    case LOOKUP_FOUND:
        return ref_take(&dict);
    default:
        break;
    }
    ref_set(&dict, new_dict_for(ts, l));
    if (is_error(dict)) {
        return NO_REF;
    }
    if (init_again(ts, self) == STATUS_ERROR) {
        // As if this thread had never been here.
        OWNED Ref pending = exception_fetch(ts);
        OWNED Ref dropped = NO_REF;
        (void)dict_pop(ts, dict_from(by_thread.v), key_of(ts), &dropped);
        exception_restore(ts, ref_take(&pending));
        return NO_REF;
    }
    return ref_take(&dict);
}

static Ref local_make(CALL_PARAMETERS)
{
    Type *t = type_from(self);
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    if (count + named > 0 && !has_own_init(t)) {
        return raise(ts, EXC_TypeError, "Initialization arguments are not supported");
    }
    OWNED Ref packed = tuple_from_values(ts, args, count + named);
    OWNED Ref by_thread = dict_new(ts);
    if (is_error(packed) || is_error(by_thread)) {
        return NO_REF;
    }
    LocalObject *l = object_new_of(ts, t);
    if (l == NULL) {
        return NO_REF;
    }
    shared_ref_init(&l->args, ref_take(&packed));
    shared_ref_init(&l->names, is_no_value(names) ? NO_REF : ref_new(names));
    shared_ref_init(&l->by_thread, ref_take(&by_thread));
    head_mark_shared(&l->head); // ending threads find it through the registry
    registry_add(l);
    object_track(&l->head);
    OWNED Ref made = REF_FROM_NEW(l);
    // The thread that makes it gets its __init__ from the call of the class.
    OWNED Ref dict = new_dict_for(ts, l);
    return is_error(dict) ? NO_REF : ref_take(&made);
}

static void local_finish(ThreadState *ts, ObjectHead *o)
{
    LocalObject *l = (LocalObject *)o;
    registry_remove(l);
    shared_ref_clear(&l->args);
    shared_ref_clear(&l->names);
    shared_ref_clear(&l->by_thread);
}

static void local_traverse(ObjectHead *o, Visitor visit, void *context)
{
    LocalObject *l = (LocalObject *)o;
    visit_place(&l->args, visit, context);
    visit_place(&l->names, visit, context);
    visit_place(&l->by_thread, visit, context);
}

static void local_clear(ThreadState *ts, ObjectHead *o)
{
    LocalObject *l = (LocalObject *)o;
    Ref args = NO_REF, names = NO_REF, by_thread = NO_REF;
    CRITICAL_SECTION(ts, o)
    {
        args = shared_ref_swap(&l->args, NO_REF);
        names = shared_ref_swap(&l->names, NO_REF);
        by_thread = shared_ref_swap(&l->by_thread, NO_REF);
    }
    ref_drop(&args);
    ref_drop(&names);
    ref_drop(&by_thread);
}

// --- Attributes ----------------------------------------------------------------------------------

static bool is_dict_name(Value name) { return str_equal(name, NAME(__dict__)); }

static Ref local_get_attribute(ThreadState *ts, Value self, Value name)
{
    OWNED Ref dict = own_dict(ts, self);
    if (is_error(dict) || is_dict_name(name)) {
        return ref_take(&dict);
    }
    Type *t = type_of(self);
    OWNED Ref of_class = type_lookup(ts, t, name);
    if (is_error(of_class) && has_exception(ts)) {
        return NO_REF;
    }
    const TypeSlots *slots = is_error(of_class) ? NULL : &type_of(of_class.v)->slots;
    if (slots != NULL && slots->descriptor_get != NULL && slots->descriptor_set != NULL) {
        return slots->descriptor_get(ts, of_class.v, self, type_value(t));
    }
    OWNED Ref own = NO_REF;
    Lookup found = dict_get(ts, dict_from(dict.v), name, &own);
    if (found != LOOKUP_ABSENT) {
        return ref_take(&own);
    }
    if (slots == NULL) {
        return raise_attribute_error(ts, self, name);
    }
    return slots->descriptor_get != NULL
               ? slots->descriptor_get(ts, of_class.v, self, type_value(t))
               : ref_take(&of_class);
}

static Status local_set_attribute(ThreadState *ts, Value self, Value name, Value value)
{
    if (is_dict_name(name)) {
        return raise_status(ts, EXC_AttributeError, "'%T' object attribute '%U' is read-only", self,
                            name);
    }
    OWNED Ref dict = own_dict(ts, self);
    if (is_error(dict)) {
        return STATUS_ERROR;
    }
    OWNED Ref of_class = type_lookup(ts, type_of(self), name);
    if (is_error(of_class) && has_exception(ts)) {
        return STATUS_ERROR;
    }
    if (!is_error(of_class) && type_of(of_class.v)->slots.descriptor_set != NULL) {
        return type_of(of_class.v)->slots.descriptor_set(ts, of_class.v, self, value);
    }
    if (!is_no_value(value)) {
        return dict_set(ts, dict_from(dict.v), name, value);
    }
    Lookup deleted = dict_delete(ts, dict_from(dict.v), name);
    if (deleted == LOOKUP_ABSENT) {
        (void)raise_attribute_error(ts, self, name);
    }
    return deleted == LOOKUP_FOUND ? STATUS_OK : STATUS_ERROR;
}

const TypeSpec spec_THREAD_LOCAL = {
    .name = "_thread._local",
    .doc = "Thread-local data",
    .base = KIND_OBJECT,
    .size = sizeof(LocalObject),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE,
    .slots = {.make = local_make,
              .finish = local_finish,
              .traverse = local_traverse,
              .clear = local_clear,
              .get_attribute = local_get_attribute,
              .set_attribute = local_set_attribute},
};
