// core/modules/atexit.c: functions to be called when the process ends, the last registered first.
//
// Each is kept as a tuple (function, positional arguments, keyword arguments or None) in one list.
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static Ref exit_functions; // list; made by the first import, kept for the life of the process

static List *functions_list(void) { return list_from(exit_functions.v); }

static Ref atexit_register(CALL_PARAMETERS)
{
    size_t keywords = is_no_value(names) ? 0 : tuple_count(names);
    if (count == 0) {
        return raise(ts, EXC_TypeError, "register() takes at least 1 argument (0 given)");
    }
    if (!object_is_callable(args[0])) {
        return raise(ts, EXC_TypeError, "the first argument must be callable");
    }
    OWNED Ref arguments = tuple_from_values(ts, args + 1, count - 1);
    OWNED Ref named = keywords > 0 ? dict_new(ts) : REF_NONE;
    if (is_error(arguments) || is_error(named)) {
        return NO_REF;
    }
    for (size_t i = 0; i < keywords; i++) {
        if (dict_set(ts, dict_from(named.v), tuple_item(names, i), args[count + i]) ==
            STATUS_ERROR) {
            return NO_REF;
        }
    }
    OWNED Ref entry = tuple_pack(ts, 3, args[0], arguments.v, named.v);
    return is_error(entry) || list_append(ts, functions_list(), entry.v) == STATUS_ERROR
               ? NO_REF
               : ref_new(args[0]);
}

static Ref atexit_unregister(ThreadState *ts, Value self, const Value *args)
{
    for (size_t i = 0;;) {
        OWNED Ref entry = list_get(ts, functions_list(), i);
        if (is_error(entry)) {
            return has_exception(ts) ? NO_REF : REF_NONE;
        }
        Truth same = object_equal(ts, tuple_item(entry.v, 0), args[0]);
        if (same == TRUTH_ERROR) {
            return NO_REF;
        }
        if (same == TRUTH_TRUE) {
            OWNED Ref taken = list_take(ts, functions_list(), i);
        } else {
            i++;
        }
    }
}

static void call_entry(ThreadState *ts, Value entry)
{
    Value named = tuple_item(entry, 2);
    OWNED Ref result = object_call_packed(ts, tuple_item(entry, 0), tuple_item(entry, 1),
                                          value_is_none(named) ? NO_VALUE : named);
    if (is_error(result)) {
        exception_unraisable(ts, tuple_item(entry, 0), "Exception ignored in atexit callback");
    }
}

// Functions that register others while this runs have them called as well.
static Ref atexit_run(ThreadState *ts, Value self, const Value *args)
{
    for (;;) {
        size_t n = list_size(functions_list());
        if (n == 0) {
            return REF_NONE;
        }
        OWNED Ref entry = list_take(ts, functions_list(), n - 1);
        if (!is_error(entry)) {
            call_entry(ts, entry.v);
        }
    }
}

static Ref atexit_clear(ThreadState *ts, Value self, const Value *args)
{
    list_clear(ts, functions_list());
    return REF_NONE;
}

static Ref atexit_count(ThreadState *ts, Value self, const Value *args)
{
    return ref_of_size(list_size(functions_list()));
}

static const NativeDef functions[] = {
    NATIVE_RAW(
        "register", atexit_register, "($module, func, /, *args, **kwargs)",
        "Calls the function with these arguments when the process ends. Returns the function."),
    NATIVE("unregister", atexit_unregister, "($module, func, /)",
           "Forgets a function that was registered."),
    NATIVE("_run_exitfuncs", atexit_run, "($module, /)",
           "Calls all of them now, and forgets them."),
    NATIVE("_clear", atexit_clear, "($module, /)", "Forgets all of them."),
    NATIVE("_ncallbacks", atexit_count, "($module, /)", "How many there are."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    if (is_error(exit_functions)) {
        exit_functions = list_new(ts, 0);
    }
    return is_error(exit_functions) ? STATUS_ERROR : STATUS_OK;
}

extern const ModuleSpec module_atexit;
const ModuleSpec module_atexit = {"atexit", "Functions to be called when the process ends.",
                                  functions, setup};
