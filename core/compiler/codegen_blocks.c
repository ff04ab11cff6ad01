// core/compiler/codegen_blocks.c: code for try and with, and for the ways out of blocks:
// return, break, continue.
//
// try, with and loops push a Block; a way out runs through the blocks from the inside out and
// undoes each (unwind_blocks). `finally` bodies are generated once per way out.
#include "core/compiler/codegen.h"

// --- Blocks and ways out of them -----------------------------------------------------------------

void push_block(Compiler *c, Block *b, BlockKind kind)
{
    b->kind = kind;
    b->outer = c->unit->block;
    b->handler = c->unit->handler;
    c->unit->block = b;
}

void pop_block(Compiler *c) { c->unit->block = c->unit->block->outer; }

// Calls the exit function of a with block whose pair lies in `slot`, with None three times.
static void gen_with_exit(Compiler *c, int slot, bool is_async)
{
    int depth = c->unit->depth;
    int base = temp_reserve(c, CALL_ARGUMENTS_AT + 3);
    emit(c, INSTR_WITH_EXIT, base, slot, 0);
    emit(c, INSTR_CALL_METHOD, base, base, 3);
    c->unit->depth = base + 1;
    if (is_async) {
        emit(c, INSTR_GET_AWAITABLE, base, base, 2);
        gen_await_in(c, base, base);
    }
    emit(c, INSTR_CLEAR, base, 0, 0);
    c->unit->depth = depth;
}

static void gen_unbind_handler_name(Compiler *c, AstString name)
{
    int depth = c->unit->depth;
    int t = temp_new(c);
    emit(c, INSTR_LOAD_NONE, t, 0, 0);
    gen_store_name(c, name, t, true);
    gen_delete_name(c, name);
    c->unit->depth = depth;
}

// Undoes the blocks from the innermost up to, not including, `until` (NULL: all). While a block is
// being undone, what it runs is no longer inside of it.
static void unwind_blocks(Compiler *c, Block *until)
{
    Unit *u = c->unit;
    Block *innermost = u->block;
    int handler = u->handler;
    for (Block *b = innermost; b != until; b = b->outer) {
        u->block = b->outer;
        u->handler = b->handler;
        switch (b->kind) {
        case BLOCK_LOOP:
            break;
        case BLOCK_FOR:
            emit(c, INSTR_CLEAR, b->slot, 0, 0);
            break;
        case BLOCK_TRY_FINALLY: {
            uint8_t *before = assigned_copy(c);
            gen_body(c, b->finally_body);
            assigned_restore(c, before);
            break;
        }
        case BLOCK_HANDLER:
            emit(c, INSTR_HANDLER_END, b->slot, b->slot + 1, 0);
            break;
        case BLOCK_STAR_HANDLER:
            compiler_fail(c, u->line, u->column, u->end_line, u->end_column,
                          "'break', 'continue' and 'return' cannot appear in an except* block");
        case BLOCK_NAMED_HANDLER:
            gen_unbind_handler_name(c, b->name);
            break;
        case BLOCK_WITH:
        case BLOCK_ASYNC_WITH:
            u->line = b->line;
            u->column = b->column;
            u->end_line = b->end_line;
            u->end_column = b->end_column;
            gen_with_exit(c, b->slot, b->kind == BLOCK_ASYNC_WITH);
            break;
        }
    }
    u->block = innermost;
    u->handler = handler;
}

static bool has_effects(const Block *b)
{
    for (; b != NULL; b = b->outer) {
        if (b->kind != BLOCK_LOOP && b->kind != BLOCK_FOR) {
            return true;
        }
    }
    return false;
}

void gen_return(Compiler *c, Stmt *s)
{
    Unit *u = c->unit;
    int depth = u->depth;
    if (s->value != NULL && (u->flags & CODE_ASYNC_GENERATOR)) {
        FAIL_AT(c, s, "'return' with value in async generator");
    }
    if (s->value == NULL ||
        (s->value->kind == EXPR_CONSTANT && s->value->constant.kind == CONSTANT_NONE)) {
        unwind_blocks(c, NULL);
        at_stmt(c, s);
        emit(c, INSTR_RETURN_NONE, 0, 0, 0);
        return;
    }
    int value;
    if (has_effects(u->block) || (s->value->kind == EXPR_CONSTANT)) {
        value = temp_new(c);
        gen_into(c, s->value, value);
    } else {
        value = gen_operand(c, s->value);
    }
    unwind_blocks(c, NULL);
    at_stmt(c, s);
    emit(c, INSTR_RETURN, value, 0, 0);
    u->depth = depth;
}

void gen_loop_exit(Compiler *c, Stmt *s)
{
    bool is_break = s->kind == STMT_BREAK;
    Block *loop = c->unit->block;
    while (loop != NULL && loop->kind != BLOCK_LOOP && loop->kind != BLOCK_FOR) {
        loop = loop->outer;
    }
    if (loop == NULL) {
        unwind_blocks(c, NULL); // an except* clause has its own message
        FAIL_AT(c, s, is_break ? "'break' outside loop" : "'continue' not properly in loop");
    }
    unwind_blocks(c, loop);
    at_stmt(c, s);
    if (is_break) {
        if (loop->kind == BLOCK_FOR) {
            emit(c, INSTR_CLEAR, loop->slot, 0, 0);
        }
        emit_jump(c, INSTR_JUMP, 0, 0, 0, loop->break_label);
    } else {
        emit_jump(c, loop->kind == BLOCK_FOR ? INSTR_JUMP_BACK : INSTR_JUMP, 0, 0, 0,
                  loop->continue_label);
    }
}

// --- try -----------------------------------------------------------------------------------------

// At a handler's label: the exception is in `slot`. Makes it the handled one; what fails from here
// on goes through `cleanup`, which ends the handling and raises on. Returns the cleanup handler.
static int begin_handler(Compiler *c, int label, int slot)
{
    label_here(c, label);
    c->unit->depth = slot;
    temp_reserve(c, 2);
    emit(c, INSTR_HANDLER_BEGIN, slot, slot + 1, 0);
    int cleanup = handler_new(c, slot + 2);
    c->unit->handler = cleanup;
    return cleanup;
}

static void end_handler_and_raise(Compiler *c, int slot)
{
    int t = slot + 2;
    c->unit->depth = t;
    temp_new(c);
    emit(c, INSTR_MOVE, t, slot, 0);
    emit(c, INSTR_HANDLER_END, slot, slot + 1, 0);
    emit(c, INSTR_RERAISE, t, 0, 0);
}

static void gen_cleanup(Compiler *c, int cleanup, int slot, int outer_handler)
{
    c->unit->handler = outer_handler;
    label_here(c, c->unit->handlers[cleanup].label);
    c->unit->depth = slot + 3;
    emit(c, INSTR_HANDLER_END, slot, slot + 1, 0);
    emit(c, INSTR_RERAISE, slot + 2, 0, 0);
}

static void gen_except_clause(Compiler *c, ExceptHandler *h, int slot, int next)
{
    Unit *u = c->unit;
    u->line = h->position.line;
    u->column = h->position.column;
    u->end_line = h->position.line;
    u->end_column = h->position.end_column;
    if (h->type != NULL) {
        int type = gen_operand(c, h->type);
        at_expr(c, h->type);
        emit_jump(c, INSTR_JUMP_IF_NOT_MATCH, slot, type, 0, next);
        u->depth = slot + 2;
    }
    if (h->name.bytes == NULL) {
        gen_body(c, h->body);
        return;
    }
    int copy = temp_new(c);
    emit(c, INSTR_COPY, copy, slot, 0);
    gen_store_name(c, h->name, copy, true);
    u->depth = slot + 2;
    // The name goes away on every way out.
    int outer = u->handler;
    int handler = handler_new(c, u->depth);
    Block block = {.name = h->name};
    push_block(c, &block, BLOCK_NAMED_HANDLER);
    u->handler = handler;
    gen_body(c, h->body);
    pop_block(c);
    u->handler = outer;
    int done = label_new(c);
    if (code_is_reachable(c)) {
        gen_unbind_handler_name(c, h->name);
        emit_jump(c, INSTR_JUMP, 0, 0, 0, done);
    }
    label_here(c, u->handlers[handler].label);
    u->depth = slot + 3;
    gen_unbind_handler_name(c, h->name);
    emit(c, INSTR_RERAISE, slot + 2, 0, 0);
    u->depth = slot + 2;
    label_here(c, done);
}

void gen_try_except(Compiler *c, Stmt *s)
{
    Unit *u = c->unit;
    int depth = u->depth, outer = u->handler;
    int end = label_new(c);
    int handler = handler_new(c, depth);
    uint8_t *before = assigned_copy(c);
    u->handler = handler;
    gen_body(c, s->try_stmt.body);
    u->handler = outer;
    bool reaches_end = false;
    uint8_t *meeting = NULL;
    if (code_is_reachable(c)) {
        gen_body(c, s->try_stmt.orelse);
        if (code_is_reachable(c)) {
            emit_jump(c, INSTR_JUMP, 0, 0, 0, end);
            reaches_end = true;
            meeting = assigned_copy(c);
        }
    }
    assigned_restore(c, before);
    int cleanup = begin_handler(c, u->handlers[handler].label, depth);
    for (int i = 0; i < s->try_stmt.handlers.count; i++) {
        ExceptHandler *h = &s->try_stmt.handlers.items[i];
        if (h->type == NULL && i < s->try_stmt.handlers.count - 1) {
            FAIL_AT(c, &h->position, "default 'except:' must be last");
        }
        int next = label_new(c);
        Block block = {.slot = depth};
        push_block(c, &block, BLOCK_HANDLER);
        block.handler = outer;
        u->depth = depth + 2;
        gen_except_clause(c, h, depth, next);
        pop_block(c);
        if (code_is_reachable(c)) {
            u->handler = outer;
            emit(c, INSTR_HANDLER_END, depth, depth + 1, 0);
            emit_jump(c, INSTR_JUMP, 0, 0, 0, end);
            u->handler = cleanup;
            uint8_t *after = assigned_copy(c);
            if (meeting == NULL) {
                meeting = after;
            } else {
                for (int k = 0; k < u->local_count; k++) {
                    meeting[k] &= after[k];
                }
            }
            reaches_end = true;
        }
        assigned_restore(c, before);
        label_here(c, next);
    }
    u->handler = outer;
    end_handler_and_raise(c, depth); // no clause matched
    gen_cleanup(c, cleanup, depth, outer);
    label_here(c, end);
    if (reaches_end) {
        assigned_restore(c, meeting);
    }
    u->depth = depth;
}

// One clause `except* type as name`. From `slot` on: the exception, what was handled before, the
// list of what clauses raised, the rest that no clause took, and here the part that this one takes.
static void gen_star_clause(Compiler *c, ExceptHandler *h, int slot, int cleanup)
{
    Unit *u = c->unit;
    int list = slot + 2, rest = slot + 3, part = slot + 4;
    int next = label_new(c);
    u->line = h->position.line;
    u->column = h->position.column;
    u->end_line = h->position.line;
    u->end_column = h->position.end_column;
    u->depth = rest + 1;
    temp_new(c);
    int type = gen_operand(c, h->type);
    at_expr(c, h->type);
    emit_jump(c, INSTR_SPLIT_GROUP, rest, type, 0, next);
    u->depth = part + 1;
    temp_new(c);
    emit(c, INSTR_HANDLER_BEGIN, part, part + 1, 0);
    int raised = handler_new(c, part + 2);
    Block block = {.slot = part};
    push_block(c, &block, BLOCK_STAR_HANDLER);
    block.handler = cleanup;
    u->handler = raised;
    ExceptHandler inner = *h;
    inner.type = NULL;
    gen_except_clause(c, &inner, part, next);
    pop_block(c);
    u->handler = cleanup;
    if (code_is_reachable(c)) {
        emit(c, INSTR_HANDLER_END, part, part + 1, 0);
        emit_jump(c, INSTR_JUMP, 0, 0, 0, next);
    }
    label_here(c, u->handlers[raised].label);
    u->depth = part + 2;
    temp_new(c);
    emit(c, INSTR_LIST_APPEND, list, part + 2, 0);
    emit(c, INSTR_HANDLER_END, part, part + 1, 0);
    u->depth = rest + 1;
    label_here(c, next);
}

void gen_try_star(Compiler *c, Stmt *s)
{
    Unit *u = c->unit;
    int depth = u->depth, outer = u->handler;
    int end = label_new(c), nothing = label_new(c);
    int handler = handler_new(c, depth);
    uint8_t *before = assigned_copy(c);
    u->handler = handler;
    gen_body(c, s->try_stmt.body);
    u->handler = outer;
    if (code_is_reachable(c)) {
        gen_body(c, s->try_stmt.orelse);
        if (code_is_reachable(c)) {
            emit_jump(c, INSTR_JUMP, 0, 0, 0, end);
        }
    }
    assigned_restore(c, before);
    int cleanup = begin_handler(c, u->handlers[handler].label, depth);
    int list = temp_reserve(c, 2);
    emit(c, INSTR_BUILD_LIST, list, list, 0);
    emit(c, INSTR_COPY, list + 1, depth, 0);
    Block block = {.slot = depth};
    push_block(c, &block, BLOCK_HANDLER);
    block.handler = outer;
    for (int i = 0; i < s->try_stmt.handlers.count; i++) {
        gen_star_clause(c, &s->try_stmt.handlers.items[i], depth, cleanup);
        assigned_restore(c, before);
    }
    pop_block(c);
    at_stmt(c, s);
    u->depth = list + 2;
    emit_jump(c, INSTR_JOIN_GROUP, list, depth, list, nothing);
    u->depth = list + 1;
    u->handler = outer;
    emit(c, INSTR_HANDLER_END, depth, depth + 1, 0);
    emit(c, INSTR_RERAISE, list, 0, 0);
    label_here(c, nothing);
    u->depth = depth + 2;
    emit(c, INSTR_HANDLER_END, depth, depth + 1, 0);
    emit_jump(c, INSTR_JUMP, 0, 0, 0, end);
    gen_cleanup(c, cleanup, depth, outer);
    label_here(c, end);
    u->depth = depth;
}

void gen_try_finally(Compiler *c, Stmt *s)
{
    Unit *u = c->unit;
    int depth = u->depth, outer = u->handler;
    int end = label_new(c);
    int handler = handler_new(c, depth);
    uint8_t *before = assigned_copy(c);
    Block block = {.finally_body = s->try_stmt.finalbody};
    push_block(c, &block, BLOCK_TRY_FINALLY);
    u->handler = handler;
    if (s->try_stmt.handlers.count > 0) {
        s->try_stmt.is_star ? gen_try_star(c, s) : gen_try_except(c, s);
    } else {
        gen_body(c, s->try_stmt.body);
    }
    pop_block(c);
    u->handler = outer;
    uint8_t *after = NULL;
    if (code_is_reachable(c)) {
        gen_body(c, s->try_stmt.finalbody);
        if (code_is_reachable(c)) {
            emit_jump(c, INSTR_JUMP, 0, 0, 0, end);
        }
        after = assigned_copy(c);
    }
    assigned_restore(c, before);
    int cleanup = begin_handler(c, u->handlers[handler].label, depth);
    Block in_handler = {.slot = depth};
    push_block(c, &in_handler, BLOCK_HANDLER);
    in_handler.handler = outer;
    gen_body(c, s->try_stmt.finalbody);
    pop_block(c);
    u->handler = outer;
    if (code_is_reachable(c)) {
        end_handler_and_raise(c, depth);
    }
    gen_cleanup(c, cleanup, depth, outer);
    label_here(c, end);
    if (after != NULL) {
        assigned_restore(c, after);
    }
    u->depth = depth;
}

// --- with ----------------------------------------------------------------------------------------

static void gen_with_items(Compiler *c, Stmt *s, int index)
{
    Unit *u = c->unit;
    bool is_async = s->kind == STMT_ASYNC_WITH;
    if (index == s->with.items.count) {
        gen_body(c, s->with.body);
        return;
    }
    WithItem *item = &s->with.items.items[index];
    int depth = u->depth, outer = u->handler;
    int pair = temp_reserve(c, 2);
    gen_into(c, item->context_expr, pair + 1);
    at_expr(c, item->context_expr);
    int base = temp_reserve(c, CALL_ARGUMENTS_AT);
    emit(c, is_async ? INSTR_ASYNC_WITH_BEGIN : INSTR_WITH_BEGIN, pair, pair + 1, base);
    emit(c, INSTR_CALL_METHOD, base, base, 0);
    u->depth = base + 1;
    if (is_async) {
        emit(c, INSTR_GET_AWAITABLE, base, base, 1);
        gen_await_in(c, base, base);
    }
    int handler = handler_new(c, base);
    Block block = {.slot = pair,
                   .line = item->context_expr->line,
                   .column = item->context_expr->column,
                   .end_line = item->context_expr->end_line,
                   .end_column = item->context_expr->end_column};
    push_block(c, &block, is_async ? BLOCK_ASYNC_WITH : BLOCK_WITH);
    uint8_t *before = assigned_copy(c);
    u->handler = handler;
    if (item->optional_vars != NULL) {
        gen_store_target(c, item->optional_vars, base);
    } else {
        emit(c, INSTR_CLEAR, base, 0, 0);
    }
    u->depth = base;
    gen_with_items(c, s, index + 1);
    pop_block(c);
    u->handler = outer;
    int end = label_new(c);
    at_expr(c, item->context_expr);
    if (code_is_reachable(c)) {
        gen_with_exit(c, pair, is_async);
        emit_jump(c, INSTR_JUMP, 0, 0, 0, end);
    }
    assigned_restore(c, before); // the manager may have swallowed an exception
    int cleanup = begin_handler(c, u->handlers[handler].label, base);
    int area = temp_reserve(c, CALL_ARGUMENTS_AT + 3);
    emit(c, INSTR_WITH_EXIT_RAISED, area, pair, base);
    emit(c, INSTR_CALL_METHOD, area, area, 3);
    u->depth = area + 1;
    if (is_async) {
        emit(c, INSTR_GET_AWAITABLE, area, area, 2);
        gen_await_in(c, area, area);
    }
    int swallowed = label_new(c);
    emit_jump(c, INSTR_JUMP_IF_TRUE, area, 0, 0, swallowed);
    u->handler = outer;
    end_handler_and_raise(c, base);
    label_here(c, swallowed);
    u->depth = base + 2;
    emit(c, INSTR_HANDLER_END, base, base + 1, 0);
    emit_jump(c, INSTR_JUMP, 0, 0, 0, end);
    gen_cleanup(c, cleanup, base, outer);
    label_here(c, end);
    u->depth = depth;
}

void gen_with(Compiler *c, Stmt *s) { gen_with_items(c, s, 0); }
