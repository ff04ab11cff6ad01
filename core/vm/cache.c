// core/vm/cache.c: filling inline caches; the table of constructors. See cache.h.
#include "core/vm/cache.h"

#include "core/object/error.h"
#include "core/object/function.h"
#include "core/object/object.h"
#include "core/object/str.h"

static unsigned misses_of(uint64_t word)
{
    if (word == 0) {
        return 0;
    }
    const CacheEntry *e = cache_entry(word);
    return e != NULL ? e->misses : (unsigned)(word >> 4 & 0xFFF);
}

bool cache_is_frozen(const CacheSite *site)
{
    return misses_of(cache_read(site)) >= CACHE_MISSES_MAX;
}

static void free_entry(ThreadState *ts, const CacheEntry *e)
{
    if (POLICY_FREE_THREADED && process_is_threaded()) {
        raw_free_shared(ts, (void *)(uintptr_t)e);
    } else {
        raw_free(ts, (void *)(uintptr_t)e);
    }
}

static void free_chain(ThreadState *ts, const CacheEntry *e)
{
    while (e != NULL) {
        const CacheEntry *next = e->next;
        free_entry(ts, e);
        e = next;
    }
}

static unsigned chain_length(const CacheEntry *e)
{
    unsigned n = 0;
    for (; e != NULL; e = e->next) {
        n++;
    }
    return n;
}

static bool is_guarded_by_shape(unsigned kind)
{
    return kind != CACHE_NONE && kind != CACHE_GLOBAL && kind != CACHE_TYPE_VALUE &&
           kind != CACHE_MODULE_VALUE;
}

static CacheEntry *new_entry(ThreadState *ts, const CacheEntry *from, unsigned misses)
{
    CacheEntry *e = raw_alloc(ts, sizeof *e);
    if (e == NULL) {
        exception_clear(ts);
        return NULL;
    }
    *e = *from;
    e->misses = (uint8_t)misses;
    e->next = NULL;
    return e;
}

// What the site knows already, as the rest of a chain; NULL: nothing worth keeping.
static const CacheEntry *chain_of(ThreadState *ts, uint64_t word, unsigned misses, bool *made)
{
    const CacheEntry *e = cache_entry(word);
    *made = false;
    if (misses <= CACHE_CHAIN_AFTER || word == 0) {
        return NULL;
    }
    if (e != NULL) {
        return is_guarded_by_shape(e->kind) && chain_length(e) < CACHE_CHAIN_MAX ? e : NULL;
    }
    *made = true;
    CacheEntry packed = {.kind = CACHE_PLACE,
                         .guard = (uint32_t)(word >> 32),
                         .offset = (uint16_t)cache_packed_offset(word)};
    return new_entry(ts, &packed, misses);
}

void cache_install(ThreadState *ts, CacheSite *site, const CacheEntry *entry)
{
    uint64_t old = cache_read(site);
    unsigned misses = misses_of(old) + 1;
    if (misses > CACHE_MISSES_MAX) {
        return;
    }
    CacheEntry *e = new_entry(ts, entry, misses);
    if (e == NULL) {
        return;
    }
    bool made = false;
    e->next = is_guarded_by_shape(e->kind) ? chain_of(ts, old, misses, &made) : NULL;
    uint64_t expected = old;
    // release: pairs with the acquire in cache_read.
    if (!atomic_cas_release(&site->entry, &expected, (uint64_t)(uintptr_t)e)) {
        if (made) { // another thread was faster; its entry is as good
            raw_free(ts, (void *)(uintptr_t)e->next);
        }
        raw_free(ts, e);
    } else if (e->next == NULL || made) {
        free_chain(ts, cache_entry(old));
    }
}

void cache_install_packed(ThreadState *ts, CacheSite *site, uint32_t kind, uint32_t shape,
                          uint32_t offset)
{
    uint64_t old = cache_read(site);
    unsigned misses = misses_of(old) + 1;
    if (misses > CACHE_MISSES_MAX || offset > UINT16_MAX) {
        return;
    }
    if (misses > CACHE_CHAIN_AFTER) {
        cache_install(
            ts, site,
            &(CacheEntry){.kind = CACHE_PLACE, .guard = shape, .offset = (uint16_t)offset});
        return;
    }
    uint64_t expected = old;
    if (atomic_cas_release(&site->entry, &expected,
                           cache_pack(kind, shape, offset) | (uint64_t)misses << 4)) {
        free_chain(ts, cache_entry(old));
    }
}

void cache_empty_stopped(CacheSite *site)
{
    uint64_t word = site->entry;
    atomic_store_relaxed(&site->entry, (uint64_t)0);
    for (const CacheEntry *e = cache_entry(word); e != NULL;) {
        const CacheEntry *next = e->next;
        raw_free(thread_current(), (void *)(uintptr_t)e);
        e = next;
    }
}

// --- Constructors --------------------------------------------------------------------------------

enum { CONSTRUCTOR_ROWS = 1024 };

// Each row is NULL or an immutable Constructor.
static Constructor *constructors[CONSTRUCTOR_ROWS];

static Constructor **row_of(const Type *t)
{
    return &constructors[((uintptr_t)t >> 6) % CONSTRUCTOR_ROWS];
}

// Is type(...) what object.__new__ and one function called __init__ do?
static bool is_plain(ThreadState *ts, Type *t, Cell **init)
{
    const Type *object = TYPE_OF_KIND(OBJECT);
    if (type_of(type_value(t)) != TYPE_OF_KIND(TYPE) || (t->flags & TYPE_MADE_BY_SCRIPT) == 0 ||
        (t->flags & (TYPE_ABSTRACT | TYPE_NOT_CONSTRUCTIBLE)) != 0 || t->kind != KIND_OBJECT ||
        t->slots.make != object->slots.make) {
        return false;
    }
    if (t->slots.init == object->slots.init) {
        *init = NULL;
        return true;
    }
    *init = type_lookup_cell(ts, t, NAME(__init__));
    if (*init == NULL) {
        return false;
    }
    Ref f = cell_load(*init);
    bool plain = !is_error(f) && value_is_function(f.v);
    ref_drop(&f);
    return plain;
}

bool constructor_find(ThreadState *ts, Type *t, Constructor *out)
{
    Constructor **row = row_of(t);
    // acquire: pairs with the release below.
    const Constructor *known = atomic_load_acquire(row);
    if (LIKELY(known != NULL && known->type == t)) {
        *out = *known;
        return true;
    }
    Cell *init;
    if (!is_plain(ts, t, &init)) {
        return false;
    }
    Constructor *made = raw_alloc(ts, sizeof *made);
    if (made == NULL) {
        exception_clear(ts);
        return false;
    }
    *made = (Constructor){.type = t, .init = init};
    *out = *made;
    Constructor *old = (Constructor *)(uintptr_t)known;
    if (!atomic_cas_release(row, &old, made)) {
        raw_free(ts, made);
    } else if (old != NULL) {
        raw_free_shared(ts, old);
    }
    return true;
}

void constructors_purge_stopped(void)
{
    for (size_t i = 0; i < CONSTRUCTOR_ROWS; i++) {
        Constructor *c = constructors[i];
        constructors[i] = NULL;
        if (c != NULL) {
            raw_free(thread_current(), c);
        }
    }
}
