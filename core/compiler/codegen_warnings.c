// core/compiler/codegen_warnings.c: SyntaxWarnings: what is allowed, but cannot be meant.
#include "core/compiler/codegen.h"

// The name of the type that the expression surely has; NULL: who knows.
static const char *sure_type(const Expr *e)
{
    switch (e->kind) {
    case EXPR_TUPLE:
        return "tuple";
    case EXPR_LIST:
    case EXPR_LIST_COMP:
        return "list";
    case EXPR_DICT:
    case EXPR_DICT_COMP:
        return "dict";
    case EXPR_SET:
    case EXPR_SET_COMP:
        return "set";
    case EXPR_GENERATOR_EXP:
        return "generator";
    case EXPR_LAMBDA:
        return "function";
    case EXPR_JOINED_STR:
    case EXPR_FORMATTED_VALUE:
        return "str";
    case EXPR_CONSTANT:
        break;
    default:
        return NULL;
    }
    switch (e->constant.kind) {
    case CONSTANT_NONE:
        return "NoneType";
    case CONSTANT_TRUE:
    case CONSTANT_FALSE:
        return "bool";
    case CONSTANT_ELLIPSIS:
        return "ellipsis";
    case CONSTANT_INT:
    case CONSTANT_BIG_INT:
        return "int";
    case CONSTANT_FLOAT:
        return "float";
    case CONSTANT_IMAGINARY:
        return "complex";
    case CONSTANT_STR:
        return "str";
    case CONSTANT_BYTES:
        return "bytes";
    }
    return NULL;
}

static bool is_text(const Expr *e)
{
    return e->kind == EXPR_JOINED_STR ||
           (e->kind == EXPR_CONSTANT &&
            (e->constant.kind == CONSTANT_STR || e->constant.kind == CONSTANT_BYTES));
}

static Position position_of(const Expr *e)
{
    return (Position){e->line, e->column, e->end_line, e->end_column};
}

// A literal that is not the only one of its kind.
static bool is_no_singleton(const Expr *e)
{
    return expr_is_constant(e) &&
           !(e->kind == EXPR_CONSTANT && e->constant.kind <= CONSTANT_ELLIPSIS) &&
           e->kind != EXPR_NAME;
}

void warn_of_compare(Compiler *c, const Expr *e)
{
    const Expr *left = e->compare.left;
    for (int i = 0; i < e->compare.comparators.count; i++) {
        const Expr *right = e->compare.comparators.items[i];
        CompareOperator op = e->compare.ops[i];
        if ((op == COMPARE_IS || op == COMPARE_IS_NOT) &&
            (is_no_singleton(left) || is_no_singleton(right))) {
            compiler_warn(c, e, position_of(e),
                          op == COMPARE_IS ? "\"is\" with a literal. Did you mean \"==\"?"
                                           : "\"is not\" with a literal. Did you mean \"!=\"?");
            return;
        }
        left = right;
    }
}

void warn_of_call(Compiler *c, const Expr *e)
{
    const Expr *callee = e->call.func;
    const char *type = callee->kind == EXPR_LAMBDA ? NULL : sure_type(callee);
    if (type != NULL) {
        compiler_warn(c, e, position_of(e),
                      "'%s' object is not callable; perhaps you missed a comma?", type);
    }
}

void warn_of_subscript(Compiler *c, const Expr *e)
{
    const Expr *value = e->subscript.value, *index = e->subscript.slice;
    bool constant = value->kind == EXPR_CONSTANT && !is_text(value);
    if (constant || value->kind == EXPR_SET || value->kind == EXPR_SET_COMP ||
        value->kind == EXPR_GENERATOR_EXP || value->kind == EXPR_LAMBDA) {
        compiler_warn(c, e, position_of(e),
                      "'%s' object is not subscriptable; perhaps you missed a comma?",
                      sure_type(value));
        return;
    }
    const char *type = sure_type(index);
    bool is_number =
        index->kind == EXPR_CONSTANT &&
        (index->constant.kind == CONSTANT_INT || index->constant.kind == CONSTANT_BIG_INT ||
         index->constant.kind == CONSTANT_TRUE || index->constant.kind == CONSTANT_FALSE);
    if (type != NULL && !is_number &&
        (is_text(value) || value->kind == EXPR_LIST || value->kind == EXPR_TUPLE ||
         value->kind == EXPR_LIST_COMP)) {
        compiler_warn(c, e, position_of(e),
                      "%s indices must be integers or slices, not %s; perhaps you missed a comma?",
                      sure_type(value), type);
    }
}

void warn_of_assert(Compiler *c, const Stmt *s)
{
    const Expr *test = s->assert_stmt.test;
    if (test->kind == EXPR_TUPLE && test->elements.count > 0) {
        compiler_warn(c, s, (Position){s->line, s->column, s->end_line, s->end_column},
                      "assertion is always true, perhaps remove parentheses?");
    }
}
