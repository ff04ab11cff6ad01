// core/object/suggestions.c: "Did you mean: 'x'?" for names and attributes that are not there.
//
// The candidate with the smallest edit distance wins, if that is small against the lengths: a
// changed letter costs 2, 1 if only its case differs; a third of both lengths is the limit.
#include <stdlib.h>
#include <string.h>

#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/traceback_print.h"
#include "core/object/tuple.h"

enum { CANDIDATES_MAX = 750, LENGTH_MAX = 40, MOVE_COST = 2, CASE_COST = 1 };

static size_t substitution_cost(char a, char b)
{
    if (a == b) {
        return 0;
    }
    bool letters = ((a | 32) >= 'a' && (a | 32) <= 'z') && ((b | 32) >= 'a' && (b | 32) <= 'z');
    return letters && (a | 32) == (b | 32) ? CASE_COST : MOVE_COST;
}

// The weighted distance, or more than max.
static size_t edit_distance(const char *a, size_t a_size, const char *b, size_t b_size, size_t max)
{
    while (a_size > 0 && b_size > 0 && a[0] == b[0]) {
        a++, b++, a_size--, b_size--;
    }
    while (a_size > 0 && b_size > 0 && a[a_size - 1] == b[b_size - 1]) {
        a_size--, b_size--;
    }
    if (a_size == 0 || b_size == 0) {
        return (a_size + b_size) * MOVE_COST;
    }
    if (a_size > LENGTH_MAX || b_size > LENGTH_MAX) {
        return max + 1;
    }
    size_t row[LENGTH_MAX + 1];
    for (size_t i = 0; i <= a_size; i++) {
        row[i] = i * MOVE_COST;
    }
    for (size_t j = 0; j < b_size; j++) {
        size_t diagonal = row[0], smallest = SIZE_MAX;
        row[0] = (j + 1) * MOVE_COST;
        for (size_t i = 0; i < a_size; i++) {
            size_t substitute = diagonal + substitution_cost(a[i], b[j]);
            size_t move = MIN_OF(row[i], row[i + 1]) + MOVE_COST;
            diagonal = row[i + 1];
            row[i + 1] = MIN_OF(substitute, move);
            smallest = MIN_OF(smallest, row[i + 1]);
        }
        if (smallest > max) {
            return max + 1;
        }
    }
    return row[a_size];
}

// The best of a sequence of names; NO_REF: none is near.
static Ref nearest(ThreadState *ts, Value candidates, Value name)
{
    size_t size, count = tuple_count(candidates);
    const char *wanted = str_utf8(ts, name, &size);
    if (wanted == NULL || count > CANDIDATES_MAX) {
        exception_clear(ts);
        return NO_REF;
    }
    size_t best_distance = SIZE_MAX;
    Value best = NO_VALUE;
    for (size_t i = 0; i < count; i++) {
        Value item = tuple_item(candidates, i);
        size_t item_size;
        const char *text =
            value_is_str(item) && !str_equal(item, name) ? str_utf8(ts, item, &item_size) : NULL;
        if (text == NULL) {
            exception_clear(ts);
            continue;
        }
        size_t max = (size + item_size + 3) * MOVE_COST / 6;
        max = MIN_OF(max, best_distance - 1);
        size_t distance = edit_distance(wanted, size, text, item_size, max);
        if (distance <= max && distance < best_distance) {
            best_distance = distance;
            best = item;
        }
    }
    return ref_new(best);
}

static Ref nearest_of(ThreadState *ts, Ref iterable, Value name)
{
    OWNED Ref owned = iterable;
    OWNED Ref items = is_error(owned) ? NO_REF : sequence_tuple(ts, owned.v);
    return is_error(items) ? NO_REF : nearest(ts, items.v, name);
}

static Ref for_attribute(ThreadState *ts, Value exception)
{
    OWNED Ref name = exception_extra(exception, EXTRA_ATTRIBUTE_NAME);
    OWNED Ref object = exception_extra(exception, EXTRA_ATTRIBUTE_OBJ);
    if (is_error(name) || is_error(object) || !value_is_str(name.v)) {
        return NO_REF;
    }
    OWNED Ref dir = builtins_get(ts, "dir");
    return is_error(dir) ? NO_REF : nearest_of(ts, object_call1(ts, dir.v, object.v), name.v);
}

static Ref for_name(ThreadState *ts, Value exception)
{
    OWNED Ref name = exception_extra(exception, EXTRA_NAME_NAME);
    Value at = shared_ref_peek(&exception_from(exception)->traceback);
    if (is_error(name) || !value_is_str(name.v) || is_no_value(at)) {
        return NO_REF;
    }
    while (!is_no_value(shared_ref_peek(&traceback_from(at)->next))) {
        at = shared_ref_peek(&traceback_from(at)->next);
    }
    const Traceback *t = traceback_from(at);
    Value names = shared_ref_peek(&code_from(shared_ref_peek(&t->code))->local_names);
    OWNED Ref found = is_no_value(names) ? NO_REF : nearest(ts, names, name.v);
    if (is_error(found) && value_is_dict(shared_ref_peek(&t->globals))) {
        found = nearest_of(ts, ref_new(shared_ref_peek(&t->globals)), name.v);
    }
    if (is_error(found)) {
        OWNED Ref print = builtins_get(ts, "print");
        OWNED Ref module =
            is_error(print) ? NO_REF : object_get_attribute(ts, print.v, NAME(__self__));
        exception_clear(ts);
        if (value_is_kind(module.v, KIND_MODULE)) {
            found = nearest_of(ts, object_get_dict(ts, module.v), name.v);
        }
    }
    return ref_take(&found);
}

Ref suggestion_for(ThreadState *ts, Value exception)
{
    OWNED Ref found = NO_REF;
    if (value_is_exception_of(exception, EXC_AttributeError)) {
        found = for_attribute(ts, exception);
    } else if (value_is_exception_of(exception, EXC_NameError)) {
        found = for_name(ts, exception);
    }
    exception_clear(ts);
    Ref text = is_error(found) ? NO_REF : format_str(ts, ". Did you mean: '%U'?", found.v);
    exception_clear(ts);
    return text;
}
