// core/vm/bind.c: binding arguments to a script's function.
//
// 1. Everything is moved out of the way, into a buffer.
// 2. Positional values fill parameters; the rest becomes *args.
// 3. Named values find their parameter or go to **kwargs.
// 4. Defaults fill what is left; what then is missing is an error.
// The order of the checks is CPython's, for where several errors apply the first one is reported.
#include "core/vm/bind.h"

#include <stdio.h>

#include "core/object/error.h"
#include "core/object/object.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct Binding {
    Function *function;
    Code *code;
    Slot *slots;       // where parameters go
    const Slot *given; // the moved arguments
    size_t positional, named;
    Value names;
} Binding;

static size_t parameter_count(const Code *code)
{
    return (size_t)code->argument_count + code->keyword_only_count;
}

static Value parameter_name(const Code *code, size_t i)
{
    return tuple_item(shared_ref_peek(&code->local_names), i);
}

static Value function_label(const Binding *b) { return shared_ref_peek(&b->function->qualname); }

// --- Errors --------------------------------------------------------------------------------------

static Status raise_too_many(ThreadState *ts, const Binding *b)
{
    const Code *code = b->code;
    size_t keyword_only = 0;
    for (size_t i = code->argument_count; i < parameter_count(code); i++) {
        keyword_only += !slot_is_empty(b->slots[i]);
    }
    Value defaults = shared_ref_peek(&b->function->defaults);
    size_t default_count = is_no_value(defaults) ? 0 : tuple_count(defaults);
    bool plural = default_count > 0 || code->argument_count != 1;
    char takes[64], extra[96] = "";
    if (default_count > 0) {
        snprintf(takes, sizeof takes, "from %zu to %u", code->argument_count - default_count,
                 (unsigned)code->argument_count);
    } else {
        snprintf(takes, sizeof takes, "%u", (unsigned)code->argument_count);
    }
    if (keyword_only > 0) {
        snprintf(extra, sizeof extra, " positional argument%s (and %zu keyword-only argument%s)",
                 b->positional != 1 ? "s" : "", keyword_only, keyword_only != 1 ? "s" : "");
    }
    return raise_status(ts, EXC_TypeError, "%U() takes %s positional argument%s but %zu%s %s given",
                        function_label(b), takes, plural ? "s" : "", b->positional, extra,
                        b->positional == 1 && keyword_only == 0 ? "was" : "were");
}

// 'a', 'b', and 'c'
static Ref list_of_names(ThreadState *ts, const Binding *b, size_t first, size_t end, size_t count)
{
    StrBuilder text;
    builder_init(&text);
    size_t done = 0;
    for (size_t i = first; i < end; i++) {
        if (!slot_is_empty(b->slots[i])) {
            continue;
        }
        const char *separator = done == 0           ? ""
                                : count == 2        ? " and "
                                : done + 1 == count ? ", and "
                                                    : ", ";
        if (builder_add_ascii(ts, &text, separator, strlen(separator)) != STATUS_OK ||
            builder_add_char(ts, &text, '\'') != STATUS_OK ||
            builder_add(ts, &text, parameter_name(b->code, i)) != STATUS_OK ||
            builder_add_char(ts, &text, '\'') != STATUS_OK) {
            builder_abandon(ts, &text);
            return NO_REF;
        }
        done++;
    }
    return builder_finish(ts, &text);
}

static Status raise_missing(ThreadState *ts, const Binding *b, size_t first, size_t end,
                            const char *kind)
{
    size_t count = 0;
    for (size_t i = first; i < end; i++) {
        count += slot_is_empty(b->slots[i]);
    }
    OWNED Ref list = list_of_names(ts, b, first, end, count);
    if (is_error(list)) {
        return STATUS_ERROR;
    }
    return raise_status(ts, EXC_TypeError, "%U() missing %zu required %s argument%s: %U",
                        function_label(b), count, kind, count == 1 ? "" : "s", list.v);
}

// Positional-only parameters that were given by name:
// true when there are any (an exception is set).
static bool raise_positional_only(ThreadState *ts, const Binding *b)
{
    StrBuilder text;
    builder_init(&text);
    bool any = false, failed = false;
    for (size_t i = 0; i < b->code->positional_only_count && !failed; i++) {
        for (size_t k = 0; k < b->named && !failed; k++) {
            if (str_equal(parameter_name(b->code, i), tuple_item(b->names, k))) {
                failed = (any && builder_add_ascii(ts, &text, ", ", 2) != STATUS_OK) ||
                         builder_add(ts, &text, tuple_item(b->names, k)) != STATUS_OK;
                any = true;
            }
        }
    }
    if (!any || failed) {
        builder_abandon(ts, &text);
        return failed;
    }
    OWNED Ref list = builder_finish(ts, &text);
    if (!is_error(list)) {
        raise(ts, EXC_TypeError,
              "%U() got some positional-only arguments passed as keyword arguments: '%U'",
              function_label(b), list.v);
    }
    return true;
}

// --- The steps -----------------------------------------------------------------------------------

static Status bind_positional(ThreadState *ts, Binding *b)
{
    const Code *code = b->code;
    size_t direct = MIN_OF(b->positional, (size_t)code->argument_count);
    memcpy(b->slots, b->given, direct * sizeof(Slot));
    for (size_t i = 0; i < direct; i++) {
        ((Slot *)(uintptr_t)b->given)[i] = NO_SLOT;
    }
    if ((code->flags & CODE_VARARGS) == 0) {
        return STATUS_OK;
    }
    size_t rest = b->positional - direct;
    Ref tuple = rest == 0 ? tuple_empty() : tuple_new(ts, rest);
    if (is_error(tuple)) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < rest; i++) {
        tuple_init_item(tuple.v, i, slot_take(&((Slot *)(uintptr_t)b->given)[direct + i]));
    }
    if (rest > 0) {
        tuple = tuple_finish(ts, tuple);
    }
    b->slots[parameter_count(code)] = slot_own(tuple);
    return STATUS_OK;
}

// The parameter that takes this name, or -1.
static int64_t find_parameter(const Code *code, Value name)
{
    size_t end = parameter_count(code);
    for (size_t i = code->positional_only_count; i < end; i++) {
        if (value_is_same(parameter_name(code, i), name)) {
            return (int64_t)i;
        }
    }
    for (size_t i = code->positional_only_count; i < end; i++) {
        if (str_equal(parameter_name(code, i), name)) {
            return (int64_t)i;
        }
    }
    return -1;
}

static Status bind_named(ThreadState *ts, Binding *b, Dict *extra)
{
    for (size_t k = 0; k < b->named; k++) {
        Value name = tuple_item(b->names, k);
        Slot *given = &((Slot *)(uintptr_t)b->given)[b->positional + k];
        if (!value_is_str(name)) {
            return raise_status(ts, EXC_TypeError, "%U() keywords must be strings",
                                function_label(b));
        }
        int64_t place = find_parameter(b->code, name);
        if (place >= 0) {
            if (!slot_is_empty(b->slots[place])) {
                return raise_status(ts, EXC_TypeError, "%U() got multiple values for argument '%U'",
                                    function_label(b), name);
            }
            b->slots[place] = *given;
            *given = NO_SLOT;
        } else if (extra != NULL) {
            if (dict_set(ts, extra, name, slot_value(*given)) != STATUS_OK) {
                return STATUS_ERROR;
            }
        } else {
            if (b->code->positional_only_count > 0 && raise_positional_only(ts, b)) {
                return STATUS_ERROR;
            }
            return raise_status(ts, EXC_TypeError, "%U() got an unexpected keyword argument '%U'",
                                function_label(b), name);
        }
    }
    return STATUS_OK;
}

static Status fill_positional_defaults(ThreadState *ts, Binding *b)
{
    size_t count = b->code->argument_count;
    if (b->positional >= count) {
        return STATUS_OK;
    }
    OWNED Ref defaults = shared_ref_load(&b->function->head, &b->function->defaults);
    size_t default_count = is_error(defaults) ? 0 : tuple_count(defaults.v);
    size_t required = default_count < count ? count - default_count : 0;
    for (size_t i = b->positional; i < required; i++) {
        if (slot_is_empty(b->slots[i])) {
            return raise_missing(ts, b, b->positional, required, "positional"), STATUS_ERROR;
        }
    }
    for (size_t i = MAX_OF(b->positional, required); i < count; i++) {
        if (slot_is_empty(b->slots[i])) {
            b->slots[i] = slot_own(ref_new(tuple_item(defaults.v, i + default_count - count)));
        }
    }
    return STATUS_OK;
}

static Status fill_keyword_defaults(ThreadState *ts, Binding *b)
{
    const Code *code = b->code;
    size_t first = code->argument_count, end = parameter_count(code);
    if (first == end) {
        return STATUS_OK;
    }
    OWNED Ref defaults = shared_ref_load(&b->function->head, &b->function->kw_defaults);
    bool missing = false;
    for (size_t i = first; i < end; i++) {
        if (!slot_is_empty(b->slots[i])) {
            continue;
        }
        Ref value = NO_REF;
        if (!is_error(defaults) && value_is_dict(defaults.v) &&
            dict_get(ts, dict_from(defaults.v), parameter_name(code, i), &value) == LOOKUP_ERROR) {
            return STATUS_ERROR;
        }
        missing |= is_error(value);
        b->slots[i] = slot_own(value);
    }
    return missing ? raise_missing(ts, b, first, end, "keyword-only") : STATUS_OK;
}

static Status bind_all(ThreadState *ts, Binding *b)
{
    const Code *code = b->code;
    Dict *extra = NULL;
    if ((code->flags & CODE_VARKEYWORDS) != 0) {
        Ref dict = dict_new(ts);
        if (is_error(dict)) {
            return STATUS_ERROR;
        }
        size_t place = parameter_count(code) + ((code->flags & CODE_VARARGS) != 0);
        b->slots[place] = slot_own(dict);
        extra = dict_from(dict.v);
    }
    if (bind_positional(ts, b) != STATUS_OK || bind_named(ts, b, extra) != STATUS_OK) {
        return STATUS_ERROR;
    }
    if (b->positional > code->argument_count && (code->flags & CODE_VARARGS) == 0) {
        return raise_too_many(ts, b);
    }
    if (fill_positional_defaults(ts, b) != STATUS_OK) {
        return STATUS_ERROR;
    }
    return fill_keyword_defaults(ts, b);
}

// --- The common cases, in place ------------------------------------------------------------------

enum { FAST_NAMES = 8, FAST_PARAMETERS = 64, FAST_KEYWORD_DEFAULTS = 8 };

typedef struct Plan {
    uint8_t place[FAST_NAMES];                   // of each named value
    Ref keyword_defaults[FAST_KEYWORD_DEFAULTS]; // of keyword-only parameters, NO_REF where given
    uint64_t named;                              // parameters given by name
} Plan;

// Where the named values go. False: some name is no parameter, or is taken.
static bool plan_names(const Code *code, size_t positional, Value names, size_t named, Plan *plan)
{
    size_t end = parameter_count(code);
    plan->named = 0;
    for (size_t k = 0; k < named; k++) {
        Value name = tuple_item(names, k);
        size_t i = MAX_OF(positional, (size_t)code->positional_only_count);
        while (i < end && !value_is_same(parameter_name(code, i), name)) {
            i++;
        }
        if (i >= end) {
            return false;
        }
        plan->place[k] = (uint8_t)i;
        plan->named |= (uint64_t)1 << i;
    }
    return true;
}

static void drop_plan(const Code *code, Plan *plan)
{
    for (size_t i = 0; i < code->keyword_only_count; i++) {
        ref_drop(&plan->keyword_defaults[i]);
    }
}

static bool plan_keyword_defaults(ThreadState *ts, Function *f, Plan *plan)
{
    const Code *code = f->code;
    if (code->keyword_only_count == 0) {
        return true;
    }
    OWNED Ref defaults = shared_ref_load(&f->head, &f->kw_defaults);
    for (size_t i = 0; i < code->keyword_only_count; i++) {
        plan->keyword_defaults[i] = NO_REF;
    }
    for (size_t i = 0; i < code->keyword_only_count; i++) {
        if ((plan->named >> (code->argument_count + i) & 1) != 0) {
            continue;
        }
        if (is_error(defaults) || !value_is_dict(defaults.v) ||
            dict_get(ts, dict_from(defaults.v), parameter_name(code, code->argument_count + i),
                     &plan->keyword_defaults[i]) != LOOKUP_FOUND) {
            exception_clear(ts);
            drop_plan(code, plan);
            return false;
        }
    }
    return true;
}

// Binds where the arguments lie already. False: nothing has happened;
// the general way will do it, or say what is wrong.
static bool bind_in_place(ThreadState *ts, Function *f, Slot *slots, size_t count, Value names)
{
    const Code *code = f->code;
    size_t named = is_no_value(names) ? 0 : tuple_count(names), positional = count - named;
    size_t direct = MIN_OF(positional, (size_t)code->argument_count), end = parameter_count(code);
    bool takes_rest = (code->flags & CODE_VARARGS) != 0;
    Plan plan;
    if ((code->flags & CODE_VARKEYWORDS) != 0 || (positional > direct && !takes_rest) ||
        named > FAST_NAMES || end > FAST_PARAMETERS ||
        code->keyword_only_count > FAST_KEYWORD_DEFAULTS ||
        !plan_names(code, positional, names, named, &plan)) {
        return false;
    }
    // Borrowed: it is replaced with the world stopped (function.c), and here is no safepoint.
    Value defaults = shared_ref_peek(&f->defaults);
    size_t default_count = is_no_value(defaults) ? 0 : tuple_count(defaults);
    size_t required =
        default_count < code->argument_count ? code->argument_count - default_count : 0;
    for (size_t i = direct; i < required; i++) {
        if ((plan.named >> i & 1) == 0) {
            return false;
        }
    }
    if (!plan_keyword_defaults(ts, f, &plan)) {
        return false;
    }
    Ref rest = NO_REF;
    if (takes_rest) {
        rest = positional > direct ? tuple_new(ts, positional - direct) : tuple_empty();
        if (is_error(rest)) {
            exception_clear(ts);
            drop_plan(code, &plan);
            return false;
        }
        for (size_t i = direct; i < positional; i++) {
            tuple_init_item(rest.v, i - direct, slot_take(&slots[i]));
        }
        rest = positional > direct ? tuple_finish(ts, rest) : rest;
    }
    Slot values[FAST_NAMES];
    for (size_t k = 0; k < named; k++) {
        values[k] = slots[positional + k];
    }
    slots_clear(slots + direct, MAX_OF(count, (size_t)code->temp_base) - direct);
    for (size_t k = 0; k < named; k++) {
        slots[plan.place[k]] = values[k];
    }
    for (size_t i = MAX_OF(direct, required); i < code->argument_count; i++) {
        if ((plan.named >> i & 1) == 0) {
            slots[i] =
                slot_own(ref_new(tuple_item(defaults, i + default_count - code->argument_count)));
        }
    }
    for (size_t i = 0; i < code->keyword_only_count; i++) {
        if ((plan.named >> (code->argument_count + i) & 1) == 0) {
            slots[code->argument_count + i] = slot_own(plan.keyword_defaults[i]);
        }
    }
    if (takes_rest) {
        slots[end] = slot_own(rest);
    }
    return true;
}

Status bind_arguments(ThreadState *ts, Function *f, Slot *slots, Slot *args, size_t count,
                      Value names)
{
    if (LIKELY(slots == args) && bind_in_place(ts, f, slots, count, names)) {
        return STATUS_OK;
    }
    Slot few[16];
    Slot *given = count <= ARRAY_LENGTH(few) ? few : raw_alloc(ts, count * sizeof(Slot));
    if (given == NULL) {
        for (size_t i = 0; i < count; i++) {
            slot_drop(&args[i]);
        }
        return STATUS_ERROR;
    }
    memcpy(given, args, count * sizeof(Slot));
    memset(args, 0, count * sizeof(Slot));
    Code *code = f->code;
    memset(slots, 0, code->temp_base * sizeof(Slot));
    Binding b = {.function = f, .code = code, .slots = slots, .given = given, .names = names};
    b.named = is_no_value(names) ? 0 : tuple_count(names);
    b.positional = count - b.named;
    Status status = bind_all(ts, &b);
    for (size_t i = 0; i < count; i++) {
        slot_drop(&given[i]);
    }
    if (status != STATUS_OK) {
        for (size_t i = 0; i < code->temp_base; i++) {
            slot_drop(&slots[i]);
        }
    }
    if (given != few) {
        raw_free(ts, given);
    }
    return status;
}
