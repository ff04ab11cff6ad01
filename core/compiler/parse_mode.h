// core/compiler/parse_mode.h: what a source is to be.
#ifndef ADDER_CORE_COMPILER_PARSE_MODE_H
#define ADDER_CORE_COMPILER_PARSE_MODE_H

typedef enum ParseMode {
    PARSE_EXEC,   // a module: statements
    PARSE_EVAL,   // one expression
    PARSE_SINGLE, // one statement typed at a prompt
} ParseMode;

#endif
