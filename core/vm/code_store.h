// core/vm/code_store.h: compiled modules on disk, so that a second start need not compile.
//
// The file NAME.adder-311.code lies in __pycache__ beside the source or, where that cannot be
// written, in the user's cache folder. It is valid for one source (time of change and size), one
// compiler with its instruction set, and one format. A file that does not fit, or is damaged, is as good as none.
//
// Rule     a file is written under another name and renamed, so nobody reads half of one.
// Threads  any; two writers of the same file do no harm.
// Errors   none reach scripts but MemoryError.
#ifndef ADDER_CORE_VM_CODE_STORE_H
#define ADDER_CORE_VM_CODE_STORE_H

#include <sys/stat.h>

#include "core/object/code.h"

// The cached code, or NO_REF (no exception: there is none).
Ref code_store_load(ThreadState *ts, const char *source_path, const struct stat *source,
                    Value filename);
void code_store_save(ThreadState *ts, const char *source_path, const struct stat *source,
                     Value code);
// Where the cache beside the source lies: for __cached__. False: no room.
bool code_store_path(const char *source_path, char *path, size_t size);

// One value of the kinds that constants have, or code, as bytes: for marshal.
// ValueError for others.
Ref code_store_dump(ThreadState *ts, Value v);
Ref code_store_restore(ThreadState *ts, const uint8_t *bytes, size_t size);
// The first four bytes of a file of these that the library's importlib writes.
uint32_t code_store_magic(void);

#endif
