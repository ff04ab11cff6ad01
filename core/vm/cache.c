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

bool cache_is_frozen(const CacheSite *site) { return misses_of(cache_read(site)) >= CACHE_MISSES_MAX; }

static void retire(ThreadState *ts, uint64_t word)
{
    CacheEntry *e = (CacheEntry *)(uintptr_t)cache_entry(word);
    if (e == NULL) {
        return;
    }
    if (POLICY_FREE_THREADED && process_is_threaded()) {
        raw_free_shared(ts, e);
    } else {
        raw_free(ts, e);
    }
}

// release: pairs with the acquire in cache_read.
static bool replace(ThreadState *ts, CacheSite *site, uint64_t old, uint64_t word)
{
    if (!atomic_cas_release(&site->entry, &old, word)) {
        return false; // another thread was faster; its entry is as good
    }
    retire(ts, old);
    return true;
}

void cache_install_packed(ThreadState *ts, CacheSite *site, uint32_t kind, uint32_t shape, uint32_t offset)
{
    uint64_t old = cache_read(site);
    unsigned misses = misses_of(old) + 1;
    if (misses <= CACHE_MISSES_MAX && offset <= UINT16_MAX) {
        (void)replace(ts, site, old, cache_pack(kind, shape, offset) | (uint64_t)misses << 4);
    }
}

void cache_install(ThreadState *ts, CacheSite *site, const CacheEntry *entry)
{
    uint64_t old = cache_read(site);
    unsigned misses = misses_of(old) + 1;
    if (misses > CACHE_MISSES_MAX) {
        return;
    }
    CacheEntry *e = raw_alloc(ts, sizeof *e);
    if (e == NULL) {
        exception_clear(ts);
        return;
    }
    *e = *entry;
    e->misses = (uint8_t)misses;
    if (!replace(ts, site, old, (uint64_t)(uintptr_t)e)) {
        raw_free(ts, e);
    }
}

void cache_empty_stopped(CacheSite *site)
{
    uint64_t word = site->entry;
    atomic_store_relaxed(&site->entry, (uint64_t)0);
    CacheEntry *e = (CacheEntry *)(uintptr_t)cache_entry(word);
    if (e != NULL) {
        raw_free(thread_current(), e);
    }
}

// --- Constructors -------------------------------------------------------------------------------------

enum { CONSTRUCTOR_ROWS = 1024 };

// Each row is NULL or an immutable Constructor.
static Constructor *constructors[CONSTRUCTOR_ROWS];

static Constructor **row_of(const Type *t) { return &constructors[((uintptr_t)t >> 6) % CONSTRUCTOR_ROWS]; }

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
