// core/modules/warnings.c: _warnings: who is warned of what, and how often.
//
// 1. warn() finds out where the warning belongs: file, line, module,
//    and the registry of that module, which remembers what was said before.
// 2. The filters, in order, say what to do: raise an exception, nothing, or show the message:
//    always, or once for each line, module or text.
// 3. Changing the filters raises a version number,
//    by which a registry that is out of date is emptied.
//
// The filters and the rest of the state belong to the library's module `warnings` once a script has
// imported it: it is asked for its attributes, and shows the messages.
#include <string.h>

#include "core/object/warn.h"

#include "core/modules/warnings.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/traceback_print.h"
#include "core/object/tuple.h"
#include "core/vm/frame.h"
#include "core/vm/import.h"
#include "core/vm/runtime_state.h"
#include "gil/mutex.h"

// Made when first needed, ours until the process ends (warnings_finish).
static Ref own_filters, own_once_registry, own_default_action;
static Mutex setup_mutex;
static uint64_t filters_version; // atomic

// --- State ---------------------------------------------------------------------------------------

static Ref filter_new(ThreadState *ts, const char *action, ExceptionId category, const char *module)
{
    OWNED Ref name = str_intern_z(ts, action);
    OWNED Ref where = module != NULL ? str_intern_z(ts, module) : REF_NONE;
    return is_error(name) || is_error(where)
               ? NO_REF
               : tuple_pack(ts, 5, name.v, VALUE_NONE, type_value(TYPE_OF_EXCEPTION(category)),
                            where.v, small_int(0));
}

static Ref default_filters(ThreadState *ts)
{
    static const struct {
        const char *action, *module;
        ExceptionId category;
    } rows[] = {{"default", "__main__", EXC_DeprecationWarning},
                {"ignore", NULL, EXC_DeprecationWarning},
                {"ignore", NULL, EXC_PendingDeprecationWarning},
                {"ignore", NULL, EXC_ImportWarning},
                {"ignore", NULL, EXC_ResourceWarning}};
    OWNED Ref list = list_new(ts, ARRAY_LENGTH(rows));
    for (size_t i = 0; i < ARRAY_LENGTH(rows) && !is_error(list); i++) {
        OWNED Ref filter = filter_new(ts, rows[i].action, rows[i].category, rows[i].module);
        if (is_error(filter) || list_append(ts, list_from(list.v), filter.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return ref_take(&list);
}

static Status state_ready(ThreadState *ts)
{
    if (atomic_load_acquire(&own_default_action.v.bits) != 0) {
        return STATUS_OK;
    }
    OWNED Ref filters = default_filters(ts);
    OWNED Ref registry = dict_new(ts);
    OWNED Ref action = str_intern_z(ts, "default");
    if (is_error(filters) || is_error(registry) || is_error(action)) {
        return STATUS_ERROR;
    }
    mutex_lock(&setup_mutex);
    if (own_default_action.v.bits == 0) {
        own_filters = ref_take(&filters);
        own_once_registry = ref_take(&registry);
        // release: whoever sees the last finds the others.
        atomic_store_release(&own_default_action.v.bits, ref_take(&action).v.bits);
    }
    mutex_unlock(&setup_mutex);
    return STATUS_OK;
}

void warnings_finish(void)
{
    ref_drop(&own_filters);
    ref_drop(&own_once_registry);
    ref_drop(&own_default_action);
}

// An attribute of the library's module, if a script has imported it.
// NO_REF without an exception: not there.
static Ref library_attribute(ThreadState *ts, const char *name)
{
    OWNED Ref module = NO_REF;
    if (is_error(runtime_state.modules) ||
        dict_get_z(ts, dict_from(runtime_state.modules.v), "warnings", &module) != LOOKUP_FOUND) {
        return NO_REF;
    }
    OWNED Ref key = str_intern_z(ts, name);
    OWNED Ref value = NO_REF;
    if (is_error(key) || object_lookup_attribute(ts, module.v, key.v, &value) == LOOKUP_ERROR) {
        return NO_REF;
    }
    return ref_take(&value);
}

static Ref state_attribute(ThreadState *ts, const char *name, const Ref *own)
{
    Ref found = library_attribute(ts, name);
    return is_error(found) && !has_exception(ts) ? ref_new(own->v) : found;
}

// --- What was said before ------------------------------------------------------------------------

// Is the key there? If not and `add`, it is now.
static Truth already_warned(ThreadState *ts, Value registry, Value key, bool add)
{
    if (is_no_value(registry) || value_is_none(registry)) {
        return TRUTH_FALSE;
    }
    Dict *d = dict_from(registry);
    OWNED Ref version = NO_REF;
    Lookup found = dict_get_z(ts, d, "version", &version);
    if (found == LOOKUP_ERROR) {
        return TRUTH_ERROR;
    }
    OWNED Ref now = int_from_u64(ts, atomic_load_relaxed(&filters_version));
    bool current = found == LOOKUP_FOUND && value_is_int(version.v) && !is_error(now) &&
                   int_compare(version.v, now.v) == 0;
    if (!current) {
        dict_clear(ts, d);
        if (is_error(now) || dict_set_z(ts, d, "version", now.v) == STATUS_ERROR) {
            return TRUTH_ERROR;
        }
    } else {
        OWNED Ref said = NO_REF;
        if (dict_get(ts, d, key, &said) == LOOKUP_ERROR) {
            return TRUTH_ERROR;
        }
        Truth t = is_error(said) ? TRUTH_FALSE : object_is_true(ts, said.v);
        if (t != TRUTH_FALSE) {
            return t;
        }
    }
    return add && dict_set(ts, d, key, VALUE_TRUE) == STATUS_ERROR ? TRUTH_ERROR : TRUTH_FALSE;
}

// --- Filters -------------------------------------------------------------------------------------

static Truth pattern_matches(ThreadState *ts, Value pattern, Value text)
{
    if (value_is_none(pattern)) {
        return TRUTH_TRUE;
    }
    if (value_is_exactly_str(pattern)) {
        return value_is_str(text) && str_equal(pattern, text) ? TRUTH_TRUE : TRUTH_FALSE;
    }
    OWNED Ref result = object_call_method_z(ts, pattern, "match", &text, 1);
    return is_error(result) ? TRUTH_ERROR : object_is_true(ts, result.v);
}

typedef struct Warning {
    Value category, message; // message: an exception of the category
    Value text, module, filename;
    int64_t line;
    Value registry;    // dict, None, or NO_VALUE
    Value source_line; // str or NO_VALUE
    Value source;      // object or NO_VALUE
} Warning;

static Truth filter_matches(ThreadState *ts, Value filter, const Warning *w)
{
    int64_t line;
    if (!value_is_int(tuple_item(filter, 4)) || !int_to_i64(tuple_item(filter, 4), &line)) {
        raise(ts, EXC_TypeError, "an integer is required (got type %T)", tuple_item(filter, 4));
        return TRUTH_ERROR;
    }
    Truth t = pattern_matches(ts, tuple_item(filter, 1), w->text);
    if (t == TRUTH_TRUE) {
        t = pattern_matches(ts, tuple_item(filter, 3), w->module);
    }
    if (t == TRUTH_TRUE) {
        t = object_is_subclass(ts, w->category, tuple_item(filter, 2));
    }
    return t == TRUTH_TRUE && line != 0 && line != w->line ? TRUTH_FALSE : t;
}

// What to do; *filter is the one that said so, or None.
static Ref find_action(ThreadState *ts, const Warning *w, Ref *filter)
{
    OWNED Ref filters = state_attribute(ts, "filters", &own_filters);
    if (is_error(filters)) {
        return NO_REF;
    }
    if (!value_is_list(filters.v)) {
        return raise(ts, EXC_ValueError, "_warnings.filters must be a list");
    }
    for (size_t i = 0;; i++) {
        OWNED Ref item = list_get(ts, list_from(filters.v), i);
        if (is_error(item)) {
            break;
        }
        if (!value_is_tuple(item.v) || tuple_count(item.v) != 5) {
            return raise(ts, EXC_ValueError, "_warnings.filters item %zu isn't a 5-tuple", i);
        }
        if (!value_is_str(tuple_item(item.v, 0))) {
            return raise(ts, EXC_TypeError, "action must be a string, not '%T'",
                         tuple_item(item.v, 0));
        }
        Truth t = filter_matches(ts, item.v, w);
        if (t == TRUTH_ERROR) {
            return NO_REF;
        }
        if (t == TRUTH_TRUE) {
            Ref action = ref_new(tuple_item(item.v, 0));
            ref_set(filter, ref_take(&item));
            return action;
        }
    }
    if (has_exception(ts)) {
        return NO_REF;
    }
    OWNED Ref action = state_attribute(ts, "defaultaction", &own_default_action);
    if (!is_error(action) && !value_is_str(action.v)) {
        return raise(ts, EXC_TypeError, "_warnings.defaultaction must be a string, not '%T'",
                     action.v);
    }
    ref_set(filter, REF_NONE);
    return ref_take(&action);
}

// --- Showing -------------------------------------------------------------------------------------

static Status show_plainly(ThreadState *ts, const Warning *w)
{
    OWNED Ref name = object_get_attribute(ts, w->category, NAME(__name__));
    OWNED Ref head = is_error(name) ? NO_REF
                                    : format_str(ts, "%S:%lld: %S: %S\n", w->filename,
                                                 (long long)w->line, name.v, w->text);
    if (is_error(head)) {
        return STATUS_ERROR;
    }
    write_to_stderr(ts, head.v);
    OWNED Ref line = !is_no_value(w->source_line) ? ref_new(w->source_line)
                     : value_is_str(w->filename) && w->line > 0
                         ? source_line(ts, w->filename, (uint32_t)w->line)
                         : NO_REF;
    if (is_error(line)) {
        return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
    }
    OWNED Ref stripped = object_call_method_z(ts, line.v, "strip", NULL, 0);
    OWNED Ref shown = is_error(stripped) || str_length(stripped.v) == 0
                          ? NO_REF
                          : format_str(ts, "  %S\n", stripped.v);
    if (!is_error(shown)) {
        write_to_stderr(ts, shown.v);
    }
    return has_exception(ts) ? STATUS_ERROR : STATUS_OK;
}

// Through the library's WarningMessage and _showwarnmsg, which scripts may have replaced.
static Status show_by_library(ThreadState *ts, const Warning *w, Value show)
{
    if (!object_is_callable(show)) {
        return raise_status(ts, EXC_TypeError, "warnings._showwarnmsg() must be set to a callable");
    }
    OWNED Ref class_ = library_attribute(ts, "WarningMessage");
    if (is_error(class_)) {
        return has_exception(ts)
                   ? STATUS_ERROR
                   : raise_status(ts, EXC_RuntimeError, "unable to get warnings.WarningMessage");
    }
    Value args[7] = {w->message,
                     w->category,
                     w->filename,
                     small_int(w->line),
                     VALUE_NONE,
                     VALUE_NONE,
                     is_no_value(w->source) ? VALUE_NONE : w->source};
    OWNED Ref message = object_call(ts, class_.v, args, 7, NO_VALUE);
    OWNED Ref shown = is_error(message) ? NO_REF : object_call1(ts, show, message.v);
    return is_error(shown) ? STATUS_ERROR : STATUS_OK;
}

static Status show(ThreadState *ts, const Warning *w)
{
    if (!is_no_value(w->source) && !runtime_state.finalizing) {
        OWNED Ref library =
            import_module(ts, "warnings"); // it can tell where the source was allocated
        exception_clear(ts);
    }
    OWNED Ref function = library_attribute(ts, "_showwarnmsg");
    if (is_error(function)) {
        return has_exception(ts) ? STATUS_ERROR : show_plainly(ts, w);
    }
    return show_by_library(ts, w, function.v);
}

// --- Issuing -------------------------------------------------------------------------------------

static Truth said_for(ThreadState *ts, Value registry, const Warning *w, bool with_line)
{
    OWNED Ref key = with_line ? tuple_pack(ts, 3, w->text, w->category, small_int(0))
                              : tuple_pack(ts, 2, w->text, w->category);
    return is_error(key) ? TRUTH_ERROR : already_warned(ts, registry, key.v, true);
}

// Was it said as often as the action allows? Marks it as said.
static Truth was_said(ThreadState *ts, const Warning *w, Value action, Value filter, Value key)
{
    if (str_equal_z(action, "always")) {
        return TRUTH_FALSE;
    }
    bool has_registry = !is_no_value(w->registry) && !value_is_none(w->registry);
    if (has_registry && dict_set(ts, dict_from(w->registry), key, VALUE_TRUE) == STATUS_ERROR) {
        return TRUTH_ERROR;
    }
    if (str_equal_z(action, "once")) {
        if (has_registry) {
            return said_for(ts, w->registry, w, false);
        }
        OWNED Ref registry = state_attribute(ts, "onceregistry", &own_once_registry);
        if (is_error(registry)) {
            return TRUTH_ERROR;
        }
        if (!value_is_dict(registry.v)) {
            raise(ts, EXC_TypeError, "_warnings.onceregistry must be a dict, not '%T'", registry.v);
            return TRUTH_ERROR;
        }
        return said_for(ts, registry.v, w, false);
    }
    if (str_equal_z(action, "module")) {
        return has_registry ? said_for(ts, w->registry, w, false) : TRUTH_FALSE;
    }
    if (!str_equal_z(action, "default")) {
        raise(ts, EXC_RuntimeError, "Unrecognized action (%R) in warnings.filters:\n %R", action,
              filter);
        return TRUTH_ERROR;
    }
    return TRUTH_FALSE;
}

static Status issue(ThreadState *ts, Warning *w)
{
    OWNED Ref line = int_from_i64(ts, w->line);
    OWNED Ref key = is_error(line) ? NO_REF : tuple_pack(ts, 3, w->text, w->category, line.v);
    if (is_error(key)) {
        return STATUS_ERROR;
    }
    Truth said = already_warned(ts, w->registry, key.v, false);
    if (said != TRUTH_FALSE) {
        return said == TRUTH_ERROR ? STATUS_ERROR : STATUS_OK;
    }
    OWNED Ref filter = NO_REF;
    OWNED Ref action = find_action(ts, w, &filter);
    if (is_error(action)) {
        return STATUS_ERROR;
    }
    if (str_equal_z(action.v, "error")) {
        raise_object(ts, w->message, NO_VALUE);
        return STATUS_ERROR;
    }
    if (str_equal_z(action.v, "ignore")) {
        return STATUS_OK;
    }
    said = was_said(ts, w, action.v, filter.v, key.v);
    return said == TRUTH_ERROR ? STATUS_ERROR : said == TRUTH_TRUE ? STATUS_OK : show(ts, w);
}

// Fills in message, text and category from what was given, checks the registry, and issues.
static Status issue_given(ThreadState *ts, Warning *w, Value given)
{
    if (state_ready(ts) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (!is_no_value(w->registry) && !value_is_none(w->registry) && !value_is_dict(w->registry)) {
        return raise_status(ts, EXC_TypeError, "'registry' must be a dict or None");
    }
    OWNED Ref text = NO_REF;
    OWNED Ref message = NO_REF;
    if (value_is_exception_of(given, EXC_Warning)) {
        text = object_str(ts, given);
        message = ref_new(given);
        w->category = type_value(type_of(given));
    } else {
        text = ref_new(given);
        message = object_call1(ts, w->category, given);
    }
    if (is_error(text) || is_error(message)) {
        return STATUS_ERROR;
    }
    w->text = text.v;
    w->message = message.v;
    return issue(ts, w);
}

// The module's name from the file's: without ".py".
static Ref module_of_file(ThreadState *ts, Value filename)
{
    size_t n = str_length(filename);
    if (n == 0) {
        return str_from_z(ts, "<unknown>");
    }
    if (n >= 3) {
        OWNED Ref tail = str_substring(ts, filename, n - 3, n);
        if (!is_error(tail) && str_equal_z(tail.v, ".py")) {
            return str_substring(ts, filename, 0, n - 3);
        }
    }
    return ref_new(filename);
}

// --- warn ----------------------------------------------------------------------------------------

// Frames of the import system, which warnings pass over.
static bool is_internal(const Frame *f)
{
    Value name = shared_ref_peek(&f->code->filename);
    if (!value_is_str(name) || !str_is_ascii(str_from(name))) {
        return false;
    }
    const char *text = (const char *)str_from(name)->data;
    return strstr(text, "importlib") != NULL && strstr(text, "_bootstrap") != NULL;
}

static Frame *frame_outside(Frame *f)
{
    do {
        f = f->previous;
    } while (f != NULL && is_internal(f));
    return f;
}

static Frame *frame_at_level(ThreadState *ts, int64_t level)
{
    Frame *f = frame_current(ts);
    bool plainly = level <= 0 || (f != NULL && is_internal(f));
    while (--level > 0 && f != NULL) {
        f = plainly ? f->previous : frame_outside(f);
    }
    return f;
}

typedef struct Place {
    Ref filename, module, registry;
    int64_t line;
} Place;

static void place_drop(Place *p)
{
    ref_drop(&p->filename);
    ref_drop(&p->module);
    ref_drop(&p->registry);
}

static Status find_place(ThreadState *ts, int64_t level, Place *p)
{
    Frame *f = frame_at_level(ts, level);
    OWNED Ref globals =
        f != NULL ? ref_new(f->globals) : ref_new(value_of(module_dict(runtime_state.sys.v)));
    p->line = f != NULL ? frame_line(f) : 1;
    p->filename = f != NULL ? ref_new(shared_ref_peek(&f->code->filename)) : str_from_z(ts, "sys");
    Dict *d = dict_from(globals.v);
    OWNED Ref fresh = NO_REF;
    Lookup found = dict_get_z(ts, d, "__warningregistry__", &p->registry);
    if (found == LOOKUP_ABSENT) {
        fresh = dict_new(ts);
        OWNED Ref name = str_intern_z(ts, "__warningregistry__");
        found = is_error(fresh) || is_error(name)
                    ? LOOKUP_ERROR
                    : dict_set_default(ts, d, name.v, fresh.v, &p->registry);
    }
    if (found == LOOKUP_ERROR || is_error(p->filename)) {
        return STATUS_ERROR;
    }
    if (dict_get(ts, d, NAME(__name__), &p->module) == LOOKUP_ERROR) {
        return STATUS_ERROR;
    }
    if (is_error(p->module) || !(value_is_none(p->module.v) || value_is_str(p->module.v))) {
        ref_set(&p->module, str_from_z(ts, "<string>"));
    }
    return is_error(p->module) ? STATUS_ERROR : STATUS_OK;
}

static Status warn_at_level(ThreadState *ts, Value given, Value category, int64_t level,
                            Value source)
{
    Place place __attribute__((cleanup(place_drop))) = {NO_REF, NO_REF, NO_REF, 0};
    if (find_place(ts, level, &place) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    Warning w = {.category = category,
                 .module = place.module.v,
                 .filename = place.filename.v,
                 .line = place.line,
                 .registry = place.registry.v,
                 .source = source};
    return issue_given(ts, &w, given);
}

static Ref warnings_warn(ThreadState *ts, Value self, const Value *args)
{
    Value category = args[1];
    int64_t level = 1;
    if (value_is_exception_of(args[0], EXC_Warning)) {
        category = type_value(type_of(args[0]));
    } else if (is_no_value(category) || value_is_none(category)) {
        category = type_value(TYPE_OF_EXCEPTION(EXC_UserWarning));
    }
    if (!value_is_type(category) ||
        !type_is_subtype(type_from(category), TYPE_OF_EXCEPTION(EXC_Warning))) {
        return raise(ts, EXC_TypeError, "category must be a Warning subclass, not '%T'", category);
    }
    if (!is_no_value(args[2]) && index_get(ts, args[2], &level) == STATUS_ERROR) {
        return NO_REF;
    }
    Value source = is_no_value(args[3]) || value_is_none(args[3]) ? NO_VALUE : args[3];
    return warn_at_level(ts, args[0], category, level, source) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Status warn_from_c(ThreadState *ts, Value text, Value category, int stack_level)
{
    // Before there is a sys module nobody can be told.
    return is_error(runtime_state.sys) ? STATUS_OK
                                       : warn_at_level(ts, text, category, stack_level, NO_VALUE);
}

// --- warn_explicit -------------------------------------------------------------------------------

// The line of the source that the module's loader has, or NO_REF.
static Ref loaded_source_line(ThreadState *ts, Value globals, int64_t line)
{
    OWNED Ref loader = NO_REF;
    OWNED Ref name = NO_REF;
    if (!value_is_dict(globals) ||
        dict_get(ts, dict_from(globals), NAME(__loader__), &loader) != LOOKUP_FOUND ||
        dict_get(ts, dict_from(globals), NAME(__name__), &name) != LOOKUP_FOUND) {
        return NO_REF;
    }
    OWNED Ref get_source = NO_REF;
    OWNED Ref method = str_intern_z(ts, "get_source");
    if (is_error(method) ||
        object_lookup_attribute(ts, loader.v, method.v, &get_source) != LOOKUP_FOUND) {
        return NO_REF;
    }
    OWNED Ref source = object_call1(ts, get_source.v, name.v);
    if (is_error(source) || value_is_none(source.v)) {
        return NO_REF;
    }
    OWNED Ref lines = object_call_method_z(ts, source.v, "splitlines", NULL, 0);
    return is_error(lines) ? NO_REF : object_get_item(ts, lines.v, small_int(line - 1));
}

static Ref warnings_warn_explicit(ThreadState *ts, Value self, const Value *args)
{
    enum { MESSAGE, CATEGORY, FILENAME, LINE, MODULE, REGISTRY, GLOBALS, SOURCE };
    if (!value_is_str(args[FILENAME])) {
        return raise(ts, EXC_TypeError, "warn_explicit() argument 3 must be str, not %T",
                     args[FILENAME]);
    }
    int64_t line;
    if (index_get(ts, args[LINE], &line) == STATUS_ERROR) {
        return NO_REF;
    }
    bool has_module = !is_no_value(args[MODULE]) && !value_is_none(args[MODULE]);
    OWNED Ref module = has_module ? ref_new(args[MODULE]) : module_of_file(ts, args[FILENAME]);
    OWNED Ref text = NO_REF;
    if (is_error(module)) {
        return NO_REF;
    }
    if (!is_no_value(args[GLOBALS]) && !value_is_none(args[GLOBALS])) {
        if (!value_is_dict(args[GLOBALS])) {
            return raise(ts, EXC_TypeError, "module_globals must be a dict, not '%T'",
                         args[GLOBALS]);
        }
        text = loaded_source_line(ts, args[GLOBALS], line);
        if (is_error(text) && has_exception(ts)) {
            return NO_REF;
        }
    }
    Warning w = {.category = args[CATEGORY],
                 .module = module.v,
                 .filename = args[FILENAME],
                 .line = line,
                 .registry = args[REGISTRY],
                 .source_line = text.v,
                 .source = is_no_value(args[SOURCE]) || value_is_none(args[SOURCE]) ? NO_VALUE
                                                                                    : args[SOURCE]};
    return issue_given(ts, &w, args[MESSAGE]) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Status warn_about_source(ThreadState *ts, Value category, Value text, Value filename,
                                int line)
{
    OWNED Ref module = module_of_file(ts, filename);
    Warning w = {.category = category,
                 .module = module.v,
                 .filename = filename,
                 .line = line,
                 .registry = VALUE_NONE};
    return is_error(module) ? STATUS_ERROR : issue_given(ts, &w, text);
}

static Ref filters_mutated(ThreadState *ts, Value self, const Value *args)
{
    atomic_add_relaxed(&filters_version, (uint64_t)1);
    return REF_NONE;
}

// --- The module ----------------------------------------------------------------------------------

static const NativeDef functions[] = {
    NATIVE("warn", warnings_warn, "($module, /, message, category=None, stacklevel=1, source=None)",
           "Issue a warning, or maybe ignore it or raise an exception."),
    NATIVE("warn_explicit", warnings_warn_explicit,
           "($module, /, message, category, filename, lineno, module=None, registry=None, "
           "module_globals=None, source=None)",
           "Issue a warning, or maybe ignore it or raise an exception."),
    NATIVE("_filters_mutated", filters_mutated, "($module, /)",
           "Makes every registry out of date."),
    NATIVE_END,
};

void warnings_start(void)
{
    warn_hook = warn_from_c;
    warn_at_hook = warn_about_source;
}

static Status setup(ThreadState *ts, Value module)
{
    if (state_ready(ts) == STATUS_ERROR ||
        module_add(ts, module, "filters", own_filters.v) == STATUS_ERROR ||
        module_add(ts, module, "_onceregistry", own_once_registry.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return module_add(ts, module, "_defaultaction", own_default_action.v);
}

extern const ModuleSpec module_warnings;
const ModuleSpec module_warnings = {"_warnings", "Who is warned of what, and how often.", functions,
                                    setup};
