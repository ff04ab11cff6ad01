// core/vm/line_reader.h: one line from a terminal, editable, or from any standard input.
#ifndef ADDER_CORE_VM_LINE_READER_H
#define ADDER_CORE_VM_LINE_READER_H

// Without its newline, malloc'd; NULL at the end of input. The thread is detached.
char *line_read(const char *prompt);

#endif
