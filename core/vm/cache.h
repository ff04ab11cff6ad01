// core/vm/cache.h: inline caches: what an instruction remembers of its last look-up.
//
// CacheSite.entry is one atomic word that validates itself. Either packed,
//
//     63 .. 32  shape id    31 .. 16  byte offset or index    15 .. 4  misses    3 .. 0  kind (odd)
//
// or a pointer to an immutable CacheEntry (16-byte aligned, so the low bits are 0). 0: nothing
// known. Any thread may replace an entry at any time; a stale or foreign one merely misses. A site
// that sees a few shapes keeps a chain of entries, newest first; the loop looks at the first one
// only. After CACHE_MISSES_MAX replacements the site is frozen: its entries stay.
//
// Rule     an entry owns nothing. Cells live until the next purge (dict.h),
//          shape and namespace ids are not reused before it.
// Rule     entries are freed after a grace period when replaced, and at once in a purge.
#ifndef ADDER_CORE_VM_CACHE_H
#define ADDER_CORE_VM_CACHE_H

#include "core/object/cell.h"
#include "core/object/code.h"
#include "core/object/shape.h"

enum {
    CACHE_KIND_MASK = 15,
    CACHE_INLINE = 1, // packed: value at a byte offset of the object
    // pointer entries; guard is a shape id unless said otherwise
    CACHE_NONE = 0,        // this access cannot be remembered
    CACHE_GLOBAL = 2,      // guard: namespace id; cell; shadow: a cell that must be empty, or NULL
    CACHE_METHOD = 4,      // cell holds a function or method descriptor
    CACHE_CLASS_VALUE = 6, // cell holds what is no descriptor
    CACHE_PROPERTY = 8,    // cell holds a property
    CACHE_DESCRIPTOR = 10, // cell holds something with descriptor_get
    CACHE_TYPE_VALUE = 12, // the object is `owner`, a type; cell holds what needs no binding
    CACHE_MODULE_VALUE = 14, // guard: the module's namespace id
    CACHE_ADD = 16,          // STORE_ATTR that adds at `offset`: guard: old shape; new_shape
    CACHE_PLACE = 20,        // as CACHE_INLINE, in a chain
    CACHE_OVERFLOW = 18, // value number `index` of the overflow array whose address is at `offset`
    CACHE_MISSES_MAX = 24,
    CACHE_CHAIN_AFTER = 2, // misses
    CACHE_CHAIN_MAX = 4,   // entries
};

typedef struct CacheEntry {
    uint32_t guard;
    uint8_t kind;
    uint8_t misses;
    uint16_t offset;
    Cell *cell;
    union {
        Cell *shadow;
        const void *owner;
        uint64_t new_shape;
        uint64_t index;
    };
    const struct CacheEntry *next; // a site that sees several shapes: what else it has seen
} CacheEntry;

// The entry for a shape: the first of the chain or one behind it.
static inline const CacheEntry *cache_for_shape(const CacheEntry *e, uint32_t shape)
{
    while (e != NULL && e->guard != shape) {
        e = e->next;
    }
    return e;
}

static ALWAYS_INLINE uint64_t cache_pack(uint32_t kind, uint32_t shape, uint32_t offset)
{
    return (uint64_t)shape << 32 | (uint64_t)offset << 16 | kind;
}
static ALWAYS_INLINE uint32_t cache_packed_offset(uint64_t e) { return (uint32_t)e >> 16; }
static ALWAYS_INLINE uint64_t cache_read(const CacheSite *site)
{
    // acquire: pairs with the release in cache_install; the entry's fields are visible.
    return atomic_load_acquire(&site->entry);
}
// The entry behind a word that is no packed one; NULL for 0.
static ALWAYS_INLINE const CacheEntry *cache_entry(uint64_t e)
{
    return (e & 1) != 0 ? NULL : (const CacheEntry *)(uintptr_t)e;
}

void cache_install_packed(ThreadState *ts, CacheSite *site, uint32_t kind, uint32_t shape,
                          uint32_t offset);
// Copies `entry`; without memory nothing is cached.
void cache_install(ThreadState *ts, CacheSite *site, const CacheEntry *entry);
bool cache_is_frozen(const CacheSite *site);
// World stopped, or the code object is dying: frees the entry.
void cache_empty_stopped(CacheSite *site);

// How to make an instance of a class by a call: found by the class's address.
// `init` NULL: there is no __init__ but object's.
typedef struct Constructor {
    const Type *type;
    Cell *init; // holds the function
} Constructor;
// False: not known (yet), or not the plain way.
bool constructor_find(ThreadState *ts, Type *t, Constructor *out);
// World stopped: part of a purge.
void constructors_purge_stopped(void);

#endif
