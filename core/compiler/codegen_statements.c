// core/compiler/codegen_statements.c: code for statements.
//
// try, with and loops push a Block; return, break and continue run through the blocks from the
// inside out and undo each (unwind_blocks). `finally` bodies are generated once per way out.
//
// Which locals are surely bound (`assigned`) follows the structure: a branch works on a
// copy, where branches meet only what all of them bound remains, loops and handlers start
// from what was bound before.
#include <string.h>

#include "core/compiler/codegen.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

// --- Definite assignment -------------------------------------------------------------------------

uint8_t *assigned_copy(Compiler *c)
{
    Unit *u = c->unit;
    uint8_t *copy = compiler_alloc(c, (size_t)u->local_count + 1);
    memcpy(copy, u->assigned, (size_t)u->local_count);
    return copy;
}

void assigned_restore(Compiler *c, const uint8_t *from)
{
    memcpy(c->unit->assigned, from, (size_t)c->unit->local_count);
}

void assigned_meet(Compiler *c, const uint8_t *other)
{
    for (int i = 0; i < c->unit->local_count; i++) {
        c->unit->assigned[i] &= other[i];
    }
}

// A store binds the local from here on, unless a del or an except clause may unbind it again.
void note_assigned(Compiler *c, AstString name)
{
    Symbol *y = gen_symbol(c, name);
    if (y->place == PLACE_LOCAL && !(y->flags & SYMBOL_DELETED)) {
        c->unit->assigned[y->slot] = 1;
    }
}

// --- Targets -------------------------------------------------------------------------------------

static void gen_unpack(Compiler *c, Expr *target, int src)
{
    int depth = c->unit->depth;
    int count = target->elements.count, star = -1;
    for (int i = 0; i < count; i++) {
        if (target->elements.items[i]->kind == EXPR_STARRED) {
            if (star >= 0) {
                FAIL_AT(c, target, "multiple starred expressions in assignment");
            }
            star = i;
        }
    }
    int first = temp_reserve(c, count);
    at_expr(c, target);
    if (star < 0) {
        emit(c, INSTR_UNPACK, first, src, count);
    } else {
        if (star > 255 || count - star - 1 > 0x7FFF) {
            FAIL_AT(c, target, "too many expressions in star-unpacking assignment");
        }
        emit_word(c, INSTR_UNPACK_STAR, first, src, 0, star | (count - star - 1) << 16);
    }
    for (int i = 0; i < count; i++) {
        Expr *item = target->elements.items[i];
        gen_store_target(c, item->kind == EXPR_STARRED ? item->value : item, first + i);
    }
    c->unit->depth = depth;
}

void gen_store_target(Compiler *c, Expr *target, int src)
{
    int depth = c->unit->depth;
    switch (target->kind) {
    case EXPR_NAME:
        at_expr(c, target);
        gen_store_name(c, target->name, src, true);
        note_assigned(c, target->name);
        break;
    case EXPR_ATTRIBUTE: {
        int object = gen_operand(c, target->attribute.value);
        at_expr(c, target);
        emit_word(c, INSTR_STORE_ATTR, object, src, 0, site_new(c, target->attribute.attr));
        break;
    }
    case EXPR_SUBSCRIPT: {
        int object = gen_operand(c, target->subscript.value);
        int key = gen_operand(c, target->subscript.slice);
        at_expr(c, target);
        emit(c, INSTR_SET_ITEM, object, key, src);
        break;
    }
    case EXPR_STARRED:
        FAIL_AT(c, target, "starred assignment target must be in a list or tuple");
    default:
        gen_unpack(c, target, src);
    }
    c->unit->depth = depth;
}

static bool is_sequence(const Expr *e) { return e->kind == EXPR_TUPLE || e->kind == EXPR_LIST; }

static bool has_star(const Expr *e)
{
    for (int i = 0; i < e->elements.count; i++) {
        if (e->elements.items[i]->kind == EXPR_STARRED) {
            return true;
        }
    }
    return false;
}

// a, b = b, a without a tuple: every value into a temporary, then every target.
static bool gen_parallel(Compiler *c, Expr *target, Expr *value)
{
    if (!is_sequence(target) || value->kind != EXPR_TUPLE ||
        target->elements.count != value->elements.count || target->elements.count == 0 ||
        target->elements.count > 16 || has_star(target) || has_star(value)) {
        return false;
    }
    int depth = c->unit->depth;
    int count = target->elements.count;
    int first = depth;
    for (int i = 0; i < count; i++) {
        gen_into(c, value->elements.items[i], temp_new(c));
    }
    for (int i = 0; i < count; i++) {
        gen_store_target(c, target->elements.items[i], first + i);
    }
    c->unit->depth = depth;
    return true;
}

static void gen_assign(Compiler *c, Stmt *s)
{
    int depth = c->unit->depth;
    ExprList targets = s->assign.targets;
    Expr *value = s->assign.value;
    if (targets.count == 1) {
        Expr *target = targets.items[0];
        int slot = target->kind == EXPR_NAME ? gen_local_slot(c, target->name) : -1;
        if (slot >= 0) {
            gen_into(c, value, slot);
            note_assigned(c, target->name);
            return;
        }
        if (gen_parallel(c, target, value)) {
            return;
        }
        if (target->kind == EXPR_ATTRIBUTE || target->kind == EXPR_SUBSCRIPT) {
            gen_store_target(c, target, gen_operand(c, value));
            c->unit->depth = depth;
            return;
        }
    }
    int src = temp_new(c);
    gen_into(c, value, src);
    for (int i = 0; i < targets.count; i++) {
        int one = src;
        if (i < targets.count - 1) {
            one = temp_new(c);
            emit(c, INSTR_COPY, one, src, 0);
        }
        gen_store_target(c, targets.items[i], one);
        c->unit->depth = src + 1;
    }
    c->unit->depth = depth;
}

static void emit_in_place(Compiler *c, BinaryOperator op, int dst, int left, Expr *value)
{
    static const int8_t generic[] = {
        [BINARY_MAT_MULT] = BIN_MATMUL, [BINARY_DIV] = BIN_TRUE_DIV,
        [BINARY_MOD] = BIN_MOD,         [BINARY_POW] = BIN_POW,
        [BINARY_LSHIFT] = BIN_LSHIFT,   [BINARY_RSHIFT] = BIN_RSHIFT,
        [BINARY_BIT_OR] = BIN_OR,       [BINARY_BIT_XOR] = BIN_XOR,
        [BINARY_BIT_AND] = BIN_AND,     [BINARY_FLOOR_DIV] = BIN_FLOOR_DIV};
    int line = c->unit->line, column = c->unit->column;
    int end_line = c->unit->end_line, end_column = c->unit->end_column;
    int depth = c->unit->depth;
    int constant =
        op == BINARY_ADD || op == BINARY_SUB || op == BINARY_MULT ? small_constant(c, value) : -1;
    int right = constant >= 0 ? constant : gen_operand(c, value);
    c->unit->line = line;
    c->unit->column = column;
    c->unit->end_line = end_line;
    c->unit->end_column = end_column;
    if (op == BINARY_ADD) {
        emit(c, constant >= 0 ? INSTR_IADD_K : INSTR_IADD, dst, left, right);
    } else if (op == BINARY_SUB) {
        emit(c, constant >= 0 ? INSTR_ISUB_K : INSTR_ISUB, dst, left, right);
    } else if (op == BINARY_MULT) {
        emit(c, constant >= 0 ? INSTR_IMUL_K : INSTR_IMUL, dst, left, right);
    } else {
        emit_word(c, INSTR_IN_PLACE, dst, left, right, generic[op]);
    }
    c->unit->depth = depth;
}

static void gen_augmented(Compiler *c, Stmt *s)
{
    int depth = c->unit->depth;
    Expr *target = s->aug_assign.target;
    BinaryOperator op = s->aug_assign.op;
    switch (target->kind) {
    case EXPR_NAME: {
        int left = gen_operand(c, target);
        at_stmt(c, s);
        int slot = gen_local_slot(c, target->name);
        int dst = slot >= 0 ? slot : left;
        emit_in_place(c, op, dst, left, s->aug_assign.value);
        if (slot < 0) {
            at_stmt(c, s);
            gen_store_name(c, target->name, dst, true);
        }
        note_assigned(c, target->name);
        break;
    }
    case EXPR_ATTRIBUTE: {
        int object = gen_operand(c, target->attribute.value);
        int lent = temp_new(c), value = temp_new(c);
        at_expr(c, target);
        emit(c, INSTR_BORROW, lent, object, 0);
        emit_word(c, INSTR_LOAD_ATTR, value, lent, 0, site_new(c, target->attribute.attr));
        at_stmt(c, s);
        emit_in_place(c, op, value, value, s->aug_assign.value);
        at_expr(c, target);
        emit_word(c, INSTR_STORE_ATTR, object, value, 0, site_new(c, target->attribute.attr));
        break;
    }
    default: {
        int object = gen_operand(c, target->subscript.value);
        int key = gen_operand(c, target->subscript.slice);
        int lent = temp_reserve(c, 2), value = temp_new(c);
        at_expr(c, target);
        emit(c, INSTR_BORROW, lent, object, 0);
        emit(c, INSTR_BORROW, lent + 1, key, 0);
        emit(c, INSTR_GET_ITEM, value, lent, lent + 1);
        at_stmt(c, s);
        emit_in_place(c, op, value, value, s->aug_assign.value);
        at_expr(c, target);
        emit(c, INSTR_SET_ITEM, object, key, value);
    }
    }
    c->unit->depth = depth;
}

void gen_annotation(Compiler *c, Expr *annotation, int dst)
{
    if (!c->annotations_as_text) {
        if (annotation->kind == EXPR_STARRED) { // *args: *Ts
            int items = temp_new(c);
            gen_into(c, annotation->value, items);
            at_expr(c, annotation);
            emit(c, INSTR_UNPACK, items, items, 1);
            emit(c, INSTR_MOVE, dst, items, 0);
            c->unit->depth = items;
            return;
        }
        gen_into(c, annotation, dst);
        return;
    }
    AstString text = source_of_expr(c, annotation);
    emit_constant(c, value_from_text(c, text, false), dst);
}

static void gen_annotated(Compiler *c, Stmt *s)
{
    Expr *target = s->ann_assign.target;
    int depth = c->unit->depth;
    if (s->ann_assign.value != NULL) {
        Stmt plain = *s;
        plain.assign.targets = (ExprList){&target, 1};
        plain.assign.value = s->ann_assign.value;
        gen_assign(c, &plain);
    }
    if (target->kind == EXPR_NAME) {
        if (s->ann_assign.simple && c->unit->scope->kind != SCOPE_FUNCTION) {
            int value = temp_new(c), map = temp_new(c), key = temp_new(c);
            gen_annotation(c, s->ann_assign.annotation, value);
            at_stmt(c, s);
            emit_word(c, INSTR_LOAD_NAME, map, 0, 0,
                      site_new(c, arena_intern(c->arena, "__annotations__", 15)));
            emit_constant(
                c, value_from_text(c, scope_mangle(c, c->unit->scope, target->name), true), key);
            emit(c, INSTR_SET_ITEM, map, key, value);
        }
    } else {
        if (s->ann_assign.value == NULL) { // the target's parts are evaluated, nothing is stored
            if (target->kind == EXPR_ATTRIBUTE) {
                gen_discard(c, target->attribute.value);
            } else if (target->kind == EXPR_SUBSCRIPT) {
                gen_discard(c, target->subscript.value);
                gen_discard(c, target->subscript.slice);
            }
        }
        if (c->unit->scope->kind != SCOPE_FUNCTION && !c->annotations_as_text) {
            gen_discard(c, s->ann_assign.annotation);
        }
    }
    c->unit->depth = depth;
}

static void gen_delete(Compiler *c, Expr *target)
{
    int depth = c->unit->depth;
    switch (target->kind) {
    case EXPR_NAME:
        at_expr(c, target);
        gen_delete_name(c, target->name);
        break;
    case EXPR_ATTRIBUTE: {
        int object = gen_operand(c, target->attribute.value);
        at_expr(c, target);
        emit_word(c, INSTR_DELETE_ATTR, object, 0, 0, site_new(c, target->attribute.attr));
        break;
    }
    case EXPR_SUBSCRIPT: {
        int object = gen_operand(c, target->subscript.value);
        int key = gen_operand(c, target->subscript.slice);
        at_expr(c, target);
        emit(c, INSTR_DELETE_ITEM, object, key, 0);
        break;
    }
    default:
        for (int i = 0; i < target->elements.count; i++) {
            gen_delete(c, target->elements.items[i]);
        }
    }
    c->unit->depth = depth;
}

// --- Blocks and ways out of them -----------------------------------------------------------------

static void push_block(Compiler *c, Block *b, BlockKind kind)
{
    b->kind = kind;
    b->outer = c->unit->block;
    b->handler = c->unit->handler;
    c->unit->block = b;
}

static void pop_block(Compiler *c) { c->unit->block = c->unit->block->outer; }

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

static void gen_return(Compiler *c, Stmt *s)
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

static void gen_loop_exit(Compiler *c, Stmt *s)
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

static void gen_try_except(Compiler *c, Stmt *s)
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

static void gen_try_star(Compiler *c, Stmt *s)
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

static void gen_try_finally(Compiler *c, Stmt *s)
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
        gen_with_items(c, s, 0);
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
