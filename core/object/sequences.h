// core/object/sequences.h: slices, ranges and the small iterators of the core.
#ifndef ADDER_CORE_OBJECT_SEQUENCES_H
#define ADDER_CORE_OBJECT_SEQUENCES_H

#include "core/object/object.h"

typedef struct Slice {
    ObjectHead head;
    SharedRef start, stop, step;
} Slice;
Ref slice_new(ThreadState *ts, Value start, Value stop, Value step); // NO_VALUE is None
// Resolves against a length: *count items at start, start + step, …
Status slice_resolve(ThreadState *ts, Value slice, int64_t length, int64_t *start, int64_t *step,
                     int64_t *count);

typedef struct Range {
    ObjectHead head;
    SharedRef start, stop, step; // ints of any size
    SharedRef length;
} Range;
Ref range_new(ThreadState *ts, Value start, Value stop, Value step);

// Iterators whose state fits three words; the interpreter steps exact ones inline. In
// addert several threads may share one: fields are atomic, a shared iterator may repeat
// or skip, never misbehaves.
typedef struct RangeIterator {
    ObjectHead head;
    int64_t end, step; // constant: the item that comes next is end - remaining * step
    int64_t remaining; // atomic
    SharedRef big; // a tuple (next, step, remaining) when the numbers do not fit, else the length
} RangeIterator;
// The next number of an iterator whose numbers fit; false: exhausted, or `big` must be asked.
static ALWAYS_INLINE bool range_iterator_step(RangeIterator *it, Value *out)
{
    int64_t remaining = atomic_load_relaxed(&it->remaining);
    if (UNLIKELY(remaining <= 0)) {
        return false;
    }
    atomic_store_relaxed(&it->remaining, remaining - 1);
    *out = small_int(it->end - remaining * it->step);
    return true;
}
// The next item of exact dict items, enumerate and zip of two, as its two parts. *applies false:
// another iterator, nothing was done. False otherwise: exhausted or (has_exception) an error.
bool iterator_next_pair(ThreadState *ts, Value iterator, Ref pair[2], bool *applies);
typedef struct ListIterator {
    ObjectHead head;
    SharedRef list; // empty: exhausted
    size_t index;   // atomic
} ListIterator;
typedef struct TupleIterator {
    ObjectHead head;
    SharedRef tuple;
    size_t index;
} TupleIterator;

// iter(x) of an object that has __getitem__ but no __iter__; iter(callable, sentinel).
Ref sequence_iterator_new(ThreadState *ts, Value sequence);
Ref callable_iterator_new(ThreadState *ts, Value callable, Value sentinel);

#endif
