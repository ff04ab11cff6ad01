// core/vm/interpreter_macros.h: the words in which the loop is written; for interpreter.c only.
//
// They name what interpreter_run declares: ts, the registers pc, R, K, code and temp_base, the
// operands A, B and C, and the label `error`. Each case ends by NEXT or one of its kin.
//
// Rule     SAVE comes before anything that can raise, run script code or look at frames; DROP, OUT
//          and SLOW do it themselves.
#ifndef ADDER_CORE_VM_INTERPRETER_MACROS_H
#define ADDER_CORE_VM_INTERPRETER_MACROS_H

#include "core/vm/interpreter_fast.h"

// --- The position --------------------------------------------------------------------------------

#define FRAME  (frame_of_slots(R))
#define SAVE() (FRAME->pc = pc - 1)

// Fetches the next instruction and goes to its case.
#define NEXT()                                                                                     \
    do {                                                                                           \
        i = *pc++;                                                                                 \
        goto *table[i & 0xFF];                                                                     \
    } while (0)
// The same behind a data word.
#define NEXT_BEHIND_WORD()                                                                         \
    do {                                                                                           \
        pc++;                                                                                      \
        NEXT();                                                                                    \
    } while (0)
// The data word is a signed distance from the word behind it.
#define JUMP_BY_WORD()                                                                             \
    do {                                                                                           \
        pc += 1 + (int32_t)*pc;                                                                    \
        NEXT();                                                                                    \
    } while (0)
#define JUMP_IF(condition)                                                                         \
    do {                                                                                           \
        if (condition) {                                                                           \
            JUMP_BY_WORD();                                                                        \
        }                                                                                          \
        NEXT_BEHIND_WORD();                                                                        \
    } while (0)

// Registers of the frame that e->frame is now.
#define ENTER_FRAME(f)                                                                             \
    do {                                                                                           \
        Frame *entered_ = (f);                                                                     \
        R = frame_slots(entered_);                                                                 \
        code = entered_->code;                                                                     \
        K = code->constants;                                                                       \
        temp_base = code->temp_base;                                                               \
        pc = entered_->pc;                                                                         \
    } while (0)

// --- Slots ---------------------------------------------------------------------------------------

// Drops what a slot held.
#define DROP(slot)                                                                                 \
    do {                                                                                           \
        Slot drop_ = (slot);                                                                       \
        if (slot_is_counted(drop_) && head_release((ObjectHead *)drop_.bits)) {                    \
            SAVE();                                                                                \
            object_dealloc(ts, (ObjectHead *)drop_.bits);                                          \
        }                                                                                          \
    } while (0)
// Writes A, then drops what was there.
#define OUT(slot)                                                                                  \
    do {                                                                                           \
        Slot out_old_ = R[A];                                                                      \
        R[A] = (slot);                                                                             \
        DROP(out_old_);                                                                            \
    } while (0)
#define OUT_BITS(word) OUT(((Slot){(word)}))
#define OUT_VALUE(v)   OUT_BITS((v).bits) /* an immediate */
// Takes a temporary out of its slot, to be dropped later; nothing if x is a local.
#define STEAL(x) slot_steal(R, (x), temp_base)
// Writes A and consumes B.
#define OUT_CONSUMING_B(slot)                                                                      \
    do {                                                                                           \
        Slot stolen_ = STEAL(B);                                                                   \
        OUT(slot);                                                                                 \
        DROP(stolen_);                                                                             \
    } while (0)
#define CONSUME(x)                                                                                 \
    do {                                                                                           \
        Slot consumed_ = STEAL(x);                                                                 \
        DROP(consumed_);                                                                           \
    } while (0)

// --- Calls out of the loop -----------------------------------------------------------------------

// What may raise, with the position saved.
#define SLOW(call)                                                                                 \
    do {                                                                                           \
        SAVE();                                                                                    \
        if (UNLIKELY(!(call))) {                                                                   \
            goto error;                                                                            \
        }                                                                                          \
    } while (0)
// The cache site that the data word names.
#define SITE() (&code->sites[*pc])
#define ARGS   ts, R, (uint32_t)A, (uint32_t)B, (uint32_t)C

// --- Cases ---------------------------------------------------------------------------------------

// An instruction's operands are decoded where it begins, so that those which it does not use
// cost nothing. EXTEND enters behind that, with more bits.
#define CASE(name)                                                                                 \
    do_##name : A = i >> 8 & 0xFF;                                                                 \
    B = i >> 16 & 0xFF;                                                                            \
    C = i >> 24;                                                                                   \
    wide_##name:

// A = B op C, and the same with a constant for C. Numbers first (`ints`, `floats` are functions of
// interpreter_fast.h); whatever else the operands are, `slow` knows.
#define ARITH_CASE(name, c_word, slow, op, ints, floats)                                           \
    CASE(name)                                                                                     \
    {                                                                                              \
        uintptr_t b = R[B].bits, c = (c_word);                                                     \
        intptr_t int_result;                                                                       \
        Value float_result;                                                                        \
        if (LIKELY(both_ints(b, c)) && ints(b, c, &int_result)) {                                  \
            OUT_BITS((uintptr_t)int_result);                                                       \
            NEXT();                                                                                \
        }                                                                                          \
        if (floats(b, c, &float_result)) {                                                         \
            OUT_VALUE(float_result);                                                               \
            NEXT();                                                                                \
        }                                                                                          \
        SLOW(slow(ARGS, op));                                                                      \
        NEXT();                                                                                    \
    }
#define ARITH(name, op, ints, floats)                                                              \
    ARITH_CASE(name, R[C].bits, slow_binary, op, ints, floats)                                     \
    ARITH_CASE(name##_K, K[C].bits, slow_binary_constant, op, ints, floats)
#define ARITH_IN_PLACE(name, op, ints, floats)                                                     \
    ARITH_CASE(name, R[C].bits, slow_in_place, op, ints, floats)                                   \
    ARITH_CASE(name##_K, K[C].bits, slow_in_place_constant, op, ints, floats)

// A = B op C: the truth of it.
#define COMPARISON(name, op, sign)                                                                 \
    CASE(name)                                                                                     \
    {                                                                                              \
        uintptr_t b = R[B].bits, c = R[C].bits;                                                    \
        if (LIKELY(both_ints(b, c))) {                                                             \
            intptr_t x = (intptr_t)b, y = (intptr_t)c;                                             \
            OUT_VALUE(bool_value(x sign y));                                                       \
            NEXT();                                                                                \
        }                                                                                          \
        if (both_flonums(b, c)) {                                                                  \
            OUT_VALUE(bool_value(double_of(b) sign double_of(c)));                                 \
            NEXT();                                                                                \
        }                                                                                          \
        SLOW(slow_compare(ARGS, op));                                                              \
        NEXT();                                                                                    \
    }
// A = (B is C) == wanted.
#define IDENTITY(name, wanted)                                                                     \
    CASE(name)                                                                                     \
    {                                                                                              \
        bool same = value_is_same(slot_value(R[B]), slot_value(R[C]));                             \
        Slot b = STEAL(B), c = STEAL(C);                                                           \
        OUT_VALUE(bool_value(same == (wanted)));                                                   \
        DROP(b);                                                                                   \
        DROP(c);                                                                                   \
        NEXT();                                                                                    \
    }
// Jumps when the truth of the comparison is A. B and C, where they are numbers, need no dropping.
#define COMPARE_AND_JUMP_CASE(name, op, sign, c_word, c_value, behind)                             \
    CASE(name)                                                                                     \
    {                                                                                              \
        uintptr_t b = R[B].bits, c = (c_word);                                                     \
        if (LIKELY(both_ints(b, c))) {                                                             \
            intptr_t x = (intptr_t)b, y = (intptr_t)c;                                             \
            JUMP_IF((x sign y) == A);                                                              \
        }                                                                                          \
        if (both_flonums(b, c)) {                                                                  \
            JUMP_IF((double_of(b) sign double_of(c)) == A);                                        \
        }                                                                                          \
        SAVE();                                                                                    \
        truth = compare_values(ts, slot_value(R[B]), c_value, op);                                 \
        goto behind;                                                                               \
    }
#define COMPARE_AND_JUMP(name, op, sign)                                                           \
    COMPARE_AND_JUMP_CASE(JUMP_##name, op, sign, R[C].bits, slot_value(R[C]), compared)            \
    COMPARE_AND_JUMP_CASE(JUMP_##name##_K, op, sign, K[C].bits, K[C], compared_constant)
// `condition` of A, which is consumed; then the jump.
#define JUMP_CONSUMING(name, condition)                                                            \
    CASE(name)                                                                                     \
    {                                                                                              \
        bool jumps = (condition);                                                                  \
        CONSUME(A);                                                                                \
        JUMP_IF(jumps);                                                                            \
    }

// Jumps when the truth of A is `wanted`.
#define TRUTH_JUMP(name, wanted)                                                                   \
    CASE(name)                                                                                     \
    {                                                                                              \
        uintptr_t a = R[A].bits;                                                                   \
        if (LIKELY(a == VALUE_TRUE.bits || a == VALUE_FALSE.bits)) {                               \
            JUMP_IF((a == VALUE_TRUE.bits) == (wanted));                                           \
        }                                                                                          \
        if ((a & 1) != 0 || a == VALUE_NONE.bits) {                                                \
            JUMP_IF(((a & 1) != 0 && a != 1) == (wanted));                                         \
        }                                                                                          \
        SAVE();                                                                                    \
        truth = truth_of_slot(ts, R[A]);                                                           \
        if (UNLIKELY(truth == TRUTH_ERROR)) {                                                      \
            goto error;                                                                            \
        }                                                                                          \
        CONSUME(A);                                                                                \
        JUMP_IF((truth == TRUTH_TRUE) == (wanted));                                                \
    }
// A function tells: jumps when what it finds is `wanted`.
#define SLOW_JUMP(name, call, wanted)                                                              \
    CASE(name)                                                                                     \
    {                                                                                              \
        SAVE();                                                                                    \
        truth = (call);                                                                            \
        if (UNLIKELY(truth == TRUTH_ERROR)) {                                                      \
            goto error;                                                                            \
        }                                                                                          \
        JUMP_IF(truth == (wanted));                                                                \
    }

// A function does it all.
#define SLOW_CASE(name, call)                                                                      \
    CASE(name)                                                                                     \
    {                                                                                              \
        SLOW(call);                                                                                \
        NEXT();                                                                                    \
    }
#define SLOW_CASE_WORD(name, call)                                                                 \
    CASE(name)                                                                                     \
    {                                                                                              \
        SLOW(call);                                                                                \
        NEXT_BEHIND_WORD();                                                                        \
    }

#endif
