// core/object/traceback.c: traceback objects: one per frame that an exception passed
// through. Making one costs an allocation and three counts; line and frame object are
// worked out when somebody asks.
#include "core/object/container.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/upcalls.h"
#include "gc/track.h"

__attribute__((weak)) Ref frame_object_of_traceback(ThreadState *ts, Value code, Value globals,
                                                    uint32_t instruction)
{
    return REF_NONE;
}

Status traceback_add(ThreadState *ts, Value exception, Value code, Value globals,
                     uint32_t instruction)
{
    Exception *e = exception_from(exception);
    if (UNLIKELY(head_is_immortal(&e->head))) {
        return STATUS_OK; // the last MemoryError: many threads may be raising it
    }
    Traceback *t = object_new(ts, KIND_TRACEBACK, sizeof *t);
    if (t == NULL) {
        return STATUS_ERROR;
    }
    shared_ref_init(&t->next, NO_REF);
    shared_ref_init(&t->frame, NO_REF);
    shared_ref_init(&t->code, ref_new(code));
    shared_ref_init(&t->globals, ref_new(globals));
    t->instruction = instruction;
    t->line = 0;
    t->last = -1;
    CriticalSection section;
    critical_begin(ts, &section, &e->head);
    shared_ref_init(&t->next, (Ref){shared_ref_peek(&e->traceback)}); // moved
    Ref old = shared_ref_swap(&e->traceback, REF_FROM_NEW(t));
    (void)old;
    critical_end(ts, &section);
    gc_track(ts->heap, &t->head);
    return STATUS_OK;
}

uint32_t traceback_line(Traceback *t)
{
    if (t->line == 0) {
        Value code = shared_ref_peek(&t->code);
        t->line =
            is_no_value(code) ? 0 : (uint32_t)code_position(code_from(code), t->instruction).line;
    }
    return t->line;
}

// A chain may be as long as the recursion was deep: it is taken apart here, not by nested calls.
static void finish(ThreadState *ts, ObjectHead *o)
{
    Traceback *t = (Traceback *)o;
    shared_ref_clear(&t->frame);
    shared_ref_clear(&t->code);
    shared_ref_clear(&t->globals);
    shared_ref_clear(&t->next);
}

static void traverse(ObjectHead *o, Visitor visit, void *context)
{
    Traceback *t = (Traceback *)o;
    visit(shared_ref_peek(&t->next), EDGE_COUNTED, context);
    visit(shared_ref_peek(&t->frame), EDGE_COUNTED, context);
    visit(shared_ref_peek(&t->code), EDGE_COUNTED, context);
    visit(shared_ref_peek(&t->globals), EDGE_COUNTED, context);
}

static void clear(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((Traceback *)o)->frame);
    shared_ref_clear(&((Traceback *)o)->next);
}

static Ref get_next(ThreadState *ts, Value self)
{
    Ref next = shared_ref_load(value_head(self), &traceback_from(self)->next);
    return is_error(next) ? REF_NONE : next;
}

static Status set_next(ThreadState *ts, Value self, Value value)
{
    if (is_no_value(value)) {
        return raise_status(ts, EXC_TypeError, "can't delete tb_next attribute");
    }
    if (!value_is_none(value) && !value_is_kind(value, KIND_TRACEBACK)) {
        return raise_status(ts, EXC_TypeError, "expected traceback object or None, got '%T'",
                            value);
    }
    OWNED Ref at = value_is_none(value) ? NO_REF : ref_new(value);
    while (!is_error(at)) {
        if (value_is_same(at.v, self)) {
            return raise_status(ts, EXC_ValueError, "traceback loop detected");
        }
        ref_set(&at, shared_ref_load(value_head(at.v), &traceback_from(at.v)->next));
    }
    object_store(ts, value_head(self), &traceback_from(self)->next,
                 value_is_none(value) ? NO_REF : ref_new(value));
    return STATUS_OK;
}

static Ref get_frame(ThreadState *ts, Value self)
{
    Traceback *t = traceback_from(self);
    OWNED Ref frame = shared_ref_load(&t->head, &t->frame);
    if (!is_error(frame)) {
        return ref_take(&frame);
    }
    frame = frame_object_of_traceback(ts, shared_ref_peek(&t->code), shared_ref_peek(&t->globals),
                                      t->instruction);
    if (is_error(frame)) {
        return NO_REF;
    }
    object_store(ts, &t->head, &t->frame, ref_new(frame.v));
    return ref_take(&frame);
}

static Ref get_line(ThreadState *ts, Value self)
{
    return REF_OF(small_int(traceback_line(traceback_from(self))));
}
static Ref get_instruction(ThreadState *ts, Value self)
{
    const Traceback *t = traceback_from(self);
    return REF_OF(small_int(t->last >= 0 ? t->last : (int64_t)t->instruction * 2));
}

static const GetSetDef getset[] = {
    {"tb_next", get_next, set_next, NULL},
    {"tb_frame", get_frame, NULL, NULL},
    {"tb_lineno", get_line, NULL, NULL},
    {"tb_lasti", get_instruction, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

static Ref dir(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref names = list_new(ts, 4);
    for (size_t i = 0; !is_error(names) && i < 4; i++) {
        static const char *const all[] = {"tb_frame", "tb_next", "tb_lasti", "tb_lineno"};
        OWNED Ref name = str_intern_z(ts, all[i]);
        if (is_error(name) || list_append(ts, list_from(names.v), name.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&names);
}

static const NativeDef methods[] = {NATIVE("__dir__", dir, "($self, /)", NULL), NATIVE_END};

static Ref make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"tb_next", "tb_frame", "tb_lasti", "tb_lineno", NULL};
    Value given[4];
    if (arguments_bind(ts, "TracebackType", parameters, 0, 4, 4, args, count, names, given) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    if (!value_is_none(given[0]) && !value_is_kind(given[0], KIND_TRACEBACK)) {
        return raise(ts, EXC_TypeError, "expected traceback object or None, got '%T'", given[0]);
    }
    if (!value_is_kind(given[1], KIND_FRAME)) {
        return raise(ts, EXC_TypeError, "TracebackType() argument 'tb_frame' must be frame, not %T",
                     given[1]);
    }
    int64_t instruction, line;
    OWNED Ref code = object_get_attribute_z(ts, given[1], "f_code");
    OWNED Ref globals = is_error(code) ? NO_REF : object_get_attribute_z(ts, given[1], "f_globals");
    if (is_error(globals) || index_get(ts, given[2], &instruction) == STATUS_ERROR ||
        index_get(ts, given[3], &line) == STATUS_ERROR) {
        return NO_REF;
    }
    Traceback *t = object_new(ts, KIND_TRACEBACK, sizeof *t);
    if (t == NULL) {
        return NO_REF;
    }
    shared_ref_init(&t->next, value_is_none(given[0]) ? NO_REF : ref_new(given[0]));
    shared_ref_init(&t->frame, ref_new(given[1]));
    shared_ref_init(&t->code, ref_take(&code));
    shared_ref_init(&t->globals, ref_take(&globals));
    t->instruction = instruction < 0 ? 0 : (uint32_t)(instruction / 4);
    t->line = (uint32_t)line;
    t->last = (int32_t)instruction;
    object_track(&t->head);
    return REF_FROM_NEW(t);
}

const TypeSpec spec_TRACEBACK = {
    .name = "traceback",
    .doc = "Create a new traceback object.",
    .base = KIND_OBJECT,
    .size = sizeof(Traceback),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = finish, .traverse = traverse, .clear = clear, .make = make},
    .methods = methods,
    .getset = getset,
};
