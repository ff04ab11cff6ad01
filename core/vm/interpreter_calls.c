// core/vm/interpreter_calls.c: calls that the loop does not do inline.
//
// Script functions get a frame and run in the loop; so do bound methods of them, and
// __init__ of plain classes: the instance waits in the slot before the callee's header.
// Everything else is called as C.
#include "core/object/function.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interpreter_slow.h"
#include "core/vm/slot_load.h"

#define HEAD_OF_SLOT(s) ((ObjectHead *)((s).bits & ~(uintptr_t)8))

// Drops a whole area: callable, self and arguments.
static void drop_area(Slot *R, uint32_t B, Slot *args, uint32_t count)
{
    Slot callable = R[B];
    R[B] = NO_SLOT;
    stolen_drop(callable);
    for (uint32_t i = 0; i < count; i++) {
        slot_drop(&args[i]);
    }
}

static bool push_function(OPERANDS, Slot *args, uint32_t count, Value names, uint32_t words,
                          Frame **frame)
{
    Frame *f = frame_push_call(ts, &R[B], args, count, names);
    if (f == NULL) {
        return false;
    }
    f->destination = (uint16_t)A;
    f->resume_words = (uint8_t)words;
    *frame = f;
    return true;
}

// --- Classes -------------------------------------------------------------------------------------

// 1: done or pushed; 0: not the plain way; -1: error.
static int construct(OPERANDS, Slot *args, uint32_t count, Value names, uint32_t words,
                     Frame **frame)
{
    Type *type = type_from(slot_value(R[B]));
    Constructor c;
    if (args != &R[B + CALL_ARGUMENTS_AT] || !constructor_find(ts, type, &c)) {
        return 0;
    }
    Slot init = NO_SLOT;
    if (c.init == NULL) {
        if (count != 0) {
            return 0; // the general way says what is wrong
        }
    } else if (!slot_load(&c.init->value, &init) || !slot_is_pointer(init) ||
               slot_head(init)->kind != KIND_FUNCTION) {
        stolen_drop(init);
        return 0;
    }
    Ref instance = instance_new(ts, type);
    if (is_error(instance)) {
        stolen_drop(init);
        return -1;
    }
    if (c.init == NULL) {
        Slot callable = R[B];
        R[B] = NO_SLOT;
        stolen_drop(callable);
        finish0(R, A, instance);
        return 1;
    }
    Slot callable = R[B];
    R[B] = slot_own(instance);
    R[B + CALL_SELF_AT] = slot_borrow(instance.v);
    stolen_drop(callable);
    Frame *f = frame_push_call(ts, &init, args - 1, count + 1, names);
    if (f == NULL) {
        slot_drop(&R[B]);
        return -1;
    }
    if ((Slot *)(void *)f - 1 != &R[B]) { // in another chunk
        ((Slot *)(void *)f)[-1] = R[B];
        R[B] = NO_SLOT;
    }
    f->flags |= FRAME_CONSTRUCTOR;
    f->destination = (uint16_t)A;
    f->resume_words = (uint8_t)words;
    *frame = f;
    return 1;
}

// --- C code --------------------------------------------------------------------------------------

// Arguments as natives take them. The slots keep them alive.
static ALWAYS_INLINE void slots_as_values(Value *values, const Slot *args, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        values[i] = slot_value(args[i]);
    }
}

static Ref call_native(ThreadState *ts, Value callable, const Slot *args, uint32_t count,
                       Value names)
{
    Value few[8];
    Value *values = count <= ARRAY_LENGTH(few) ? few : raw_alloc(ts, count * sizeof(Value));
    if (values == NULL) {
        return NO_REF;
    }
    slots_as_values(values, args, count);
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    Ref result;
    const MethodDescriptor *d;
    if (value_is_kind(callable, KIND_METHOD_DESCRIPTOR) && count > named && stack_has_room(ts) &&
        (d = (const MethodDescriptor *)value_head(callable),
         value_is_instance(values[0], d->owner))) {
        result =
            native_call(ts, d->def, d->signature, values[0], values + 1, count - 1 - named, names);
    } else {
        result = object_call(ts, callable, values, count - named, names);
    }
    if (values != few) {
        raw_free(ts, values);
    }
    return result;
}

// A builtin type that makes its instances at once, __init__ being object's.
// 0: not so; 1: done; -1: error.
static ALWAYS_INLINE int make_builtin(OPERANDS, Type *type, Slot *args, uint32_t count)
{
    Value values[4];
    if ((type->flags & (TYPE_NOT_CONSTRUCTIBLE | TYPE_IS_METATYPE | TYPE_ABSTRACT)) != 0 ||
        type->slots.make == NULL || count > ARRAY_LENGTH(values) || !stack_has_room(ts) ||
        (type->slots.init != NULL && type->slots.init != TYPE_OF_KIND(OBJECT)->slots.init) ||
        type == TYPE_OF_KIND(OBJECT)) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        values[i] = slot_value(args[i]);
    }
    Ref made = type->slots.make(ts, type_value(type), values, count, NO_VALUE);
    if (UNLIKELY(is_error(made))) {
        return -1; // the unwinder drops the area
    }
    drop_area(R, B, args, count);
    return finish0(R, A, made);
}

// Positional arguments for a native that takes them as they are. 0: not so, nothing was done.
static ALWAYS_INLINE int call_native_plainly(OPERANDS, ObjectHead *callee, Slot *args,
                                             uint32_t count)
{
    const NativeDef *def;
    const SignatureHead *signature;
    Value values[1 + NATIVE_PARAMETERS_MAX], self;
    uint32_t first;
    if (UNLIKELY(count > NATIVE_PARAMETERS_MAX || !stack_has_room(ts))) {
        return 0;
    }
    if (callee->kind == KIND_METHOD_DESCRIPTOR) {
        const MethodDescriptor *d = (const MethodDescriptor *)callee;
        def = d->def;
        signature = (const SignatureHead *)d->signature;
        if (UNLIKELY(count == 0)) {
            return 0;
        }
        self = slot_value(args[0]);
        if (UNLIKELY(!value_is_instance(self, d->owner))) {
            return 0;
        }
        first = 1;
    } else {
        const NativeFunction *f = (const NativeFunction *)callee;
        def = f->def;
        signature = (const SignatureHead *)f->signature;
        self = shared_ref_peek(&f->self);
        first = 0;
    }
    uint32_t given = count - first, wanted = signature->count;
    if (UNLIKELY(given < signature->least || given > wanted)) {
        return 0;
    }
    for (uint32_t i = 0; i < given; i++) {
        values[i] = slot_value(args[first + i]);
    }
    for (uint32_t i = given; i < wanted; i++) {
        values[i] = NO_VALUE;
    }
    Ref result = def->bound(ts, self, values);
    if (UNLIKELY(is_error(result))) {
        ASSERT(has_exception(ts));
        return -1; // the unwinder drops the area
    }
    Slot callable = R[B];
    R[B] = NO_SLOT;
    for (uint32_t i = 0; i < count; i++) {
        Slot s = args[i];
        if (slot_is_pointer(s)) {
            args[i] = NO_SLOT;
            stolen_drop(s);
        }
    }
    stolen_drop(callable);
    Slot old = R[A];
    R[A] = slot_own(result);
    stolen_drop(old);
    return 1;
}

bool slow_call_native(OPERANDS, Slot *args, uint32_t count)
{
    int called = call_native_plainly(ts, R, A, B, C, HEAD_OF_SLOT(R[B]), args, count);
    if (UNLIKELY(called == 0)) {
        Frame *frame = NULL;
        return slow_call(ts, R, A, B, C, args, count, NO_VALUE, 1, &frame);
    }
    return called > 0;
}

bool slow_call(OPERANDS, Slot *args, uint32_t count, Value names, uint32_t words, Frame **frame)
{
    Value callable = slot_value(R[B]);
    if (value_is_object(callable)) {
        switch (value_head(callable)->kind) {
        case KIND_FUNCTION:
            return push_function(ts, R, A, B, C, args, count, names, words, frame);
        case KIND_BOUND_METHOD: {
            const BoundMethod *method = (const BoundMethod *)value_head(callable);
            Value function = shared_ref_peek(&method->function);
            if (args != &R[B + CALL_ARGUMENTS_AT] || !value_is_function(function)) {
                break;
            }
            Slot old = R[B];
            R[B + CALL_SELF_AT] = slot_own(ref_new(shared_ref_peek(&method->self)));
            R[B] = slot_own(ref_new(function));
            stolen_drop(old);
            return push_function(ts, R, A, B, C, args - 1, count + 1, names, words, frame);
        }
        case KIND_TYPE: {
            int made = 0;
            if (is_no_value(names) && (type_from(callable)->flags & TYPE_MADE_BY_SCRIPT) == 0) {
                made = make_builtin(ts, R, A, B, C, type_from(callable), args, count);
            }
            if (made != 0) {
                return made > 0;
            }
            made = construct(ts, R, A, B, C, args, count, names, words, frame);
            if (made != 0) {
                return made > 0;
            }
            break;
        }
        default:
            break;
        }
    }
    Ref result = call_native(ts, callable, args, count, names);
    if (UNLIKELY(is_error(result))) {
        ASSERT(has_exception(ts));
        return false; // the unwinder drops the area
    }
    drop_area(R, B, args, count);
    return finish0(R, A, result);
}

// --- f(*args, **kwargs) --------------------------------------------------------------------------

// Names of a mapping as a tuple of plain str; their values go to `values`, counted.
static Ref spread_names(ThreadState *ts, Value dict, Slot *values, size_t limit, size_t *count)
{
    *count = 0;
    Ref names = tuple_new(ts, limit);
    if (is_error(names)) {
        return NO_REF;
    }
    size_t position = 0;
    Ref key, value;
    while (*count < limit && dict_next(ts, dict_from(dict), &position, &key, &value)) {
        tuple_init_item(names.v, *count, key);
        values[(*count)++] = slot_own(value);
        if (!value_is_str(key.v)) {
            raise(ts, EXC_TypeError, "keywords must be strings");
            ref_drop(&names);
            return NO_REF;
        }
    }
    if (*count < limit) { // it shrank meanwhile
        Ref shorter = tuple_slice(ts, names.v, 0, *count);
        ref_set(&names, shorter);
    }
    return names;
}

static bool spread_call(OPERANDS, Value tuple, Value dict, Frame **frame)
{
    Execution *e = ts->execution;
    const Code *code = ((const Function *)value_head(slot_value(R[B])))->code;
    size_t positional = tuple_count(tuple),
           named = is_no_value(dict) ? 0 : dict_size(dict_from(dict));
    bool new_chunk;
    size_t needed = MAX_OF(positional + named, (size_t)code->slot_count);
    Slot *area = execution_reserve(ts, e, execution_top(e), needed, &new_chunk);
    if (area == NULL) {
        return false;
    }
    for (size_t i = 0; i < positional; i++) {
        area[i] = slot_own(ref_new(tuple_item(tuple, i)));
    }
    Ref names = NO_REF;
    Frame *f = NULL;
    if (named > 0) {
        names = spread_names(ts, dict, area + positional, named, &named);
    }
    if (!has_exception(ts)) {
        f = frame_push_call(ts, &R[B], area, positional + named, named == 0 ? NO_VALUE : names.v);
    } else {
        for (size_t i = 0; i < positional + named; i++) {
            slot_drop(&area[i]);
        }
    }
    ref_drop(&names);
    if (f == NULL) {
        if (new_chunk) {
            chunk_pop(ts, e);
        }
        return false;
    }
    if (new_chunk) {
        f->flags |= FRAME_NEW_CHUNK;
    }
    f->destination = (uint16_t)A;
    *frame = f;
    Slot args_slot = R[B + 1], dict_slot = C == 1 ? R[B + 2] : NO_SLOT;
    R[B + 1] = NO_SLOT;
    if (C == 1) {
        R[B + 2] = NO_SLOT;
    }
    f->pc = code->instructions;
    stolen_drop(args_slot);
    stolen_drop(dict_slot);
    return true;
}

// The values after * as a tuple.
static bool make_tuple(ThreadState *ts, Slot *R, uint32_t B)
{
    Value v = slot_value(R[B + 1]);
    if (value_is_exactly(v, KIND_TUPLE)) {
        return true;
    }
    Ref tuple = sequence_tuple(ts, v);
    if (is_error(tuple)) {
        const Type *t = type_of(v);
        if (exception_matches(ts, EXC_TypeError) && t->slots.iterate == NULL &&
            t->slots.get_item == NULL) {
            exception_clear(ts);
            Ref name = callable_label(ts, slot_value(R[B]));
            if (!is_error(name)) {
                raise(ts, EXC_TypeError, "%U argument after * must be an iterable, not %T", name.v,
                      v);
            }
            ref_drop(&name);
        }
        return false;
    }
    Slot old = R[B + 1];
    R[B + 1] = slot_own(tuple);
    stolen_drop(old);
    return true;
}

bool slow_call_ex(OPERANDS, Frame **frame)
{
    if (!make_tuple(ts, R, B)) {
        return false;
    }
    if (C == 1 && !value_is_dict(slot_value(R[B + 2]))) {
        if (!check_mapping(ts, slot_value(R[B]), slot_value(R[B + 2]))) {
            return false;
        }
        Ref dict = dict_new(ts);
        if (is_error(dict) || !merge_keywords(ts, slot_value(R[B]), dict.v, slot_value(R[B + 2]))) {
            ref_drop(&dict);
            return false;
        }
        Slot old = R[B + 2];
        R[B + 2] = slot_own(dict);
        stolen_drop(old);
    }
    Value callable = slot_value(R[B]), tuple = slot_value(R[B + 1]);
    Value dict = C == 1 ? slot_value(R[B + 2]) : NO_VALUE;
    if (value_is_function(callable)) {
        return spread_call(ts, R, A, B, C, tuple, dict, frame);
    }
    Ref result = object_call_packed(ts, callable, tuple, dict);
    if (is_error(result)) {
        return false;
    }
    drop_range(R, B, 2 + (C == 1));
    return finish0(R, A, result);
}
