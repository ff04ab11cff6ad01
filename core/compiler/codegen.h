// core/compiler/codegen.h: what the parts of the code generator share.
//
// Every block (module, class body, function) is a Unit: instructions with labels, positions
// and, for each, how deep the temporaries are and which handler catches. Temporaries are a
// stack of slots above the locals: `depth` is the next free one. An expression is generated
// either into a given slot (gen_into), or as an operand (gen_operand: the slot of a local
// variable itself, or a new temporary).
//
// Failures leave by longjmp to compile_source (compiler_fail), so nothing here checks
// results of calls that cannot go on; whatever holds a reference is registered in the
// Unit and dropped with it.
#ifndef ADDER_CORE_COMPILER_CODEGEN_H
#define ADDER_CORE_COMPILER_CODEGEN_H

#include <setjmp.h>

#include "core/compiler/compile.h"
#include "core/compiler/opcodes.h"
#include "core/compiler/parser.h"
#include "core/compiler/scopes.h"

#define NO_LABEL (-1)

typedef struct Handler {
    int label;
    int depth; // slots below stay; the exception goes to slot `depth`
} Handler;

typedef struct Emitted {
    uint8_t op;
    uint8_t word_kind;
    uint16_t a, b, c;
    int32_t word;    // label, site or data
    int32_t handler; // index into Unit.handlers, or -1
    uint16_t depth;  // temporaries before it
    int line, column, end_line, end_column;
} Emitted;

typedef enum BlockKind {
    BLOCK_LOOP,          // while: nothing to undo
    BLOCK_FOR,           // iterator in `slot`
    BLOCK_TRY_FINALLY,   // `finally_body` runs on every exit
    BLOCK_HANDLER,       // an except clause or finally during an exception: HANDLER_END slot
    BLOCK_STAR_HANDLER,  // an except* clause: no way out but its end
    BLOCK_NAMED_HANDLER, // `except E as name`: name is unbound
    BLOCK_WITH,          // exit function in `slot`, manager behind it
    BLOCK_ASYNC_WITH,
} BlockKind;

// What an early exit (return, break, continue) has to undo, innermost first.
typedef struct Block {
    BlockKind kind;
    struct Block *outer;
    int slot;
    int break_label, continue_label;
    int handler; // the handler outside of this block
    StmtList finally_body;
    AstString name;
    int line, column, end_line, end_column; // of the with statement
} Block;

typedef struct Unit {
    struct Unit *outer;
    Scope *scope;
    Emitted *code;
    int count, capacity;
    int *labels; // → instruction index
    int label_count, label_capacity;
    Handler *handlers;
    int handler_count, handler_capacity;
    int handler; // the one that catches now, or -1
    Block *block;
    Value *constants; // each owned
    int constant_count, constant_capacity;
    AstString *site_names;
    int site_count, site_capacity;
    int local_count, cell_count, free_count;
    int temp_base, depth, depth_max;
    uint8_t *assigned; // locals that are surely bound at this point
    bool started;      // the docstring and annotations of a module or class are done
    int conditional;   // > 0 inside parts of an expression that may not run
    int line, column, end_line, end_column; // position of what is generated now
    int first_line;
    AstString name;
    Ref qualname;
    Arguments *args;
    uint32_t flags;
    bool in_async;
    Ref code_object; // when assembled
} Unit;

// A tuple being filled: compilation may fail at each item, which leaves the function that fills it.
typedef struct TupleInWork {
    Ref tuple;
    struct TupleInWork *outer;
} TupleInWork;

struct Compiler {
    ThreadState *ts;
    Arena *arena;
    Value filename;
    const CompileOptions *options;
    const char *source;
    size_t source_size;
    jmp_buf on_failure;
    Unit *unit;
    TupleInWork *tuples;
    Ref held; // a constant on its way into the unit
    Scope *scopes, *scopes_last;
    Scope *scope_buckets[256];
    bool annotations_as_text;
    struct Warned *warned; // the nodes that were warned about
    SyntaxError error;     // type NULL: an exception is already set
};

// --- compile.c -----------------------------------------------------------------------------------

NO_RETURN void compiler_fail(Compiler *c, int line, int column, int end_line, int end_column,
                             const char *format, ...) PRINTF_LIKE(6, 7);
NO_RETURN void compiler_fail_raised(Compiler *c); // an exception is set
// A SyntaxWarning, once for each node; a filter may make a SyntaxError of it.
void compiler_warn(Compiler *c, const void *node, Position at, const char *format, ...)
    PRINTF_LIKE(4, 5);
void *compiler_alloc(Compiler *c, size_t size); // from the arena, cleared
void compiler_check_stack(Compiler *c);
// A tuple to be filled with tuple_init_item, and its end: a whole tuple, to the caller, or none.
Value tuple_begin(Compiler *c, size_t count);
Ref tuple_end(Compiler *c);
void tuple_abandon(Compiler *c);
#define FAIL_AT(c, node, ...)                                                                      \
    compiler_fail((c), (node)->line, (node)->column, (node)->end_line, (node)->end_column,         \
                  __VA_ARGS__)

// --- codegen.c: emitting -------------------------------------------------------------------------

void unit_begin(Compiler *c, Unit *u, Scope *scope, AstString name, Arguments *args,
                int first_line);
Ref unit_finish(Compiler *c, Unit *u); // assembles; the unit is left
void unit_free(ThreadState *ts, Unit *u);
int emit(Compiler *c, Opcode op, int a, int b, int cc);
int emit_word(Compiler *c, Opcode op, int a, int b, int cc, int word);
void emit_jump(Compiler *c, Opcode op, int a, int b, int cc, int label);
int label_new(Compiler *c);
void label_here(Compiler *c, int label);
int temp_new(Compiler *c);                     // the next temporary
int temp_reserve(Compiler *c, int n);          // the next n; returns the first
int constant_index(Compiler *c, Ref constant); // steals
int site_new(Compiler *c, AstString name);
void emit_constant(Compiler *c, Ref constant, int dst); // steals
int handler_new(Compiler *c, int depth);
void at_expr(Compiler *c, const Expr *e);
void at_stmt(Compiler *c, const Stmt *s);
bool code_is_reachable(Compiler *c);
// Its text in the source, for annotations kept as text.
AstString source_of_expr(Compiler *c, const Expr *e);

// --- names (codegen_names.c) ---------------------------------------------------------------------

void gen_load_name(Compiler *c, AstString name, int dst);
void gen_store_name(Compiler *c, AstString name, int src, bool src_is_temp);
void gen_delete_name(Compiler *c, AstString name);
Symbol *gen_symbol(Compiler *c, AstString name); // of the current scope, mangled
int gen_local_slot(Compiler *c, AstString name); // the slot of a plain local, or -1

// --- expressions ---------------------------------------------------------------------------------

void gen_into(Compiler *c, Expr *e, int dst);
int gen_operand(Compiler *c, Expr *e);
// The number of a constant that fits an operand, or -1: not a constant, or too many of them.
int small_constant(Compiler *c, Expr *e);
void gen_discard(Compiler *c, Expr *e);
void gen_jump_if(Compiler *c, Expr *e, bool sense, int label);
bool expr_is_constant(const Expr *e);
// SyntaxWarnings for what cannot be meant (codegen_warnings.c).
void warn_of_compare(Compiler *c, const Expr *e);
void warn_of_call(Compiler *c, const Expr *e);
void warn_of_subscript(Compiler *c, const Expr *e);
void warn_of_assert(Compiler *c, const Stmt *s);
Ref constant_value(Compiler *c, const Expr *e); // NO_REF: no constant
Ref value_from_text(Compiler *c, AstString text, bool name);
void gen_await_in(Compiler *c, int iterator,
                  int dst); // iterator: temp with the awaitable's iterator, consumed
void gen_call_area(Compiler *c, ExprList args, KeywordList keywords, int base, bool method, int dst,
                   const Expr *at);
void gen_comprehension(Compiler *c, Expr *e, int dst);

// --- functions and classes (codegen_functions.c) -------------------------------------------------

void gen_function_def(Compiler *c, Stmt *s);
void check_keywords(Compiler *c, KeywordList keywords); // none is given twice
void gen_class_def(Compiler *c, Stmt *s);
void gen_lambda(Compiler *c, Expr *e, int dst);
void gen_make_function(Compiler *c, Unit *inner, int extras, int extra_flags, int dst);
Ref unit_qualname(Compiler *c, Scope *scope, AstString name);
void gen_prologue(Compiler *c, Unit *u);
AstString docstring_of(StmtList body);

// --- statements (codegen_statements.c) -----------------------------------------------------------

void gen_body(Compiler *c, StmtList body);
void gen_statement(Compiler *c, Stmt *s);

// --- assignments (codegen_assignments.c) ---------------------------------------------------------

void gen_store_target(Compiler *c, Expr *target, int src); // src: a temporary, consumed
void gen_assign(Compiler *c, Stmt *s);
void gen_augmented(Compiler *c, Stmt *s);
void gen_annotated(Compiler *c, Stmt *s);
void gen_delete(Compiler *c, Expr *target);
void gen_annotation(Compiler *c, Expr *annotation, int dst);
// Which locals are surely bound here.
uint8_t *assigned_copy(Compiler *c);
void assigned_restore(Compiler *c, const uint8_t *from);
void assigned_meet(Compiler *c, const uint8_t *other);
void note_assigned(Compiler *c, AstString name);

// --- blocks and ways out of them (codegen_blocks.c) ----------------------------------------------

// Whatever a return or a break has to undo on its way: handlers, `with`, loops.
void push_block(Compiler *c, Block *b, BlockKind kind);
void pop_block(Compiler *c);
void gen_try_except(Compiler *c, Stmt *s);
void gen_try_star(Compiler *c, Stmt *s);
void gen_try_finally(Compiler *c, Stmt *s);
void gen_with(Compiler *c, Stmt *s);
void gen_return(Compiler *c, Stmt *s);
void gen_loop_exit(Compiler *c, Stmt *s); // break, continue

// --- match (codegen_match.c) ---------------------------------------------------------------------

void gen_match(Compiler *c, Stmt *s);

// --- assembler.c ---------------------------------------------------------------------------------

Ref assemble(Compiler *c, Unit *u);

#endif
