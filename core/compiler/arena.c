// core/compiler/arena.c: see arena.h.
//
// 1. Chunks come from malloc and double from 16 KiB up to 1 MiB, so a small source costs one call
//    and a large one a handful. A block larger than a chunk gets a chunk of its own.
// 2. Names lie in an open-addressing table of {bytes, size, hash}; it is arena memory too, and the
//    outgrown table is simply left behind.
#include "core/compiler/arena.h"

#include "alloc/fault.h"

#include <stdlib.h>
#include <string.h>

struct ArenaChunk {
    ArenaChunk *next;
    size_t size;
};

enum { CHUNK_MIN_BYTES = 16 << 10, CHUNK_MAX_BYTES = 1 << 20 };

void arena_init(Arena *arena) { memset(arena, 0, sizeof *arena); }

void arena_free(Arena *arena)
{
    for (ArenaChunk *chunk = arena->chunks; chunk != NULL;) {
        ArenaChunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    size_t limit_bytes = arena->limit_bytes;
    arena_init(arena);
    arena->limit_bytes = limit_bytes;
}

void *compiler_resize(void *block, size_t size)
{
    return fault_strikes() ? NULL : realloc(block, size);
}

static ArenaChunk *add_chunk(Arena *arena, size_t size)
{
    if (arena->limit_bytes != 0 &&
        (size > arena->limit_bytes || arena->held_bytes > arena->limit_bytes - size)) {
        return NULL;
    }
    ArenaChunk *chunk = compiler_resize(NULL, size);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->next = arena->chunks;
    chunk->size = size;
    arena->chunks = chunk;
    arena->held_bytes += size;
    return chunk;
}

void *arena_allocate_slow(Arena *arena, size_t size)
{
    size_t rounded = (size + 7) & ~(size_t)7;
    if (rounded < size || rounded > SIZE_MAX / 2) {
        return NULL;
    }
    if (rounded == 0) {
        rounded = 8;
    }
    size_t header = (sizeof(ArenaChunk) + 7) & ~(size_t)7;
    size_t chunk_size =
        MIN_OF(MAX_OF(arena->held_bytes, (size_t)CHUNK_MIN_BYTES), (size_t)CHUNK_MAX_BYTES);
    if (rounded > chunk_size / 2) {
        // Large: a chunk of its own; the current one stays in use.
        ArenaChunk *chunk = add_chunk(arena, header + rounded);
        return chunk == NULL ? NULL : (char *)chunk + header;
    }
    ArenaChunk *chunk = add_chunk(arena, chunk_size);
    if (chunk == NULL) {
        return NULL;
    }
    arena->next = (char *)chunk + header + rounded;
    arena->end = (char *)chunk + chunk_size;
    return (char *)chunk + header;
}

AstString arena_copy(Arena *arena, const char *bytes, size_t size)
{
    AstString result = {NULL, 0, 0};
    if (size >= UINT32_MAX) {
        return result;
    }
    char *copy = arena_allocate(arena, size + 1);
    if (copy != NULL) {
        if (size != 0) {
            memcpy(copy, bytes, size);
        }
        copy[size] = 0;
        result.bytes = copy;
        result.size = (uint32_t)size;
    }
    return result;
}

static uint32_t hash_name(const char *bytes, size_t size)
{
    uint64_t hash = 0x9E3779B97F4A7C15u ^ size;
    while (size >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
        hash ^= hash >> 32;
        bytes += 8;
        size -= 8;
    }
    uint64_t tail = 0;
    for (size_t i = 0; i < size; i++) {
        tail = tail << 8 | (unsigned char)bytes[i];
    }
    hash = (hash ^ tail) * 0xFF51AFD7ED558CCDu;
    return (uint32_t)(hash >> 32);
}

static bool grow_names(Arena *arena)
{
    uint32_t capacity = arena->name_capacity == 0 ? 64 : arena->name_capacity * 2;
    AstString *names = arena_allocate(arena, capacity * sizeof *names);
    if (names == NULL) {
        return false;
    }
    memset(names, 0, capacity * sizeof *names);
    for (uint32_t i = 0; i < arena->name_capacity; i++) {
        if (arena->names[i].bytes != NULL) {
            uint32_t j = arena->names[i].hash & (capacity - 1);
            while (names[j].bytes != NULL) {
                j = (j + 1) & (capacity - 1);
            }
            names[j] = arena->names[i];
        }
    }
    arena->names = names;
    arena->name_capacity = capacity;
    return true;
}

AstString arena_intern(Arena *arena, const char *bytes, size_t size)
{
    AstString result = {NULL, 0, 0};
    if (arena->name_count * 2 >= arena->name_capacity && !grow_names(arena)) {
        return result;
    }
    uint32_t mask = arena->name_capacity - 1;
    uint32_t hash = hash_name(bytes, size);
    uint32_t i = hash & mask;
    for (; arena->names[i].bytes != NULL; i = (i + 1) & mask) {
        AstString *name = &arena->names[i];
        if (name->hash == hash && name->size == size && memcmp(name->bytes, bytes, size) == 0) {
            return *name;
        }
    }
    result = arena_copy(arena, bytes, size);
    if (result.bytes != NULL) {
        result.hash = hash;
        arena->names[i] = result;
        arena->name_count++;
    }
    return result;
}
