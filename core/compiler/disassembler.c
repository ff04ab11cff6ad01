// core/compiler/disassembler.c: the instruction table as data, and listings.
#include "core/compiler/compile.h"
#include "core/compiler/opcodes.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

const OpcodeInfo opcode_table[INSTR_COUNT] = {
#define OPCODE(name, a, b, c, word, meaning)                                                       \
    {#name, OPERAND_##a, OPERAND_##b, OPERAND_##c, WORD_##word, meaning},
#include "core/compiler/opcodes.def"
#undef OPCODE
};

// A slot's name for people: the variable, or t3.
static Status add_slot(ThreadState *ts, StrBuilder *b, const Code *code, unsigned slot)
{
    OWNED Ref text = NO_REF;
    if (slot < code->temp_base) {
        Value names = shared_ref_peek(&code->local_names);
        Value name = slot < tuple_count(names) ? tuple_item(names, slot) : NO_VALUE;
        text = is_no_value(name) ? format_str(ts, "slot%u", slot) : ref_new(name);
    } else {
        text = format_str(ts, "t%u", slot - code->temp_base);
    }
    return is_error(text) ? STATUS_ERROR : builder_add(ts, b, text.v);
}

static Status add_operand(ThreadState *ts, StrBuilder *b, const Code *code, unsigned kind,
                          unsigned operand)
{
    if (kind == OPERAND_NONE) {
        return STATUS_OK;
    }
    if (builder_add_char(ts, b, ' ') == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (kind == OPERAND_COUNT || kind == OPERAND_IMM || kind == OPERAND_CONST) {
        OWNED Ref text = kind == OPERAND_CONST && operand < code->constant_count
                             ? format_str(ts, "%R", code->constants[operand])
                             : format_str(ts, "%u", operand);
        return is_error(text) ? STATUS_ERROR : builder_add(ts, b, text.v);
    }
    return add_slot(ts, b, code, operand);
}

static Status add_word(ThreadState *ts, StrBuilder *b, const Code *code, unsigned kind, uint32_t at,
                       uint32_t word)
{
    OWNED Ref text = NO_REF;
    switch (kind) {
    case WORD_JUMP:
        text = format_str(ts, " -> %u", (unsigned)((int32_t)(at + 1) + (int32_t)word));
        break;
    case WORD_SITE:
        text = format_str(ts, " .%U", code->sites[word].name);
        break;
    case WORD_DATA:
        text = format_str(ts, " #%u", word);
        break;
    default:
        return STATUS_OK;
    }
    return is_error(text) ? STATUS_ERROR : builder_add(ts, b, text.v);
}

static Status list_code(ThreadState *ts, StrBuilder *b, const Code *code)
{
    unsigned high_a = 0, high_b = 0, high_c = 0;
    int line = -1;
    for (uint32_t at = 0; at < code->instruction_count; at++) {
        uint32_t i = code->instructions[at];
        if (INSTRUCTION_OP(i) == INSTR_EXTEND) {
            high_a = INSTRUCTION_A(i) << 8;
            high_b = INSTRUCTION_B(i) << 8;
            high_c = INSTRUCTION_C(i) << 8;
            continue;
        }
        const OpcodeInfo *info = &opcode_table[INSTRUCTION_OP(i)];
        SourcePosition position = code_position(code, at);
        OWNED Ref head = position.line != line
                             ? format_str(ts, "%5d %5u  %s", position.line, at, info->name)
                             : format_str(ts, "      %5u  %s", at, info->name);
        line = position.line;
        if (is_error(head) || builder_add(ts, b, head.v) == STATUS_ERROR ||
            add_operand(ts, b, code, info->a, INSTRUCTION_A(i) | high_a) == STATUS_ERROR ||
            add_operand(ts, b, code, info->b, INSTRUCTION_B(i) | high_b) == STATUS_ERROR ||
            add_operand(ts, b, code, info->c, INSTRUCTION_C(i) | high_c) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        high_a = high_b = high_c = 0;
        if (info->word != WORD_NO_WORD) {
            at++;
            if (add_word(ts, b, code, info->word, at, code->instructions[at]) == STATUS_ERROR) {
                return STATUS_ERROR;
            }
        }
        if (builder_add_char(ts, b, '\n') == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    for (uint32_t i = 0; i < code->exception_count; i++) {
        const ExceptionEntry *e = &code->exceptions[i];
        OWNED Ref text = format_str(ts, "      %u to %u: handler %u, exception in t%u\n", e->start,
                                    e->end, e->handler, (unsigned)(e->slot - code->temp_base));
        if (is_error(text) || builder_add(ts, b, text.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

Ref disassemble(ThreadState *ts, Value code)
{
    StrBuilder b;
    builder_init(&b);
    if (list_code(ts, &b, code_from(code)) == STATUS_ERROR) {
        builder_abandon(ts, &b);
        return NO_REF;
    }
    return builder_finish(ts, &b);
}
