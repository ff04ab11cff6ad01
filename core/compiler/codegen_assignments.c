// core/compiler/codegen_assignments.c: code for statements that bind and unbind names:
// =, op=, annotations, del.
//
// Which locals are surely bound (`assigned`) follows the structure: a branch works on a
// copy, where branches meet only what all of them bound remains, loops and handlers start
// from what was bound before.
#include <string.h>

#include "core/compiler/codegen.h"

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

void gen_assign(Compiler *c, Stmt *s)
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

void gen_augmented(Compiler *c, Stmt *s)
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

void gen_annotated(Compiler *c, Stmt *s)
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

void gen_delete(Compiler *c, Expr *target)
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
