// core/vm/interpreter.c: the loop: one case per row of core/compiler/opcodes.def.
//
// 1. NEXT fetches an instruction and jumps to its case, which takes it apart. A, B and C are
//    variables, so EXTEND can give them more bits at no cost to anybody else.
// 2. A case tries what is common inline (interpreter_fast.h: numbers that need no memory, exact
//    builtins, what the cache site knows) and otherwise calls a function of interpreter_slow.h,
//    which does the whole instruction.
// 3. A call of a script's function makes the callee's frame and goes on there; RETURN comes back.
//    Only frames flagged FRAME_ENTRY leave the function.
//
// The words of a case are those of interpreter_macros.h. Registers: pc (behind the instruction that
// runs), R (slots of the running frame), K (its constants), code and temp_base (of the same frame).
//
// Rule     SAVE before anything that can raise, run script code or look at frames.
// Rule     no OWNED here: GCC jumps out of its scope without running the cleanup.
// Rule     results are written before operands are dropped, and dropping comes last.
#include "core/object/exception.h"
#include "core/vm/interpreter_macros.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#pragma GCC diagnostic ignored "-Wjump-misses-init"
#endif

Ref interpreter_run(ThreadState *ts, Frame *entry, bool throwing)
{
    static const void *const labels[256] = {
        [0 ... 255] = &&do_unknown,
#define OPCODE(name, a, b, c, word, meaning) [INSTR_##name] = &&do_##name,
#include "core/compiler/opcodes.def"
#undef OPCODE
    };
    const void *const *table = labels;
    __asm__("" : "+r"(table)); // a register, not an address to be made anew each time
    uint64_t i;
    const Instruction *pc;
    Slot *R;
    Code *code;
    const Value *K;
    uint32_t temp_base;
    uintptr_t A = 0, B = 0, C = 0; // as wide as addresses: no extension where they index
    Truth truth;
    Frame *frame;
    // Of a call, between its cases.
    Slot *arguments;
    uint32_t argument_count;
    Slot returned;

    ENTER_FRAME(entry);
    if (UNLIKELY(throwing)) {
        goto error_saved;
    }
    NEXT();

    CASE(NOP)
    {
        NEXT();
    }
    CASE(EXTEND)
    {
        i = *pc++;
        A = (i >> 8 & 0xFF) | A << 8;
        B = (i >> 16 & 0xFF) | B << 8;
        C = i >> 24 | C << 8;
        // No computed goto: after one, A, B and C would have to be kept for every instruction.
        switch (i & 0xFF) {
#define OPCODE(name, a, b, c, word, meaning)                                                       \
    case INSTR_##name:                                                                             \
        goto wide_##name;
#include "core/compiler/opcodes.def"
#undef OPCODE
        default:
            goto do_unknown;
        }
    }

    // --- Moving ----------------------------------------------------------------------------------

    CASE(MOVE)
    {
        Slot b = R[B];
        R[B] = NO_SLOT;
        OUT(b);
        NEXT();
    }
    CASE(COPY)
    {
        Slot b = R[B];
        if (slot_is_pointer(b)) {
            b = slot_of_new(slot_value(b));
        }
        OUT(b);
        NEXT();
    }
    CASE(BORROW)
    {
        Slot b = R[B];
        ASSERT(!slot_is_empty(b));
        b.bits |= (uintptr_t)slot_is_pointer(b) << 3;
        OUT(b);
        NEXT();
    }
    CASE(LOAD_CONST)
    {
        OUT(slot_borrow(K[B + (C << 8)]));
        NEXT();
    }
    CASE(LOAD_CONST_FAR)
    {
        OUT(slot_borrow(K[*pc]));
        NEXT_BEHIND_WORD();
    }
    CASE(LOAD_INT)
    {
        OUT_VALUE(small_int((int16_t)(uint16_t)((B & 0xFF) | (C & 0xFF) << 8)));
        NEXT();
    }
    CASE(LOAD_NONE)
    {
        OUT_VALUE(VALUE_NONE);
        NEXT();
    }
    CASE(CLEAR)
    {
        OUT_BITS(0);
        NEXT();
    }
    CASE(CHECK_LOCAL)
    {
        if (UNLIKELY(slot_is_empty(R[A]))) {
            SLOW(slow_check_local(ARGS));
        }
        NEXT();
    }
    SLOW_CASE(DELETE_LOCAL, slow_delete_local(ARGS))

    // --- Cells -----------------------------------------------------------------------------------

    SLOW_CASE(MAKE_CELL, slow_make_cell(ARGS))
    SLOW_CASE(MAKE_CELL_FROM, slow_make_cell_from(ARGS))
    CASE(COPY_CLOSURE)
    {
        const Function *f = (const Function *)slot_head(FRAME->function);
        Value closure = shared_ref_peek(&f->closure);
        for (uint32_t k = 0; k < B; k++) {
            R[A + k] = slot_borrow(tuple_item(closure, k));
        }
        NEXT();
    }
    CASE(LOAD_CELL)
    {
        const Cell *cell = (const Cell *)slot_head(R[B]);
        Slot loaded;
        if (LIKELY(slot_load(&cell->value, &loaded))) {
            OUT(loaded);
            NEXT();
        }
        SLOW(slow_load_cell(ARGS));
        NEXT();
    }
    CASE(STORE_CELL)
    {
        if (!may_be_concurrent()) {
            Cell *cell = (Cell *)slot_head(R[A]);
            Ref value = slot_consume(R, B, temp_base);
            Ref old = shared_ref_swap(&cell->value, value);
            DROP(slot_own(old));
            NEXT();
        }
        SLOW(slow_store_cell(ARGS));
        NEXT();
    }
    SLOW_CASE(DELETE_CELL, slow_delete_cell(ARGS))
    SLOW_CASE_WORD(LOAD_CLASS_CELL, slow_load_class_cell(ARGS, SITE()))

    // --- Names -----------------------------------------------------------------------------------

    CASE(LOAD_NAME)
    {
        if (UNLIKELY(!is_error(FRAME->namespace_))) {
            SLOW(slow_load_name(ARGS, SITE()));
            NEXT_BEHIND_WORD();
        }
        goto wide_LOAD_GLOBAL;
    }
    CASE(LOAD_GLOBAL)
    {
        const CacheEntry *e = cache_entry(cache_read(SITE()));
        if (LIKELY(e != NULL && e->guard == dict_from(FRAME->globals)->namespace_id)) {
            Slot loaded;
            if ((e->shadow == NULL || shared_ref_peek(&e->shadow->value).bits == 0) &&
                LIKELY(slot_load(&e->cell->value, &loaded))) {
                OUT(loaded);
                NEXT_BEHIND_WORD();
            }
        }
        SLOW(slow_load_global(ARGS, SITE()));
        NEXT_BEHIND_WORD();
    }
    CASE(STORE_NAME)
    {
        if (UNLIKELY(!is_error(FRAME->namespace_))) {
            SLOW(slow_store_name(ARGS, SITE()));
            NEXT_BEHIND_WORD();
        }
        goto wide_STORE_GLOBAL;
    }
    CASE(STORE_GLOBAL)
    {
        const CacheEntry *e = cache_entry(cache_read(SITE()));
        if (LIKELY(e != NULL && e->guard == dict_from(FRAME->globals)->namespace_id &&
                   e->shadow == NULL)) {
            Ref value = slot_consume(R, A, temp_base);
            Ref old;
            if (LIKELY(namespace_cell_replace(ts, e->cell, value, &old))) {
                DROP(slot_own(old));
                NEXT_BEHIND_WORD();
            }
            if (A >= temp_base) { // put it back for the slow path
                R[A] = slot_own(value);
            } else {
                DROP(slot_own(value));
            }
        }
        SLOW(slow_store_global(ARGS, SITE()));
        NEXT_BEHIND_WORD();
    }
    SLOW_CASE_WORD(DELETE_GLOBAL, slow_delete_global(ARGS, SITE()))
    SLOW_CASE_WORD(DELETE_NAME, slow_delete_name(ARGS, SITE()))
    SLOW_CASE(LOAD_NAMESPACE, slow_load_namespace(ARGS))

    // --- Attributes ------------------------------------------------------------------------------

    CASE(LOAD_ATTR)
    {
        uint64_t word = cache_read(SITE());
        Slot b = R[B];
        if (LIKELY(slot_is_pointer(b))) {
            const ObjectHead *o = slot_head(b);
            // acquire: pairs with the release of the shape's store; the value it names is visible.
            uint32_t shape = atomic_load_acquire(&o->shape);
            Slot loaded;
            if (LIKELY(load_attr_fast(o, shape, word, &loaded))) {
                OUT_CONSUMING_B(loaded);
                NEXT_BEHIND_WORD();
            }
        }
        frame = NULL;
        SLOW(slow_load_attr(ARGS, SITE(), &frame));
        if (frame != NULL) {
            ENTER_FRAME(frame);
            NEXT();
        }
        NEXT_BEHIND_WORD();
    }
    CASE(STORE_ATTR)
    {
        uint64_t word = cache_read(SITE());
        Slot a = R[A];
        if (LIKELY(slot_is_pointer(a))) {
            ObjectHead *o = slot_head(a);
            uint32_t shape = atomic_load_relaxed(&o->shape);
            Ref old;
            bool stored;
            if (LIKELY(cache_packed_fits(word, shape))) {
                stored = store_attr_fast(o, shape, cache_packed_offset(word), R, (uint32_t)B,
                                         temp_base, &old);
            } else {
                const CacheEntry *e = cache_entry(word);
                stored = e != NULL && e->kind == CACHE_ADD && e->guard == shape &&
                         add_attr_fast(o, e, R, (uint32_t)B, temp_base, &old);
            }
            if (LIKELY(stored)) {
                Slot stolen = STEAL(A);
                DROP(slot_own(old));
                DROP(stolen);
                NEXT_BEHIND_WORD();
            }
        }
        SLOW(slow_store_attr(ARGS, SITE()));
        NEXT_BEHIND_WORD();
    }
    SLOW_CASE_WORD(DELETE_ATTR, slow_delete_attr(ARGS, SITE()))
    CASE(LOAD_METHOD)
    {
        uint64_t word = cache_read(SITE());
        Slot b = R[B];
        if (LIKELY(slot_is_pointer(b))) {
            const ObjectHead *o = slot_head(b);
            uint32_t shape = atomic_load_acquire(&o->shape); // acquire: as in LOAD_ATTR
            const CacheEntry *e = cache_choose(word, shape);
            Slot loaded;
            if (LIKELY(e != NULL && e->kind == CACHE_METHOD && e->guard == shape)) {
                if (LIKELY(slot_load(&e->cell->value, &loaded))) {
                    if (LIKELY(slot_is_method_like(loaded))) {
                        if (B >= temp_base) {
                            R[B] = NO_SLOT; // first: it may be a slot of the area
                        } else {
                            b.bits |= 8;
                        }
                        R[A] = loaded;
                        R[A + CALL_SELF_AT] = b;
                        NEXT_BEHIND_WORD();
                    }
                    DROP(loaded);
                }
            } else if (load_attr_fast(o, shape, word, &loaded)) { // a module's function, mostly
                Slot stolen = STEAL(B); // first: it may be a slot of the area
                R[A] = loaded;
                R[A + CALL_SELF_AT] = NO_SLOT;
                DROP(stolen);
                NEXT_BEHIND_WORD();
            }
        }
        SLOW(slow_load_method(ARGS, SITE()));
        NEXT_BEHIND_WORD();
    }
    SLOW_CASE_WORD(LOAD_SUPER_METHOD, slow_load_super(ARGS, SITE(), true))
    SLOW_CASE_WORD(LOAD_SUPER_ATTR, slow_load_super(ARGS, SITE(), false))

    // --- Items -----------------------------------------------------------------------------------

    CASE(GET_ITEM)
    {
        Slot b = R[B];
        uintptr_t c = R[C].bits;
        if (LIKELY(slot_is_pointer(b) && (c & 1) != 0)) {
            int64_t index = int_of(c);
            Slot loaded;
            if (load_indexed(slot_head(b), index, &loaded)) {
                OUT_CONSUMING_B(loaded);
                NEXT();
            }
        }
        SLOW(slow_get_item(ARGS));
        NEXT();
    }
    CASE(GET_ITEM_INT)
    {
        Slot b = R[B];
        Slot loaded;
        if (LIKELY(slot_is_pointer(b) && load_indexed(slot_head(b), (int8_t)(uint8_t)C, &loaded))) {
            OUT_CONSUMING_B(loaded);
            NEXT();
        }
        SLOW(slow_get_item_int(ARGS));
        NEXT();
    }
    SLOW_CASE(GET_ITEM_K, slow_get_item_constant(ARGS))
    CASE(SET_ITEM)
    {
        Slot a = R[A];
        uintptr_t b = R[B].bits;
        Ref old;
        if (LIKELY(slot_is_pointer(a) && (b & 1) != 0) &&
            store_indexed_fast(slot_head(a), int_of(b), R, (uint32_t)C, temp_base, &old)) {
            Slot stolen = STEAL(A);
            DROP(slot_own(old));
            DROP(stolen);
            NEXT();
        }
        SLOW(slow_set_item(ARGS));
        NEXT();
    }
    SLOW_CASE(DELETE_ITEM, slow_delete_item(ARGS))
    SLOW_CASE(GET_SLICE, slow_get_slice(ARGS))
    SLOW_CASE(SET_SLICE, slow_set_slice(ARGS))
    SLOW_CASE(BUILD_SLICE, slow_build_slice(ARGS))

    // --- Arithmetic ------------------------------------------------------------------------------

    ARITH(ADD, BIN_ADD, ints_add, floats_add)
    ARITH(SUB, BIN_SUB, ints_sub, floats_sub)
    ARITH(MUL, BIN_MUL, ints_mul, floats_mul)
    ARITH_IN_PLACE(IADD, BIN_ADD, ints_add, floats_add)
    ARITH_IN_PLACE(ISUB, BIN_SUB, ints_sub, floats_sub)
    ARITH_IN_PLACE(IMUL, BIN_MUL, ints_mul, floats_mul)
    ARITH(TRUE_DIV, BIN_TRUE_DIV, ints_never, floats_div)
    ARITH(FLOOR_DIV, BIN_FLOOR_DIV, ints_floor_div, floats_never)
    ARITH(MOD, BIN_MOD, ints_mod, floats_never)
    SLOW_CASE(POW, slow_binary(ARGS, BIN_POW))
    SLOW_CASE(POW_K, slow_binary_constant(ARGS, BIN_POW))
    ARITH(LSHIFT, BIN_LSHIFT, ints_lshift, floats_never)
    ARITH(RSHIFT, BIN_RSHIFT, ints_rshift, floats_never)
    ARITH(AND, BIN_AND, ints_and, floats_never)
    ARITH(OR, BIN_OR, ints_or, floats_never)
    ARITH(XOR, BIN_XOR, ints_xor, floats_never)
    SLOW_CASE(MATMUL, slow_binary(ARGS, BIN_MATMUL))
    CASE(IN_PLACE)
    {
        uintptr_t b = R[B].bits, c = R[C].bits;
        if (both_ints(b, c)) {
            switch ((BinaryOp)*pc) {
            case BIN_AND:
                OUT_BITS(b & c);
                NEXT_BEHIND_WORD();
            case BIN_OR:
                OUT_BITS(b | c);
                NEXT_BEHIND_WORD();
            case BIN_XOR:
                OUT_BITS((b ^ c) | 1);
                NEXT_BEHIND_WORD();
            default:
                break;
            }
        }
        SLOW(slow_in_place(ARGS, (BinaryOp)*pc));
        NEXT_BEHIND_WORD();
    }
    CASE(NEGATIVE)
    {
        uintptr_t b = R[B].bits;
        intptr_t r;
        if (LIKELY((b & 1) != 0 && !__builtin_sub_overflow((intptr_t)2, (intptr_t)b, &r))) {
            OUT_BITS((uintptr_t)r);
            NEXT();
        }
        if ((b & 3) == 2) {
            Value v = flonum_try(-double_of(b));
            if (v.bits != 0) {
                OUT_VALUE(v);
                NEXT();
            }
        }
        SLOW(slow_unary(ARGS, UN_NEGATIVE));
        NEXT();
    }
    SLOW_CASE(POSITIVE, slow_unary(ARGS, UN_POSITIVE))
    CASE(INVERT)
    {
        uintptr_t b = R[B].bits;
        if (LIKELY((b & 1) != 0)) {
            OUT_BITS(~b | 1);
            NEXT();
        }
        SLOW(slow_unary(ARGS, UN_INVERT));
        NEXT();
    }
    CASE(NOT)
    {
        uintptr_t b = R[B].bits;
        if (LIKELY(b == VALUE_TRUE.bits || b == VALUE_FALSE.bits)) {
            OUT_VALUE(bool_value(b == VALUE_FALSE.bits));
            NEXT();
        }
        SLOW(slow_not(ARGS));
        NEXT();
    }

    // --- Comparison ------------------------------------------------------------------------------

    COMPARISON(LT, OP_LT, <)
    COMPARISON(LE, OP_LE, <=)
    COMPARISON(EQ, OP_EQ, ==)
    COMPARISON(NE, OP_NE, !=)
    COMPARISON(GT, OP_GT, >)
    COMPARISON(GE, OP_GE, >=)
    IDENTITY(IS, true)
    IDENTITY(IS_NOT, false)
    SLOW_CASE(CONTAINS, slow_contains(ARGS, false))
    SLOW_CASE(CONTAINS_NOT, slow_contains(ARGS, true))

    // --- Jumps -----------------------------------------------------------------------------------

    CASE(JUMP)
    {
        JUMP_BY_WORD();
    }
    CASE(JUMP_BACK)
    {
        if (UNLIKELY(atomic_load_relaxed(&ts->eval_breaker) != 0)) {
            SLOW(safepoint_slow(ts));
        }
        JUMP_BY_WORD();
    }
    TRUTH_JUMP(JUMP_IF_TRUE, true)
    TRUTH_JUMP(JUMP_IF_FALSE, false)
    SLOW_JUMP(JUMP_IF_TRUE_KEEP, truth_of_slot(ts, R[A]), TRUTH_TRUE)
    SLOW_JUMP(JUMP_IF_FALSE_KEEP, truth_of_slot(ts, R[A]), TRUTH_FALSE)
    JUMP_CONSUMING(JUMP_IF_NONE, R[A].bits == VALUE_NONE.bits)
    JUMP_CONSUMING(JUMP_IF_NOT_NONE, R[A].bits != VALUE_NONE.bits)
    COMPARE_AND_JUMP(LT, OP_LT, <)
    COMPARE_AND_JUMP(LE, OP_LE, <=)
    COMPARE_AND_JUMP(EQ, OP_EQ, ==)
    COMPARE_AND_JUMP(NE, OP_NE, !=)
    COMPARE_AND_JUMP(GT, OP_GT, >)
    COMPARE_AND_JUMP(GE, OP_GE, >=)
    CASE(JUMP_IS)
    {
        truth = value_is_same(slot_value(R[B]), slot_value(R[C])) ? TRUTH_TRUE : TRUTH_FALSE;
        goto compared;
    }
    CASE(JUMP_CONTAINS)
    {
        SAVE();
        truth = contains_values(ts, slot_value(R[C]), slot_value(R[B]));
        goto compared;
    }
compared:
    if (UNLIKELY(truth == TRUTH_ERROR)) {
        goto error;
    }
    CONSUME(C);
compared_constant:
    if (UNLIKELY(truth == TRUTH_ERROR)) {
        goto error;
    }
    CONSUME(B);
    JUMP_IF((uint32_t)truth == A);

    // --- Loops -----------------------------------------------------------------------------------

    SLOW_CASE(GET_ITER, slow_get_iter(ARGS))
    CASE(FOR_ITER)
    {
        ObjectHead *o = slot_head(R[B]);
        Slot loaded;
        switch (atomic_load_relaxed(&o->shape)) {
        case KIND_RANGE_ITERATOR: {
            Value number;
            if (LIKELY(range_iterator_step((RangeIterator *)o, &number))) {
                OUT_VALUE(number);
                NEXT_BEHIND_WORD();
            }
            break;
        }
        case KIND_LIST_ITERATOR:
            if (LIKELY(step_list_iterator((ListIterator *)o, &loaded))) {
                OUT(loaded);
                NEXT_BEHIND_WORD();
            }
            break;
        case KIND_TUPLE_ITERATOR:
            if (LIKELY(step_tuple_iterator((TupleIterator *)o, &loaded))) {
                OUT(loaded);
                NEXT_BEHIND_WORD();
            }
            break;
        case KIND_GENERATOR: {
            Generator *g = (Generator *)o;
            if (LIKELY(enter_generator(ts, R, g, A, B))) {
                SAVE();
                frame = &g->frame;
                A = g->resume_slot;
                ENTER_FRAME(frame);
                pc++;
                OUT_VALUE(VALUE_NONE);
                NEXT();
            }
            if (!generator_is_finished(g)) {
                SAVE();
                frame = generator_push(ts, g, REF_NONE, false);
                if (UNLIKELY(frame == NULL)) {
                    goto error;
                }
                frame->destination = (uint16_t)A;
                frame->spare = (uint32_t)B;
                frame->resume_words = 2;
                ENTER_FRAME(frame);
                NEXT();
            }
            break;
        }
        default:
            break;
        }
        SAVE();
        int got;
        uint64_t next = pc[1];
        if (INSTRUCTION_OP(next) == INSTR_UNPACK && INSTRUCTION_B(next) == A &&
            INSTRUCTION_C(next) == 2) {
            got = slow_for_pair(ts, R, (uint32_t)INSTRUCTION_A(next), (uint32_t)B, 0);
            if (LIKELY(got == 1)) {
                pc += 2;
                NEXT();
            }
            got = got == 2 ? slow_for_iter(ARGS) : got;
        } else {
            got = slow_for_iter(ARGS);
        }
        if (got > 0) {
            NEXT_BEHIND_WORD();
        }
        if (UNLIKELY(got < 0)) {
            goto error;
        }
        Slot iterator = R[B];
        R[B] = NO_SLOT;
        DROP(iterator);
        JUMP_BY_WORD();
    }
    CASE(UNPACK)
    {
        Slot b = R[B];
        if (LIKELY(slot_is_pointer(b) && atomic_load_relaxed(&slot_head(b)->shape) == KIND_TUPLE &&
                   tuple_count((Value){b.bits & ~(uintptr_t)8}) == C)) {
            Value tuple = {b.bits & ~(uintptr_t)8};
            Slot stolen = STEAL(B);
            for (uint32_t k = 0; k < C; k++) {
                R[A + k] = slot_of_new(tuple_item(tuple, k));
            }
            DROP(stolen);
            NEXT();
        }
        SLOW(slow_unpack(ARGS));
        NEXT();
    }
    SLOW_CASE_WORD(UNPACK_STAR, slow_unpack_star(ARGS, *pc))

    // --- Building --------------------------------------------------------------------------------

    SLOW_CASE(BUILD_TUPLE, slow_build_tuple(ARGS))
    SLOW_CASE(BUILD_LIST, slow_build_list(ARGS))
    SLOW_CASE(BUILD_SET, slow_build_set(ARGS))
    SLOW_CASE(BUILD_MAP, slow_build_map(ARGS))
    SLOW_CASE(BUILD_STRING, slow_build_string(ARGS))
    CASE(LIST_APPEND)
    {
        if (LIKELY(list_append_fast((List *)slot_head(R[A]), R, (uint32_t)B, temp_base))) {
            NEXT();
        }
        SLOW(slow_list_append(ARGS));
        NEXT();
    }
    SLOW_CASE(LIST_EXTEND, slow_list_extend(ARGS))
    SLOW_CASE(LIST_TO_TUPLE, slow_list_to_tuple(ARGS))
    SLOW_CASE(SET_ADD, slow_set_add(ARGS))
    SLOW_CASE(SET_UPDATE, slow_set_update(ARGS))
    SLOW_CASE(MAP_ADD, slow_map_add(ARGS))
    SLOW_CASE(MAP_UPDATE, slow_map_update(ARGS))
    SLOW_CASE(MAP_MERGE, slow_map_merge(ARGS))
    SLOW_CASE(FORMAT_VALUE, slow_format_value(ARGS))
    SLOW_CASE(FORMAT_WITH_SPEC, slow_format_with_spec(ARGS))

    // --- Calls -----------------------------------------------------------------------------------

    CASE(CALL)
    {
        arguments = &R[B + CALL_ARGUMENTS_AT];
        argument_count = C;
        goto call;
    }
    CASE(CALL_METHOD)
    {
        bool has_self = !slot_is_empty(R[B + CALL_SELF_AT]);
        arguments = &R[B + CALL_ARGUMENTS_AT] - has_self;
        argument_count = C + has_self;
    }
call:
    SAVE();
    if (LIKELY(slot_is_pointer(R[B]))) {
        Slot callee = R[B];
        uint8_t kind = slot_head(callee)->kind;
        if (kind == KIND_FUNCTION) {
            Function *f = (Function *)slot_head(callee);
            Code *called = f->code;
            Execution *e = ts->execution;
            Slot *callee_slots = arguments;
            if (UNLIKELY((FRAME->flags & FRAME_GENERATOR) != 0)) {
                callee_slots = e->generator->base;
            }
            if (LIKELY(called->simple_arity == argument_count + 1 &&
                       callee_slots + called->slot_count <= e->limit &&
                       e->depth < e->depth_limit) &&
                LIKELY(atomic_load_relaxed(&ts->eval_breaker) == 0)) {
                e->depth++;
                R[B] = NO_SLOT;
                if (UNLIKELY(callee_slots != arguments)) {
                    slots_copy(callee_slots, arguments, argument_count);
                    slots_clear(arguments, argument_count);
                }
                frame = frame_of_slots(callee_slots);
                frame->previous = FRAME;
                frame->code = called;
                frame->function = callee;
                frame->globals = shared_ref_peek(&f->globals);
                frame->namespace_ = NO_REF;
                frame->owner = NO_REF;
                frame->destination = (uint16_t)A;
                frame->flags = 0;
                frame->resume_words = 1;
                e->frame = frame;
                R = callee_slots;
                code = called;
                K = called->constants;
                temp_base = called->temp_base;
                for (uint32_t k = argument_count; k < temp_base; k++) {
                    R[k] = NO_SLOT;
                }
                pc = called->instructions;
                NEXT();
            }
        } else if (kind == KIND_METHOD_DESCRIPTOR || kind == KIND_NATIVE_FUNCTION) {
            if (UNLIKELY(!safepoint_poll(ts) ||
                         !slow_call_native(ARGS, arguments, argument_count))) {
                goto error;
            }
            NEXT();
        }
    }
    if (UNLIKELY(!safepoint_poll(ts))) {
        goto error;
    }
    frame = NULL;
    if (UNLIKELY(!slow_call(ARGS, arguments, argument_count, NO_VALUE, 1, &frame))) {
        goto error;
    }
    if (frame != NULL) {
        ENTER_FRAME(frame);
    }
    NEXT();

    CASE(CALL_KW)
    {
        arguments = &R[B + CALL_ARGUMENTS_AT];
        argument_count = C;
        goto call_keywords;
    }
    CASE(CALL_METHOD_KW)
    {
        bool has_self = !slot_is_empty(R[B + CALL_SELF_AT]);
        arguments = &R[B + CALL_ARGUMENTS_AT] - has_self;
        argument_count = C + has_self;
    }
call_keywords:
    SAVE();
    if (UNLIKELY(!safepoint_poll(ts))) {
        goto error;
    }
    frame = NULL;
    if (UNLIKELY(!slow_call(ARGS, arguments, argument_count, K[*pc], 2, &frame))) {
        goto error;
    }
    if (frame != NULL) {
        ENTER_FRAME(frame);
        NEXT();
    }
    NEXT_BEHIND_WORD();

    CASE(CALL_EX)
    {
        frame = NULL;
        SLOW(safepoint_poll(ts) && slow_call_ex(ARGS, &frame));
        if (frame != NULL) {
            ENTER_FRAME(frame);
        }
        NEXT();
    }

    CASE(RETURN_NONE)
    {
        returned = (Slot){VALUE_NONE.bits};
        goto leave;
    }
    CASE(RETURN)
    {
        returned = R[A];
        R[A] = NO_SLOT;
        if (UNLIKELY(slot_is_pointer(returned) && !slot_is_counted(returned))) {
            returned = slot_own(ref_new(slot_value(returned)));
        }
    }
leave:
    for (uint32_t k = 0; k < temp_base; k++) {
        Slot local = R[k];
        if (slot_is_pointer(local)) {
            R[k] = NO_SLOT;
            DROP(local);
        }
    }
    frame = FRAME;
    if (ADDER_DEBUG) {
        for (uint32_t k = temp_base; k < code->slot_count; k++) {
            CHECK(!slot_is_pointer(R[k]) || slot_is_empty(R[k]));
        }
    }
    if (LIKELY(frame->flags == 0) ||
        (frame->flags == FRAME_CONSTRUCTOR && LIKELY(returned.bits == VALUE_NONE.bits))) {
        if (frame->flags != 0) { // the instance waits in front of the header, counted
            Slot *instance = (Slot *)(void *)frame - 1;
            returned = *instance;
            *instance = NO_SLOT;
        }
        Execution *e = ts->execution;
        Slot function = frame->function;
        A = frame->destination;
        uint32_t words = frame->resume_words;
        Frame *caller = frame->previous;
        memset(frame, 0, sizeof *frame);
        e->frame = caller;
        e->depth--;
        ENTER_FRAME(caller);
        pc += words;
        Slot old = R[A];
        R[A] = returned;
        if (slot_is_counted(function)) {
            value_release((Value){function.bits});
        }
        if (slot_is_counted(old)) {
            value_release((Value){old.bits});
        }
        NEXT();
    }
    {
        Execution *e = ts->execution;
        uint32_t flags = frame->flags;
        A = frame->destination;
        uint32_t words = frame->resume_words;
        uint32_t iterator_at = frame->spare;
        if ((flags & FRAME_CONSTRUCTOR) != 0) {
            if (UNLIKELY(returned.bits != VALUE_NONE.bits)) {
                frame_pop(ts, e, frame); // the instance too
                ENTER_FRAME(e->frame);
                raise(ts, EXC_TypeError, "__init__() should return None, not '%T'",
                      slot_value(returned));
                stolen_drop(returned);
                goto error_saved;
            }
            returned = slot_own(slot_take((Slot *)(void *)frame - 1));
        }
        if ((flags & FRAME_GENERATOR) != 0) {
            generator_leave(ts, generator_of_frame(frame));
        } else {
            frame_pop(ts, e, frame);
        }
        e->generator_returned = true;
        if ((flags & FRAME_ENTRY) != 0) {
            return (Ref){slot_value(returned)};
        }
        ENTER_FRAME(e->frame);
        if ((flags & FRAME_GENERATOR) != 0) {
            // The resumer is FOR_ITER or SEND: it drops the generator and jumps.
            if (INSTRUCTION_OP(*pc) == INSTR_SEND) {
                OUT(returned);
            } else {
                DROP(returned);
            }
            Slot generator = R[iterator_at];
            R[iterator_at] = NO_SLOT;
            pc++;
            DROP(generator);
            JUMP_BY_WORD();
        }
        pc += words;
        Slot old = R[A];
        R[A] = returned;
        stolen_drop(old);
        NEXT();
    }

    SLOW_CASE_WORD(MAKE_FUNCTION, slow_make_function(ARGS, *pc))
    SLOW_CASE(LOAD_BUILD_CLASS, slow_load_build_class(ARGS))

    // --- Generators ------------------------------------------------------------------------------

    CASE(RETURN_GENERATOR)
    {
        SAVE();
        Ref generator = generator_new(ts, FRAME);
        if (UNLIKELY(is_error(generator))) {
            goto error;
        }
        returned = slot_own(generator);
        goto leave;
    }
    CASE(YIELD_DELEGATE)
    {
        generator_of_frame(FRAME)->delegate_slot = (uint16_t)C;
        goto yield;
    }
    CASE(YIELD)
    {
        generator_of_frame(FRAME)->delegate_slot = NO_DELEGATE;
    }
yield : {
    SAVE();
    Execution *e = ts->execution;
    frame = FRAME;
    Generator *g = generator_of_frame(frame);
    uint32_t flags = frame->flags;
    uint32_t words = frame->resume_words;
    Ref value = slot_consume(R, (uint32_t)B, temp_base);
    g->resume_slot = (uint16_t)A;
    A = frame->destination;
    generator_unlink(e, g);
    generator_end_running(g, GENERATOR_SUSPENDED);
    if ((flags & FRAME_ENTRY) != 0) {
        e->generator_returned = false;
        return value;
    }
    ENTER_FRAME(e->frame);
    pc += words;
    Slot old = R[A];
    R[A] = slot_own(value);
    stolen_drop(old);
    NEXT();
}
    CASE(SEND)
    {
        SAVE();
        Slot delegate = R[B];
        if (LIKELY(slot_is_pointer(delegate)) && (slot_head(delegate)->kind == KIND_GENERATOR ||
                                                  slot_head(delegate)->kind == KIND_COROUTINE)) {
            Generator *g = (Generator *)slot_head(delegate);
            if (LIKELY(enter_generator(ts, R, g, A, B))) {
                Slot sent = slot_own(slot_consume(R, (uint32_t)C, temp_base));
                frame = &g->frame;
                A = g->resume_slot;
                ENTER_FRAME(frame);
                pc++;
                OUT(sent);
                NEXT();
            }
        }
        frame = NULL;
        int sent = slow_send(ARGS, &frame);
        if (UNLIKELY(sent < 0)) {
            goto error;
        }
        if (frame != NULL) {
            ENTER_FRAME(frame);
            NEXT();
        }
        JUMP_IF(sent == 0);
    }
    SLOW_CASE(GET_YIELD_FROM_ITER, slow_get_yield_from_iter(ARGS))
    SLOW_CASE(GET_AWAITABLE, slow_get_awaitable(ARGS))
    SLOW_CASE(GET_AITER, slow_get_aiter(ARGS))
    SLOW_CASE(GET_ANEXT, slow_get_anext(ARGS))
    SLOW_CASE(ASYNC_GEN_WRAP, slow_async_gen_wrap(ARGS))
    CASE(END_ASYNC_FOR)
    {
        SAVE();
        if (slow_end_async_for(ARGS)) {
            goto error_saved_traced;
        }
        NEXT();
    }

    // --- match -----------------------------------------------------------------------------------

    CASE(JUMP_IF_NOT_SEQUENCE)
    {
        JUMP_IF(!value_matches_sequence(slot_value(R[A])));
    }
    CASE(JUMP_IF_NOT_MAPPING)
    {
        JUMP_IF(!value_matches_mapping(slot_value(R[A])));
    }
    SLOW_JUMP(JUMP_IF_LENGTH_NOT, slow_length_is(ARGS), TRUTH_FALSE)
    SLOW_CASE_WORD(MATCH_ITEM, slow_match_item(ARGS, *pc))
    SLOW_JUMP(MATCH_KEYS, slow_match_keys(ARGS), TRUTH_FALSE)
    SLOW_CASE(MATCH_REST, slow_match_rest(ARGS))
    SLOW_JUMP(MATCH_CLASS, slow_match_class(ARGS), TRUTH_FALSE)

    // --- Exceptions ------------------------------------------------------------------------------

    SLOW_CASE(HANDLER_BEGIN, slow_handler_begin(ARGS))
    SLOW_CASE(HANDLER_END, slow_handler_end(ARGS))
    SLOW_JUMP(JUMP_IF_NOT_MATCH, slow_exception_match(ARGS), TRUTH_FALSE)
    SLOW_JUMP(SPLIT_GROUP, slow_split_group(ARGS), TRUTH_FALSE)
    SLOW_JUMP(JOIN_GROUP, slow_join_group(ARGS), TRUTH_FALSE)
    CASE(RAISE)
    {
        SAVE();
        if (slow_raise(ARGS)) {
            goto error_saved_traced;
        }
        goto error_saved;
    }
    CASE(RERAISE)
    {
        SAVE();
        exception_restore(ts, slot_take(&R[A]));
        goto error_saved_traced;
    }
    CASE(LOAD_ASSERTION_ERROR)
    {
        OUT(slot_borrow(type_value(TYPE_OF_EXCEPTION(EXC_AssertionError))));
        NEXT();
    }

    // --- with, modules ---------------------------------------------------------------------------

    SLOW_CASE(WITH_BEGIN, slow_with_begin(ARGS, false))
    SLOW_CASE(ASYNC_WITH_BEGIN, slow_with_begin(ARGS, true))
    CASE(WITH_EXIT)
    {
        slow_with_exit(ARGS);
        NEXT();
    }
    SLOW_CASE(WITH_EXIT_RAISED, slow_with_exit_raised(ARGS))
    SLOW_CASE_WORD(IMPORT_NAME, slow_import_name(ARGS, SITE()))
    SLOW_CASE_WORD(IMPORT_FROM, slow_import_from(ARGS, SITE()))
    SLOW_CASE(IMPORT_STAR, slow_import_star(ARGS))
    SLOW_CASE(PRINT_EXPR, slow_print_expr(ARGS))
    SLOW_CASE(SETUP_ANNOTATIONS, slow_setup_annotations(ARGS))

do_unknown : {
    CHECK(!"an instruction that exists");
}

error:
    ASSERT(has_exception(ts));
error_saved:
    frame = unwind(ts, false);
    goto unwound;
error_saved_traced:
    frame = unwind(ts, true);
unwound:
    if (frame == NULL) {
        return NO_REF;
    }
    ENTER_FRAME(frame);
    NEXT();
}
#pragma GCC diagnostic pop
