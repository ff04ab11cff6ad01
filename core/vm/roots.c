// core/vm/roots.c: what the collector finds in a thread's frames: values held without a count.
#include "core/object/instance.h"
#include "core/vm/frame.h"
#include "gc/upcalls.h"

static void visit_uncounted(const Execution *e, Visitor visit, void *context)
{
    const Slot *above = NULL;
    for (const Frame *f = e->frame; f != NULL; f = f->previous) {
        const Slot *slots = frame_slots(f), *end = frame_end(f);
        if (above != NULL && above >= slots && above < end) {
            end = above; // a callee's header lies in its caller's call area
        }
        for (const Slot *s = slots; s < end; s++) {
            if ((s->bits & 15) == 8) {
                visit(slot_value(*s), EDGE_MARK_ONLY, context);
            }
        }
        if ((f->function.bits & 15) == 8) {
            visit(slot_value(f->function), EDGE_MARK_ONLY, context);
        }
        above = (const Slot *)(const void *)f;
    }
}

void visit_thread_roots(ThreadState *ts, Visitor visit, void *context)
{
    object_visit_dying(ts, visit, context);
    if (ts->execution != NULL) {
        visit_uncounted(ts->execution, visit, context);
    }
}
