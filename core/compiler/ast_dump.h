// core/compiler/ast_dump.h: a tree as text, in the form of python's ast.dump(), for tests and for
// the eye.
#ifndef ADDER_CORE_COMPILER_AST_DUMP_H
#define ADDER_CORE_COMPILER_AST_DUMP_H

#include <stdio.h>

#include "core/compiler/ast.h"

// Writes ast.dump(tree, include_attributes=with_positions) and a newline. False if the tree leans
// too deep to be walked.
bool ast_dump(FILE *out, const Module *module, bool with_positions);

#endif
