// core/object/int_internal.h: ints as limbs, for the sources of int.
#ifndef ADDER_CORE_OBJECT_INT_INTERNAL_H
#define ADDER_CORE_OBJECT_INT_INTERNAL_H

#include <setjmp.h>

#include <gmp.h>

#include "core/object/int.h"

_Static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0, "a limb is 64 bits");

#define INT_LIMBS_MAX ((int64_t)1 << 40)

// The magnitude and sign of any int.
// The limbs of an immediate are in the view itself: do not copy it.
typedef struct IntView {
    const mp_limb_t *limbs;
    mp_size_t size; // without leading zeros
    bool is_negative;
    mp_limb_t own;
} IntView;

static inline const mp_limb_t *big_limbs(const BigInt *b) { return (const mp_limb_t *)b->limbs; }

static inline int64_t immediate_int(Value v) // small int or bool
{
    return value_is_small_int(v) ? small_int_get(v) : v.bits == VALUE_TRUE.bits;
}

static inline void int_view(Value v, IntView *view)
{
    if (value_is_object(v)) {
        const BigInt *b = (const BigInt *)value_head(v);
        view->limbs = big_limbs(b);
        view->is_negative = b->size < 0;
        view->size = b->size < 0 ? -b->size : b->size;
        return;
    }
    int64_t i = immediate_int(v);
    view->is_negative = i < 0;
    view->own = i < 0 ? 0 - (mp_limb_t)i : (mp_limb_t)i;
    view->limbs = &view->own;
    view->size = i != 0;
}

// Room for `count` limbs, uninitialised; big_finish makes an int of it.
static inline BigInt *big_new(ThreadState *ts, mp_size_t count)
{
    if (count > INT_LIMBS_MAX) {
        raise_no_memory(ts);
        return NULL;
    }
    return object_new_var(ts, KIND_INT, sizeof(BigInt), (size_t)MAX_OF(count, 1),
                          sizeof(mp_limb_t));
}
static inline mp_limb_t *big_room(BigInt *b) { return (mp_limb_t *)b->limbs; }
// Drops leading zeros; becomes an immediate where it fits.
Ref big_finish(ThreadState *ts, BigInt *b, mp_size_t count, bool is_negative);
Ref int_from_limbs(ThreadState *ts, const mp_limb_t *limbs, mp_size_t count, bool is_negative);
Ref int_from_i128(ThreadState *ts, __int128 i);
// Checks the limit of digits, raises ValueError.
Status check_digits_in(ThreadState *ts, size_t digits);

// --- GMP and memory ------------------------------------------------------------------------------

// GMP allocates scratch memory for large operands and has no way to report that there is none.
// Inside a guard our allocation hook unwinds to it; what GMP had allocated by then is freed.
//
//   GmpGuard guard;
//   gmp_guard_begin(ts, &guard);
//   if (setjmp(guard.jump) != 0) { return gmp_guard_failed(ts, &guard); }   // MemoryError is set
//   … GMP …
//   gmp_guard_end(ts, &guard);
typedef struct GmpBlock {
    struct GmpBlock *next, *previous;
    size_t size;
    size_t padding;
} GmpBlock;
typedef struct GmpGuard {
    jmp_buf jump;
    GmpBlock blocks; // a ring
    struct GmpGuard *outer;
} GmpGuard;
void gmp_guard_begin(ThreadState *ts, GmpGuard *guard);
void gmp_guard_end(ThreadState *ts, GmpGuard *guard);
COLD Ref gmp_guard_failed(ThreadState *ts, GmpGuard *guard);
// Below this many limbs mpn functions need the stack only.
enum { GMP_GUARD_LIMBS = 256 };

Ref int_power_modulo(ThreadState *ts, Value base, Value exponent, Value modulus);
Ref int_from_mpz(ThreadState *ts, mpz_srcptr z);

// mpn_mul into room of an + bn limbs; an and bn in any order, both > 0.
Status mul_limbs(ThreadState *ts, mp_limb_t *to, const mp_limb_t *a, mp_size_t an,
                 const mp_limb_t *b, mp_size_t bn);
// Quotient (an - bn + 1 limbs) and remainder (bn limbs); an >= bn.
Status divide_limbs(ThreadState *ts, mp_limb_t *quotient, mp_limb_t *remainder, const mp_limb_t *a,
                    mp_size_t an, const mp_limb_t *b, mp_size_t bn);

extern const NativeDef int_methods[];
Ref int_make(CALL_PARAMETERS);

#endif
