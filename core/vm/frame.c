// core/vm/frame.c: executions, chunks, pushing and popping frames. See frame.h.
//
// A call whose frame does not fit the chunk starts a new one, twice as large up to a
// limit; one chunk beyond the current one is kept, so that a loop of calls at an edge
// does not allocate each time.
#include "core/vm/frame.h"

#include "core/object/error.h"
#include "core/object/generator.h"
#include "core/object/object.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/upcalls.h"
#include "core/vm/bind.h"
#include "core/vm/runtime_state.h"

enum {
    CHUNK_SLOTS_FIRST = 2048 - 4,
    CHUNK_SLOTS_MAX = 1 << 17,
    RECURSION_LIMIT_DEFAULT = 1000,
    RECURSION_HEADROOM = 50, // frames that may be used while a RecursionError is made
};

uint32_t recursion_limit = RECURSION_LIMIT_DEFAULT;

// --- Chunks --------------------------------------------------------------------------------------

static FrameChunk *chunk_new(ThreadState *ts, size_t slot_count)
{
    FrameChunk *chunk = raw_alloc(ts, sizeof(FrameChunk) + slot_count * sizeof(Slot));
    if (chunk == NULL) {
        return NULL;
    }
    chunk->previous = NULL;
    chunk->next = NULL;
    chunk->slot_count = slot_count;
    memset(chunk->slots, 0, slot_count * sizeof(Slot));
    return chunk;
}

static void chunks_free_after(ThreadState *ts, FrameChunk *chunk)
{
    FrameChunk *next = chunk->next;
    chunk->next = NULL;
    while (next != NULL) {
        FrameChunk *after = next->next;
        raw_free(ts, next);
        next = after;
    }
}

Execution *execution_new(ThreadState *ts)
{
    Execution *e = raw_alloc(ts, sizeof *e);
    if (e == NULL) {
        return NULL;
    }
    memset(e, 0, sizeof *e);
    e->chunk = chunk_new(ts, CHUNK_SLOTS_FIRST);
    if (e->chunk == NULL) {
        raw_free(ts, e);
        return NULL;
    }
    e->limit = e->chunk->slots + e->chunk->slot_count;
    e->depth_limit = atomic_load_relaxed(&recursion_limit);
    return e;
}

void execution_free(ThreadState *ts, Execution *e)
{
    CHECK(e->frame == NULL);
    ref_drop(&e->handled);
    ref_drop(&e->context);
    chunks_free_after(ts, e->chunk);
    raw_free(ts, e->chunk);
    raw_free(ts, e);
}

Slot *execution_top(const Execution *e)
{
    const Frame *f = e->frame;
    if (f == NULL) {
        return chunk_first_slots(e->chunk);
    }
    return (f->flags & FRAME_GENERATOR) != 0 ? e->generator->base
                                             : frame_end(f) + 1 + FRAME_HEADER_SLOTS;
}

Slot *execution_reserve(ThreadState *ts, Execution *e, Slot *slots, size_t needed, bool *new_chunk)
{
    *new_chunk = false;
    if (UNLIKELY((size_t)(slots - e->chunk->slots) > e->chunk->slot_count)) {
        slots = execution_top(e); // a call area in a generator's frame
    }
    if (LIKELY((size_t)(e->limit - slots) >= needed && slots <= e->limit)) {
        return slots;
    }
    needed += 1 + FRAME_HEADER_SLOTS;
    FrameChunk *chunk = e->chunk->next;
    if (chunk == NULL || chunk->slot_count < needed) {
        chunks_free_after(ts, e->chunk);
        size_t size = MIN_OF(e->chunk->slot_count * 2, (size_t)CHUNK_SLOTS_MAX);
        chunk = chunk_new(ts, MAX_OF(size, needed));
        if (chunk == NULL) {
            return NULL;
        }
        chunk->previous = e->chunk;
        e->chunk->next = chunk;
    }
    e->chunk = chunk;
    e->limit = chunk->slots + chunk->slot_count;
    *new_chunk = true;
    return chunk_first_slots(chunk);
}

void chunk_pop(ThreadState *ts, Execution *e)
{
    FrameChunk *chunk = e->chunk;
    chunks_free_after(ts, chunk); // keep one beyond the current one, not more
    e->chunk = chunk->previous;
    e->limit = e->chunk->slots + e->chunk->slot_count;
}

// --- Depth ---------------------------------------------------------------------------------------

void recursion_limit_set(uint32_t limit)
{
    atomic_store_relaxed(&recursion_limit, limit);
    threads_lock();
    for (ThreadState *t = threads_first(); t != NULL; t = t->next) {
        if (t->execution != NULL) {
            atomic_store_relaxed(&t->execution->depth_limit, limit);
        }
    }
    threads_unlock();
}

Status execution_deepen_slow(ThreadState *ts, Execution *e)
{
    if (e->in_overflow && e->depth <= e->depth_limit + RECURSION_HEADROOM) {
        return STATUS_OK;
    }
    bool was = e->in_overflow;
    e->in_overflow = true;
    raise_recursion_error(ts, "");
    e->in_overflow = was;
    e->depth--;
    return STATUS_ERROR;
}

Status depth_enter(ThreadState *ts, const char *what)
{
    Execution *e = ts->execution;
    if (enter_native(ts, what) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    // A little more than frames may: where both alternate it is a frame that fails.
    if (UNLIKELY(e->depth >= e->depth_limit + 3 && !e->in_overflow)) {
        e->in_overflow = true;
        (void)raise_recursion_error(ts, what);
        e->in_overflow = false;
        return STATUS_ERROR;
    }
    e->depth++;
    return STATUS_OK;
}

void depth_leave(ThreadState *ts) { ts->execution->depth--; }

// --- Frames --------------------------------------------------------------------------------------

static void drop_slots(Slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        slot_drop(&slots[i]);
    }
}

Frame *frame_push_call(ThreadState *ts, Slot *callee, Slot *args, size_t count, Value names)
{
    Execution *e = ts->execution;
    Function *f = (Function *)value_head(slot_value(*callee));
    Code *code = f->code;
    if (execution_deepen(ts, e) != STATUS_OK) {
        drop_slots(args, count);
        slot_drop(callee);
        return NULL;
    }
    bool new_chunk;
    Slot *slots = execution_reserve(ts, e, args, code->slot_count, &new_chunk);
    if (slots == NULL) {
        e->depth--;
        drop_slots(args, count);
        slot_drop(callee);
        return NULL;
    }
    if (is_no_value(names) && code->simple_arity == count + 1) {
        if (slots != args) {
            slots_copy(slots, args, count);
            slots_clear(args, count);
        }
        slots_clear(slots + count, code->temp_base - count);
    } else if (bind_arguments(ts, f, slots, args, count, names) != STATUS_OK) {
        if (new_chunk) {
            chunk_pop(ts, e);
        }
        e->depth--;
        slot_drop(callee);
        return NULL;
    }
    Frame *frame = frame_of_slots(slots);
    frame->previous = e->frame;
    frame->pc = code->instructions;
    frame->code = code;
    frame->function = *callee;
    callee->bits = 0;
    frame->globals = shared_ref_peek(&f->globals);
    frame->namespace_ = NO_REF;
    frame->owner = NO_REF;
    frame->destination = 0;
    frame->flags = new_chunk ? FRAME_NEW_CHUNK : 0;
    frame->resume_words = 1;
    frame->spare = 0;
    e->frame = frame;
    return frame;
}

void frame_pop(ThreadState *ts, Execution *e, Frame *f)
{
    // Still the running frame: finalizers may look at it.
    // Nobody may find a slot that is being dropped.
    drop_slots(frame_slots(f), f->code->slot_count);
    if ((f->flags & FRAME_CONSTRUCTOR) != 0) {
        slot_drop((Slot *)(void *)f - 1);
    }
    Ref owner = f->owner;
    f->owner = NO_REF;
    if (!is_error(owner)) {
        frame_object_release(ts, owner.v, f);
    }
    Ref namespace_ = f->namespace_;
    f->namespace_ = NO_REF;
    Slot function = f->function;
    bool new_chunk = (f->flags & FRAME_NEW_CHUNK) != 0;
    e->frame = f->previous;
    e->depth--;
    memset(f, 0, sizeof *f);
    if (new_chunk) {
        chunk_pop(ts, e);
    }
    ref_drop(&owner);
    ref_drop(&namespace_);
    slot_drop(&function);
}

// --- Calls from C --------------------------------------------------------------------------------

Ref interpreter_call(ThreadState *ts, Value function, const Value *args, size_t count, Value names)
{
    Execution *e = ts->execution;
    if (UNLIKELY(enter_native(ts, "") != STATUS_OK)) {
        return NO_REF;
    }
    size_t total = count + (is_no_value(names) ? 0 : tuple_count(names));
    bool new_chunk;
    Slot *area = execution_reserve(ts, e, execution_top(e), total, &new_chunk);
    if (area == NULL) {
        return NO_REF;
    }
    for (size_t i = 0; i < total; i++) {
        area[i] = slot_borrow(args[i]); // the caller holds them while this runs
    }
    Slot callee = slot_borrow(function);
    Frame *f = frame_push_call(ts, &callee, area, total, names);
    if (f == NULL) {
        if (new_chunk) {
            chunk_pop(ts, e);
        }
        return NO_REF;
    }
    f->flags |= FRAME_ENTRY;
    Ref result = interpreter_run(ts, f, false);
    if (new_chunk) {
        chunk_pop(ts, e); // begun for the arguments; the frame has given back its own, if any
    }
    return result;
}

Ref interpreter_run_body(ThreadState *ts, Value function, Value namespace_)
{
    Execution *e = ts->execution;
    if (UNLIKELY(enter_native(ts, "") != STATUS_OK)) {
        return NO_REF;
    }
    Slot callee = slot_borrow(function);
    Frame *f = frame_push_call(ts, &callee, execution_top(e), 0, NO_VALUE);
    if (f == NULL) {
        return NO_REF;
    }
    f->flags |= FRAME_ENTRY;
    if (!is_no_value(namespace_)) {
        f->namespace_ = ref_new(namespace_);
        f->flags |= FRAME_OWNS;
    }
    return interpreter_run(ts, f, false);
}

// The namespace that code with these globals looks builtins up in.
Ref builtins_for_globals(ThreadState *ts, Value globals)
{
    Ref found;
    if (dict_get(ts, dict_from(globals), NAME(__builtins__), &found) != LOOKUP_FOUND) {
        return has_exception(ts) ? NO_REF : ref_new(runtime_state.builtins_dict.v);
    }
    if (value_is_kind(found.v, KIND_MODULE)) {
        Ref dict = ref_new(value_of(module_dict(found.v)));
        ref_drop(&found);
        return dict;
    }
    return found;
}

Ref interpreter_run_code(ThreadState *ts, Value code, Value globals, Value namespace_,
                         Value closure)
{
    OWNED Ref builtins = builtins_for_globals(ts, globals);
    if (is_error(builtins)) {
        return NO_REF;
    }
    OWNED Ref function =
        function_new(ts, code, globals, builtins.v, shared_ref_peek(&code_from(code)->qualname));
    if (is_error(function)) {
        return NO_REF;
    }
    if (!is_no_value(closure)) {
        shared_ref_init(&((Function *)value_head(function.v))->closure, ref_new(closure));
    }
    return interpreter_run_body(ts, function.v, namespace_);
}

// --- Looking at frames ---------------------------------------------------------------------------

Frame *frame_current(ThreadState *ts)
{
    return ts->execution != NULL ? ts->execution->frame : NULL;
}

uint32_t frame_instruction(const Frame *f)
{
    return f->pc >= f->code->instructions ? (uint32_t)(f->pc - f->code->instructions) : 0;
}

uint32_t frame_line(const Frame *f)
{
    int line = code_position(f->code, frame_instruction(f)).line;
    return line > 0 ? (uint32_t)line : f->code->first_line;
}

Value frame_builtins(const Frame *f) { return shared_ref_peek(&frame_function(f)->builtins); }

Value frame_current_globals(ThreadState *ts)
{
    Frame *f = frame_current(ts);
    return f != NULL ? f->globals : NO_VALUE;
}

Ref frame_object(ThreadState *ts, Frame *f)
{
    if ((f->flags & FRAME_GENERATOR) != 0) {
        return generator_frame_object(ts, generator_of_frame(f));
    }
    if (is_error(f->owner)) {
        f->owner = frame_object_new(ts, f);
        if (is_error(f->owner)) {
            return NO_REF;
        }
        f->flags |= FRAME_OWNS;
    }
    return ref_new(f->owner.v);
}

Status frame_super_arguments(ThreadState *ts, Ref *type, Ref *self)
{
    *type = NO_REF;
    *self = NO_REF;
    Frame *f = frame_current(ts);
    if (f == NULL) {
        return raise_status(ts, EXC_RuntimeError, "super(): no current frame");
    }
    const Code *code = f->code;
    if (code->argument_count == 0) {
        return raise_status(ts, EXC_RuntimeError, "super(): no arguments");
    }
    Slot *slots = frame_slots(f);
    Value names = shared_ref_peek(&code->local_names);
    size_t first_free = code->local_count + code->cell_count;
    // The first argument: in its slot, or in the cell that took it over.
    *self = slot_ref(slots[0]);
    for (size_t i = 0; is_error(*self) && i < code->cell_count; i++) {
        Value cell = slot_value(slots[code->local_count + i]);
        if (code->cell_of_argument != NULL && code->cell_of_argument[i] == 0 &&
            !is_no_value(cell)) {
            *self = cell_load((Cell *)value_head(cell));
        }
    }
    if (is_error(*self)) {
        return raise_status(ts, EXC_RuntimeError, "super(): arg[0] deleted");
    }
    for (size_t i = 0; i < code->free_count; i++) {
        if (!str_equal(tuple_item(names, first_free + i), NAME(__class__))) {
            continue;
        }
        Value cell = slot_value(slots[first_free + i]);
        if (is_no_value(cell) || !value_is_kind(cell, KIND_CELL)) {
            break;
        }
        *type = cell_load((Cell *)value_head(cell));
        if (is_error(*type)) {
            ref_drop(self);
            return raise_status(ts, EXC_RuntimeError, "super(): empty __class__ cell");
        }
        return STATUS_OK;
    }
    ref_drop(self);
    return raise_status(ts, EXC_RuntimeError, "super(): __class__ cell not found");
}

// --- What the collector sees ---------------------------------------------------------------------

void frame_traverse_slots(const Slot *slots, size_t count, Visitor visit, void *context)
{
    for (size_t i = 0; i < count; i++) {
        Value v = slot_value(slots[i]);
        if (value_is_object(v)) {
            visit(v, slot_is_counted(slots[i]) ? EDGE_COUNTED : EDGE_MARK_ONLY, context);
        }
    }
}

static void traverse_frame(const Frame *f, const Slot *end, Visitor visit, void *context)
{
    const Slot *slots = frame_slots(f);
    frame_traverse_slots(slots, (size_t)(end - slots), visit, context);
    frame_traverse_slots(&f->function, 1, visit, context);
    if (!is_no_value(f->globals)) {
        visit(f->globals, EDGE_MARK_ONLY, context);
    }
    if (!is_error(f->namespace_)) {
        visit(f->namespace_.v, EDGE_COUNTED, context);
    }
    if (!is_error(f->owner)) {
        visit(f->owner.v, EDGE_COUNTED, context);
    }
}

void execution_traverse(Execution *e, Visitor visit, void *context)
{
    const Frame *above = NULL;
    for (const Frame *f = e->frame; f != NULL; f = f->previous) {
        // A callee's frame may begin inside its caller's slots:
        // what lies behind its header is its own.
        const Slot *end = frame_end(f);
        const Slot *cut = (const Slot *)(const void *)above;
        if (above != NULL && cut >= frame_slots(f) && cut < end) {
            end = cut;
        }
        traverse_frame(f, end, visit, context);
        above = f;
    }
    if (!is_error(e->handled)) {
        visit(e->handled.v, EDGE_COUNTED, context);
    }
    if (!is_error(e->context)) {
        visit(e->context.v, EDGE_COUNTED, context);
    }
}

Ref frame_module_name(ThreadState *ts)
{
    Frame *f = frame_current(ts);
    Ref name = NO_REF;
    if (f == NULL || dict_get(ts, dict_from(f->globals), NAME(__name__), &name) != LOOKUP_FOUND) {
        exception_clear(ts);
        return NO_REF;
    }
    return name;
}
