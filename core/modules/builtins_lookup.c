// core/modules/builtins_lookup.c: what the object layer asks of the module builtins.
#include "core/object/container.h"
#include "core/vm/import.h"

Ref builtins_get(ThreadState *ts, const char *name)
{
    OWNED Ref module = import_module(ts, "builtins");
    return is_error(module) ? NO_REF : object_get_attribute_z(ts, module.v, name);
}
