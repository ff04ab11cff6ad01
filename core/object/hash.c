#include "core/object/hash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/base/clock.h"

static uint64_t key0, key1;

// A stream of numbers from a small seed (splitmix64).
static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void hash_init(void)
{
    static bool is_done;
    if (is_done) {
        return;
    }
    is_done = true;
    const char *seed = getenv("PYTHONHASHSEED");
    if (seed != NULL && *seed >= '0' && *seed <= '9') {
        uint64_t state = strtoull(seed, NULL, 10);
        if (state != 0) {
            key0 = next_number(&state);
            key1 = next_number(&state);
        }
        return;
    }
    uint64_t keys[2];
    if (getrandom(keys, sizeof keys, GRND_NONBLOCK) != (ssize_t)sizeof keys) {
        uint64_t state = clock_monotonic_ns() ^ (uintptr_t)&keys;
        keys[0] = next_number(&state);
        keys[1] = next_number(&state);
    }
    key0 = keys[0];
    key1 = keys[1];
}

#define ROTATE(x, n) (((x) << (n)) | ((x) >> (64 - (n))))
#define SIP_ROUND(a, b, c, d)                                                                      \
    do {                                                                                           \
        a += b;                                                                                    \
        c += d;                                                                                    \
        b = ROTATE(b, 13) ^ a;                                                                     \
        d = ROTATE(d, 16) ^ c;                                                                     \
        a = ROTATE(a, 32);                                                                         \
        c += b;                                                                                    \
        a += d;                                                                                    \
        b = ROTATE(b, 17) ^ c;                                                                     \
        d = ROTATE(d, 21) ^ a;                                                                     \
        c = ROTATE(c, 32);                                                                         \
    } while (0)

uint64_t hash_bytes(const void *data, size_t size)
{
    if (size == 0) {
        return 0; // of '' and b'', as in CPython
    }
    const uint8_t *p = data;
    uint64_t a = key0 ^ 0x736F6D6570736575u, b = key1 ^ 0x646F72616E646F6Du;
    uint64_t c = key0 ^ 0x6C7967656E657261u, d = key1 ^ 0x7465646279746573u;
    const uint8_t *end = p + (size & ~(size_t)7);
    for (; p != end; p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        d ^= word;
        SIP_ROUND(a, b, c, d);
        a ^= word;
    }
    uint64_t last = (uint64_t)size << 56;
    for (size_t i = 0; i < (size & 7); i++) {
        last |= (uint64_t)p[i] << (8 * i);
    }
    d ^= last;
    SIP_ROUND(a, b, c, d);
    a ^= last;
    c ^= 0xFF;
    SIP_ROUND(a, b, c, d);
    SIP_ROUND(a, b, c, d);
    SIP_ROUND(a, b, c, d);
    uint64_t hash = (a ^ b) ^ (c ^ d);
    return hash + 1 < 2 ? hash ^ 0x1000 : hash;
}
