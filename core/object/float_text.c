// Doubles and text.
//
// Printing: the shortest digits that read back (Schubfach: one 64x128 bit multiplication for the
// number and each end of its rounding interval, rounded to odd, which loses nothing that the
// comparison needs); with a precision: exact 128-bit arithmetic where it suffices, else the C
// library, which is exact. Reading: up to 19 digits and a small power of ten are exact in one
// operation (Clinger); else strtod.
//
// Origin   R. Giulietti, "The Schubfach way to render doubles", 2020.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/object/float_methods.h"
#include "core/object/format.h"
#include "core/object/int.h"
#include "core/object/unicode.h"

// --- Shortest digits -----------------------------------------------------------------------------

enum { POWERS_FIRST = -292 };
static const uint64_t powers_of_ten[][2] = {
#include "core/object/float_powers.inc"
};

static inline uint64_t multiply_round_to_odd(const uint64_t g[2], uint64_t c)
{
    unsigned __int128 low = (unsigned __int128)g[1] * c, high = (unsigned __int128)g[0] * c;
    unsigned __int128 sum = high + (uint64_t)(low >> 64);
    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

// d = result * 10^*exponent.
static uint64_t shortest_decimal(double d, int *exponent)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1), biased = bits >> 52 & 0x7FF, c = fraction;
    int q = 1 - 1075;
    if (biased != 0) {
        c |= (uint64_t)1 << 52;
        q = (int)biased - 1075;
        if (q <= 0 && q > -53 && (c & (((uint64_t)1 << -q) - 1)) == 0) {
            *exponent = 0;
            return c >> -q; // a whole number
        }
    }
    bool is_even = (c & 1) == 0, lower_is_closer = fraction == 0 && biased > 1;
    int k = (q * 1262611 - (lower_is_closer ? 524031 : 0)) >>
            22; // floor(log10(2^q)), of 3/4 of it if closer
    int h = q + ((-k * 1741647) >> 19) + 1;
    const uint64_t *g = powers_of_ten[-k - POWERS_FIRST];
    uint64_t below = multiply_round_to_odd(g, (4 * c - 2 + lower_is_closer) << h);
    uint64_t value = multiply_round_to_odd(g, 4 * c << h);
    uint64_t above = multiply_round_to_odd(g, (4 * c + 2) << h);
    uint64_t lower = below + !is_even, upper = above - !is_even;
    uint64_t s = value / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool down = lower <= 40 * tens, up = 40 * tens + 40 <= upper;
        if (down != up) {
            *exponent = k + 1;
            return tens + up;
        }
    }
    *exponent = k;
    bool down = lower <= 4 * s, up = 4 * s + 4 <= upper;
    if (down != up) {
        return s + up;
    }
    uint64_t middle = 4 * s + 2;
    return s + (value > middle || (value == middle && (s & 1) != 0));
}

int double_shortest(double d, char digits[17], int *point)
{
    int exponent;
    uint64_t decimal = shortest_decimal(d, &exponent);
    while (decimal % 10 == 0) {
        decimal /= 10;
        exponent++;
    }
    char text[24];
    int count = (int)int_format_i64(text, (int64_t)decimal);
    memcpy(digits, text, (size_t)count);
    *point = exponent + count;
    return count;
}

// --- Printing ------------------------------------------------------------------------------------

static const uint64_t small_powers[] = {1,
                                        10,
                                        100,
                                        1000,
                                        10000,
                                        100000,
                                        1000000,
                                        10000000,
                                        100000000,
                                        1000000000,
                                        10000000000,
                                        100000000000,
                                        1000000000000,
                                        10000000000000,
                                        100000000000000,
                                        1000000000000000};
enum { FIXED_PRECISION_MAX = 15 };

// |d| * 10^precision rounded half to even; false when it may not fit.
static bool scale_exactly(double d, int precision, unsigned __int128 *out)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    int biased = (int)(bits >> 52 & 0x7FF);
    if (biased > 1023 + 50) {
        return false;
    }
    uint64_t c = bits & (((uint64_t)1 << 52) - 1);
    int e = -1074;
    if (biased != 0) {
        c |= (uint64_t)1 << 52;
        e = biased - 1075;
    }
    unsigned __int128 n = (unsigned __int128)c * small_powers[precision];
    int shift = -e; // 2 .. 1074
    if (shift > 120) {
        *out = 0; // far below a half: n < 2^103
        return true;
    }
    unsigned __int128 quotient = n >> shift, rest = n & ((((unsigned __int128)1) << shift) - 1);
    unsigned __int128 half = (unsigned __int128)1 << (shift - 1);
    if (rest > half || (rest == half && (quotient & 1) != 0)) {
        quotient++;
    }
    *out = quotient;
    return true;
}

static size_t put_fixed(char *to, double d, int precision, unsigned __int128 scaled,
                        bool keep_point)
{
    char *p = to;
    if (signbit(d)) {
        *p++ = '-';
    }
    uint64_t unit = small_powers[precision];
    p += int_format_i64(p, (int64_t)(scaled / unit));
    if (precision > 0 || keep_point) {
        *p++ = '.';
    }
    if (precision > 0) {
        uint64_t rest = (uint64_t)(scaled % unit);
        for (int i = precision - 1; i >= 0; i--) {
            p[i] = (char)('0' + rest % 10);
            rest /= 10;
        }
        p += precision;
    }
    return (size_t)(p - to);
}

// The first `count` (1 to 17) decimal digits of d > 0, rounded half to even: d = digits *
// 10^(*exponent + 1 - count). One 64x128 bit product with an upper bound of the power of ten; false
// when the bound leaves the rounding open (the C library then decides).
static bool round_digits(double d, int count, uint64_t *digits, int *exponent)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    uint64_t c = bits & (((uint64_t)1 << 52) - 1);
    int q = (int)(bits >> 52 & 0x7FF);
    if (q != 0) {
        c |= (uint64_t)1 << 52;
    }
    q = MAX_OF(q, 1) - 1075;
    int shift = __builtin_clzll(c);
    c <<= shift;
    q -= shift;                      // d = c * 2^q, c's top bit set
    int x = ((q + 63) * 1233) >> 12; // floor(log10(2^(q+63))) or one more: settled below
    uint64_t limit = small_powers[count > 15 ? 15 : count] * (count == 16   ? 10u
                                                              : count == 17 ? 100u
                                                                            : 1u);
    for (int tries = 0; tries < 3; tries++) {
        int power = count - 1 - x;
        if (power < POWERS_FIRST || power > 324) {
            return false;
        }
        const uint64_t *g = powers_of_ten[power - POWERS_FIRST]; // 10^power <= G * 2^g_exponent
        int g_exponent = ((power * 1741647) >> 19) - 127;
        int point = -(q + g_exponent); // the product's binary point
        if (point <= 128 || point > 191) {
            return false;
        }
        unsigned __int128 low = (unsigned __int128)g[1] * c,
                          high = (unsigned __int128)g[0] * c + (uint64_t)(low >> 64);
        uint64_t top = (uint64_t)(high >> 64), middle = (uint64_t)high, bottom = (uint64_t)low;
        int below = point - 128; // bits of the fraction in `top`
        uint64_t whole = top >> below;
        uint64_t fraction = top & (((uint64_t)1 << below) - 1), half = (uint64_t)1 << (below - 1);
        if (whole >= limit) {
            x++;
            continue;
        }
        if (whole < limit / 10) {
            x--;
            continue;
        }
        bool is_exact = power >= 0 && power <= 55;
        // The bound is less than one unit of `middle` too high.
        bool up = fraction > half ||
                  (fraction == half && (middle > 1 || (is_exact && (middle | bottom) != 0)));
        bool down = fraction < half;
        if (!up && !down) {
            if (!is_exact) {
                return false;
            }
            up = (whole & 1) != 0; // a tie
        }
        whole += up;
        if (whole == limit) {
            whole /= 10;
            x++;
        }
        *digits = whole;
        *exponent = x;
        return true;
    }
    return false;
}

// As printf's e and g with 1 to 17 significant digits; 0: not done here.
static size_t put_significant(char *to, double d, char kind, int precision, bool alternate)
{
    bool general = (kind | 32) == 'g';
    int count = general ? MAX_OF(precision, 1) : precision + 1, exponent = 0;
    uint64_t number = 0;
    if (count > 17 || (d != 0 && !round_digits(fabs(d), count, &number, &exponent))) {
        return 0;
    }
    char digits[24];
    memset(digits, '0', sizeof digits);
    if (d != 0) {
        (void)int_format_i64(digits, (int64_t)number);
    }
    char *p = to;
    if (signbit(d)) {
        *p++ = '-';
    }
    int shown = count;
    bool fixed = general && exponent >= -4 && exponent < count;
    if (general && !alternate) {
        int least = fixed && exponent >= 0 ? exponent + 1 : 1;
        while (shown > least && digits[shown - 1] == '0') {
            shown--;
        }
    }
    if (!fixed) {
        *p++ = digits[0];
        if (shown > 1 || alternate) {
            *p++ = '.';
        }
        memcpy(p, digits + 1, (size_t)shown - 1);
        p += shown - 1;
        *p++ = kind & 32 ? 'e' : 'E';
        *p++ = exponent < 0 ? '-' : '+';
        int e = exponent < 0 ? -exponent : exponent;
        if (e >= 100) {
            *p++ = (char)('0' + e / 100);
        }
        *p++ = (char)('0' + e / 10 % 10);
        *p++ = (char)('0' + e % 10);
        return (size_t)(p - to);
    }
    int whole = exponent + 1;
    if (whole <= 0) {
        *p++ = '0';
        *p++ = '.';
        memset(p, '0', (size_t)-whole);
        p += -whole;
        memcpy(p, digits, (size_t)shown);
        return (size_t)(p + shown - to);
    }
    memcpy(p, digits, (size_t)whole);
    p += whole;
    if (shown > whole || alternate) {
        *p++ = '.';
        memcpy(p, digits + whole, (size_t)(shown - whole));
        p += shown - whole;
    }
    return (size_t)(p - to);
}

// CPython's repr: fixed for points -3 .. 16, else with an exponent of two digits at least.
static size_t put_shortest(char *to, double d, unsigned flags)
{
    char *p = to;
    if (signbit(d)) {
        *p++ = '-';
    }
    char digits[24];
    int point = 1, count = 1;
    if (d == 0) {
        digits[0] = '0';
    } else {
        count = double_shortest(fabs(d), digits, &point);
    }
    if (point <= -4 || point > 16) {
        *p++ = digits[0];
        if (count > 1 || (flags & DOUBLE_ALTERNATE) != 0) {
            *p++ = '.';
        }
        memcpy(p, digits + 1, (size_t)count - 1);
        p += count - 1;
        int e = point - 1;
        *p++ = 'e';
        *p++ = e < 0 ? '-' : '+';
        e = e < 0 ? -e : e;
        if (e >= 100) {
            *p++ = (char)('0' + e / 100);
        }
        *p++ = (char)('0' + e / 10 % 10);
        *p++ = (char)('0' + e % 10);
        return (size_t)(p - to);
    }
    if (point <= 0) {
        *p++ = '0';
        *p++ = '.';
        memset(p, '0', (size_t)-point);
        p += -point;
        memcpy(p, digits, (size_t)count);
        return (size_t)(p + count - to);
    }
    int whole = MIN_OF(point, count);
    memcpy(p, digits, (size_t)whole);
    p += whole;
    if (point >= count) {
        memset(p, '0', (size_t)(point - count));
        p += point - count;
        if (flags & (DOUBLE_ADD_DOT_0 | DOUBLE_ALTERNATE)) {
            *p++ = '.';
        }
        if (flags & DOUBLE_ADD_DOT_0) {
            *p++ = '0';
        }
        return (size_t)(p - to);
    }
    *p++ = '.';
    memcpy(p, digits + whole, (size_t)(count - whole));
    return (size_t)(p + (count - whole) - to);
}

static size_t put_special(char *to, double d, bool upper)
{
    const char *text = isnan(d) ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf");
    size_t n = 0;
    if (signbit(d) && !isnan(d)) {
        to[n++] = '-';
    }
    memcpy(to + n, text, 3);
    return n + 3;
}

static void drop_sign_of_zero(DoubleText *out)
{
    if (out->size == 0 || out->text[0] != '-') {
        return;
    }
    for (size_t i = 1; i < out->size && (out->text[i] | 32) != 'e'; i++) {
        if (out->text[i] >= '1' && out->text[i] <= '9') {
            return;
        }
        if (out->text[i] > '9') {
            return; // inf
        }
    }
    memmove(out->text, out->text + 1, --out->size);
}

// A 'g' text that must not look like an int: as CPython, the exponent form begins one place
// earlier, and what still has no point gets ".0".
static void add_dot_0(DoubleText *out, double d, int precision, unsigned flags)
{
    if (memchr(out->text, 'e', out->size) != NULL || memchr(out->text, 'E', out->size) != NULL) {
        return;
    }
    precision = MAX_OF(precision, 1);
    char text[sizeof out->local];
    if (precision < 40) { // beyond, no double reaches the exponent form early
        int length = snprintf(text, sizeof text, (flags & DOUBLE_ALTERNATE) != 0 ? "%#.*e" : "%.*e",
                              precision - 1, d);
        char *e = memchr(text, 'e', (size_t)length), *end = e;
        if (atoi(e + 1) >= precision - 1) {
            if ((flags & DOUBLE_ALTERNATE) == 0 && memchr(text, '.', (size_t)(e - text)) != NULL) {
                while (end[-1] == '0') {
                    end--;
                }
                end -= end[-1] == '.';
            }
            out->size = (size_t)(end - text);
            memcpy(out->text, text, out->size);
            memcpy(out->text + out->size, e, (size_t)(text + length - e));
            out->size += (size_t)(text + length - e);
            return;
        }
    }
    const char *point = memchr(out->text, '.', out->size);
    if (point == NULL) {
        memcpy(out->text + out->size, ".0", 2);
        out->size += 2;
    } else if (point == out->text + out->size - 1) {
        out->text[out->size++] = '0';
    }
}

Status double_text(ThreadState *ts, double d, char kind, int64_t precision, unsigned flags,
                   DoubleText *out)
{
    out->text = out->local;
    if (!isfinite(d)) {
        out->size = put_special(out->local, d, kind >= 'A' && kind <= 'Z');
        return STATUS_OK;
    }
    unsigned __int128 scaled;
    if (kind == 'r') {
        out->size = put_shortest(out->local, d, flags);
    } else if ((kind | 32) == 'f' && precision <= FIXED_PRECISION_MAX &&
               scale_exactly(d, (int)precision, &scaled)) {
        out->size =
            put_fixed(out->local, d, (int)precision, scaled, (flags & DOUBLE_ALTERNATE) != 0);
    } else if ((kind | 32) != 'f' && precision <= 17 && (flags & DOUBLE_ADD_DOT_0) == 0 &&
               (out->size = put_significant(out->local, d, kind, (int)precision,
                                            (flags & DOUBLE_ALTERNATE) != 0)) > 0) {
        // done
    } else {
        char format[8];
        snprintf(format, sizeof format, "%%%s.*%c", flags & DOUBLE_ALTERNATE ? "#" : "", kind);
        if (precision > INT32_MAX - 400) {
            return raise_status(ts, EXC_ValueError, "precision too big");
        }
        size_t room = (size_t)precision + 330;
        if (precision > 40 || ((kind | 32) == 'f' && fabs(d) > 1e60)) {
            out->text = raw_alloc(ts, room);
            if (out->text == NULL) {
                out->text = out->local;
                return STATUS_ERROR;
            }
        } else {
            room = sizeof out->local;
        }
        out->size = (size_t)snprintf(out->text, room, format, (int)precision, d);
        if (flags & DOUBLE_ADD_DOT_0) {
            add_dot_0(out, d, (int)precision, flags);
        }
    }
    if (flags & DOUBLE_NO_NEGATIVE_ZERO) {
        drop_sign_of_zero(out);
    }
    return STATUS_OK;
}

void double_text_free(ThreadState *ts, DoubleText *t)
{
    if (t->text != t->local) {
        raw_free(ts, t->text);
    }
}

Ref double_repr(ThreadState *ts, double d)
{
    char text[40];
    size_t size =
        isfinite(d) ? put_shortest(text, d, DOUBLE_ADD_DOT_0) : put_special(text, d, false);
    return str_from_ascii(ts, text, size);
}

// --- Rounding to decimal places ------------------------------------------------------------------

double double_round(double d, int places)
{
    unsigned __int128 scaled;
    if (places >= 0 && places <= FIXED_PRECISION_MAX && scale_exactly(d, places, &scaled) &&
        scaled <= (uint64_t)1 << 53) {
        double r = (double)(uint64_t)scaled / (double)small_powers[places];
        return copysign(r, d);
    }
    char text[1200];
    if (places >= 0) {
        snprintf(text, sizeof text, "%.*f", MIN_OF(places, 340), d);
        return strtod(text, NULL);
    }
    // Significant digits that remain in front of the place.
    int exponent;
    snprintf(text, sizeof text, "%.17e", d);
    exponent = atoi(strchr(text, 'e') + 1);
    int digits = exponent + 1 + places;
    if (digits < 0) {
        return copysign(0.0, d);
    }
    if (digits == 0) {
        snprintf(text, sizeof text, "5e%d", exponent);
        double half = strtod(text, NULL);
        if (fabs(d) <= half) {
            return copysign(0.0, d);
        }
        snprintf(text, sizeof text, "1e%d", exponent + 1);
        return copysign(strtod(text, NULL), d);
    }
    snprintf(text, sizeof text, "%.*e", digits - 1, d);
    return strtod(text, NULL);
}

// --- Reading -------------------------------------------------------------------------------------

static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool matches_word(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(end - p) < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if ((p[i] | 32) != word[i]) {
            return false;
        }
    }
    return true;
}

// strtod needs a zero behind the text.
static double read_by_library(const char *text, size_t size)
{
    char local[256], *copy = size < sizeof local ? local : malloc(size + 1);
    if (copy == NULL) {
        return NAN;
    }
    memcpy(copy, text, size);
    copy[size] = 0;
    double d = strtod(copy, NULL);
    if (copy != local) {
        free(copy);
    }
    return d;
}

const char *double_parse(const char *text, const char *end, double *out)
{
    const char *p = text;
    bool is_negative = false;
    if (p < end && (*p == '+' || *p == '-')) {
        is_negative = *p++ == '-';
    }
    if (p < end && !ascii_is_digit((uint8_t)*p) && *p != '.') {
        double special = NAN;
        size_t n = 0;
        if (matches_word(p, end, "infinity")) {
            n = 8;
        } else if (matches_word(p, end, "inf") || matches_word(p, end, "nan")) {
            n = 3;
        }
        if (n == 0) {
            return NULL;
        }
        if ((*p | 32) == 'i') {
            special = INFINITY;
        }
        *out = is_negative ? -special : special;
        return p + n;
    }
    uint64_t mantissa = 0;
    int digits = 0, exponent = 0;
    bool any = false;
    for (; p < end && ascii_is_digit((uint8_t)*p); p++) {
        any = true;
        if (digits < 19) {
            mantissa = mantissa * 10 + (uint64_t)(*p - '0');
            digits += mantissa != 0;
        } else {
            digits = 20;
        }
    }
    if (p < end && *p == '.') {
        for (p++; p < end && ascii_is_digit((uint8_t)*p); p++) {
            any = true;
            if (digits < 19) {
                mantissa = mantissa * 10 + (uint64_t)(*p - '0');
                digits += mantissa != 0;
                exponent--;
            } else {
                digits = 20;
            }
        }
    }
    if (!any) {
        return NULL;
    }
    if (p < end && (*p | 32) == 'e') {
        const char *q = p + 1;
        bool minus = false;
        if (q < end && (*q == '+' || *q == '-')) {
            minus = *q++ == '-';
        }
        if (q < end && ascii_is_digit((uint8_t)*q)) {
            int e = 0;
            for (; q < end && ascii_is_digit((uint8_t)*q); q++) {
                e = e < 100000 ? e * 10 + (*q - '0') : e;
            }
            exponent += minus ? -e : e;
            p = q;
        }
    }
    if (digits <= 19 && mantissa <= (uint64_t)1 << 53 && exponent >= -22 && exponent <= 22) {
        double d = (double)mantissa;
        d = exponent < 0 ? d / exact_powers[-exponent] : d * exact_powers[exponent];
        *out = is_negative ? -d : d;
        return p;
    }
    *out = read_by_library(text, (size_t)(p - text));
    return p;
}
