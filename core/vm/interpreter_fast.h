// core/vm/interpreter_fast.h: what the loop does inline: the common cases, as small functions.
//
// Each does its part whole or returns false and has changed nothing; the loop then calls the
// function of interpreter_slow.h that does the instruction in every case. None of them raises,
// allocates, runs script code or drops a reference: an old value is handed to the loop, which has
// the position saved when it drops it.
//
// Rule     a lock taken here is given back here (brief_lock): the loop never holds one.
#ifndef ADDER_CORE_VM_INTERPRETER_FAST_H
#define ADDER_CORE_VM_INTERPRETER_FAST_H

#include "core/object/container.h"
#include "core/object/float.h"
#include "core/object/function.h"
#include "core/object/generator.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/sequences.h"
#include "core/object/tuple.h"
#include "core/vm/interpreter_slow.h"
#include "core/vm/slot_load.h"
#include "gil/critical_section.h"

// --- Numbers that need no memory -----------------------------------------------------------------
//
// b and c are the words of two values. An int is 2n + 1, so most operations work on the words as
// they are; the results are words again.

static ALWAYS_INLINE bool both_ints(uintptr_t b, uintptr_t c) { return (b & c & 1) != 0; }
static ALWAYS_INLINE bool both_flonums(uintptr_t b, uintptr_t c)
{
    return (((b ^ 2) | (c ^ 2)) & 3) == 0;
}
static ALWAYS_INLINE int64_t int_of(uintptr_t bits) { return (int64_t)bits >> 1; }
static ALWAYS_INLINE double double_of(uintptr_t bits) { return flonum_get((Value){bits}); }

static ALWAYS_INLINE bool ints_add(uintptr_t b, uintptr_t c, intptr_t *r)
{
    return LIKELY(!__builtin_add_overflow((intptr_t)(b - 1), (intptr_t)c, r));
}
static ALWAYS_INLINE bool ints_sub(uintptr_t b, uintptr_t c, intptr_t *r)
{
    return LIKELY(!__builtin_sub_overflow((intptr_t)b, (intptr_t)(c - 1), r));
}
static ALWAYS_INLINE bool ints_mul(uintptr_t b, uintptr_t c, intptr_t *r)
{
    if (UNLIKELY(__builtin_mul_overflow((intptr_t)(b - 1), (intptr_t)c >> 1, r))) {
        return false;
    }
    *r |= 1;
    return true;
}
static ALWAYS_INLINE bool ints_floor_div(uintptr_t b, uintptr_t c, intptr_t *r)
{
    int64_t x = int_of(b), y = int_of(c);
    if (UNLIKELY(y <= 0)) {
        return false;
    }
    int64_t q = x / y;
    q -= x < 0 && q * y != x;
    *r = (intptr_t)small_int(q).bits;
    return true;
}
static ALWAYS_INLINE bool ints_mod(uintptr_t b, uintptr_t c, intptr_t *r)
{
    int64_t x = int_of(b), y = int_of(c), m;
    if (UNLIKELY(y <= 0)) {
        return false;
    }
    if ((uint64_t)x <= UINT32_MAX && (uint64_t)y <= UINT32_MAX) { // divides much faster
        m = (uint32_t)x % (uint32_t)y;
    } else {
        m = x % y;
        m += m < 0 ? y : 0;
    }
    *r = (intptr_t)small_int(m).bits;
    return true;
}
static ALWAYS_INLINE bool ints_lshift(uintptr_t b, uintptr_t c, intptr_t *r)
{
    int64_t x = int_of(b), y = int_of(c);
    if (UNLIKELY((uint64_t)y >= 62)) {
        return false;
    }
    int64_t shifted = (int64_t)((uint64_t)x << y);
    if (UNLIKELY(shifted >> y != x || !fits_small_int(shifted))) {
        return false;
    }
    *r = (intptr_t)small_int(shifted).bits;
    return true;
}
static ALWAYS_INLINE bool ints_rshift(uintptr_t b, uintptr_t c, intptr_t *r)
{
    int64_t y = int_of(c);
    if (UNLIKELY(y < 0)) {
        return false;
    }
    *r = (intptr_t)small_int(int_of(b) >> (y > 63 ? 63 : y)).bits;
    return true;
}
static ALWAYS_INLINE bool ints_and(uintptr_t b, uintptr_t c, intptr_t *r)
{
    *r = (intptr_t)(b & c);
    return true;
}
static ALWAYS_INLINE bool ints_or(uintptr_t b, uintptr_t c, intptr_t *r)
{
    *r = (intptr_t)(b | c);
    return true;
}
static ALWAYS_INLINE bool ints_xor(uintptr_t b, uintptr_t c, intptr_t *r)
{
    *r = (intptr_t)((b ^ c) | 1);
    return true;
}
static ALWAYS_INLINE bool ints_never(uintptr_t b, uintptr_t c, intptr_t *r) { return false; }

// A number that is an int or a flonum, as a double. False: neither, or an int that is not exact.
static ALWAYS_INLINE bool number_as_double(uintptr_t bits, double *out)
{
    if ((bits & 3) == 2) {
        *out = double_of(bits);
        return true;
    }
    if ((bits & 1) != 0) {
        int64_t i = int_of(bits);
        *out = (double)i;
        return i > -((int64_t)1 << 53) && i < (int64_t)1 << 53;
    }
    return false;
}

// Two flonums, or one and an int. False also when the result would need memory.
#define FLOATS_OPERATION(name, sign)                                                               \
    static ALWAYS_INLINE bool name(uintptr_t b, uintptr_t c, Value *r)                             \
    {                                                                                              \
        double x = 0, y = 0;                                                                       \
        if (both_flonums(b, c)) {                                                                  \
            *r = flonum_try(double_of(b) sign double_of(c));                                       \
            return LIKELY(r->bits != 0);                                                           \
        }                                                                                          \
        if (((b & 3) == 2 || (c & 3) == 2) && number_as_double(b, &x) &&                           \
            number_as_double(c, &y)) {                                                             \
            *r = flonum_try(x sign y);                                                             \
            return LIKELY(r->bits != 0);                                                           \
        }                                                                                          \
        return false;                                                                              \
    }
FLOATS_OPERATION(floats_add, +)
FLOATS_OPERATION(floats_sub, -)
FLOATS_OPERATION(floats_mul, *)
#undef FLOATS_OPERATION

// True division: of two ints as well.
static ALWAYS_INLINE bool floats_div(uintptr_t b, uintptr_t c, Value *r)
{
    double x = 0, y = 0;
    if (LIKELY(number_as_double(b, &x) && number_as_double(c, &y) && y != 0)) {
        *r = flonum_try(x / y);
        return LIKELY(r->bits != 0);
    }
    return false;
}
static ALWAYS_INLINE bool floats_never(uintptr_t b, uintptr_t c, Value *r) { return false; }

// --- Attributes that a cache site knows ----------------------------------------------------------

static ALWAYS_INLINE SharedRef *place_at(const ObjectHead *o, uint32_t offset)
{
    return (SharedRef *)((uintptr_t)o + offset);
}
static ALWAYS_INLINE bool cache_packed_fits(uint64_t word, uint32_t shape)
{
    return (word & CACHE_KIND_MASK) == CACHE_INLINE && (uint32_t)(word >> 32) == shape;
}
// The first entry, or the one of its chain that is for this shape; NULL: none.
static ALWAYS_INLINE const CacheEntry *cache_choose(uint64_t word, uint32_t shape)
{
    const CacheEntry *e = cache_entry(word);
    if (e != NULL && e->guard != shape && e->next != NULL) {
        e = cache_for_shape(e->next, shape);
    }
    return e;
}

// What needs no binding: a value of the instance, of its class, of a class itself, of a module.
static ALWAYS_INLINE bool load_attr_fast(const ObjectHead *o, uint32_t shape, uint64_t word,
                                         Slot *out)
{
    if (LIKELY(cache_packed_fits(word, shape))) {
        return slot_load(place_at(o, cache_packed_offset(word)), out);
    }
    const CacheEntry *e = cache_choose(word, shape);
    if (e == NULL) {
        return false;
    }
    bool hit;
    switch (e->kind) {
    case CACHE_PLACE:
        return e->guard == shape && slot_load(place_at(o, e->offset), out);
    case CACHE_CLASS_VALUE:
        hit = e->guard == shape;
        break;
    case CACHE_TYPE_VALUE:
        hit = (const void *)o == e->owner;
        break;
    case CACHE_MODULE_VALUE:
        hit = shape == KIND_MODULE && module_namespace_id(o) == e->guard;
        break;
    default:
        return false;
    }
    return hit && slot_load(&e->cell->value, out);
}

// Stores R[B], consumed, in an inline place that has a value; *old is that.
static ALWAYS_INLINE bool store_attr_fast(ObjectHead *o, uint32_t shape, uint32_t offset, Slot *R,
                                          uint32_t B, uint32_t temp_base, Ref *old)
{
    bool locked = may_be_concurrent();
    if (UNLIKELY(locked && !brief_lock(o))) {
        return false;
    }
    SharedRef *place = place_at(o, offset);
    bool stored =
        LIKELY(shared_ref_peek(place).bits != 0 && atomic_load_relaxed(&o->shape) == shape);
    if (stored) {
        *old = shared_ref_swap(place, slot_consume(R, B, temp_base));
    }
    if (locked) {
        brief_unlock(o);
    }
    return stored;
}

// Adds R[B], consumed, as a new inline attribute; *old is nothing, but for what a deletion left.
static ALWAYS_INLINE bool add_attr_fast(ObjectHead *o, const CacheEntry *e, Slot *R, uint32_t B,
                                        uint32_t temp_base, Ref *old)
{
    bool locked = may_be_concurrent();
    if (UNLIKELY(locked && !brief_lock(o))) {
        return false;
    }
    bool stored = LIKELY(atomic_load_relaxed(&o->shape) == e->guard);
    if (stored) {
        *old = shared_ref_swap(place_at(o, e->offset), slot_consume(R, B, temp_base));
        atomic_store_release(&o->shape, (uint32_t)e->new_shape);
    }
    if (locked) {
        brief_unlock(o);
    }
    return stored;
}

// --- Items of lists ------------------------------------------------------------------------------

// list[index] = R[C], consumed, for an exact list.
static ALWAYS_INLINE bool store_indexed_fast(ObjectHead *o, int64_t index, Slot *R, uint32_t C,
                                             uint32_t temp_base, Ref *old)
{
    if (atomic_load_relaxed(&o->shape) != KIND_LIST) {
        return false;
    }
    bool locked = may_be_concurrent();
    if (UNLIKELY(locked && !brief_lock(o))) {
        return false;
    }
    List *list = (List *)o;
    index += index < 0 ? (int64_t)list->size : 0;
    bool stored = LIKELY((uint64_t)index < list->size);
    if (stored) {
        *old = shared_ref_swap(&list->array->items[index], slot_consume(R, C, temp_base));
    }
    if (locked) {
        brief_unlock(o);
    }
    return stored;
}

// Appends R[B], consumed, where the list has room.
static ALWAYS_INLINE bool list_append_fast(List *list, Slot *R, uint32_t B, uint32_t temp_base)
{
    bool locked = may_be_concurrent();
    if (UNLIKELY(locked && !brief_lock(&list->head))) {
        return false;
    }
    size_t size = list->size;
    ListArray *array = list->array;
    bool room = LIKELY(array != NULL && size < array->capacity);
    if (room) {
        place_put(&array->items[size], slot_consume(R, B, temp_base).v);
        atomic_store_relaxed(&list->size, size + 1);
    }
    if (locked) {
        brief_unlock(&list->head);
    }
    return room;
}

// --- Iterators -----------------------------------------------------------------------------------
//
// The next item of the exact iterators that are stepped inline. Nobody else may hold them: an
// iterator in a temporary nearly always is ours alone, and then its fields are plain words.

static ALWAYS_INLINE bool step_list_iterator(ListIterator *it, Slot *out)
{
    if (POLICY_FREE_THREADED && !head_is_unique(&it->head)) {
        return false;
    }
    Value v = shared_ref_peek(&it->list);
    if (is_no_value(v)) {
        return false;
    }
    List *list = list_from(v);
    size_t i = it->index;
    if (i >= list_size(list)) {
        return false;
    }
    ListArray *array = atomic_load_acquire(&list->array);
    if (POLICY_FREE_THREADED && (array == NULL || i >= array->capacity)) {
        return false;
    }
    if (!slot_load(&array->items[i], out)) {
        return false;
    }
    it->index = i + 1;
    return true;
}

static ALWAYS_INLINE bool step_tuple_iterator(TupleIterator *it, Slot *out)
{
    if (POLICY_FREE_THREADED && !head_is_unique(&it->head)) {
        return false;
    }
    Value v = shared_ref_peek(&it->tuple);
    if (is_no_value(v) || it->index >= tuple_count(v)) {
        return false;
    }
    *out = slot_of_new(tuple_item(v, it->index++));
    return true;
}

// --- Generators ----------------------------------------------------------------------------------

// Links a suspended generator to the running frame, which goes on behind a word when it yields.
// False: it is in another state, or too deep.
static ALWAYS_INLINE bool enter_generator(ThreadState *ts, Slot *R, Generator *g, uintptr_t A,
                                          uintptr_t B)
{
    Execution *e = ts->execution;
    Frame *resumer = frame_of_slots(R);
    if (UNLIKELY(e->depth >= e->depth_limit) ||
        UNLIKELY(!generator_try_begin(g, GENERATOR_SUSPENDED))) {
        return false;
    }
    e->depth++;
    generator_link(e, g,
                   (resumer->flags & FRAME_GENERATOR) != 0
                       ? e->generator->base
                       : frame_end(resumer) + 1 + FRAME_HEADER_SLOTS);
    Frame *f = &g->frame;
    f->flags = FRAME_GENERATOR;
    f->destination = (uint16_t)A;
    f->spare = (uint32_t)B;
    f->resume_words = 2;
    return true;
}

#endif
