// core/vm/interpreter_slow.c: arithmetic, comparison and truth off the loop's inline paths.
#include "core/vm/interpreter_slow.h"

#include "core/object/dict_keys.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/set.h"
#include "core/object/str.h"

// --- Arithmetic ----------------------------------------------------------------------------------

static ALWAYS_INLINE Ref binary_values(ThreadState *ts, BinaryOp op, Value b, Value c)
{
    if (values_are_small_ints(b, c) && op != BIN_MATMUL) {
        return int_binary(ts, op, b, c);
    }
    return object_binary(ts, op, b, c);
}

bool slow_binary(OPERANDS, BinaryOp op)
{
    return finish2(R, A, B, C, binary_values(ts, op, slot_value(R[B]), slot_value(R[C])));
}

bool slow_binary_constant(OPERANDS, BinaryOp op)
{
    Value constant = frame_of_slots(R)->code->constants[C];
    return finish1(R, A, B, binary_values(ts, op, slot_value(R[B]), constant));
}

static ALWAYS_INLINE bool is_plain_str(Value v) { return value_is_exactly(v, KIND_STR); }

// s += t for two str: the left operand's own reference is given away, so that it can grow in place.
static bool append_str(OPERANDS, Value right)
{
    Ref left = A == B ? slot_take(&R[B]) : slot_consume(R, B, temp_base_of(R));
    if (UNLIKELY(str_append(ts, &left, right) == STATUS_ERROR)) {
        if (A == B || B >= temp_base_of(R)) {
            R[B] = slot_own(left); // as it was
        } else {
            ref_drop(&left);
        }
        return false;
    }
    return finish0(R, A, left);
}

bool slow_in_place(OPERANDS, BinaryOp op)
{
    Value b = slot_value(R[B]), c = slot_value(R[C]);
    if (op == BIN_ADD && is_plain_str(b) && is_plain_str(c)) {
        if (B == C) { // s += s
            return finish2(R, A, B, C, str_concat(ts, b, c));
        }
        if (!append_str(ts, R, A, B, C, c)) {
            return false;
        }
        if (C != A) {
            consume1(R, C);
        }
        return true;
    }
    if (values_are_small_ints(b, c)) {
        return finish2(R, A, B, C, int_binary(ts, op, b, c));
    }
    return finish2(R, A, B, C, object_in_place(ts, op, b, c));
}

bool slow_in_place_constant(OPERANDS, BinaryOp op)
{
    Value b = slot_value(R[B]), c = frame_of_slots(R)->code->constants[C];
    if (op == BIN_ADD && is_plain_str(b) && is_plain_str(c)) {
        return append_str(ts, R, A, B, C, c);
    }
    if (values_are_small_ints(b, c)) {
        return finish1(R, A, B, int_binary(ts, op, b, c));
    }
    return finish1(R, A, B, object_in_place(ts, op, b, c));
}

bool slow_unary(OPERANDS, UnaryOp op)
{
    return finish1(R, A, B, object_unary(ts, op, slot_value(R[B])));
}

Truth truth_of_slot(ThreadState *ts, Slot s)
{
    if (s.bits == VALUE_TRUE.bits) {
        return TRUTH_TRUE;
    }
    if (s.bits == VALUE_FALSE.bits || s.bits == VALUE_NONE.bits) {
        return TRUTH_FALSE;
    }
    return object_is_true(ts, slot_value(s));
}

bool slow_not(OPERANDS)
{
    Truth truth = truth_of_slot(ts, R[B]);
    if (truth == TRUTH_ERROR) {
        return false;
    }
    return finish1(R, A, B, REF_OF(bool_value(truth == TRUTH_FALSE)));
}

// --- Comparison ----------------------------------------------------------------------------------

bool slow_compare(OPERANDS, CompareOp op)
{
    Value b = slot_value(R[B]), c = slot_value(R[C]);
    Ref result;
    if (is_plain_str(b) && is_plain_str(c) && (op == OP_EQ || op == OP_NE)) {
        result = REF_OF(bool_value(str_equal(b, c) == (op == OP_EQ)));
    } else {
        result = object_compare(ts, b, c, op);
    }
    return finish2(R, A, B, C, result);
}

Truth compare_values(ThreadState *ts, Value b, Value c, CompareOp op)
{
    if (is_plain_str(b) && is_plain_str(c) && (op == OP_EQ || op == OP_NE)) {
        return str_equal(b, c) == (op == OP_EQ) ? TRUTH_TRUE : TRUTH_FALSE;
    }
    return object_compare_truth(ts, b, c, op);
}

Truth contains_values(ThreadState *ts, Value container, Value item)
{
    uint32_t shape =
        value_is_object(container) ? atomic_load_relaxed(&value_head(container)->shape) : 0;
    Lookup found;
    if (shape == KIND_DICT) {
        int64_t hash;
        DictEntry *entry;
        if (LIKELY(dict_find_quick(dict_from(container), item, &hash, &entry))) {
            return entry != NULL ? TRUTH_TRUE : TRUTH_FALSE;
        }
        found = dict_contains(ts, dict_from(container), item);
    } else if ((shape == KIND_SET || shape == KIND_FROZENSET) &&
               (value_is_small_int(item) || is_plain_str(item))) {
        found = set_contains(ts, container, item);
    } else if (shape == KIND_STR && is_plain_str(item) && str_length(item) == 1) {
        const Str *s = str_from(container);
        return str_find_char(s, str_char(str_from(item), 0), 0, s->length) >= 0 ? TRUTH_TRUE
                                                                                : TRUTH_FALSE;
    } else {
        return object_contains(ts, container, item);
    }
    return found == LOOKUP_FOUND ? TRUTH_TRUE : found == LOOKUP_ABSENT ? TRUTH_FALSE : TRUTH_ERROR;
}

bool slow_contains(OPERANDS, bool negate)
{
    Truth truth = contains_values(ts, slot_value(R[C]), slot_value(R[B]));
    if (truth == TRUTH_ERROR) {
        return false;
    }
    return finish2(R, A, B, C, REF_OF(bool_value((truth == TRUTH_TRUE) != negate)));
}
