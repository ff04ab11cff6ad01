// core/object/bytes.h: bytes, bytearray, and views of memory.
//
// A view lends the memory of bytes, bytearray, memoryview or array to C code, or to a memoryview.
//
// Rule     bytes never change; any thread may read them without a lock.
// Rule     a bytearray's size and memory change under its lock, and only while it has no exports; a
//          view may store elements at any time.
// Rule     each view is released once, by buffer_release; it keeps its owner alive.
// Errors   TypeError "a bytes-like object is required, not 'x'"; BufferError
//          where a size cannot change.
#ifndef ADDER_CORE_OBJECT_BYTES_H
#define ADDER_CORE_OBJECT_BYTES_H

#include "core/object/object.h"

typedef struct Bytes {
    ObjectHead head;
    int64_t hash; // -1: not computed; atomic, relaxed
    size_t size;
    uint8_t data[]; // and a zero behind
} Bytes;

typedef struct ByteArray {
    ObjectHead head;
    size_t size, capacity; // under the object's lock
    uint8_t *data;         // raw heap, may be NULL when empty
    size_t offset;         // bytes removed in front, for cheap deletion there
    uint32_t exports;      // open views: size must not change ("Existing exports of data: …")
} ByteArray;

// A view of somebody's memory; release it exactly once.
struct BufferView {
    Ref owner;
    uint8_t *data;
    size_t size;        // bytes
    size_t item_size;   // 1 for bytes
    const char *format; // struct-style, "B" for bytes
    bool read_only;
    uint32_t *exports; // the owner's counter of open views (atomic), or NULL
    bool is_locked;    // buffer_get_brief: the section below is open
    CriticalSection section;
};

static inline bool value_is_bytes(Value v) { return value_is_kind(v, KIND_BYTES); }
static inline Bytes *bytes_from(Value v) { return (Bytes *)value_head(v); }
static inline bool value_is_bytearray(Value v) { return value_is_kind(v, KIND_BYTEARRAY); }

// A copy of the data; data NULL: to be filled by the caller.
Ref bytes_new(ThreadState *ts, const void *data, size_t size);
// bytes(v) for a buffer or an iterable of small ints.
Ref bytes_from_object(ThreadState *ts, Value v);
// The same, __bytes__ first.
Ref bytes_of(ThreadState *ts, Value v);
Ref bytes_concat(ThreadState *ts, Value a, Value b);
Ref bytes_empty(void);
void bytes_init(void); // by names_init, at start-up
Ref bytearray_new(ThreadState *ts, const void *data, size_t size);

// --- Views ---------------------------------------------------------------------------------------

Status buffer_get(ThreadState *ts, Value v, BufferView *view);
Status buffer_get_writable(ThreadState *ts, Value v, BufferView *view);
// For a look within one operation: a bytearray stays locked until the release, so that other
// threads that resize it wait instead of failing. Release in reverse order; do not move the view.
Status buffer_get_brief(ThreadState *ts, Value v, BufferView *view);
void buffer_release(ThreadState *ts, BufferView *view);

#endif
