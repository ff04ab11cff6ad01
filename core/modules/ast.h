// core/modules/ast.h: syntax trees as objects of the classes of _ast.
#ifndef ADDER_CORE_MODULES_AST_H
#define ADDER_CORE_MODULES_AST_H

#include "core/object/object.h"

struct Module; // core/compiler/ast.h

// A Module, Expression or Interactive with all that is below. NO_REF: exception set.
Ref ast_to_object(ThreadState *ts, const struct Module *module);

#endif
