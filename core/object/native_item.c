#include "core/object/native_item.h"

#include <math.h>
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/int.h"

size_t native_item_size(char format)
{
    switch (format) {
    case 'c':
    case 'b':
    case 'B':
    case '?':
        return 1;
    case 'h':
    case 'H':
    case 'e':
        return 2;
    case 'i':
    case 'I':
    case 'f':
        return 4;
    case 'l':
    case 'L':
    case 'q':
    case 'Q':
    case 'n':
    case 'N':
    case 'd':
    case 'P':
        return 8;
    default:
        return 0;
    }
}

Ref native_item_get(ThreadState *ts, char format, const uint8_t *from)
{
#define READ(type, variable)                                                                       \
    type variable;                                                                                 \
    memcpy(&variable, from, sizeof variable)
    switch (format) {
    case 'c':
        return bytes_new(ts, from, 1);
    case 'b':
        return REF_OF(small_int((int8_t)*from));
    case 'B':
        return REF_OF(small_int(*from));
    case '?':
        return REF_OF(bool_value(*from != 0));
    case 'h': {
        READ(int16_t, x);
        return REF_OF(small_int(x));
    }
    case 'H': {
        READ(uint16_t, x);
        return REF_OF(small_int(x));
    }
    case 'i': {
        READ(int32_t, x);
        return REF_OF(small_int(x));
    }
    case 'I': {
        READ(uint32_t, x);
        return REF_OF(small_int(x));
    }
    case 'l':
    case 'q':
    case 'n': {
        READ(int64_t, x);
        return int_from_i64(ts, x);
    }
    case 'L':
    case 'Q':
    case 'N':
    case 'P': {
        READ(uint64_t, x);
        return int_from_u64(ts, x);
    }
    case 'e': {
        READ(uint16_t, x);
        return float_from_double(ts, half_to_double(x));
    }
    case 'f': {
        READ(float, x);
        return float_from_double(ts, (double)x);
    }
    default: {
        READ(double, x);
        return float_from_double(ts, x);
    }
    }
#undef READ
}

static ItemResult set_integer(ThreadState *ts, char format, uint8_t *to, Value value)
{
    if (!value_is_int(value) && type_of(value)->slots.index == NULL) {
        return ITEM_WRONG_TYPE;
    }
    OWNED Ref index = value_is_int(value) ? ref_new(value) : object_index(ts, value);
    if (is_error(index)) {
        return ITEM_ERROR;
    }
    size_t size = native_item_size(format);
    bool is_signed = strchr("bhilqn", format) != NULL;
    int64_t i = 0;
    uint64_t u = 0;
    if (is_signed) {
        if (!int_to_i64(index.v, &i) || (size < 8 && (i < -((int64_t)1 << (8 * size - 1)) ||
                                                      i >= (int64_t)1 << (8 * size - 1)))) {
            return ITEM_OUT_OF_RANGE;
        }
        u = (uint64_t)i;
    } else if (!int_to_u64(index.v, &u) || (size < 8 && u >> (8 * size) != 0)) {
        return ITEM_OUT_OF_RANGE;
    }
    memcpy(to, &u, size); // little-endian
    return ITEM_OK;
}

ItemResult native_item_set(ThreadState *ts, char format, uint8_t *to, Value value)
{
    double d;
    switch (format) {
    case 'c':
        if (!value_is_bytes(value)) {
            return ITEM_WRONG_TYPE;
        }
        if (bytes_from(value)->size != 1) {
            return ITEM_OUT_OF_RANGE;
        }
        *to = bytes_from(value)->data[0];
        return ITEM_OK;
    case '?': {
        Truth t = object_is_true(ts, value);
        if (t == TRUTH_ERROR) {
            return ITEM_ERROR;
        }
        *to = t == TRUTH_TRUE;
        return ITEM_OK;
    }
    case 'e':
    case 'f':
    case 'd':
        if (!value_is_float(value) && type_of(value)->slots.to_float == NULL &&
            type_of(value)->slots.index == NULL) {
            return ITEM_WRONG_TYPE;
        }
        if (object_to_double(ts, value, &d) == STATUS_ERROR) {
            return ITEM_ERROR;
        }
        if (format == 'd') {
            memcpy(to, &d, sizeof d);
        } else if (format == 'f') {
            float f = (float)d;
            if (isinf(f) && !isinf(d)) {
                return ITEM_OUT_OF_RANGE;
            }
            memcpy(to, &f, sizeof f);
        } else {
            uint16_t bits;
            if (!double_to_half(d, &bits)) {
                return ITEM_OUT_OF_RANGE;
            }
            memcpy(to, &bits, sizeof bits);
        }
        return ITEM_OK;
    default:
        return set_integer(ts, format, to, value);
    }
}

double half_to_double(uint16_t bits)
{
    int exponent = bits >> 10 & 31;
    double fraction = bits & 0x3FF, d;
    if (exponent == 31) {
        d = fraction == 0 ? INFINITY : NAN;
    } else if (exponent == 0) {
        d = ldexp(fraction, -24);
    } else {
        d = ldexp(fraction + 1024, exponent - 25);
    }
    return bits >> 15 ? -d : d;
}

bool double_to_half(double d, uint16_t *bits)
{
    uint16_t sign = signbit(d) ? 0x8000 : 0;
    double x = fabs(d);
    if (isnan(d)) {
        *bits = sign | 0x7E00;
        return true;
    }
    if (isinf(d)) {
        *bits = sign | 0x7C00;
        return true;
    }
    if (x == 0) {
        *bits = sign;
        return true;
    }
    int exponent;
    (void)frexp(x, &exponent); // 2^(exponent-1) <= x
    int unit = exponent - 11;  // of the last place
    unit = unit < -24 ? -24 : unit;
    double scaled = rint(ldexp(x, -unit)); // half to even
    if (scaled == 2048) {
        scaled = 1024;
        unit++;
    }
    if (unit > 5) {
        return false;
    }
    uint16_t n = (uint16_t)scaled;
    *bits = (uint16_t)(sign | (n < 1024 ? n : (uint16_t)((unit + 25) << 10) | (n - 1024)));
    return true;
}
