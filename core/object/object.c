// core/object/object.c: an object's life: block, header, tracking, finaliser, end.
//
// The last reference is gone (object_dealloc):
//  1. Too deep already? The object waits in ts->trash until the outermost deallocation is done: a
//     chain of a million nodes must not become a million C frames.
//  2. A finaliser that has not run yet runs, with one fresh reference. Did somebody keep the
//  object?
//     Then that is all.
//  3. The collector forgets it; weak references to it become empty.
//  4. Its fields are dropped: what a script's class added first, then the kind's own (`finish`).
//  5. The count words are left as late readers must find them, and the block is freed.
//
// Instances do not count their type, so a type could be collected while one of its instances lies
// in the trash or is in step 4, untracked. object_visit_dying tells the collector about such types.
#include "core/object/object.h"

#include <stddef.h>

#include "alloc/heap.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/shape.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gc/track.h"
#include "gc/upcalls.h"
#include "gc/weakref.h"
#include "gil/qsbr.h"

// --- Blocks --------------------------------------------------------------------------------------

void *raw_alloc(ThreadState *ts, size_t size)
{
    void *p = heap_alloc_raw(ts->heap, size);
    if (UNLIKELY(p == NULL)) {
        (void)raise_no_memory(ts);
    }
    return p;
}

void *raw_realloc(ThreadState *ts, void *p, size_t size)
{
    void *q = heap_realloc_raw(ts->heap, p, size);
    if (UNLIKELY(q == NULL)) {
        (void)raise_no_memory(ts);
    }
    return q;
}

void raw_free(ThreadState *ts, void *p) { heap_free_raw(ts->heap, p); }

void raw_free_shared(ThreadState *ts, void *p) { free_after_grace(ts, p); }

static ALWAYS_INLINE ObjectHead *new_block(ThreadState *ts, size_t size, bool collected,
                                           uint32_t shape, uint32_t kind)
{
    ObjectHead *o = heap_alloc_object(ts->heap, size, collected);
    if (UNLIKELY(o == NULL)) {
        (void)raise_no_memory(ts);
        return NULL;
    }
    head_init(o);
    // The other half of the header in one store: lock, collector's byte and flags are 0.
    // relaxed: as with the counts, a late lock-free reader may look at it.
    _Static_assert(offsetof(ObjectHead, kind) == 14, "the kind's place in the word");
    atomic_store_relaxed((uint64_t *)(void *)&o->shape, (uint64_t)shape | (uint64_t)kind << 48);
    return o;
}

void *object_new(ThreadState *ts, Kind kind, size_t size)
{
    uint32_t flags = builtin_types[kind].flags;
    if (UNLIKELY((flags & TYPE_HAS_DICT) != 0)) {
        ASSERT(size <= builtin_types[kind].struct_size);
        return object_new_of(ts, &builtin_types[kind]);
    }
    return new_block(ts, size, (flags & TYPE_COLLECTED) != 0, (uint32_t)kind, (uint32_t)kind);
}

void *object_new_var(ThreadState *ts, Kind kind, size_t size, size_t count, size_t item_size)
{
    size_t bytes;
    if (UNLIKELY(__builtin_mul_overflow(count, item_size, &bytes) ||
                 __builtin_add_overflow(bytes, size, &bytes))) {
        (void)raise_no_memory(ts);
        return NULL;
    }
    return object_new(ts, kind, bytes);
}

static size_t extra_size(const Type *t, const Shape *shape)
{
    size_t size = t->basic_size - t->struct_size;
    if ((t->flags & TYPE_HAS_DICT) != 0) {
        size += sizeof(SharedRef) * (1u + shape->inline_count);
    }
    return size;
}

// Clears what a subclass added behind the structure. From now on the collector could look at it.
static void prepare_extra(ObjectHead *o, Type *t, char *extra, size_t size)
{
    memset(extra, 0, size);
    // The kind's own makers track instances of collected kinds, when their fields are filled.
    if ((t->flags & TYPE_COLLECTED) != 0 && (builtin_types[t->kind].flags & TYPE_COLLECTED) == 0) {
        object_track(o);
    }
}

void *object_new_of(ThreadState *ts, Type *t)
{
    uint32_t id = type_next_shape(ts, t);
    Shape *shape = shape_entry(id)->shape;
    if (shape == NULL) {
        return object_new(ts, (Kind)id, t->struct_size);
    }
    size_t extra = extra_size(t, shape);
    ASSERT((t->flags & TYPE_VAR_SIZE) == 0);
    ObjectHead *o =
        new_block(ts, t->struct_size + extra, (t->flags & TYPE_COLLECTED) != 0, id, t->kind);
    if (LIKELY(o != NULL)) {
        prepare_extra(o, t, (char *)o + t->struct_size, extra);
    }
    return o;
}

void *object_new_var_of(ThreadState *ts, Type *t, size_t count, size_t item_size)
{
    uint32_t id = type_next_shape(ts, t);
    size_t size = t->struct_size;
    Shape *shape = shape_entry(id)->shape;
    if (shape == NULL) {
        return object_new_var(ts, (Kind)id, size, count, item_size);
    }
    size_t extra = extra_size(t, shape);
    size_t bytes;
    if (UNLIKELY(__builtin_mul_overflow(count, item_size, &bytes) || bytes > PTRDIFF_MAX / 2)) {
        (void)raise_no_memory(ts);
        return NULL;
    }
    size += ((bytes + 7) & ~(size_t)7) + extra;
    ObjectHead *o = new_block(ts, size, (t->flags & TYPE_COLLECTED) != 0, id, t->kind);
    if (LIKELY(o != NULL)) {
        char *end = (char *)o + heap_object_size(o);
        prepare_extra(o, t, end - extra, extra);
    }
    return o;
}

Ref instance_new(ThreadState *ts, Type *t)
{
    uint32_t id = type_next_shape(ts, t);
    size_t size = t->basic_size;
    if (LIKELY((t->flags & TYPE_HAS_DICT) != 0)) {
        size += sizeof(SharedRef) * (1u + shape_entry(id)->shape->inline_count);
    }
    ObjectHead *o = new_block(ts, size, (t->flags & TYPE_COLLECTED) != 0, id, t->kind);
    if (UNLIKELY(o == NULL)) {
        return NO_REF;
    }
    memset(o + 1, 0, size - sizeof(ObjectHead));
    if (LIKELY((t->flags & TYPE_COLLECTED) != 0)) {
        gc_track(ts->heap, o);
    }
    return REF_FROM_NEW(o);
}

void object_track(ObjectHead *o)
{
    if ((o->gc & GC_TRACKED) == 0) {
        gc_track(thread_current()->heap, o);
    }
}

void object_untrack(ObjectHead *o)
{
    if ((o->gc & GC_TRACKED) != 0) {
        gc_untrack(thread_current()->heap, o);
    }
}

void object_store(ThreadState *ts, ObjectHead *o, SharedRef *place, Ref value)
{
    OWNED Ref old = NO_REF;
    CRITICAL_SECTION(ts, o) { old = shared_ref_swap(place, value); }
}

size_t object_size(const ObjectHead *o)
{
    // The empty tuple and builtin types are no blocks of a heap.
    if (o->kind == KIND_TUPLE && ((const Tuple *)o)->count == 0 && o->shape == KIND_TUPLE) {
        return sizeof(Tuple);
    }
    if (o->kind == KIND_TYPE && (((const Type *)o)->flags & TYPE_MADE_BY_SCRIPT) == 0) {
        return sizeof(Type);
    }
    return heap_object_size(o);
}

// --- Fields --------------------------------------------------------------------------------------

void object_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Type *t = head_type(o);
    void (*traverse)(ObjectHead *, Visitor, void *) = builtin_types[o->kind].slots.traverse;
    if (traverse != NULL) {
        traverse(o, visit, context);
    }
    if ((t->flags & (TYPE_MADE_BY_SCRIPT | TYPE_HAS_DICT)) != 0) {
        instance_traverse(o, t, visit, context);
    }
    if ((t->flags & TYPE_MADE_BY_SCRIPT) != 0) {
        visit(type_value(t), EDGE_MARK_ONLY, context);
    }
}

void object_clear(ThreadState *ts, ObjectHead *o)
{
    Type *t = head_type(o);
    if ((t->flags & (TYPE_MADE_BY_SCRIPT | TYPE_HAS_DICT)) != 0) {
        instance_clear(ts, o, t);
    }
    void (*clear)(ThreadState *, ObjectHead *) = builtin_types[o->kind].slots.clear;
    if (clear != NULL) {
        clear(ts, o);
    }
}

// --- The end -------------------------------------------------------------------------------------

enum { DEALLOC_DEPTH_MAX = 50, TRASH_CHUNK = 1000 };

typedef struct Trash {
    struct Trash *next;
    size_t count;
    ObjectHead *objects[TRASH_CHUNK];
} Trash;

// On the C stack of a deallocation that is taking an instance apart.
typedef struct Dying {
    struct Dying *outer;
    Type *type;
} Dying;

void object_visit_dying(ThreadState *ts, Visitor visit, void *context)
{
    for (Dying *d = ts->dying; d != NULL; d = d->outer) {
        visit(type_value(d->type), EDGE_MARK_ONLY, context);
    }
    for (Trash *chunk = ts->trash; chunk != NULL; chunk = chunk->next) {
        for (size_t i = 0; i < chunk->count; i++) {
            visit(type_value(head_type(chunk->objects[i])), EDGE_MARK_ONLY, context);
        }
    }
}

// core/vm has the real one, which calls object_visit_dying and reports uncounted slots as well.
__attribute__((weak)) void visit_thread_roots(ThreadState *ts, Visitor visit, void *context)
{
    object_visit_dying(ts, visit, context);
}

static bool finalizers_ended; // the runtime is taken apart, by its last thread

void object_end_finalizers(void) { finalizers_ended = true; }
bool object_finalizers_have_ended(void) { return finalizers_ended; }

bool object_has_finalizer(const ObjectHead *o)
{
    return head_type(o)->slots.finalize != NULL && (o->gc & GC_FINALIZED) == 0 && !finalizers_ended;
}

void object_finalize(ThreadState *ts, ObjectHead *o)
{
    Type *t = head_type(o);
    if (!object_has_finalizer(o)) {
        return;
    }
    gc_set_flag(o, GC_FINALIZED);
    OWNED Ref pending = exception_fetch(ts);
    if (t->slots.finalize(ts, value_of(o)) == STATUS_ERROR) {
        OWNED Ref where = type_lookup(ts, t, NAME(__del__));
        bool by_script = !is_error(where) && !value_is_kind(where.v, KIND_SLOT_WRAPPER);
        exception_unraisable(ts, by_script ? where.v : value_of(o), NULL);
    }
    if (!is_error(pending)) {
        exception_restore(ts, ref_take(&pending));
    }
}

// True: the object lives on (or was ended by somebody else meanwhile) and may not be touched.
static bool finalizer_revives(ThreadState *ts, ObjectHead *o)
{
    if (!object_has_finalizer(o)) {
        return false;
    }
    head_begin_finalizer(o);
    object_finalize(ts, o);
    return !head_end_finalizer(o);
}

static ALWAYS_INLINE void free_dead(ThreadState *ts, ObjectHead *o)
{
    head_set_dead(o);
    heap_free_object(ts->heap, o);
}

static ALWAYS_INLINE void leave_tables(ThreadState *ts, ObjectHead *o)
{
    if ((o->gc & GC_TRACKED) != 0) {
        gc_untrack(ts->heap, o);
    }
    if (UNLIKELY((o->gc & GC_WEAKREFS) != 0)) {
        weak_clear(ts, o);
    }
}

static NO_INLINE void take_instance_apart(ThreadState *ts, ObjectHead *o)
{
    // From here on script code may run, and collect, while the object is untracked.
    Dying dying = {ts->dying, head_type(o)};
    ts->dying = &dying;
    if (UNLIKELY(dying.type->slots.finalize != NULL)) {
        if (finalizer_revives(ts, o)) {
            ts->dying = dying.outer;
            return;
        }
        dying.type = head_type(o); // the finalizer may have changed __class__
    }
    leave_tables(ts, o);
    if ((dying.type->flags & (TYPE_MADE_BY_SCRIPT | TYPE_HAS_DICT)) != 0) {
        instance_finish(ts, o, dying.type);
    }
    void (*finish)(ThreadState *, ObjectHead *) = builtin_types[o->kind].slots.finish;
    if (finish != NULL) {
        finish(ts, o);
    }
    ts->dying = dying.outer;
    free_dead(ts, o);
}

static ALWAYS_INLINE void take_apart(ThreadState *ts, ObjectHead *o)
{
    uint32_t shape = atomic_load_relaxed(&o->shape);
    if (UNLIKELY(shape >= KIND_COUNT || builtin_types[shape].slots.finalize != NULL ||
                 (builtin_types[shape].flags & TYPE_HAS_DICT) != 0)) {
        take_instance_apart(ts, o);
        return;
    }
    // An exact instance of a builtin type without a finalizer: its type lives for ever.
    leave_tables(ts, o);
    void (*finish)(ThreadState *, ObjectHead *) = builtin_types[shape].slots.finish;
    if (finish != NULL) {
        finish(ts, o);
    }
    free_dead(ts, o);
}

static bool put_off(ThreadState *ts, ObjectHead *o)
{
    Trash *chunk = ts->trash;
    if (chunk == NULL || chunk->count == TRASH_CHUNK) {
        chunk = heap_alloc_raw(ts->heap, sizeof *chunk);
        if (chunk == NULL) {
            return false;
        }
        chunk->next = ts->trash;
        chunk->count = 0;
        ts->trash = chunk;
    }
    object_untrack(o);
    chunk->objects[chunk->count++] = o;
    return true;
}

static void empty_trash(ThreadState *ts)
{
    Trash *chunk;
    while ((chunk = ts->trash) != NULL) {
        if (chunk->count > 0) {
            take_apart(ts, chunk->objects[--chunk->count]);
        } else {
            ts->trash = chunk->next;
            heap_free_raw(ts->heap, chunk);
        }
    }
}

void object_dealloc(ThreadState *ts, ObjectHead *o)
{
    if (UNLIKELY(ts->dealloc_depth >= DEALLOC_DEPTH_MAX || !stack_has_room(ts)) &&
        ts->dealloc_depth > 0 && put_off(ts, o)) {
        return;
    }
    ts->dealloc_depth++;
    take_apart(ts, o);
    if (UNLIKELY(ts->dealloc_depth == 1 && ts->trash != NULL)) {
        empty_trash(ts);
    }
    ts->dealloc_depth--;
}
