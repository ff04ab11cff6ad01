// core/compiler/ast.h: the tree of a Python source, as the parser hands it to the code generator.
//
// The nodes are those of CPython's `ast` module, with the same fields in the same order; a node
// `Foo` of the manual is EXPR_FOO or STMT_FOO here, its fields are the member `foo` of the union.
// There is no load/store/delete context: what may be assigned to or deleted has been checked by the
//
//     a = f(1)      STMT_ASSIGN  targets [EXPR_NAME a], value EXPR_CALL {func f, args [1]}
//     -1            EXPR_UNARY_OP {UNARY_SUB, EXPR_CONSTANT 1}   (folding is codegen's)
//     print(f"{x}") … EXPR_JOINED_STR [EXPR_FORMATTED_VALUE {value x, conversion -1, format_spec NULL}]
//
// Positions: lines count from 1; columns are offsets in bytes of UTF-8 from the line's start,
// counted from 0; the end is exclusive. A name that is absent (`except E:`, `**mapping` in a call)
// has `.bytes == NULL`; an absent node is NULL; an absent list has count 0 (and items NULL).
//
// Depth    expressions and blocks that nest in the source are limited by the parser, but
//          left-leaning chains (`a + b + c + …`, `x.a.b.c…`, `f()()()…`, `elif … elif …`) are not:
//          whoever walks the tree recursively has to watch the stack.
// Rule     nodes live as long as the arena; the code generator may change them.
#ifndef ADDER_CORE_COMPILER_AST_H
#define ADDER_CORE_COMPILER_AST_H

#include "core/compiler/arena.h"
#include "core/compiler/parse_mode.h"

typedef struct Expr Expr;
typedef struct Stmt Stmt;

typedef struct ExprList {
    Expr **items; // an item is NULL where said (Dict.keys, Arguments.keyword_defaults)
    int count;
} ExprList;

typedef struct StmtList {
    Stmt **items;
    int count;
} StmtList;

typedef struct NameList {
    AstString *items;
    int count;
} NameList;

typedef struct Position {
    int line, column, end_line, end_column;
} Position;

// --- constants -----------------------------------------------------------------------------------

typedef enum ConstantKind {
    CONSTANT_NONE,
    CONSTANT_TRUE,
    CONSTANT_FALSE,
    CONSTANT_ELLIPSIS,
    CONSTANT_INT,     // .integer
    CONSTANT_BIG_INT, // .text: digits without prefix and underscores, .base tells how to read them
    CONSTANT_FLOAT,   // .real
    CONSTANT_IMAGINARY, // .real, times the imaginary unit
    CONSTANT_STR,       // .text: WTF-8
    CONSTANT_BYTES,     // .text: any bytes
} ConstantKind;

typedef struct Constant {
    ConstantKind kind;
    int base;            // CONSTANT_BIG_INT: 2, 8, 10 or 16
    bool unicode_prefix; // CONSTANT_STR written u'…' (ast's `kind`)
    union {
        int64_t integer;
        double real;
        AstString text;
    };
} Constant;

// --- operators -----------------------------------------------------------------------------------

typedef enum BoolOperator { BOOL_AND, BOOL_OR } BoolOperator;

typedef enum BinaryOperator {
    BINARY_ADD,
    BINARY_SUB,
    BINARY_MULT,
    BINARY_MAT_MULT,
    BINARY_DIV,
    BINARY_MOD,
    BINARY_POW,
    BINARY_LSHIFT,
    BINARY_RSHIFT,
    BINARY_BIT_OR,
    BINARY_BIT_XOR,
    BINARY_BIT_AND,
    BINARY_FLOOR_DIV,
} BinaryOperator;

typedef enum UnaryOperator { UNARY_INVERT, UNARY_NOT, UNARY_ADD, UNARY_SUB } UnaryOperator;

typedef enum CompareOperator {
    COMPARE_EQ,
    COMPARE_NOT_EQ,
    COMPARE_LT,
    COMPARE_LT_E,
    COMPARE_GT,
    COMPARE_GT_E,
    COMPARE_IS,
    COMPARE_IS_NOT,
    COMPARE_IN,
    COMPARE_NOT_IN,
} CompareOperator;

// --- parts of expressions ------------------------------------------------------------------------

// `for target in iter if … if …`, one clause of a comprehension.
typedef struct Comprehension {
    Expr *target;
    Expr *iter;
    ExprList ifs;
    bool is_async;
} Comprehension;

typedef struct ComprehensionList {
    Comprehension *items;
    int count;
} ComprehensionList;

// `name=value` in a call or a class; `**value` has no name.
typedef struct Keyword {
    AstString name;
    Expr *value;
    Position position;
} Keyword;

typedef struct KeywordList {
    Keyword *items;
    int count;
} KeywordList;

typedef struct Argument {
    AstString name;
    Expr *annotation; // or NULL
    Position position;
} Argument;

typedef struct ArgumentList {
    Argument *items;
    int count;
} ArgumentList;

// Parameters of a function or lambda. `defaults` belong to the last parameters of
// `positional_only` followed by `args`; `keyword_defaults` has one item per `keyword_only`, NULL
// where there is no default.
typedef struct Arguments {
    ArgumentList positional_only;
    ArgumentList args;
    Argument *vararg; // *args, or NULL
    ArgumentList keyword_only;
    ExprList keyword_defaults;
    Argument *kwarg; // **kwargs, or NULL
    ExprList defaults;
} Arguments;

// --- expressions ---------------------------------------------------------------------------------

typedef enum ExprKind {
    EXPR_BOOL_OP,         // bool_op
    EXPR_NAMED_EXPR,      // named_expr      target := value
    EXPR_BIN_OP,          // bin_op
    EXPR_UNARY_OP,        // unary_op
    EXPR_LAMBDA,          // lambda
    EXPR_IF_EXP,          // if_exp
    EXPR_DICT,            // dict
    EXPR_SET,             // elements
    EXPR_LIST_COMP,       // comp
    EXPR_SET_COMP,        // comp
    EXPR_DICT_COMP,       // comp            with key
    EXPR_GENERATOR_EXP,   // comp
    EXPR_AWAIT,           // value
    EXPR_YIELD,           // value           or NULL
    EXPR_YIELD_FROM,      // value
    EXPR_COMPARE,         // compare
    EXPR_CALL,            // call
    EXPR_FORMATTED_VALUE, // formatted_value
    EXPR_JOINED_STR,      // elements        CONSTANT_STR and FORMATTED_VALUE
    EXPR_CONSTANT,        // constant
    EXPR_ATTRIBUTE,       // attribute
    EXPR_SUBSCRIPT,       // subscript
    EXPR_STARRED,         // value
    EXPR_NAME,            // name
    EXPR_LIST,            // elements
    EXPR_TUPLE,           // elements
    EXPR_SLICE,           // slice
} ExprKind;

struct Expr {
    ExprKind kind;
    int line, column, end_line, end_column;
    union {
        struct {
            BoolOperator op;
            ExprList values; // two or more
        } bool_op;
        struct {
            Expr *target; // EXPR_NAME
            Expr *value;
        } named_expr;
        struct {
            Expr *left;
            BinaryOperator op;
            Expr *right;
        } bin_op;
        struct {
            UnaryOperator op;
            Expr *operand;
        } unary_op;
        struct {
            Arguments *args;
            Expr *body;
        } lambda;
        struct {
            Expr *test;
            Expr *body;
            Expr *orelse;
        } if_exp;
        struct {
            ExprList keys; // NULL for `**value`
            ExprList values;
        } dict;
        struct {
            Expr *element; // the value in a dict comprehension
            Expr *key;     // EXPR_DICT_COMP only
            ComprehensionList generators;
        } comp;
        struct {
            Expr *left;
            CompareOperator *ops; // as many as comparators
            ExprList comparators;
        } compare;
        struct {
            Expr *func;
            ExprList args; // may hold EXPR_STARRED
            KeywordList keywords;
        } call;
        struct {
            Expr *value;
            int conversion;    // 's', 'r', 'a', or -1
            Expr *format_spec; // EXPR_JOINED_STR, or NULL
        } formatted_value;
        Constant constant;
        struct {
            Expr *value;
            AstString attr;
        } attribute;
        struct {
            Expr *value;
            Expr *slice; // any expression; EXPR_SLICE; EXPR_TUPLE of these
        } subscript;
        struct {
            Expr *lower; // each may be NULL
            Expr *upper;
            Expr *step;
        } slice;
        Expr *value;
        AstString name;
        ExprList elements;
    };
};

// --- statements ----------------------------------------------------------------------------------

typedef enum StmtKind {
    STMT_FUNCTION_DEF,       // function
    STMT_ASYNC_FUNCTION_DEF, // function
    STMT_CLASS_DEF,          // class_def
    STMT_RETURN,             // value        or NULL
    STMT_DELETE,             // targets
    STMT_ASSIGN,             // assign
    STMT_AUG_ASSIGN,         // aug_assign
    STMT_ANN_ASSIGN,         // ann_assign
    STMT_FOR,                // for_loop
    STMT_ASYNC_FOR,          // for_loop
    STMT_WHILE,              // while_loop
    STMT_IF,                 // if_stmt      `elif` is an STMT_IF alone in orelse
    STMT_WITH,               // with
    STMT_ASYNC_WITH,         // with
    STMT_RAISE,              // raise
    STMT_MATCH,              // match
    STMT_TRY,                // try_stmt
    STMT_ASSERT,             // assert_stmt
    STMT_IMPORT,             // import
    STMT_IMPORT_FROM,        // import
    STMT_GLOBAL,             // names
    STMT_NONLOCAL,           // names
    STMT_EXPR,               // value
    STMT_PASS,
    STMT_BREAK,
    STMT_CONTINUE,
} StmtKind;

typedef struct ExceptHandler {
    Expr *type;     // or NULL
    AstString name; // or absent
    StmtList body;
    Position position;
} ExceptHandler;

typedef struct ExceptHandlerList {
    ExceptHandler *items;
    int count;
} ExceptHandlerList;

typedef struct WithItem {
    Expr *context_expr;
    Expr *optional_vars; // or NULL
} WithItem;

typedef struct WithItemList {
    WithItem *items;
    int count;
} WithItemList;

// `import a.b as c` has name "a.b"; `from m import *` has the one name "*".
typedef struct Alias {
    AstString name;
    AstString asname; // or absent
    Position position;
} Alias;

typedef struct AliasList {
    Alias *items;
    int count;
} AliasList;

typedef enum PatternKind {
    PATTERN_VALUE,     // value           a literal or a dotted name
    PATTERN_SINGLETON, // value           None, True or False
    PATTERN_SEQUENCE,  // patterns
    PATTERN_MAPPING,   // mapping
    PATTERN_CLASS,     // cls
    PATTERN_STAR,      // as.name         absent: `*_`; in a sequence only
    PATTERN_AS,        // as              neither pattern nor name: `_`
    PATTERN_OR,        // patterns        two or more
} PatternKind;

typedef struct Pattern Pattern;

typedef struct PatternList {
    Pattern **items;
    int count;
} PatternList;

struct Pattern {
    PatternKind kind;
    int line, column, end_line, end_column;
    union {
        Expr *value;
        PatternList patterns;
        struct {
            ExprList keys;
            PatternList patterns; // as many
            AstString rest;       // **rest, or absent
        } mapping;
        struct {
            Expr *cls;
            PatternList patterns;
            NameList attributes;
            PatternList attribute_patterns; // as many as attributes
        } cls;
        struct {
            Pattern *pattern; // or NULL
            AstString name;   // or absent
        } as;
    };
};

typedef struct MatchCase {
    Pattern *pattern;
    Expr *guard; // or NULL
    StmtList body;
} MatchCase;

typedef struct MatchCaseList {
    MatchCase *items;
    int count;
} MatchCaseList;

struct Stmt {
    StmtKind kind;
    int line, column, end_line, end_column;
    union {
        struct {
            AstString name;
            Arguments *args;
            StmtList body;
            ExprList decorators;
            Expr *returns; // annotation, or NULL
        } function;
        struct {
            AstString name;
            ExprList bases; // may hold EXPR_STARRED
            KeywordList keywords;
            StmtList body;
            ExprList decorators;
        } class_def;
        ExprList targets;
        struct {
            ExprList targets; // a = b = value
            Expr *value;
        } assign;
        struct {
            Expr *target; // EXPR_NAME, EXPR_ATTRIBUTE or EXPR_SUBSCRIPT
            BinaryOperator op;
            Expr *value;
        } aug_assign;
        struct {
            Expr *target; // EXPR_NAME, EXPR_ATTRIBUTE or EXPR_SUBSCRIPT
            Expr *annotation;
            Expr *value; // or NULL
            bool simple; // a name without parentheses
        } ann_assign;
        struct {
            Expr *target;
            Expr *iter;
            StmtList body;
            StmtList orelse;
        } for_loop;
        struct {
            Expr *test;
            StmtList body;
            StmtList orelse;
        } while_loop;
        struct {
            Expr *test;
            StmtList body;
            StmtList orelse;
        } if_stmt;
        struct {
            WithItemList items;
            StmtList body;
        } with;
        struct {
            Expr *exc;   // or NULL
            Expr *cause; // or NULL
        } raise;
        struct {
            Expr *subject;
            MatchCaseList cases;
        } match;
        struct {
            StmtList body;
            ExceptHandlerList handlers;
            StmtList orelse;
            StmtList finalbody;
            bool is_star; // except*: the node TryStar
        } try_stmt;
        struct {
            Expr *test;
            Expr *message; // or NULL
        } assert_stmt;
        struct {
            AstString module; // import-from only; absent in `from . import x`
            AliasList names;
            int level; // dots in front of the module
        } import;
        NameList names;
        Expr *value;
    };
};

// --- the whole -----------------------------------------------------------------------------------

typedef struct Module {
    ParseMode mode;
    StmtList body;    // PARSE_EXEC, PARSE_SINGLE
    Expr *expression; // PARSE_EVAL
} Module;

// --- names (ast_names.c) -------------------------------------------------------------------------

// What CPython's `ast` calls them: "BinOp", "TryStar", "Add".
const char *ast_expr_name(ExprKind kind);
const char *ast_stmt_name(const Stmt *s);
const char *ast_pattern_name(PatternKind kind);
const char *ast_binary_name(BinaryOperator op);
const char *ast_unary_name(UnaryOperator op);
const char *ast_compare_name(CompareOperator op);

#endif
