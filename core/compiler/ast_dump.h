// core/compiler/ast_dump.h: a tree as text, for tests and for the eye.
//
// The form is that of python's ast.dump() with its field names, with these differences: texts are
// UTF-8 bytes in single quotes where all but printable ASCII is \xNN; floats are the sixteen hex
// digits of their bits; large ints are big(base,digits); there is no ctx and no type_ignores.
#ifndef ADDER_CORE_COMPILER_AST_DUMP_H
#define ADDER_CORE_COMPILER_AST_DUMP_H

#include <stdio.h>

#include "core/compiler/ast.h"

// Writes the tree and a newline; with positions each node ends in @line:column-line:column. False
// if the tree leans too deep to be walked (the output is then incomplete).
bool ast_dump(FILE *out, const Module *module, bool with_positions);

#endif
