// core/vm/interpreter_items.c: items, slices, iteration, unpacking, displays and f-strings.
#include "core/object/dict_keys.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/sequences.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interpreter_slow.h"

// --- Items ---------------------------------------------------------------------------------------

static ALWAYS_INLINE Ref get_item(ThreadState *ts, Value container, Value key)
{
    uint32_t shape =
        value_is_object(container) ? atomic_load_relaxed(&value_head(container)->shape) : 0;
    if (shape == KIND_DICT) {
        Ref found;
        int64_t hash;
        DictEntry *entry;
        if (LIKELY(dict_find_quick(dict_from(container), key, &hash, &entry))) {
            return LIKELY(entry != NULL) ? ref_new(shared_ref_peek(&entry->value))
                                         : raise_key_error(ts, key);
        }
        Lookup lookup = dict_get(ts, dict_from(container), key, &found);
        if (LIKELY(lookup == LOOKUP_FOUND)) {
            return found;
        }
        return lookup == LOOKUP_ABSENT ? raise_key_error(ts, key) : NO_REF;
    }
    if (shape == KIND_STR && value_is_small_int(key)) {
        const Str *s = str_from(container);
        int64_t i = small_int_get(key);
        i += i < 0 ? (int64_t)s->length : 0;
        if (LIKELY((uint64_t)i < s->length)) {
            return str_from_char(ts, str_char(s, (size_t)i));
        }
    }
    return object_get_item(ts, container, key);
}

bool slow_get_item(OPERANDS)
{
    return finish2(R, A, B, C, get_item(ts, slot_value(R[B]), slot_value(R[C])));
}

bool slow_get_item_int(OPERANDS)
{
    return finish1(R, A, B, get_item(ts, slot_value(R[B]), small_int((int8_t)(uint8_t)C)));
}

bool slow_get_item_constant(OPERANDS)
{
    Value key = frame_of_slots(R)->code->constants[C];
    return finish1(R, A, B, get_item(ts, slot_value(R[B]), key));
}

// Drops up to three consumed operands.
static void consume3(Slot *R, uint32_t x, uint32_t y, uint32_t z)
{
    uint32_t temp_base = temp_base_of(R);
    Slot a = slot_steal(R, x, temp_base), b = slot_steal(R, y, temp_base),
         c = slot_steal(R, z, temp_base);
    stolen_drop(a);
    stolen_drop(b);
    stolen_drop(c);
}

// dict[key] = value for a plain key while nobody else is about. 0: not so; 1: done; -1: error.
static ALWAYS_INLINE int set_dict_item_quickly(ThreadState *ts, Slot *R, uint32_t x, Dict *d,
                                               Value key, uint32_t temp_base)
{
    int64_t hash;
    DictEntry *entry;
    if (UNLIKELY(!dict_find_quick(d, key, &hash, &entry))) {
        return 0;
    }
    Ref value = slot_consume(R, x, temp_base);
    if (entry != NULL) {
        dict_maintain_tracking(d, value.v);
        Ref old = shared_ref_swap(&entry->value, value);
        ref_drop(&old);
        return 1;
    }
    Status status = STATUS_ERROR;
    CRITICAL_SECTION(ts, &d->head) { status = dict_add_locked(ts, d, ref_new(key), hash, value); }
    return status == STATUS_OK ? 1 : -1;
}

bool slow_set_item(OPERANDS)
{
    Value container = slot_value(R[A]), key = slot_value(R[B]), value = slot_value(R[C]);
    if (LIKELY(value_is_exactly(container, KIND_DICT))) {
        uint32_t temp_base = temp_base_of(R);
        int done = set_dict_item_quickly(ts, R, C, dict_from(container), key, temp_base);
        if (LIKELY(done > 0)) {
            Slot a = slot_steal(R, A, temp_base), b = slot_steal(R, B, temp_base);
            stolen_drop(a);
            stolen_drop(b);
            return true;
        }
        if (done < 0) {
            return false;
        }
    }
    Status status = value_is_exactly(container, KIND_DICT)
                        ? dict_set(ts, dict_from(container), key, value)
                        : object_set_item(ts, container, key, value);
    if (status != STATUS_OK) {
        return false;
    }
    consume3(R, A, B, C);
    return true;
}

bool slow_delete_item(OPERANDS)
{
    if (object_set_item(ts, slot_value(R[A]), slot_value(R[B]), NO_VALUE) != STATUS_OK) {
        return false;
    }
    consume3(R, A, B, B);
    return true;
}

static bool bound_is_index(Value v) { return value_is_small_int(v) || value_is_none(v); }

static void clamp_bounds(Value start, Value stop, int64_t length, int64_t *from, int64_t *to)
{
    *from = value_is_none(start) ? 0 : small_int_get(start);
    *to = value_is_none(stop) ? length : small_int_get(stop);
    *from += *from < 0 ? length : 0;
    *to += *to < 0 ? length : 0;
    *from = MIN_OF(MAX_OF(*from, 0), length);
    *to = MAX_OF(MIN_OF(*to, length), *from);
}

bool slow_get_slice(OPERANDS)
{
    Value container = slot_value(R[B]), start = slot_value(R[C]), stop = slot_value(R[C + 1]);
    Ref result;
    int64_t from, to;
    if (bound_is_index(start) && bound_is_index(stop) && value_is_exactly(container, KIND_STR)) {
        clamp_bounds(start, stop, (int64_t)str_length(container), &from, &to);
        result = str_substring(ts, container, (size_t)from, (size_t)to);
    } else if (bound_is_index(start) && bound_is_index(stop) &&
               value_is_exactly(container, KIND_LIST)) {
        List *list = list_from(container);
        clamp_bounds(start, stop, (int64_t)list_size(list), &from, &to);
        result = list_slice(ts, list, (size_t)from, (size_t)to);
    } else {
        Ref slice = slice_new(ts, start, stop, NO_VALUE);
        if (is_error(slice)) {
            return false;
        }
        result = object_get_item(ts, container, slice.v);
        ref_drop(&slice);
    }
    if (is_error(result)) {
        return false;
    }
    uint32_t temp_base = temp_base_of(R);
    Slot b = slot_steal(R, B, temp_base), c = slot_steal(R, C, temp_base),
         d = slot_steal(R, C + 1, temp_base);
    Slot old = R[A];
    R[A] = slot_own(result);
    stolen_drop(b);
    stolen_drop(c);
    stolen_drop(d);
    stolen_drop(old);
    return true;
}

bool slow_set_slice(OPERANDS)
{
    Ref slice = slice_new(ts, slot_value(R[C]), slot_value(R[C + 1]), NO_VALUE);
    if (is_error(slice)) {
        return false;
    }
    Status status = object_set_item(ts, slot_value(R[A]), slice.v, slot_value(R[B]));
    ref_drop(&slice);
    if (status != STATUS_OK) {
        return false;
    }
    consume3(R, A, B, C);
    consume1(R, C + 1);
    return true;
}

bool slow_build_slice(OPERANDS)
{
    Ref slice = slice_new(ts, slot_value(R[B]), slot_value(R[B + 1]), slot_value(R[B + 2]));
    if (is_error(slice)) {
        return false;
    }
    drop_range(R, B, 3);
    return finish0(R, A, slice);
}

// --- Iteration -----------------------------------------------------------------------------------

bool slow_get_iter(OPERANDS) { return finish1(R, A, B, object_iterate(ts, slot_value(R[B]))); }

int slow_for_iter(OPERANDS)
{
    Value iterator = slot_value(R[B]);
    Ref item;
    Type *type = type_of(iterator);
    if (LIKELY(type->slots.next != NULL)) {
        item = type->slots.next(ts, iterator);
        if (is_error(item)) {
            if (!has_exception(ts)) {
                return 0;
            }
            return exception_clear_if(ts, EXC_StopIteration) ? 0 : -1;
        }
    } else {
        item = iterator_next(ts, iterator);
        if (is_error(item)) {
            return has_exception(ts) ? -1 : 0;
        }
    }
    finish0(R, A, item);
    return 1;
}

int slow_for_pair(OPERANDS)
{
    Ref pair[2];
    bool applies;
    if (LIKELY(iterator_next_pair(ts, slot_value(R[B]), pair, &applies))) {
        R[A] = slot_own(pair[0]);
        R[A + 1] = slot_own(pair[1]);
        return 1;
    }
    if (!applies) {
        return 2;
    }
    return !has_exception(ts) || exception_clear_if(ts, EXC_StopIteration) ? 0 : -1;
}

static bool raise_unpack_short(ThreadState *ts, size_t wanted, size_t got, bool at_least)
{
    raise(ts, EXC_ValueError, "not enough values to unpack (expected %s%zu, got %zu)",
          at_least ? "at least " : "", wanted, got);
    return false;
}

static void drop_refs(Slot *R, uint32_t first, uint32_t count) { drop_range(R, first, count); }

static bool unpack_iterator_error(ThreadState *ts, Value v)
{
    // "'int' object is not iterable" is worded otherwise here.
    if (exception_matches(ts, EXC_TypeError)) {
        Type *type = type_of(v);
        if (type->slots.iterate == NULL && type->slots.get_item == NULL) {
            exception_clear(ts);
            raise(ts, EXC_TypeError, "cannot unpack non-iterable %T object", v);
        }
    }
    return false;
}

bool slow_unpack(OPERANDS)
{
    Ref source = slot_consume(R, B, temp_base_of(R));
    if (value_is_exactly(source.v, KIND_LIST)) {
        List *list = list_from(source.v);
        if (list_size(list) == C) {
            uint32_t done = 0;
            for (; done < C; done++) {
                Ref item = list_get(ts, list, done);
                if (is_error(item)) {
                    break;
                }
                R[A + done] = slot_own(item);
            }
            if (done == C) {
                ref_drop(&source);
                return true;
            }
            drop_refs(R, A, done); // it shrank meanwhile: the slow way tells how
        }
    }
    Ref iterator = object_iterate(ts, source.v);
    if (is_error(iterator)) {
        unpack_iterator_error(ts, source.v);
        ref_drop(&source);
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < C; i++) {
        Ref item = iterator_next(ts, iterator.v);
        if (is_error(item)) {
            if (!has_exception(ts)) {
                raise_unpack_short(ts, C, i, false);
            }
            drop_refs(R, A, i);
            ok = false;
            break;
        }
        R[A + i] = slot_own(item);
    }
    if (ok) {
        Ref more = iterator_next(ts, iterator.v);
        if (!is_error(more)) {
            ref_drop(&more);
            raise(ts, EXC_ValueError, "too many values to unpack (expected %u)", C);
        }
        ok = !has_exception(ts);
        if (!ok) {
            drop_refs(R, A, C);
        }
    }
    ref_drop(&iterator);
    ref_drop(&source);
    return ok;
}

bool slow_unpack_star(OPERANDS, uint32_t word)
{
    uint32_t before = word & 0xFFFF, after = word >> 16;
    Ref source = slot_consume(R, B, temp_base_of(R));
    Ref list = sequence_list(ts, source.v);
    if (is_error(list)) {
        unpack_iterator_error(ts, source.v);
        ref_drop(&source);
        return false;
    }
    ref_drop(&source);
    List *l = list_from(list.v);
    size_t count = list_size(l);
    if (count < before + after) {
        ref_drop(&list);
        return raise_unpack_short(ts, before + after, count, true);
    }
    Ref middle = list_slice(ts, l, before, count - after);
    if (is_error(middle)) {
        ref_drop(&list);
        return false;
    }
    for (uint32_t i = 0; i < before; i++) {
        R[A + i] = slot_own(list_get(ts, l, i));
    }
    R[A + before] = slot_own(middle);
    for (uint32_t i = 0; i < after; i++) {
        R[A + before + 1 + i] = slot_own(list_get(ts, l, count - after + i));
    }
    ref_drop(&list);
    return true;
}

// --- Displays ------------------------------------------------------------------------------------

// Makes borrowed slots of a range strong, so that it can be handed over as an array of references.
static Ref *range_as_refs(Slot *R, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        Slot s = R[first + i];
        if (slot_is_pointer(s) && !slot_is_counted(s)) {
            R[first + i] = slot_own(slot_ref(s));
        }
    }
    return (Ref *)(void *)&R[first];
}

bool slow_build_tuple(OPERANDS)
{
    Ref tuple = C == 0 ? tuple_empty()
                       : tuple_from_refs(ts, range_as_refs(R, B, C), C); // empties the slots
    return finish0(R, A, tuple);
}

bool slow_build_list(OPERANDS)
{
    Ref list = C == 0 ? list_new(ts, 0)
                      : list_from_refs(ts, range_as_refs(R, B, C), C); // empties the slots
    return finish0(R, A, list);
}

bool slow_build_set(OPERANDS)
{
    Ref set = set_new(ts, NO_VALUE);
    if (is_error(set)) {
        return false;
    }
    for (uint32_t i = 0; i < C; i++) {
        if (set_add(ts, set.v, slot_value(R[B + i])) != STATUS_OK) {
            ref_drop(&set);
            return false;
        }
    }
    drop_range(R, B, C);
    return finish0(R, A, set);
}

bool slow_build_map(OPERANDS)
{
    Ref dict = C > 4 ? dict_new_sized(ts, C) : dict_new(ts);
    if (is_error(dict)) {
        return false;
    }
    for (uint32_t i = 0; i < C; i++) {
        if (dict_set(ts, dict_from(dict.v), slot_value(R[B + 2 * i]),
                     slot_value(R[B + 2 * i + 1])) != STATUS_OK) {
            ref_drop(&dict);
            return false;
        }
    }
    drop_range(R, B, 2 * C);
    return finish0(R, A, dict);
}

bool slow_build_string(OPERANDS)
{
    Value few[16] = {{0}};
    Value *parts = C <= ARRAY_LENGTH(few) ? few : raw_alloc(ts, C * sizeof(Value));
    if (parts == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < C; i++) {
        parts[i] = slot_value(R[B + i]);
    }
    Ref text = str_join_values(ts, parts, C);
    if (parts != few) {
        raw_free(ts, parts);
    }
    if (is_error(text)) {
        return false;
    }
    drop_range(R, B, C);
    return finish0(R, A, text);
}

bool slow_list_append(OPERANDS)
{
    return list_append_ref(ts, list_from(slot_value(R[A])), slot_consume(R, B, temp_base_of(R))) ==
           STATUS_OK;
}

bool slow_list_extend(OPERANDS)
{
    Value source = slot_value(R[B]);
    if (list_extend(ts, list_from(slot_value(R[A])), source) != STATUS_OK) {
        Type *type = type_of(source);
        if (exception_matches(ts, EXC_TypeError) && type->slots.iterate == NULL &&
            type->slots.get_item == NULL) {
            exception_clear(ts);
            raise(ts, EXC_TypeError, "Value after * must be an iterable, not %T", source);
        }
        return false;
    }
    consume1(R, B);
    return true;
}

bool slow_list_to_tuple(OPERANDS)
{
    return finish1(R, A, B, list_to_tuple(ts, list_from(slot_value(R[B]))));
}

bool slow_set_add(OPERANDS)
{
    if (set_add(ts, slot_value(R[A]), slot_value(R[B])) != STATUS_OK) {
        return false;
    }
    consume1(R, B);
    return true;
}

bool slow_set_update(OPERANDS)
{
    if (set_update(ts, slot_value(R[A]), slot_value(R[B])) != STATUS_OK) {
        return false;
    }
    consume1(R, B);
    return true;
}

bool slow_map_add(OPERANDS)
{
    uint32_t temp_base = temp_base_of(R);
    Dict *d = dict_from(slot_value(R[A]));
    int done = d->head.kind != KIND_DICT
                   ? 0
                   : set_dict_item_quickly(ts, R, C, d, slot_value(R[B]), temp_base);
    if (LIKELY(done != 0)) {
        stolen_drop(slot_steal(R, B, temp_base));
        return done > 0;
    }
    if (dict_set(ts, dict_from(slot_value(R[A])), slot_value(R[B]), slot_value(R[C])) !=
        STATUS_OK) {
        return false;
    }
    consume3(R, B, C, C);
    return true;
}

static bool is_mapping(ThreadState *ts, Value v)
{
    if (value_is_dict(v)) {
        return true;
    }
    Ref keys;
    Lookup lookup = object_lookup_attribute(ts, v, NAME(keys), &keys);
    if (lookup == LOOKUP_FOUND) {
        ref_drop(&keys);
    }
    if (lookup == LOOKUP_ERROR) {
        exception_clear(ts);
    }
    return lookup == LOOKUP_FOUND;
}

bool slow_map_update(OPERANDS)
{
    Value source = slot_value(R[B]);
    if (!is_mapping(ts, source)) {
        raise(ts, EXC_TypeError, "'%T' object is not a mapping", source);
        return false;
    }
    if (dict_update(ts, dict_from(slot_value(R[A])), source) != STATUS_OK) {
        return false;
    }
    consume1(R, B);
    return true;
}

// "f()" for messages: functions by their qualified name, others as they print.
Ref callable_label(ThreadState *ts, Value callable)
{
    Ref name;
    if (object_lookup_attribute(ts, callable, NAME(__qualname__), &name) != LOOKUP_FOUND) {
        exception_clear(ts);
        return object_str(ts, callable);
    }
    Ref module = NO_REF, label;
    if (object_lookup_attribute(ts, callable, NAME(__module__), &module) == LOOKUP_FOUND &&
        value_is_str(module.v) && !str_equal_z(module.v, "builtins")) {
        label = format_str(ts, "%U.%S()", module.v, name.v);
    } else {
        exception_clear(ts);
        label = format_str(ts, "%S()", name.v);
    }
    ref_drop(&module);
    ref_drop(&name);
    return label;
}

bool check_mapping(ThreadState *ts, Value callable, Value v)
{
    if (is_mapping(ts, v)) {
        return true;
    }
    Ref label = callable_label(ts, callable);
    if (!is_error(label)) {
        raise(ts, EXC_TypeError, "%U argument after ** must be a mapping, not %T", label.v, v);
    }
    ref_drop(&label);
    return false;
}

bool merge_keywords(ThreadState *ts, Value callable, Value target, Value source)
{
    OWNED Ref keys = value_is_dict(source) ? ref_new(source)
                                           : object_call_method(ts, source, NAME(keys), NULL, 0);
    OWNED Ref iterator = is_error(keys) ? NO_REF : object_iterate(ts, keys.v);
    if (is_error(iterator)) {
        return false;
    }
    for (;;) {
        OWNED Ref key = iterator_next(ts, iterator.v);
        if (is_error(key)) {
            return !has_exception(ts);
        }
        Lookup there = dict_contains(ts, dict_from(target), key.v);
        if (there == LOOKUP_FOUND) {
            OWNED Ref label = callable_label(ts, callable);
            if (!is_error(label)) {
                raise(ts, EXC_TypeError, "%U got multiple values for keyword argument '%S'",
                      label.v, key.v);
            }
        }
        OWNED Ref value = there == LOOKUP_ABSENT ? object_get_item(ts, source, key.v) : NO_REF;
        if (is_error(value) || dict_set(ts, dict_from(target), key.v, value.v) != STATUS_OK) {
            return false;
        }
    }
}

bool slow_map_merge(OPERANDS)
{
    Value source = slot_value(R[B]), callable = slot_value(R[C]);
    if (!check_mapping(ts, callable, source) ||
        !merge_keywords(ts, callable, slot_value(R[A]), source)) {
        return false;
    }
    consume1(R, B);
    return true;
}

// --- f-strings -----------------------------------------------------------------------------------

static Ref convert(ThreadState *ts, Value v, uint32_t how)
{
    switch (how) {
    case 1:
        return object_str(ts, v);
    case 2:
        return object_repr(ts, v);
    case 3:
        return object_ascii(ts, v);
    default:
        return ref_new(v);
    }
}

bool slow_format_value(OPERANDS)
{
    Value v = slot_value(R[B]);
    if (value_is_exactly(v, KIND_STR) && C <= 1) {
        Ref same = slot_consume(R, B, temp_base_of(R));
        return finish0(R, A, same);
    }
    if (value_is_small_int(v) && C <= 2) {
        return finish1(R, A, B, int_to_str(ts, v, 10));
    }
    Ref converted = convert(ts, v, C);
    if (is_error(converted)) {
        return false;
    }
    Ref text = C != 0 && value_is_exactly(converted.v, KIND_STR)
                   ? ref_take(&converted)
                   : object_format(ts, converted.v, NO_VALUE);
    ref_drop(&converted);
    return finish1(R, A, B, text);
}

bool slow_format_with_spec(OPERANDS)
{
    Ref converted = convert(ts, slot_value(R[B]), C);
    if (is_error(converted)) {
        return false;
    }
    Ref text = object_format(ts, converted.v, slot_value(R[B + 1]));
    ref_drop(&converted);
    if (is_error(text)) {
        return false;
    }
    drop_range(R, B, 2);
    return finish0(R, A, text);
}
