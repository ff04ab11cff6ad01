// core/compiler/assembler.c: from a unit's instructions to a code object.
//
//  1. Where does each instruction lie? One word, one more for EXTEND, one more for data.
//  2. Jumps become distances, counted from the word behind their data word.
//  3. Runs of instructions under one handler become the exception table; positions the line table.
#include <stdlib.h>
#include <string.h>

#include "core/compiler/codegen.h"
#include "core/compiler/line_table.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static bool is_wide(const Emitted *e) { return (e->a | e->b | e->c) > 0xFF; }

// Word offset of each instruction, and of the end.
static uint32_t *place_instructions(Compiler *c, const Unit *u)
{
    uint32_t *offsets = compiler_alloc(c, sizeof(uint32_t) * ((size_t)u->count + 1));
    uint32_t at = 0;
    for (int i = 0; i < u->count; i++) {
        offsets[i] = at;
        at += 1 + is_wide(&u->code[i]) + (u->code[i].word_kind != WORD_NO_WORD);
    }
    offsets[u->count] = at;
    return offsets;
}

static void *code_alloc(Compiler *c, size_t size)
{
    void *p = raw_alloc(c->ts, size > 0 ? size : 1);
    if (p == NULL) {
        compiler_fail_raised(c);
    }
    return memset(p, 0, size);
}

static void write_instructions(Compiler *c, const Unit *u, Code *code, const uint32_t *offsets)
{
    uint32_t total = offsets[u->count];
    code->instructions = code_alloc(c, sizeof(Instruction) * total);
    code->depths = code_alloc(c, sizeof(uint16_t) * total);
    code->instruction_count = total;
    for (int i = 0; i < u->count; i++) {
        const Emitted *e = &u->code[i];
        uint32_t at = offsets[i];
        for (uint32_t k = at; k < offsets[i + 1]; k++) {
            code->depths[k] = e->depth;
        }
        if (is_wide(e)) {
            code->instructions[at++] = INSTRUCTION(INSTR_EXTEND, e->a >> 8, e->b >> 8, e->c >> 8);
        }
        code->instructions[at++] = INSTRUCTION(e->op, e->a & 0xFF, e->b & 0xFF, e->c & 0xFF);
        if (e->word_kind == WORD_JUMP) {
            int32_t distance = (int32_t)offsets[u->labels[e->word]] - (int32_t)(at + 1);
            code->instructions[at] = (uint32_t)distance;
        } else if (e->word_kind != WORD_NO_WORD) {
            code->instructions[at] = (uint32_t)e->word;
        }
    }
}

static void write_exceptions(Compiler *c, const Unit *u, Code *code, const uint32_t *offsets)
{
    uint32_t runs = 0;
    for (int i = 0; i < u->count; i++) {
        runs += u->code[i].handler >= 0 && (i == 0 || u->code[i - 1].handler != u->code[i].handler);
    }
    if (runs == 0) {
        return;
    }
    code->exceptions = code_alloc(c, sizeof(ExceptionEntry) * runs);
    for (int i = 0; i < u->count; i++) {
        int handler = u->code[i].handler;
        if (handler < 0) {
            continue;
        }
        if (i == 0 || u->code[i - 1].handler != handler) {
            const Handler *h = &u->handlers[handler];
            code->exceptions[code->exception_count++] =
                (ExceptionEntry){.start = offsets[i],
                                 .handler = offsets[u->labels[h->label]],
                                 .depth = (uint16_t)h->depth,
                                 .slot = (uint16_t)h->depth};
        }
        code->exceptions[code->exception_count - 1].end = offsets[i + 1];
    }
}

static void write_lines(Compiler *c, const Unit *u, Code *code, const uint32_t *offsets)
{
    LineTableWriter w = {.last_line = u->first_line};
    int i = 0;
    bool ok = true;
    while (i < u->count && ok) {
        int k = i + 1;
        while (k < u->count && u->code[k].line == u->code[i].line &&
               u->code[k].column == u->code[i].column &&
               u->code[k].end_line == u->code[i].end_line &&
               u->code[k].end_column == u->code[i].end_column) {
            k++;
        }
        ok = line_table_add(&w, offsets[k] - offsets[i],
                            (SourcePosition){.line = u->code[i].line,
                                             .column = u->code[i].column,
                                             .end_line = u->code[i].end_line,
                                             .end_column = u->code[i].end_column});
        i = k;
    }
    uint8_t *kept = ok ? raw_alloc(c->ts, w.size + 1) : NULL;
    if (kept != NULL) {
        memcpy(kept, w.bytes, w.size);
        code->lines = kept;
        code->lines_size = (uint32_t)w.size;
    }
    free(w.bytes);
    if (kept == NULL) {
        if (ok == false) {
            raise_no_memory(c->ts);
        }
        compiler_fail_raised(c);
    }
}

// The names of locals, cells and free variables in slot order. The code object owns them at once:
// making a name may fail, which leaves this function.
static void give_slot_names(Compiler *c, const Unit *u, Code *code)
{
    size_t count = (size_t)u->temp_base;
    Ref names = tuple_new(c->ts, count);
    if (is_error(names)) {
        compiler_fail_raised(c);
    }
    shared_ref_init(&code->local_names, names);
    for (Symbol *y = u->scope->first; y != NULL; y = y->next) {
        bool has_slot = y->place == PLACE_LOCAL || y->place == PLACE_CELL ||
                        y->place == PLACE_FREE || (y->flags & SYMBOL_PASSED);
        if (has_slot && y->slot >= 0) {
            tuple_init_item(names.v, (size_t)y->slot, value_from_text(c, y->name, true));
        }
        if (y->parameter_slot >= 0) {
            tuple_init_item(names.v, (size_t)y->parameter_slot, value_from_text(c, y->name, true));
        }
    }
}

static void fill_parameters(Compiler *c, const Unit *u, Code *code)
{
    const Arguments *a = u->args;
    if (a != NULL) {
        code->positional_only_count = (uint16_t)a->positional_only.count;
        code->argument_count = (uint16_t)(a->positional_only.count + a->args.count);
        code->keyword_only_count = (uint16_t)a->keyword_only.count;
    } else if (u->scope->is_comprehension) {
        code->argument_count = 1;
    }
    code->local_count = (uint16_t)u->local_count;
    code->cell_count = (uint16_t)u->cell_count;
    code->free_count = (uint16_t)u->free_count;
    code->temp_base = (uint16_t)u->temp_base;
    code->slot_count = (uint16_t)(u->depth_max + 1);
    code->cell_of_argument = code_alloc(c, sizeof(int16_t) * ((size_t)u->cell_count + 1));
    for (Symbol *y = u->scope->first; y != NULL; y = y->next) {
        if (y->place == PLACE_CELL) {
            code->cell_of_argument[y->slot - u->local_count] = (int16_t)y->parameter_slot;
        }
    }
}

// Names and constants of code from files live as long as the process.
static void make_immortal(Value v)
{
    if (value_is_object(v) && !head_is_immortal(value_head(v))) {
        if (value_is_exactly(v, KIND_TUPLE)) {
            for (size_t i = 0; i < tuple_count(v); i++) {
                make_immortal(tuple_item(v, i));
            }
        }
        if (!value_is_exactly(v, KIND_CODE)) {
            head_immortalize(value_head(v));
        }
    }
}

Ref assemble(Compiler *c, Unit *u)
{
    for (int i = 0; i < u->count; i++) {
        ASSERT(u->code[i].word_kind != WORD_JUMP || u->labels[u->code[i].word] >= 0);
    }
    emit(c, INSTR_NOP, 0, 0, 0); // labels at the end have an instruction to stand on
    uint32_t *offsets = place_instructions(c, u);
    Code *code = code_new(c->ts);
    if (code == NULL) {
        compiler_fail_raised(c);
    }
    // From here on the code object owns what it was given;
    // on a failure it is dropped with the unit.
    u->code_object = REF_FROM_NEW(code);
    code->flags = u->flags;
    code->first_line = (uint32_t)u->first_line;
    fill_parameters(c, u, code);
    write_instructions(c, u, code, offsets);
    write_exceptions(c, u, code, offsets);
    write_lines(c, u, code, offsets);
    code->constants = code_alloc(c, sizeof(Value) * ((size_t)u->constant_count + 1));
    for (int i = 0; i < u->constant_count; i++) {
        if (c->options->from_file) {
            make_immortal(u->constants[i]);
        }
        code->constants[i] = u->constants[i]; // moved
        code->constant_count++;
        u->constants[i] = VALUE_NONE;
    }
    code->sites = code_alloc(c, sizeof(CacheSite) * ((size_t)u->site_count + 1));
    for (int i = 0; i < u->site_count; i++) {
        code->sites[i].name = value_from_text(c, u->site_names[i], true).v;
        code->site_count++;
    }
    shared_ref_init(&code->name, value_from_text(c, u->name, true));
    Ref qualname = ref_new(u->qualname.v);
    if (c->options->from_file) {
        qualname = str_intern_immortal(c->ts, qualname);
        if (is_error(qualname)) {
            compiler_fail_raised(c);
        }
    }
    shared_ref_init(&code->qualname, qualname);
    shared_ref_init(&code->filename, ref_new(c->filename));
    give_slot_names(c, u, code);
    code_publish(c->ts, code);
    return ref_take(&u->code_object);
}
