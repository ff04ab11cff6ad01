// Views of other objects' memory.
#include "core/object/bytes.h"
#include "core/object/bytes_internal.h"

Status buffer_get(ThreadState *ts, Value v, BufferView *view)
{
    if (value_is_bytes(v)) {
        Bytes *b = bytes_from(v);
        *view = (BufferView){.owner = ref_new(v),
                             .data = b->data,
                             .size = b->size,
                             .item_size = 1,
                             .format = "B",
                             .read_only = true};
        return STATUS_OK;
    }
    Type *t = type_of(v);
    if (t->slots.buffer == NULL) {
        return raise_status(ts, EXC_TypeError, "a bytes-like object is required, not '%.100s'",
                            type_name(t));
    }
    view->exports = NULL;
    view->is_locked = false;
    return t->slots.buffer(ts, v, view);
}

Status buffer_get_brief(ThreadState *ts, Value v, BufferView *view)
{
    if (LIKELY(!value_is_bytearray(v))) {
        return buffer_get(ts, v, view);
    }
    ByteArray *b = bytearray_from(v);
    *view = (BufferView){.owner = ref_new(v), .item_size = 1, .format = "B", .is_locked = true};
    critical_begin(ts, &view->section, &b->head);
    atomic_add_relaxed(&b->exports, 1); // against script code of this thread
    view->exports = &b->exports;
    view->data = bytearray_data(b);
    view->size = b->size;
    return STATUS_OK;
}

Status buffer_get_writable(ThreadState *ts, Value v, BufferView *view)
{
    if (type_of(v)->slots.buffer == NULL) {
        return raise_status(ts, EXC_TypeError,
                            "read-write bytes-like object required, not '%.100s'",
                            type_name(type_of(v)));
    }
    if (buffer_get(ts, v, view) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (view->read_only) {
        buffer_release(ts, view);
        return raise_status(ts, EXC_TypeError,
                            "read-write bytes-like object required, not '%.100s'",
                            type_name(type_of(v)));
    }
    return STATUS_OK;
}

void buffer_release(ThreadState *ts, BufferView *view)
{
    if (view->exports != NULL) {
        // acq_rel: pairs with the look under the owner's lock before it resizes.
        atomic_sub_acq_rel(view->exports, 1);
        view->exports = NULL;
    }
    view->data = NULL;
    if (view->is_locked) {
        view->is_locked = false;
        critical_end(ts, &view->section);
    }
    ref_drop(&view->owner);
}

void span_begin(ThreadState *ts, Span *span, Value v)
{
    span->held = NULL;
    if (LIKELY(value_is_bytes(v))) {
        span->data = bytes_from(v)->data;
        span->size = bytes_from(v)->size;
        return;
    }
    ByteArray *b = bytearray_from(v);
    critical_begin(ts, &span->section, &b->head);
    atomic_add_relaxed(&b->exports, 1); // the lock orders it before a resize
    span->data = bytearray_data(b);
    span->size = b->size;
    span->held = b;
}

void span_end_slow(Span *span)
{
    // release: pairs with the look under the lock before a resize,
    // should the section have been left.
    atomic_sub_acq_rel(&span->held->exports, 1);
    critical_end(thread_current(), &span->section);
}
