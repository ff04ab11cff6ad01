// core/object/frame_object.c: frames as scripts see them: sys._getframe, gi_frame, tb_frame.
//
// A frame object is made when somebody asks. While its frame lives it looks there;
// when the frame ends and somebody still holds the object, the values of the locals move here.
//
// Threads  a frame is looked at by the thread that runs it;
//          other threads see code and globals only.
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/generator.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/object.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/frame.h"
#include "core/vm/frame_object.h"

static FrameObject *frame_object_from(Value v) { return (FrameObject *)value_head(v); }

static Ref new_detached(ThreadState *ts, Value code, Value globals, Value builtins,
                        uint32_t instruction)
{
    FrameObject *o = object_new(ts, KIND_FRAME, sizeof *o);
    if (o == NULL) {
        return NO_REF;
    }
    memset((char *)o + sizeof(ObjectHead), 0, sizeof *o - sizeof(ObjectHead));
    shared_ref_init(&o->code, ref_new(code));
    shared_ref_init(&o->globals, ref_new(globals));
    shared_ref_init(&o->builtins, ref_new(builtins));
    o->instruction = instruction;
    object_track(&o->head);
    return REF_FROM_NEW(o);
}

Ref frame_object_new(ThreadState *ts, Frame *f)
{
    Ref made =
        new_detached(ts, value_of(f->code), f->globals, frame_builtins(f), frame_instruction(f));
    if (!is_error(made)) {
        FrameObject *o = frame_object_from(made.v);
        o->frame = f;
    }
    return made;
}

Ref frame_object_of_traceback(ThreadState *ts, Value code, Value globals, uint32_t instruction)
{
    return new_detached(ts, code, globals, VALUE_NONE, instruction);
}

void frame_object_release(ThreadState *ts, Value frame_object, Frame *f)
{
    FrameObject *o = frame_object_from(frame_object);
    o->instruction = frame_instruction(f);
    if (!head_is_unique(&o->head)) {
        Ref pending = exception_fetch(ts);
        Ref locals = frame_locals(ts, f);
        if (is_error(locals)) {
            exception_clear(ts);
        }
        Ref old = shared_ref_swap(&o->locals, locals);
        ref_drop(&old);
        Frame *caller = f->previous;
        if (caller != NULL && (caller->flags & FRAME_OWNS) != 0 && !is_error(caller->owner) &&
            value_is_kind(caller->owner.v, KIND_FRAME)) {
            shared_ref_init(&o->back, ref_new(caller->owner.v));
        }
        exception_restore(ts, pending);
    }
    o->frame = NULL;
}

// --- Locals --------------------------------------------------------------------------------------

static Ref slot_content(const Code *code, const Slot *slots, size_t i)
{
    Value v = slot_value(slots[i]);
    if (i < code->local_count || is_no_value(v)) {
        return ref_new(v);
    }
    return value_is_kind(v, KIND_CELL) ? cell_load((Cell *)value_head(v)) : NO_REF;
}

static Ref locals_from_slots(ThreadState *ts, const Code *code, const Slot *slots)
{
    OWNED Ref dict = dict_new(ts);
    if (is_error(dict)) {
        return NO_REF;
    }
    Value names = shared_ref_peek(&code->local_names);
    size_t count =
        MIN_OF(tuple_count(names), (size_t)code->local_count + code->cell_count + code->free_count);
    for (size_t i = 0; i < count; i++) {
        OWNED Ref value = slot_content(code, slots, i);
        if (!is_error(value) &&
            dict_set(ts, dict_from(dict.v), tuple_item(names, i), value.v) != STATUS_OK) {
            return NO_REF;
        }
    }
    return ref_take(&dict);
}

Ref frame_locals(ThreadState *ts, Frame *f)
{
    if (!is_error(f->namespace_)) {
        return ref_new(f->namespace_.v);
    }
    if ((f->code->flags & CODE_NEWLOCALS) == 0) {
        return ref_new(f->globals);
    }
    return locals_from_slots(ts, f->code, frame_slots(f));
}

static Ref get_locals(ThreadState *ts, Value self)
{
    FrameObject *o = frame_object_from(self);
    Frame *f = o->frame;
    if (f != NULL) {
        return frame_locals(ts, f);
    }
    Ref kept = shared_ref_load(&o->head, &o->locals);
    return is_error(kept) ? dict_new(ts) : kept;
}

// --- Attributes ----------------------------------------------------------------------------------

static Ref get_back(ThreadState *ts, Value self)
{
    FrameObject *o = frame_object_from(self);
    Frame *f = o->frame;
    if (f == NULL) {
        Ref back = shared_ref_load(&o->head, &o->back);
        return is_error(back) ? REF_NONE : back;
    }
    if ((f->flags & FRAME_GENERATOR) !=
        0) { // suspended, or run by another thread: no caller to be seen
        const Frame *mine = ts->execution->frame;
        while (mine != NULL && mine != f) {
            mine = mine->previous;
        }
        if (mine == NULL) {
            return REF_NONE;
        }
    }
    return f->previous == NULL ? REF_NONE : frame_object(ts, f->previous);
}

static uint32_t current_instruction(FrameObject *o)
{
    const Frame *f = o->frame;
    return f != NULL ? frame_instruction(f) : o->instruction;
}

static Ref get_line(ThreadState *ts, Value self)
{
    FrameObject *o = frame_object_from(self);
    const Code *code = code_from(shared_ref_peek(&o->code));
    int line = code_position(code, current_instruction(o)).line;
    return int_from_i64(ts, line > 0 ? line : (int64_t)code->first_line);
}

static Ref get_last_instruction(ThreadState *ts, Value self)
{
    return int_from_i64(ts, (int64_t)current_instruction(frame_object_from(self)) * 2);
}

static Ref get_code(ThreadState *ts, Value self)
{
    FrameObject *o = frame_object_from(self);
    return shared_ref_load(&o->head, &o->code);
}
static Ref get_globals(ThreadState *ts, Value self)
{
    FrameObject *o = frame_object_from(self);
    return shared_ref_load(&o->head, &o->globals);
}
static Ref get_builtins(ThreadState *ts, Value self)
{
    FrameObject *o = frame_object_from(self);
    return shared_ref_load(&o->head, &o->builtins);
}

static Ref get_trace(ThreadState *ts, Value self) { return REF_NONE; }
static Status set_trace(ThreadState *ts, Value self, Value value)
{
    if (is_no_value(value) || value_is_none(value)) {
        return STATUS_OK;
    }
    return raise_status(ts, EXC_NotImplementedError, "tracing is not supported");
}
static Ref get_true(ThreadState *ts, Value self) { return REF_OF(VALUE_TRUE); }
static Ref get_false(ThreadState *ts, Value self) { return REF_OF(VALUE_FALSE); }

// clear(): drops the locals of a frame that has ended, or of a suspended generator.
static Ref frame_clear(ThreadState *ts, Value self, const Value *args)
{
    FrameObject *o = frame_object_from(self);
    if (o->frame != NULL && (o->frame->flags & FRAME_GENERATOR) != 0) {
        Generator *g = generator_of_frame(o->frame);
        if (atomic_load_acquire(&g->state) != GENERATOR_RUNNING) {
            OWNED Ref held = ref_new(value_of(g));
            if (generator_finalize(ts, held.v) == STATUS_ERROR) {
                exception_unraisable(ts, held.v, NULL);
            }
            return generator_close(ts, g) == STATUS_OK ? REF_NONE : NO_REF;
        }
    }
    if (o->frame != NULL) {
        return raise(ts, EXC_RuntimeError, "cannot clear an executing frame");
    }
    Ref old = shared_ref_swap(&o->locals, NO_REF);
    ref_drop(&old);
    return REF_NONE;
}

static Ref frame_repr(ThreadState *ts, Value self)
{
    FrameObject *o = frame_object_from(self);
    const Code *code = code_from(shared_ref_peek(&o->code));
    OWNED Ref line = get_line(ts, self);
    return format_str(ts, "<frame at %p, file %R, line %S, code %U>", (void *)self.bits,
                      shared_ref_peek(&code->filename), line.v, shared_ref_peek(&code->name));
}

static void frame_finish(ThreadState *ts, ObjectHead *head)
{
    FrameObject *o = (FrameObject *)head;
    shared_ref_clear(&o->code);
    shared_ref_clear(&o->globals);
    shared_ref_clear(&o->builtins);
    shared_ref_clear(&o->locals);
    shared_ref_clear(&o->back);
}

static void frame_object_clear(ThreadState *ts, ObjectHead *head)
{
    FrameObject *o = (FrameObject *)head;
    shared_ref_clear(&o->locals);
    shared_ref_clear(&o->back);
}

static void frame_traverse(ObjectHead *head, Visitor visit, void *context)
{
    FrameObject *o = (FrameObject *)head;
    visit(shared_ref_peek(&o->code), EDGE_COUNTED, context);
    visit(shared_ref_peek(&o->globals), EDGE_COUNTED, context);
    visit(shared_ref_peek(&o->builtins), EDGE_COUNTED, context);
    visit(shared_ref_peek(&o->locals), EDGE_COUNTED, context);
    visit(shared_ref_peek(&o->back), EDGE_COUNTED, context);
}

static const NativeDef frame_methods[] = {
    NATIVE("clear", frame_clear, "($self, /)",
           "F.clear(): clear most references held by the frame"),
    NATIVE_END,
};

static const GetSetDef frame_getset[] = {
    {"f_back", get_back, NULL, NULL},
    {"f_code", get_code, NULL, NULL},
    {"f_globals", get_globals, NULL, NULL},
    {"f_builtins", get_builtins, NULL, NULL},
    {"f_locals", get_locals, NULL, NULL},
    {"f_lineno", get_line, NULL, NULL},
    {"f_lasti", get_last_instruction, NULL, NULL},
    {"f_trace", get_trace, set_trace, NULL},
    {"f_trace_lines", get_true, NULL, NULL},
    {"f_trace_opcodes", get_false, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_FRAME = {
    .name = "frame",
    .base = KIND_OBJECT,
    .size = sizeof(FrameObject),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = frame_finish,
              .traverse = frame_traverse,
              .clear = frame_object_clear,
              .repr = frame_repr},
    .methods = frame_methods,
    .getset = frame_getset,
};
