// core/object/protocol_number.c: arithmetic on any values.
//
// The left operand's type is asked first, unless the right one's is a subclass of it
// with an operator of its own. A function that stands in both types is asked once: it
// looks at both operands itself.
#include "core/object/container.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/type_internal.h"
#include "core/object/warn.h"

static bool is_answer(Ref r) { return !value_is_same(r.v, VALUE_NOT_IMPLEMENTED); }

static Ref binary_slots(ThreadState *ts, BinaryOp op, Value a, Value b)
{
    Type *ta = type_of(a), *tb = type_of(b);
    Ref (*left)(ThreadState *, Value, Value) = ta->slots.binary[op];
    Ref (*right)(ThreadState *, Value, Value) = ta == tb ? NULL : tb->slots.binary[op];
    if (right == left) {
        right = NULL;
    }
    if (left != NULL && right != NULL && type_is_subtype(tb, ta)) {
        Ref result = right(ts, a, b);
        if (is_answer(result)) {
            return result;
        }
        right = NULL;
    }
    if (left != NULL) {
        Ref result = left(ts, a, b);
        if (is_answer(result)) {
            return result;
        }
    }
    return right != NULL ? right(ts, a, b) : REF_OF(VALUE_NOT_IMPLEMENTED);
}

static const char *const signs[] = {"+",  "-",  "*", "/", "//", "%", "** or pow()",
                                    "<<", ">>", "&", "|", "^",  "@", "divmod()"};
static const char *const in_place_signs[] = {
    "+=", "-=", "*=", "/=", "//=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^=", "@=", "divmod()"};

static bool is_sequence(Value v)
{
    return value_is_str(v) || value_is_kind(v, KIND_LIST) || value_is_tuple(v) ||
           value_is_kind(v, KIND_BYTES) || value_is_kind(v, KIND_BYTEARRAY);
}

static Ref raise_unsupported(ThreadState *ts, const char *sign, BinaryOp op, Value a, Value b)
{
    if (op == BIN_ADD && is_sequence(a)) {
        if (value_is_kind(a, KIND_BYTES) || value_is_kind(a, KIND_BYTEARRAY)) {
            return raise(ts, EXC_TypeError, "can't concat %T to %T", b, a);
        }
        return raise(ts, EXC_TypeError, "can only concatenate %N (not \"%T\") to %N",
                     &builtin_types[value_head(a)->kind], b, &builtin_types[value_head(a)->kind]);
    }
    if (op == BIN_MUL && (is_sequence(a) || is_sequence(b))) {
        return raise(ts, EXC_TypeError, "can't multiply sequence by non-int of type '%T'",
                     is_sequence(a) ? b : a);
    }
    return raise(ts, EXC_TypeError, "unsupported operand type(s) for %s: '%T' and '%T'", sign, a,
                 b);
}

Ref object_binary(ThreadState *ts, BinaryOp op, Value a, Value b)
{
    Ref result = binary_slots(ts, op, a, b);
    return LIKELY(is_answer(result)) ? result : raise_unsupported(ts, signs[op], op, a, b);
}

Ref object_in_place(ThreadState *ts, BinaryOp op, Value a, Value b)
{
    Ref (*f)(ThreadState *, Value, Value) = type_of(a)->slots.in_place[op];
    if (f != NULL) {
        Ref result = f(ts, a, b);
        if (is_answer(result)) {
            return result;
        }
    }
    Ref result = binary_slots(ts, op, a, b);
    return LIKELY(is_answer(result)) ? result : raise_unsupported(ts, in_place_signs[op], op, a, b);
}

Ref object_unary(ThreadState *ts, UnaryOp op, Value v)
{
    Ref (*f)(ThreadState *, Value) = type_of(v)->slots.unary[op];
    if (LIKELY(f != NULL)) {
        return f(ts, v);
    }
    static const char *const names[] = {"unary -", "unary +", "unary ~", "abs()"};
    return raise(ts, EXC_TypeError, "bad operand type for %s: '%T'", names[op], v);
}

Ref object_power(ThreadState *ts, Value base, Value exponent, Value modulus)
{
    if (is_no_value(modulus) || value_is_none(modulus)) {
        return object_binary(ts, BIN_POW, base, exponent);
    }
    // The slots of all three may be asked, each once.
    typedef Ref (*Power)(ThreadState *, Value, Value, Value);
    Power asked[3];
    size_t count = 0;
    Value operands[3] = {base, exponent, modulus};
    if (type_of(exponent) != type_of(base) && type_is_subtype(type_of(exponent), type_of(base))) {
        operands[0] = exponent;
        operands[1] = base;
    }
    for (size_t i = 0; i < 3; i++) {
        Power f = type_of(operands[i])->slots.power;
        bool known = f == NULL;
        for (size_t k = 0; k < count; k++) {
            known |= asked[k] == f;
        }
        if (known) {
            continue;
        }
        asked[count++] = f;
        Ref result = f(ts, base, exponent, modulus);
        if (is_answer(result)) {
            return result;
        }
    }
    return raise(ts, EXC_TypeError, "unsupported operand type(s) for ** or pow(): '%T', '%T', '%T'",
                 base, exponent, modulus);
}

// --- As numbers of C -----------------------------------------------------------------------------

Ref object_index(ThreadState *ts, Value v)
{
    if (LIKELY(value_is_exactly_int(v))) {
        return ref_new(v);
    }
    if (value_is_int(v)) { // bool or a subclass: the plain int
        return value_is_bool(v) ? REF_OF(small_int(v.bits == VALUE_TRUE.bits))
                                : int_binary(ts, BIN_ADD, v, small_int(0));
    }
    Ref (*f)(ThreadState *, Value) = type_of(v)->slots.index;
    if (f == NULL) {
        return raise(ts, EXC_TypeError, "'%T' object cannot be interpreted as an integer", v);
    }
    OWNED Ref number = f(ts, v);
    if (!is_error(number) && !value_is_int(number.v)) {
        return raise(ts, EXC_TypeError, "__index__ returned non-int (type %T)", number.v);
    }
    if (!is_error(number) && !value_is_exactly_int(number.v) &&
        warn_format(ts, EXC_DeprecationWarning, 1,
                    "__index__ returned non-int (type %T).  The ability to return an instance of a "
                    "strict subclass of int is deprecated, and may be removed in a future "
                    "version of Python.",
                    number.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&number);
}

Status index_get(ThreadState *ts, Value v, int64_t *out)
{
    if (LIKELY(value_is_small_int(v))) {
        *out = small_int_get(v);
        return STATUS_OK;
    }
    OWNED Ref number = object_index(ts, v);
    if (is_error(number)) {
        return STATUS_ERROR;
    }
    if (!int_to_i64(number.v, out)) {
        return raise_status(ts, EXC_IndexError, "cannot fit '%T' into an index-sized integer", v);
    }
    return STATUS_OK;
}

Status index_clamp(ThreadState *ts, Value v, int64_t *out)
{
    if (LIKELY(value_is_small_int(v))) {
        *out = small_int_get(v);
        return STATUS_OK;
    }
    OWNED Ref number = object_index(ts, v);
    if (is_error(number)) {
        return STATUS_ERROR;
    }
    if (!int_to_i64(number.v, out)) {
        *out = int_sign(number.v) < 0 ? INT64_MIN : INT64_MAX;
    }
    return STATUS_OK;
}

Status object_to_double(ThreadState *ts, Value v, double *out)
{
    if (value_is_float(v)) {
        *out = float_get(v);
        return STATUS_OK;
    }
    const TypeSlots *slots = &type_of(v)->slots;
    if (slots->to_float != NULL && !value_is_int(v)) {
        OWNED Ref number = slots->to_float(ts, v);
        if (is_error(number)) {
            return STATUS_ERROR;
        }
        if (!value_is_float(number.v)) {
            return raise_status(ts, EXC_TypeError, "%T.__float__ returned non-float (type %T)", v,
                                number.v);
        }
        *out = float_get(number.v);
        return STATUS_OK;
    }
    if (slots->index == NULL) {
        return raise_status(ts, EXC_TypeError, "must be real number, not %T", v);
    }
    OWNED Ref number = object_index(ts, v);
    return is_error(number) ? STATUS_ERROR : int_to_double(ts, number.v, out);
}
