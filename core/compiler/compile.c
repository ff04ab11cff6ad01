// core/compiler/compile.c: the way from source to code, and how failures leave it.
#include "core/compiler/compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/compiler/codegen.h"
#include "core/compiler/lexer.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/warn.h"

void compiler_fail_raised(Compiler *c)
{
    c->error.type = NULL;
    longjmp(c->on_failure, 1);
}

void compiler_fail(Compiler *c, int line, int column, int end_line, int end_column,
                   const char *format, ...)
{
    char *message = arena_allocate(c->arena, 512);
    if (message == NULL) {
        raise_no_memory(c->ts);
        compiler_fail_raised(c);
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, 512, format, arguments);
    va_end(arguments);
    c->error = (SyntaxError){.type = "SyntaxError",
                             .message = message,
                             .line = line,
                             .column = column + 1,
                             .end_line = end_line,
                             .end_column = end_column + 1};
    longjmp(c->on_failure, 1);
}

void *compiler_alloc(Compiler *c, size_t size)
{
    void *p = arena_allocate(c->arena, size);
    if (p == NULL) {
        raise_no_memory(c->ts);
        compiler_fail_raised(c);
    }
    return memset(p, 0, size);
}

void compiler_check_stack(Compiler *c)
{
    if (!stack_has_room(c->ts)) {
        raise_recursion_error(c->ts, "during compilation");
        compiler_fail_raised(c);
    }
}

// The source's line number `line`, for the error report.
// Columns of `error` that count bytes become characters.
static AstString line_of_source(const char *source, size_t size, int line)
{
    const char *at = source, *end = source + size;
    for (int n = 1; n < line && at < end; n++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline != NULL ? newline + 1 : end;
    }
    const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    const char *stop = newline != NULL ? newline + 1 : end;
    return (AstString){.bytes = at, .size = (uint32_t)(stop - at)};
}

static int characters(AstString text, int bytes)
{
    int count = 0;
    for (int i = 0; i < bytes && i < (int)text.size; i++) {
        count += ((unsigned char)text.bytes[i] & 0xC0) != 0x80;
    }
    return count;
}

static ExceptionId exception_id_of(const char *type)
{
    static const struct {
        const char *name;
        ExceptionId id;
    } known[] = {
        {"SyntaxError", EXC_SyntaxError}, {"IndentationError", EXC_IndentationError},
        {"TabError", EXC_TabError},       {"MemoryError", EXC_MemoryError},
        {"ValueError", EXC_ValueError},   {"RecursionError", EXC_RecursionError},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
        if (strcmp(known[i].name, type) == 0) {
            return known[i].id;
        }
    }
    return EXC_SyntaxError;
}

// SyntaxError(message, (filename, line, column, text, end_line, end_column))
static void raise_syntax_error(ThreadState *ts, const SyntaxError *error, Value filename)
{
    ExceptionId id = exception_id_of(error->type);
    if (id == EXC_MemoryError || id == EXC_ValueError || id == EXC_RecursionError) {
        raise(ts, id, "%s", error->message);
        return;
    }
    OWNED Ref message = str_from_utf8_replace(ts, error->message, strlen(error->message));
    OWNED Ref text = error->text.bytes != NULL
                         ? str_from_utf8_replace(ts, error->text.bytes, error->text.size)
                         : REF_NONE;
    if (is_error(message) || is_error(text)) {
        return;
    }
    OWNED Ref details =
        tuple_pack(ts, 6, filename, small_int(error->line), small_int(error->column), text.v,
                   small_int(error->end_line), small_int(error->end_column));
    if (is_error(details)) {
        return;
    }
    Value args[2] = {message.v, details.v};
    raise_args(ts, id, args, 2);
}

// A failure found behind the parser carries byte columns and no text yet.
static void complete_error(Compiler *c)
{
    SyntaxError *e = &c->error;
    e->text = line_of_source(c->source, c->source_size, e->line);
    e->column = characters(e->text, e->column - 1) + 1;
    AstString last =
        e->end_line == e->line ? e->text : line_of_source(c->source, c->source_size, e->end_line);
    e->end_column = characters(last, e->end_column - 1) + 1;
}

static bool has_annotations_future(const Module *m)
{
    for (int i = 0; i < m->body.count; i++) {
        Stmt *s = m->body.items[i];
        if (s->kind == STMT_IMPORT_FROM && s->import.level == 0 && s->import.module.bytes != NULL &&
            strcmp(s->import.module.bytes, "__future__") == 0) {
            for (int k = 0; k < s->import.names.count; k++) {
                if (strcmp(s->import.names.items[k].name.bytes, "annotations") == 0) {
                    return true;
                }
            }
        } else if (i > 0 || s->kind != STMT_EXPR) {
            return false;
        }
    }
    return false;
}

Value tuple_begin(Compiler *c, size_t count)
{
    TupleInWork *work = compiler_alloc(c, sizeof *work);
    work->tuple = tuple_new(c->ts, count);
    if (is_error(work->tuple)) {
        compiler_fail_raised(c);
    }
    work->outer = c->tuples;
    c->tuples = work;
    return work->tuple.v;
}

Ref tuple_end(Compiler *c)
{
    TupleInWork *work = c->tuples;
    c->tuples = work->outer;
    return tuple_finish(c->ts, ref_take(&work->tuple));
}

void tuple_abandon(Compiler *c)
{
    TupleInWork *work = c->tuples;
    c->tuples = work->outer;
    ref_drop(&work->tuple);
}

static void check_futures(Compiler *c, Module *m)
{
    static const char *known[] = {
        "nested_scopes",  "generators",       "division",       "absolute_import", "with_statement",
        "print_function", "unicode_literals", "barry_as_FLUFL", "generator_stop",  "annotations"};
    bool early = true;
    for (int i = 0; i < m->body.count; i++) {
        Stmt *s = m->body.items[i];
        bool future = s->kind == STMT_IMPORT_FROM && s->import.level == 0 &&
                      s->import.module.bytes != NULL &&
                      strcmp(s->import.module.bytes, "__future__") == 0;
        if (!future) {
            early = early && s->kind == STMT_EXPR && s->value->kind == EXPR_CONSTANT && i == 0;
            continue;
        }
        if (!early) {
            FAIL_AT(c, s, "from __future__ imports must occur at the beginning of the file");
        }
        for (int k = 0; k < s->import.names.count; k++) {
            const char *name = s->import.names.items[k].name.bytes;
            bool found = false;
            for (size_t n = 0; n < ARRAY_LENGTH(known); n++) {
                found = found || strcmp(known[n], name) == 0;
            }
            if (!found) {
                FAIL_AT(c, s, "future feature %.100s is not defined", name);
            }
        }
    }
}

// --- Warnings ------------------------------------------------------------------------------------

typedef struct Warned {
    struct Warned *next;
    const void *node;
} Warned;

// A filter has made an exception of it: then it is an error of the source.
static void fail_if_raised(Compiler *c, ExceptionId category, Position at, const char *message)
{
    if (exception_clear_if(c->ts, category)) {
        compiler_fail(c, at.line, at.column, at.end_line, at.end_column, "%s", message);
    }
    compiler_fail_raised(c);
}

static void warn(Compiler *c, ExceptionId category, Position at, const char *message)
{
    if (warn_at(c->ts, type_value(TYPE_OF_EXCEPTION(category)), message, c->filename, at.line) ==
        STATUS_ERROR) {
        fail_if_raised(c, category, at, message);
    }
}

void compiler_warn(Compiler *c, const void *node, Position at, const char *format, ...)
{
    for (const Warned *w = c->warned; w != NULL; w = w->next) {
        if (w->node == node) {
            return;
        }
    }
    Warned *w = compiler_alloc(c, sizeof *w);
    *w = (Warned){c->warned, node};
    c->warned = w;
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    warn(c, EXC_SyntaxWarning, at, message);
}

static void warn_of_text(Compiler *c, const ParseWarning *w)
{
    for (; w != NULL; w = w->next) {
        bool deprecated = strcmp(w->category, "DeprecationWarning") == 0;
        warn(c, deprecated ? EXC_DeprecationWarning : EXC_SyntaxWarning,
             (Position){w->line, 0, w->line, 0}, w->message);
    }
}

static Ref generate(Compiler *c, Module *module, const ParseWarning *warnings)
{
    warn_of_text(c, warnings);
    if (module->mode != PARSE_EVAL) {
        check_futures(c, module);
        c->annotations_as_text = c->options->annotations_as_text || has_annotations_future(module);
    }
    Scope *top = scopes_build(c, module);
    Unit *u = compiler_alloc(c, sizeof *u);
    AstString name = arena_intern(c->arena, "<module>", 8);
    unit_begin(c, u, top, name, NULL, 1);
    if (module->mode == PARSE_EVAL) {
        int value = gen_operand(c, module->expression);
        emit(c, INSTR_RETURN, value, 0, 0);
    } else {
        gen_body(c, module->body);
        emit(c, INSTR_RETURN_NONE, 0, 0, 0);
    }
    return unit_finish(c, u);
}

// A file whose name the message has already: SyntaxError without a place.
static bool is_about_file(const SyntaxError *e, const ParseInput *input)
{
    return input->filename != NULL && strncmp(e->message, "Non-UTF-8 ", 10) == 0;
}

static Ref compile_decoded(ThreadState *ts, const char *source, size_t size, Value filename,
                           const CompileOptions *options)
{
    Arena arena;
    arena_init(&arena);
    Compiler compiler = {.ts = ts,
                         .arena = &arena,
                         .filename = filename,
                         .options = options,
                         .source = source,
                         .source_size = size};
    Compiler *volatile c = &compiler;
    ParseInput input = {.source = source,
                        .size = size,
                        .mode = options->mode,
                        .is_text = options->is_text,
                        .allow_incomplete = options->allow_incomplete,
                        .no_dedent = options->no_dedent,
                        .int_digits_max = (int)int_max_str_digits(),
                        .stack_limit = (const void *)ts->stack_limit};
    if (options->is_script) {
        size_t length;
        input.filename = str_utf8(ts, filename, &length);
        exception_clear(ts); // a name that is not UTF-8 is not shown
    }
    ParseWarning *warnings = NULL;
    if (warn_at_hook != NULL) {
        input.warnings = &warnings;
    }
    volatile Ref result = NO_REF;
    Module *module = parse_source(&arena, &input, &c->error);
    if (options->incomplete != NULL) {
        *options->incomplete = module == NULL && c->error.incomplete;
    }
    if (module == NULL && is_about_file(&c->error, &input)) {
        raise(ts, EXC_SyntaxError, "%s", c->error.message);
    } else if (module == NULL) {
        raise_syntax_error(ts, &c->error, filename);
    } else if (options->tree != NULL) {
        result.v = options->tree(ts, module).v;
    } else if (setjmp(c->on_failure) == 0) {
        result.v = generate(c, module, warnings).v;
    } else {
        ref_drop(&c->held);
        while (c->tuples != NULL) {
            tuple_abandon(c);
        }
        while (c->unit != NULL) {
            Unit *u = c->unit;
            c->unit = u->outer;
            unit_free(ts, u);
        }
        if (c->error.type != NULL) {
            complete_error(c);
            raise_syntax_error(ts, &c->error, filename);
        }
    }
    arena_free(&arena);
    return result;
}

// Source in an encoding that only a codec of the library knows, as text. NO_REF without an exception:
// nothing of the kind. What the codec or the search for it raises is passed on.
static Ref decode_foreign(ThreadState *ts, const char *source, size_t size, Value filename)
{
    char name[64];
    if (!source_foreign_encoding(source, size, name, sizeof name)) {
        return NO_REF;
    }
    OWNED Ref text = str_decode(ts, (const uint8_t *)source, size, name, "strict");
    if (!is_error(text) && value_is_str(text.v)) {
        return ref_take(&text);
    }
    if (exception_matches(ts, EXC_ValueError) || exception_matches(ts, EXC_LookupError) ||
        exception_matches(ts, EXC_SyntaxError)) {
        OWNED Ref why = exception_fetch(ts);
        OWNED Ref message = object_str(ts, why.v);
        size_t length;
        const char *shown = is_error(message) ? NULL : str_utf8(ts, message.v, &length);
        if (shown != NULL) {
            SyntaxError error = {
                .type = "SyntaxError", .message = shown, .column = -1, .end_column = -1};
            raise_syntax_error(ts, &error, filename);
        }
    }
    return NO_REF;
}

Ref compile_source(ThreadState *ts, const char *source, size_t size, Value filename,
                   const CompileOptions *options)
{
    if (options->is_text) {
        return compile_decoded(ts, source, size, filename, options);
    }
    OWNED Ref text = decode_foreign(ts, source, size, filename);
    if (is_error(text)) {
        return has_exception(ts) ? NO_REF : compile_decoded(ts, source, size, filename, options);
    }
    CompileOptions of_text = *options;
    of_text.is_text = true;
    size_t length;
    const char *bytes = str_utf8(ts, text.v, &length);
    return bytes == NULL ? NO_REF : compile_decoded(ts, bytes, length, filename, &of_text);
}
