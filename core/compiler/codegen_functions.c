// core/compiler/codegen_functions.c: functions, lambdas, classes and comprehensions.
#include <string.h>

#include "core/compiler/codegen.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

// --- Making a function ---------------------------------------------------------------------------

// The cells that the inner block needs, as a tuple in `dst`.
static void gen_closure(Compiler *c, Unit *inner, int dst)
{
    int depth = c->unit->depth;
    int first = depth, count = 0;
    for (Symbol *y = inner->scope->first; y != NULL; y = y->next) {
        if (y->place == PLACE_FREE || (y->flags & SYMBOL_PASSED)) {
            Symbol *outer = scope_find(c->unit->scope, y->name);
            ASSERT(outer != NULL && outer->slot >= 0);
            emit(c, INSTR_COPY, temp_new(c), outer->slot, 0);
            count++;
        }
    }
    emit(c, INSTR_BUILD_TUPLE, dst, first, count);
    c->unit->depth = depth;
}

// The code of `inner` was just assembled; the extras (defaults …) lie in temporaries from `extras`
// on, the closure goes behind them.
void gen_make_function(Compiler *c, Unit *inner, int extras, int extra_flags, int dst)
{
    int flags = extra_flags;
    if (inner->free_count > 0) {
        int closure = temp_new(c);
        gen_closure(c, inner, closure);
        flags |= 8;
    }
    int index = constant_index(c, ref_take(&inner->code_object));
    emit_word(c, INSTR_MAKE_FUNCTION, dst, extras, flags, index);
}

// Defaults, keyword defaults and annotations into consecutive temporaries. Returns the flags.
static int gen_defaults(Compiler *c, Arguments *args)
{
    int flags = 0;
    if (args->defaults.count > 0) {
        Expr tuple = {.kind = EXPR_TUPLE, .elements = args->defaults};
        tuple.line = tuple.end_line = c->unit->line;
        gen_into(c, &tuple, temp_new(c));
        flags |= 1;
    }
    int given = 0;
    for (int i = 0; i < args->keyword_only.count; i++) {
        given += args->keyword_defaults.items[i] != NULL;
    }
    if (given > 0) {
        int map = temp_new(c);
        int depth = c->unit->depth;
        for (int i = 0; i < args->keyword_only.count; i++) {
            if (args->keyword_defaults.items[i] != NULL) {
                AstString name = scope_mangle(c, c->unit->scope, args->keyword_only.items[i].name);
                emit_constant(c, value_from_text(c, name, true), temp_new(c));
                gen_into(c, args->keyword_defaults.items[i], temp_new(c));
            }
        }
        emit(c, INSTR_BUILD_MAP, map, depth, given);
        c->unit->depth = depth;
        flags |= 2;
    }
    return flags;
}

static void gen_one_annotation(Compiler *c, AstString name, Expr *annotation, int *count)
{
    if (annotation == NULL) {
        return;
    }
    emit_constant(c, value_from_text(c, scope_mangle(c, c->unit->scope, name), true), temp_new(c));
    gen_annotation(c, annotation, temp_new(c));
    *count += 2;
}

static int gen_annotations(Compiler *c, Arguments *args, Expr *returns)
{
    int tuple = temp_new(c);
    int first = c->unit->depth, count = 0;
    ArgumentList lists[3] = {args->positional_only, args->args, args->keyword_only};
    for (int k = 0; k < 3; k++) {
        if (k == 2 && args->vararg != NULL) {
            gen_one_annotation(c, args->vararg->name, args->vararg->annotation, &count);
        }
        for (int i = 0; i < lists[k].count; i++) {
            gen_one_annotation(c, lists[k].items[i].name, lists[k].items[i].annotation, &count);
        }
    }
    if (args->kwarg != NULL) {
        gen_one_annotation(c, args->kwarg->name, args->kwarg->annotation, &count);
    }
    if (returns != NULL) {
        gen_one_annotation(c, (AstString){.bytes = "return", .size = 6}, returns, &count);
    }
    if (count == 0) {
        c->unit->depth = tuple;
        return 0;
    }
    emit(c, INSTR_BUILD_TUPLE, tuple, first, count);
    c->unit->depth = tuple + 1;
    return 4;
}

AstString docstring_of(StmtList body)
{
    if (body.count > 0 && body.items[0]->kind == STMT_EXPR &&
        body.items[0]->value->kind == EXPR_CONSTANT &&
        body.items[0]->value->constant.kind == CONSTANT_STR) {
        return body.items[0]->value->constant.text;
    }
    return (AstString){0};
}

// A function's constant 0 is its docstring, or None.
static void add_docstring(Compiler *c, StmtList body)
{
    AstString doc = docstring_of(body);
    Ref value =
        doc.bytes != NULL && c->options->optimize < 2 ? value_from_text(c, doc, false) : REF_NONE;
    constant_index(c, value);
}

static void finish_inner(Compiler *c, Unit *inner)
{
    Ref code = assemble(c, inner);
    c->unit = inner->outer;
    inner->code_object = code;
}

static void gen_decorators(Compiler *c, ExprList decorators, int *bases)
{
    for (int i = 0; i < decorators.count; i++) {
        int base = temp_reserve(c, CALL_ARGUMENTS_AT);
        gen_into(c, decorators.items[i], base);
        bases[i] = base;
    }
}

// f = d1(d2(f)): the value is the argument of the innermost area.
static void gen_apply_decorators(Compiler *c, ExprList decorators, const int *bases, int value)
{
    for (int i = decorators.count - 1; i >= 0; i--) {
        int base = bases[i];
        int argument = base + CALL_ARGUMENTS_AT;
        if (argument >= c->unit->depth) {
            c->unit->depth = argument;
            temp_new(c);
        }
        if (value != argument) {
            emit(c, INSTR_MOVE, argument, value, 0);
        }
        at_expr(c, decorators.items[i]);
        c->unit->depth = argument + 1;
        emit(c, INSTR_CALL, base, base, 1);
        value = base;
        c->unit->depth = base + 1;
    }
}

void gen_function_def(Compiler *c, Stmt *s)
{
    Unit *outer = c->unit;
    int depth = outer->depth;
    int count = s->function.decorators.count;
    int *bases = compiler_alloc(c, sizeof(int) * ((size_t)count + 1));
    gen_decorators(c, s->function.decorators, bases);
    int value = temp_new(c);
    int extras = outer->depth;
    at_stmt(c, s);
    int flags = gen_defaults(c, s->function.args);
    flags |= gen_annotations(c, s->function.args, s->function.returns);
    int first_line = count > 0 ? s->function.decorators.items[0]->line : s->line;
    Unit *u = compiler_alloc(c, sizeof *u);
    unit_begin(c, u, scope_of(c, s), s->function.name, s->function.args, first_line);
    add_docstring(c, s->function.body);
    gen_body(c, s->function.body);
    if (code_is_reachable(c)) {
        emit(c, INSTR_RETURN_NONE, 0, 0, 0);
    }
    finish_inner(c, u);
    at_stmt(c, s);
    gen_make_function(c, u, extras, flags, value);
    unit_free(c->ts, u);
    outer->depth = value + 1;
    gen_apply_decorators(c, s->function.decorators, bases, value);
    at_stmt(c, s);
    gen_store_name(c, s->function.name, count > 0 ? bases[0] : value, true);
    outer->depth = depth;
}

void gen_lambda(Compiler *c, Expr *e, int dst)
{
    Unit *outer = c->unit;
    int depth = outer->depth;
    int extras = depth;
    int flags = gen_defaults(c, e->lambda.args);
    Unit *u = compiler_alloc(c, sizeof *u);
    unit_begin(c, u, scope_of(c, e), arena_intern(c->arena, "<lambda>", 8), e->lambda.args,
               e->line);
    constant_index(c, REF_NONE);
    int value = gen_operand(c, e->lambda.body);
    at_expr(c, e->lambda.body);
    emit(c, INSTR_RETURN, value, 0, 0);
    finish_inner(c, u);
    at_expr(c, e);
    gen_make_function(c, u, extras, flags, dst);
    unit_free(c->ts, u);
    outer->depth = depth;
}

// --- Classes -------------------------------------------------------------------------------------

// The body as a function of no arguments: names in its namespace;
// returns the __class__ cell or None.
static void gen_class_body(Compiler *c, Stmt *s, int first_line)
{
    Unit *u = compiler_alloc(c, sizeof *u);
    Scope *scope = scope_of(c, s);
    unit_begin(c, u, scope, s->class_def.name, NULL, first_line);
    constant_index(c, REF_NONE);
    int t = temp_new(c);
    emit_word(c, INSTR_LOAD_NAME, t, 0, 0, site_new(c, arena_intern(c->arena, "__name__", 8)));
    emit_word(c, INSTR_STORE_NAME, t, 0, 0, site_new(c, arena_intern(c->arena, "__module__", 10)));
    emit_constant(c, ref_new(u->qualname.v), t);
    emit_word(c, INSTR_STORE_NAME, t, 0, 0,
              site_new(c, arena_intern(c->arena, "__qualname__", 12)));
    AstString doc = docstring_of(s->class_def.body);
    if (doc.bytes != NULL && c->options->optimize < 2) {
        emit_constant(c, value_from_text(c, doc, false), t);
        emit_word(c, INSTR_STORE_NAME, t, 0, 0, site_new(c, arena_intern(c->arena, "__doc__", 7)));
    }
    u->depth = t;
    gen_body(c, s->class_def.body);
    if (scope->needs_class_cell) {
        Symbol *cell = scope_find(scope, arena_intern(c->arena, "__class__", 9));
        int copy = temp_new(c);
        emit(c, INSTR_COPY, copy, cell->slot, 0);
        emit_word(c, INSTR_STORE_NAME, copy, 0, 0,
                  site_new(c, arena_intern(c->arena, "__classcell__", 13)));
        emit(c, INSTR_COPY, copy, cell->slot, 0);
        emit(c, INSTR_RETURN, copy, 0, 0);
    } else {
        emit(c, INSTR_RETURN_NONE, 0, 0, 0);
    }
    finish_inner(c, u);
    gen_make_function(c, u, c->unit->depth, 0, temp_new(c));
    unit_free(c->ts, u);
}

void gen_class_def(Compiler *c, Stmt *s)
{
    check_keywords(c, s->class_def.keywords);
    Unit *outer = c->unit;
    int depth = outer->depth;
    int count = s->class_def.decorators.count;
    int *bases = compiler_alloc(c, sizeof(int) * ((size_t)count + 1));
    gen_decorators(c, s->class_def.decorators, bases);
    int first_line = count > 0 ? s->class_def.decorators.items[0]->line : s->line;
    at_stmt(c, s);
    // __build_class__(body, name, *bases, **keywords)
    int base = temp_new(c);
    emit(c, INSTR_LOAD_BUILD_CLASS, base, 0, 0);
    bool packed = s->class_def.bases.count + s->class_def.keywords.count > 100;
    for (int i = 0; i < s->class_def.bases.count; i++) {
        packed = packed || s->class_def.bases.items[i]->kind == EXPR_STARRED;
    }
    for (int i = 0; i < s->class_def.keywords.count; i++) {
        packed = packed || s->class_def.keywords.items[i].name.bytes == NULL;
    }
    int list = 0;
    if (packed) {
        list = temp_new(c);
    } else {
        temp_reserve(c, CALL_ARGUMENTS_AT - 1);
    }
    int function = outer->depth;
    gen_class_body(c, s, first_line);
    outer->depth = function + 1;
    emit_constant(c, value_from_text(c, s->class_def.name, true), temp_new(c));
    if (!packed) {
        ExprList args = s->class_def.bases;
        for (int i = 0; i < args.count; i++) {
            gen_into(c, args.items[i], temp_new(c));
        }
        KeywordList keywords = s->class_def.keywords;
        for (int i = 0; i < keywords.count; i++) {
            gen_into(c, keywords.items[i].value, temp_new(c));
        }
        int total = 2 + args.count + keywords.count;
        at_stmt(c, s);
        if (keywords.count > 0) {
            Value names = tuple_begin(c, (size_t)keywords.count);
            for (int i = 0; i < keywords.count; i++) {
                tuple_init_item(names, (size_t)i, value_from_text(c, keywords.items[i].name, true));
            }
            int index = constant_index(c, tuple_end(c));
            emit_word(c, INSTR_CALL_KW, base, base, total, index);
        } else {
            emit(c, INSTR_CALL, base, base, total);
        }
    } else {
        emit(c, INSTR_BUILD_LIST, list, function, 2);
        outer->depth = list + 1;
        for (int i = 0; i < s->class_def.bases.count; i++) {
            Expr *b = s->class_def.bases.items[i];
            bool star = b->kind == EXPR_STARRED;
            int value = gen_operand(c, star ? b->value : b);
            emit(c, star ? INSTR_LIST_EXTEND : INSTR_LIST_APPEND, list, value, 0);
            outer->depth = list + 1;
        }
        emit(c, INSTR_LIST_TO_TUPLE, list, list, 0);
        int map = temp_new(c);
        emit(c, INSTR_BUILD_MAP, map, 0, 0);
        for (int i = 0; i < s->class_def.keywords.count; i++) {
            Keyword *k = &s->class_def.keywords.items[i];
            int one = temp_reserve(c, 2);
            if (k->name.bytes == NULL) {
                gen_into(c, k->value, one);
            } else {
                emit_constant(c, value_from_text(c, k->name, true), one);
                gen_into(c, k->value, one + 1);
                emit(c, INSTR_BUILD_MAP, one, one, 1);
            }
            emit(c, INSTR_MAP_MERGE, map, one, base);
            outer->depth = map + 1;
        }
        at_stmt(c, s);
        emit(c, INSTR_CALL_EX, base, base, 1);
    }
    outer->depth = base + 1;
    gen_apply_decorators(c, s->class_def.decorators, bases, base);
    at_stmt(c, s);
    gen_store_name(c, s->class_def.name, count > 0 ? bases[0] : base, true);
    outer->depth = depth;
}

// --- Comprehensions ------------------------------------------------------------------------------

static void gen_comprehension_item(Compiler *c, Expr *e, int container)
{
    int depth = c->unit->depth;
    if (e->kind == EXPR_DICT_COMP) {
        int key = gen_operand(c, e->comp.key);
        int value = gen_operand(c, e->comp.element);
        at_expr(c, e);
        emit(c, INSTR_MAP_ADD, container, key, value);
        c->unit->depth = depth;
        return;
    }
    int value = gen_operand(c, e->comp.element);
    at_expr(c, e->comp.element);
    switch (e->kind) {
    case EXPR_LIST_COMP:
        emit(c, INSTR_LIST_APPEND, container, value, 0);
        break;
    case EXPR_SET_COMP:
        emit(c, INSTR_SET_ADD, container, value, 0);
        break;
    default: {
        if (c->unit->flags & CODE_ASYNC_GENERATOR) {
            int wrapped = temp_new(c);
            emit(c, INSTR_ASYNC_GEN_WRAP, wrapped, value, 0);
            value = wrapped;
        }
        int sent = temp_new(c);
        emit(c, INSTR_YIELD, sent, value, 0);
        emit(c, INSTR_CLEAR, sent, 0, 0);
    }
    }
    c->unit->depth = depth;
}

// The target of a for: straight into a local where it is one, else through a temporary.
static void gen_clause(Compiler *c, Expr *e, int clause, int container)
{
    ComprehensionList clauses = e->comp.generators;
    if (clause == clauses.count) {
        gen_comprehension_item(c, e, container);
        return;
    }
    Comprehension *k = &clauses.items[clause];
    Unit *u = c->unit;
    int depth = u->depth;
    int iterator;
    if (clause == 0) {
        iterator = 0; // parameter .0
    } else {
        iterator = temp_new(c);
        gen_into(c, k->iter, iterator);
        at_expr(c, k->iter);
        emit(c, k->is_async ? INSTR_GET_AITER : INSTR_GET_ITER, iterator, iterator, 0);
    }
    int again = label_new(c), end = label_new(c), next = label_new(c);
    int outer_handler = u->handler;
    label_here(c, again);
    int item = temp_new(c);
    int slot = k->target->kind == EXPR_NAME ? gen_local_slot(c, k->target->name) : -1;
    at_expr(c, k->target);
    int handler = -1;
    if (k->is_async) {
        handler = handler_new(c, item);
        u->handler = handler;
        int awaitable = temp_new(c);
        emit(c, INSTR_GET_ANEXT, awaitable, iterator, 0);
        gen_await_in(c, awaitable, item);
        u->handler = outer_handler;
        u->depth = item + 1;
        gen_store_target(c, k->target, item);
    } else if (slot >= 0) {
        emit_jump(c, INSTR_FOR_ITER, slot, iterator, 0, end);
        u->assigned[slot] = 1;
    } else {
        emit_jump(c, INSTR_FOR_ITER, item, iterator, 0, end);
        gen_store_target(c, k->target, item);
    }
    u->depth = item;
    for (int i = 0; i < k->ifs.count; i++) {
        gen_jump_if(c, k->ifs.items[i], false, next);
    }
    gen_clause(c, e, clause + 1, container);
    label_here(c, next);
    at_expr(c, k->target);
    emit_jump(c, INSTR_JUMP_BACK, 0, 0, 0, again);
    if (k->is_async) {
        label_here(c, u->handlers[handler].label);
        u->depth = item + 1;
        emit(c, INSTR_END_ASYNC_FOR, item, 0, 0);
        emit(c, INSTR_CLEAR, iterator, 0, 0);
    }
    label_here(c, end);
    u->depth = depth;
}

void gen_comprehension(Compiler *c, Expr *e, int dst)
{
    static const char *names[] = {[EXPR_LIST_COMP] = "<listcomp>",
                                  [EXPR_SET_COMP] = "<setcomp>",
                                  [EXPR_DICT_COMP] = "<dictcomp>",
                                  [EXPR_GENERATOR_EXP] = "<genexpr>"};
    Unit *outer = c->unit;
    int depth = outer->depth;
    Scope *scope = scope_of(c, e);
    Comprehension *first = &e->comp.generators.items[0];
    int base = temp_reserve(c, CALL_ARGUMENTS_AT + 1);
    int iterable = base + CALL_ARGUMENTS_AT;
    gen_into(c, first->iter, iterable);
    at_expr(c, first->iter);
    emit(c, first->is_async ? INSTR_GET_AITER : INSTR_GET_ITER, iterable, iterable, 0);
    Unit *u = compiler_alloc(c, sizeof *u);
    const char *name = names[e->kind];
    unit_begin(c, u, scope, arena_intern(c->arena, name, strlen(name)), NULL, e->line);
    int container = -1;
    at_expr(c, e);
    if (e->kind != EXPR_GENERATOR_EXP) {
        container = temp_new(c);
        emit(c,
             e->kind == EXPR_LIST_COMP  ? INSTR_BUILD_LIST
             : e->kind == EXPR_SET_COMP ? INSTR_BUILD_SET
                                        : INSTR_BUILD_MAP,
             container, container + 1, 0);
    }
    gen_clause(c, e, 0, container);
    at_expr(c, e);
    if (container >= 0) {
        emit(c, INSTR_RETURN, container, 0, 0);
    } else {
        emit(c, INSTR_RETURN_NONE, 0, 0, 0);
    }
    finish_inner(c, u);
    at_expr(c, e);
    gen_make_function(c, u, outer->depth, 0, base);
    bool awaited = (u->flags & CODE_COROUTINE) != 0;
    unit_free(c->ts, u);
    outer->depth = iterable + 1;
    emit(c, INSTR_CALL, awaited ? base : dst, base, 1);
    if (awaited) { // an asynchronous comprehension is a coroutine that runs right here
        outer->depth = base + 1;
        emit(c, INSTR_GET_AWAITABLE, base, base, 0);
        gen_await_in(c, base, dst);
    }
    outer->depth = depth;
}
