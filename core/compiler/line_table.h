// core/compiler/line_table.h: where each instruction stands in the source, packed.
//
// A run of instructions with one position is: number of words, then line, end line, column + 1 and
// end column + 1, each as a variable-length integer of 7-bit groups; the lines as zigzag
// differences to the line before and to the own line.
#ifndef ADDER_CORE_COMPILER_LINE_TABLE_H
#define ADDER_CORE_COMPILER_LINE_TABLE_H

#include "core/object/code.h"

typedef struct LineTableWriter {
    uint8_t *bytes;
    size_t size, capacity;
    int last_line;
} LineTableWriter;

// False: out of memory. The caller frees `bytes` with free().
bool line_table_add(LineTableWriter *w, uint32_t words, SourcePosition position);

// The position of instruction word `index`. Columns count from 0; -1 or line 0: unknown.
SourcePosition line_table_find(const uint8_t *bytes, size_t size, int first_line, uint32_t index);

// Walks the runs: start with *offset = 0, *line = first_line. False at the end.
bool line_table_next(const uint8_t *bytes, size_t size, size_t *offset, int *line, uint32_t *words,
                     SourcePosition *position);

#endif
