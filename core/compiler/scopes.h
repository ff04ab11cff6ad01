// core/compiler/scopes.h: which names a block binds, and where each of them lives.
//
// One pass over the tree makes a Scope per module, class, function, lambda and comprehension and
// notes what happens to each name there; a second resolves: a name used in a function but bound in
// an enclosing one becomes a cell there and a free variable here and in between.
#ifndef ADDER_CORE_COMPILER_SCOPES_H
#define ADDER_CORE_COMPILER_SCOPES_H

#include "core/compiler/ast.h"

typedef struct Compiler Compiler;

enum SymbolFlags {
    SYMBOL_PARAMETER = 1,
    SYMBOL_BOUND = 2, // assigned, defined, imported, deleted, …
    SYMBOL_USED = 4,
    SYMBOL_GLOBAL = 8, // declared
    SYMBOL_NONLOCAL = 16,
    SYMBOL_WALRUS = 32, // target of := : reads are copied where a later operand may rebind
    SYMBOL_ANNOTATED = 64,
    SYMBOL_ITERATION = 128,     // target of a comprehension's for
    SYMBOL_DELETED = 256,       // del x or `except … as x`: may become unbound again
    SYMBOL_GLOBAL_BELOW = 1024, // of a module: declared global in some function
    SYMBOL_PASSED = 512, // a class body's name whose outer cell is passed to a method: `slot`
};

typedef enum Place {
    PLACE_UNKNOWN,
    PLACE_LOCAL,  // slot
    PLACE_CELL,   // slot that holds a cell of this block
    PLACE_FREE,   // slot that holds a cell of an enclosing block
    PLACE_GLOBAL, // declared, or bound nowhere
    PLACE_NAME,   // in the namespace of a module or class body
} Place;

typedef struct Symbol {
    AstString name;
    uint32_t flags;
    Place place;
    int slot;             // filled by the code generator
    int parameter_slot;   // a cell that takes over a parameter; else -1
    const Stmt *declared; // its global or nonlocal statement
    struct Symbol *next;  // in order of appearance
    struct Symbol *next_in_bucket;
} Symbol;

typedef enum ScopeKind { SCOPE_MODULE, SCOPE_CLASS, SCOPE_FUNCTION } ScopeKind;

typedef struct Scope {
    ScopeKind kind;
    const void *node; // the tree's node, key of scope_of
    struct Scope *parent;
    struct Scope *next_in_bucket;
    struct Scope *next;   // all scopes, outermost first
    AstString class_name; // innermost enclosing class, for private names; or absent
    Symbol *first, *last;
    Symbol *buckets[16];
    bool is_comprehension, is_generator_expression, is_lambda;
    bool is_generator;     // contains yield
    bool is_coroutine;     // `async def` or an asynchronous comprehension
    bool needs_class_cell; // a class: some method uses super or __class__
    bool is_nested;        // some enclosing scope is a function
    bool is_annotation;    // of an annotation that stays text: looked at, then forgotten
    bool is_forgotten;
    int iterables; // iterables of comprehensions that are being visited, here and around
} Scope;

// Builds and resolves all scopes. Errors leave through compiler_fail.
Scope *scopes_build(Compiler *c, Module *module);
Scope *scope_of(Compiler *c, const void *node);
Symbol *scope_find(Scope *s, AstString name);
Symbol *scope_add(Compiler *c, Scope *s, AstString name);
// __name in a class becomes _Class__name.
AstString scope_mangle(Compiler *c, const Scope *s, AstString name);

#endif
