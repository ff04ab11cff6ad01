// core/vm/bind.h: the arguments of a script's function, put where its parameters are.
#ifndef ADDER_CORE_VM_BIND_H
#define ADDER_CORE_VM_BIND_H

#include "core/vm/frame.h"

// args[0 .. count) are consumed; the last tuple_count(names) of them have names. Fills all of
// slots[0 .. temp_base). `slots` may be `args`. On failure every slot is empty and TypeError is
// set, in CPython's words.
Status bind_arguments(ThreadState *ts, Function *f, Slot *slots, Slot *args, size_t count,
                      Value names);

#endif
