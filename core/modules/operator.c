// core/modules/operator.c: the module _operator: operators as functions. (operator_getters.c:
// itemgetter, attrgetter, methodcaller.)
#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"

#define COMPARE(name, op)                                                                          \
    static Ref name(ThreadState *ts, Value self, const Value *args)                                \
    {                                                                                              \
        return object_compare(ts, args[0], args[1], op);                                           \
    }
COMPARE(op_lt, OP_LT)
COMPARE(op_le, OP_LE)
COMPARE(op_eq, OP_EQ)
COMPARE(op_ne, OP_NE)
COMPARE(op_gt, OP_GT)
COMPARE(op_ge, OP_GE)

#define BINARY(name, op)                                                                           \
    static Ref op_##name(ThreadState *ts, Value self, const Value *args)                           \
    {                                                                                              \
        return object_binary(ts, op, args[0], args[1]);                                            \
    }                                                                                              \
    static Ref op_i##name(ThreadState *ts, Value self, const Value *args)                          \
    {                                                                                              \
        return object_in_place(ts, op, args[0], args[1]);                                          \
    }
BINARY(add, BIN_ADD)
BINARY(sub, BIN_SUB)
BINARY(mul, BIN_MUL)
BINARY(matmul, BIN_MATMUL)
BINARY(truediv, BIN_TRUE_DIV)
BINARY(floordiv, BIN_FLOOR_DIV)
BINARY(mod, BIN_MOD)
BINARY(pow, BIN_POW)
BINARY(lshift, BIN_LSHIFT)
BINARY(rshift, BIN_RSHIFT)
BINARY(and, BIN_AND)
BINARY(or, BIN_OR)
BINARY(xor, BIN_XOR)

#define UNARY(name, op)                                                                            \
    static Ref name(ThreadState *ts, Value self, const Value *args)                                \
    {                                                                                              \
        return object_unary(ts, op, args[0]);                                                      \
    }
UNARY(op_neg, UN_NEGATIVE)
UNARY(op_pos, UN_POSITIVE)
UNARY(op_invert, UN_INVERT)
UNARY(op_abs, UN_ABSOLUTE)

static Ref op_truth(ThreadState *ts, Value self, const Value *args)
{
    return ref_of_truth(object_is_true(ts, args[0]));
}
static Ref op_not(ThreadState *ts, Value self, const Value *args)
{
    Truth truth = object_is_true(ts, args[0]);
    return truth == TRUTH_ERROR ? NO_REF : REF_OF(bool_value(truth == TRUTH_FALSE));
}

// `a is b`: numbers that are equal and of one type may be one value or two objects.
static Ref op_is(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(args[0].bits == args[1].bits));
}
static Ref op_is_not(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(bool_value(args[0].bits != args[1].bits));
}
static Ref op_index(ThreadState *ts, Value self, const Value *args)
{
    return object_index(ts, args[0]);
}

static Ref op_contains(ThreadState *ts, Value self, const Value *args)
{
    return ref_of_truth(object_contains(ts, args[0], args[1]));
}
static Ref op_getitem(ThreadState *ts, Value self, const Value *args)
{
    return object_get_item(ts, args[0], args[1]);
}
static Ref op_setitem(ThreadState *ts, Value self, const Value *args)
{
    return object_set_item(ts, args[0], args[1], args[2]) == STATUS_ERROR ? NO_REF : REF_NONE;
}
static Ref op_delitem(ThreadState *ts, Value self, const Value *args)
{
    return object_set_item(ts, args[0], args[1], NO_VALUE) == STATUS_ERROR ? NO_REF : REF_NONE;
}

// A sequence, as concatenation asks for one: it can be indexed and is no mapping.
static bool is_sequence(Value v)
{
    const Type *t = type_of(v);
    return t->slots.get_item != NULL && !value_is_dict(v) && (t->flags & TYPE_IS_MAPPING) == 0;
}
static Ref op_concat(ThreadState *ts, Value self, const Value *args)
{
    if (!is_sequence(args[0])) {
        return raise(ts, EXC_TypeError, "'%T' object can't be concatenated", args[0]);
    }
    return object_binary(ts, BIN_ADD, args[0], args[1]);
}
static Ref op_iconcat(ThreadState *ts, Value self, const Value *args)
{
    if (!is_sequence(args[0])) {
        return raise(ts, EXC_TypeError, "'%T' object can't be concatenated", args[0]);
    }
    return object_in_place(ts, BIN_ADD, args[0], args[1]);
}

// Counts the items equal to x, or stops at the first and gives its index.
static Ref search(ThreadState *ts, Value iterable, Value x, bool count_all)
{
    OWNED Ref it = object_iterate(ts, iterable);
    if (is_error(it)) {
        if (exception_clear_if(ts, EXC_TypeError)) {
            return raise(ts, EXC_TypeError, "argument of type '%T' is not iterable", iterable);
        }
        return NO_REF;
    }
    int64_t found = 0;
    for (int64_t i = 0;; i++) {
        OWNED Ref item = iterator_next(ts, it.v);
        if (is_error(item)) {
            break;
        }
        Truth same = value_equal(ts, item.v, x);
        if (same == TRUTH_ERROR) {
            return NO_REF;
        }
        if (same == TRUTH_TRUE && !count_all) {
            return int_from_i64(ts, i);
        }
        found += same == TRUTH_TRUE;
    }
    if (has_exception(ts)) {
        return NO_REF;
    }
    return count_all ? int_from_i64(ts, found)
                     : raise(ts, EXC_ValueError, "sequence.index(x): x not in sequence");
}
static Ref op_count_of(ThreadState *ts, Value self, const Value *args)
{
    return search(ts, args[0], args[1], true);
}
static Ref op_index_of(ThreadState *ts, Value self, const Value *args)
{
    return search(ts, args[0], args[1], false);
}

static Ref op_length_hint(ThreadState *ts, Value self, const Value *args)
{
    int64_t otherwise = 0;
    if (!is_no_value(args[1])) {
        if (!value_is_int(args[1])) {
            return raise(ts, EXC_TypeError, "'%T' object cannot be interpreted as an integer",
                         args[1]);
        }
        if (index_get(ts, args[1], &otherwise) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    int64_t hint = object_length_hint(ts, args[0], otherwise);
    return hint < 0 && has_exception(ts) ? NO_REF : int_from_i64(ts, hint);
}

static Ref op_call(CALL_PARAMETERS)
{
    if (arguments_count(ts, "call", count, 1, SIZE_MAX) == STATUS_ERROR) {
        return NO_REF;
    }
    return object_call(ts, args[0], args + 1, count - 1, names);
}

// Takes the same time wherever the difference is.
static bool equal_in_constant_time(const uint8_t *a, size_t size_a, const uint8_t *b, size_t size_b)
{
    volatile uint8_t difference = size_a != size_b;
    const uint8_t *left = size_a == size_b ? a : b;
    for (size_t i = 0; i < size_b; i++) {
        difference |= left[i] ^ b[i];
    }
    return difference == 0;
}

static Ref op_compare_digest(ThreadState *ts, Value self, const Value *args)
{
    Value a = args[0], b = args[1];
    if (value_is_str(a) && value_is_str(b)) {
        const Str *x = str_from(a), *y = str_from(b);
        if (!str_is_ascii(x) || !str_is_ascii(y)) {
            return raise(ts, EXC_TypeError,
                         "comparing strings with non-ASCII characters is not supported");
        }
        return REF_OF(bool_value(equal_in_constant_time(x->data, x->length, y->data, y->length)));
    }
    if (type_of(a)->slots.buffer == NULL && type_of(b)->slots.buffer == NULL) {
        return raise(ts, EXC_TypeError,
                     "unsupported operand types(s) or combination of types: '%T' and '%T'", a, b);
    }
    BufferView x, y;
    if (buffer_get(ts, a, &x) == STATUS_ERROR) {
        return NO_REF;
    }
    if (buffer_get(ts, b, &y) == STATUS_ERROR) {
        buffer_release(ts, &x);
        return NO_REF;
    }
    bool same = equal_in_constant_time(x.data, x.size, y.data, y.size);
    buffer_release(ts, &x);
    buffer_release(ts, &y);
    return REF_OF(bool_value(same));
}

#define ONE(name, f, doc) NATIVE(name, f, "($module, a, /)", doc)
#define TWO(name, f, doc) NATIVE(name, f, "($module, a, b, /)", doc)

static const NativeDef functions[] = {
    ONE("truth", op_truth, "Return True if a is true, False otherwise."),
    TWO("contains", op_contains, "Same as b in a (note reversed operands)."),
    TWO("indexOf", op_index_of, "Return the first index of b in a."),
    TWO("countOf", op_count_of, "Return the number of items in a which are, or which equal, b."),
    TWO("is_", op_is, "Same as a is b."),
    TWO("is_not", op_is_not, "Same as a is not b."),
    TWO("add", op_add, "Same as a + b."),
    TWO("sub", op_sub, "Same as a - b."),
    TWO("mul", op_mul, "Same as a * b."),
    TWO("matmul", op_matmul, "Same as a @ b."),
    TWO("floordiv", op_floordiv, "Same as a // b."),
    TWO("truediv", op_truediv, "Same as a / b."),
    TWO("mod", op_mod, "Same as a % b."),
    ONE("neg", op_neg, "Same as -a."),
    ONE("pos", op_pos, "Same as +a."),
    ONE("abs", op_abs, "Same as abs(a)."),
    ONE("inv", op_invert, "Same as ~a."),
    ONE("invert", op_invert, "Same as ~a."),
    TWO("lshift", op_lshift, "Same as a << b."),
    TWO("rshift", op_rshift, "Same as a >> b."),
    ONE("not_", op_not, "Same as not a."),
    TWO("and_", op_and, "Same as a & b."),
    TWO("xor", op_xor, "Same as a ^ b."),
    TWO("or_", op_or, "Same as a | b."),
    TWO("iadd", op_iadd, "Same as a += b."),
    TWO("isub", op_isub, "Same as a -= b."),
    TWO("imul", op_imul, "Same as a *= b."),
    TWO("imatmul", op_imatmul, "Same as a @= b."),
    TWO("ifloordiv", op_ifloordiv, "Same as a //= b."),
    TWO("itruediv", op_itruediv, "Same as a /= b."),
    TWO("imod", op_imod, "Same as a %= b."),
    TWO("ilshift", op_ilshift, "Same as a <<= b."),
    TWO("irshift", op_irshift, "Same as a >>= b."),
    TWO("iand", op_iand, "Same as a &= b."),
    TWO("ixor", op_ixor, "Same as a ^= b."),
    TWO("ior", op_ior, "Same as a |= b."),
    TWO("pow", op_pow, "Same as a ** b."),
    TWO("ipow", op_ipow, "Same as a **= b."),
    TWO("concat", op_concat, "Same as a + b, for a and b sequences."),
    TWO("iconcat", op_iconcat, "Same as a += b, for a and b sequences."),
    TWO("getitem", op_getitem, "Same as a[b]."),
    NATIVE("setitem", op_setitem, "($module, a, b, c, /)", "Same as a[b] = c."),
    TWO("delitem", op_delitem, "Same as del a[b]."),
    TWO("lt", op_lt, "Same as a < b."),
    TWO("le", op_le, "Same as a <= b."),
    TWO("eq", op_eq, "Same as a == b."),
    TWO("ne", op_ne, "Same as a != b."),
    TWO("gt", op_gt, "Same as a > b."),
    TWO("ge", op_ge, "Same as a >= b."),
    ONE("index", op_index, "Same as a.__index__()"),
    NATIVE("length_hint", op_length_hint, "($module, obj, default=0, /)",
           "Return an estimate of the number of items in obj.\n\n"
           "This is useful for presizing containers when building from an iterable.\n\n"
           "If the object supports len(), the result will be exact.\n"
           "Otherwise, it may over- or under-estimate by an arbitrary amount."),
    NATIVE_RAW("call", op_call, "($module, obj, /, *args, **kwargs)",
               "Same as obj(*args, **kwargs)."),
    TWO("_compare_digest", op_compare_digest,
        "Return 'a == b'.\n\nThis function uses an approach designed to prevent\n"
        "timing analysis, making it appropriate for cryptography."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    static const Kind kinds[] = {KIND_ITEM_GETTER, KIND_ATTR_GETTER, KIND_METHOD_CALLER};
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (module_add_type(ts, module, kinds[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

extern const ModuleSpec module_operator;
const ModuleSpec module_operator = {
    .name = "_operator",
    .doc = "Operator interface.\n\nThis module exports a set of functions implemented in C "
           "corresponding\n"
           "to the intrinsic operators of Python.  For example, operator.add(x, y)\n"
           "is equivalent to the expression x+y.",
    .functions = functions,
    .setup = setup,
};
