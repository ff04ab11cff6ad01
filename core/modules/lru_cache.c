// core/modules/lru_cache.c: what functools.lru_cache wraps a function in.
//
// The cache is a dict from arguments to result. A bounded cache keeps it in order of use: a hit
// moves its entry behind all others, and when the cache is full the first entry goes. Each step is
// atomic by itself; two threads that miss the same key both call the function, as in CPython.
#include "core/object/dict_keys.h"
#include "core/object/function.h"
#include "core/object/tuple.h"

typedef struct LruCache {
    ObjectHead head;
    SharedRef function, cache, info_type;
    int64_t maxsize; // -1: no bound
    bool is_typed;
    int64_t hits, misses; // atomic
} LruCache;

static LruCache *cache_from(Value v) { return (LruCache *)value_head(v); }
static Dict *cache_dict(LruCache *c) { return dict_from(shared_ref_peek(&c->cache)); }

static Ref lru_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"user_function", "maxsize", "typed", "cache_info_type",
                                             NULL};
    Value bound[4];
    if (arguments_bind(ts, "lru_cache", parameters, 0, 4, 4, args, count, names, bound) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    if (!object_is_callable(bound[0])) {
        return raise(ts, EXC_TypeError, "the first argument must be callable");
    }
    int64_t maxsize = -1;
    if (!value_is_none(bound[1])) {
        if (!value_is_index(bound[1])) {
            return raise(ts, EXC_TypeError, "maxsize should be integer or None");
        }
        if (index_clamp(ts, bound[1], &maxsize) == STATUS_ERROR) {
            return NO_REF;
        }
        maxsize = MAX_OF(maxsize, 0);
    }
    Truth is_typed = object_is_true(ts, bound[2]);
    OWNED Ref cache = is_typed == TRUTH_ERROR ? NO_REF : dict_new(ts);
    LruCache *c = is_error(cache) ? NULL : object_new_of(ts, type_from(self));
    if (c == NULL) {
        return NO_REF;
    }
    shared_ref_init(&c->function, ref_new(bound[0]));
    shared_ref_init(&c->cache, ref_take(&cache));
    shared_ref_init(&c->info_type, ref_new(bound[3]));
    c->maxsize = maxsize;
    c->is_typed = is_typed == TRUTH_TRUE;
    c->hits = c->misses = 0;
    object_track(&c->head);
    return REF_FROM_NEW(c);
}

// What the arguments are remembered by: a lone int or str itself, else a tuple.
static Ref make_key(ThreadState *ts, LruCache *c, const Value *args, size_t count, Value names)
{
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    if (!c->is_typed && named == 0 && count == 1 && value_is_plain_key(args[0])) {
        return ref_new(args[0]);
    }
    size_t size = count + (named > 0 ? 1 + 2 * named : 0) + (c->is_typed ? count + named : 0),
           at = 0;
    OWNED Ref key = tuple_new(ts, size);
    if (is_error(key)) {
        return NO_REF;
    }
    for (size_t i = 0; i < count; i++) {
        tuple_init_item(key.v, at++, ref_new(args[i]));
    }
    if (named > 0) {
        // A mark no caller passes: the type of this wrapper.
        tuple_init_item(key.v, at++, ref_new(type_value(TYPE_OF_KIND(LRU_CACHE))));
        for (size_t i = 0; i < named; i++) {
            tuple_init_item(key.v, at++, ref_new(tuple_item(names, i)));
            tuple_init_item(key.v, at++, ref_new(args[count + i]));
        }
    }
    for (size_t i = 0; c->is_typed && i < count + named; i++) {
        tuple_init_item(key.v, at++, ref_new(type_value(type_of(args[i]))));
    }
    return tuple_finish(ts, ref_take(&key));
}

static void forget_oldest(ThreadState *ts, Dict *d)
{
    OWNED Ref key = NO_REF;
    OWNED Ref value = NO_REF;
    (void)dict_pop_first(ts, d, &key, &value);
}

static Status remember(ThreadState *ts, LruCache *c, Value key, int64_t hash, Value result)
{
    Dict *d = cache_dict(c);
    OWNED Ref there = NO_REF;
    Lookup found = dict_get_hashed(ts, d, key, hash, &there);
    if (found != LOOKUP_ABSENT) { // somebody else has been quicker
        return found == LOOKUP_ERROR ? STATUS_ERROR : STATUS_OK;
    }
    if (c->maxsize >= 0 && dict_size(d) >= (size_t)c->maxsize) {
        forget_oldest(ts, d);
    }
    Status status = dict_set_hashed(ts, d, key, hash, result);
    while (c->maxsize >= 0 && dict_size(d) > (size_t)c->maxsize && status == STATUS_OK) {
        forget_oldest(ts, d); // other threads have added as well
    }
    return status;
}

static Ref lru_call(CALL_PARAMETERS)
{
    LruCache *c = cache_from(self);
    Value function = shared_ref_peek(&c->function);
    if (c->maxsize == 0) {
        atomic_add_relaxed(&c->misses, 1);
        return object_call(ts, function, args, count, names);
    }
    OWNED Ref key = make_key(ts, c, args, count, names);
    int64_t hash;
    if (is_error(key) || key_hash(ts, key.v, &hash) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref result = NO_REF;
    Lookup found = dict_get_hashed(ts, cache_dict(c), key.v, hash, &result);
    if (found == LOOKUP_ERROR) {
        return NO_REF;
    }
    if (found == LOOKUP_FOUND) {
        if (c->maxsize > 0 &&
            dict_move_hashed(ts, cache_dict(c), key.v, hash, true) == LOOKUP_ERROR) {
            return NO_REF;
        }
        atomic_add_relaxed(&c->hits, 1);
        return ref_take(&result);
    }
    atomic_add_relaxed(&c->misses, 1);
    result = object_call(ts, function, args, count, names);
    if (is_error(result) || remember(ts, c, key.v, hash, result.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&result);
}

static void lru_finish(ThreadState *ts, ObjectHead *o)
{
    LruCache *c = (LruCache *)o;
    shared_ref_clear(&c->function);
    shared_ref_clear(&c->cache);
    shared_ref_clear(&c->info_type);
}
static void lru_traverse(ObjectHead *o, Visitor visit, void *context)
{
    LruCache *c = (LruCache *)o;
    visit_place(&c->function, visit, context);
    visit_place(&c->cache, visit, context);
    visit_place(&c->info_type, visit, context);
}
static void lru_clear(ThreadState *ts, ObjectHead *o) { dict_clear(ts, cache_dict((LruCache *)o)); }

static Ref lru_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    return is_no_value(instance) || value_is_none(instance) ? ref_new(self)
                                                            : bound_method_new(ts, self, instance);
}

static Ref method_info(ThreadState *ts, Value self, const Value *args)
{
    LruCache *c = cache_from(self);
    Value figures[4] = {small_int(atomic_load_relaxed(&c->hits)),
                        small_int(atomic_load_relaxed(&c->misses)),
                        c->maxsize < 0 ? VALUE_NONE : small_int(c->maxsize),
                        small_int((int64_t)dict_size(cache_dict(c)))};
    return object_call(ts, shared_ref_peek(&c->info_type), figures, 4, NO_VALUE);
}

static Ref method_clear(ThreadState *ts, Value self, const Value *args)
{
    LruCache *c = cache_from(self);
    atomic_store_relaxed(&c->hits, (int64_t)0);
    atomic_store_relaxed(&c->misses, (int64_t)0);
    dict_clear(ts, cache_dict(c));
    return REF_NONE;
}

static Ref method_reduce(ThreadState *ts, Value self, const Value *args)
{
    return object_get_attribute(ts, self, NAME(__qualname__));
}
static Ref method_copy(ThreadState *ts, Value self, const Value *args) { return ref_new(self); }

static const NativeDef lru_methods[] = {
    NATIVE("cache_info", method_info, "($self, /)", "Report cache statistics"),
    NATIVE("cache_clear", method_clear, "($self, /)", "Clear the cache and cache statistics"),
    NATIVE("__reduce__", method_reduce, "($self, /)", NULL),
    NATIVE("__copy__", method_copy, "($self, /)", NULL),
    NATIVE("__deepcopy__", method_copy, "($self, memo, /)", NULL),
    NATIVE_END,
};

const TypeSpec spec_LRU_CACHE = {
    .name = "functools._lru_cache_wrapper",
    .doc = "A function that remembers what another returned: for maxsize calls at the most "
           "(None: for all, 0: for none). typed: arguments of different types are different "
           "calls. The last argument makes what cache_info() returns.",
    .base = KIND_OBJECT,
    .size = sizeof(LruCache),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_HAS_DICT | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = lru_finish,
              .traverse = lru_traverse,
              .clear = lru_clear,
              .call = lru_call,
              .descriptor_get = lru_get,
              .make = lru_make},
    .methods = lru_methods,
};
