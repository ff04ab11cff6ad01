// core/object/slot_dispatch.c: what stands in the slots of classes
// with special methods of a script.
#include "core/object/slot_dispatch.h"

#include <stddef.h>

#include "core/object/int.h"
#include "core/object/type_internal.h"

#define NOT_IMPLEMENTED REF_OF(VALUE_NOT_IMPLEMENTED)

static bool is_not_implemented(Ref r) { return value_is_same(r.v, VALUE_NOT_IMPLEMENTED); }

// As type_call_special, but a method that is not there, or None, gives NotImplemented.
static Ref try_special(ThreadState *ts, Value self, Value name, const Value *args, size_t count)
{
    bool unbound;
    OWNED Ref f = type_lookup_special(ts, self, name, &unbound);
    if (is_error(f)) {
        return has_exception(ts) ? NO_REF : NOT_IMPLEMENTED;
    }
    Value all[4] = {self};
    for (size_t i = 0; i < count; i++) {
        all[i + 1] = args[i];
    }
    return unbound ? object_call(ts, f.v, all, count + 1, NO_VALUE)
                   : object_call(ts, f.v, args, count, NO_VALUE);
}

static bool special_is_none(ThreadState *ts, Value self, Value name)
{
    OWNED Ref f = type_lookup(ts, type_of(self), name);
    return value_is_none(f.v);
}

// --- One operand ---------------------------------------------------------------------------------

#define UNARY_DISPATCHER(function, name)                                                           \
    static Ref function(ThreadState *ts, Value self)                                               \
    {                                                                                              \
        return type_call_special(ts, self, NAME(name), NULL, 0);                                   \
    }
UNARY_DISPATCHER(dispatch_repr, __repr__)
UNARY_DISPATCHER(dispatch_str, __str__)
UNARY_DISPATCHER(dispatch_negative, __neg__)
UNARY_DISPATCHER(dispatch_positive, __pos__)
UNARY_DISPATCHER(dispatch_invert, __invert__)
UNARY_DISPATCHER(dispatch_absolute, __abs__)
UNARY_DISPATCHER(dispatch_index, __index__)
UNARY_DISPATCHER(dispatch_to_int, __int__)
UNARY_DISPATCHER(dispatch_to_float, __float__)
UNARY_DISPATCHER(dispatch_await, __await__)
UNARY_DISPATCHER(dispatch_async_iterate, __aiter__)
UNARY_DISPATCHER(dispatch_async_next, __anext__)
UNARY_DISPATCHER(dispatch_next, __next__)

static Ref dispatch_iterate(ThreadState *ts, Value self)
{
    if (special_is_none(ts, self, NAME(__iter__))) {
        return raise(ts, EXC_TypeError, "'%T' object is not iterable", self);
    }
    return type_call_special(ts, self, NAME(__iter__), NULL, 0);
}

static Status dispatch_hash(ThreadState *ts, Value self, int64_t *hash)
{
    OWNED Ref result = type_call_special(ts, self, NAME(__hash__), NULL, 0);
    if (is_error(result)) {
        return STATUS_ERROR;
    }
    if (!value_is_int(result.v)) {
        return raise_status(ts, EXC_TypeError, "__hash__ method should return an integer");
    }
    int64_t h;
    if (!int_to_i64(result.v, &h)) {
        h = int_hash(result.v);
    }
    *hash = h == -1 ? -2 : h;
    return STATUS_OK;
}

static Truth dispatch_truth(ThreadState *ts, Value self)
{
    OWNED Ref result = type_call_special(ts, self, NAME(__bool__), NULL, 0);
    if (is_error(result)) {
        return TRUTH_ERROR;
    }
    if (!value_is_bool(result.v)) {
        (void)raise(ts, EXC_TypeError, "__bool__ should return bool, returned %T", result.v);
        return TRUTH_ERROR;
    }
    return value_is_same(result.v, VALUE_TRUE) ? TRUTH_TRUE : TRUTH_FALSE;
}

static int64_t dispatch_length(ThreadState *ts, Value self)
{
    OWNED Ref result = type_call_special(ts, self, NAME(__len__), NULL, 0);
    OWNED Ref number = is_error(result) ? NO_REF : object_index(ts, result.v);
    if (is_error(number)) {
        return -1;
    }
    if (int_sign(number.v) < 0) {
        (void)raise(ts, EXC_ValueError, "__len__() should return >= 0");
        return -1;
    }
    int64_t length;
    if (!int_to_i64(number.v, &length)) {
        (void)raise(ts, EXC_OverflowError, "cannot fit '%T' into an index-sized integer", number.v);
        return -1;
    }
    return length;
}

static Status dispatch_finalize(ThreadState *ts, Value self)
{
    bool unbound;
    OWNED Ref f = type_lookup_special(ts, self, NAME(__del__), &unbound);
    if (is_error(f)) {
        return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
    }
    OWNED Ref result = unbound ? object_call1(ts, f.v, self) : object_call0(ts, f.v);
    return is_error(result) ? STATUS_ERROR : STATUS_OK;
}

// --- Items ---------------------------------------------------------------------------------------

static Ref dispatch_get_item(ThreadState *ts, Value self, Value key)
{
    return type_call_special(ts, self, NAME(__getitem__), &key, 1);
}

static Status dispatch_set_item(ThreadState *ts, Value self, Value key, Value value)
{
    Value args[2] = {key, value};
    bool is_delete = is_no_value(value);
    OWNED Ref result = is_delete ? type_call_special(ts, self, NAME(__delitem__), args, 1)
                                 : type_call_special(ts, self, NAME(__setitem__), args, 2);
    return is_error(result) ? STATUS_ERROR : STATUS_OK;
}

static Truth dispatch_contains(ThreadState *ts, Value self, Value item)
{
    if (special_is_none(ts, self, NAME(__contains__))) {
        (void)raise(ts, EXC_TypeError, "'%T' object is not a container", self);
        return TRUTH_ERROR;
    }
    OWNED Ref result = type_call_special(ts, self, NAME(__contains__), &item, 1);
    return is_error(result) ? TRUTH_ERROR : object_is_true(ts, result.v);
}

// --- Two operands --------------------------------------------------------------------------------

typedef Ref (*Binary)(ThreadState *ts, Value left, Value right);

// Does the right operand's class have a reflected method of its own?
static bool reflects_differently(ThreadState *ts, Type *left, Type *right, Value rname)
{
    OWNED Ref theirs = type_lookup(ts, right, rname);
    OWNED Ref ours = type_lookup(ts, left, rname);
    return !is_error(theirs) && !value_is_same(theirs.v, ours.v);
}

// `own` stands in the slot of at least one of the operands. A subclass on the right goes first.
static Ref dispatch_binary(ThreadState *ts, BinaryOp op, Value name, Value rname, Binary own,
                           Value left, Value right)
{
    Type *lt = type_of(left), *rt = type_of(right);
    bool try_right = lt != rt && rt->slots.binary[op] == own;
    if (lt->slots.binary[op] == own) {
        if (try_right && type_is_subtype(rt, lt) && reflects_differently(ts, lt, rt, rname)) {
            OWNED Ref first = try_special(ts, right, rname, &left, 1);
            if (!is_not_implemented(first)) {
                return ref_take(&first);
            }
            try_right = false;
        }
        OWNED Ref result = try_special(ts, left, name, &right, 1);
        if (!is_not_implemented(result) || lt == rt) {
            return ref_take(&result);
        }
    }
    return try_right ? try_special(ts, right, rname, &left, 1) : NOT_IMPLEMENTED;
}

#define BINARY_DISPATCHER(op, name, rname)                                                         \
    static Ref dispatch_##op(ThreadState *ts, Value left, Value right)                             \
    {                                                                                              \
        return dispatch_binary(ts, BIN_##op, NAME(name), NAME(rname), dispatch_##op, left, right); \
    }
BINARY_DISPATCHER(ADD, __add__, __radd__)
BINARY_DISPATCHER(SUB, __sub__, __rsub__)
BINARY_DISPATCHER(MUL, __mul__, __rmul__)
BINARY_DISPATCHER(TRUE_DIV, __truediv__, __rtruediv__)
BINARY_DISPATCHER(FLOOR_DIV, __floordiv__, __rfloordiv__)
BINARY_DISPATCHER(MOD, __mod__, __rmod__)
BINARY_DISPATCHER(POW, __pow__, __rpow__)
BINARY_DISPATCHER(LSHIFT, __lshift__, __rlshift__)
BINARY_DISPATCHER(RSHIFT, __rshift__, __rrshift__)
BINARY_DISPATCHER(AND, __and__, __rand__)
BINARY_DISPATCHER(OR, __or__, __ror__)
BINARY_DISPATCHER(XOR, __xor__, __rxor__)
BINARY_DISPATCHER(MATMUL, __matmul__, __rmatmul__)
BINARY_DISPATCHER(DIVMOD, __divmod__, __rdivmod__)

#define IN_PLACE_DISPATCHER(op, name)                                                              \
    static Ref dispatch_in_place_##op(ThreadState *ts, Value left, Value right)                    \
    {                                                                                              \
        return try_special(ts, left, NAME(name), &right, 1);                                       \
    }
IN_PLACE_DISPATCHER(ADD, __iadd__)
IN_PLACE_DISPATCHER(SUB, __isub__)
IN_PLACE_DISPATCHER(MUL, __imul__)
IN_PLACE_DISPATCHER(TRUE_DIV, __itruediv__)
IN_PLACE_DISPATCHER(FLOOR_DIV, __ifloordiv__)
IN_PLACE_DISPATCHER(MOD, __imod__)
IN_PLACE_DISPATCHER(POW, __ipow__)
IN_PLACE_DISPATCHER(LSHIFT, __ilshift__)
IN_PLACE_DISPATCHER(RSHIFT, __irshift__)
IN_PLACE_DISPATCHER(AND, __iand__)
IN_PLACE_DISPATCHER(OR, __ior__)
IN_PLACE_DISPATCHER(XOR, __ixor__)
IN_PLACE_DISPATCHER(MATMUL, __imatmul__)

// pow() with three arguments asks the first operand only.
static Ref dispatch_power(ThreadState *ts, Value base, Value exponent, Value modulus)
{
    Value args[2] = {exponent, modulus};
    return type_of(base)->slots.power == dispatch_power
               ? try_special(ts, base, NAME(__pow__), args, 2)
               : NOT_IMPLEMENTED;
}

static Ref dispatch_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    static const NameId names[] = {NAME_ID___lt__, NAME_ID___le__, NAME_ID___eq__,
                                   NAME_ID___ne__, NAME_ID___gt__, NAME_ID___ge__};
    bool unbound;
    OWNED Ref f = type_lookup_special(ts, a, names_table[names[op]], &unbound);
    if (is_error(f)) { // a descriptor that fails counts as no method
        exception_clear(ts);
        return NOT_IMPLEMENTED;
    }
    return unbound ? object_call2(ts, f.v, a, b) : object_call1(ts, f.v, b);
}

// --- Attributes ----------------------------------------------------------------------------------

Ref dispatch_get_attribute(ThreadState *ts, Value self, Value name)
{
    return type_call_special(ts, self, NAME(__getattribute__), &name, 1);
}

Ref dispatch_get_attribute_hook(ThreadState *ts, Value self, Value name)
{
    Ref (*plain)(ThreadState *, Value, Value) = type_of(self)->plain_get_attribute;
    if (plain == generic_get_attribute) { // without making an exception that is thrown away
        Ref found;
        Lookup lookup = generic_lookup_attribute(ts, self, name, &found);
        if (lookup == LOOKUP_FOUND ||
            (lookup == LOOKUP_ERROR && !exception_clear_if(ts, EXC_AttributeError))) {
            return found;
        }
    } else {
        OWNED Ref found =
            plain != NULL ? plain(ts, self, name) : dispatch_get_attribute(ts, self, name);
        if (!is_error(found) || !exception_clear_if(ts, EXC_AttributeError)) {
            return ref_take(&found);
        }
    }
    return type_call_special(ts, self, NAME(__getattr__), &name, 1);
}

static Status dispatch_set_attribute(ThreadState *ts, Value self, Value name, Value value)
{
    Value args[2] = {name, value};
    OWNED Ref result = is_no_value(value) ? type_call_special(ts, self, NAME(__delattr__), args, 1)
                                          : type_call_special(ts, self, NAME(__setattr__), args, 2);
    return is_error(result) ? STATUS_ERROR : STATUS_OK;
}

static Ref dispatch_descriptor_get(ThreadState *ts, Value self, Value instance, Value owner)
{
    Value args[2] = {is_no_value(instance) ? VALUE_NONE : instance,
                     is_no_value(owner) ? VALUE_NONE : owner};
    // A class with __set__ alone has this slot only if it has __get__ as well.
    return type_call_special(ts, self, NAME(__get__), args, 2);
}

static Status dispatch_descriptor_set(ThreadState *ts, Value self, Value instance, Value value)
{
    Value args[2] = {instance, value};
    Value name = is_no_value(value) ? NAME(__delete__) : NAME(__set__);
    OWNED Ref present = type_lookup(ts, type_of(self), name);
    if (is_error(present)) {
        return raise_value(ts, EXC_AttributeError, name), STATUS_ERROR;
    }
    OWNED Ref result = type_call_special(ts, self, name, args, is_no_value(value) ? 1 : 2);
    return is_error(result) ? STATUS_ERROR : STATUS_OK;
}

// --- Calls ---------------------------------------------------------------------------------------

// Calls a special method with any number of arguments in front of which the instance goes.
static Ref call_with(ThreadState *ts, Value f, bool unbound, Value self, const Value *args,
                     size_t count, Value names)
{
    if (!unbound) {
        return object_call(ts, f, args, count, names);
    }
    size_t total = count + (is_no_value(names) ? 0 : tuple_count(names));
    Value few[10];
    Value *all = total + 1 <= ARRAY_LENGTH(few) ? few : raw_alloc(ts, (total + 1) * sizeof(Value));
    if (all == NULL) {
        return NO_REF;
    }
    all[0] = self;
    for (size_t i = 0; i < total; i++) {
        all[i + 1] = args[i];
    }
    Ref result = object_call(ts, f, all, count + 1, names);
    if (all != few) {
        raw_free(ts, all);
    }
    return result;
}

Ref dispatch_call(CALL_PARAMETERS)
{
    bool unbound;
    OWNED Ref f = type_lookup_special(ts, self, NAME(__call__), &unbound);
    if (is_error(f)) {
        return has_exception(ts) ? NO_REF
                                 : raise(ts, EXC_TypeError, "'%T' object is not callable", self);
    }
    if (enter_native(ts, " while calling a Python object") == STATUS_ERROR) {
        return NO_REF;
    }
    return call_with(ts, f.v, unbound, self, args, count, names);
}

Status dispatch_init(CALL_PARAMETERS)
{
    bool unbound;
    OWNED Ref f = type_lookup_special(ts, self, NAME(__init__), &unbound);
    OWNED Ref result = is_error(f) ? NO_REF : call_with(ts, f.v, unbound, self, args, count, names);
    if (is_error(result)) {
        return STATUS_ERROR;
    }
    if (!value_is_none(result.v)) {
        return raise_status(ts, EXC_TypeError, "__init__() should return None, not '%T'", result.v);
    }
    return STATUS_OK;
}

Ref dispatch_make(CALL_PARAMETERS)
{
    // __new__ is a static method: looked up on the class, called with the class.
    OWNED Ref f = object_get_attribute(ts, self, NAME(__new__));
    return is_error(f) ? NO_REF : call_with(ts, f.v, true, self, args, count, names);
}

const SlotRow slot_rows[] = {
#define SLOT(name, slot, style, parameter, dispatcher, doc)                                        \
    {NAME_ID_##name, offsetof(TypeSlots, slot), STYLE_##style, parameter, (AnySlot)dispatcher, doc},
#include "core/object/slots.def"
};
const size_t slot_row_count = ARRAY_LENGTH(slot_rows);
