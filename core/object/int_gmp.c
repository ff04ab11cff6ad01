// GMP and memory: see int_internal.h.
#include <string.h>

#include "core/object/int_internal.h"
#include "gil/thread_state.h"

static void link_block(GmpBlock *block, GmpGuard *guard, size_t size)
{
    block->size = size;
    if (guard == NULL) {
        block->next = block->previous = block;
        return;
    }
    block->next = &guard->blocks;
    block->previous = guard->blocks.previous;
    block->previous->next = block;
    guard->blocks.previous = block;
}

static void *hook_allocate(size_t size)
{
    ThreadState *ts = thread_current();
    GmpGuard *guard = ts->native_unwind;
    GmpBlock *block = raw_alloc(ts, sizeof *block + size);
    if (block == NULL) {
        CHECK(guard != NULL);
        longjmp(guard->jump, 1);
    }
    link_block(block, guard, size);
    return block + 1;
}

static void hook_free(void *memory, size_t size)
{
    GmpBlock *block = (GmpBlock *)memory - 1;
    block->next->previous = block->previous;
    block->previous->next = block->next;
    raw_free(thread_current(), block);
}

static void *hook_reallocate(void *memory, size_t old_size, size_t size)
{
    void *moved = hook_allocate(size);
    memcpy(moved, memory, MIN_OF(old_size, size));
    hook_free(memory, old_size);
    return moved;
}

void int_init(void) { mp_set_memory_functions(hook_allocate, hook_reallocate, hook_free); }

void gmp_guard_begin(ThreadState *ts, GmpGuard *guard)
{
    guard->blocks.next = guard->blocks.previous = &guard->blocks;
    guard->outer = ts->native_unwind;
    ts->native_unwind = guard;
}

void gmp_guard_end(ThreadState *ts, GmpGuard *guard)
{
    ASSERT(guard->blocks.next == &guard->blocks);
    ts->native_unwind = guard->outer;
}

Ref gmp_guard_failed(ThreadState *ts, GmpGuard *guard)
{
    while (guard->blocks.next != &guard->blocks) {
        GmpBlock *block = guard->blocks.next;
        guard->blocks.next = block->next;
        raw_free(ts, block);
    }
    ts->native_unwind = guard->outer;
    return NO_REF;
}

static Status multiply_large(ThreadState *ts, mp_limb_t *to, const mp_limb_t *a, mp_size_t an,
                             const mp_limb_t *b, mp_size_t bn)
{
    GmpGuard guard;
    gmp_guard_begin(ts, &guard);
    if (setjmp(guard.jump) != 0) {
        (void)gmp_guard_failed(ts, &guard);
        return STATUS_ERROR;
    }
    if (a == b && an == bn) {
        mpn_sqr(to, a, an);
    } else {
        mpn_mul(to, a, an, b, bn);
    }
    gmp_guard_end(ts, &guard);
    return STATUS_OK;
}

Status mul_limbs(ThreadState *ts, mp_limb_t *to, const mp_limb_t *a, mp_size_t an,
                 const mp_limb_t *b, mp_size_t bn)
{
    if (an < bn) {
        const mp_limb_t *c = a;
        mp_size_t cn = an;
        a = b;
        an = bn;
        b = c;
        bn = cn;
    }
    if (bn == 1) {
        to[an] = mpn_mul_1(to, a, an, *b);
    } else if (an < GMP_GUARD_LIMBS) {
        mpn_mul(to, a, an, b, bn);
    } else {
        return multiply_large(ts, to, a, an, b, bn);
    }
    return STATUS_OK;
}

static Status divide_large(ThreadState *ts, mp_limb_t *quotient, mp_limb_t *remainder,
                           const mp_limb_t *a, mp_size_t an, const mp_limb_t *b, mp_size_t bn)
{
    GmpGuard guard;
    gmp_guard_begin(ts, &guard);
    if (setjmp(guard.jump) != 0) {
        (void)gmp_guard_failed(ts, &guard);
        return STATUS_ERROR;
    }
    mpn_tdiv_qr(quotient, remainder, 0, a, an, b, bn);
    gmp_guard_end(ts, &guard);
    return STATUS_OK;
}

Status divide_limbs(ThreadState *ts, mp_limb_t *quotient, mp_limb_t *remainder, const mp_limb_t *a,
                    mp_size_t an, const mp_limb_t *b, mp_size_t bn)
{
    if (bn == 1) {
        remainder[0] = mpn_divrem_1(quotient, 0, a, an, *b);
    } else if (an < GMP_GUARD_LIMBS) {
        mpn_tdiv_qr(quotient, remainder, 0, a, an, b, bn);
    } else {
        return divide_large(ts, quotient, remainder, a, an, b, bn);
    }
    return STATUS_OK;
}

Ref int_from_mpz(ThreadState *ts, mpz_srcptr z)
{
    return int_from_limbs(ts, mpz_limbs_read(z), (mp_size_t)mpz_size(z), mpz_sgn(z) < 0);
}

// --- Functions of numbers that mpz has -----------------------------------------------------------

static void view_mpz(const IntView *view, mpz_ptr z)
{
    mpz_roinit_n(z, view->limbs, view->is_negative ? -view->size : view->size);
}

Ref int_gcd(ThreadState *ts, Value a, Value b)
{
    IntView va, vb;
    int_view(a, &va);
    int_view(b, &vb);
    if (va.size <= 1 && vb.size <= 1) {
        mp_limb_t x = va.size == 0 ? 0 : va.limbs[0], y = vb.size == 0 ? 0 : vb.limbs[0];
        while (y != 0) {
            mp_limb_t t = x % y;
            x = y;
            y = t;
        }
        return int_from_u64(ts, x);
    }
    GmpGuard guard;
    gmp_guard_begin(ts, &guard);
    if (setjmp(guard.jump) != 0) {
        return gmp_guard_failed(ts, &guard);
    }
    mpz_t x, y, r;
    view_mpz(&va, x);
    view_mpz(&vb, y);
    mpz_init(r);
    mpz_gcd(r, x, y);
    Ref result = int_from_mpz(ts, r);
    mpz_clear(r);
    gmp_guard_end(ts, &guard);
    return result;
}

Ref int_square_root(ThreadState *ts, Value v)
{
    IntView view;
    int_view(v, &view);
    GmpGuard guard;
    gmp_guard_begin(ts, &guard);
    if (setjmp(guard.jump) != 0) {
        return gmp_guard_failed(ts, &guard);
    }
    mpz_t x, r;
    view_mpz(&view, x);
    mpz_init(r);
    mpz_sqrt(r, x);
    Ref result = int_from_mpz(ts, r);
    mpz_clear(r);
    gmp_guard_end(ts, &guard);
    return result;
}

Ref int_factorial(ThreadState *ts, uint64_t n)
{
    GmpGuard guard;
    gmp_guard_begin(ts, &guard);
    if (setjmp(guard.jump) != 0) {
        return gmp_guard_failed(ts, &guard);
    }
    mpz_t r;
    mpz_init(r);
    mpz_fac_ui(r, n);
    Ref result = int_from_mpz(ts, r);
    mpz_clear(r);
    gmp_guard_end(ts, &guard);
    return result;
}

Ref int_combinations(ThreadState *ts, uint64_t n, uint64_t k)
{
    GmpGuard guard;
    gmp_guard_begin(ts, &guard);
    if (setjmp(guard.jump) != 0) {
        return gmp_guard_failed(ts, &guard);
    }
    mpz_t r;
    mpz_init(r);
    mpz_bin_uiui(r, n, k);
    Ref result = int_from_mpz(ts, r);
    mpz_clear(r);
    gmp_guard_end(ts, &guard);
    return result;
}

// base ** exponent modulo |modulus|, with the modulus' sign as the language wants it.
static Ref power_modulo_guarded(ThreadState *ts, const IntView *base, const IntView *exponent,
                                const IntView *modulus, bool *not_invertible)
{
    GmpGuard guard;
    gmp_guard_begin(ts, &guard);
    if (setjmp(guard.jump) != 0) {
        return gmp_guard_failed(ts, &guard);
    }
    mpz_t b, e, m, r;
    view_mpz(base, b);
    view_mpz(exponent, e);
    view_mpz(modulus, m);
    mpz_init(r);
    Ref result = NO_REF;
    if (exponent->is_negative) {
        mpz_t positive;
        mpz_roinit_n(positive, exponent->limbs, exponent->size);
        if (mpz_invert(r, b, m) == 0) {
            *not_invertible = true;
        } else {
            mpz_powm(r, r, positive, m);
        }
    } else {
        mpz_powm(r, b, e, m);
    }
    if (!*not_invertible) {
        if (modulus->is_negative && mpz_sgn(r) != 0) {
            mpz_add(r, r, m); // powm gives 0 <= r < |m|
        }
        result = int_from_mpz(ts, r);
    }
    mpz_clear(r);
    gmp_guard_end(ts, &guard);
    return result;
}

Ref int_power_modulo(ThreadState *ts, Value base, Value exponent, Value modulus)
{
    IntView b, e, m;
    int_view(base, &b);
    int_view(exponent, &e);
    int_view(modulus, &m);
    if (m.size == 0) {
        return raise(ts, EXC_ValueError, "pow() 3rd argument cannot be 0");
    }
    if (m.size == 1 && m.limbs[0] == 1) {
        return REF_OF(small_int(0));
    }
    bool not_invertible = false;
    Ref result = power_modulo_guarded(ts, &b, &e, &m, &not_invertible);
    if (not_invertible) {
        return raise(ts, EXC_ValueError, "base is not invertible for the given modulus");
    }
    return result;
}
