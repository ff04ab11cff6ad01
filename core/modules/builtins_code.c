// core/modules/builtins_code.c: compile, eval, exec, the class statement, import, and namespaces.
#include "core/modules/builtins.h"
#include "core/modules/posix.h"

#include <string.h>

#include "core/compiler/compile.h"
#include "core/modules/ast.h"
#include "core/object/bytes.h"
#include "core/object/cell.h"
#include "core/object/dict.h"
#include "core/object/function.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/frame.h"
#include "core/vm/import.h"
#include "core/vm/runtime_state.h"

// --- compile -------------------------------------------------------------------------------------

// Compiles a str or a bytes-like object. `what` completes the message for anything else.
static Ref compile_value(ThreadState *ts, Value source, Value filename, CompileOptions options,
                         const char *what)
{
    if (value_is_str(source)) {
        size_t size;
        const char *text = str_utf8(ts, source, &size);
        if (text == NULL) {
            return NO_REF;
        }
        options.is_text = true;
        return compile_source(ts, text, size, filename, &options);
    }
    BufferView view;
    if (type_of(source)->slots.buffer == NULL) {
        return raise(ts, EXC_TypeError, "%s", what);
    }
    if (buffer_get(ts, source, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    // The text may change under us: compile a copy.
    OWNED Ref copy = bytes_new(ts, view.data, view.size);
    buffer_release(ts, &view);
    return is_error(copy) ? NO_REF
                          : compile_source(ts, (const char *)bytes_from(copy.v)->data,
                                           bytes_from(copy.v)->size, filename, &options);
}

static Ref filename_text(ThreadState *ts, Value v)
{
    OWNED Ref path = path_of_object(ts, v);
    OWNED Ref text = is_error(path) || value_is_str(path.v)
                         ? ref_take(&path)
                         : str_decode(ts, bytes_from(path.v)->data, bytes_from(path.v)->size,
                                      "utf-8", "surrogateescape");
    if (!is_error(text) && str_find_char(str_from(text.v), 0, 0, str_length(text.v)) >= 0) {
        return raise(ts, EXC_ValueError, "embedded null character");
    }
    return ref_take(&text);
}

Ref builtin_compile(BOUND_PARAMETERS)
{
    OWNED Ref filename = filename_text(ts, args[1]);
    if (is_error(filename)) {
        return NO_REF;
    }
    if (!value_is_str(args[2])) {
        return raise(ts, EXC_TypeError, "compile() argument 'mode' must be str, not %T", args[2]);
    }
    CompileOptions options = {.optimize = runtime_state.options.optimize};
    if (str_equal_z(args[2], "exec")) {
        options.mode = PARSE_EXEC;
    } else if (str_equal_z(args[2], "eval")) {
        options.mode = PARSE_EVAL;
    } else if (str_equal_z(args[2], "single")) {
        options.mode = PARSE_SINGLE;
    } else {
        return raise(ts, EXC_ValueError, "compile() mode must be 'exec', 'eval' or 'single'");
    }
    int64_t flags = 0, optimize = -1;
    if ((!is_no_value(args[3]) && index_get(ts, args[3], &flags) == STATUS_ERROR) ||
        (!is_no_value(args[5]) && index_get(ts, args[5], &optimize) == STATUS_ERROR)) {
        return NO_REF;
    }
    options.tree = (flags & COMPILE_ONLY_AST) != 0 ? ast_to_object : NULL;
    if (optimize < -1 || optimize > 2) {
        return raise(ts, EXC_ValueError, "compile(): invalid optimize value");
    }
    if (optimize >= 0) {
        options.optimize = (int)optimize;
    }
    options.annotations_as_text = (flags & COMPILE_FUTURE_ANNOTATIONS) != 0;
    options.no_dedent = (flags & COMPILE_DONT_IMPLY_DEDENT) != 0;
    options.allow_incomplete = (flags & COMPILE_ALLOW_INCOMPLETE) != 0;
    if (value_is_exactly(args[0], KIND_CODE)) {
        return ref_new(args[0]);
    }
    if (value_is_kind(args[0], KIND_AST_NODE)) {
        return flags & COMPILE_ONLY_AST
                   ? ref_new(args[0])
                   : raise(ts, EXC_NotImplementedError,
                           "this version of Adder compiles source text, not syntax trees");
    }
    return compile_value(ts, args[0], filename.v, options,
                         "compile() arg 1 must be a string, bytes or AST object");
}

// --- eval and exec -------------------------------------------------------------------------------

// Where the code runs: globals (a dict; gets __builtins__) and locals (any mapping).
static Status choose_namespaces(ThreadState *ts, const char *name, Value *globals, Value *locals,
                                Ref *keep)
{
    bool has_globals = !is_no_value(*globals) && !value_is_none(*globals);
    bool has_locals = !is_no_value(*locals) && !value_is_none(*locals);
    if (has_locals && type_of(*locals)->slots.get_item == NULL) {
        return raise_status(ts, EXC_TypeError, "locals must be a mapping");
    }
    if (has_globals && !value_is_dict(*globals)) {
        return raise_status(ts, EXC_TypeError,
                            type_of(*globals)->slots.get_item != NULL
                                ? "globals must be a real dict; try eval(code, {}, mapping)"
                                : "globals must be a dict");
    }
    if (!has_globals) {
        Frame *f = frame_current(ts);
        *globals = f != NULL ? f->globals : runtime_state.main_globals.v;
        if (!has_locals && f != NULL) {
            *keep = frame_locals(ts, f);
            if (is_error(*keep)) {
                return STATUS_ERROR;
            }
            *locals = keep->v;
            has_locals = true;
        }
    }
    if (!has_locals) {
        *locals = *globals;
    }
    OWNED Ref there = NO_REF;
    Lookup l = dict_get(ts, dict_from(*globals), NAME(__builtins__), &there);
    if (l == LOOKUP_ERROR) {
        return STATUS_ERROR;
    }
    (void)name;
    return l == LOOKUP_FOUND ? STATUS_OK
                             : dict_set(ts, dict_from(*globals), NAME(__builtins__),
                                        runtime_state.builtins_dict.v);
}

static Status check_free_variables(ThreadState *ts, const char *name, Value code, Value closure)
{
    uint16_t wanted = code_from(code)->free_count;
    if (is_no_value(closure) || value_is_none(closure)) {
        return wanted == 0
                   ? STATUS_OK
                   : raise_status(ts, EXC_TypeError,
                                  "code object passed to %s() may not contain free variables",
                                  name);
    }
    if (wanted == 0) {
        return raise_status(ts, EXC_TypeError, "cannot use a closure with this code object");
    }
    bool fits = value_is_exactly(closure, KIND_TUPLE) && tuple_count(closure) == wanted;
    for (size_t i = 0; fits && i < wanted; i++) {
        fits = value_is_exactly(tuple_item(closure, i), KIND_CELL);
    }
    return fits ? STATUS_OK
                : raise_status(ts, EXC_TypeError,
                               "code object requires a closure of exactly length %d", wanted);
}

static Ref run_source(ThreadState *ts, const char *name, ParseMode mode, Value source,
                      Value globals, Value locals, Value closure)
{
    OWNED Ref keep = NO_REF;
    if (choose_namespaces(ts, name, &globals, &locals, &keep) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref code = NO_REF;
    if (value_is_exactly(source, KIND_CODE)) {
        code = ref_new(source);
    } else {
        OWNED Ref filename = ref_new(NAME(string_));
        CompileOptions options = {.mode = mode, .optimize = runtime_state.options.optimize};
        OWNED Ref text = ref_new(source);
        if (mode == PARSE_EVAL &&
            value_is_str(source)) { // leading blanks are fine in an expression
            size_t start = 0, length = str_length(source);
            while (start < length && (str_char(str_from(source), start) == ' ' ||
                                      str_char(str_from(source), start) == '\t')) {
                start++;
            }
            if (start > 0) {
                ref_set(&text, str_substring(ts, source, start, length));
            }
        }
        code = is_error(text)
                   ? NO_REF
                   : compile_value(ts, text.v, filename.v, options,
                                   mode == PARSE_EVAL
                                       ? "eval() arg 1 must be a string, bytes or code object"
                                       : "exec() arg 1 must be a string, bytes or code object");
    }
    if (is_error(code) || check_free_variables(ts, name, code.v, closure) == STATUS_ERROR) {
        return NO_REF;
    }
    return interpreter_run_code(
        ts, code.v, globals, value_is_same(locals, globals) ? NO_VALUE : locals,
        is_no_value(closure) || value_is_none(closure) ? NO_VALUE : closure);
}

Ref builtin_eval(BOUND_PARAMETERS)
{
    return run_source(ts, "eval", PARSE_EVAL, args[0], args[1], args[2], NO_VALUE);
}

Ref builtin_exec(BOUND_PARAMETERS)
{
    OWNED Ref result = run_source(ts, "exec", PARSE_EXEC, args[0], args[1], args[2], args[3]);
    return is_error(result) ? NO_REF : REF_NONE;
}

// --- The class statement -------------------------------------------------------------------------

// Replaces bases that are no types by what their __mro_entries__ say.
static Ref resolve_bases(ThreadState *ts, Value bases)
{
    OWNED Ref list = NO_REF;
    for (size_t i = 0; i < tuple_count(bases); i++) {
        Value base = tuple_item(bases, i);
        Ref method = NO_REF;
        Lookup l = value_is_type(base)
                       ? LOOKUP_ABSENT
                       : object_lookup_attribute(ts, base, NAME(__mro_entries__), &method);
        OWNED Ref entries = NO_REF;
        if (l == LOOKUP_FOUND) {
            entries = object_call1(ts, method.v, bases);
            ref_drop(&method);
            if (!is_error(entries) && !value_is_tuple(entries.v)) {
                return raise(ts, EXC_TypeError, "__mro_entries__ must return a tuple");
            }
        }
        if (l == LOOKUP_ERROR || (l == LOOKUP_FOUND && is_error(entries))) {
            return NO_REF;
        }
        if (l == LOOKUP_FOUND && is_error(list)) {
            list = list_new(ts, tuple_count(bases));
            if (is_error(list)) {
                return NO_REF;
            }
            for (size_t k = 0; k < i; k++) {
                if (list_append(ts, list_from(list.v), tuple_item(bases, k)) == STATUS_ERROR) {
                    return NO_REF;
                }
            }
        }
        if (!is_error(list)) {
            Status s = l == LOOKUP_FOUND ? list_extend(ts, list_from(list.v), entries.v)
                                         : list_append(ts, list_from(list.v), base);
            if (s == STATUS_ERROR) {
                return NO_REF;
            }
        }
    }
    return is_error(list) ? ref_new(bases) : list_to_tuple(ts, list_from(list.v));
}

// The most derived metaclass among the given one and those of the bases.
static Ref derive_metaclass(ThreadState *ts, Value metaclass, Value bases)
{
    if (!value_is_type(metaclass)) {
        return ref_new(metaclass);
    }
    Type *winner = type_from(metaclass);
    for (size_t i = 0; i < tuple_count(bases); i++) {
        Type *t = type_of(tuple_item(bases, i));
        if (type_is_subtype(winner, t)) {
            continue;
        }
        if (!type_is_subtype(t, winner)) {
            return raise(ts, EXC_TypeError,
                         "metaclass conflict: the metaclass of a derived class must be a "
                         "(non-strict) subclass of the metaclasses of all its bases");
        }
        winner = t;
    }
    return ref_new(type_value(winner));
}

// The namespace that the body fills: metaclass.__prepare__(name, bases, **keywords), or a dict.
static Ref prepare_namespace(ThreadState *ts, Value metaclass, Value name, Value bases,
                             Value keywords)
{
    if (value_is_same(metaclass, type_value(TYPE_OF_KIND(TYPE)))) {
        return dict_new(ts);
    }
    OWNED Ref prepare = NO_REF;
    Lookup l = object_lookup_attribute(ts, metaclass, NAME(__prepare__), &prepare);
    if (l != LOOKUP_FOUND) {
        return l == LOOKUP_ERROR ? NO_REF : dict_new(ts);
    }
    OWNED Ref args = tuple_pack(ts, 2, name, bases);
    OWNED Ref made = is_error(args) ? NO_REF : object_call_packed(ts, prepare.v, args.v, keywords);
    if (!is_error(made) && type_of(made.v)->slots.get_item == NULL) {
        return raise(ts, EXC_TypeError, "%s.__prepare__() must return a mapping, not %T",
                     value_is_type(metaclass) ? type_name(type_from(metaclass)) : "<metaclass>",
                     made.v);
    }
    return ref_take(&made);
}

Ref builtin_build_class(CALL_PARAMETERS)
{
    size_t keyword_count = is_no_value(names) ? 0 : tuple_count(names);
    size_t positional = count;
    if (positional < 2) {
        return raise(ts, EXC_TypeError, "__build_class__: not enough arguments");
    }
    if (!value_is_function(args[0])) {
        return raise(ts, EXC_TypeError, "__build_class__: func must be a function");
    }
    if (!value_is_str(args[1])) {
        return raise(ts, EXC_TypeError, "__build_class__: name is not a string");
    }
    OWNED Ref original = tuple_from_values(ts, args + 2, positional - 2);
    OWNED Ref bases = is_error(original) ? NO_REF : resolve_bases(ts, original.v);
    if (is_error(bases)) {
        return NO_REF;
    }
    OWNED Ref keywords = NO_REF;
    Value metaclass = NO_VALUE;
    for (size_t i = 0; i < keyword_count; i++) {
        Value name = tuple_item(names, i);
        if (str_equal_z(name, "metaclass")) {
            metaclass = args[positional + i];
            continue;
        }
        if (is_error(keywords)) {
            keywords = dict_new(ts);
        }
        if (is_error(keywords) ||
            dict_set(ts, dict_from(keywords.v), name, args[positional + i]) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    if (is_no_value(metaclass)) {
        metaclass = tuple_count(bases.v) > 0 ? type_value(type_of(tuple_item(bases.v, 0)))
                                             : type_value(TYPE_OF_KIND(TYPE));
    }
    OWNED Ref meta = derive_metaclass(ts, metaclass, bases.v);
    OWNED Ref space =
        is_error(meta) ? NO_REF : prepare_namespace(ts, meta.v, args[1], bases.v, keywords.v);
    OWNED Ref cell = is_error(space) ? NO_REF : interpreter_run_body(ts, args[0], space.v);
    if (is_error(cell)) {
        return NO_REF;
    }
    if (!value_is_same(original.v, bases.v) &&
        object_set_item(ts, space.v, NAME(__orig_bases__), original.v) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref triple = tuple_pack(ts, 3, args[1], bases.v, space.v);
    OWNED Ref made =
        is_error(triple) ? NO_REF : object_call_packed(ts, meta.v, triple.v, keywords.v);
    if (is_error(made) || !value_is_type(made.v) || !value_is_exactly(cell.v, KIND_CELL)) {
        return ref_take(&made);
    }
    OWNED Ref inside = cell_load((Cell *)value_head(cell.v));
    if (is_error(inside)) {
        return raise(
            ts, EXC_RuntimeError,
            "__class__ not set defining %R as %R. Was __classcell__ propagated to type.__new__?",
            args[1], made.v);
    }
    if (!value_is_same(inside.v, made.v)) {
        return raise(ts, EXC_TypeError, "__class__ set to %R defining %R as %R", inside.v, args[1],
                     made.v);
    }
    return ref_take(&made);
}

// --- import and namespaces -----------------------------------------------------------------------

Ref builtin_import(BOUND_PARAMETERS)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "module name must be a string");
    }
    int64_t level = 0;
    if (!is_no_value(args[4]) && index_get(ts, args[4], &level) == STATUS_ERROR) {
        return NO_REF;
    }
    Value globals = is_no_value(args[1]) ? VALUE_NONE : args[1];
    return import_name(ts, args[0], globals, is_no_value(args[3]) ? VALUE_NONE : args[3],
                       (int)level);
}

Ref builtin_globals(BOUND_PARAMETERS)
{
    Frame *f = frame_current(ts);
    return ref_new(f != NULL ? f->globals : runtime_state.main_globals.v);
}

Ref builtin_locals(BOUND_PARAMETERS)
{
    Frame *f = frame_current(ts);
    return f != NULL ? frame_locals(ts, f) : ref_new(runtime_state.main_globals.v);
}

Ref builtin_vars(BOUND_PARAMETERS)
{
    if (is_no_value(args[0])) {
        return builtin_locals(ts, self, args);
    }
    Ref dict = NO_REF;
    switch (object_lookup_attribute(ts, args[0], NAME(__dict__), &dict)) {
    case LOOKUP_FOUND:
        return dict;
    case LOOKUP_ABSENT:
        return raise(ts, EXC_TypeError, "vars() argument must have __dict__ attribute");
    default:
        return NO_REF;
    }
}

Ref builtin_dir(BOUND_PARAMETERS)
{
    OWNED Ref names = NO_REF;
    if (is_no_value(args[0])) {
        OWNED Ref locals = builtin_locals(ts, self, args);
        names = is_error(locals) ? NO_REF : object_call_method_z(ts, locals.v, "keys", NULL, 0);
    } else {
        names = type_call_special(ts, args[0], NAME(__dir__), NULL, 0);
    }
    OWNED Ref list = is_error(names) ? NO_REF : sequence_list(ts, names.v);
    if (is_error(list) || list_sort(ts, list.v, NO_VALUE, false) == STATUS_ERROR) {
        return NO_REF;
    }
    return ref_take(&list);
}
