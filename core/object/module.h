// core/object/module.h: module objects; how a module written in C declares itself.
#ifndef ADDER_CORE_OBJECT_MODULE_H
#define ADDER_CORE_OBJECT_MODULE_H

#include "core/object/dict.h"
#include "core/object/object.h"

typedef struct ModuleObject {
    ObjectHead head;
    SharedRef dict; // Dict in namespace mode
} ModuleObject;

// One per module in C; listed in core/modules/modules.def as MODULE(name, spec).
typedef struct ModuleSpec {
    const char *name;
    const char *doc;
    const NativeDef *functions;                     // ends with NATIVE_END
    Status (*setup)(ThreadState *ts, Value module); // constants, types; may be NULL
} ModuleSpec;

Ref module_new(ThreadState *ts, Value name);
static inline Dict *module_dict(Value m)
{
    return dict_from(shared_ref_peek(&((ModuleObject *)value_head(m))->dict));
}
Status module_add(ThreadState *ts, Value module, const char *name, Value value);
Status module_add_ref(ThreadState *ts, Value module, const char *name, Ref value); // steals
Status module_add_type(ThreadState *ts, Value module, Kind kind); // under the type's last name part
Status module_add_int(ThreadState *ts, Value module, const char *name, int64_t value);
Status module_add_str(ThreadState *ts, Value module, const char *name, const char *text);

#endif
