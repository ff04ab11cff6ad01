// The table of interned strings, and the names that C code uses.
//
// Open addressing with linear probing, split into stripes by hash; a stripe is changed under its
// lock. The table does not count what it holds: a dying str takes itself out
// (str_forget_interned), and a look-up that meets one that is already dying (its count cannot be
// raised) treats it as absent.
//
// Rule     a str with STR_INTERNED stands in the table, or is dying.
// Threads  any attached thread. Nothing is dropped and no script code runs under a lock.
#include <pthread.h>
#include <stdlib.h>

#include "core/object/bytes.h"
#include "core/object/hash.h"
#include "core/object/str.h"
#include "core/object/str_internal.h"

enum { STRIPES = 16, FIRST_CAPACITY = 256 };

typedef struct Stripe {
    pthread_mutex_t lock;
    Str **entries; // lock; NULL: free
    size_t capacity, used;
} Stripe;

static Stripe stripes[STRIPES];
static bool is_ready;

static inline Stripe *stripe_of(uint64_t hash) { return &stripes[hash >> 60]; }

static inline void lock_stripe(Stripe *stripe)
{
    if (POLICY_FREE_THREADED) {
        pthread_mutex_lock(&stripe->lock);
    }
}
static inline void unlock_stripe(Stripe *stripe)
{
    if (POLICY_FREE_THREADED) {
        pthread_mutex_unlock(&stripe->lock);
    }
}

// The place of an equal str, or of the free entry that ends the search.
static size_t find_place(const Stripe *stripe, const Str *s, uint64_t hash)
{
    size_t mask = stripe->capacity - 1;
    size_t i = hash & mask;
    while (stripe->entries[i] != NULL) {
        if (stripe->entries[i]->hash == hash && str_equal_slow(stripe->entries[i], s)) {
            return i;
        }
        i = (i + 1) & mask;
    }
    return i;
}

static bool grow_stripe(Stripe *stripe)
{
    size_t capacity = stripe->capacity == 0 ? FIRST_CAPACITY : stripe->capacity * 2;
    Str **entries = calloc(capacity, sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < stripe->capacity; i++) {
        Str *s = stripe->entries[i];
        if (s != NULL) {
            size_t k = s->hash & (capacity - 1);
            while (entries[k] != NULL) {
                k = (k + 1) & (capacity - 1);
            }
            entries[k] = s;
        }
    }
    free(stripe->entries);
    stripe->entries = entries;
    stripe->capacity = capacity;
    return true;
}

// Closes the gap at i, so that no search ends too early.
static void remove_at(Stripe *stripe, size_t i)
{
    size_t mask = stripe->capacity - 1;
    size_t next = (i + 1) & mask;
    while (stripe->entries[next] != NULL) {
        size_t home = stripe->entries[next]->hash & mask;
        if (((next - home) & mask) >= ((next - i) & mask)) {
            stripe->entries[i] = stripe->entries[next];
            i = next;
        }
        next = (next + 1) & mask;
    }
    stripe->entries[i] = NULL;
    stripe->used--;
}

void str_forget_interned(Str *s)
{
    Stripe *stripe = stripe_of(s->hash);
    lock_stripe(stripe);
    size_t mask = stripe->capacity - 1;
    for (size_t i = s->hash & mask; stripe->entries[i] != NULL; i = (i + 1) & mask) {
        if (stripe->entries[i] == s) {
            remove_at(stripe, i);
            break;
        }
    }
    unlock_stripe(stripe);
}

// One more reference, unless the str is dying.
static bool try_count(Str *s)
{
    if (!POLICY_FREE_THREADED && head_count(&s->head) == 0) {
        return false; // its deallocation was put off
    }
    return head_try_retain(&s->head);
}

// Puts s into the table, or finds the equal one that is there. The result's reference replaces s's.
static Ref intern(ThreadState *ts, Ref s, bool immortal)
{
    Str *own = str_from(s.v);
    uint64_t hash = str_hash(s.v);
    Stripe *stripe = stripe_of(hash);
    Ref found = NO_REF;
    lock_stripe(stripe);
    if (stripe->used * 3 >= stripe->capacity * 2 && !grow_stripe(stripe)) {
        unlock_stripe(stripe);
        ref_drop(&s);
        return raise_no_memory(ts);
    }
    size_t i = find_place(stripe, own, hash);
    Str *other = stripe->entries[i];
    if (other != NULL && try_count(other)) {
        found = REF_FROM_NEW(other);
    } else {
        if (immortal) {
            head_immortalize(&own->head);
        } else {
            head_mark_shared(&own->head);
        }
        atomic_or_relaxed(&own->head.flags, (uint8_t)STR_INTERNED);
        stripe->used += other == NULL;
        stripe->entries[i] = own;
    }
    unlock_stripe(stripe);
    if (is_error(found)) {
        return s;
    }
    ref_drop(&s);
    return found;
}

Ref str_intern(ThreadState *ts, Ref s)
{
    if (is_error(s) || str_is_interned(str_from(s.v)) || !value_is_exactly_str(s.v)) {
        return s;
    }
    return intern(ts, s, false);
}

Ref str_intern_immortal(ThreadState *ts, Ref s)
{
    if (is_error(s) || !value_is_exactly_str(s.v)) {
        return s;
    }
    Ref result = s;
    if (!str_is_interned(str_from(s.v))) {
        // Only what nobody else has seen may become immortal in addert: a copy, where needed.
        if (POLICY_FREE_THREADED && !head_is_unique(value_head(s.v))) {
            Str *from = str_from(s.v);
            Ref copy = str_from_text(ts, from->data, str_width(from), from->length);
            ref_drop(&s);
            if (is_error(copy)) {
                return NO_REF;
            }
            result = copy;
        }
        result = intern(ts, result, true);
    }
    if (!is_error(result)) {
        // Another thread's name stays mortal; then the caller's reference keeps it.
        (void)head_try_immortalize(value_head(result.v));
    }
    return result;
}

Ref str_intern_z(ThreadState *ts, const char *text)
{
    return str_intern_immortal(ts, str_from_z(ts, text));
}

// --- Names ---------------------------------------------------------------------------------------

Value names_table[NAME_COUNT];

static const char *const name_texts[NAME_COUNT] = {
#define NAME_ROW(name)        #name,
#define NAME_TEXT(name, text) text,
#include "core/object/names.def"
#undef NAME_ROW
};

static void intern_constant(Value v)
{
    Str *s = str_from(v);
    Stripe *stripe = stripe_of(s->hash);
    if (stripe->used * 3 >= stripe->capacity * 2) {
        CHECK(grow_stripe(stripe));
    }
    stripe->entries[find_place(stripe, s, s->hash)] = s;
    stripe->used++;
    s->head.flags |= STR_INTERNED;
}

Status names_init(ThreadState *ts)
{
    if (!is_ready) {
        is_ready = true;
        for (unsigned i = 0; i < STRIPES; i++) {
            pthread_mutex_init(&stripes[i].lock, NULL);
        }
        hash_init();
        str_init_constants();
        bytes_init();
        intern_constant(str_empty().v);
        for (unsigned c = 0; c < 256; c++) {
            intern_constant(str_latin1_char((uint8_t)c));
        }
    }
    for (unsigned i = 0; i < NAME_COUNT; i++) {
        Ref name = str_intern_z(ts, name_texts[i]);
        if (is_error(name)) {
            return STATUS_ERROR;
        }
        names_table[i] = name.v; // immortal: the reference is never given back
    }
    return STATUS_OK;
}
