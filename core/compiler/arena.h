// core/compiler/arena.h: memory for one compilation, given back all at once.
//
// The tree of a source, its names and its constants lie in one arena.
// Nothing in it is freed singly.
//
// Rule     an arena belongs to one thread at a time.
// Errors   out of memory is a null result; the arena stays usable and must still be freed.
// Proof    tests/unit/compiler/test_parser.c
#ifndef ADDER_CORE_COMPILER_ARENA_H
#define ADDER_CORE_COMPILER_ARENA_H

#include "core/base/check.h"

// A run of bytes in an arena. Text is UTF-8; lone surrogates, which string literals may
// contain, are coded as three bytes each (WTF-8). `bytes[size]` is 0 and not counted. Equal
// *names* of one arena have the same `bytes`, so names are compared with ast_string_same();
// other strings are not shared.
typedef struct AstString {
    const char *bytes;
    uint32_t size;
    uint32_t hash; // of names; 0 elsewhere
} AstString;

// Whether two names interned in the same arena are equal.
static inline bool ast_string_same(AstString a, AstString b) { return a.bytes == b.bytes; }

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
    char *next; // free bytes are next .. end
    char *end;
    ArenaChunk *chunks;
    size_t held_bytes;  // taken from malloc so far
    size_t limit_bytes; // refuses to hold more than this; 0: no limit
    AstString *names;   // open addressing, power of two
    uint32_t name_count;
    uint32_t name_capacity;
} Arena;

// Makes an empty arena, which holds no memory yet.
void arena_init(Arena *arena);

// Gives everything back. The arena is empty afterwards and may be used again.
void arena_free(Arena *arena);

// `size` bytes, aligned to 8 and not cleared, or NULL.
MUST_USE void *arena_allocate_slow(Arena *arena, size_t size);

MUST_USE static inline void *arena_allocate(Arena *arena, size_t size)
{
    size_t rounded = (size + 7) & ~(size_t)7;
    if (LIKELY(rounded >= size && (size_t)(arena->end - arena->next) >= rounded && rounded != 0)) {
        char *block = arena->next;
        arena->next += rounded;
        return block;
    }
    return arena_allocate_slow(arena, size);
}

// realloc() that fails when the armed fault says so; for buffers outside arenas.
MUST_USE void *compiler_resize(void *block, size_t size);

// A copy of `size` bytes with a 0 behind them; `.bytes` is NULL when memory is out.
MUST_USE AstString arena_copy(Arena *arena, const char *bytes, size_t size);

// The one copy of this name in the arena; `.bytes` is NULL when memory is out.
MUST_USE AstString arena_intern(Arena *arena, const char *bytes, size_t size);

#endif
