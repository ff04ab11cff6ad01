// core/modules/ast.c: _ast: the classes of syntax trees, and trees made of their instances.
//
// The classes are made from the rows of ast_nodes.def when the module is imported.
// A tree is converted node by node; the first failure makes everything that follows return NO_REF.
#include "core/modules/ast.h"

#include <string.h>

#include "core/compiler/ast.h"
#include "core/compiler/compile.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/type_internal.h"
#include "core/vm/import.h"

// --- AST, the base -------------------------------------------------------------------------------

static Ref make(CALL_PARAMETERS) { return instance_new(ts, type_from(self)); }

static Ref fields_of(ThreadState *ts, Value node)
{
    OWNED Ref name = str_intern_z(ts, "_fields");
    OWNED Ref fields =
        is_error(name) ? NO_REF : object_get_attribute(ts, type_value(type_of(node)), name.v);
    return is_error(fields) ? NO_REF : sequence_tuple(ts, fields.v);
}

static Status init(CALL_PARAMETERS)
{
    OWNED Ref fields = fields_of(ts, self);
    if (is_error(fields)) {
        return STATUS_ERROR;
    }
    if (count > tuple_count(fields.v)) {
        return raise_status(ts, EXC_TypeError,
                            "%N constructor takes at most %d positional argument%s", type_of(self),
                            (int)tuple_count(fields.v), tuple_count(fields.v) == 1 ? "" : "s");
    }
    for (size_t i = 0; i < count; i++) {
        if (object_set_attribute(ts, self, tuple_item(fields.v, i), args[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < named; i++) {
        Value name = tuple_item(names, i);
        for (size_t k = 0; k < count; k++) {
            Truth same = object_equal(ts, name, tuple_item(fields.v, k));
            if (same == TRUTH_ERROR) {
                return STATUS_ERROR;
            }
            if (same == TRUTH_TRUE) {
                return raise_status(ts, EXC_TypeError, "%N got multiple values for argument '%U'",
                                    type_of(self), name);
            }
        }
        OWNED Ref interned = str_intern(ts, ref_new(name));
        if (is_error(interned) ||
            object_set_attribute(ts, self, interned.v, args[count + i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

static Ref reduce(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref dict = instance_dict_copy(ts, value_head(self));
    OWNED Ref empty = tuple_empty();
    return is_error(dict) ? NO_REF : tuple_pack(ts, 3, type_value(type_of(self)), empty.v, dict.v);
}

static const NativeDef methods[] = {
    NATIVE("__reduce__", reduce, "($self, /)", NULL),
    NATIVE_END,
};

const TypeSpec spec_AST_NODE = {
    .name = "ast.AST",
    .base = KIND_OBJECT,
    .size = sizeof(ObjectHead),
    .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_HAS_DICT | TYPE_WEAK_REFERENCEABLE,
    .slots = {.make = make, .init = init},
    .methods = methods,
};

// --- The classes ---------------------------------------------------------------------------------

typedef struct NodeRow {
    const char *name, *base, *fields;
    bool has_position;
} NodeRow;

static const NodeRow node_rows[] = {
#define NODE(name, base, fields)         {#name, #base, fields, false},
#define NODE_WITH_POSITION(name, fields) {#name, "AST", fields, true},
#include "core/modules/ast_nodes.def"
#undef NODE
#undef NODE_WITH_POSITION
};

// The names of the fields; those that may be None get that value in the class.
static Ref parse_fields(ThreadState *ts, const char *fields, Dict *space)
{
    OWNED Ref names = list_new(ts, 0);
    while (!is_error(names) && *fields != 0) {
        const char *gap = strchr(fields, ' ');
        size_t size = strcspn(gap + 1, ",");
        OWNED Ref raw = str_from_wtf8(ts, gap + 1, size);
        OWNED Ref name = is_error(raw) ? NO_REF : str_intern(ts, ref_take(&raw));
        if (is_error(name) || list_append(ts, list_from(names.v), name.v) == STATUS_ERROR ||
            (gap[-1] == '?' && dict_set(ts, space, name.v, VALUE_NONE) == STATUS_ERROR)) {
            return NO_REF;
        }
        fields = gap + 1 + size;
        fields += strspn(fields, ", ");
    }
    return is_error(names) ? NO_REF : sequence_tuple(ts, names.v);
}

static Status set_text(ThreadState *ts, Dict *space, const char *name, Ref text)
{
    OWNED Ref owned = text;
    return is_error(owned) ? STATUS_ERROR : dict_set_z(ts, space, name, owned.v);
}

static Ref position_names(ThreadState *ts)
{
    OWNED Ref line = str_intern_z(ts, "lineno");
    OWNED Ref column = str_intern_z(ts, "col_offset");
    OWNED Ref end_line = str_intern_z(ts, "end_lineno");
    OWNED Ref end_column = str_intern_z(ts, "end_col_offset");
    if (is_error(line) || is_error(column) || is_error(end_line) || is_error(end_column)) {
        return NO_REF;
    }
    return tuple_pack(ts, 4, line.v, column.v, end_line.v, end_column.v);
}

static Status add_class(ThreadState *ts, Value module, const NodeRow *row)
{
    OWNED Ref base = NO_REF;
    OWNED Ref space = dict_new(ts);
    OWNED Ref name = str_from_z(ts, row->name);
    OWNED Ref fields = is_error(space) ? NO_REF : parse_fields(ts, row->fields, dict_from(space.v));
    if (is_error(fields) || is_error(name) ||
        dict_get_z(ts, module_dict(module), row->base, &base) != LOOKUP_FOUND) {
        return STATUS_ERROR;
    }
    Dict *d = dict_from(space.v);
    OWNED Ref bases = tuple_pack(ts, 1, base.v);
    Ref doc = row->fields[0] == 0 ? str_from_z(ts, row->name)
                                  : format_str(ts, "%s(%s)", row->name, row->fields);
    if (set_text(ts, d, "__doc__", doc) == STATUS_ERROR || is_error(bases) ||
        set_text(ts, d, "__module__", str_from_z(ts, "ast")) == STATUS_ERROR ||
        dict_set_z(ts, d, "_fields", fields.v) == STATUS_ERROR ||
        dict_set_z(ts, d, "__match_args__", fields.v) == STATUS_ERROR ||
        (row->has_position && (set_text(ts, d, "_attributes", position_names(ts)) == STATUS_ERROR ||
                               dict_set_z(ts, d, "end_lineno", VALUE_NONE) == STATUS_ERROR ||
                               dict_set_z(ts, d, "end_col_offset", VALUE_NONE) == STATUS_ERROR))) {
        return STATUS_ERROR;
    }
    return module_add_ref(
        ts, module, row->name,
        object_call3(ts, type_value(TYPE_OF_KIND(TYPE)), name.v, bases.v, space.v));
}

static Status setup(ThreadState *ts, Value module)
{
    Type *base = TYPE_OF_KIND(AST_NODE);
    OWNED Ref empty = tuple_empty();
    if (module_add(ts, module, "AST", type_value(base)) == STATUS_ERROR ||
        dict_set_z(ts, type_namespace(base), "_fields", empty.v) == STATUS_ERROR ||
        dict_set_z(ts, type_namespace(base), "_attributes", empty.v) == STATUS_ERROR ||
        dict_set_z(ts, type_namespace(base), "__match_args__", empty.v) == STATUS_ERROR ||
        module_add_int(ts, module, "PyCF_ONLY_AST", COMPILE_ONLY_AST) == STATUS_ERROR ||
        module_add_int(ts, module, "PyCF_TYPE_COMMENTS", 0x1000) == STATUS_ERROR ||
        module_add_int(ts, module, "PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(node_rows); i++) {
        if (add_class(ts, module, &node_rows[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

extern const ModuleSpec module_ast;
const ModuleSpec module_ast = {"_ast", NULL, NULL, setup};

// --- From a parsed tree to objects ---------------------------------------------------------------

enum { MARKS_MAX = 40 };

typedef struct Maker {
    ThreadState *ts;
    Dict *classes;
    bool failed;
    int mark_count; // operators and contexts: one object of each
    const char *mark_names[MARKS_MAX];
    Ref marks[MARKS_MAX];
} Maker;

static Ref fail(Maker *m)
{
    m->failed = true;
    return NO_REF;
}

static Ref new_node(Maker *m, const char *name)
{
    OWNED Ref cls = NO_REF;
    if (m->failed) {
        return NO_REF;
    }
    Lookup found = dict_get_z(m->ts, m->classes, name, &cls);
    OWNED Ref node = found == LOOKUP_FOUND ? object_call0(m->ts, cls.v) : NO_REF;
    if (is_error(node)) {
        if (found == LOOKUP_ABSENT) {
            raise(m->ts, EXC_AttributeError, "module '_ast' has no attribute '%s'", name);
        }
        return fail(m);
    }
    return ref_take(&node);
}

static void set(Maker *m, Value node, const char *field, Ref value)
{
    OWNED Ref owned = value;
    if (m->failed || is_error(owned) || is_no_value(node)) {
        m->failed = true;
        return;
    }
    OWNED Ref name = str_intern_z(m->ts, field);
    if (is_error(name) || object_set_attribute(m->ts, node, name.v, owned.v) == STATUS_ERROR) {
        m->failed = true;
    }
}

static void set_int(Maker *m, Value node, const char *field, int value)
{
    set(m, node, field, REF_OF(small_int(value)));
}

static void place(Maker *m, Value node, Position at)
{
    set_int(m, node, "lineno", at.line);
    set_int(m, node, "col_offset", at.column);
    set_int(m, node, "end_lineno", at.end_line);
    set_int(m, node, "end_col_offset", at.end_column);
}

#define PLACE(m, node, from)                                                                       \
    place((m), (node),                                                                             \
          (Position){(from)->line, (from)->column, (from)->end_line, (from)->end_column})

static Ref mark(Maker *m, const char *name)
{
    for (int i = 0; i < m->mark_count; i++) {
        if (strcmp(m->mark_names[i], name) == 0) {
            return ref_new(m->marks[i].v);
        }
    }
    Ref made = new_node(m, name);
    if (!is_error(made) && m->mark_count < MARKS_MAX) {
        m->mark_names[m->mark_count] = name;
        m->marks[m->mark_count++] = ref_new(made.v);
    }
    return made;
}

static Ref text_object(Maker *m, AstString text)
{
    if (text.bytes == NULL) {
        return REF_NONE;
    }
    Ref s = m->failed ? NO_REF : str_from_wtf8(m->ts, text.bytes, text.size);
    return is_error(s) ? fail(m) : s;
}

static Ref name_object(Maker *m, AstString text)
{
    Ref s = text_object(m, text);
    return is_error(s) || value_is_none(s.v) ? s : str_intern(m->ts, s);
}

static void append(Maker *m, Value list, Ref item)
{
    OWNED Ref owned = item;
    if (m->failed || is_error(owned) || is_no_value(list) ||
        list_append(m->ts, list_from(list), owned.v) == STATUS_ERROR) {
        m->failed = true;
    }
}

static Ref new_list(Maker *m)
{
    Ref list = m->failed ? NO_REF : list_new(m->ts, 0);
    return is_error(list) ? fail(m) : list;
}

static Ref expr_object(Maker *m, const Expr *e, const char *context);
static Ref stmt_list(Maker *m, StmtList list);

static Ref load(Maker *m, const Expr *e)
{
    return e == NULL ? REF_NONE : expr_object(m, e, "Load");
}

static Ref expr_list(Maker *m, ExprList list, const char *context)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        append(m, made.v,
               list.items[i] == NULL ? REF_NONE : expr_object(m, list.items[i], context));
    }
    return ref_take(&made);
}

static Ref name_list(Maker *m, NameList list)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        append(m, made.v, name_object(m, list.items[i]));
    }
    return ref_take(&made);
}

static Ref argument_object(Maker *m, const Argument *a)
{
    if (a == NULL) {
        return REF_NONE;
    }
    OWNED Ref node = new_node(m, "arg");
    set(m, node.v, "arg", name_object(m, a->name));
    set(m, node.v, "annotation", load(m, a->annotation));
    PLACE(m, node.v, &a->position);
    return ref_take(&node);
}

static Ref argument_list(Maker *m, ArgumentList list)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        append(m, made.v, argument_object(m, &list.items[i]));
    }
    return ref_take(&made);
}

static Ref arguments_object(Maker *m, const Arguments *a)
{
    OWNED Ref node = new_node(m, "arguments");
    set(m, node.v, "posonlyargs", argument_list(m, a->positional_only));
    set(m, node.v, "args", argument_list(m, a->args));
    set(m, node.v, "vararg", argument_object(m, a->vararg));
    set(m, node.v, "kwonlyargs", argument_list(m, a->keyword_only));
    set(m, node.v, "kw_defaults", expr_list(m, a->keyword_defaults, "Load"));
    set(m, node.v, "kwarg", argument_object(m, a->kwarg));
    set(m, node.v, "defaults", expr_list(m, a->defaults, "Load"));
    return ref_take(&node);
}

static Ref keyword_list(Maker *m, KeywordList list)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        OWNED Ref node = new_node(m, "keyword");
        set(m, node.v, "arg", name_object(m, list.items[i].name));
        set(m, node.v, "value", load(m, list.items[i].value));
        PLACE(m, node.v, &list.items[i].position);
        append(m, made.v, ref_take(&node));
    }
    return ref_take(&made);
}

static Ref generators(Maker *m, ComprehensionList list)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        const Comprehension *c = &list.items[i];
        OWNED Ref node = new_node(m, "comprehension");
        set(m, node.v, "target", expr_object(m, c->target, "Store"));
        set(m, node.v, "iter", load(m, c->iter));
        set(m, node.v, "ifs", expr_list(m, c->ifs, "Load"));
        set_int(m, node.v, "is_async", c->is_async);
        append(m, made.v, ref_take(&node));
    }
    return ref_take(&made);
}

static void set_constant(Maker *m, Value node, const Constant *k)
{
    set(m, node, "value", m->failed ? NO_REF : constant_object(m->ts, k));
    set(m, node, "kind",
        k->kind == CONSTANT_STR && k->unicode_prefix ? str_from_z(m->ts, "u") : REF_NONE);
}

static void set_compare(Maker *m, Value node, const Expr *e)
{
    set(m, node, "left", load(m, e->compare.left));
    OWNED Ref ops = new_list(m);
    for (int i = 0; i < e->compare.comparators.count; i++) {
        append(m, ops.v, mark(m, ast_compare_name(e->compare.ops[i])));
    }
    set(m, node, "ops", ref_take(&ops));
    set(m, node, "comparators", expr_list(m, e->compare.comparators, "Load"));
}

static void set_expr_fields(Maker *m, Value node, const Expr *e, const char *context)
{
    switch (e->kind) {
    case EXPR_BOOL_OP:
        set(m, node, "op", mark(m, e->bool_op.op == BOOL_AND ? "And" : "Or"));
        set(m, node, "values", expr_list(m, e->bool_op.values, "Load"));
        break;
    case EXPR_NAMED_EXPR:
        set(m, node, "target", expr_object(m, e->named_expr.target, "Store"));
        set(m, node, "value", load(m, e->named_expr.value));
        break;
    case EXPR_BIN_OP:
        set(m, node, "left", load(m, e->bin_op.left));
        set(m, node, "op", mark(m, ast_binary_name(e->bin_op.op)));
        set(m, node, "right", load(m, e->bin_op.right));
        break;
    case EXPR_UNARY_OP:
        set(m, node, "op", mark(m, ast_unary_name(e->unary_op.op)));
        set(m, node, "operand", load(m, e->unary_op.operand));
        break;
    case EXPR_LAMBDA:
        set(m, node, "args", arguments_object(m, e->lambda.args));
        set(m, node, "body", load(m, e->lambda.body));
        break;
    case EXPR_IF_EXP:
        set(m, node, "test", load(m, e->if_exp.test));
        set(m, node, "body", load(m, e->if_exp.body));
        set(m, node, "orelse", load(m, e->if_exp.orelse));
        break;
    case EXPR_DICT:
        set(m, node, "keys", expr_list(m, e->dict.keys, "Load"));
        set(m, node, "values", expr_list(m, e->dict.values, "Load"));
        break;
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_GENERATOR_EXP:
        set(m, node, "elt", load(m, e->comp.element));
        set(m, node, "generators", generators(m, e->comp.generators));
        break;
    case EXPR_DICT_COMP:
        set(m, node, "key", load(m, e->comp.key));
        set(m, node, "value", load(m, e->comp.element));
        set(m, node, "generators", generators(m, e->comp.generators));
        break;
    case EXPR_AWAIT:
    case EXPR_YIELD:
    case EXPR_YIELD_FROM:
        set(m, node, "value", load(m, e->value));
        break;
    case EXPR_STARRED:
        set(m, node, "value", expr_object(m, e->value, context));
        set(m, node, "ctx", mark(m, context));
        break;
    case EXPR_COMPARE:
        set_compare(m, node, e);
        break;
    case EXPR_CALL:
        set(m, node, "func", load(m, e->call.func));
        set(m, node, "args", expr_list(m, e->call.args, "Load"));
        set(m, node, "keywords", keyword_list(m, e->call.keywords));
        break;
    case EXPR_FORMATTED_VALUE:
        set(m, node, "value", load(m, e->formatted_value.value));
        set_int(m, node, "conversion", e->formatted_value.conversion);
        set(m, node, "format_spec", load(m, e->formatted_value.format_spec));
        break;
    case EXPR_JOINED_STR:
        set(m, node, "values", expr_list(m, e->elements, "Load"));
        break;
    case EXPR_CONSTANT:
        set_constant(m, node, &e->constant);
        break;
    case EXPR_ATTRIBUTE:
        set(m, node, "value", load(m, e->attribute.value));
        set(m, node, "attr", name_object(m, e->attribute.attr));
        set(m, node, "ctx", mark(m, context));
        break;
    case EXPR_SUBSCRIPT:
        set(m, node, "value", load(m, e->subscript.value));
        set(m, node, "slice", load(m, e->subscript.slice));
        set(m, node, "ctx", mark(m, context));
        break;
    case EXPR_NAME:
        set(m, node, "id", name_object(m, e->name));
        set(m, node, "ctx", mark(m, context));
        break;
    case EXPR_SET:
        set(m, node, "elts", expr_list(m, e->elements, "Load"));
        break;
    case EXPR_LIST:
    case EXPR_TUPLE:
        set(m, node, "elts", expr_list(m, e->elements, context));
        set(m, node, "ctx", mark(m, context));
        break;
    case EXPR_SLICE:
        set(m, node, "lower", load(m, e->slice.lower));
        set(m, node, "upper", load(m, e->slice.upper));
        set(m, node, "step", load(m, e->slice.step));
        break;
    }
}

static Ref expr_object(Maker *m, const Expr *e, const char *context)
{
    if (m->failed || enter_native(m->ts, " during ast construction") == STATUS_ERROR) {
        return fail(m);
    }
    OWNED Ref node = new_node(m, ast_expr_name(e->kind));
    set_expr_fields(m, node.v, e, context);
    PLACE(m, node.v, e);
    return ref_take(&node);
}

// --- Patterns ------------------------------------------------------------------------------------

static Ref pattern_object(Maker *m, const Pattern *p);

static Ref pattern_list(Maker *m, PatternList list)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        append(m, made.v, pattern_object(m, list.items[i]));
    }
    return ref_take(&made);
}

static void set_pattern_fields(Maker *m, Value node, const Pattern *p)
{
    switch (p->kind) {
    case PATTERN_VALUE:
        set(m, node, "value", load(m, p->value));
        break;
    case PATTERN_SINGLETON:
        set(m, node, "value", constant_object(m->ts, &p->value->constant));
        break;
    case PATTERN_SEQUENCE:
    case PATTERN_OR:
        set(m, node, "patterns", pattern_list(m, p->patterns));
        break;
    case PATTERN_MAPPING:
        set(m, node, "keys", expr_list(m, p->mapping.keys, "Load"));
        set(m, node, "patterns", pattern_list(m, p->mapping.patterns));
        set(m, node, "rest", name_object(m, p->mapping.rest));
        break;
    case PATTERN_CLASS:
        set(m, node, "cls", load(m, p->cls.cls));
        set(m, node, "patterns", pattern_list(m, p->cls.patterns));
        set(m, node, "kwd_attrs", name_list(m, p->cls.attributes));
        set(m, node, "kwd_patterns", pattern_list(m, p->cls.attribute_patterns));
        break;
    case PATTERN_AS:
        set(m, node, "pattern",
            p->as.pattern == NULL ? REF_NONE : pattern_object(m, p->as.pattern));
        set(m, node, "name", name_object(m, p->as.name));
        break;
    case PATTERN_STAR:
        set(m, node, "name", name_object(m, p->as.name));
        break;
    }
}

static Ref pattern_object(Maker *m, const Pattern *p)
{
    if (m->failed || enter_native(m->ts, " during ast construction") == STATUS_ERROR) {
        return fail(m);
    }
    OWNED Ref node = new_node(m, ast_pattern_name(p->kind));
    set_pattern_fields(m, node.v, p);
    PLACE(m, node.v, p);
    return ref_take(&node);
}

static Ref case_list(Maker *m, MatchCaseList list)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        OWNED Ref node = new_node(m, "match_case");
        set(m, node.v, "pattern", pattern_object(m, list.items[i].pattern));
        set(m, node.v, "guard", load(m, list.items[i].guard));
        set(m, node.v, "body", stmt_list(m, list.items[i].body));
        append(m, made.v, ref_take(&node));
    }
    return ref_take(&made);
}

// --- Statements ----------------------------------------------------------------------------------

static Ref with_items(Maker *m, WithItemList list)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        const WithItem *w = &list.items[i];
        OWNED Ref node = new_node(m, "withitem");
        set(m, node.v, "context_expr", load(m, w->context_expr));
        set(m, node.v, "optional_vars",
            w->optional_vars == NULL ? REF_NONE : expr_object(m, w->optional_vars, "Store"));
        append(m, made.v, ref_take(&node));
    }
    return ref_take(&made);
}

static Ref handlers(Maker *m, ExceptHandlerList list)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        const ExceptHandler *h = &list.items[i];
        OWNED Ref node = new_node(m, "ExceptHandler");
        set(m, node.v, "type", load(m, h->type));
        set(m, node.v, "name", name_object(m, h->name));
        set(m, node.v, "body", stmt_list(m, h->body));
        PLACE(m, node.v, &h->position);
        append(m, made.v, ref_take(&node));
    }
    return ref_take(&made);
}

static Ref aliases(Maker *m, AliasList list)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        OWNED Ref node = new_node(m, "alias");
        set(m, node.v, "name", name_object(m, list.items[i].name));
        set(m, node.v, "asname", name_object(m, list.items[i].asname));
        PLACE(m, node.v, &list.items[i].position);
        append(m, made.v, ref_take(&node));
    }
    return ref_take(&made);
}

static void set_definition(Maker *m, Value node, const Stmt *s)
{
    if (s->kind == STMT_CLASS_DEF) {
        set(m, node, "name", name_object(m, s->class_def.name));
        set(m, node, "bases", expr_list(m, s->class_def.bases, "Load"));
        set(m, node, "keywords", keyword_list(m, s->class_def.keywords));
        set(m, node, "body", stmt_list(m, s->class_def.body));
        set(m, node, "decorator_list", expr_list(m, s->class_def.decorators, "Load"));
        return;
    }
    set(m, node, "name", name_object(m, s->function.name));
    set(m, node, "args", arguments_object(m, s->function.args));
    set(m, node, "body", stmt_list(m, s->function.body));
    set(m, node, "decorator_list", expr_list(m, s->function.decorators, "Load"));
    set(m, node, "returns", load(m, s->function.returns));
}

static void set_stmt_fields(Maker *m, Value node, const Stmt *s)
{
    switch (s->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF:
    case STMT_CLASS_DEF:
        set_definition(m, node, s);
        break;
    case STMT_RETURN:
    case STMT_EXPR:
        set(m, node, "value", load(m, s->value));
        break;
    case STMT_DELETE:
        set(m, node, "targets", expr_list(m, s->targets, "Del"));
        break;
    case STMT_ASSIGN:
        set(m, node, "targets", expr_list(m, s->assign.targets, "Store"));
        set(m, node, "value", load(m, s->assign.value));
        break;
    case STMT_AUG_ASSIGN:
        set(m, node, "target", expr_object(m, s->aug_assign.target, "Store"));
        set(m, node, "op", mark(m, ast_binary_name(s->aug_assign.op)));
        set(m, node, "value", load(m, s->aug_assign.value));
        break;
    case STMT_ANN_ASSIGN:
        set(m, node, "target", expr_object(m, s->ann_assign.target, "Store"));
        set(m, node, "annotation", load(m, s->ann_assign.annotation));
        set(m, node, "value", load(m, s->ann_assign.value));
        set_int(m, node, "simple", s->ann_assign.simple);
        break;
    case STMT_FOR:
    case STMT_ASYNC_FOR:
        set(m, node, "target", expr_object(m, s->for_loop.target, "Store"));
        set(m, node, "iter", load(m, s->for_loop.iter));
        set(m, node, "body", stmt_list(m, s->for_loop.body));
        set(m, node, "orelse", stmt_list(m, s->for_loop.orelse));
        break;
    case STMT_WHILE:
        set(m, node, "test", load(m, s->while_loop.test));
        set(m, node, "body", stmt_list(m, s->while_loop.body));
        set(m, node, "orelse", stmt_list(m, s->while_loop.orelse));
        break;
    case STMT_IF:
        set(m, node, "test", load(m, s->if_stmt.test));
        set(m, node, "body", stmt_list(m, s->if_stmt.body));
        set(m, node, "orelse", stmt_list(m, s->if_stmt.orelse));
        break;
    case STMT_WITH:
    case STMT_ASYNC_WITH:
        set(m, node, "items", with_items(m, s->with.items));
        set(m, node, "body", stmt_list(m, s->with.body));
        break;
    case STMT_RAISE:
        set(m, node, "exc", load(m, s->raise.exc));
        set(m, node, "cause", load(m, s->raise.cause));
        break;
    case STMT_MATCH:
        set(m, node, "subject", load(m, s->match.subject));
        set(m, node, "cases", case_list(m, s->match.cases));
        break;
    case STMT_TRY:
        set(m, node, "body", stmt_list(m, s->try_stmt.body));
        set(m, node, "handlers", handlers(m, s->try_stmt.handlers));
        set(m, node, "orelse", stmt_list(m, s->try_stmt.orelse));
        set(m, node, "finalbody", stmt_list(m, s->try_stmt.finalbody));
        break;
    case STMT_ASSERT:
        set(m, node, "test", load(m, s->assert_stmt.test));
        set(m, node, "msg", load(m, s->assert_stmt.message));
        break;
    case STMT_IMPORT:
        set(m, node, "names", aliases(m, s->import.names));
        break;
    case STMT_IMPORT_FROM:
        set(m, node, "module", name_object(m, s->import.module));
        set(m, node, "names", aliases(m, s->import.names));
        set_int(m, node, "level", s->import.level);
        break;
    case STMT_GLOBAL:
    case STMT_NONLOCAL:
        set(m, node, "names", name_list(m, s->names));
        break;
    case STMT_PASS:
    case STMT_BREAK:
    case STMT_CONTINUE:
        break;
    }
}

static Ref stmt_object(Maker *m, const Stmt *s)
{
    if (m->failed || enter_native(m->ts, " during ast construction") == STATUS_ERROR) {
        return fail(m);
    }
    OWNED Ref node = new_node(m, ast_stmt_name(s));
    set_stmt_fields(m, node.v, s);
    PLACE(m, node.v, s);
    return ref_take(&node);
}

static Ref stmt_list(Maker *m, StmtList list)
{
    OWNED Ref made = new_list(m);
    for (int i = 0; i < list.count && !m->failed; i++) {
        append(m, made.v, stmt_object(m, list.items[i]));
    }
    return ref_take(&made);
}

Ref ast_to_object(ThreadState *ts, const Module *module)
{
    OWNED Ref classes = import_module(ts, "_ast");
    if (is_error(classes)) {
        return NO_REF;
    }
    Maker m = {.ts = ts, .classes = module_dict(classes.v)};
    OWNED Ref node = new_node(&m, module->mode == PARSE_EVAL     ? "Expression"
                                  : module->mode == PARSE_SINGLE ? "Interactive"
                                                                 : "Module");
    if (module->mode == PARSE_EVAL) {
        set(&m, node.v, "body", load(&m, module->expression));
    } else {
        set(&m, node.v, "body", stmt_list(&m, module->body));
        if (module->mode == PARSE_EXEC) {
            set(&m, node.v, "type_ignores", new_list(&m));
        }
    }
    for (int i = 0; i < m.mark_count; i++) {
        ref_drop(&m.marks[i]);
    }
    return m.failed ? NO_REF : ref_take(&node);
}
