// core/object/traceback_lines.c: the frames of a traceback, with their source lines and markers.
//
// Markers follow CPython 3.11: the instruction's columns are underlined with ^, but for an operator
// or a subscript, where ~ marks the operands; nothing is marked when that would be the whole line.
#include <stdio.h>
#include <stdlib.h>

#include "core/compiler/parser.h"
#include "core/object/code.h"
#include "core/object/int.h"
#include "core/object/traceback_print.h"

enum { REPEATS_SHOWN = 3, INDENT = 4 };

// --- Source lines --------------------------------------------------------------------------------

Ref source_line(ThreadState *ts, Value filename, uint32_t line)
{
    size_t size;
    const char *path = line == 0 ? NULL : str_utf8(ts, filename, &size);
    if (path == NULL || path[0] == '\0' || path[0] == '<') {
        exception_clear(ts);
        return NO_REF;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return NO_REF;
    }
    char *text = NULL;
    size_t room = 0;
    ssize_t length = -1;
    for (uint32_t i = 0; i < line; i++) {
        length = getline(&text, &room, file);
        if (length < 0) {
            break;
        }
    }
    fclose(file);
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r')) {
        length--;
    }
    Ref result = length < 0 ? NO_REF : str_from_utf8_replace(ts, text, (size_t)length);
    free(text);
    exception_clear(ts);
    return result;
}

static bool is_blank(uint32_t c) { return c == ' ' || c == '\t' || c == '\f'; }

// --- Markers -------------------------------------------------------------------------------------

typedef struct Anchors {
    int64_t left, right; // characters from the segment's start; -1: none
} Anchors;

// Bytes of UTF-8 in front of character `index`, and back.
static int64_t character_of_byte(const Str *s, int64_t byte)
{
    int64_t at = 0;
    for (size_t i = 0; i < s->length; i++) {
        if (at >= byte) {
            return (int64_t)i;
        }
        uint32_t c = str_char(s, i);
        at += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
    return (int64_t)s->length;
}

// The operator between two operands: skips blanks and closing brackets.
static Anchors operator_anchors(const char *text, int start, int end)
{
    Anchors a = {-1, -1};
    for (int i = start; i < end; i++) {
        if (is_blank((uint8_t)text[i]) || text[i] == '\\' || text[i] == '\n') {
            continue;
        }
        a.left = i;
        a.right = i + 1;
        if (i + 1 < end && !is_blank((uint8_t)text[i + 1])) {
            a.right++;
        }
        if (i + 1 < end && text[i] == ')') {
            continue;
        }
        break;
    }
    return a;
}

static Anchors find_anchors(const char *text, size_t size)
{
    Anchors a = {-1, -1};
    Arena arena;
    arena_init(&arena);
    SyntaxError error;
    ParseInput input = {.source = text, .size = size, .mode = PARSE_EXEC, .is_text = true};
    const Module *module = parse_source(&arena, &input, &error);
    if (module != NULL && module->body.count == 1 && module->body.items[0]->kind == STMT_EXPR) {
        const Expr *e = module->body.items[0]->value;
        if (e->kind == EXPR_BIN_OP && e->bin_op.left->end_line == 1 && e->bin_op.right->line == 1) {
            a = operator_anchors(text, e->bin_op.left->end_column, e->bin_op.right->column);
        } else if (e->kind == EXPR_SUBSCRIPT && e->end_line == 1) {
            a.left = e->subscript.value->end_column;
            a.right = e->subscript.slice->end_column + 1;
        }
    }
    arena_free(&arena);
    return a;
}

// Columns are characters of `line`; `first` is the number of leading blanks.
static void report_markers(Report *r, Value line, SourcePosition p, int64_t first)
{
    const Str *s = str_from(line);
    int64_t length = (int64_t)s->length;
    int64_t start = character_of_byte(s, p.column);
    int64_t end = p.end_line == p.line ? character_of_byte(s, p.end_column) : length;
    Anchors a = {-1, -1};
    if (p.end_line == p.line) {
        OWNED Ref segment = str_substring(r->ts, line, (size_t)start, (size_t)MAX_OF(end, start));
        size_t size;
        const char *text = is_error(segment) ? NULL : str_utf8(r->ts, segment.v, &size);
        if (text != NULL) {
            a = find_anchors(text, size);
            if (a.left >= 0) {
                a.left = start + character_of_byte(str_from(segment.v), a.left);
                a.right = start + character_of_byte(str_from(segment.v), a.right);
            }
        }
        exception_clear(r->ts);
    } else {
        while (end > 0 && is_blank(str_char(s, (size_t)end - 1))) {
            end--;
        }
    }
    if (end - start == length - first && a.left < 0) {
        return; // the whole line
    }
    report_margin(r);
    report_spaces(r, INDENT + start - first);
    for (int64_t at = start; at < end; at++) {
        bool is_operand = a.left >= 0 && !(a.left <= at && at < a.right);
        report_ascii(r, is_operand ? "~" : "^");
    }
    report_ascii(r, "\n");
}

static void report_source(Report *r, Value filename, SourcePosition p)
{
    OWNED Ref line = source_line(r->ts, filename, (uint32_t)MAX_OF(p.line, 0));
    if (is_error(line)) {
        return;
    }
    const Str *s = str_from(line.v);
    size_t first = 0, end = s->length;
    while (first < end && is_blank(str_char(s, first))) {
        first++;
    }
    while (end > first && is_blank(str_char(s, end - 1))) {
        end--;
    }
    OWNED Ref shown = str_substring(r->ts, line.v, first, end);
    if (is_error(shown)) {
        exception_clear(r->ts);
        return;
    }
    if (end == first) {
        return;
    }
    report_margin(r);
    report_spaces(r, INDENT);
    report_str(r, shown.v);
    report_ascii(r, "\n");
    bool has_columns = p.column >= 0 && p.end_column >= 0 && p.end_line >= p.line;
    if (has_columns) {
        OWNED Ref trimmed = str_substring(r->ts, line.v, 0, end);
        if (!is_error(trimmed)) {
            report_markers(r, trimmed.v, p, (int64_t)first);
        }
    }
}

// --- Frames --------------------------------------------------------------------------------------

static void report_frame(Report *r, Traceback *t)
{
    const Code *code = code_from(shared_ref_peek(&t->code));
    Value filename = shared_ref_peek(&code->filename), name = shared_ref_peek(&code->name);
    SourcePosition p = code_position(code, t->instruction);
    if (t->line != 0 && (int)t->line != p.line) { // made by a script, with a line of its own
        p = (SourcePosition){(int)t->line, -1, (int)t->line, -1};
    }
    char number[16];
    snprintf(number, sizeof number, "%u", traceback_line(t));
    report_margin(r);
    report_ascii(r, "  File \"");
    report_str(r, filename);
    report_ascii(r, "\", line ");
    report_ascii(r, number);
    report_ascii(r, ", in ");
    report_str(r, name);
    report_ascii(r, "\n");
    report_source(r, filename, p);
}

static bool same_place(Traceback *a, Traceback *b)
{
    return a != NULL && value_is_same(shared_ref_peek(&a->code), shared_ref_peek(&b->code)) &&
           traceback_line(a) == traceback_line(b);
}

static void report_repeats(Report *r, uint64_t count)
{
    if (count <= REPEATS_SHOWN) {
        return;
    }
    char text[64];
    uint64_t more = count - REPEATS_SHOWN;
    snprintf(text, sizeof text, "  [Previous line repeated %llu more time%s]\n",
             (unsigned long long)more, more == 1 ? "" : "s");
    report_margin(r);
    report_ascii(r, text);
}

static int64_t traceback_limit(ThreadState *ts)
{
    OWNED Ref limit = sys_attribute(ts, "tracebacklimit");
    int64_t n;
    return !is_error(limit) && value_is_int(limit.v) && int_to_i64(limit.v, &n) ? n : 1000;
}

void report_traceback(Report *r, Value exception, bool is_group)
{
    Value first = shared_ref_peek(&exception_from(exception)->traceback);
    int64_t limit = traceback_limit(r->ts);
    if (is_no_value(first) || limit <= 0) {
        return;
    }
    if (is_group && r->group_depth == 1) {
        report_ascii(r, "  + ");
    } else {
        report_margin(r);
    }
    report_ascii(r, is_group ? "Exception Group Traceback (most recent call last):\n"
                             : "Traceback (most recent call last):\n");
    int64_t depth = 0;
    for (Value at = first; !is_no_value(at); at = shared_ref_peek(&traceback_from(at)->next)) {
        depth++;
    }
    Traceback *last = NULL;
    uint64_t repeats = 0;
    for (Value at = first; !is_no_value(at); at = shared_ref_peek(&traceback_from(at)->next)) {
        if (depth-- > limit) {
            continue; // only the innermost frames are shown
        }
        Traceback *t = traceback_from(at);
        if (!same_place(last, t)) {
            report_repeats(r, repeats);
            repeats = 0;
        }
        last = t;
        if (++repeats <= REPEATS_SHOWN) {
            report_frame(r, t);
        }
    }
    report_repeats(r, repeats);
}
