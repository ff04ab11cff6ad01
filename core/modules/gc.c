// core/modules/gc.c: the gc module: the collector as scripts see it, and the reports it makes.
//
// Whoever looks at all objects does so in a pause and collects pointers, each counted, in memory
// that is not the heap's; the list is made when the world runs again. What a collection has
// found dead is never shown.
#include "gc/collector.h"

#include <stdio.h>

#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gc/vector.h"
#include "gil/stop_the_world.h"

static Ref callbacks; // list, ours until the process ends
static Ref garbage;

// --- switches and figures ------------------------------------------------------------------------

static Ref enable(ThreadState *ts, Value self, const Value *args)
{
    gc_enable();
    return REF_NONE;
}

static Ref disable(ThreadState *ts, Value self, const Value *args)
{
    gc_disable();
    return REF_NONE;
}

static Ref is_enabled(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(gc_is_enabled()));
}

// A C int, as the arguments of this module are.
static Status get_int(ThreadState *ts, Value v, int64_t *out)
{
    OWNED Ref index = object_index(ts, v);
    if (is_error(index)) {
        return STATUS_ERROR;
    }
    if (!int_to_i64(index.v, out) || *out != (int32_t)*out) {
        return raise_status(ts, EXC_OverflowError, "Python int too large to convert to C int");
    }
    return STATUS_OK;
}

static Ref collect(ThreadState *ts, Value self, const Value *args)
{
    int64_t generation = GENERATION_OLD;
    if (!is_no_value(args[0]) && get_int(ts, args[0], &generation) == STATUS_ERROR) {
        return NO_REF;
    }
    if (generation < 0 || generation >= GENERATIONS) {
        return raise(ts, EXC_ValueError, "invalid generation");
    }
    return int_from_i64(ts, gc_collect(ts, (int)generation));
}

static Ref tuple_of_three(ThreadState *ts, const int64_t numbers[GENERATIONS])
{
    return tuple_pack(ts, 3, small_int(numbers[0]), small_int(numbers[1]), small_int(numbers[2]));
}

static Ref get_count(ThreadState *ts, Value self, const Value *args)
{
    int64_t counts[GENERATIONS];
    gc_get_counts(ts, counts);
    return tuple_of_three(ts, counts);
}

static Ref get_threshold(ThreadState *ts, Value self, const Value *args)
{
    int64_t thresholds[GENERATIONS];
    gc_get_thresholds(thresholds);
    return tuple_of_three(ts, thresholds);
}

static Ref set_threshold(ThreadState *ts, Value self, const Value *args)
{
    int64_t thresholds[GENERATIONS];
    gc_get_thresholds(thresholds);
    for (int i = 0; i < GENERATIONS; i++) {
        if (!is_no_value(args[i]) && get_int(ts, args[i], &thresholds[i]) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    gc_set_thresholds(thresholds);
    return REF_NONE;
}

static Ref stats_of(ThreadState *ts, const GenerationStats *stats)
{
    OWNED Ref dict = dict_new(ts);
    if (is_error(dict)) {
        return NO_REF;
    }
    Dict *d = dict_from(dict.v);
    if (dict_set_z(ts, d, "collections", small_int(stats->collections)) == STATUS_ERROR ||
        dict_set_z(ts, d, "collected", small_int(stats->collected)) == STATUS_ERROR ||
        dict_set_z(ts, d, "uncollectable", small_int(stats->uncollectable)) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&dict);
}

static Ref get_stats(ThreadState *ts, Value self, const Value *args)
{
    GenerationStats stats[GENERATIONS];
    gc_get_stats(stats);
    OWNED Ref list = list_new(ts, GENERATIONS);
    for (int i = 0; i < GENERATIONS && !is_error(list); i++) {
        OWNED Ref one = stats_of(ts, &stats[i]);
        if (is_error(one) || list_append(ts, list_from(list.v), one.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&list);
}

static Ref set_debug(ThreadState *ts, Value self, const Value *args)
{
    int64_t flags;
    if (get_int(ts, args[0], &flags) == STATUS_ERROR) {
        return NO_REF;
    }
    gc_set_debug_flags((uint32_t)flags);
    return REF_NONE;
}

static Ref get_debug(ThreadState *ts, Value self, const Value *args)
{
    return int_from_i64(ts, (int32_t)gc_debug_flags());
}

static Ref freeze(ThreadState *ts, Value self, const Value *args)
{
    gc_freeze(ts);
    return REF_NONE;
}

static Ref unfreeze(ThreadState *ts, Value self, const Value *args)
{
    gc_unfreeze(ts);
    return REF_NONE;
}

static Ref get_freeze_count(ThreadState *ts, Value self, const Value *args)
{
    return int_from_i64(ts, gc_frozen_count(ts));
}

// --- looking at objects --------------------------------------------------------------------------

typedef struct Gathered {
    Vector values; // counted
    bool failed;
    const Value *wanted; // get_referrers: refers to one of these?
    size_t wanted_count;
    bool refers;
} Gathered;

static void gather(Gathered *gathered, Value v)
{
    if (!vector_push(&gathered->values, (void *)v.bits)) {
        gathered->failed = true;
    } else if (value_is_object(v)) {
        head_retain(value_head(v));
    }
}

// A list of what was gathered, which is let go of.
static Ref list_of(ThreadState *ts, Gathered *gathered)
{
    Vector *values = &gathered->values;
    Ref *items = (Ref *)(void *)values->items;
    OWNED Ref list = NO_REF;
    if (gathered->failed) {
        for (size_t i = 0; i < values->count; i++) {
            value_release(items[i].v);
        }
        (void)raise_no_memory(ts);
    } else {
        list = list_from_refs(ts, items, values->count);
    }
    vector_free(values);
    return ref_take(&list);
}

static void gather_object(ObjectHead *o, void *context) { gather(context, value_of(o)); }

static Ref get_objects(ThreadState *ts, Value self, const Value *args)
{
    int64_t generation = -1;
    if (!is_no_value(args[0]) && !value_is_none(args[0])) {
        if (get_int(ts, args[0], &generation) == STATUS_ERROR) {
            return NO_REF;
        }
        if (generation >= GENERATIONS) {
            return raise(ts, EXC_ValueError,
                         "generation parameter must be less than the number of available "
                         "generations (%d)",
                         GENERATIONS);
        }
    }
    Gathered gathered = {.values = {0}};
    stop_the_world(ts);
    gc_visit_tracked_stopped(generation < 0 ? -1 : (int)generation, gather_object, &gathered);
    start_the_world(ts);
    return list_of(ts, &gathered);
}

static void visit_wanted(Value target, EdgeKind kind, void *context)
{
    Gathered *gathered = context;
    for (size_t i = 0; i < gathered->wanted_count && !gathered->refers; i++) {
        gathered->refers = target.bits != 0 && value_is_same(target, gathered->wanted[i]);
    }
}

static void gather_referrer(ObjectHead *o, void *context)
{
    Gathered *gathered = context;
    gathered->refers = false;
    object_traverse(o, visit_wanted, gathered);
    if (gathered->refers) {
        gather(gathered, value_of(o));
    }
}

static Ref get_referrers(CALL_PARAMETERS)
{
    Gathered gathered = {.wanted = args, .wanted_count = count};
    stop_the_world(ts);
    gc_visit_tracked_stopped(-1, gather_referrer, &gathered);
    start_the_world(ts);
    return list_of(ts, &gathered);
}

static void gather_target(Value target, EdgeKind kind, void *context)
{
    if (!is_no_value(target)) {
        gather(context, target);
    }
}

static Ref get_referents(CALL_PARAMETERS)
{
    Gathered gathered = {.values = {0}};
    stop_the_world(ts);
    for (size_t i = 0; i < count; i++) {
        if (value_is_object(args[i]) && gc_is_tracked(value_head(args[i]))) {
            object_traverse(value_head(args[i]), gather_target, &gathered);
        }
    }
    start_the_world(ts);
    return list_of(ts, &gathered);
}

static Ref is_tracked(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(value_is_object(args[0]) && gc_is_tracked(value_head(args[0]))));
}

static Ref is_finalized(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(value_is_object(args[0]) &&
                             (atomic_load_relaxed(&value_head(args[0])->gc) & GC_FINALIZED) != 0));
}

// --- what the collector calls --------------------------------------------------------------------

static void visit_nothing(ObjectHead *o, void *context) { *(int64_t *)context += 1; }

static void print_start(ThreadState *ts, const CollectionInfo *info)
{
    int64_t counts[GENERATIONS] = {0};
    stop_the_world(ts);
    for (int i = 0; i < GENERATIONS; i++) {
        gc_visit_tracked_stopped(i, visit_nothing, &counts[i]);
    }
    start_the_world(ts);
    fprintf(stderr,
            "gc: collecting generation %d...\n"
            "gc: objects in each generation: %lld %lld %lld\n"
            "gc: objects in permanent generation: %lld\n",
            info->generation, (long long)counts[0], (long long)counts[1], (long long)counts[2],
            (long long)gc_frozen_count(ts));
}

static void print_stop(const CollectionInfo *info)
{
    fprintf(stderr, "gc: done, %lld unreachable, %lld uncollectable, %.4fs elapsed\n",
            (long long)(info->collected + info->uncollectable), (long long)info->uncollectable,
            (double)info->elapsed_ns / 1e9);
}

static Ref info_dict(ThreadState *ts, const CollectionInfo *info)
{
    OWNED Ref dict = dict_new(ts);
    if (is_error(dict)) {
        return NO_REF;
    }
    Dict *d = dict_from(dict.v);
    if (dict_set_z(ts, d, "generation", small_int(info->generation)) == STATUS_ERROR ||
        dict_set_z(ts, d, "collected", small_int(info->collected)) == STATUS_ERROR ||
        dict_set_z(ts, d, "uncollectable", small_int(info->uncollectable)) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&dict);
}

static void call_callbacks(ThreadState *ts, bool phase_stop, const CollectionInfo *info)
{
    OWNED Ref phase = str_from_z(ts, phase_stop ? "stop" : "start");
    OWNED Ref dict = is_error(phase) ? NO_REF : info_dict(ts, info);
    if (is_error(dict)) {
        exception_unraisable(ts, VALUE_NONE, NULL);
        return;
    }
    List *list = list_from(callbacks.v);
    for (size_t i = 0; i < list_size(list); i++) {
        OWNED Ref callback = list_get(ts, list, i);
        if (is_error(callback)) {
            break;
        }
        OWNED Ref result = object_call2(ts, callback.v, phase.v, dict.v);
        if (is_error(result)) {
            exception_unraisable(ts, callback.v, NULL);
        }
    }
}

void collection_notify(ThreadState *ts, bool phase_stop, const CollectionInfo *info)
{
    if ((gc_debug_flags() & GC_DEBUG_STATS) != 0) {
        phase_stop ? print_stop(info) : print_start(ts, info);
    }
    if (is_error(callbacks) || list_size(list_from(callbacks.v)) == 0) {
        return;
    }
    OWNED Ref pending = exception_fetch(ts);
    call_callbacks(ts, phase_stop, info);
    if (!is_error(pending)) {
        exception_restore(ts, ref_take(&pending));
    }
}

bool collection_found(ThreadState *ts, ObjectHead **objects, size_t count)
{
    uint32_t flags = gc_debug_flags();
    for (size_t i = 0; i < count && (flags & GC_DEBUG_COLLECTABLE) != 0; i++) {
        fprintf(stderr, "gc: collectable <%s %p>\n", type_name(type_of(value_of(objects[i]))),
                (void *)objects[i]);
    }
    if ((flags & GC_DEBUG_SAVEALL) == 0 || is_error(garbage)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (list_append(ts, list_from(garbage.v), value_of(objects[i])) == STATUS_ERROR) {
            exception_clear(ts);
        }
    }
    return true;
}

void collection_end(ThreadState *ts)
{
    ref_drop(&callbacks);
    ref_drop(&garbage);
}

bool object_is_type(const ObjectHead *o) { return o->kind == KIND_TYPE; }

// --- the module ----------------------------------------------------------------------------------

static const NativeDef functions[] = {
    NATIVE("enable", enable, "($module, /)", "Enable automatic garbage collection."),
    NATIVE("disable", disable, "($module, /)", "Disable automatic garbage collection."),
    NATIVE("isenabled", is_enabled, "($module, /)",
           "Returns true if automatic garbage collection is enabled."),
    NATIVE("collect", collect, "($module, /, generation=2)",
           "Collects one generation (0 to 2) and the younger ones, by default everything.\n\n"
           "Returns how many unreachable objects were found."),
    NATIVE("get_count", get_count, "($module, /)",
           "New objects of this thread; young collections, and middle ones, since the next older."),
    NATIVE("get_threshold", get_threshold, "($module, /)", "The thresholds of the generations."),
    NATIVE("set_threshold", set_threshold,
           "($module, threshold0, threshold1=<unrepresentable>, threshold2=<unrepresentable>, /)",
           "Sets the thresholds of the generations; threshold0 of zero turns collections off."),
    NATIVE("get_stats", get_stats, "($module, /)", "A dict of figures for each generation."),
    NATIVE("set_debug", set_debug, "($module, flags, /)", "Sets the debugging flags, DEBUG_*."),
    NATIVE("get_debug", get_debug, "($module, /)", "The debugging flags."),
    NATIVE("freeze", freeze, "($module, /)",
           "Moves all tracked objects out of the collector's sight, for ever or until unfreeze."),
    NATIVE("unfreeze", unfreeze, "($module, /)", "Moves frozen objects to the oldest generation."),
    NATIVE("get_freeze_count", get_freeze_count, "($module, /)", "How many objects are frozen."),
    NATIVE("get_objects", get_objects, "($module, /, generation=None)",
           "A list of all tracked objects, or of those of one generation."),
    NATIVE_RAW("get_referrers", get_referrers, "(*objs)",
               "A list of the objects that refer directly to any of these."),
    NATIVE_RAW("get_referents", get_referents, "(*objs)",
               "A list of the objects to which these refer directly."),
    NATIVE("is_tracked", is_tracked, "($module, obj, /)", "Does the collector look at it?"),
    NATIVE("is_finalized", is_finalized, "($module, obj, /)", "Has its finalizer run?"),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    if (is_error(callbacks)) {
        callbacks = list_new(ts, 0);
        garbage = list_new(ts, 0);
        if (is_error(callbacks) || is_error(garbage)) {
            return STATUS_ERROR;
        }
    }
    static const struct {
        const char *name;
        int64_t value;
    } constants[] = {
        {"DEBUG_STATS", GC_DEBUG_STATS},
        {"DEBUG_COLLECTABLE", GC_DEBUG_COLLECTABLE},
        {"DEBUG_UNCOLLECTABLE", GC_DEBUG_UNCOLLECTABLE},
        {"DEBUG_SAVEALL", GC_DEBUG_SAVEALL},
        {"DEBUG_LEAK", GC_DEBUG_COLLECTABLE | GC_DEBUG_UNCOLLECTABLE | GC_DEBUG_SAVEALL},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(constants); i++) {
        if (module_add_int(ts, module, constants[i].name, constants[i].value) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (module_add(ts, module, "callbacks", callbacks.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return module_add(ts, module, "garbage", garbage.v);
}

const ModuleSpec module_gc = {
    .name = "gc",
    .doc = "Control over the collector of reference cycles.",
    .functions = functions,
    .setup = setup,
};
