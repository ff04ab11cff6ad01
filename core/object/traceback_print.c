// core/object/traceback_print.c: the report of an exception, as the interpreter prints it at the
// end: causes and contexts first, then its frames, its text, its notes; groups as a tree.
#include "core/object/traceback_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/struct_sequence.h"
#include "core/object/tuple.h"

enum { GROUP_WIDTH_MAX = 15, GROUP_DEPTH_MAX = 10 };

// --- Writing -------------------------------------------------------------------------------------

void report_ascii(Report *r, const char *text)
{
    if (r->status == STATUS_OK) {
        r->status = builder_add_ascii(r->ts, &r->text, text, strlen(text));
    }
}

void report_str(Report *r, Value str)
{
    if (r->status == STATUS_OK) {
        r->status = builder_add(r->ts, &r->text, str);
    }
}

void report_repeat(Report *r, uint32_t c, int64_t count)
{
    if (r->status == STATUS_OK && count > 0) {
        r->status = builder_add_repeat(r->ts, &r->text, c, (size_t)count);
    }
}

void report_spaces(Report *r, int64_t count) { report_repeat(r, ' ', count); }

// Inside groups lines are indented by two per level and marked with a bar.
void report_margin(Report *r)
{
    if (r->group_depth > 0) {
        report_spaces(r, 2 * r->group_depth);
        report_ascii(r, "| ");
    }
}

// --- One exception -------------------------------------------------------------------------------

static Ref qualified_type_name(ThreadState *ts, Value exception)
{
    Value type = type_value(type_of(exception));
    OWNED Ref module = NO_REF;
    OWNED Ref qualname = NO_REF;
    if (object_lookup_attribute(ts, type, NAME(__module__), &module) == LOOKUP_ERROR) {
        exception_clear(ts);
    }
    qualname = object_get_attribute(ts, type, NAME(__qualname__));
    if (is_error(qualname) || !value_is_str(qualname.v)) {
        exception_clear(ts);
        return str_from_z(ts, "<unknown>");
    }
    if (is_error(module) || !value_is_str(module.v)) {
        return format_str(ts, "<unknown>.%U", qualname.v);
    }
    if (str_equal_z(module.v, "builtins") || str_equal_z(module.v, "__main__")) {
        return ref_take(&qualname);
    }
    return format_str(ts, "%U.%U", module.v, qualname.v);
}

// A line of text may be several: each gets the margin.
static void report_lines(Report *r, Value text, const char *first)
{
    const Str *s = str_from(text);
    size_t start = 0;
    report_margin(r);
    report_ascii(r, first);
    for (;;) {
        int64_t end = str_find_char(s, '\n', start, s->length);
        size_t stop = end < 0 ? s->length : (size_t)end;
        if (r->status == STATUS_OK) {
            r->status = builder_add_range(r->ts, &r->text, text, start, stop);
        }
        if (end < 0) {
            return;
        }
        report_ascii(r, "\n");
        report_margin(r);
        start = stop + 1;
    }
}

static void report_text(Report *r, Value exception)
{
    ThreadState *ts = r->ts;
    OWNED Ref name = qualified_type_name(ts, exception);
    if (is_error(name)) {
        r->status = STATUS_ERROR;
        return;
    }
    OWNED Ref text = object_str(ts, exception);
    if (is_error(text)) {
        exception_clear(ts);
        text = str_from_z(ts, "<exception str() failed>");
    }
    OWNED Ref line = is_error(text)            ? NO_REF
                     : str_length(text.v) == 0 ? ref_new(name.v)
                                               : format_str(ts, "%U: %U", name.v, text.v);
    OWNED Ref hint = is_error(line) ? NO_REF : suggestion_for(ts, exception);
    if (is_error(line)) {
        r->status = STATUS_ERROR;
        return;
    }
    report_lines(r, line.v, "");
    if (!is_error(hint)) {
        report_str(r, hint.v);
    }
    report_ascii(r, "\n");
}

static void report_notes(Report *r, Value exception)
{
    ThreadState *ts = r->ts;
    OWNED Ref notes = NO_REF;
    if (object_lookup_attribute(ts, exception, NAME(__notes__), &notes) != LOOKUP_FOUND) {
        exception_clear(ts);
        return;
    }
    bool is_sequence = value_is_list(notes.v) || value_is_tuple(notes.v);
    OWNED Ref items = is_sequence ? sequence_tuple(ts, notes.v) : object_repr(ts, notes.v);
    if (is_error(items)) {
        exception_clear(ts);
        items = str_from_z(ts, "<__notes__ repr() failed>");
        is_sequence = false;
    }
    if (!is_sequence) {
        if (!is_error(items)) {
            report_lines(r, items.v, "");
            report_ascii(r, "\n");
        }
        return;
    }
    for (size_t i = 0; i < tuple_count(items.v); i++) {
        OWNED Ref text = object_str(ts, tuple_item(items.v, i));
        if (is_error(text)) {
            exception_clear(ts);
            text = str_from_z(ts, "<note str() failed>");
        }
        if (!is_error(text)) {
            report_lines(r, text.v, "");
            report_ascii(r, "\n");
        }
    }
}

// --- SyntaxError ---------------------------------------------------------------------------------

static bool extra_number(Value exception, size_t index, int64_t *out)
{
    OWNED Ref v = exception_extra(exception, index);
    return !is_error(v) && value_is_int(v.v) && int_to_i64(v.v, out);
}

static void report_error_text(Report *r, Value text, int64_t offset, int64_t end_offset)
{
    const Str *s = str_from(text);
    int64_t marks = end_offset > 0 && end_offset > offset ? end_offset - offset : 1;
    size_t start = 0, end = s->length;
    offset--;
    while (start < end && (str_char(s, start) == ' ' || str_char(s, start) == '\t' ||
                           str_char(s, start) == '\f')) {
        start++;
        offset--;
    }
    if (end > start && str_char(s, end - 1) == '\n') {
        end--;
    }
    offset = MIN_OF(offset, (int64_t)(end - start));
    for (;;) {
        int64_t newline = str_find_char(s, '\n', start, end);
        if (newline < 0 || newline - (int64_t)start >= offset) {
            break;
        }
        offset -= newline + 1 - (int64_t)start;
        start = (size_t)newline + 1;
    }
    report_margin(r);
    report_spaces(r, 4);
    if (r->status == STATUS_OK) {
        r->status = builder_add_range(r->ts, &r->text, text, start, end);
    }
    report_ascii(r, "\n");
    if (offset < 0) {
        return;
    }
    report_margin(r);
    report_spaces(r, 4 + offset);
    report_repeat(r, '^', marks);
    report_ascii(r, "\n");
}

static void report_syntax_error(Report *r, Value exception)
{
    int64_t line = 0, offset = 0, end_line = 0, end_offset = 0;
    OWNED Ref file = exception_extra(exception, EXTRA_SYNTAX_FILENAME);
    OWNED Ref text = exception_extra(exception, EXTRA_SYNTAX_TEXT);
    if (!extra_number(exception, EXTRA_SYNTAX_LINENO, &line)) {
        return;
    }
    bool has_offset = extra_number(exception, EXTRA_SYNTAX_OFFSET, &offset);
    if (!extra_number(exception, EXTRA_SYNTAX_END_LINENO, &end_line)) {
        end_line = line;
    }
    if (!extra_number(exception, EXTRA_SYNTAX_END_OFFSET, &end_offset)) {
        end_offset = offset;
    }
    OWNED Ref head = is_error(file) || value_is_none(file.v)
                         ? format_str(r->ts, "  File \"<string>\", line %lld\n", (long long)line)
                         : format_str(r->ts, "  File \"%S\", line %lld\n", file.v, (long long)line);
    if (is_error(head)) {
        r->status = STATUS_ERROR;
        return;
    }
    report_margin(r);
    report_str(r, head.v);
    if (!is_error(text) && value_is_str(text.v)) {
        int64_t length = (int64_t)str_length(text.v);
        end_offset = end_line > line ? length : MIN_OF(end_offset, length + 1);
        report_error_text(r, text.v, has_offset ? offset : 0, end_offset);
    }
}

// Only the message: file and line stand above it.
static void report_syntax_message(Report *r, Value exception)
{
    ThreadState *ts = r->ts;
    OWNED Ref name = qualified_type_name(ts, exception);
    OWNED Ref message = exception_extra(exception, EXTRA_SYNTAX_MSG);
    OWNED Ref line = is_error(name) ? NO_REF
                     : is_error(message) || value_is_none(message.v)
                         ? format_str(ts, "%U: <no detail available>", name.v)
                         : format_str(ts, "%U: %S", name.v, message.v);
    if (is_error(line)) {
        r->status = STATUS_ERROR;
        return;
    }
    report_lines(r, line.v, "");
    report_ascii(r, "\n");
}

static void report_plain(Report *r, Value exception)
{
    report_traceback(r, exception, false);
    bool is_syntax = value_is_exception_of(exception, EXC_SyntaxError);
    int64_t line;
    if (is_syntax && extra_number(exception, EXTRA_SYNTAX_LINENO, &line)) {
        report_syntax_error(r, exception);
        report_syntax_message(r, exception);
    } else {
        report_text(r, exception);
    }
    report_notes(r, exception);
}

// --- Chains and groups ---------------------------------------------------------------------------

static void report_chain(Report *r, Value exception);

// "  +-+---------------- 1 ----------------" in front of a group's member.
static void report_member_head(Report *r, size_t index, bool is_rest)
{
    char head[80];
    if (is_rest) {
        snprintf(head, sizeof head, "%s+---------------- ... ----------------\n",
                 index == 0 ? "+-" : "  ");
    } else {
        snprintf(head, sizeof head, "%s+---------------- %zu ----------------\n",
                 index == 0 ? "+-" : "  ", index + 1);
    }
    report_spaces(r, 2 * r->group_depth);
    report_ascii(r, head);
}

static void report_rest(Report *r, size_t count)
{
    char text[64];
    snprintf(text, sizeof text, "and %zu more exception%s\n", count, count > 1 ? "s" : "");
    report_margin(r);
    report_ascii(r, text);
}

static void report_members(Report *r, Value items)
{
    size_t count = tuple_count(items);
    size_t shown = count <= GROUP_WIDTH_MAX ? count : GROUP_WIDTH_MAX + 1;
    r->needs_close = false;
    for (size_t i = 0; i < shown && r->status == STATUS_OK; i++) {
        bool is_last = i + 1 == shown, is_rest = i >= GROUP_WIDTH_MAX;
        r->needs_close |= is_last; // the innermost last member closes the box
        report_member_head(r, i, is_rest);
        r->group_depth++;
        if (is_rest) {
            report_rest(r, count - GROUP_WIDTH_MAX);
        } else {
            report_chain(r, tuple_item(items, i));
        }
        if (is_last && r->needs_close) {
            report_spaces(r, 2 * r->group_depth);
            report_ascii(r, "+------------------------------------\n");
            r->needs_close = false;
        }
        r->group_depth--;
    }
}

static void report_group(Report *r, Value exception)
{
    if (r->group_depth > GROUP_DEPTH_MAX) {
        report_margin(r);
        report_ascii(r, "... (max_group_depth is 10)\n");
        return;
    }
    bool is_outermost = r->group_depth == 0;
    r->group_depth += is_outermost;
    report_traceback(r, exception, true);
    report_text(r, exception);
    report_notes(r, exception);
    OWNED Ref items = exception_extra(exception, EXTRA_GROUP_EXCEPTIONS);
    if (!is_error(items)) {
        report_members(r, items.v);
    }
    r->group_depth -= is_outermost;
}

static bool was_seen(const Report *r, Value exception)
{
    for (size_t i = 0; i < r->seen_count; i++) {
        if (r->seen[i] == exception.bits) {
            return true;
        }
    }
    return false;
}

static bool note_seen(Report *r, Value exception)
{
    if (r->seen_count == r->seen_room) {
        size_t room = r->seen_room * 2 + 8;
        uintptr_t *larger = realloc(r->seen, room * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        r->seen = larger;
        r->seen_room = room;
    }
    r->seen[r->seen_count++] = exception.bits;
    return true;
}

static void report_linked(Report *r, Value exception, const char *message)
{
    bool needs_close = r->needs_close;
    r->needs_close = false;
    report_chain(r, exception);
    r->needs_close = needs_close;
    report_margin(r);
    report_ascii(r, "\n");
    report_margin(r);
    report_ascii(r, message);
    report_margin(r);
    report_ascii(r, "\n");
}

static void report_chain(Report *r, Value exception)
{
    if (!note_seen(r, exception) || !stack_has_room(r->ts)) {
        return;
    }
    const Exception *e = exception_from(exception);
    Value cause = shared_ref_peek(&e->cause), context = shared_ref_peek(&e->context);
    if (!is_no_value(cause)) {
        if (!was_seen(r, cause)) {
            report_linked(r, cause,
                          "The above exception was the direct cause of the following exception:\n");
        }
    } else if (!is_no_value(context) && !e->suppress_context && !was_seen(r, context)) {
        report_linked(r, context,
                      "During handling of the above exception, another exception occurred:\n");
    }
    if (value_is_exception_of(exception, EXC_BaseExceptionGroup)) {
        report_group(r, exception);
    } else {
        report_plain(r, exception);
    }
}

// --- What others call ----------------------------------------------------------------------------

Ref traceback_format(ThreadState *ts, Value exception)
{
    OWNED Ref pending = exception_fetch(ts);
    Report r = {.ts = ts};
    builder_init(&r.text);
    report_chain(&r, exception);
    free(r.seen);
    if (r.status == STATUS_ERROR) {
        builder_abandon(ts, &r.text);
        return NO_REF;
    }
    exception_clear(ts);
    OWNED Ref text = builder_finish(ts, &r.text);
    if (!is_error(pending) && !is_error(text)) {
        exception_restore(ts, ref_take(&pending));
    }
    return ref_take(&text);
}

void exception_print_default(ThreadState *ts, Value exception)
{
    OWNED Ref text = traceback_format(ts, exception);
    if (!is_error(text)) {
        write_to_stderr(ts, text.v);
        return;
    }
    exception_clear(ts);
    OWNED Ref name = str_from_z(ts, type_name(type_of(exception)));
    OWNED Ref line = is_error(name) ? NO_REF : format_str(ts, "%U\n", name.v);
    if (!is_error(line)) {
        write_to_stderr(ts, line.v);
    } else {
        dprintf(STDERR_FILENO, "%s\n", type_name(type_of(exception))); // no memory at all
    }
    exception_clear(ts);
}

static void print_hook_failure(ThreadState *ts, Value original)
{
    OWNED Ref failure = exception_fetch(ts);
    OWNED Ref head = str_from_z(ts, "Error in sys.excepthook:\n");
    OWNED Ref middle = str_from_z(ts, "\nOriginal exception was:\n");
    if (!is_error(head) && !is_error(middle) && !is_error(failure)) {
        write_to_stderr(ts, head.v);
        exception_print_default(ts, failure.v);
        write_to_stderr(ts, middle.v);
    }
    exception_clear(ts);
    exception_print_default(ts, original);
}

void exception_print(ThreadState *ts)
{
    OWNED Ref exception = exception_fetch(ts);
    if (is_error(exception)) {
        return;
    }
    OWNED Ref hook = sys_attribute(ts, "excepthook");
    if (is_error(hook)) {
        exception_clear(ts);
        exception_print_default(ts, exception.v);
        return;
    }
    OWNED Ref traceback =
        shared_ref_load(value_head(exception.v), &exception_from(exception.v)->traceback);
    OWNED Ref done = object_call3(ts, hook.v, type_value(type_of(exception.v)), exception.v,
                                  is_error(traceback) ? VALUE_NONE : traceback.v);
    if (is_error(done)) {
        print_hook_failure(ts, exception.v);
    }
}

// --- sys.unraisablehook --------------------------------------------------------------------------

static const StructSequenceField unraisable_fields[] = {
    {"exc_type", "Exception type"},
    {"exc_value", "Exception value"},
    {"exc_traceback", "Exception traceback"},
    {"err_msg", "Error message"},
    {"object", "Object causing the exception"},
    {"", NULL},
};
static const StructSequenceSpec unraisable_spec = {
    "UnraisableHookArgs",
    "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.", unraisable_fields,
    5};
static Ref unraisable_type; // made once; atomic

Ref unraisable_info(ThreadState *ts, Value exception, Value where, const char *message)
{
    if (atomic_load_acquire(&unraisable_type.v.bits) == 0) {
        OWNED Ref made = struct_sequence_type_new_closed(ts, &unraisable_spec);
        uintptr_t none = 0;
        if (is_error(made)) {
            return NO_REF;
        }
        if (atomic_cas_acq_rel(&unraisable_type.v.bits, &none, made.v.bits)) {
            made = NO_REF; // kept for the life of the process
        }
    }
    OWNED Ref text = message == NULL ? REF_NONE : str_from_z(ts, message);
    if (is_error(text)) {
        return NO_REF;
    }
    OWNED Ref traceback =
        shared_ref_load(value_head(exception), &exception_from(exception)->traceback);
    Ref values[5] = {ref_new(type_value(type_of(exception))), ref_new(exception),
                     is_error(traceback) ? REF_NONE : ref_new(traceback.v), ref_new(text.v),
                     is_no_value(where) ? REF_NONE : ref_new(where)};
    return struct_sequence_new(ts, type_from(unraisable_type.v), values, 5);
}
