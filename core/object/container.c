// core/object/container.c: see container.h.
#include "core/object/container.h"

#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

void places_move(SharedRef *to, const SharedRef *from, size_t n)
{
    if (!is_concurrent()) {
        memmove(to, from, n * sizeof *to);
    } else if (to < from) {
        for (size_t i = 0; i < n; i++) {
            place_move(&to[i], &from[i]);
        }
    } else if (to > from) {
        for (size_t i = n; i > 0; i--) {
            place_move(&to[i - 1], &from[i - 1]);
        }
    }
}

void places_copy(SharedRef *to, const SharedRef *from, size_t n)
{
    if (!is_concurrent()) {
        for (size_t i = 0; i < n; i++) {
            shared_ref_init(&to[i], ref_new(shared_ref_peek(&from[i])));
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        shared_ref_init(&to[i], shared_ref_load_locked(&from[i]));
    }
}

void values_drop(Value *values, size_t n)
{
    for (size_t i = n; i > 0; i--) {
        value_release(values[i - 1]);
    }
}

void places_drop(SharedRef *places, size_t n)
{
    for (size_t i = n; i > 0; i--) {
        Value v = shared_ref_peek(&places[i - 1]);
        if (is_concurrent()) {
            atomic_store_release(&places[i - 1].bits, (uintptr_t)0);
        }
        value_release(v);
    }
}

Status arguments_no_keywords(ThreadState *ts, const char *function, Value names)
{
    if (is_no_value(names) || tuple_count(names) == 0) {
        return STATUS_OK;
    }
    return raise_status(ts, EXC_TypeError, "%s() takes no keyword arguments", function);
}

Status arguments_no_keywords_to_make(ThreadState *ts, Value type, Kind kind, const char *function,
                                     Value names)
{
    return type_from(type)->slots.init == builtin_types[kind].slots.init
               ? arguments_no_keywords(ts, function, names)
               : STATUS_OK;
}

Status arguments_count(ThreadState *ts, const char *function, size_t count, size_t least,
                       size_t most)
{
    if (count < least) {
        return raise_status(ts, EXC_TypeError, "%s expected %s%zu argument%s, got %zu", function,
                            least == most ? "" : "at least ", least, least == 1 ? "" : "s", count);
    }
    if (count > most) {
        return raise_status(ts, EXC_TypeError, "%s expected %s%zu argument%s, got %zu", function,
                            least == most ? "" : "at most ", most, most == 1 ? "" : "s", count);
    }
    return STATUS_OK;
}

Status arguments_bind(ThreadState *ts, const char *function, const char *const *parameters,
                      size_t positional_only, size_t positional_most, size_t required,
                      const Value *args, size_t count, Value names, Value *out)
{
    size_t total = 0;
    while (parameters[total] != NULL) {
        out[total++] = NO_VALUE;
    }
    size_t keywords = is_no_value(names) ? 0 : tuple_count(names);
    if (count + keywords > total) {
        return raise_status(ts, EXC_TypeError, "%s() takes at most %zu %sargument%s (%zu given)",
                            function, total, count == 0 ? "keyword " : "", total == 1 ? "" : "s",
                            count + keywords);
    }
    if (count > positional_most) {
        return raise_status(ts, EXC_TypeError,
                            "%s() takes %s %zu positional argument%s (%zu given)", function,
                            required < positional_most ? "at most" : "exactly", positional_most,
                            positional_most == 1 ? "" : "s", count);
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = args[i];
    }
    for (size_t k = 0; k < keywords; k++) {
        Value name = tuple_item(names, k);
        size_t at = positional_only;
        while (at < total && !str_equal_z(name, parameters[at])) {
            at++;
        }
        if (at == total) {
            return raise_status(ts, EXC_TypeError, "'%U' is an invalid keyword argument for %s()",
                                name, function);
        }
        if (!is_no_value(out[at])) {
            return raise_status(ts, EXC_TypeError,
                                "argument for %s() given by name ('%s') and position (%zu)",
                                function, parameters[at], at + 1);
        }
        out[at] = args[count + k];
    }
    for (size_t i = 0; i < required; i++) {
        if (is_no_value(out[i])) {
            return raise_status(ts, EXC_TypeError, "%s() missing required argument '%s' (pos %zu)",
                                function, parameters[i], i + 1);
        }
    }
    return STATUS_OK;
}

Ref reduce_through_builtin(ThreadState *ts, const char *name, Ref argument, Value state)
{
    OWNED Ref held = argument;
    if (is_error(held)) {
        return NO_REF;
    }
    OWNED Ref builtins = builtins_get(ts, name);
    if (is_error(builtins)) {
        return NO_REF;
    }
    OWNED Ref arguments = tuple_pack(ts, 1, held.v);
    if (is_error(arguments)) {
        return NO_REF;
    }
    return is_no_value(state) ? tuple_pack(ts, 2, builtins.v, arguments.v)
                              : tuple_pack(ts, 3, builtins.v, arguments.v, state);
}

Ref generic_class_getitem(ThreadState *ts, Value self, const Value *args)
{
    return generic_alias_new(ts, self, args[0]);
}
