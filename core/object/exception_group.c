// core/object/exception_group.c: BaseExceptionGroup, ExceptionGroup,
// and what except* does with them.
#include "core/object/container.h"
#include "core/object/exception_specs.h"
#include "core/object/generic_alias.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/type_internal.h"

static bool is_group(Value v) { return value_is_exception_of(v, EXC_BaseExceptionGroup); }

static Ref group_message(Value v) { return exception_extra(v, EXTRA_GROUP_MESSAGE); }
static Ref group_exceptions(Value v) { return exception_extra(v, EXTRA_GROUP_EXCEPTIONS); }

// --- Making --------------------------------------------------------------------------------------

// The items as a tuple; *all_plain: every one is an Exception.
static Ref check_items(ThreadState *ts, Value sequence, bool *all_plain)
{
    bool is_sequence = value_is_list(sequence) || value_is_tuple(sequence) ||
                       (type_of(sequence)->slots.get_item != NULL && !value_is_dict(sequence));
    if (!is_sequence) {
        return raise(ts, EXC_TypeError, "second argument (exceptions) must be a sequence");
    }
    OWNED Ref items = sequence_tuple(ts, sequence);
    if (is_error(items)) {
        return NO_REF;
    }
    if (tuple_count(items.v) == 0) {
        return raise(ts, EXC_ValueError,
                     "second argument (exceptions) must be a non-empty sequence");
    }
    *all_plain = true;
    for (size_t i = 0; i < tuple_count(items.v); i++) {
        Value item = tuple_item(items.v, i);
        if (!value_is_exception(item)) {
            return raise(ts, EXC_ValueError,
                         "Item %zu of second argument (exceptions) is not an exception", i);
        }
        *all_plain &= value_is_exception_of(item, EXC_Exception);
    }
    return ref_take(&items);
}

static Ref group_make(CALL_PARAMETERS)
{
    Type *t = type_from(self);
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise(ts, EXC_TypeError, "%N.__new__() takes no keyword arguments", t);
    }
    if (count != 2) {
        return raise(ts, EXC_TypeError, "%N.__new__() takes exactly 2 arguments (%zu given)",
                     TYPE_OF_EXCEPTION(EXC_BaseExceptionGroup), count);
    }
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError,
                     "BaseExceptionGroup.__new__() argument 1 must be str, not %T", args[0]);
    }
    bool all_plain = true;
    OWNED Ref items = check_items(ts, args[1], &all_plain);
    if (is_error(items)) {
        return NO_REF;
    }
    if (t == TYPE_OF_EXCEPTION(EXC_BaseExceptionGroup) && all_plain) {
        t = TYPE_OF_EXCEPTION(EXC_ExceptionGroup);
    } else if (t == TYPE_OF_EXCEPTION(EXC_ExceptionGroup) && !all_plain) {
        return raise(ts, EXC_TypeError, "Cannot nest BaseExceptions in an ExceptionGroup");
    } else if (!all_plain && type_is_subtype(t, TYPE_OF_EXCEPTION(EXC_Exception))) {
        return raise(ts, EXC_TypeError, "Cannot nest BaseExceptions in '%N'", t);
    }
    OWNED Ref own_args = tuple_pack(ts, 2, args[0], args[1]);
    OWNED Ref extra = is_error(own_args) ? NO_REF : tuple_pack(ts, 2, args[0], items.v);
    OWNED Ref made = is_error(extra) ? NO_REF : exception_new_with(ts, t, ref_take(&own_args));
    if (is_error(made)) {
        return NO_REF;
    }
    exception_set_field(ts, made.v, &exception_from(made.v)->extra, ref_take(&extra));
    return ref_take(&made);
}

Ref exception_group_new(ThreadState *ts, Value message, Value exceptions)
{
    Value args[2] = {message, exceptions};
    return group_make(ts, type_value(TYPE_OF_EXCEPTION(EXC_BaseExceptionGroup)), args, 2, NO_VALUE);
}

static Ref group_str(ThreadState *ts, Value self)
{
    OWNED Ref message = group_message(self);
    OWNED Ref items = group_exceptions(self);
    if (is_error(message) || is_error(items)) {
        return exception_str(ts, self);
    }
    size_t n = tuple_count(items.v);
    return format_str(ts, "%S (%zu sub-exception%s)", message.v, n, n == 1 ? "" : "s");
}

// --- Splitting -----------------------------------------------------------------------------------

// A group like `self` around other items: self.derive(items) with traceback,
// cause, context and notes.
static Ref derive_like(ThreadState *ts, Value self, Value items)
{
    if (list_size(list_from(items)) == 0) {
        return REF_NONE;
    }
    OWNED Ref made = object_call_method_z(ts, self, "derive", &items, 1);
    if (is_error(made)) {
        return NO_REF;
    }
    if (!is_group(made.v)) {
        return raise(ts, EXC_TypeError, "derive must return an instance of BaseExceptionGroup");
    }
    Exception *from = exception_from(self), *to = exception_from(made.v);
    exception_set_field(ts, made.v, &to->traceback, shared_ref_load(&from->head, &from->traceback));
    exception_set_field(ts, made.v, &to->context, shared_ref_load(&from->head, &from->context));
    exception_set_field(ts, made.v, &to->cause, shared_ref_load(&from->head, &from->cause));
    to->suppress_context = from->suppress_context;
    OWNED Ref notes = NO_REF;
    Lookup found = object_lookup_attribute(ts, self, NAME(__notes__), &notes);
    if (found == LOOKUP_FOUND && value_is_list(notes.v)) {
        OWNED Ref copy = sequence_list(ts, notes.v);
        if (is_error(copy) ||
            object_set_attribute(ts, made.v, NAME(__notes__), copy.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return found == LOOKUP_ERROR ? NO_REF : ref_take(&made);
}

typedef enum { BY_TYPE, BY_PREDICATE, BY_IDENTITY } MatchKind;
typedef struct Matcher {
    MatchKind kind;
    Value condition; // type or tuple; callable; list of exceptions
} Matcher;

static Truth matches(ThreadState *ts, const Matcher *m, Value exception)
{
    switch (m->kind) {
    case BY_TYPE:
        return object_is_subclass(ts, type_value(type_of(exception)), m->condition);
    case BY_PREDICATE: {
        OWNED Ref answer = object_call1(ts, m->condition, exception);
        return is_error(answer) ? TRUTH_ERROR : object_is_true(ts, answer.v);
    }
    default:
        for (size_t i = 0; i < list_size(list_from(m->condition)); i++) {
            OWNED Ref item = list_get(ts, list_from(m->condition), i);
            if (value_is_same(item.v, exception)) {
                return TRUTH_TRUE;
            }
        }
        return TRUTH_FALSE;
    }
}

// *matched and *rest become exceptions or None; rest may be NULL.
static Status split_recursive(ThreadState *ts, Value exception, const Matcher *m, Ref *matched,
                              Ref *rest)
{
    *matched = REF_NONE;
    if (rest != NULL) {
        *rest = REF_NONE;
    }
    Truth whole =
        m->kind == BY_IDENTITY && is_group(exception) ? TRUTH_FALSE : matches(ts, m, exception);
    if (whole == TRUTH_ERROR) {
        return STATUS_ERROR;
    }
    if (whole == TRUTH_TRUE) {
        *matched = ref_new(exception);
        return STATUS_OK;
    }
    if (!is_group(exception)) {
        if (rest != NULL) {
            *rest = ref_new(exception);
        }
        return STATUS_OK;
    }
    if (enter_native(ts, " in exceptiongroup_split_recursive") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    OWNED Ref items = group_exceptions(exception);
    OWNED Ref yes = list_new(ts, 2);
    OWNED Ref no = is_error(yes) ? NO_REF : list_new(ts, 2);
    if (is_error(no)) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < tuple_count(items.v); i++) {
        OWNED Ref sub_matched = NO_REF;
        OWNED Ref sub_rest = NO_REF;
        if (split_recursive(ts, tuple_item(items.v, i), m, &sub_matched,
                            rest == NULL ? NULL : &sub_rest) == STATUS_ERROR ||
            (!value_is_none(sub_matched.v) &&
             list_append(ts, list_from(yes.v), sub_matched.v) == STATUS_ERROR) ||
            (rest != NULL && !value_is_none(sub_rest.v) &&
             list_append(ts, list_from(no.v), sub_rest.v) == STATUS_ERROR)) {
            return STATUS_ERROR;
        }
    }
    *matched = derive_like(ts, exception, yes.v);
    if (is_error(*matched)) {
        return STATUS_ERROR;
    }
    if (rest != NULL) {
        *rest = derive_like(ts, exception, no.v);
        if (is_error(*rest)) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Status matcher_for(ThreadState *ts, Value condition, Matcher *m)
{
    m->condition = condition;
    bool is_type =
        value_is_type(condition) && (type_from(condition)->flags & TYPE_IS_EXCEPTION) != 0;
    bool is_types = value_is_tuple(condition);
    for (size_t i = 0; is_types && i < tuple_count(condition); i++) {
        Value item = tuple_item(condition, i);
        is_types = value_is_type(item) && (type_from(item)->flags & TYPE_IS_EXCEPTION) != 0;
    }
    if (is_type || is_types) {
        m->kind = BY_TYPE;
        return STATUS_OK;
    }
    if (object_is_callable(condition) && !value_is_type(condition)) {
        m->kind = BY_PREDICATE;
        return STATUS_OK;
    }
    return raise_status(ts, EXC_TypeError,
                        "expected a function, exception type or tuple of exception types");
}

static Ref group_split(ThreadState *ts, Value self, const Value *args)
{
    Matcher m;
    OWNED Ref matched = NO_REF;
    OWNED Ref rest = NO_REF;
    if (matcher_for(ts, args[0], &m) == STATUS_ERROR ||
        split_recursive(ts, self, &m, &matched, &rest) == STATUS_ERROR) {
        return NO_REF;
    }
    return tuple_pack(ts, 2, matched.v, rest.v);
}

static Ref group_subgroup(ThreadState *ts, Value self, const Value *args)
{
    Matcher m;
    OWNED Ref matched = NO_REF;
    if (matcher_for(ts, args[0], &m) == STATUS_ERROR ||
        split_recursive(ts, self, &m, &matched, NULL) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&matched);
}

static Ref group_derive(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref message = group_message(self);
    Value all[2] = {message.v, args[0]};
    return object_call(ts, type_value(TYPE_OF_EXCEPTION(EXC_BaseExceptionGroup)), all, 2, NO_VALUE);
}

// --- except* -------------------------------------------------------------------------------------

static void none_to_empty(Ref *r)
{
    if (value_is_none(r->v)) {
        *r = NO_REF;
    }
}

Status exception_split(ThreadState *ts, Value exception, Value type, Ref *matched, Ref *rest)
{
    *matched = *rest = NO_REF;
    Matcher m = {BY_TYPE, type};
    if (!is_group(exception)) { // a naked exception is wrapped
        Truth yes = matches(ts, &m, exception);
        if (yes != TRUTH_TRUE) {
            *rest = ref_new(exception);
            return yes == TRUTH_ERROR ? STATUS_ERROR : STATUS_OK;
        }
        OWNED Ref items = tuple_pack(ts, 1, exception);
        *matched = is_error(items) ? NO_REF : exception_group_new(ts, str_empty().v, items.v);
        return is_error(*matched) ? STATUS_ERROR : STATUS_OK;
    }
    Status status = split_recursive(ts, exception, &m, matched, rest);
    if (status == STATUS_ERROR) {
        ref_drop(matched);
        ref_drop(rest);
    }
    none_to_empty(matched);
    none_to_empty(rest);
    return status;
}

// Leaves of an exception (itself, or of a group) go into `list`.
static Status collect_leaves(ThreadState *ts, Value exception, Value list)
{
    if (!is_group(exception)) {
        return list_append(ts, list_from(list), exception);
    }
    OWNED Ref items = group_exceptions(exception);
    for (size_t i = 0; i < tuple_count(items.v); i++) {
        if (collect_leaves(ts, tuple_item(items.v, i), list) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static bool same_metadata(Value a, Value b)
{
    const Exception *x = exception_from(a), *y = exception_from(b);
    return value_is_same(shared_ref_peek(&x->traceback), shared_ref_peek(&y->traceback)) &&
           value_is_same(shared_ref_peek(&x->cause), shared_ref_peek(&y->cause)) &&
           value_is_same(shared_ref_peek(&x->context), shared_ref_peek(&y->context));
}

// What was raised again of the original group becomes one group again, shaped like it; what was
// newly raised stands beside it.
Ref exception_prepare_reraise(ThreadState *ts, Value original, Value raised)
{
    List *list = list_from(raised);
    size_t count = list_size(list);
    if (count == 0) {
        return REF_NONE;
    }
    if (!is_group(original)) { // at most one clause can have run
        return list_get(ts, list, 0);
    }
    OWNED Ref fresh = list_new(ts, count);
    OWNED Ref leaves = is_error(fresh) ? NO_REF : list_new(ts, count);
    for (size_t i = 0; !is_error(leaves) && i < count; i++) {
        OWNED Ref e = list_get(ts, list, i);
        if (value_is_none(e.v)) {
            continue;
        }
        bool is_again = is_group(e.v) && same_metadata(e.v, original);
        Status status =
            is_again ? collect_leaves(ts, e.v, leaves.v) : list_append(ts, list_from(fresh.v), e.v);
        if (status == STATUS_ERROR) {
            return NO_REF;
        }
    }
    if (is_error(leaves)) {
        return NO_REF;
    }
    OWNED Ref again = NO_REF;
    Matcher m = {BY_IDENTITY, leaves.v};
    if (split_recursive(ts, original, &m, &again, NULL) == STATUS_ERROR) {
        return NO_REF;
    }
    if (list_size(list_from(fresh.v)) == 0) {
        return ref_take(&again);
    }
    if (!value_is_none(again.v) && list_append(ts, list_from(fresh.v), again.v) == STATUS_ERROR) {
        return NO_REF;
    }
    return exception_group_new(ts, str_empty().v, fresh.v);
}

// --- Rows ----------------------------------------------------------------------------------------

static Ref get_message(ThreadState *ts, Value self)
{
    Ref r = group_message(self);
    return is_error(r) ? REF_NONE : r;
}
static Ref get_exceptions(ThreadState *ts, Value self)
{
    Ref r = group_exceptions(self);
    return is_error(r) ? REF_NONE : r;
}

static const GetSetDef group_getset[] = {{"message", get_message, NULL, "exception message"},
                                         {"exceptions", get_exceptions, NULL, "nested exceptions"},
                                         {NULL, NULL, NULL, NULL}};
static const NativeDef group_methods[] = {
    NATIVE("derive", group_derive, "($self, excs, /)", NULL),
    NATIVE("split", group_split, "($self, condition, /)", NULL),
    NATIVE("subgroup", group_subgroup, "($self, condition, /)", NULL), NATIVE_CLASS_GETITEM,
    NATIVE_END};

void exception_group_specs_fill(TypeSpec specs[EXC_COUNT])
{
    TypeSpec *base = &specs[EXC_BaseExceptionGroup];
    base->slots.make = group_make;
    base->slots.str = group_str;
    base->getset = group_getset;
    base->methods = group_methods;
}
