// Ints and text: printing and parsing in any base, with the limit of digits for bases that are
// no power of two (quadratic time would let a stranger's number stop the server).
#include <string.h>

#include "core/object/int_internal.h"
#include "core/object/str.h"
#include "core/object/unicode.h"

static int64_t digits_limit = 4300; // atomic

enum { DIGITS_THRESHOLD = 640 }; // never refused below

void int_set_max_str_digits(int64_t digits) { atomic_store_relaxed(&digits_limit, digits); }
int64_t int_max_str_digits(void) { return atomic_load_relaxed(&digits_limit); }

static const char digit_pairs[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940"
    "4142434445464748495051525354555657585960616263646566676869707172737475767778798081"
    "8283848586878889909192939495969798"
    "99";

size_t int_format_i64(char *buffer, int64_t i)
{
    char text[24];
    char *p = text + sizeof text;
    uint64_t n = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    while (n >= 100) {
        const char *pair = digit_pairs + n % 100 * 2;
        n /= 100;
        *--p = pair[1];
        *--p = pair[0];
    }
    if (n >= 10) {
        *--p = digit_pairs[n * 2 + 1];
        *--p = digit_pairs[n * 2];
    } else {
        *--p = (char)('0' + n);
    }
    if (i < 0) {
        *--p = '-';
    }
    size_t size = (size_t)(text + sizeof text - p);
    memcpy(buffer, p, size);
    return size;
}

static const char digit_chars[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static Ref small_to_str(ThreadState *ts, int64_t i, int base)
{
    char text[66];
    if (base == 10) {
        return str_from_ascii(ts, text, int_format_i64(text, i));
    }
    char *p = text + sizeof text;
    uint64_t n = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    do {
        *--p = digit_chars[n % (unsigned)base];
        n /= (unsigned)base;
    } while (n != 0);
    if (i < 0) {
        *--p = '-';
    }
    return str_from_ascii(ts, p, (size_t)(text + sizeof text - p));
}

static Status raise_too_long(ThreadState *ts)
{
    return raise_status(ts, EXC_ValueError,
                        "Exceeds the limit (%lld digits) for integer string conversion; "
                        "use sys.set_int_max_str_digits() to increase the limit",
                        (long long)int_max_str_digits());
}

Status check_digits_in(ThreadState *ts, size_t digits)
{
    int64_t limit = int_max_str_digits();
    if (limit > 0 && digits > DIGITS_THRESHOLD && digits > (size_t)limit) {
        return raise_status(
            ts, EXC_ValueError,
            "Exceeds the limit (%lld digits) for integer string conversion: value has %zu "
            "digits; use sys.set_int_max_str_digits() to increase the limit",
            (long long)limit, digits);
    }
    return STATUS_OK;
}

// mpn_get_str spoils its operand.
static Status get_digits(ThreadState *ts, unsigned char *digits, size_t *count, int base,
                         mp_limb_t *limbs, mp_size_t size)
{
    GmpGuard guard;
    gmp_guard_begin(ts, &guard);
    if (setjmp(guard.jump) != 0) {
        (void)gmp_guard_failed(ts, &guard);
        return STATUS_ERROR;
    }
    *count = mpn_get_str(digits, base, limbs, size);
    gmp_guard_end(ts, &guard);
    return STATUS_OK;
}

Ref int_to_str(ThreadState *ts, Value v, int base)
{
    if (LIKELY(!value_is_object(v))) {
        return small_to_str(ts, immediate_int(v), base);
    }
    IntView view;
    int_view(v, &view);
    if (view.size == 0) {
        return str_from_char(ts, '0');
    }
    bool is_limited = (base & (base - 1)) != 0;
    uint64_t bits = int_bit_length(v);
    int64_t limit = int_max_str_digits();
    if (is_limited && limit > 0 && bits > 2000 &&
        (bits - 1) / 10 * 3 > (uint64_t)MAX_OF(limit, DIGITS_THRESHOLD)) {
        (void)raise_too_long(ts); // at least 3 digits for 10 bits
        return NO_REF;
    }
    size_t room = mpn_sizeinbase(view.limbs, view.size, base) + 2;
    unsigned char *digits = raw_alloc(ts, room);
    mp_limb_t *limbs =
        digits == NULL ? NULL : raw_alloc(ts, ((size_t)view.size + 1) * sizeof *limbs);
    Ref result = NO_REF;
    if (limbs != NULL) {
        memcpy(limbs, view.limbs, (size_t)view.size * sizeof *limbs);
        size_t count, first = 0;
        if (get_digits(ts, digits + 1, &count, base, limbs, view.size) == STATUS_OK) {
            while (first + 1 < count && digits[1 + first] == 0) {
                first++;
            }
            if (is_limited && limit > 0 && count - first > DIGITS_THRESHOLD &&
                count - first > (size_t)limit) {
                (void)raise_too_long(ts);
            } else {
                for (size_t i = first + 1; i <= count; i++) {
                    digits[i] = (unsigned char)digit_chars[digits[i]];
                }
                digits[first] = '-';
                size_t skip = view.is_negative ? first : first + 1;
                result = str_from_ascii(ts, (char *)digits + skip, count + 1 - skip);
            }
        }
        raw_free(ts, limbs);
    }
    if (digits != NULL) {
        raw_free(ts, digits);
    }
    return result;
}

// --- Parsing -------------------------------------------------------------------------------------

static inline int digit_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'z' ? c - 'a' + 10
           : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                  : 99;
}

static Status set_digits(ThreadState *ts, mp_limb_t *limbs, mp_size_t *count,
                         const unsigned char *digits, size_t size, int base)
{
    GmpGuard guard;
    gmp_guard_begin(ts, &guard);
    if (setjmp(guard.jump) != 0) {
        (void)gmp_guard_failed(ts, &guard);
        return STATUS_ERROR;
    }
    *count = mpn_set_str(limbs, digits, size, base);
    gmp_guard_end(ts, &guard);
    return STATUS_OK;
}

// Digits (values, not characters) of a number that does not fit 64 bits.
static Ref from_digits(ThreadState *ts, const unsigned char *digits, size_t size, int base,
                       bool is_negative)
{
    while (size > 0 && *digits == 0) {
        digits++;
        size--;
    }
    if (size == 0) {
        return REF_OF(small_int(0));
    }
    double bits_each = base <= 2    ? 1
                       : base <= 4  ? 2
                       : base <= 8  ? 3
                       : base <= 10 ? 3.33
                       : base <= 16 ? 4
                                    : 5.17;
    mp_size_t room = (mp_size_t)((double)size * bits_each / 64) + 2;
    mp_limb_t *limbs = raw_alloc(ts, (size_t)room * sizeof *limbs);
    if (limbs == NULL) {
        return NO_REF;
    }
    mp_size_t count;
    Ref result = NO_REF;
    if (set_digits(ts, limbs, &count, digits, size, base) == STATUS_OK) {
        result = int_from_limbs(ts, limbs, count, is_negative);
    }
    raw_free(ts, limbs);
    return result;
}

static COLD Ref raise_invalid(ThreadState *ts, int base, Value original)
{
    OWNED Ref repr = object_repr(ts, original);
    if (is_error(repr)) {
        return NO_REF;
    }
    if (str_length(repr.v) > 200) {
        ref_set(&repr, str_substring(ts, repr.v, 0, 200));
        if (is_error(repr)) {
            return NO_REF;
        }
    }
    return raise(ts, EXC_ValueError, "invalid literal for int() with base %d: %U", base, repr.v);
}

Ref int_from_text(ThreadState *ts, const char *text, size_t size, int base, Value original)
{
    const char *p = text, *end = text + size;
    int asked = base;
    while (p < end && ascii_is_space((uint8_t)*p)) {
        p++;
    }
    while (end > p && ascii_is_space((uint8_t)end[-1])) {
        end--;
    }
    bool is_negative = false;
    if (p < end && (*p == '+' || *p == '-')) {
        is_negative = *p++ == '-';
    }
    bool zero_only = false;
    if (end - p >= 2 && *p == '0') {
        int prefix = (p[1] | 32) == 'x' ? 16 : (p[1] | 32) == 'o' ? 8 : (p[1] | 32) == 'b' ? 2 : 0;
        if (prefix != 0 && (base == 0 || base == prefix)) {
            base = prefix;
            p += 2;
            if (p < end && *p == '_') {
                p++;
            }
        }
    }
    if (base == 0) {
        zero_only = p < end && *p == '0'; // "010" is no literal, "00" is
        base = 10;
    }
    // The common case first: digits that fit 64 bits.
    const char *q = p;
    uint64_t n = 0;
    if (end - p <= 18 && base == 10) {
        while (q < end && (unsigned)(*q - '0') < 10) {
            n = n * 10 + (unsigned)(*q++ - '0');
        }
        if (q == end && q > p && !(zero_only && n != 0)) {
            return int_from_i64(ts, is_negative ? -(int64_t)n : (int64_t)n);
        }
    }
    size_t count = 0;
    bool was_digit = false, any_nonzero = false;
    for (q = p; q < end; q++) {
        if (*q == '_') {
            if (!was_digit) {
                return raise_invalid(ts, asked, original);
            }
            was_digit = false;
            continue;
        }
        int d = digit_value(*q);
        if (d >= base) {
            return raise_invalid(ts, asked, original);
        }
        any_nonzero = any_nonzero || d != 0;
        was_digit = true;
        count++;
    }
    if (!was_digit || (zero_only && any_nonzero)) {
        return raise_invalid(ts, asked, original);
    }
    if ((base & (base - 1)) != 0 && check_digits_in(ts, count) == STATUS_ERROR) {
        return NO_REF;
    }
    unsigned char local[128], *digits = count <= sizeof local ? local : raw_alloc(ts, count);
    if (digits == NULL) {
        return NO_REF;
    }
    size_t k = 0;
    for (q = p; q < end; q++) {
        if (*q != '_') {
            digits[k++] = (unsigned char)digit_value(*q);
        }
    }
    Ref result;
    if (count <= 12) {
        n = 0;
        for (size_t i = 0; i < count; i++) {
            n = n * (unsigned)base + digits[i]; // 36^12 fits 63 bits
        }
        result = int_from_i64(ts, is_negative ? -(int64_t)n : (int64_t)n);
    } else {
        result = from_digits(ts, digits, count, base, is_negative);
    }
    if (digits != local) {
        raw_free(ts, digits);
    }
    return result;
}
