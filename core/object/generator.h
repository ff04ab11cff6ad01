// core/object/generator.h: generators, coroutines, asynchronous generators: suspended frames.
//
// A generator's frame lies in the generator object and runs there: to resume it is to link it to
// the resumer's execution, to suspend it is to unlink it. Nothing is copied. Frames that it
// calls lie on the execution's chunks, from `base` on. All references in it are counted, so it
// outlives whoever made it.
//
// Rule     `state` changes from SUSPENDED (or CREATED) to RUNNING by compare-and-swap;
//          whoever did that owns the frame until the state changes back. Others get
//          "generator already executing".
// Rule     whoever resumes a generator holds a reference to it until it has stopped.
// Proof    tests/scripts/vm/generators.py
#ifndef ADDER_CORE_OBJECT_GENERATOR_H
#define ADDER_CORE_OBJECT_GENERATOR_H

#include "core/vm/frame.h"

typedef enum {
    GENERATOR_CREATED,
    GENERATOR_SUSPENDED,
    GENERATOR_RUNNING,
    GENERATOR_FINISHED
} GeneratorState;

enum { NO_DELEGATE = 0xFFFF };

struct Generator {
    ObjectHead head;
    uint32_t state;         // GeneratorState; atomic
    uint16_t resume_slot;   // gets the value that is sent
    uint16_t delegate_slot; // of YIELD_DELEGATE, or NO_DELEGATE
    bool is_closed;         // asynchronous: no more items
    bool is_async_running;  // asynchronous: an asend or athrow is under way
    bool hooks_done;        // asynchronous: sys.set_asyncgen_hooks were called
    SharedRef name, qualname;
    SharedRef frame_object; // gi_frame, when somebody asked for it
    SharedRef finalizer;    // asynchronous: hook, or empty
    Ref handled;            // what it was handling when it was suspended
    Ref outer_handled;      // while it runs: what its resumer handles
    Generator *outer;       // while it runs: the next running generator outside
    Slot *base;             // while it runs: where frames that it calls begin
    Frame frame;
    Slot slots[];
};

static inline Generator *generator_from(Value v) { return (Generator *)value_head(v); }
static inline bool value_is_generator(Value v) { return value_is_kind(v, KIND_GENERATOR); }
static inline bool value_is_coroutine(Value v) { return value_is_kind(v, KIND_COROUTINE); }

typedef enum { RESUME_ERROR, RESUME_YIELDED, RESUME_RETURNED } ResumeResult;

// RETURN_GENERATOR: takes over what the running frame `f` holds.
Ref generator_new(ThreadState *ts, Frame *f);
static inline bool generator_is_finished(const Generator *g)
{
    return atomic_load_relaxed(&g->state) == GENERATOR_FINISHED;
}
static inline Generator *generator_of_frame(const Frame *f)
{
    return (Generator *)(uintptr_t)((const char *)f - offsetof(Generator, frame));
}

// From SUSPENDED or CREATED (`from`) to RUNNING; false: it is in another state.
static ALWAYS_INLINE bool generator_try_begin(Generator *g, uint32_t from)
{
    if (!POLICY_FREE_THREADED) {
        if (g->state != from) {
            return false;
        }
        g->state = GENERATOR_RUNNING;
        return true;
    }
    // acquire: pairs with the release in generator_end_running; the frame is visible.
    return atomic_cas_acq_rel(&g->state, &from, (uint32_t)GENERATOR_RUNNING);
}
static ALWAYS_INLINE void generator_end_running(Generator *g, GeneratorState state)
{
    atomic_store_release(&g->state, (uint32_t)state);
}

// Makes the generator's frame the running one. `base`: see execution_top.
static ALWAYS_INLINE void generator_link(Execution *e, Generator *g, Slot *base)
{
    g->base = base;
    g->frame.previous = e->frame;
    e->frame = &g->frame;
    g->outer_handled = e->handled;
    e->handled = g->handled;
    g->handled = NO_REF;
    g->outer = e->generator;
    e->generator = g;
}
// The reverse. What it was handling stays with it.
static ALWAYS_INLINE void generator_unlink(Execution *e, Generator *g)
{
    e->frame = g->frame.previous;
    e->depth--;
    g->handled = e->handled;
    e->handled = g->outer_handled;
    g->outer_handled = NO_REF;
    e->generator = g->outer;
}

// Links the frame of `g`, ready to run; `sent` (stolen, also on failure) is what its YIELD gives.
// NULL: exception set (already executing, sent to a fresh one, too deep). g must not be FINISHED:
// ask generator_is_finished first.
Frame *generator_push(ThreadState *ts, Generator *g, Ref sent, bool throwing);
// The running frame of `g` has ended: drops what it holds, unlinks it.
void generator_leave(ThreadState *ts, Generator *g);
// The frame object of `g`, made when first asked for. It does not keep `g` alive.
Ref generator_frame_object(ThreadState *ts, Generator *g);
// The pending StopIteration left a generator: becomes RuntimeError.
void generator_convert_stop(ThreadState *ts, const Code *code);
// The pending exception gets `cause` as its cause and its context.
void exception_set_cause(ThreadState *ts, Value cause);

// From C. *result: the value yielded or returned.
ResumeResult generator_resume(ThreadState *ts, Generator *g, Ref sent, Ref *result);
// Throws the pending exception in.
ResumeResult generator_resume_throwing(ThreadState *ts, Generator *g, Ref *result);
// throw(): asks the delegate first.
ResumeResult generator_throw(ThreadState *ts, Generator *g, Ref exception, Ref *result);
Status generator_close(ThreadState *ts, Generator *g);
// send() on any delegate of yield from or await.
ResumeResult delegate_send(ThreadState *ts, Value delegate, Value sent, Ref *result);
// The iterator that `await v` runs. where: 0 await, 1 __aenter__, 2 __aexit__.
Ref coroutine_get_awaitable(ThreadState *ts, Value v, unsigned where);
// The value of the pending StopIteration, which is cleared.
Ref stop_iteration_take_value(ThreadState *ts);

// What asynchronous generators share with the others.
Ref generator_thrown_exception(ThreadState *ts, const Value *args);
Ref generator_repr(ThreadState *ts, Value self);
Ref generator_get_code(ThreadState *ts, Value self);
Ref generator_get_frame(ThreadState *ts, Value self);
Ref generator_get_delegate(ThreadState *ts, Value self);
Ref generator_get_name(ThreadState *ts, Value self);
Ref generator_get_qualname(ThreadState *ts, Value self);
Status generator_set_name(ThreadState *ts, Value self, Value value);
Status generator_set_qualname(ThreadState *ts, Value self, Value value);
void generator_traverse(ObjectHead *o, Visitor visit, void *context);
void generator_clear(ThreadState *ts, ObjectHead *o);
void generator_finish(ThreadState *ts, ObjectHead *o);
Status generator_finalize(ThreadState *ts, Value self);

// Asynchronous generators.
Ref async_generator_wrap(ThreadState *ts, Ref value);
Ref async_generator_next(ThreadState *ts, Value generator);
Ref async_get_iterator(ThreadState *ts, Value v);
Ref async_get_next(ThreadState *ts, Value iterator);

#endif
