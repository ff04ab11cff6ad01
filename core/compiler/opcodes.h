// core/compiler/opcodes.h: the instruction set as C. The rows stand in opcodes.def.
#ifndef ADDER_CORE_COMPILER_OPCODES_H
#define ADDER_CORE_COMPILER_OPCODES_H

#include <stdint.h>

typedef enum Opcode {
#define OPCODE(name, a, b, c, word, meaning) INSTR_##name,
#include "core/compiler/opcodes.def"
#undef OPCODE
    INSTR_COUNT,
} Opcode;
_Static_assert(INSTR_COUNT <= 256, "an opcode is one byte");

typedef enum OperandKind {
    OPERAND_NONE,
    OPERAND_OUT,
    OPERAND_IN,
    OPERAND_KEEP,
    OPERAND_MOVED,
    OPERAND_RANGE,
    OPERAND_COUNT,
    OPERAND_BASE,
    OPERAND_CONST,
    OPERAND_IMM,
} OperandKind;
typedef enum WordKind { WORD_NO_WORD, WORD_JUMP, WORD_SITE, WORD_DATA } WordKind;

typedef struct OpcodeInfo {
    const char *name;
    uint8_t a, b, c; // OperandKind
    uint8_t word;    // WordKind
    const char *meaning;
} OpcodeInfo;
extern const OpcodeInfo opcode_table[INSTR_COUNT]; // core/compiler/disassembler.c

#define INSTRUCTION(op, a, b, c)                                                                   \
    ((uint32_t)(op) | (uint32_t)(a) << 8 | (uint32_t)(b) << 16 | (uint32_t)(c) << 24)
#define INSTRUCTION_OP(i) ((i)&0xFF)
#define INSTRUCTION_A(i)  ((i) >> 8 & 0xFF)
#define INSTRUCTION_B(i)  ((i) >> 16 & 0xFF)
#define INSTRUCTION_C(i)  ((i) >> 24)

// A call area: slots from `base` on. The callee's frame header is made in front of its first slot.
enum {
    FRAME_HEADER_SLOTS = 8,
    CALL_SELF_AT = 1 + FRAME_HEADER_SLOTS, // base + this: self, or empty
    CALL_ARGUMENTS_AT = CALL_SELF_AT + 1,  // base + this: the first argument
};

#endif
