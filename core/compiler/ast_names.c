// core/compiler/ast_names.c: what the nodes and operators of the tree are
// called in CPython's `ast`.
#include "core/compiler/ast.h"

const char *ast_binary_name(BinaryOperator op)
{
    static const char *const names[] = {"Add",    "Sub",    "Mult",    "MatMult", "Div",
                                        "Mod",    "Pow",    "LShift",  "RShift",  "BitOr",
                                        "BitXor", "BitAnd", "FloorDiv"};
    return names[op];
}

const char *ast_unary_name(UnaryOperator op)
{
    static const char *const names[] = {"Invert", "Not", "UAdd", "USub"};
    return names[op];
}

const char *ast_compare_name(CompareOperator op)
{
    static const char *const names[] = {"Eq",  "NotEq", "Lt",    "LtE", "Gt",
                                        "GtE", "Is",    "IsNot", "In",  "NotIn"};
    return names[op];
}

const char *ast_expr_name(ExprKind kind)
{
    static const char *const names[] = {
        [EXPR_BOOL_OP] = "BoolOp",
        [EXPR_NAMED_EXPR] = "NamedExpr",
        [EXPR_BIN_OP] = "BinOp",
        [EXPR_UNARY_OP] = "UnaryOp",
        [EXPR_LAMBDA] = "Lambda",
        [EXPR_IF_EXP] = "IfExp",
        [EXPR_DICT] = "Dict",
        [EXPR_SET] = "Set",
        [EXPR_LIST_COMP] = "ListComp",
        [EXPR_SET_COMP] = "SetComp",
        [EXPR_DICT_COMP] = "DictComp",
        [EXPR_GENERATOR_EXP] = "GeneratorExp",
        [EXPR_AWAIT] = "Await",
        [EXPR_YIELD] = "Yield",
        [EXPR_YIELD_FROM] = "YieldFrom",
        [EXPR_COMPARE] = "Compare",
        [EXPR_CALL] = "Call",
        [EXPR_FORMATTED_VALUE] = "FormattedValue",
        [EXPR_JOINED_STR] = "JoinedStr",
        [EXPR_CONSTANT] = "Constant",
        [EXPR_ATTRIBUTE] = "Attribute",
        [EXPR_SUBSCRIPT] = "Subscript",
        [EXPR_STARRED] = "Starred",
        [EXPR_NAME] = "Name",
        [EXPR_LIST] = "List",
        [EXPR_TUPLE] = "Tuple",
        [EXPR_SLICE] = "Slice",
    };
    return names[kind];
}

const char *ast_stmt_name(const Stmt *s)
{
    static const char *const names[] = {
        [STMT_FUNCTION_DEF] = "FunctionDef",
        [STMT_ASYNC_FUNCTION_DEF] = "AsyncFunctionDef",
        [STMT_CLASS_DEF] = "ClassDef",
        [STMT_RETURN] = "Return",
        [STMT_DELETE] = "Delete",
        [STMT_ASSIGN] = "Assign",
        [STMT_AUG_ASSIGN] = "AugAssign",
        [STMT_ANN_ASSIGN] = "AnnAssign",
        [STMT_FOR] = "For",
        [STMT_ASYNC_FOR] = "AsyncFor",
        [STMT_WHILE] = "While",
        [STMT_IF] = "If",
        [STMT_WITH] = "With",
        [STMT_ASYNC_WITH] = "AsyncWith",
        [STMT_RAISE] = "Raise",
        [STMT_MATCH] = "Match",
        [STMT_TRY] = "Try",
        [STMT_ASSERT] = "Assert",
        [STMT_IMPORT] = "Import",
        [STMT_IMPORT_FROM] = "ImportFrom",
        [STMT_GLOBAL] = "Global",
        [STMT_NONLOCAL] = "Nonlocal",
        [STMT_EXPR] = "Expr",
        [STMT_PASS] = "Pass",
        [STMT_BREAK] = "Break",
        [STMT_CONTINUE] = "Continue",
    };
    return s->kind == STMT_TRY && s->try_stmt.is_star ? "TryStar" : names[s->kind];
}

const char *ast_pattern_name(PatternKind kind)
{
    static const char *const names[] = {
        [PATTERN_VALUE] = "MatchValue",
        [PATTERN_SINGLETON] = "MatchSingleton",
        [PATTERN_SEQUENCE] = "MatchSequence",
        [PATTERN_MAPPING] = "MatchMapping",
        [PATTERN_CLASS] = "MatchClass",
        [PATTERN_STAR] = "MatchStar",
        [PATTERN_AS] = "MatchAs",
        [PATTERN_OR] = "MatchOr",
    };
    return names[kind];
}
