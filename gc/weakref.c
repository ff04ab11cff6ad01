// gc/weakref.c: a striped open-addressing table from objects to chains of weak references.
//
// 1. The object's address chooses the stripe and the place; a probe ends at an empty place. Removal
//    moves later entries of the run back, so that there are no tombstones.
// 2. A chain is in the order in which callbacks are called: newest first,
//    behind the plain references.
// 3. Reading a reference counts its referent under the stripe's lock: the one who deallocates it
//    takes the same lock to clear the references, so the memory is still the object's, and
//    try-retain refuses if its count has fallen to zero. Making the first reference marks the
//    object shared: until then try-retain would refuse other threads.
#include "gc/weakref.h"

#include <pthread.h>
#include <stdlib.h>

#include "gc/track.h"
#include "gc/upcalls.h"
#include "gil/stop_the_world.h"

enum { STRIPES = 64, FIRST_PLACES = 16 };

typedef struct Place {
    ObjectHead *referent;
    WeakLink *first;
} Place;

typedef struct Stripe {
    pthread_mutex_t lock;
    size_t used;   // lock
    size_t places; // lock; a power of two, or 0
    Place *table;  // lock
} __attribute__((aligned(64))) Stripe;

static Stripe stripes[STRIPES] = {[0 ... STRIPES - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};

static uint64_t hash_of(const ObjectHead *o) { return ((uintptr_t)o >> 4) * 0x9E3779B97F4A7C15u; }

static Stripe *stripe_of(const ObjectHead *o) { return &stripes[hash_of(o) >> 58]; }

static size_t home_of(const Stripe *stripe, const ObjectHead *o)
{
    return (hash_of(o) >> 20) & (stripe->places - 1);
}

// The object's place, or the empty one where it would go. The table is not full.
static Place *find_locked(Stripe *stripe, const ObjectHead *o)
{
    size_t i = home_of(stripe, o);
    while (stripe->table[i].referent != NULL && stripe->table[i].referent != o) {
        i = (i + 1) & (stripe->places - 1);
    }
    return &stripe->table[i];
}

static WeakLink *chain_locked(Stripe *stripe, const ObjectHead *o)
{
    return stripe->places == 0 ? NULL : find_locked(stripe, o)->first;
}

static bool make_room_locked(Stripe *stripe)
{
    if (stripe->used * 2 < stripe->places) {
        return true;
    }
    size_t places = stripe->places == 0 ? FIRST_PLACES : stripe->places * 2;
    Place *table = calloc(places, sizeof *table);
    if (table == NULL) {
        return false;
    }
    Place *old = stripe->table;
    size_t old_places = stripe->places;
    stripe->table = table;
    stripe->places = places;
    for (size_t i = 0; i < old_places; i++) {
        if (old[i].referent != NULL) {
            *find_locked(stripe, old[i].referent) = old[i];
        }
    }
    free(old);
    return true;
}

static void remove_place_locked(Stripe *stripe, Place *place)
{
    size_t mask = stripe->places - 1, hole = (size_t)(place - stripe->table);
    for (size_t i = (hole + 1) & mask; stripe->table[i].referent != NULL; i = (i + 1) & mask) {
        size_t home = home_of(stripe, stripe->table[i].referent);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            stripe->table[hole] = stripe->table[i];
            hole = i;
        }
    }
    stripe->table[hole] = (Place){0};
    stripe->used -= 1;
    if (stripe->used == 0) {
        free(stripe->table);
        stripe->table = NULL;
        stripe->places = 0;
    }
}

bool weak_link(WeakLink *link, ObjectHead *referent)
{
    // Before any other thread can find the referent through the link.
    head_mark_shared(referent);
    head_mark_shared(link->reference);
    Stripe *stripe = stripe_of(referent);
    pthread_mutex_lock(&stripe->lock);
    if (!make_room_locked(stripe)) {
        pthread_mutex_unlock(&stripe->lock);
        return false;
    }
    Place *place = find_locked(stripe, referent);
    if (place->referent == NULL) {
        place->referent = referent;
        place->first = NULL;
        stripe->used += 1;
        gc_set_flag(referent, GC_WEAKREFS);
    }
    link->stripe = (uint8_t)(stripe - stripes);
    WeakLink *before = NULL, *after = place->first;
    while (after != NULL && after->is_plain) {
        before = after;
        after = after->next;
    }
    link->previous = before;
    link->next = after;
    *(before == NULL ? &place->first : &before->next) = link;
    if (after != NULL) {
        after->previous = link;
    }
    atomic_store_release(&link->referent, referent);
    pthread_mutex_unlock(&stripe->lock);
    return true;
}

static void take_out_locked(Stripe *stripe, WeakLink *link)
{
    if (link->next != NULL) {
        link->next->previous = link->previous;
    }
    if (link->previous != NULL) {
        link->previous->next = link->next;
    } else {
        Place *place = find_locked(stripe, link->referent);
        ASSERT(place->first == link);
        place->first = link->next;
        if (link->next == NULL) {
            remove_place_locked(stripe, place);
        }
    }
    link->next = link->previous = NULL;
    atomic_store_release(&link->referent, NULL);
}

void weak_unlink(WeakLink *link)
{
    // acquire: pairs with the release that cleared it; then nobody else knows the link any more.
    if (atomic_load_acquire(&link->referent) == NULL) {
        return;
    }
    Stripe *stripe = &stripes[link->stripe];
    pthread_mutex_lock(&stripe->lock);
    if (link->referent != NULL) {
        take_out_locked(stripe, link);
    }
    pthread_mutex_unlock(&stripe->lock);
}

// Its count may have reached zero already: the one who deallocates it is on its way to the lock.
// (The count itself says nothing here: in addert it is two words that its owner is changing.)
static Ref try_count(ObjectHead *o) { return head_try_retain(o) ? (Ref){value_of(o)} : NO_REF; }

Ref weak_get(WeakLink *link)
{
    if (atomic_load_acquire(&link->referent) == NULL) {
        return NO_REF;
    }
    Stripe *stripe = &stripes[link->stripe];
    pthread_mutex_lock(&stripe->lock);
    Ref result = link->referent == NULL ? NO_REF : try_count(link->referent);
    pthread_mutex_unlock(&stripe->lock);
    return result;
}

Ref weak_find_plain(ObjectHead *referent, uint32_t shape)
{
    Stripe *stripe = stripe_of(referent);
    Ref result = NO_REF;
    pthread_mutex_lock(&stripe->lock);
    for (WeakLink *link = chain_locked(stripe, referent); link != NULL && link->is_plain;
         link = link->next) {
        if (atomic_load_relaxed(&link->reference->shape) == shape) {
            result = try_count(link->reference);
            break;
        }
    }
    pthread_mutex_unlock(&stripe->lock);
    return result;
}

void weak_clear(ThreadState *ts, ObjectHead *referent)
{
    Stripe *stripe = stripe_of(referent);
    Vector callbacks = {0};
    pthread_mutex_lock(&stripe->lock);
    WeakLink *link;
    while ((link = chain_locked(stripe, referent)) != NULL) {
        // Counted first: once the link is out of its chain, the reference may die at any moment.
        if (link->has_callback && vector_push(&callbacks, link->reference) &&
            is_error(try_count(link->reference))) {
            callbacks.count -= 1;
        }
        take_out_locked(stripe, link);
    }
    gc_clear_flag(referent, GC_WEAKREFS);
    pthread_mutex_unlock(&stripe->lock);
    for (size_t i = 0; i < callbacks.count; i++) {
        weak_reference_call(ts, callbacks.items[i]);
        value_release(value_of(callbacks.items[i]));
    }
    vector_free(&callbacks);
}

void weak_clear_stopped(ObjectHead *referent, Vector *callbacks)
{
    // Nobody can own the lock: it is never held across a safepoint.
    Stripe *stripe = stripe_of(referent);
    WeakLink *link;
    while ((link = chain_locked(stripe, referent)) != NULL) {
        take_out_locked(stripe, link);
        ObjectHead *reference = link->reference;
        bool is_wanted = link->has_callback && (reference->gc & GC_UNREACHABLE) == 0;
        if (is_wanted && head_count(reference) > 0 && vector_push(callbacks, reference)) {
            head_retain(reference);
        }
    }
    gc_clear_flag(referent, GC_WEAKREFS);
}

size_t weak_count(ObjectHead *referent)
{
    Stripe *stripe = stripe_of(referent);
    size_t count = 0;
    pthread_mutex_lock(&stripe->lock);
    for (WeakLink *link = chain_locked(stripe, referent); link != NULL; link = link->next) {
        count += head_count(link->reference) > 0;
    }
    pthread_mutex_unlock(&stripe->lock);
    return count;
}

size_t weak_list(ObjectHead *referent, Ref *references, size_t capacity)
{
    Stripe *stripe = stripe_of(referent);
    size_t count = 0;
    pthread_mutex_lock(&stripe->lock);
    for (WeakLink *link = chain_locked(stripe, referent); link != NULL && count < capacity;
         link = link->next) {
        references[count] = try_count(link->reference);
        count += !is_error(references[count]);
    }
    pthread_mutex_unlock(&stripe->lock);
    return count;
}
