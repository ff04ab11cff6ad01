// core/object/function.h: what can be called: functions of scripts, natives, bound methods,
// methods of builtin types.
//
// A native is a row of a table (NativeDef in type.h): name, C function, signature as text. The text
// is parsed once; native_call checks and sorts the arguments of each call by it, so that the C
// function gets one value per parameter.
//
// Rule     code, defaults and kw_defaults of a Function change with the world stopped, and its
//          version with them.
#ifndef ADDER_CORE_OBJECT_FUNCTION_H
#define ADDER_CORE_OBJECT_FUNCTION_H

#include "core/object/code.h"
#include "core/object/dict.h"
#include "core/object/object.h"

// Deferred in addert when made at module or class level of a loaded file (GC_DEFERRED).
typedef struct Function {
    ObjectHead head;
    Code *code;            // counted like a Ref; replaced with the world stopped
    SharedRef globals;     // Dict, usually in namespace mode
    SharedRef builtins;    // Dict in namespace mode
    SharedRef closure;     // tuple of Cells, or empty
    SharedRef defaults;    // tuple, or empty
    SharedRef kw_defaults; // dict, or empty
    SharedRef name, qualname, module, doc;
    SharedRef annotations; // dict, or tuple until asked for
    SharedRef dict;        // __dict__, made when first asked for
    uint32_t version;      // changes when code, defaults or kw_defaults do; caches compare it
} Function;

typedef struct BoundMethod {
    ObjectHead head;
    SharedRef function, self;
} BoundMethod;

typedef struct Signature Signature; // native_call.c: the parsed text of a NativeDef
// What a Signature begins with. Positional arguments of which there are `least` to `count` need no
// binding but for absent ones behind them; least UINT8_MAX: this never suffices.
typedef struct SignatureHead {
    uint8_t count;      // values that the native gets, *args and **kwargs included
    uint8_t positional; // parameters that may be given by position
    uint8_t required;   // of the positional ones, counted from the first
    uint8_t least;
} SignatureHead;

// A builtin function, or a builtin method bound to its object (self).
typedef struct NativeFunction {
    ObjectHead head;
    const NativeDef *def;
    const Signature *signature;
    SharedRef self;   // module, object or type; may be empty
    SharedRef module; // name, or empty
} NativeFunction;

// list.append as found on the type: takes the instance as first argument.
typedef struct MethodDescriptor {
    ObjectHead head;
    const NativeDef *def;
    const Signature *signature;
    Type *owner;
} MethodDescriptor;

static inline bool value_is_function(Value v) { return value_is_kind(v, KIND_FUNCTION); }

Ref function_new(ThreadState *ts, Value code, Value globals, Value builtins, Value qualname);
Ref bound_method_new(ThreadState *ts, Value function, Value self);
Ref native_function_new(ThreadState *ts, const NativeDef *def, Value self, Value module);
Ref method_descriptor_new(ThreadState *ts, const NativeDef *def, Type *owner);

enum { NATIVE_PARAMETERS_MAX = 24 };

// Parses a signature once; kept for the life of the process. NULL: out of memory.
const Signature *signature_of(ThreadState *ts, const NativeDef *def);
void signatures_free(ThreadState *ts); // at exit
// Binds and calls a native: used by natives' call slots and by the interpreter's CALL.
Ref native_call(ThreadState *ts, const NativeDef *def, const Signature *signature, Value self,
                const Value *args, size_t count, Value names);

#endif
