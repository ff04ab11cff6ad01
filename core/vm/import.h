// core/vm/import.h: finding, loading and naming modules.
#ifndef ADDER_CORE_VM_IMPORT_H
#define ADDER_CORE_VM_IMPORT_H

#include "core/object/object.h"

// What `import name` and `from … import` do: __import__(name, globals, None, from_list,
// level). Returns the top package, or the module itself when from_list is a non-empty
// sequence. from_list may be None.
Ref import_name(ThreadState *ts, Value name, Value globals, Value from_list, int level);
// The module called `dotted` itself, imported if need be.
Ref import_module(ThreadState *ts, const char *dotted);
// module.name of `from module import name`, submodules included; ImportError in CPython's words.
Ref import_from(ThreadState *ts, Value module, Value name);

#endif
