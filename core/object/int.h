// core/object/int.h: integers without limit. Below 2^62 in magnitude they are immediates (value.h);
// larger ones are BigInt objects over GMP's mpn functions.
//
// Rule     an exact int has one form: a BigInt holds what fits no immediate. (An instance of a
//          subclass is a BigInt in any case.)
// Rule     immutable: any thread may read a BigInt without a lock.
// Errors   GMP cannot report that memory is out: its allocations unwind to us
//          (int_gmp.c) and become MemoryError.
// Proof    tests/scripts/numbers/, against CPython
#ifndef ADDER_CORE_OBJECT_INT_H
#define ADDER_CORE_OBJECT_INT_H

#include "core/object/object.h"

typedef struct BigInt {
    ObjectHead head;
    int64_t size;     // limbs, negative for a negative number
    uint64_t limbs[]; // least significant first
} BigInt;

// An int or a subclass (bool included).
static inline bool value_is_int(Value v)
{
    return value_is_small_int(v) || value_is_bool(v) || value_is_kind(v, KIND_INT);
}
static inline bool value_is_exactly_int(Value v)
{
    return value_is_small_int(v) || value_is_exactly(v, KIND_INT);
}
// --- Conversions ---------------------------------------------------------------------------------

Ref int_from_i64(ThreadState *ts, int64_t i);
Ref int_from_u64(ThreadState *ts, uint64_t i);
Ref int_from_double(ThreadState *ts, double d); // truncates; OverflowError, ValueError (nan)
// Text with sign, underscores and (base 0) prefix; NO_REF with ValueError for a malformed literal.
Ref int_from_text(ThreadState *ts, const char *text, size_t size, int base, Value original);
Ref int_from_bytes(ThreadState *ts, const uint8_t *bytes, size_t size, bool big_endian,
                   bool is_signed);
// v (an int or a subclass, bool included) as an exact int.
Ref int_exact(ThreadState *ts, Value v);
// The value's int, bool included, as C numbers; false: does not fit (no exception).
bool int_to_i64(Value v, int64_t *out);
bool int_to_u64(Value v, uint64_t *out);
Status int_to_double(ThreadState *ts, Value v, double *out); // OverflowError
// v = result * 2^*exponent with 0.5 <= |result| < 1, correctly rounded; 0 for 0. Never overflows.
double int_frexp(Value v, int64_t *exponent);
Status int_to_bytes(ThreadState *ts, Value v, uint8_t *bytes, size_t size, bool big_endian,
                    bool is_signed);
Ref int_to_str(ThreadState *ts, Value v, int base); // no prefix
// Writes i in decimal into buffer (at least 20 bytes); returns the length.
size_t int_format_i64(char *buffer, int64_t i);

// --- Questions -----------------------------------------------------------------------------------

Truth int_is_true(Value v);
int int_sign(Value v);
int int_compare(Value a, Value b); // -1, 0, 1; both int
// Compares an int with a double exactly: -1, 0, 1; 2: d is nan.
int int_compare_double(Value v, double d);
int64_t int_hash(Value v);
uint64_t int_bit_length(Value v);

// --- Arithmetic ----------------------------------------------------------------------------------

// On ints of either form: what the fast paths fall to when an immediate overflows.
Ref int_binary(ThreadState *ts, BinaryOp op, Value a, Value b);
Ref int_divmod(ThreadState *ts, Value a, Value b, Ref *remainder);
Ref int_negative(ThreadState *ts, Value a);
Ref int_power(ThreadState *ts, Value base, Value exponent, Value modulus /* or NO_VALUE */);
Ref int_gcd(ThreadState *ts, Value a, Value b);
Ref int_square_root(ThreadState *ts, Value v); // floor; v >= 0
Ref int_factorial(ThreadState *ts, uint64_t n);
Ref int_combinations(ThreadState *ts, uint64_t n, uint64_t k);

// --- The process ---------------------------------------------------------------------------------

// sys.set_int_max_str_digits: 0 is no limit.
void int_set_max_str_digits(int64_t digits);
int64_t int_max_str_digits(void);
// Makes GMP allocate through the thread's heap and unwind when there is no memory: at start-up.
void int_init(void);

#endif
