// core/object/upcalls.h: what this folder calls and core/vm or core/modules define. Each has a weak
// stand-in here, so that tests of objects need neither.
#ifndef ADDER_CORE_OBJECT_UPCALLS_H
#define ADDER_CORE_OBJECT_UPCALLS_H

#include "core/object/code.h"
#include "core/object/object.h"

// The exception being handled (core/vm): declared in error.h,
// as sys_attribute is (core/modules/sys.c).

// core/vm/cache.c: part of a purge, world stopped.
void constructors_purge_stopped(void);
void cache_empty_stopped(CacheSite *site);
// core/vm: __name__ in the globals of the innermost frame; NO_REF without an exception: none.
Ref frame_module_name(ThreadState *ts);
// core/vm: runs a script's function; the builtins namespace that goes with a globals dict; what
// super() without arguments means in the innermost frame.
Ref interpreter_call(ThreadState *ts, Value function, const Value *args, size_t count, Value names);
Ref builtins_for_globals(ThreadState *ts, Value globals);
Status frame_super_arguments(ThreadState *ts, Ref *type, Ref *self);
// core/vm: a traceback entry for the innermost frame, if there is one.
void traceback_add_innermost(ThreadState *ts, Value exception);
Ref frame_object_of_traceback(ThreadState *ts, Value code, Value globals, uint32_t instruction);
// core/modules/weakref.c: the oldest weak reference to self, or None: instances' __weakref__.
Ref weakref_first(ThreadState *ts, Value self);

#endif
