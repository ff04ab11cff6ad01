// core/compiler/ast_dump.c: see ast_dump.h.
#include "core/compiler/ast_dump.h"

#include <inttypes.h>
#include <string.h>

enum { DUMP_DEPTH_MAX = 4000 };

typedef struct Dumper {
    FILE *out;
    bool with_positions;
    bool too_deep;
    int depth;
} Dumper;

static void dump_expr(Dumper *d, const Expr *e);
static void dump_stmts(Dumper *d, const StmtList *list);

static void put(Dumper *d, const char *text) { fputs(text, d->out); }

static void put_text(Dumper *d, AstString text)
{
    putc('\'', d->out);
    for (uint32_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        if (c < 0x20 || c > 0x7E || c == '\'' || c == '\\') {
            fprintf(d->out, "\\x%02x", c);
        } else {
            putc(c, d->out);
        }
    }
    putc('\'', d->out);
}

static void put_position(Dumper *d, int line, int column, int end_line, int end_column)
{
    if (d->with_positions) {
        fprintf(d->out, "@%d:%d-%d:%d", line, column, end_line, end_column);
    }
}

static void put_end(Dumper *d, Position at)
{
    put(d, ")");
    put_position(d, at.line, at.column, at.end_line, at.end_column);
}

// `name=` with the comma in front that all but the first field need.
static void field(Dumper *d, const char *name, bool first)
{
    fprintf(d->out, first ? "%s=" : ", %s=", name);
}

static void expr_field(Dumper *d, const char *name, const Expr *e, bool first)
{
    if (e != NULL) {
        field(d, name, first);
        dump_expr(d, e);
    }
}

static void text_field(Dumper *d, const char *name, AstString text, bool first)
{
    if (text.bytes != NULL) {
        field(d, name, first);
        put_text(d, text);
    }
}

static void list_field(Dumper *d, const char *name, const ExprList *list, bool first)
{
    field(d, name, first);
    put(d, "[");
    for (int i = 0; i < list->count; i++) {
        put(d, i == 0 ? "" : ", ");
        if (list->items[i] == NULL) {
            put(d, "None");
        } else {
            dump_expr(d, list->items[i]);
        }
    }
    put(d, "]");
}

// --- parts ---------------------------------------------------------------------------------------

static void dump_constant(Dumper *d, const Constant *c)
{
    put(d, "value=");
    switch (c->kind) {
    case CONSTANT_NONE:
        put(d, "None");
        break;
    case CONSTANT_TRUE:
        put(d, "True");
        break;
    case CONSTANT_FALSE:
        put(d, "False");
        break;
    case CONSTANT_ELLIPSIS:
        put(d, "Ellipsis");
        break;
    case CONSTANT_INT:
        fprintf(d->out, "%" PRId64, c->integer);
        break;
    case CONSTANT_BIG_INT:
        fprintf(d->out, "big(%d,%s)", c->base, c->text.bytes);
        break;
    case CONSTANT_FLOAT: {
        uint64_t bits;
        memcpy(&bits, &c->real, sizeof bits);
        fprintf(d->out, "float(%016" PRIx64 ")", bits);
        break;
    }
    case CONSTANT_IMAGINARY: {
        uint64_t bits;
        memcpy(&bits, &c->real, sizeof bits);
        fprintf(d->out, "imaginary(%016" PRIx64 ")", bits);
        break;
    }
    case CONSTANT_BYTES:
        put(d, "b");
        put_text(d, c->text);
        break;
    case CONSTANT_STR:
        put_text(d, c->text);
        break;
    }
    if (c->kind == CONSTANT_STR && c->unicode_prefix) {
        put(d, ", kind='u'");
    }
}

static void dump_argument(Dumper *d, const Argument *a)
{
    put(d, "arg(");
    text_field(d, "arg", a->name, true);
    expr_field(d, "annotation", a->annotation, false);
    put_end(d, a->position);
}

static void argument_list(Dumper *d, const char *name, const ArgumentList *list, bool first)
{
    field(d, name, first);
    put(d, "[");
    for (int i = 0; i < list->count; i++) {
        put(d, i == 0 ? "" : ", ");
        dump_argument(d, &list->items[i]);
    }
    put(d, "]");
}

static void dump_arguments(Dumper *d, const Arguments *a)
{
    field(d, "args", false);
    put(d, "arguments(");
    argument_list(d, "posonlyargs", &a->positional_only, true);
    argument_list(d, "args", &a->args, false);
    if (a->vararg != NULL) {
        field(d, "vararg", false);
        dump_argument(d, a->vararg);
    }
    argument_list(d, "kwonlyargs", &a->keyword_only, false);
    list_field(d, "kw_defaults", &a->keyword_defaults, false);
    if (a->kwarg != NULL) {
        field(d, "kwarg", false);
        dump_argument(d, a->kwarg);
    }
    list_field(d, "defaults", &a->defaults, false);
    put(d, ")");
}

static void keyword_list(Dumper *d, const KeywordList *list)
{
    field(d, "keywords", false);
    put(d, "[");
    for (int i = 0; i < list->count; i++) {
        const Keyword *k = &list->items[i];
        put(d, i == 0 ? "keyword(" : ", keyword(");
        text_field(d, "arg", k->name, true);
        expr_field(d, "value", k->value, k->name.bytes == NULL);
        put_end(d, k->position);
    }
    put(d, "]");
}

static void dump_generators(Dumper *d, const ComprehensionList *list)
{
    field(d, "generators", false);
    put(d, "[");
    for (int i = 0; i < list->count; i++) {
        const Comprehension *c = &list->items[i];
        put(d, i == 0 ? "comprehension(" : ", comprehension(");
        expr_field(d, "target", c->target, true);
        expr_field(d, "iter", c->iter, false);
        list_field(d, "ifs", &c->ifs, false);
        fprintf(d->out, ", is_async=%d)", c->is_async);
    }
    put(d, "]");
}

// --- expressions ---------------------------------------------------------------------------------

static void dump_compare(Dumper *d, const Expr *e)
{
    expr_field(d, "left", e->compare.left, true);
    put(d, ", ops=[");
    for (int i = 0; i < e->compare.comparators.count; i++) {
        fprintf(d->out, "%s%s()", i == 0 ? "" : ", ", ast_compare_name(e->compare.ops[i]));
    }
    put(d, "]");
    list_field(d, "comparators", &e->compare.comparators, false);
}

static void dump_expr_fields(Dumper *d, const Expr *e)
{
    switch (e->kind) {
    case EXPR_BOOL_OP:
        put(d, e->bool_op.op == BOOL_AND ? "op=And()" : "op=Or()");
        list_field(d, "values", &e->bool_op.values, false);
        break;
    case EXPR_NAMED_EXPR:
        expr_field(d, "target", e->named_expr.target, true);
        expr_field(d, "value", e->named_expr.value, false);
        break;
    case EXPR_BIN_OP:
        expr_field(d, "left", e->bin_op.left, true);
        fprintf(d->out, ", op=%s()", ast_binary_name(e->bin_op.op));
        expr_field(d, "right", e->bin_op.right, false);
        break;
    case EXPR_UNARY_OP:
        fprintf(d->out, "op=%s()", ast_unary_name(e->unary_op.op));
        expr_field(d, "operand", e->unary_op.operand, false);
        break;
    case EXPR_LAMBDA:
        put(d, "_");
        dump_arguments(d, e->lambda.args);
        expr_field(d, "body", e->lambda.body, false);
        break;
    case EXPR_IF_EXP:
        expr_field(d, "test", e->if_exp.test, true);
        expr_field(d, "body", e->if_exp.body, false);
        expr_field(d, "orelse", e->if_exp.orelse, false);
        break;
    case EXPR_DICT:
        list_field(d, "keys", &e->dict.keys, true);
        list_field(d, "values", &e->dict.values, false);
        break;
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_GENERATOR_EXP:
        expr_field(d, "elt", e->comp.element, true);
        dump_generators(d, &e->comp.generators);
        break;
    case EXPR_DICT_COMP:
        expr_field(d, "key", e->comp.key, true);
        expr_field(d, "value", e->comp.element, false);
        dump_generators(d, &e->comp.generators);
        break;
    case EXPR_AWAIT:
    case EXPR_YIELD:
    case EXPR_YIELD_FROM:
    case EXPR_STARRED:
        expr_field(d, "value", e->value, true);
        break;
    case EXPR_COMPARE:
        dump_compare(d, e);
        break;
    case EXPR_CALL:
        expr_field(d, "func", e->call.func, true);
        list_field(d, "args", &e->call.args, false);
        keyword_list(d, &e->call.keywords);
        break;
    case EXPR_FORMATTED_VALUE:
        expr_field(d, "value", e->formatted_value.value, true);
        fprintf(d->out, ", conversion=%d", e->formatted_value.conversion);
        expr_field(d, "format_spec", e->formatted_value.format_spec, false);
        break;
    case EXPR_JOINED_STR:
        list_field(d, "values", &e->elements, true);
        break;
    case EXPR_CONSTANT:
        dump_constant(d, &e->constant);
        break;
    case EXPR_ATTRIBUTE:
        expr_field(d, "value", e->attribute.value, true);
        text_field(d, "attr", e->attribute.attr, false);
        break;
    case EXPR_SUBSCRIPT:
        expr_field(d, "value", e->subscript.value, true);
        expr_field(d, "slice", e->subscript.slice, false);
        break;
    case EXPR_NAME:
        text_field(d, "id", e->name, true);
        break;
    case EXPR_SET:
    case EXPR_LIST:
    case EXPR_TUPLE:
        list_field(d, "elts", &e->elements, true);
        break;
    case EXPR_SLICE:
        put(d, "_");
        expr_field(d, "lower", e->slice.lower, false);
        expr_field(d, "upper", e->slice.upper, false);
        expr_field(d, "step", e->slice.step, false);
        break;
    }
}

static void dump_expr(Dumper *d, const Expr *e)
{
    if (++d->depth > DUMP_DEPTH_MAX) {
        d->too_deep = true;
    } else {
        fprintf(d->out, "%s(", ast_expr_name(e->kind));
        dump_expr_fields(d, e);
        put(d, ")");
        put_position(d, e->line, e->column, e->end_line, e->end_column);
    }
    d->depth--;
}

// --- statements ----------------------------------------------------------------------------------

static void stmts_field(Dumper *d, const char *name, const StmtList *list)
{
    field(d, name, false);
    dump_stmts(d, list);
}

static void dump_with_items(Dumper *d, const WithItemList *list)
{
    put(d, "items=[");
    for (int i = 0; i < list->count; i++) {
        put(d, i == 0 ? "withitem(" : ", withitem(");
        expr_field(d, "context_expr", list->items[i].context_expr, true);
        expr_field(d, "optional_vars", list->items[i].optional_vars, false);
        put(d, ")");
    }
    put(d, "]");
}

static void dump_handlers(Dumper *d, const ExceptHandlerList *list)
{
    field(d, "handlers", false);
    put(d, "[");
    for (int i = 0; i < list->count; i++) {
        const ExceptHandler *h = &list->items[i];
        put(d, i == 0 ? "ExceptHandler(_" : ", ExceptHandler(_");
        expr_field(d, "type", h->type, false);
        text_field(d, "name", h->name, false);
        stmts_field(d, "body", &h->body);
        put_end(d, h->position);
    }
    put(d, "]");
}

static void dump_aliases(Dumper *d, const AliasList *list)
{
    field(d, "names", false);
    put(d, "[");
    for (int i = 0; i < list->count; i++) {
        const Alias *a = &list->items[i];
        put(d, i == 0 ? "alias(" : ", alias(");
        text_field(d, "name", a->name, true);
        text_field(d, "asname", a->asname, false);
        put_end(d, a->position);
    }
    put(d, "]");
}

static void dump_definition(Dumper *d, const Stmt *s)
{
    if (s->kind == STMT_CLASS_DEF) {
        text_field(d, "name", s->class_def.name, true);
        list_field(d, "bases", &s->class_def.bases, false);
        keyword_list(d, &s->class_def.keywords);
        stmts_field(d, "body", &s->class_def.body);
        list_field(d, "decorator_list", &s->class_def.decorators, false);
        return;
    }
    text_field(d, "name", s->function.name, true);
    dump_arguments(d, s->function.args);
    stmts_field(d, "body", &s->function.body);
    list_field(d, "decorator_list", &s->function.decorators, false);
    expr_field(d, "returns", s->function.returns, false);
}

static void dump_names(Dumper *d, const char *name, const NameList *list, bool first)
{
    field(d, name, first);
    put(d, "[");
    for (int i = 0; i < list->count; i++) {
        put(d, i == 0 ? "" : ", ");
        put_text(d, list->items[i]);
    }
    put(d, "]");
}

static void dump_pattern(Dumper *d, const Pattern *p);

static void pattern_list(Dumper *d, const char *name, const PatternList *list, bool first)
{
    field(d, name, first);
    put(d, "[");
    for (int i = 0; i < list->count; i++) {
        put(d, i == 0 ? "" : ", ");
        dump_pattern(d, list->items[i]);
    }
    put(d, "]");
}

static void dump_names(Dumper *d, const char *name, const NameList *list, bool first);

static void dump_pattern_fields(Dumper *d, const Pattern *p)
{
    switch (p->kind) {
    case PATTERN_VALUE:
        expr_field(d, "value", p->value, true);
        break;
    case PATTERN_SINGLETON:
        put(d, p->value->constant.kind == CONSTANT_NONE   ? "value=None"
               : p->value->constant.kind == CONSTANT_TRUE ? "value=True"
                                                          : "value=False");
        break;
    case PATTERN_SEQUENCE:
    case PATTERN_OR:
        pattern_list(d, "patterns", &p->patterns, true);
        break;
    case PATTERN_MAPPING:
        list_field(d, "keys", &p->mapping.keys, true);
        pattern_list(d, "patterns", &p->mapping.patterns, false);
        text_field(d, "rest", p->mapping.rest, false);
        break;
    case PATTERN_CLASS:
        expr_field(d, "cls", p->cls.cls, true);
        pattern_list(d, "patterns", &p->cls.patterns, false);
        dump_names(d, "kwd_attrs", &p->cls.attributes, false);
        pattern_list(d, "kwd_patterns", &p->cls.attribute_patterns, false);
        break;
    case PATTERN_STAR:
        text_field(d, "name", p->as.name, true);
        break;
    case PATTERN_AS:
        if (p->as.pattern != NULL) {
            field(d, "pattern", true);
            dump_pattern(d, p->as.pattern);
        }
        text_field(d, "name", p->as.name, p->as.pattern == NULL);
        break;
    }
}

static void dump_pattern(Dumper *d, const Pattern *p)
{
    if (++d->depth > DUMP_DEPTH_MAX) {
        d->too_deep = true;
    } else {
        fprintf(d->out, "%s(", ast_pattern_name(p->kind));
        dump_pattern_fields(d, p);
        put(d, ")");
        put_position(d, p->line, p->column, p->end_line, p->end_column);
    }
    d->depth--;
}

static void dump_cases(Dumper *d, const MatchCaseList *list)
{
    field(d, "cases", false);
    put(d, "[");
    for (int i = 0; i < list->count; i++) {
        put(d, i == 0 ? "match_case(pattern=" : ", match_case(pattern=");
        dump_pattern(d, list->items[i].pattern);
        expr_field(d, "guard", list->items[i].guard, false);
        stmts_field(d, "body", &list->items[i].body);
        put(d, ")");
    }
    put(d, "]");
}

static void dump_stmt_fields(Dumper *d, const Stmt *s)
{
    switch (s->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF:
    case STMT_CLASS_DEF:
        dump_definition(d, s);
        break;
    case STMT_RETURN:
    case STMT_EXPR:
        expr_field(d, "value", s->value, true);
        break;
    case STMT_DELETE:
        list_field(d, "targets", &s->targets, true);
        break;
    case STMT_ASSIGN:
        list_field(d, "targets", &s->assign.targets, true);
        expr_field(d, "value", s->assign.value, false);
        break;
    case STMT_AUG_ASSIGN:
        expr_field(d, "target", s->aug_assign.target, true);
        fprintf(d->out, ", op=%s()", ast_binary_name(s->aug_assign.op));
        expr_field(d, "value", s->aug_assign.value, false);
        break;
    case STMT_ANN_ASSIGN:
        expr_field(d, "target", s->ann_assign.target, true);
        expr_field(d, "annotation", s->ann_assign.annotation, false);
        expr_field(d, "value", s->ann_assign.value, false);
        fprintf(d->out, ", simple=%d", s->ann_assign.simple);
        break;
    case STMT_FOR:
    case STMT_ASYNC_FOR:
        expr_field(d, "target", s->for_loop.target, true);
        expr_field(d, "iter", s->for_loop.iter, false);
        stmts_field(d, "body", &s->for_loop.body);
        stmts_field(d, "orelse", &s->for_loop.orelse);
        break;
    case STMT_WHILE:
        expr_field(d, "test", s->while_loop.test, true);
        stmts_field(d, "body", &s->while_loop.body);
        stmts_field(d, "orelse", &s->while_loop.orelse);
        break;
    case STMT_IF:
        expr_field(d, "test", s->if_stmt.test, true);
        stmts_field(d, "body", &s->if_stmt.body);
        stmts_field(d, "orelse", &s->if_stmt.orelse);
        break;
    case STMT_WITH:
    case STMT_ASYNC_WITH:
        dump_with_items(d, &s->with.items);
        stmts_field(d, "body", &s->with.body);
        break;
    case STMT_RAISE:
        put(d, "_");
        expr_field(d, "exc", s->raise.exc, false);
        expr_field(d, "cause", s->raise.cause, false);
        break;
    case STMT_MATCH:
        expr_field(d, "subject", s->match.subject, true);
        dump_cases(d, &s->match.cases);
        break;
    case STMT_TRY:
        put(d, "_");
        stmts_field(d, "body", &s->try_stmt.body);
        dump_handlers(d, &s->try_stmt.handlers);
        stmts_field(d, "orelse", &s->try_stmt.orelse);
        stmts_field(d, "finalbody", &s->try_stmt.finalbody);
        break;
    case STMT_ASSERT:
        expr_field(d, "test", s->assert_stmt.test, true);
        expr_field(d, "msg", s->assert_stmt.message, false);
        break;
    case STMT_IMPORT:
        put(d, "_");
        dump_aliases(d, &s->import.names);
        break;
    case STMT_IMPORT_FROM:
        put(d, "_");
        text_field(d, "module", s->import.module, false);
        dump_aliases(d, &s->import.names);
        fprintf(d->out, ", level=%d", s->import.level);
        break;
    case STMT_GLOBAL:
    case STMT_NONLOCAL:
        dump_names(d, "names", &s->names, true);
        break;
    case STMT_PASS:
    case STMT_BREAK:
    case STMT_CONTINUE:
        break;
    }
}

static void dump_stmts(Dumper *d, const StmtList *list)
{
    put(d, "[");
    d->depth++;
    if (d->depth > DUMP_DEPTH_MAX) {
        d->too_deep = true;
    }
    for (int i = 0; i < list->count && !d->too_deep; i++) {
        const Stmt *s = list->items[i];
        fprintf(d->out, "%s%s(", i == 0 ? "" : ", ", ast_stmt_name(s));
        dump_stmt_fields(d, s);
        put(d, ")");
        put_position(d, s->line, s->column, s->end_line, s->end_column);
    }
    d->depth--;
    put(d, "]");
}

bool ast_dump(FILE *out, const Module *module, bool with_positions)
{
    Dumper d = {.out = out, .with_positions = with_positions};
    if (module->mode == PARSE_EVAL) {
        put(&d, "Expression(body=");
        dump_expr(&d, module->expression);
    } else {
        put(&d, module->mode == PARSE_SINGLE ? "Interactive(body=" : "Module(body=");
        dump_stmts(&d, &module->body);
    }
    put(&d, ")\n");
    return !d.too_deep;
}
