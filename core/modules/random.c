// core/modules/random.c: the module _random: the Mersenne Twister, with CPython's sequence.
//
// Origin   Matsumoto, Nishimura, "Mersenne Twister", ACM TOMACS 1998 (MT19937,
//          init_by_array of 2002).
// Threads  a generator's state is stepped under its object's lock.
#include <sys/random.h>

#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum { STATE_WORDS = 624, STATE_SHIFT = 397 };

typedef struct Random {
    ObjectHead head;
    uint32_t index;              // lock; STATE_WORDS: all used
    uint32_t state[STATE_WORDS]; // lock
} Random;

static inline Random *random_from(Value v) { return (Random *)value_head(v); }

static uint32_t mix(uint32_t upper, uint32_t lower)
{
    uint32_t y = (upper & 0x80000000u) | (lower & 0x7FFFFFFFu);
    return (y >> 1) ^ ((y & 1) != 0 ? 0x9908B0DFu : 0);
}

static void refill_locked(Random *r)
{
    uint32_t *s = r->state;
    for (unsigned i = 0; i < STATE_WORDS - STATE_SHIFT; i++) {
        s[i] = s[i + STATE_SHIFT] ^ mix(s[i], s[i + 1]);
    }
    for (unsigned i = STATE_WORDS - STATE_SHIFT; i < STATE_WORDS - 1; i++) {
        s[i] = s[i + STATE_SHIFT - STATE_WORDS] ^ mix(s[i], s[i + 1]);
    }
    s[STATE_WORDS - 1] = s[STATE_SHIFT - 1] ^ mix(s[STATE_WORDS - 1], s[0]);
    r->index = 0;
}

static inline uint32_t next_word_locked(Random *r)
{
    if (UNLIKELY(r->index >= STATE_WORDS)) {
        refill_locked(r);
    }
    uint32_t y = r->state[r->index++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9D2C5680u;
    y ^= (y << 15) & 0xEFC60000u;
    return y ^ (y >> 18);
}

static void seed_by_number(Random *r, uint32_t number)
{
    r->state[0] = number;
    for (uint32_t i = 1; i < STATE_WORDS; i++) {
        r->state[i] = 1812433253u * (r->state[i - 1] ^ (r->state[i - 1] >> 30)) + i;
    }
    r->index = STATE_WORDS;
}

static void seed_by_key(Random *r, const uint32_t *key, size_t count)
{
    uint32_t *s = r->state;
    seed_by_number(r, 19650218u);
    size_t i = 1, k = 0;
    for (size_t n = MAX_OF((size_t)STATE_WORDS, count); n > 0; n--) {
        s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >> 30)) * 1664525u)) + key[k] + (uint32_t)k;
        if (++i >= STATE_WORDS) {
            s[0] = s[STATE_WORDS - 1];
            i = 1;
        }
        if (++k >= count) {
            k = 0;
        }
    }
    for (size_t n = STATE_WORDS - 1; n > 0; n--) {
        s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >> 30)) * 1566083941u)) - (uint32_t)i;
        if (++i >= STATE_WORDS) {
            s[0] = s[STATE_WORDS - 1];
            i = 1;
        }
    }
    s[0] = 0x80000000u;
}

static void seed_by_system(ThreadState *ts, Random *r)
{
    uint32_t key[STATE_WORDS];
    size_t done = 0;
    while (done < sizeof key) {
        ssize_t got = getrandom((char *)key + done, sizeof key - done, 0);
        if (got > 0) {
            done += (size_t)got;
        }
    }
    CRITICAL_SECTION(ts, &r->head) { seed_by_key(r, key, STATE_WORDS); }
}

static Status seed(ThreadState *ts, Random *r, Value arg)
{
    if (is_no_value(arg) || value_is_none(arg)) {
        seed_by_system(ts, r);
        return STATUS_OK;
    }
    OWNED Ref number = NO_REF;
    if (value_is_int(arg)) {
        number = int_sign(arg) < 0 ? int_negative(ts, arg) : int_exact(ts, arg);
    } else {
        int64_t hash;
        if (object_hash(ts, arg, &hash) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        number = int_from_u64(ts, (uint64_t)hash);
    }
    if (is_error(number)) {
        return STATUS_ERROR;
    }
    size_t count = (size_t)(int_bit_length(number.v) + 31) / 32;
    count = MAX_OF(count, 1);
    uint32_t *key = raw_alloc(ts, count * sizeof *key);
    if (key == NULL) {
        return STATUS_ERROR;
    }
    Status status = int_to_bytes(ts, number.v, (uint8_t *)key, count * sizeof *key, false, false);
    if (status == STATUS_OK) {
        CRITICAL_SECTION(ts, &r->head) { seed_by_key(r, key, count); }
    }
    raw_free(ts, key);
    return status;
}

static Ref random_seed(ThreadState *ts, Value self, const Value *args)
{
    return seed(ts, random_from(self), args[0]) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref random_random(ThreadState *ts, Value self, const Value *args)
{
    Random *r = random_from(self);
    uint32_t a = 0, b = 0;
    CRITICAL_SECTION(ts, &r->head)
    {
        a = next_word_locked(r) >> 5;
        b = next_word_locked(r) >> 6;
    }
    return float_from_double(ts, (a * 67108864.0 + b) * (1.0 / 9007199254740992.0));
}

static Ref random_getrandbits(ThreadState *ts, Value self, const Value *args)
{
    Random *r = random_from(self);
    int64_t bits;
    if (index_get(ts, args[0], &bits) == STATUS_ERROR) {
        return NO_REF;
    }
    if (bits > INT32_MAX) {
        return raise(ts, EXC_OverflowError, "Python int too large to convert to C int");
    }
    if (bits < 0) {
        return raise(ts, EXC_ValueError, "number of bits must be non-negative");
    }
    if (bits == 0) {
        return REF_OF(small_int(0));
    }
    uint32_t word = 0;
    if (bits <= 32) {
        CRITICAL_SECTION(ts, &r->head) { word = next_word_locked(r); }
        return REF_OF(small_int(word >> (32 - bits)));
    }
    size_t count = (size_t)(bits - 1) / 32 + 1;
    uint32_t *words = raw_alloc(ts, count * sizeof *words);
    if (words == NULL) {
        return NO_REF;
    }
    CRITICAL_SECTION(ts, &r->head)
    {
        for (size_t i = 0; i < count; i++, bits -= 32) {
            word = next_word_locked(r);
            words[i] = bits < 32 ? word >> (32 - bits) : word;
        }
    }
    Ref number = int_from_bytes(ts, (uint8_t *)words, count * sizeof *words, false, false);
    raw_free(ts, words);
    return number;
}

static Ref random_getstate(ThreadState *ts, Value self, const Value *args)
{
    Random *r = random_from(self);
    OWNED Ref tuple = tuple_new(ts, STATE_WORDS + 1);
    if (is_error(tuple)) {
        return NO_REF;
    }
    CRITICAL_SECTION(ts, &r->head)
    {
        for (size_t i = 0; i < STATE_WORDS; i++) {
            tuple_init_item(tuple.v, i, REF_OF(small_int(r->state[i])));
        }
        tuple_init_item(tuple.v, STATE_WORDS, REF_OF(small_int(r->index)));
    }
    return tuple_finish(ts, ref_take(&tuple));
}

static Ref random_setstate(ThreadState *ts, Value self, const Value *args)
{
    Random *r = random_from(self);
    uint32_t words[STATE_WORDS + 1];
    if (!value_is_tuple(args[0])) {
        return raise(ts, EXC_TypeError, "state vector must be a tuple");
    }
    if (tuple_count(args[0]) != STATE_WORDS + 1) {
        return raise(ts, EXC_ValueError, "state vector is the wrong size");
    }
    for (size_t i = 0; i <= STATE_WORDS; i++) {
        Value item = tuple_item(args[0], i);
        uint64_t word;
        if (!value_is_int(item)) {
            return raise(ts, EXC_TypeError, "an integer is required");
        }
        if (!int_to_u64(item, &word)) {
            return raise(ts, EXC_OverflowError,
                         int_sign(item) < 0 ? "can't convert negative value to unsigned int"
                                            : "Python int too large to convert to C unsigned long");
        }
        if (i == STATE_WORDS && word > STATE_WORDS) {
            return raise(ts, EXC_ValueError, "invalid state");
        }
        words[i] = (uint32_t)word;
    }
    CRITICAL_SECTION(ts, &r->head)
    {
        for (size_t i = 0; i < STATE_WORDS; i++) {
            r->state[i] = words[i];
        }
        r->index = words[STATE_WORDS];
    }
    return REF_NONE;
}

static Ref make_slot(CALL_PARAMETERS)
{
    Type *type = type_from(self);
    if (type == TYPE_OF_KIND(RANDOM) && !is_no_value(names) && tuple_count(names) > 0) {
        return raise(ts, EXC_TypeError, "Random() takes no keyword arguments");
    }
    Random *r = object_new_of(ts, type);
    if (r == NULL) {
        return NO_REF;
    }
    r->index = STATE_WORDS;
    for (size_t i = 0; i < STATE_WORDS; i++) {
        r->state[i] = 0;
    }
    if (type->flags & TYPE_COLLECTED) {
        object_track(&r->head);
    }
    OWNED Ref made = REF_FROM_NEW(r);
    return seed(ts, r, count > 0 ? args[0] : NO_VALUE) == STATUS_ERROR ? NO_REF : ref_take(&made);
}

static const NativeDef methods[] = {
    NATIVE("random", random_random, "($self, /)", "random() -> x in the interval [0, 1)."),
    NATIVE("seed", random_seed, "($self, n=None, /)",
           "Defaults to use urandom and falls back to a combination of the current time and the "
           "process identifier."),
    NATIVE("getstate", random_getstate, "($self, /)", "tuple containing the current state."),
    NATIVE("setstate", random_setstate, "($self, state, /)", "Restores generator state."),
    NATIVE("getrandbits", random_getrandbits, "($self, k, /)",
           "getrandbits(k) -> x.  Generates an int with k random bits."),
    NATIVE_END,
};

const TypeSpec spec_RANDOM = {
    .name = "_random.Random",
    .doc = "Random() -> create a random number generator with its own internal state.",
    .base = KIND_OBJECT,
    .size = sizeof(Random),
    .flags = TYPE_SUBCLASSABLE | TYPE_IMMUTABLE,
    .slots = {.make = make_slot},
    .methods = methods,
};

static Status setup(ThreadState *ts, Value module)
{
    return module_add_type(ts, module, KIND_RANDOM);
}

const ModuleSpec module_random = {
    "_random", "Module implements the Mersenne Twister random number generator.", NULL, setup};
