// core/compiler/scopes.c: see scopes.h.
//
//  1. visit_* walk the tree, open a Scope per block and note for each name what is done to it.
//  2. resolve_scope goes through the scopes, outer ones first, and gives every symbol its place.
#include "core/compiler/scopes.h"

#include <string.h>

#include "core/compiler/codegen.h"

static void visit_expr(Compiler *c, Scope *s, Expr *e);
static void visit_body(Compiler *c, Scope *s, StmtList body);

static unsigned hash_pointer(const void *p)
{
    return (unsigned)(((uintptr_t)p >> 3) * 2654435761u >> 7);
}

static Scope *open_scope(Compiler *c, ScopeKind kind, const void *node, Scope *parent)
{
    Scope *s = compiler_alloc(c, sizeof *s);
    s->kind = kind;
    s->node = node;
    s->parent = parent;
    if (parent != NULL) {
        s->class_name = parent->class_name;
        s->is_nested = parent->is_nested || parent->kind == SCOPE_FUNCTION;
        s->iterables = parent->iterables;
        c->scopes_last->next = s;
    } else {
        c->scopes = s;
    }
    c->scopes_last = s;
    unsigned bucket = hash_pointer(node) & 255;
    s->next_in_bucket = c->scope_buckets[bucket];
    c->scope_buckets[bucket] = s;
    return s;
}

Scope *scope_of(Compiler *c, const void *node)
{
    Scope *s = c->scope_buckets[hash_pointer(node) & 255];
    while (s != NULL && s->node != node) {
        s = s->next_in_bucket;
    }
    return s;
}

static unsigned symbol_bucket(AstString name) { return hash_pointer(name.bytes) & 15; }

Symbol *scope_find(Scope *s, AstString name)
{
    Symbol *y = s->buckets[symbol_bucket(name)];
    while (y != NULL && y->name.bytes != name.bytes) {
        y = y->next_in_bucket;
    }
    return y;
}

Symbol *scope_add(Compiler *c, Scope *s, AstString name)
{
    Symbol *y = scope_find(s, name);
    if (y != NULL) {
        return y;
    }
    y = compiler_alloc(c, sizeof *y);
    y->name = name;
    y->slot = -1;
    y->parameter_slot = -1;
    unsigned bucket = symbol_bucket(name);
    y->next_in_bucket = s->buckets[bucket];
    s->buckets[bucket] = y;
    if (s->last != NULL) {
        s->last->next = y;
    } else {
        s->first = y;
    }
    s->last = y;
    return y;
}

AstString scope_mangle(Compiler *c, const Scope *s, AstString name)
{
    AstString owner = s->class_name;
    if (owner.bytes == NULL || name.size < 3 || name.bytes[0] != '_' || name.bytes[1] != '_' ||
        (name.bytes[name.size - 1] == '_' && name.bytes[name.size - 2] == '_') ||
        memchr(name.bytes, '.', name.size) != NULL) {
        return name;
    }
    while (owner.size > 0 && owner.bytes[0] == '_') {
        owner.bytes++;
        owner.size--;
    }
    if (owner.size == 0) {
        return name;
    }
    size_t size = 1 + (size_t)owner.size + name.size;
    char *text = compiler_alloc(c, size + 1);
    text[0] = '_';
    memcpy(text + 1, owner.bytes, owner.size);
    memcpy(text + 1 + owner.size, name.bytes, name.size);
    AstString mangled = arena_intern(c->arena, text, size);
    if (mangled.bytes == NULL) {
        raise_no_memory(c->ts);
        compiler_fail_raised(c);
    }
    return mangled;
}

static Symbol *note(Compiler *c, Scope *s, AstString name, uint32_t flags)
{
    Symbol *y = scope_add(c, s, scope_mangle(c, s, name));
    y->flags |= flags;
    return y;
}

static AstString plain_name(Compiler *c, const char *text)
{
    AstString name = arena_intern(c->arena, text, strlen(text));
    if (name.bytes == NULL) {
        raise_no_memory(c->ts);
        compiler_fail_raised(c);
    }
    return name;
}

static void use_name(Compiler *c, Scope *s, AstString name)
{
    note(c, s, name, SYMBOL_USED);
    if (s->kind == SCOPE_FUNCTION && name.size == 5 && memcmp(name.bytes, "super", 5) == 0) {
        scope_add(c, s, plain_name(c, "__class__"))->flags |= SYMBOL_USED;
    }
}

// --- Expressions ---------------------------------------------------------------------------------

static void visit_list(Compiler *c, Scope *s, ExprList list)
{
    for (int i = 0; i < list.count; i++) {
        if (list.items[i] != NULL) {
            visit_expr(c, s, list.items[i]);
        }
    }
}

static bool is_debug(AstString name)
{
    return name.size == 9 && memcmp(name.bytes, "__debug__", 9) == 0;
}

#define REFUSE_DEBUG(c, name, at)                                                                  \
    do {                                                                                           \
        if (is_debug(name)) {                                                                      \
            FAIL_AT(c, at, "cannot assign to __debug__");                                          \
        }                                                                                          \
    } while (false)

// Targets of assignment, for, with, del, comprehensions.
static void visit_target(Compiler *c, Scope *s, Expr *e, uint32_t flags)
{
    switch (e->kind) {
    case EXPR_NAME:
        if (is_debug(e->name)) {
            FAIL_AT(c, e, "cannot %s __debug__", flags & SYMBOL_DELETED ? "delete" : "assign to");
        }
        if ((flags & SYMBOL_ITERATION) != 0) {
            const Symbol *y = scope_find(s, scope_mangle(c, s, e->name));
            if (y != NULL && (y->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL)) != 0) {
                FAIL_AT(c, e,
                        "comprehension inner loop cannot rebind assignment expression target '%s'",
                        e->name.bytes);
            }
        }
        note(c, s, e->name, SYMBOL_BOUND | flags);
        return;
    case EXPR_ATTRIBUTE:
        if ((flags & SYMBOL_DELETED) == 0) {
            REFUSE_DEBUG(c, e->attribute.attr, e);
        }
        visit_expr(c, s, e);
        return;
    case EXPR_TUPLE:
    case EXPR_LIST:
        for (int i = 0; i < e->elements.count; i++) {
            visit_target(c, s, e->elements.items[i], flags);
        }
        return;
    case EXPR_STARRED:
        visit_target(c, s, e->value, flags);
        return;
    default:
        visit_expr(c, s, e);
    }
}

// Annotations that stay text are looked at for what they must not contain, in a scope that is
// forgotten afterwards, with all below it.
static void check_annotation(Compiler *c, Scope *s, Expr *e)
{
    Scope *last = c->scopes_last;
    Scope *scratch = open_scope(c, SCOPE_FUNCTION, e, s);
    scratch->is_annotation = true;
    visit_expr(c, scratch, e);
    for (Scope *at = last->next; at != NULL; at = at->next) {
        at->is_forgotten = true;
    }
    for (Scope *at = last->next; at != NULL; at = at->next) {
        Scope **bucket = &c->scope_buckets[hash_pointer(at->node) & 255];
        while (*bucket != NULL && (*bucket)->is_forgotten) {
            *bucket = (*bucket)->next_in_bucket;
        }
    }
    last->next = NULL;
    c->scopes_last = last;
}

static void visit_annotation(Compiler *c, Scope *s, Expr *e)
{
    if (e == NULL) {
        return;
    }
    if (c->annotations_as_text) {
        check_annotation(c, s, e);
    } else {
        visit_expr(c, s, e);
    }
}

static void refuse_in_annotation(Compiler *c, const Scope *s, const Expr *e, const char *what)
{
    if (s->is_annotation) {
        FAIL_AT(c, e, "'%s' can not be used within an annotation", what);
    }
}

// Whether the scope is within an annotation that stays text: it never runs, so nothing is asked of
// the function around it.
static bool is_text_only(const Scope *s)
{
    while (s != NULL && !s->is_annotation) {
        s = s->parent;
    }
    return s != NULL;
}

static void visit_argument_annotations(Compiler *c, Scope *s, ArgumentList list)
{
    for (int i = 0; i < list.count; i++) {
        visit_annotation(c, s, list.items[i].annotation);
    }
}

static void add_parameter(Compiler *c, Scope *s, const Argument *a)
{
    AstString name = scope_mangle(c, s, a->name);
    REFUSE_DEBUG(c, name, &a->position);
    Symbol *y = scope_add(c, s, name);
    if (y->flags & SYMBOL_PARAMETER) {
        FAIL_AT(c, &a->position, "duplicate argument '%s' in function definition", a->name.bytes);
    }
    y->flags |= SYMBOL_PARAMETER | SYMBOL_BOUND;
}

static void add_parameters(Compiler *c, Scope *s, Arguments *args)
{
    for (int i = 0; i < args->positional_only.count; i++) {
        add_parameter(c, s, &args->positional_only.items[i]);
    }
    for (int i = 0; i < args->args.count; i++) {
        add_parameter(c, s, &args->args.items[i]);
    }
    for (int i = 0; i < args->keyword_only.count; i++) {
        add_parameter(c, s, &args->keyword_only.items[i]);
    }
    if (args->vararg != NULL) {
        add_parameter(c, s, args->vararg);
    }
    if (args->kwarg != NULL) {
        add_parameter(c, s, args->kwarg);
    }
}

static void visit_comprehension(Compiler *c, Scope *s, Expr *e)
{
    ComprehensionList clauses = e->comp.generators;
    s->iterables++;
    visit_expr(c, s, clauses.items[0].iter);
    s->iterables--;
    Scope *inner = open_scope(c, SCOPE_FUNCTION, e, s);
    inner->is_comprehension = true;
    inner->is_generator_expression = e->kind == EXPR_GENERATOR_EXP;
    inner->is_generator = inner->is_generator_expression;
    scope_add(c, inner, plain_name(c, ".0"))->flags |= SYMBOL_PARAMETER | SYMBOL_BOUND;
    for (int i = 0; i < clauses.count; i++) {
        visit_target(c, inner, clauses.items[i].target, SYMBOL_ITERATION);
        if (i > 0) {
            inner->iterables++;
            visit_expr(c, inner, clauses.items[i].iter);
            inner->iterables--;
        }
        visit_list(c, inner, clauses.items[i].ifs);
        inner->is_coroutine |= clauses.items[i].is_async;
    }
    if (e->comp.key != NULL) {
        visit_expr(c, inner, e->comp.key);
    }
    visit_expr(c, inner, e->comp.element);
    if (inner->is_coroutine && !inner->is_generator_expression) {
        if (!s->is_coroutine && !s->is_comprehension && !is_text_only(s)) {
            FAIL_AT(c, e, "asynchronous comprehension outside of an asynchronous function");
        }
        if (s->is_comprehension) {
            s->is_coroutine = true;
        }
    }
}

// x := … inside a comprehension binds in the block around it.
static void visit_walrus(Compiler *c, Scope *s, Expr *e)
{
    Expr *target = e->named_expr.target;
    refuse_in_annotation(c, s, e, "named expression");
    if (s->iterables > 0) {
        FAIL_AT(c, e,
                "assignment expression cannot be used in a comprehension iterable expression");
    }
    visit_expr(c, s, e->named_expr.value);
    REFUSE_DEBUG(c, target->name, target);
    Scope *home = s;
    while (home->is_comprehension) {
        Symbol *y = scope_find(home, scope_mangle(c, home, target->name));
        if (y != NULL && (y->flags & SYMBOL_ITERATION)) {
            FAIL_AT(c, target,
                    "assignment expression cannot rebind comprehension iteration variable '%s'",
                    target->name.bytes);
        }
        home = home->parent;
    }
    if (home == s) {
        note(c, s, target->name, SYMBOL_BOUND | SYMBOL_WALRUS);
        return;
    }
    if (home->kind == SCOPE_CLASS) {
        FAIL_AT(c, target,
                "assignment expression within a comprehension cannot be used in a class body");
    }
    Symbol *outer = note(c, home, target->name, SYMBOL_BOUND | SYMBOL_WALRUS);
    uint32_t how = home->kind == SCOPE_MODULE || (outer->flags & SYMBOL_GLOBAL) ? SYMBOL_GLOBAL
                                                                                : SYMBOL_NONLOCAL;
    for (Scope *between = s; between != home; between = between->parent) {
        note(c, between, target->name, SYMBOL_BOUND | how);
    }
}

static Scope *function_around(Scope *s)
{
    while (s->is_comprehension) {
        s = s->parent;
    }
    return s;
}

static void visit_yield(Compiler *c, Scope *s, Expr *e)
{
    refuse_in_annotation(c, s, e, "yield expression");
    if (s->is_comprehension) {
        FAIL_AT(c, e, "'yield' inside %s",
                s->is_generator_expression                        ? "generator expression"
                : ((const Expr *)s->node)->kind == EXPR_LIST_COMP ? "list comprehension"
                : ((const Expr *)s->node)->kind == EXPR_SET_COMP  ? "set comprehension"
                                                                  : "dict comprehension");
    }
    if (s->kind != SCOPE_FUNCTION) {
        FAIL_AT(c, e, "'yield%s' outside function", e->kind == EXPR_YIELD_FROM ? " from" : "");
    }
    if (e->kind == EXPR_YIELD_FROM && s->is_coroutine) {
        FAIL_AT(c, e, "'yield from' inside async function");
    }
    s->is_generator = true;
    if (e->value != NULL) {
        visit_expr(c, s, e->value);
    }
}

static void visit_await(Compiler *c, Scope *s, Expr *e)
{
    refuse_in_annotation(c, s, e, "await expression");
    Scope *f = function_around(s);
    bool anywhere = is_text_only(s);
    if (f->kind != SCOPE_FUNCTION && !anywhere) {
        FAIL_AT(c, e, "'await' outside function");
    }
    if (!f->is_coroutine && !s->is_generator_expression && !anywhere) {
        FAIL_AT(c, e, "'await' outside async function");
    }
    if (s->is_comprehension) {
        s->is_coroutine = true;
    }
    visit_expr(c, s, e->value);
}

static void visit_arguments_outside(Compiler *c, Scope *s, Arguments *args)
{
    visit_list(c, s, args->defaults);
    visit_list(c, s, args->keyword_defaults);
}

static void visit_expr(Compiler *c, Scope *s, Expr *e)
{
    compiler_check_stack(c);
    switch (e->kind) {
    case EXPR_BOOL_OP:
        visit_list(c, s, e->bool_op.values);
        break;
    case EXPR_NAMED_EXPR:
        visit_walrus(c, s, e);
        break;
    case EXPR_BIN_OP:
        visit_expr(c, s, e->bin_op.left);
        visit_expr(c, s, e->bin_op.right);
        break;
    case EXPR_UNARY_OP:
        visit_expr(c, s, e->unary_op.operand);
        break;
    case EXPR_LAMBDA: {
        visit_arguments_outside(c, s, e->lambda.args);
        Scope *inner = open_scope(c, SCOPE_FUNCTION, e, s);
        inner->is_lambda = true;
        add_parameters(c, inner, e->lambda.args);
        visit_expr(c, inner, e->lambda.body);
        break;
    }
    case EXPR_IF_EXP:
        visit_expr(c, s, e->if_exp.test);
        visit_expr(c, s, e->if_exp.body);
        visit_expr(c, s, e->if_exp.orelse);
        break;
    case EXPR_DICT:
        visit_list(c, s, e->dict.keys);
        visit_list(c, s, e->dict.values);
        break;
    case EXPR_SET:
    case EXPR_LIST:
    case EXPR_TUPLE:
    case EXPR_JOINED_STR:
        visit_list(c, s, e->elements);
        break;
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_DICT_COMP:
    case EXPR_GENERATOR_EXP:
        visit_comprehension(c, s, e);
        break;
    case EXPR_AWAIT:
        visit_await(c, s, e);
        break;
    case EXPR_YIELD:
    case EXPR_YIELD_FROM:
        visit_yield(c, s, e);
        break;
    case EXPR_COMPARE:
        visit_expr(c, s, e->compare.left);
        visit_list(c, s, e->compare.comparators);
        break;
    case EXPR_CALL:
        visit_expr(c, s, e->call.func);
        visit_list(c, s, e->call.args);
        for (int i = 0; i < e->call.keywords.count; i++) {
            REFUSE_DEBUG(c, e->call.keywords.items[i].name, e);
            visit_expr(c, s, e->call.keywords.items[i].value);
        }
        break;
    case EXPR_FORMATTED_VALUE:
        visit_expr(c, s, e->formatted_value.value);
        if (e->formatted_value.format_spec != NULL) {
            visit_expr(c, s, e->formatted_value.format_spec);
        }
        break;
    case EXPR_CONSTANT:
        break;
    case EXPR_ATTRIBUTE:
        visit_expr(c, s, e->attribute.value);
        break;
    case EXPR_SUBSCRIPT:
        visit_expr(c, s, e->subscript.value);
        visit_expr(c, s, e->subscript.slice);
        break;
    case EXPR_STARRED:
        visit_expr(c, s, e->value);
        break;
    case EXPR_NAME:
        use_name(c, s, e->name);
        break;
    case EXPR_SLICE:
        visit_list(c, s, (ExprList){(Expr *[]){e->slice.lower, e->slice.upper, e->slice.step}, 3});
        break;
    }
}

// --- Statements ----------------------------------------------------------------------------------

static void visit_function(Compiler *c, Scope *s, Stmt *st)
{
    Arguments *args = st->function.args;
    visit_list(c, s, st->function.decorators);
    visit_arguments_outside(c, s, args);
    visit_argument_annotations(c, s, args->positional_only);
    visit_argument_annotations(c, s, args->args);
    visit_argument_annotations(c, s, args->keyword_only);
    visit_annotation(c, s, args->vararg != NULL ? args->vararg->annotation : NULL);
    visit_annotation(c, s, args->kwarg != NULL ? args->kwarg->annotation : NULL);
    visit_annotation(c, s, st->function.returns);
    REFUSE_DEBUG(c, st->function.name, st);
    note(c, s, st->function.name, SYMBOL_BOUND);
    Scope *inner = open_scope(c, SCOPE_FUNCTION, st, s);
    inner->is_coroutine = st->kind == STMT_ASYNC_FUNCTION_DEF;
    add_parameters(c, inner, args);
    visit_body(c, inner, st->function.body);
}

static void visit_class(Compiler *c, Scope *s, Stmt *st)
{
    visit_list(c, s, st->class_def.decorators);
    visit_list(c, s, st->class_def.bases);
    for (int i = 0; i < st->class_def.keywords.count; i++) {
        REFUSE_DEBUG(c, st->class_def.keywords.items[i].name, st);
        visit_expr(c, s, st->class_def.keywords.items[i].value);
    }
    REFUSE_DEBUG(c, st->class_def.name, st);
    note(c, s, st->class_def.name, SYMBOL_BOUND);
    Scope *inner = open_scope(c, SCOPE_CLASS, st, s);
    inner->class_name = st->class_def.name;
    visit_body(c, inner, st->class_def.body);
}

static void declare(Compiler *c, Scope *s, Stmt *st, uint32_t flag)
{
    const char *word = flag == SYMBOL_GLOBAL ? "global" : "nonlocal";
    if (flag == SYMBOL_NONLOCAL && s->kind == SCOPE_MODULE) {
        FAIL_AT(c, st, "nonlocal declaration not allowed at module level");
    }
    for (int i = 0; i < st->names.count; i++) {
        AstString name = scope_mangle(c, s, st->names.items[i]);
        Symbol *y = scope_find(s, name);
        if (y != NULL) {
            if (y->flags & SYMBOL_PARAMETER) {
                FAIL_AT(c, st, "name '%s' is parameter and %s", name.bytes, word);
            }
            if (y->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL) & ~flag) {
                const Stmt *at = y->declared != NULL ? y->declared : st;
                FAIL_AT(c, at, "name '%s' is nonlocal and global", name.bytes);
            }
            if (!(y->flags & flag)) {
                if (y->flags & SYMBOL_ANNOTATED) {
                    FAIL_AT(c, st, "annotated name '%s' can't be %s", name.bytes, word);
                }
                if (y->flags & SYMBOL_BOUND) {
                    FAIL_AT(c, st, "name '%s' is assigned to before %s declaration", name.bytes,
                            word);
                }
                if (y->flags & SYMBOL_USED) {
                    FAIL_AT(c, st, "name '%s' is used prior to %s declaration", name.bytes, word);
                }
            }
        }
        y = scope_add(c, s, name);
        y->flags |= flag;
        y->declared = st;
        if (flag == SYMBOL_GLOBAL && s != c->scopes) { // the module's code means the same global
            scope_add(c, c->scopes, name)->flags |= SYMBOL_GLOBAL_BELOW;
        }
    }
}

static void visit_annotated(Compiler *c, Scope *s, Stmt *st)
{
    Expr *target = st->ann_assign.target;
    if (target->kind == EXPR_NAME) {
        REFUSE_DEBUG(c, target->name, st);
        Symbol *y = scope_add(c, s, scope_mangle(c, s, target->name));
        if ((y->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL)) && st->ann_assign.simple &&
            s->kind != SCOPE_MODULE) {
            FAIL_AT(c, st, "annotated name '%s' can't be %s", target->name.bytes,
                    y->flags & SYMBOL_GLOBAL ? "global" : "nonlocal");
        }
        y->flags |= st->ann_assign.simple          ? SYMBOL_BOUND | SYMBOL_ANNOTATED
                    : st->ann_assign.value != NULL ? SYMBOL_BOUND
                                                   : 0;
    } else {
        visit_target(c, s, target, 0);
    }
    visit_annotation(c, s, st->ann_assign.annotation);
    if (st->ann_assign.value != NULL) {
        visit_expr(c, s, st->ann_assign.value);
    }
}

static void visit_import(Compiler *c, Scope *s, Stmt *st)
{
    for (int i = 0; i < st->import.names.count; i++) {
        Alias *a = &st->import.names.items[i];
        AstString name = a->asname.bytes != NULL ? a->asname : a->name;
        if (name.size == 1 && name.bytes[0] == '*') {
            if (s->kind != SCOPE_MODULE) {
                FAIL_AT(c, &a->position, "import * only allowed at module level");
            }
            continue;
        }
        const char *dot = a->asname.bytes == NULL && st->kind == STMT_IMPORT
                              ? memchr(name.bytes, '.', name.size)
                              : NULL;
        if (dot != NULL) {
            name = arena_intern(c->arena, name.bytes, (size_t)(dot - name.bytes));
            if (name.bytes == NULL) {
                raise_no_memory(c->ts);
                compiler_fail_raised(c);
            }
        }
        REFUSE_DEBUG(c, name, st);
        note(c, s, name, SYMBOL_BOUND);
    }
}

static void visit_try(Compiler *c, Scope *s, Stmt *st)
{
    visit_body(c, s, st->try_stmt.body);
    for (int i = 0; i < st->try_stmt.handlers.count; i++) {
        ExceptHandler *h = &st->try_stmt.handlers.items[i];
        if (h->type != NULL) {
            visit_expr(c, s, h->type);
        }
        if (h->name.bytes != NULL) {
            REFUSE_DEBUG(c, h->name, &h->position);
            note(c, s, h->name, SYMBOL_BOUND | SYMBOL_DELETED);
        }
        visit_body(c, s, h->body);
    }
    visit_body(c, s, st->try_stmt.orelse);
    visit_body(c, s, st->try_stmt.finalbody);
}

static void bind_in_pattern(Compiler *c, Scope *s, AstString name, const Pattern *p)
{
    if (name.bytes != NULL) {
        REFUSE_DEBUG(c, name, p);
        note(c, s, name, SYMBOL_BOUND);
    }
}

static void visit_pattern(Compiler *c, Scope *s, Pattern *p);

static void visit_patterns(Compiler *c, Scope *s, PatternList list)
{
    for (int i = 0; i < list.count; i++) {
        visit_pattern(c, s, list.items[i]);
    }
}

static void visit_pattern(Compiler *c, Scope *s, Pattern *p)
{
    compiler_check_stack(c);
    switch (p->kind) {
    case PATTERN_VALUE:
    case PATTERN_SINGLETON:
        visit_expr(c, s, p->value);
        break;
    case PATTERN_SEQUENCE:
    case PATTERN_OR:
        visit_patterns(c, s, p->patterns);
        break;
    case PATTERN_MAPPING:
        visit_list(c, s, p->mapping.keys);
        visit_patterns(c, s, p->mapping.patterns);
        bind_in_pattern(c, s, p->mapping.rest, p);
        break;
    case PATTERN_CLASS:
        visit_expr(c, s, p->cls.cls);
        visit_patterns(c, s, p->cls.patterns);
        visit_patterns(c, s, p->cls.attribute_patterns);
        break;
    case PATTERN_STAR:
    case PATTERN_AS:
        if (p->as.pattern != NULL) {
            visit_pattern(c, s, p->as.pattern);
        }
        bind_in_pattern(c, s, p->as.name, p);
        break;
    }
}

static void visit_match(Compiler *c, Scope *s, Stmt *st)
{
    visit_expr(c, s, st->match.subject);
    for (int i = 0; i < st->match.cases.count; i++) {
        MatchCase *one = &st->match.cases.items[i];
        visit_pattern(c, s, one->pattern);
        if (one->guard != NULL) {
            visit_expr(c, s, one->guard);
        }
        visit_body(c, s, one->body);
    }
}

static void visit_statement(Compiler *c, Scope *s, Stmt *st)
{
    switch (st->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF:
        visit_function(c, s, st);
        break;
    case STMT_CLASS_DEF:
        visit_class(c, s, st);
        break;
    case STMT_RETURN:
        if (s->kind != SCOPE_FUNCTION) {
            FAIL_AT(c, st, "'return' outside function");
        }
        if (st->value != NULL) {
            visit_expr(c, s, st->value);
        }
        break;
    case STMT_DELETE:
        for (int i = 0; i < st->targets.count; i++) {
            visit_target(c, s, st->targets.items[i], SYMBOL_DELETED);
        }
        break;
    case STMT_ASSIGN:
        visit_expr(c, s, st->assign.value);
        for (int i = 0; i < st->assign.targets.count; i++) {
            visit_target(c, s, st->assign.targets.items[i], 0);
        }
        break;
    case STMT_AUG_ASSIGN:
        if (st->aug_assign.target->kind == EXPR_NAME) {
            note(c, s, st->aug_assign.target->name, SYMBOL_USED);
        }
        if (st->aug_assign.target->kind == EXPR_ATTRIBUTE) {
            visit_expr(c, s, st->aug_assign.target);
        } else {
            visit_target(c, s, st->aug_assign.target, 0);
        }
        visit_expr(c, s, st->aug_assign.value);
        break;
    case STMT_ANN_ASSIGN:
        visit_annotated(c, s, st);
        break;
    case STMT_ASYNC_FOR:
    case STMT_FOR:
        if (st->kind == STMT_ASYNC_FOR && !s->is_coroutine) {
            FAIL_AT(c, st, "'async for' outside async function");
        }
        visit_expr(c, s, st->for_loop.iter);
        visit_target(c, s, st->for_loop.target, 0);
        visit_body(c, s, st->for_loop.body);
        visit_body(c, s, st->for_loop.orelse);
        break;
    case STMT_WHILE:
        visit_expr(c, s, st->while_loop.test);
        visit_body(c, s, st->while_loop.body);
        visit_body(c, s, st->while_loop.orelse);
        break;
    case STMT_IF:
        visit_expr(c, s, st->if_stmt.test);
        visit_body(c, s, st->if_stmt.body);
        visit_body(c, s, st->if_stmt.orelse);
        break;
    case STMT_ASYNC_WITH:
    case STMT_WITH:
        if (st->kind == STMT_ASYNC_WITH && !s->is_coroutine) {
            FAIL_AT(c, st, "'async with' outside async function");
        }
        for (int i = 0; i < st->with.items.count; i++) {
            visit_expr(c, s, st->with.items.items[i].context_expr);
            if (st->with.items.items[i].optional_vars != NULL) {
                visit_target(c, s, st->with.items.items[i].optional_vars, 0);
            }
        }
        visit_body(c, s, st->with.body);
        break;
    case STMT_RAISE:
        if (st->raise.exc != NULL) {
            visit_expr(c, s, st->raise.exc);
        }
        if (st->raise.cause != NULL) {
            visit_expr(c, s, st->raise.cause);
        }
        break;
    case STMT_MATCH:
        visit_match(c, s, st);
        break;
    case STMT_TRY:
        visit_try(c, s, st);
        break;
    case STMT_ASSERT:
        visit_expr(c, s, st->assert_stmt.test);
        if (st->assert_stmt.message != NULL) {
            visit_expr(c, s, st->assert_stmt.message);
        }
        break;
    case STMT_IMPORT:
    case STMT_IMPORT_FROM:
        visit_import(c, s, st);
        break;
    case STMT_GLOBAL:
        declare(c, s, st, SYMBOL_GLOBAL);
        break;
    case STMT_NONLOCAL:
        declare(c, s, st, SYMBOL_NONLOCAL);
        break;
    case STMT_EXPR:
        visit_expr(c, s, st->value);
        break;
    case STMT_PASS:
    case STMT_BREAK:
    case STMT_CONTINUE:
        break;
    }
}

static void visit_body(Compiler *c, Scope *s, StmtList body)
{
    compiler_check_stack(c);
    for (int i = 0; i < body.count; i++) {
        visit_statement(c, s, body.items[i]);
    }
}

// --- Resolution ----------------------------------------------------------------------------------

static bool is_class_cell_name(AstString name)
{
    return name.size == 9 && memcmp(name.bytes, "__class__", 9) == 0;
}

// Finds the enclosing function that binds `name` and makes it a cell there and a free variable in
// the functions (and class bodies) between. False: nobody binds it.
static bool bind_outside(Compiler *c, Scope *s, AstString name)
{
    Scope *home = s->parent;
    for (; home != NULL; home = home->parent) {
        if (home->kind == SCOPE_CLASS && is_class_cell_name(name)) {
            home->needs_class_cell = true;
            scope_add(c, home, name)->place = PLACE_CELL;
            break;
        }
        if (home->kind != SCOPE_FUNCTION) {
            continue;
        }
        Symbol *y = scope_find(home, name);
        if (y == NULL) {
            continue;
        }
        if (y->flags & SYMBOL_GLOBAL) {
            return false;
        }
        if (y->place == PLACE_LOCAL || y->place == PLACE_CELL || y->place == PLACE_FREE) {
            if (y->place == PLACE_LOCAL) {
                y->place = PLACE_CELL;
            }
            break;
        }
    }
    if (home == NULL) {
        return false;
    }
    for (Scope *between = s->parent; between != home; between = between->parent) {
        Symbol *y = scope_add(c, between, name);
        if (between->kind == SCOPE_CLASS && (y->flags & SYMBOL_BOUND)) {
            y->flags |= SYMBOL_PASSED; // its own name lives in the namespace all the same
        } else {
            y->place = PLACE_FREE;
        }
    }
    return true;
}

static void resolve_symbol(Compiler *c, Scope *s, Symbol *y)
{
    if (y->place != PLACE_UNKNOWN) {
        return; // an inner scope passed through here
    }
    if (y->flags & (SYMBOL_GLOBAL | SYMBOL_GLOBAL_BELOW)) {
        y->place = PLACE_GLOBAL;
        return;
    }
    if (y->flags & SYMBOL_NONLOCAL) {
        if (!bind_outside(c, s, y->name)) {
            if (y->declared != NULL) {
                FAIL_AT(c, y->declared, "no binding for nonlocal '%s' found", y->name.bytes);
            }
            y->place = PLACE_GLOBAL; // a comprehension's := whose block declares the name global
            return;
        }
        y->place = PLACE_FREE;
        return;
    }
    if (s->kind == SCOPE_FUNCTION) {
        if (y->flags & SYMBOL_BOUND) {
            y->place = PLACE_LOCAL;
        } else {
            y->place = bind_outside(c, s, y->name) ? PLACE_FREE : PLACE_GLOBAL;
        }
        return;
    }
    if (s->kind == SCOPE_CLASS && !(y->flags & SYMBOL_BOUND) && s->is_nested &&
        bind_outside(c, s, y->name)) {
        y->place = PLACE_FREE;
        return;
    }
    y->place = PLACE_NAME;
}

Scope *scopes_build(Compiler *c, Module *module)
{
    Scope *top = open_scope(c, SCOPE_MODULE, module, NULL);
    if (module->mode == PARSE_EVAL) {
        visit_expr(c, top, module->expression);
    } else {
        visit_body(c, top, module->body);
    }
    // Outer scopes come first in the list, so a bound name has its place before inner ones ask.
    for (Scope *s = top; s != NULL; s = s->next) {
        for (Symbol *y = s->first; y != NULL; y = y->next) {
            resolve_symbol(c, s, y);
        }
    }
    return top;
}
