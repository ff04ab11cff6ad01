// core/compiler/codegen_names.c: loading, storing and deleting names, wherever they live.
#include "core/compiler/codegen.h"

Symbol *gen_symbol(Compiler *c, AstString name)
{
    Scope *s = c->unit->scope;
    Symbol *y = scope_find(s, scope_mangle(c, s, name));
    ASSERT(y != NULL);
    return y;
}

int gen_local_slot(Compiler *c, AstString name)
{
    Symbol *y = gen_symbol(c, name);
    return y->place == PLACE_LOCAL ? y->slot : -1;
}

void gen_load_name(Compiler *c, AstString name, int dst)
{
    Symbol *y = gen_symbol(c, name);
    switch (y->place) {
    case PLACE_LOCAL:
        if (!c->unit->assigned[y->slot]) {
            emit(c, INSTR_CHECK_LOCAL, y->slot, 0, 0);
        }
        emit(c, INSTR_COPY, dst, y->slot, 0);
        break;
    case PLACE_FREE:
        if (c->unit->scope->kind == SCOPE_CLASS) {
            emit_word(c, INSTR_LOAD_CLASS_CELL, dst, y->slot, 0, site_new(c, name));
            break;
        }
        emit(c, INSTR_LOAD_CELL, dst, y->slot, 0);
        break;
    case PLACE_CELL:
        emit(c, INSTR_LOAD_CELL, dst, y->slot, 0);
        break;
    case PLACE_NAME:
        emit_word(c, INSTR_LOAD_NAME, dst, 0, 0, site_new(c, name));
        break;
    case PLACE_GLOBAL:
    case PLACE_UNKNOWN:
        emit_word(c, INSTR_LOAD_GLOBAL, dst, 0, 0, site_new(c, name));
        break;
    }
}

void gen_store_name(Compiler *c, AstString name, int src, bool src_is_temp)
{
    Symbol *y = gen_symbol(c, name);
    switch (y->place) {
    case PLACE_LOCAL:
        if (src != y->slot) {
            emit(c, src_is_temp ? INSTR_MOVE : INSTR_COPY, y->slot, src, 0);
        }
        break;
    case PLACE_FREE:
    case PLACE_CELL:
        emit(c, INSTR_STORE_CELL, y->slot, src, 0);
        break;
    case PLACE_NAME:
        emit_word(c, INSTR_STORE_NAME, src, 0, 0, site_new(c, name));
        break;
    case PLACE_GLOBAL:
    case PLACE_UNKNOWN:
        emit_word(c, INSTR_STORE_GLOBAL, src, 0, 0, site_new(c, name));
        break;
    }
}

void gen_delete_name(Compiler *c, AstString name)
{
    Symbol *y = gen_symbol(c, name);
    switch (y->place) {
    case PLACE_LOCAL:
        emit(c, INSTR_DELETE_LOCAL, y->slot, 0, 0);
        c->unit->assigned[y->slot] = 0;
        break;
    case PLACE_FREE:
    case PLACE_CELL:
        emit(c, INSTR_DELETE_CELL, y->slot, 0, 0);
        break;
    case PLACE_NAME:
        emit_word(c, INSTR_DELETE_NAME, 0, 0, 0, site_new(c, name));
        break;
    case PLACE_GLOBAL:
    case PLACE_UNKNOWN:
        emit_word(c, INSTR_DELETE_GLOBAL, 0, 0, 0, site_new(c, name));
        break;
    }
}
