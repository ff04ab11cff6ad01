// core/vm/import_internal.h: what start-up, -m and the bytecode cache share with import.c.
#ifndef ADDER_CORE_VM_IMPORT_INTERNAL_H
#define ADDER_CORE_VM_IMPORT_INTERNAL_H

#include "core/object/module.h"

// Makes the module written in C called `name` and enters it in sys.modules.
// NO_REF without an exception: there is none.
Ref import_native_module(ThreadState *ts, const char *name);

// Start-up: sys.path, sys.builtin_module_names. STATUS_ERROR: exception set.
Status import_start(ThreadState *ts);
void import_finish(ThreadState *ts);

// -m name: finds the module (of a package: its __main__) and runs it in __main__'s namespace.
Ref import_run_as_main(ThreadState *ts, const char *name);
// The module of this name, and those above it: as import_module.
Ref import_full_name(ThreadState *ts, Value name);
// Loads the file as a module called `name`.
Ref import_file_as(ThreadState *ts, const char *name, const char *path);

// --- import_finders.c ----------------------------------------------------------------------------

// What stands in sys.meta_path for the library's finders until importlib has been imported, so that
// scripts put theirs in front of it or behind it.
Ref finder_stand_in(ThreadState *ts);
// Puts the library's finders, the last two of the list, where the stand-in is.
Status finders_of_library_to_their_place(ThreadState *ts, Value meta_path);

// Asks the finders that scripts put into sys.meta_path, in front of PathFinder or behind it, and
// loads what one of them knows. `path`: the parent's __path__, None at the top.
// LOOKUP_ABSENT: none knows it.
Lookup import_by_finders(ThreadState *ts, Value name, Value path, bool before_path, Ref *module);

// --- code_store.c --------------------------------------------------------------------------------

// The code of `path`, from its cache file if that is fresh, else compiled (and the cache written).
// NO_REF: exception set.
Ref code_for_file(ThreadState *ts, const char *path, Value filename);

#endif
