// core/compiler/codegen.c: units: where instructions, labels, temporaries and constants come from.
#include "core/compiler/codegen.h"

#include <stdlib.h>
#include <string.h>

#include "core/object/str.h"
#include "core/object/tuple.h"

static void *grow(Compiler *c, void *items, int count, int *capacity, size_t item_size)
{
    if (count < *capacity) {
        return items;
    }
    int next = *capacity == 0 ? 32 : *capacity * 2;
    void *grown = realloc(items, (size_t)next * item_size);
    if (grown == NULL) {
        raise_no_memory(c->ts);
        compiler_fail_raised(c);
    }
    *capacity = next;
    return grown;
}

// --- Units ---------------------------------------------------------------------------------------

Ref unit_qualname(Compiler *c, Scope *scope, AstString name)
{
    Unit *outer = c->unit != NULL ? c->unit->outer : NULL;
    Scope *parent = scope->parent;
    if (parent == NULL || parent->kind == SCOPE_MODULE || outer == NULL) {
        return value_from_text(c, name, true);
    }
    Symbol *y = scope_find(parent, scope_mangle(c, parent, name));
    if (y != NULL && y->place == PLACE_GLOBAL && !scope->is_lambda && !scope->is_comprehension) {
        return value_from_text(c, name, true);
    }
    Ref full = format_str(c->ts, parent->kind == SCOPE_FUNCTION ? "%U.<locals>.%.*s" : "%U.%.*s",
                          outer->qualname.v, (int)name.size, name.bytes);
    if (is_error(full)) {
        compiler_fail_raised(c);
    }
    return full;
}

static int count_parameters(const Arguments *a)
{
    return a == NULL ? 0
                     : a->positional_only.count + a->args.count + a->keyword_only.count +
                           (a->vararg != NULL) + (a->kwarg != NULL);
}

// Gives every local, cell and free variable its slot: parameters,
// other locals, cells, free variables.
static void place_slots(Unit *u)
{
    Scope *s = u->scope;
    int slot = 0;
    int parameters = s->is_comprehension ? 1 : count_parameters(u->args);
    if (s->kind == SCOPE_FUNCTION) {
        // Parameters were added to the scope first, in slot order but for *args before keyword-only
        // ones, which scopes.c adds in the order of Code's counts.
        int seen = 0;
        for (Symbol *y = s->first; y != NULL && seen < parameters; y = y->next, seen++) {
            if (y->place == PLACE_CELL) {
                y->parameter_slot = slot;
            } else {
                y->slot = slot;
            }
            slot++;
        }
        seen = 0;
        for (Symbol *y = s->first; y != NULL; y = y->next, seen++) {
            if (y->place == PLACE_LOCAL && seen >= parameters) {
                y->slot = slot++;
            }
        }
    }
    u->local_count = slot;
    for (Symbol *y = s->first; y != NULL; y = y->next) {
        if (y->place == PLACE_CELL) {
            y->slot = slot++;
            u->cell_count++;
        }
    }
    for (Symbol *y = s->first; y != NULL; y = y->next) {
        if (y->place == PLACE_FREE || (y->flags & SYMBOL_PASSED)) {
            y->slot = slot++;
            u->free_count++;
        }
    }
    u->temp_base = u->depth = u->depth_max = slot;
}

void unit_begin(Compiler *c, Unit *u, Scope *scope, AstString name, Arguments *args, int first_line)
{
    u->outer = c->unit;
    u->scope = scope;
    u->name = name;
    u->args = args;
    u->handler = -1;
    u->first_line = first_line;
    u->line = u->end_line = first_line;
    c->unit = u;
    u->qualname = unit_qualname(c, scope, name);
    u->in_async = scope->is_coroutine;
    if (scope->kind == SCOPE_FUNCTION) {
        u->flags = CODE_OPTIMIZED | CODE_NEWLOCALS;
        if (scope->is_nested) {
            u->flags |= CODE_NESTED;
        }
        if (scope->is_generator && scope->is_coroutine) {
            u->flags |= CODE_ASYNC_GENERATOR;
        } else if (scope->is_generator) {
            u->flags |= CODE_GENERATOR;
        } else if (scope->is_coroutine) {
            u->flags |= CODE_COROUTINE;
        }
        if (args != NULL) {
            u->flags |= (args->vararg != NULL ? CODE_VARARGS : 0) |
                        (args->kwarg != NULL ? CODE_VARKEYWORDS : 0);
        }
    }
    place_slots(u);
    u->assigned = compiler_alloc(c, (size_t)u->local_count + 1);
    int parameters = scope->is_comprehension ? 1 : count_parameters(args);
    for (Symbol *y = scope->first; y != NULL && parameters > 0; y = y->next, parameters--) {
        if (y->place == PLACE_LOCAL && !(y->flags & SYMBOL_DELETED)) {
            u->assigned[y->slot] = 1;
        }
    }
    if (u->temp_base > 60000) {
        compiler_fail(c, first_line, 0, first_line, 0, "too many local variables");
    }
    gen_prologue(c, u);
}

void gen_prologue(Compiler *c, Unit *u)
{
    for (Symbol *y = u->scope->first; y != NULL; y = y->next) {
        if (y->place == PLACE_CELL) {
            if (y->parameter_slot >= 0) {
                emit(c, INSTR_MAKE_CELL_FROM, y->slot, y->parameter_slot, 0);
            } else {
                emit(c, INSTR_MAKE_CELL, y->slot, 0, 0);
            }
        }
    }
    if (u->free_count > 0) {
        emit(c, INSTR_COPY_CLOSURE, u->temp_base - u->free_count, u->free_count, 0);
    }
    if (u->flags & (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR)) {
        emit(c, INSTR_RETURN_GENERATOR, 0, 0, 0);
    }
}

Ref unit_finish(Compiler *c, Unit *u)
{
    Ref code = assemble(c, u);
    c->unit = u->outer;
    unit_free(c->ts, u);
    return code;
}

void unit_free(ThreadState *ts, Unit *u)
{
    (void)ts;
    for (int i = 0; i < u->constant_count; i++) {
        Ref r = {u->constants[i]};
        ref_drop(&r);
    }
    free(u->constants);
    free(u->code);
    free(u->labels);
    free(u->handlers);
    free(u->site_names);
    ref_drop(&u->qualname);
    ref_drop(&u->code_object);
    u->constants = NULL;
    u->constant_count = 0;
    u->code = NULL;
    u->labels = NULL;
    u->handlers = NULL;
    u->site_names = NULL;
}

// --- Emitting ------------------------------------------------------------------------------------

int emit_word(Compiler *c, Opcode op, int a, int b, int cc, int word)
{
    Unit *u = c->unit;
    u->code = grow(c, u->code, u->count, &u->capacity, sizeof *u->code);
    if (a > 0xFFFF || b > 0xFFFF || cc > 0xFFFF || u->count > 50000000) {
        compiler_fail(c, u->line, 0, u->line, 0, "the block is too large to compile");
    }
    u->code[u->count] = (Emitted){.op = (uint8_t)op,
                                  .word_kind = opcode_table[op].word,
                                  .a = (uint16_t)a,
                                  .b = (uint16_t)b,
                                  .c = (uint16_t)cc,
                                  .word = word,
                                  .handler = u->handler,
                                  .depth = (uint16_t)u->depth,
                                  .line = u->line,
                                  .column = u->column,
                                  .end_line = u->end_line,
                                  .end_column = u->end_column};
    return u->count++;
}

int emit(Compiler *c, Opcode op, int a, int b, int cc)
{
    ASSERT(opcode_table[op].word == WORD_NO_WORD);
    return emit_word(c, op, a, b, cc, 0);
}

void emit_jump(Compiler *c, Opcode op, int a, int b, int cc, int label)
{
    ASSERT(opcode_table[op].word == WORD_JUMP);
    emit_word(c, op, a, b, cc, label);
}

int label_new(Compiler *c)
{
    Unit *u = c->unit;
    u->labels = grow(c, u->labels, u->label_count, &u->label_capacity, sizeof *u->labels);
    u->labels[u->label_count] = -1;
    return u->label_count++;
}

void label_here(Compiler *c, int label) { c->unit->labels[label] = c->unit->count; }

int handler_new(Compiler *c, int depth)
{
    int label = label_new(c);
    Unit *u = c->unit;
    u->handlers = grow(c, u->handlers, u->handler_count, &u->handler_capacity, sizeof *u->handlers);
    u->handlers[u->handler_count] = (Handler){.label = label, .depth = depth};
    return u->handler_count++;
}

int temp_reserve(Compiler *c, int n)
{
    Unit *u = c->unit;
    int first = u->depth;
    u->depth += n;
    if (u->depth > u->depth_max) {
        u->depth_max = u->depth;
    }
    if (u->depth > 65000) {
        compiler_fail(c, u->line, 0, u->line, 0, "expression needs too many temporaries");
    }
    return first;
}

int temp_new(Compiler *c) { return temp_reserve(c, 1); }

void at_expr(Compiler *c, const Expr *e)
{
    Unit *u = c->unit;
    u->line = e->line;
    u->column = e->column;
    u->end_line = e->end_line;
    u->end_column = e->end_column;
}

void at_stmt(Compiler *c, const Stmt *s)
{
    Unit *u = c->unit;
    u->line = s->line;
    u->column = s->column;
    u->end_line = s->end_line;
    u->end_column = s->end_column;
}

// False right behind an unconditional jump, return or raise with no label in between.
bool code_is_reachable(Compiler *c)
{
    Unit *u = c->unit;
    if (u->count == 0) {
        return true;
    }
    for (int i = u->label_count - 1; i >= 0; i--) {
        if (u->labels[i] == u->count) {
            return true;
        }
    }
    switch (u->code[u->count - 1].op) {
    case INSTR_JUMP:
    case INSTR_JUMP_BACK:
    case INSTR_RETURN:
    case INSTR_RETURN_NONE:
    case INSTR_RAISE:
    case INSTR_RERAISE:
        return false;
    default:
        return true;
    }
}

// --- Constants and sites -------------------------------------------------------------------------

// The same constant twice gets one place: immediates by their bits, strings by their text.
static bool same_constant(Value a, Value b)
{
    if (value_is_same(a, b)) {
        return true;
    }
    return value_is_exactly(a, KIND_STR) && value_is_exactly(b, KIND_STR) &&
           str_hash(a) == str_hash(b) && str_equal(a, b);
}

int constant_index(Compiler *c, Ref constant)
{
    Unit *u = c->unit;
    if (is_error(constant)) {
        compiler_fail_raised(c);
    }
    int from = u->constant_count > 512 ? u->constant_count - 512 : 0;
    for (int i = from; i < u->constant_count; i++) {
        if (same_constant(u->constants[i], constant.v)) {
            ref_drop(&constant);
            return i;
        }
    }
    c->held = constant;
    u->constants =
        grow(c, u->constants, u->constant_count, &u->constant_capacity, sizeof *u->constants);
    u->constants[u->constant_count] = ref_take(&c->held).v;
    return u->constant_count++;
}

int site_new(Compiler *c, AstString name)
{
    Unit *u = c->unit;
    u->site_names = grow(c, u->site_names, u->site_count, &u->site_capacity, sizeof *u->site_names);
    u->site_names[u->site_count] = scope_mangle(c, u->scope, name);
    return u->site_count++;
}

void emit_constant(Compiler *c, Ref constant, int dst)
{
    if (is_error(constant)) {
        compiler_fail_raised(c);
    }
    if (value_is_none(constant.v)) {
        emit(c, INSTR_LOAD_NONE, dst, 0, 0);
        return;
    }
    if (value_is_small_int(constant.v) && small_int_get(constant.v) >= -32768 &&
        small_int_get(constant.v) <= 32767) {
        int bits = (int)(small_int_get(constant.v) & 0xFFFF);
        emit(c, INSTR_LOAD_INT, dst, bits & 0xFF, bits >> 8);
        return;
    }
    int index = constant_index(c, constant);
    if (index > 0xFFFF) {
        emit_word(c, INSTR_LOAD_CONST_FAR, dst, 0, 0, index);
    } else {
        emit(c, INSTR_LOAD_CONST, dst, index & 0xFF, index >> 8);
    }
}

// --- Text of the source --------------------------------------------------------------------------

AstString source_of_expr(Compiler *c, const Expr *e)
{
    const char *at = c->source, *end = c->source + c->source_size;
    const char *from = at, *to = at;
    for (int line = 1; line <= e->end_line && at < end; line++) {
        if (line == e->line) {
            from = at + e->column;
        }
        if (line == e->end_line) {
            to = at + e->end_column;
        }
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline != NULL ? newline + 1 : end;
    }
    if (to > end || from > to) {
        from = to = end;
    }
    return arena_copy(c->arena, from, (size_t)(to - from));
}
