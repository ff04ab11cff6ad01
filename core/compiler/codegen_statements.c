// core/compiler/codegen_statements.c: code for statements: branches, loops, imports, assert, raise;
// and the way from a statement to the function that knows it. (codegen_assignments.c: what binds
// names; codegen_blocks.c: try, with, return; codegen_functions.c: def and class.)
#include <string.h>

#include "core/compiler/codegen.h"
#include "core/object/tuple.h"

// --- if, while, for ------------------------------------------------------------------------------

static void gen_if(Compiler *c, Stmt *s)
{
    int end = label_new(c);
    // `elif` chains are loops here, not recursion.
    uint8_t *meeting = NULL;
    for (;;) {
        int otherwise = label_new(c);
        at_stmt(c, s);
        gen_jump_if(c, s->if_stmt.test, false, otherwise);
        uint8_t *before = assigned_copy(c);
        gen_body(c, s->if_stmt.body);
        if (code_is_reachable(c)) {
            uint8_t *after = assigned_copy(c);
            if (meeting == NULL) {
                meeting = after;
            } else {
                for (int i = 0; i < c->unit->local_count; i++) {
                    meeting[i] &= after[i];
                }
            }
            if (s->if_stmt.orelse.count > 0) {
                emit_jump(c, INSTR_JUMP, 0, 0, 0, end);
            }
        }
        assigned_restore(c, before);
        label_here(c, otherwise);
        if (s->if_stmt.orelse.count == 1 && s->if_stmt.orelse.items[0]->kind == STMT_IF) {
            s = s->if_stmt.orelse.items[0];
            continue;
        }
        gen_body(c, s->if_stmt.orelse);
        break;
    }
    if (meeting != NULL) {
        if (code_is_reachable(c)) {
            assigned_meet(c, meeting);
        } else {
            assigned_restore(c, meeting);
        }
    }
    label_here(c, end);
}

static void gen_while(Compiler *c, Stmt *s)
{
    Unit *u = c->unit;
    int top = label_new(c), orelse = label_new(c), end = label_new(c), test = label_new(c);
    Block block = {.break_label = end, .continue_label = test};
    uint8_t *before = assigned_copy(c);
    gen_jump_if(c, s->while_loop.test, false, orelse);
    label_here(c, top);
    push_block(c, &block, BLOCK_LOOP);
    gen_body(c, s->while_loop.body);
    pop_block(c);
    assigned_restore(c, before);
    // The test again at the bottom, so that an iteration takes one jump; the safepoint is there.
    label_here(c, test);
    at_expr(c, s->while_loop.test);
    int back = label_new(c);
    gen_jump_if(c, s->while_loop.test, false, back);
    emit_jump(c, INSTR_JUMP_BACK, 0, 0, 0, top);
    label_here(c, back);
    label_here(c, orelse);
    gen_body(c, s->while_loop.orelse);
    label_here(c, end);
    assigned_restore(c, before);
    (void)u;
}

static void gen_for(Compiler *c, Stmt *s)
{
    Unit *u = c->unit;
    int depth = u->depth;
    int top = label_new(c), end = label_new(c), orelse = label_new(c);
    int iterator = temp_new(c);
    int iterable = gen_operand(c, s->for_loop.iter);
    at_expr(c, s->for_loop.iter);
    u->depth = iterator + 1;
    emit(c, INSTR_GET_ITER, iterator, iterable, 0);
    uint8_t *before = assigned_copy(c);
    label_here(c, top);
    Expr *target = s->for_loop.target;
    int slot = target->kind == EXPR_NAME ? gen_local_slot(c, target->name) : -1;
    at_expr(c, target);
    if (slot >= 0) {
        emit_jump(c, INSTR_FOR_ITER, slot, iterator, 0, orelse);
        note_assigned(c, target->name);
    } else {
        int item = temp_new(c);
        emit_jump(c, INSTR_FOR_ITER, item, iterator, 0, orelse);
        gen_store_target(c, target, item);
        u->depth = iterator + 1;
    }
    Block block = {.slot = iterator, .break_label = end, .continue_label = top};
    push_block(c, &block, BLOCK_FOR);
    gen_body(c, s->for_loop.body);
    pop_block(c);
    at_stmt(c, s);
    u->end_line = s->line; // the loop's own line, not its body
    if (code_is_reachable(c)) {
        emit_jump(c, INSTR_JUMP_BACK, 0, 0, 0, top);
    }
    assigned_restore(c, before);
    label_here(c, orelse);
    u->depth = depth;
    gen_body(c, s->for_loop.orelse);
    label_here(c, end);
    assigned_restore(c, before);
}

static void gen_async_for(Compiler *c, Stmt *s)
{
    Unit *u = c->unit;
    int depth = u->depth;
    int top = label_new(c), end = label_new(c);
    int iterator = temp_new(c);
    gen_into(c, s->for_loop.iter, iterator);
    at_expr(c, s->for_loop.iter);
    emit(c, INSTR_GET_AITER, iterator, iterator, 0);
    uint8_t *before = assigned_copy(c);
    int item = temp_new(c);
    int handler = handler_new(c, item);
    int outer = u->handler;
    label_here(c, top);
    u->handler = handler;
    int awaitable = temp_new(c);
    emit(c, INSTR_GET_ANEXT, awaitable, iterator, 0);
    gen_await_in(c, awaitable, item);
    u->handler = outer;
    u->depth = item + 1;
    gen_store_target(c, s->for_loop.target, item);
    u->depth = iterator + 1;
    Block block = {.slot = iterator, .break_label = end, .continue_label = top};
    push_block(c, &block, BLOCK_FOR);
    gen_body(c, s->for_loop.body);
    pop_block(c);
    at_stmt(c, s);
    emit_jump(c, INSTR_JUMP_BACK, 0, 0, 0, top);
    assigned_restore(c, before);
    label_here(c, u->handlers[handler].label);
    u->depth = item + 1;
    at_expr(c, s->for_loop.iter);
    emit(c, INSTR_END_ASYNC_FOR, item, 0, 0);
    emit(c, INSTR_CLEAR, iterator, 0, 0);
    u->depth = depth;
    gen_body(c, s->for_loop.orelse);
    label_here(c, end);
    assigned_restore(c, before);
}

// --- import, assert, raise -----------------------------------------------------------------------

static AstString first_part(Compiler *c, AstString dotted)
{
    const char *dot = memchr(dotted.bytes, '.', dotted.size);
    return dot == NULL ? dotted
                       : arena_intern(c->arena, dotted.bytes, (size_t)(dot - dotted.bytes));
}

static void gen_import(Compiler *c, Stmt *s)
{
    for (int i = 0; i < s->import.names.count; i++) {
        Alias *a = &s->import.names.items[i];
        int depth = c->unit->depth;
        int pair = temp_reserve(c, 2);
        emit(c, INSTR_LOAD_INT, pair, 0, 0);
        emit(c, INSTR_LOAD_NONE, pair + 1, 0, 0);
        emit_word(c, INSTR_IMPORT_NAME, pair, pair, 0, site_new(c, a->name));
        c->unit->depth = pair + 1;
        if (a->asname.bytes == NULL) {
            gen_store_name(c, first_part(c, a->name), pair, true);
            note_assigned(c, first_part(c, a->name));
        } else { // import a.b.c as x: the module at the end of the path
            const char *at = memchr(a->name.bytes, '.', a->name.size);
            const char *end = a->name.bytes + a->name.size;
            while (at != NULL) {
                const char *part = at + 1;
                at = memchr(part, '.', (size_t)(end - part));
                size_t size = (size_t)((at != NULL ? at : end) - part);
                int t = temp_new(c);
                emit_word(c, INSTR_IMPORT_FROM, t, pair, 0,
                          site_new(c, arena_intern(c->arena, part, size)));
                emit(c, INSTR_CLEAR, pair, 0, 0);
                emit(c, INSTR_MOVE, pair, t, 0);
                c->unit->depth = pair + 1;
            }
            gen_store_name(c, a->asname, pair, true);
            note_assigned(c, a->asname);
        }
        c->unit->depth = depth;
    }
}

static void gen_import_from(Compiler *c, Stmt *s)
{
    int depth = c->unit->depth;
    AliasList names = s->import.names;
    int pair = temp_reserve(c, 2);
    emit_constant(c, REF_OF(small_int(s->import.level)), pair);
    Value list = tuple_begin(c, (size_t)names.count);
    for (int i = 0; i < names.count; i++) {
        tuple_init_item(list, (size_t)i, value_from_text(c, names.items[i].name, true));
    }
    emit_constant(c, tuple_end(c), pair + 1);
    AstString module =
        s->import.module.bytes != NULL ? s->import.module : arena_intern(c->arena, "", 0);
    emit_word(c, INSTR_IMPORT_NAME, pair, pair, 0, site_new(c, module));
    c->unit->depth = pair + 1;
    if (names.count == 1 && names.items[0].name.size == 1 && names.items[0].name.bytes[0] == '*') {
        emit(c, INSTR_IMPORT_STAR, pair, 0, 0);
        c->unit->depth = depth;
        return;
    }
    for (int i = 0; i < names.count; i++) {
        int t = temp_new(c);
        emit_word(c, INSTR_IMPORT_FROM, t, pair, 0, site_new(c, names.items[i].name));
        AstString as =
            names.items[i].asname.bytes != NULL ? names.items[i].asname : names.items[i].name;
        gen_store_name(c, as, t, true);
        note_assigned(c, as);
        c->unit->depth = pair + 1;
    }
    emit(c, INSTR_CLEAR, pair, 0, 0);
    c->unit->depth = depth;
}

static void gen_assert(Compiler *c, Stmt *s)
{
    warn_of_assert(c, s);
    if (c->options->optimize > 0) {
        return;
    }
    int depth = c->unit->depth;
    int passed = label_new(c);
    gen_jump_if(c, s->assert_stmt.test, true, passed);
    uint8_t *before = assigned_copy(c);
    int base = temp_new(c);
    at_expr(c, s->assert_stmt.test);
    emit(c, INSTR_LOAD_ASSERTION_ERROR, base, 0, 0);
    if (s->assert_stmt.message != NULL) {
        gen_call_area(c, (ExprList){&s->assert_stmt.message, 1}, (KeywordList){0}, base, false,
                      base, s->assert_stmt.test);
        c->unit->depth = base + 1;
    }
    at_expr(c, s->assert_stmt.test);
    emit(c, INSTR_RAISE, base, base, 1);
    assigned_restore(c, before);
    label_here(c, passed);
    c->unit->depth = depth;
}

static void gen_raise(Compiler *c, Stmt *s)
{
    int depth = c->unit->depth;
    if (s->raise.exc == NULL) {
        emit(c, INSTR_RAISE, c->unit->depth, c->unit->depth, 0);
        return;
    }
    int exception = gen_operand(c, s->raise.exc);
    int cause = s->raise.cause != NULL ? gen_operand(c, s->raise.cause) : exception;
    at_stmt(c, s);
    emit(c, INSTR_RAISE, exception, cause, s->raise.cause != NULL ? 2 : 1);
    c->unit->depth = depth;
}

// --- All of them ---------------------------------------------------------------------------------

static bool has_annotation(StmtList body)
{
    for (int i = 0; i < body.count; i++) {
        Stmt *s = body.items[i];
        switch (s->kind) {
        case STMT_ANN_ASSIGN:
            return true;
        case STMT_FOR:
        case STMT_ASYNC_FOR:
            if (has_annotation(s->for_loop.body) || has_annotation(s->for_loop.orelse)) {
                return true;
            }
            break;
        case STMT_WHILE:
            if (has_annotation(s->while_loop.body) || has_annotation(s->while_loop.orelse)) {
                return true;
            }
            break;
        case STMT_IF:
            if (has_annotation(s->if_stmt.body) || has_annotation(s->if_stmt.orelse)) {
                return true;
            }
            break;
        case STMT_WITH:
        case STMT_ASYNC_WITH:
            if (has_annotation(s->with.body)) {
                return true;
            }
            break;
        case STMT_MATCH:
            for (int k = 0; k < s->match.cases.count; k++) {
                if (has_annotation(s->match.cases.items[k].body)) {
                    return true;
                }
            }
            break;
        case STMT_TRY:
            if (has_annotation(s->try_stmt.body) || has_annotation(s->try_stmt.orelse) ||
                has_annotation(s->try_stmt.finalbody)) {
                return true;
            }
            for (int k = 0; k < s->try_stmt.handlers.count; k++) {
                if (has_annotation(s->try_stmt.handlers.items[k].body)) {
                    return true;
                }
            }
            break;
        default:
            break;
        }
    }
    return false;
}

void gen_statement(Compiler *c, Stmt *s)
{
    compiler_check_stack(c);
    at_stmt(c, s);
    switch (s->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF:
        gen_function_def(c, s);
        note_assigned(c, s->function.name);
        break;
    case STMT_CLASS_DEF:
        gen_class_def(c, s);
        note_assigned(c, s->class_def.name);
        break;
    case STMT_RETURN:
        gen_return(c, s);
        break;
    case STMT_DELETE:
        for (int i = 0; i < s->targets.count; i++) {
            gen_delete(c, s->targets.items[i]);
        }
        break;
    case STMT_ASSIGN:
        gen_assign(c, s);
        break;
    case STMT_AUG_ASSIGN:
        gen_augmented(c, s);
        break;
    case STMT_ANN_ASSIGN:
        gen_annotated(c, s);
        break;
    case STMT_FOR:
        gen_for(c, s);
        break;
    case STMT_ASYNC_FOR:
        gen_async_for(c, s);
        break;
    case STMT_WHILE:
        gen_while(c, s);
        break;
    case STMT_IF:
        gen_if(c, s);
        break;
    case STMT_WITH:
    case STMT_ASYNC_WITH:
        gen_with(c, s);
        break;
    case STMT_RAISE:
        gen_raise(c, s);
        break;
    case STMT_MATCH:
        gen_match(c, s);
        break;
    case STMT_TRY:
        if (s->try_stmt.finalbody.count > 0) {
            gen_try_finally(c, s);
        } else if (s->try_stmt.is_star) {
            gen_try_star(c, s);
        } else {
            gen_try_except(c, s);
        }
        break;
    case STMT_ASSERT:
        gen_assert(c, s);
        break;
    case STMT_IMPORT:
        gen_import(c, s);
        break;
    case STMT_IMPORT_FROM:
        gen_import_from(c, s);
        break;
    case STMT_GLOBAL:
    case STMT_NONLOCAL:
    case STMT_PASS:
        break;
    case STMT_EXPR:
        if (c->options->mode == PARSE_SINGLE && c->unit->outer == NULL) {
            int depth = c->unit->depth;
            emit(c, INSTR_PRINT_EXPR, gen_operand(c, s->value), 0, 0);
            c->unit->depth = depth;
        } else {
            gen_discard(c, s->value);
        }
        break;
    case STMT_BREAK:
    case STMT_CONTINUE:
        gen_loop_exit(c, s);
        break;
    }
}

// The statements of a block. In a module the docstring becomes __doc__.
void gen_body(Compiler *c, StmtList body)
{
    Unit *u = c->unit;
    bool is_start = u->count == 0 || u->block == NULL;
    if (is_start && u->scope->kind != SCOPE_FUNCTION && !u->started) {
        u->started = true;
        if (has_annotation(body)) {
            emit(c, INSTR_SETUP_ANNOTATIONS, 0, 0, 0);
        }
        AstString doc = docstring_of(body);
        if (u->scope->kind == SCOPE_MODULE && c->options->mode == PARSE_EXEC && doc.bytes != NULL &&
            c->options->optimize < 2) {
            int t = temp_new(c);
            at_stmt(c, body.items[0]);
            emit_constant(c, value_from_text(c, doc, false), t);
            emit_word(c, INSTR_STORE_NAME, t, 0, 0,
                      site_new(c, arena_intern(c->arena, "__doc__", 7)));
            u->depth = t;
        }
    }
    for (int i = 0; i < body.count; i++) {
        gen_statement(c, body.items[i]);
        ASSERT(u->depth >= u->temp_base);
    }
}
