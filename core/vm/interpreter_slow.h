// core/vm/interpreter_slow.h: what the loop calls when its inline paths do not apply.
//
// Functions that take R, A, B, C do all that their instruction does, operands consumed and result
// written; false: an exception is set and OUT is untouched. The loop has saved the position before.
#ifndef ADDER_CORE_VM_INTERPRETER_SLOW_H
#define ADDER_CORE_VM_INTERPRETER_SLOW_H

#include "core/object/generator.h"
#include "core/object/object.h"
#include "core/vm/cache.h"
#include "core/vm/frame.h"

#define OPERANDS ThreadState *ts, Slot *R, uint32_t A, uint32_t B, uint32_t C

// --- Slots ---------------------------------------------------------------------------------------

static ALWAYS_INLINE uint32_t temp_base_of(Slot *R) { return frame_of_slots(R)->code->temp_base; }
static ALWAYS_INLINE bool slot_is_pointer(Slot s) { return (s.bits & 7) == 0; }

// Takes a consumed operand out of its slot, to be dropped by the caller; nothing if it is a local.
static ALWAYS_INLINE Slot slot_steal(Slot *R, uint32_t x, uint32_t temp_base)
{
    Slot s = R[x];
    if (x < temp_base || !slot_is_pointer(s)) {
        return NO_SLOT;
    }
    R[x] = NO_SLOT;
    return s;
}
static ALWAYS_INLINE void stolen_drop(Slot s)
{
    if (slot_is_counted(s)) {
        value_release((Value){s.bits});
    }
}
// An owned reference to an IN operand, which is consumed.
static ALWAYS_INLINE Ref slot_consume(Slot *R, uint32_t x, uint32_t temp_base)
{
    return x >= temp_base ? slot_take(&R[x]) : slot_ref(R[x]);
}
static inline bool finish0(Slot *R, uint32_t A, Ref result)
{
    if (UNLIKELY(is_error(result))) {
        return false;
    }
    Slot old = R[A];
    R[A] = slot_own(result);
    stolen_drop(old);
    return true;
}
static inline bool finish1(Slot *R, uint32_t A, uint32_t B, Ref result)
{
    if (UNLIKELY(is_error(result))) {
        return false;
    }
    Slot b = slot_steal(R, B, temp_base_of(R));
    Slot old = R[A];
    R[A] = slot_own(result);
    stolen_drop(b);
    stolen_drop(old);
    return true;
}
static inline bool finish2(Slot *R, uint32_t A, uint32_t B, uint32_t C, Ref result)
{
    if (UNLIKELY(is_error(result))) {
        return false;
    }
    uint32_t temp_base = temp_base_of(R);
    Slot b = slot_steal(R, B, temp_base);
    Slot c = slot_steal(R, C, temp_base);
    Slot old = R[A];
    R[A] = slot_own(result);
    stolen_drop(b);
    stolen_drop(c);
    stolen_drop(old);
    return true;
}
static inline void consume1(Slot *R, uint32_t x) { stolen_drop(slot_steal(R, x, temp_base_of(R))); }
static inline void drop_range(Slot *R, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        slot_drop(&R[first + i]);
    }
}

// --- Arithmetic and comparison (interpreter_slow.c) ----------------------------------------------

bool slow_binary(OPERANDS, BinaryOp op);
bool slow_binary_constant(OPERANDS, BinaryOp op); // C: index of a constant
bool slow_in_place(OPERANDS, BinaryOp op);
bool slow_in_place_constant(OPERANDS, BinaryOp op);
bool slow_unary(OPERANDS, UnaryOp op);
bool slow_not(OPERANDS);
bool slow_compare(OPERANDS, CompareOp op);
// Truth of the comparison; nothing is consumed.
Truth compare_values(ThreadState *ts, Value b, Value c, CompareOp op);
Truth contains_values(ThreadState *ts, Value container, Value item);
bool slow_contains(OPERANDS, bool negate);
Truth truth_of_slot(ThreadState *ts, Slot s);

// --- except* (interpreter_match.c): false: jump --------------------------------------------------

Truth slow_split_group(OPERANDS);
Truth slow_join_group(OPERANDS);

// --- match (interpreter_match.c) -----------------------------------------------------------------

bool value_matches_sequence(Value v);
bool value_matches_mapping(Value v);
Truth slow_length_is(OPERANDS);
bool slow_match_item(OPERANDS, uint32_t from_end);
Truth slow_match_keys(OPERANDS); // false: A is untouched
bool slow_match_rest(OPERANDS);
Truth slow_match_class(OPERANDS);

// --- Items, iteration, building (interpreter_items.c) --------------------------------------------

bool slow_get_item(OPERANDS);
bool slow_get_item_int(OPERANDS);
bool slow_get_item_constant(OPERANDS);
bool slow_set_item(OPERANDS);
bool slow_delete_item(OPERANDS);
bool slow_get_slice(OPERANDS);
bool slow_set_slice(OPERANDS);
bool slow_build_slice(OPERANDS);
bool slow_get_iter(OPERANDS);
// 1: A is the next item; 0: exhausted, nothing done; -1: error.
int slow_for_iter(OPERANDS);
// FOR_ITER and the UNPACK of two behind it at once: as above, the items in A and A + 1.
// 2: the iterator is none of those that make pairs, nothing done.
int slow_for_pair(OPERANDS);
bool slow_unpack(OPERANDS);
bool slow_unpack_star(OPERANDS, uint32_t word);
bool slow_build_tuple(OPERANDS);
bool slow_build_list(OPERANDS);
bool slow_build_set(OPERANDS);
bool slow_build_map(OPERANDS);
bool slow_build_string(OPERANDS);
bool slow_list_append(OPERANDS);
bool slow_list_extend(OPERANDS);
bool slow_list_to_tuple(OPERANDS);
bool slow_set_add(OPERANDS);
bool slow_set_update(OPERANDS);
bool slow_map_add(OPERANDS);
bool slow_map_update(OPERANDS);
bool slow_map_merge(OPERANDS);
// TypeError: "f() argument after ** must be a mapping".
bool check_mapping(ThreadState *ts, Value callable, Value v);
// Adds the items of a mapping to the keywords of a call. False: exception set, also for a key that
// is there already.
bool merge_keywords(ThreadState *ts, Value callable, Value target, Value source);
Ref callable_label(ThreadState *ts, Value callable);
bool slow_format_value(OPERANDS);
bool slow_format_with_spec(OPERANDS);

// --- Names (interpreter_names.c) -----------------------------------------------------------------

bool slow_check_local(OPERANDS);
bool slow_delete_local(OPERANDS);
bool slow_make_cell(OPERANDS);
bool slow_make_cell_from(OPERANDS);
bool slow_copy_closure(OPERANDS);
bool slow_load_cell(OPERANDS);
bool slow_store_cell(OPERANDS);
bool slow_delete_cell(OPERANDS);
bool slow_load_class_cell(OPERANDS, CacheSite *site);
bool slow_load_global(OPERANDS, CacheSite *site);
bool slow_store_global(OPERANDS, CacheSite *site);
bool slow_delete_global(OPERANDS, CacheSite *site);
bool slow_load_name(OPERANDS, CacheSite *site);
bool slow_store_name(OPERANDS, CacheSite *site);
bool slow_delete_name(OPERANDS, CacheSite *site);
bool slow_load_namespace(OPERANDS);
bool slow_import_name(OPERANDS, CacheSite *site);
bool slow_import_from(OPERANDS, CacheSite *site);
bool slow_import_star(OPERANDS);
bool slow_print_expr(OPERANDS);
bool slow_setup_annotations(OPERANDS);
bool slow_load_build_class(OPERANDS);
bool slow_make_function(OPERANDS, uint32_t word);

// --- Attributes (interpreter_attributes.c) -------------------------------------------------------

// *frame: see calls below; a property's getter is a call.
bool slow_load_attr(OPERANDS, CacheSite *site, Frame **frame);
bool slow_store_attr(OPERANDS, CacheSite *site);
bool slow_delete_attr(OPERANDS, CacheSite *site);
bool slow_load_method(OPERANDS, CacheSite *site);
bool slow_load_super(OPERANDS, CacheSite *site, bool method);

// --- Calls (interpreter_calls.c) -----------------------------------------------------------------

// Each either does the whole call, result written to A, and returns true; or pushes the frame of a
// script's function, stores it in *frame (destination A, to go on `words` words behind the
// position) and returns true; or false.

bool slow_call(OPERANDS, Slot *args, uint32_t count, Value names, uint32_t words, Frame **frame);
bool slow_call_ex(OPERANDS, Frame **frame);
// R[B] holds a method descriptor or a native function, and there are no names.
bool slow_call_native(OPERANDS, Slot *args, uint32_t count);

// --- Exceptions, with, generators (interpreter_control.c) ----------------------------------------

bool slow_handler_begin(OPERANDS);
bool slow_handler_end(OPERANDS);
Truth slow_exception_match(OPERANDS);
// True: the exception was raised before and keeps its traceback as it is.
bool slow_raise(OPERANDS);
bool slow_with_begin(OPERANDS, bool is_async);
void slow_with_exit(OPERANDS);
bool slow_with_exit_raised(OPERANDS);
bool slow_get_yield_from_iter(OPERANDS);
bool slow_get_awaitable(OPERANDS);
// 1: yielded, A written; 0: returned: A is the result, B dropped; -1: error. *frame: see above (a
// generator's frame; its return jumps).
int slow_send(OPERANDS, Frame **frame);
bool slow_get_aiter(OPERANDS);
bool slow_get_anext(OPERANDS);
bool slow_async_gen_wrap(OPERANDS);
// True: an exception is pending again.
bool slow_end_async_for(OPERANDS);

#endif
