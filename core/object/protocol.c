// core/object/protocol.c: what every value can do: text, hash, comparison, truth, identity,
// isinstance. Items and iteration: protocol_items.c; numbers: protocol_number.c.
#include <stdio.h>

#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/float.h"
#include "core/object/generic_alias.h"
#include "core/object/list.h"
#include "core/object/type_internal.h"
#include "core/object/format.h"

// --- Text ----------------------------------------------------------------------------------------

static Ref check_text(ThreadState *ts, Ref text, const char *method)
{
    if (is_error(text) || LIKELY(value_is_str(text.v))) {
        return text;
    }
    (void)raise(ts, EXC_TypeError, "%s returned non-string (type %T)", method, text.v);
    ref_drop(&text);
    return NO_REF;
}

Ref object_repr(ThreadState *ts, Value v)
{
    if (is_no_value(v)) {
        return str_from_z(ts, "<NULL>");
    }
    if (depth_enter(ts, " while getting the repr of an object") == STATUS_ERROR) {
        return NO_REF;
    }
    Ref text = type_of(v)->slots.repr(ts, v);
    depth_leave(ts);
    return check_text(ts, text, "__repr__");
}

Ref object_str(ThreadState *ts, Value v)
{
    if (is_no_value(v)) {
        return str_from_z(ts, "<NULL>");
    }
    if (value_is_exactly(v, KIND_STR)) {
        return ref_new(v);
    }
    if (value_is_small_int(v)) {
        return int_to_str(ts, v, 10);
    }
    if (depth_enter(ts, " while getting the str of an object") == STATUS_ERROR) {
        return NO_REF;
    }
    Ref text = type_of(v)->slots.str(ts, v);
    depth_leave(ts);
    return check_text(ts, text, "__str__");
}

Ref object_ascii(ThreadState *ts, Value v)
{
    OWNED Ref text = object_repr(ts, v);
    if (is_error(text) || str_is_ascii(str_from(text.v))) {
        return ref_take(&text);
    }
    StrBuilder b;
    builder_init(&b);
    Status status = STATUS_OK;
    for (size_t i = 0; i < str_length(text.v) && status == STATUS_OK; i++) {
        uint32_t c = str_char(str_from(text.v), i);
        if (c < 0x80) {
            status = builder_add_char(ts, &b, c);
            continue;
        }
        char escape[16];
        const char *format = c <= 0xFF ? "\\x%02x" : c <= 0xFFFF ? "\\u%04x" : "\\U%08x";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        int n = snprintf(escape, sizeof escape, format, c);
#pragma GCC diagnostic pop
        status = builder_add_ascii(ts, &b, escape, (size_t)n);
    }
    if (status == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}

Ref object_format(ThreadState *ts, Value v, Value spec)
{
    OWNED Ref empty = is_no_value(spec) ? str_empty() : NO_REF;
    Value given = is_no_value(spec) ? empty.v : spec;
    // The exact builtin types need no look-up.
    if (LIKELY(value_is_str(given))) {
        if (value_is_exactly_int(v)) {
            return int_format(ts, v, given);
        }
        if (value_is_flonum(v) || value_is_exactly(v, KIND_FLOAT)) {
            return float_format(ts, v, given);
        }
        if (value_is_exactly(v, KIND_STR)) {
            return str_format_value(ts, v, given);
        }
    }
    bool unbound;
    OWNED Ref f = type_lookup_special(ts, v, NAME(__format__), &unbound);
    if (is_error(f)) {
        return has_exception(ts) ? NO_REF
                                 : raise(ts, EXC_TypeError, "Type %T doesn't define __format__", v);
    }
    OWNED Ref text = unbound ? object_call2(ts, f.v, v, given) : object_call1(ts, f.v, given);
    if (!is_error(text) && !value_is_str(text.v)) {
        return raise(ts, EXC_TypeError, "__format__ must return a str, not %T", text.v);
    }
    return ref_take(&text);
}

// --- Identity, hash, truth -----------------------------------------------------------------------

Ref object_id(ThreadState *ts, Value v) { return int_from_u64(ts, v.bits); }

Status object_hash(ThreadState *ts, Value v, int64_t *hash)
{
    Status (*f)(ThreadState *, Value, int64_t *) = type_of(v)->slots.hash;
    if (f == NULL) {
        return hash_refused(ts, v, hash);
    }
    return enter_native(ts, " while hashing an object") == STATUS_ERROR ? STATUS_ERROR
                                                                        : f(ts, v, hash);
}

Truth object_is_true(ThreadState *ts, Value v)
{
    if (value_is_bool(v)) {
        return value_is_same(v, VALUE_TRUE) ? TRUTH_TRUE : TRUTH_FALSE;
    }
    if (value_is_none(v)) {
        return TRUTH_FALSE;
    }
    if (value_is_small_int(v)) {
        return small_int_get(v) != 0 ? TRUTH_TRUE : TRUTH_FALSE;
    }
    const TypeSlots *slots = &type_of(v)->slots;
    if (slots->truth != NULL) {
        return slots->truth(ts, v);
    }
    if (slots->length == NULL) {
        return TRUTH_TRUE;
    }
    int64_t length = slots->length(ts, v);
    return length < 0 ? TRUTH_ERROR : length > 0 ? TRUTH_TRUE : TRUTH_FALSE;
}

// --- Comparison ----------------------------------------------------------------------------------

typedef Ref (*Compare)(ThreadState *ts, Value a, Value b, CompareOp op);

static CompareOp mirrored(CompareOp op)
{
    static const CompareOp mirror[] = {OP_GT, OP_GE, OP_EQ, OP_NE, OP_LT, OP_LE};
    return mirror[op];
}

static bool is_answer(Ref r) { return !value_is_same(r.v, VALUE_NOT_IMPLEMENTED); }

static Ref compare_slots(ThreadState *ts, Value a, Value b, CompareOp op)
{
    Type *ta = type_of(a), *tb = type_of(b);
    Compare left = ta->slots.compare, right = tb->slots.compare;
    bool tried_right = false;
    if (ta != tb && right != NULL && type_is_subtype(tb, ta)) {
        tried_right = true;
        Ref result = right(ts, b, a, mirrored(op));
        if (is_answer(result)) {
            return result;
        }
    }
    if (left != NULL) {
        Ref result = left(ts, a, b, op);
        if (is_answer(result)) {
            return result;
        }
    }
    if (!tried_right && right != NULL) {
        Ref result = right(ts, b, a, mirrored(op));
        if (is_answer(result)) {
            return result;
        }
    }
    if (op == OP_EQ || op == OP_NE) {
        return REF_OF(bool_value(value_is_same(a, b) == (op == OP_EQ)));
    }
    static const char *const signs[] = {"<", "<=", "==", "!=", ">", ">="};
    return raise(ts, EXC_TypeError, "'%s' not supported between instances of '%T' and '%T'",
                 signs[op], a, b);
}

Ref object_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (values_are_small_ints(a, b)) {
        return REF_OF(bool_value(compare_ints(small_int_get(a), small_int_get(b), op)));
    }
    if (enter_native(ts, " in comparison") == STATUS_ERROR) {
        return NO_REF;
    }
    return compare_slots(ts, a, b, op);
}

Truth object_compare_truth(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (values_are_small_ints(a, b)) {
        return compare_ints(small_int_get(a), small_int_get(b), op) ? TRUTH_TRUE : TRUTH_FALSE;
    }
    OWNED Ref result = object_compare(ts, a, b, op);
    return is_error(result) ? TRUTH_ERROR : object_is_true(ts, result.v);
}

Truth object_equal(ThreadState *ts, Value a, Value b)
{
    if (value_is_same(a, b)) {
        return TRUTH_TRUE;
    }
    if (values_are_small_ints(a, b)) {
        return TRUTH_FALSE;
    }
    if (value_is_exactly(a, KIND_STR) && value_is_exactly(b, KIND_STR)) {
        return str_equal(a, b) ? TRUTH_TRUE : TRUTH_FALSE;
    }
    return object_compare_truth(ts, a, b, OP_EQ);
}

// --- isinstance, issubclass ----------------------------------------------------------------------

// __bases__ of something that may stand for a class; NO_REF without an exception: it is none.
static Ref abstract_bases(ThreadState *ts, Value v)
{
    OWNED Ref bases = NO_REF;
    Lookup found = object_lookup_attribute(ts, v, NAME(__bases__), &bases);
    return found == LOOKUP_FOUND && value_is_tuple(bases.v) ? ref_take(&bases) : NO_REF;
}

static Truth abstract_is_subclass(ThreadState *ts, Value derived, Value class)
{
    if (value_is_same(derived, class)) {
        return TRUTH_TRUE;
    }
    OWNED Ref bases = abstract_bases(ts, derived);
    if (is_error(bases)) {
        return has_exception(ts) ? TRUTH_ERROR : TRUTH_FALSE;
    }
    if (enter_native(ts, " in __issubclass__") == STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    for (size_t i = 0; i < tuple_count(bases.v); i++) {
        Truth yes = abstract_is_subclass(ts, tuple_item(bases.v, i), class);
        if (yes != TRUTH_FALSE) {
            return yes;
        }
    }
    return TRUTH_FALSE;
}

static Status check_class(ThreadState *ts, Value v, const char *message)
{
    OWNED Ref bases = abstract_bases(ts, v);
    if (is_error(bases)) {
        return has_exception(ts) ? STATUS_ERROR : raise_status(ts, EXC_TypeError, message);
    }
    return STATUS_OK;
}

Truth object_is_instance_plain(ThreadState *ts, Value v, Value class)
{
    if (value_is_type(class)) {
        if (value_is_instance(v, type_from(class))) {
            return TRUTH_TRUE;
        }
        if (!value_is_object(v) || type_of(v)->slots.get_attribute == generic_get_attribute) {
            // __class__ could only differ through a property of that name.
            Cell *cell = type_lookup_cell_once(ts, type_of(v), NAME(__class__));
            Cell *plain =
                namespace_cell(ts, type_namespace(TYPE_OF_KIND(OBJECT)), NAME(__class__), false);
            if (cell == plain) {
                return TRUTH_FALSE;
            }
        }
        OWNED Ref claimed = NO_REF;
        Lookup found = object_lookup_attribute(ts, v, NAME(__class__), &claimed);
        if (found == LOOKUP_ERROR) {
            return TRUTH_ERROR;
        }
        bool yes = found == LOOKUP_FOUND && value_is_type(claimed.v) &&
                   type_is_subtype(type_from(claimed.v), type_from(class));
        return yes ? TRUTH_TRUE : TRUTH_FALSE;
    }
    if (check_class(ts, class, "isinstance() arg 2 must be a type, a tuple of types, or a union") ==
        STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    OWNED Ref own = NO_REF;
    Lookup found = object_lookup_attribute(ts, v, NAME(__class__), &own);
    return found == LOOKUP_FOUND   ? abstract_is_subclass(ts, own.v, class)
           : found == LOOKUP_ERROR ? TRUTH_ERROR
                                   : TRUTH_FALSE;
}

Truth object_is_subclass_plain(ThreadState *ts, Value derived, Value class)
{
    if (value_is_type(derived) && value_is_type(class)) {
        return type_is_subtype(type_from(derived), type_from(class)) ? TRUTH_TRUE : TRUTH_FALSE;
    }
    if (check_class(ts, derived, "issubclass() arg 1 must be a class") == STATUS_ERROR ||
        check_class(ts, class,
                    "issubclass() arg 2 must be a class, a tuple of classes, or a union") ==
            STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    return abstract_is_subclass(ts, derived, class);
}

typedef Truth (*Check)(ThreadState *ts, Value v, Value class);

static Truth check_by_hook(ThreadState *ts, Value v, Value class, Value hook, Check check,
                           Check plain)
{
    if (value_is_tuple(class)) {
        if (enter_native(ts, " in __instancecheck__") == STATUS_ERROR) {
            return TRUTH_ERROR;
        }
        for (size_t i = 0; i < tuple_count(class); i++) {
            Truth yes = check(ts, v, tuple_item(class, i));
            if (yes != TRUTH_FALSE) {
                return yes;
            }
        }
        return TRUTH_FALSE;
    }
    bool unbound;
    OWNED Ref f = type_lookup_special(ts, class, hook, &unbound);
    if (is_error(f)) {
        return has_exception(ts) ? TRUTH_ERROR : plain(ts, v, class);
    }
    if (enter_native(ts, " in __instancecheck__") == STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    OWNED Ref answer = unbound ? object_call2(ts, f.v, class, v) : object_call1(ts, f.v, v);
    return is_error(answer) ? TRUTH_ERROR : object_is_true(ts, answer.v);
}

Truth object_is_instance(ThreadState *ts, Value v, Value class)
{
    if (value_is_object(class)) {
        if (type_value(type_of(v)).bits == class.bits) {
            return TRUTH_TRUE;
        }
        if (type_of(class) == TYPE_OF_KIND(TYPE)) {
            return object_is_instance_plain(ts, v, class);
        }
    }
    return check_by_hook(ts, v, class, NAME(__instancecheck__), object_is_instance,
                         object_is_instance_plain);
}

Truth object_is_subclass(ThreadState *ts, Value derived, Value class)
{
    if (value_is_object(class) && type_of(class) == TYPE_OF_KIND(TYPE)) {
        return value_is_same(derived, class) ? TRUTH_TRUE
                                             : object_is_subclass_plain(ts, derived, class);
    }
    return check_by_hook(ts, derived, class, NAME(__subclasscheck__), object_is_subclass,
                         object_is_subclass_plain);
}
