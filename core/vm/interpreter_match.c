// core/vm/interpreter_match.c: what patterns ask of their subject, and except* of its group.
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interpreter_slow.h"

static bool type_has(Value v, uint32_t flag)
{
    return (atomic_load_relaxed(&type_of(v)->flags) & flag) != 0;
}

bool value_matches_sequence(Value v) { return type_has(v, TYPE_IS_SEQUENCE); }
bool value_matches_mapping(Value v) { return type_has(v, TYPE_IS_MAPPING); }

Truth slow_length_is(OPERANDS)
{
    int64_t length = object_length(ts, slot_value(R[A]));
    if (length < 0) {
        return TRUTH_ERROR;
    }
    return (C != 0 ? length >= (int64_t)B : length == (int64_t)B) ? TRUTH_TRUE : TRUTH_FALSE;
}

bool slow_match_item(OPERANDS, uint32_t from_end)
{
    Value subject = slot_value(R[B]);
    int64_t index = C;
    if (from_end != 0) {
        int64_t length = object_length(ts, subject);
        if (length < 0) {
            return false;
        }
        index = length - index;
    }
    return finish0(R, A, object_get_item(ts, subject, small_int(index)));
}

// --- Mappings ------------------------------------------------------------------------------------

// The values of the keys, as a list; None if one is missing.
static Ref values_of_keys(ThreadState *ts, Value subject, Value keys)
{
    OWNED Ref seen = set_new(ts, NO_VALUE);
    OWNED Ref values = is_error(seen) ? NO_REF : list_new(ts, 0);
    OWNED Ref get = is_error(values) ? NO_REF : object_get_attribute(ts, subject, NAME(get));
    OWNED Ref missing = is_error(get) ? NO_REF : object_call0(ts, type_value(TYPE_OF_KIND(OBJECT)));
    if (is_error(missing)) {
        return NO_REF;
    }
    for (size_t i = 0; i < tuple_count(keys); i++) {
        Value key = tuple_item(keys, i);
        Lookup twice = set_contains(ts, seen.v, key);
        if (twice == LOOKUP_FOUND) {
            return raise(ts, EXC_ValueError, "mapping pattern checks duplicate key (%R)", key);
        }
        if (twice == LOOKUP_ERROR || set_add(ts, seen.v, key) == STATUS_ERROR) {
            return NO_REF;
        }
        OWNED Ref value = object_call2(ts, get.v, key, missing.v);
        if (is_error(value)) {
            return NO_REF;
        }
        if (value_is_same(value.v, missing.v)) {
            return REF_NONE;
        }
        if (list_append(ts, list_from(values.v), value.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&values);
}

Truth slow_match_keys(OPERANDS)
{
    OWNED Ref values = values_of_keys(ts, slot_value(R[B]), slot_value(R[C]));
    if (is_error(values)) {
        return TRUTH_ERROR;
    }
    if (value_is_none(values.v)) {
        return TRUTH_FALSE;
    }
    return finish0(R, A, sequence_tuple(ts, values.v)) ? TRUTH_TRUE : TRUTH_ERROR;
}

static Ref mapping_without(ThreadState *ts, Value subject, Value keys)
{
    OWNED Ref rest = object_call1(ts, type_value(TYPE_OF_KIND(DICT)), subject);
    for (size_t i = 0; !is_error(rest) && i < tuple_count(keys); i++) {
        if (object_set_item(ts, rest.v, tuple_item(keys, i), NO_VALUE) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&rest);
}

bool slow_match_rest(OPERANDS)
{
    return finish1(R, A, C, mapping_without(ts, slot_value(R[B]), slot_value(R[C])));
}

// --- Classes -------------------------------------------------------------------------------------

// The types whose one positional pattern is matched with the subject itself.
static bool matches_itself(const Type *t)
{
    static const uint16_t kinds[] = {KIND_BOOL,  KIND_BYTEARRAY, KIND_BYTES, KIND_DICT,
                                     KIND_FLOAT, KIND_FROZENSET, KIND_INT,   KIND_LIST,
                                     KIND_SET,   KIND_STR,       KIND_TUPLE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (type_is_subtype(t, &builtin_types[kinds[i]])) {
            return true;
        }
    }
    return false;
}

// Appends the attribute to `found`. False: it is not there.
static Truth match_attribute(ThreadState *ts, Value subject, Value cls, Value name, Value seen,
                             List *found)
{
    Lookup twice = set_contains(ts, seen, name);
    if (twice == LOOKUP_FOUND) {
        raise(ts, EXC_TypeError, "%N() got multiple sub-patterns for attribute %R", type_from(cls),
              name);
        return TRUTH_ERROR;
    }
    if (twice == LOOKUP_ERROR || set_add(ts, seen, name) == STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    OWNED Ref value = NO_REF;
    Lookup there = object_lookup_attribute(ts, subject, name, &value);
    if (there != LOOKUP_FOUND) {
        return there == LOOKUP_ABSENT ? TRUTH_FALSE : TRUTH_ERROR;
    }
    return list_append(ts, found, value.v) == STATUS_OK ? TRUTH_TRUE : TRUTH_ERROR;
}

static Truth match_positional(ThreadState *ts, Value subject, Value cls, int64_t count, Value seen,
                              List *found)
{
    OWNED Ref name = str_intern_z(ts, "__match_args__");
    OWNED Ref names = NO_REF;
    Lookup there = is_error(name) ? LOOKUP_ERROR : object_lookup_attribute(ts, cls, name.v, &names);
    if (there == LOOKUP_ERROR) {
        return TRUTH_ERROR;
    }
    if (there == LOOKUP_FOUND && !value_is_exactly(names.v, KIND_TUPLE)) {
        raise(ts, EXC_TypeError, "%N.__match_args__ must be a tuple (got %T)", type_from(cls),
              names.v);
        return TRUTH_ERROR;
    }
    bool itself = there == LOOKUP_ABSENT && matches_itself(type_from(cls));
    int64_t allowed = there == LOOKUP_FOUND ? (int64_t)tuple_count(names.v) : itself ? 1 : 0;
    if (allowed < count) {
        raise(ts, EXC_TypeError, "%N() accepts %d positional sub-pattern%s (%d given)",
              type_from(cls), (int)allowed, allowed == 1 ? "" : "s", (int)count);
        return TRUTH_ERROR;
    }
    if (itself) {
        return list_append(ts, found, subject) == STATUS_OK ? TRUTH_TRUE : TRUTH_ERROR;
    }
    Truth matched = TRUTH_TRUE;
    for (int64_t i = 0; i < count && matched == TRUTH_TRUE; i++) {
        Value one = tuple_item(names.v, (size_t)i);
        if (!value_is_exactly(one, KIND_STR)) {
            raise(ts, EXC_TypeError, "__match_args__ elements must be strings (got %T)", one);
            return TRUTH_ERROR;
        }
        matched = match_attribute(ts, subject, cls, one, seen, found);
    }
    return matched;
}

static Truth match_class(ThreadState *ts, Value subject, Value cls, int64_t positional, Value names,
                         Ref *attributes)
{
    if (!value_is_type(cls)) {
        raise(ts, EXC_TypeError, "called match pattern must be a type");
        return TRUTH_ERROR;
    }
    Truth matched = object_is_instance(ts, subject, cls);
    if (matched != TRUTH_TRUE) {
        return matched;
    }
    OWNED Ref seen = set_new(ts, NO_VALUE);
    OWNED Ref found = is_error(seen) ? NO_REF : list_new(ts, 0);
    if (is_error(found)) {
        return TRUTH_ERROR;
    }
    if (positional > 0) {
        matched = match_positional(ts, subject, cls, positional, seen.v, list_from(found.v));
    }
    for (size_t i = 0; i < tuple_count(names) && matched == TRUTH_TRUE; i++) {
        matched =
            match_attribute(ts, subject, cls, tuple_item(names, i), seen.v, list_from(found.v));
    }
    if (matched == TRUTH_TRUE) {
        *attributes = sequence_tuple(ts, found.v);
        matched = is_error(*attributes) ? TRUTH_ERROR : TRUTH_TRUE;
    }
    return matched;
}

Truth slow_match_class(OPERANDS)
{
    Ref attributes = NO_REF;
    Truth matched =
        match_class(ts, slot_value(R[B]), slot_value(R[C]), small_int_get(slot_value(R[C + 1])),
                    slot_value(R[C + 2]), &attributes);
    if (matched != TRUTH_ERROR) {
        drop_range(R, C, 3);
    }
    if (matched == TRUTH_TRUE) {
        finish0(R, A, attributes);
    }
    return matched;
}

// --- except* -------------------------------------------------------------------------------------

static Status check_star_type(ThreadState *ts, Value wanted)
{
    bool is_tuple = value_is_tuple(wanted);
    for (size_t i = 0; i < (is_tuple ? tuple_count(wanted) : 1); i++) {
        Value one = is_tuple ? tuple_item(wanted, i) : wanted;
        if (!value_is_type(one) ||
            !type_is_subtype(type_from(one), TYPE_OF_EXCEPTION(EXC_BaseException))) {
            return raise_status(
                ts, EXC_TypeError,
                "catching classes that do not inherit from BaseException is not allowed");
        }
        if (type_is_subtype(type_from(one), TYPE_OF_EXCEPTION(EXC_BaseExceptionGroup))) {
            return raise_status(
                ts, EXC_TypeError,
                "catching ExceptionGroup with except* is not allowed. Use except instead.");
        }
    }
    return STATUS_OK;
}

Truth slow_split_group(OPERANDS)
{
    OWNED Ref matched = NO_REF, rest = NO_REF;
    Value exception = slot_value(R[A]);
    if (check_star_type(ts, slot_value(R[B])) == STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    if (value_is_none(exception)) {
        consume1(R, B);
        return TRUTH_FALSE;
    }
    if (exception_split(ts, exception, slot_value(R[B]), &matched, &rest) == STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    bool any = !is_error(matched) && !value_is_none(matched.v);
    if (any) {
        finish0(R, A + 1, ref_take(&matched));
        finish0(R, A, is_error(rest) ? REF_NONE : ref_take(&rest));
    }
    consume1(R, B);
    return any ? TRUTH_TRUE : TRUTH_FALSE;
}

Truth slow_join_group(OPERANDS)
{
    Value list = slot_value(R[C]), rest = slot_value(R[C + 1]);
    if (!value_is_none(rest) && list_append(ts, list_from(list), rest) == STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    OWNED Ref joined = exception_prepare_reraise(ts, slot_value(R[B]), list);
    if (is_error(joined) && has_exception(ts)) {
        return TRUTH_ERROR;
    }
    drop_range(R, C, 2);
    if (is_error(joined) || value_is_none(joined.v)) {
        return TRUTH_FALSE;
    }
    finish0(R, A, ref_take(&joined));
    return TRUTH_TRUE;
}
