// core/modules/imp.c: _imp and marshal: what the library's importlib builds on.
#include "core/modules/builtins.h"
#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/vm/code_store.h"
#include "core/vm/import.h"
#include "core/vm/import_internal.h"

static Ref nothing(ThreadState *ts, Value self, const Value *args) { return REF_NONE; }
static Ref no(ThreadState *ts, Value self, const Value *args) { return REF_OF(VALUE_FALSE); }

static Ref is_builtin(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref sys = import_module(ts, "sys");
    OWNED Ref names = NO_REF;
    if (is_error(sys) ||
        dict_get_z(ts, module_dict(sys.v), "builtin_module_names", &names) != LOOKUP_FOUND) {
        return NO_REF;
    }
    Truth found = object_contains(ts, names.v, args[0]);
    return found == TRUTH_ERROR ? NO_REF : REF_OF(small_int(found == TRUTH_TRUE));
}

static Ref create_builtin(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref attribute = str_intern_z(ts, "name");
    OWNED Ref name = is_error(attribute) ? NO_REF : object_get_attribute(ts, args[0], attribute.v);
    if (is_error(name)) {
        return NO_REF;
    }
    return value_is_str(name.v) ? import_full_name(ts, name.v)
                                : raise(ts, EXC_TypeError, "spec.name must be str, not %T", name.v);
}

static Ref exec_builtin(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(small_int(0));
}
static Ref extension_suffixes(ThreadState *ts, Value self, const Value *args)
{
    return list_new(ts, 0);
}

static Ref no_frozen(ThreadState *ts, Value self, const Value *args)
{
    return raise(ts, EXC_ImportError, "No such frozen object named %S", args[0]);
}

static Ref no_dynamic(ThreadState *ts, Value self, const Value *args)
{
    return raise(ts, EXC_ImportError,
                 "extension modules built for CPython cannot be loaded by Adder");
}

static Ref find_and_load(ThreadState *ts, Value self, const Value *args)
{
    return value_is_str(args[0])
               ? import_full_name(ts, args[0])
               : raise(ts, EXC_TypeError, "module name must be str, not %T", args[0]);
}

static Ref source_hash(ThreadState *ts, Value self, const Value *args)
{
    BufferView view;
    if (buffer_get(ts, args[1], &view) == STATUS_ERROR) {
        return NO_REF;
    }
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < view.size; i++) {
        h = (h ^ ((const uint8_t *)view.data)[i]) * 0x100000001B3u;
    }
    buffer_release(ts, &view);
    return bytes_new(ts, (const uint8_t *)&h, sizeof h);
}

static const NativeDef imp_functions[] = {
    NATIVE("acquire_lock", nothing, "($module, /)", NULL),
    NATIVE("release_lock", nothing, "($module, /)", NULL),
    NATIVE("lock_held", no, "($module, /)", NULL),
    NATIVE("extension_suffixes", extension_suffixes, "($module, /)",
           "None: there are no extension modules."),
    NATIVE("is_builtin", is_builtin, "($module, name, /)", NULL),
    NATIVE("create_builtin", create_builtin, "($module, spec, /)", NULL),
    NATIVE("exec_builtin", exec_builtin, "($module, mod, /)", NULL),
    NATIVE("create_dynamic", no_dynamic, "($module, spec, file=None, /)", NULL),
    NATIVE("exec_dynamic", no_dynamic, "($module, mod, /)", NULL),
    NATIVE("is_frozen", no, "($module, name, /)", NULL),
    NATIVE("is_frozen_package", no_frozen, "($module, name, /)", NULL),
    NATIVE("find_frozen", nothing, "($module, name, /, *, withdata=False)", NULL),
    NATIVE("get_frozen_object", no_frozen, "($module, name, data=None, /)", NULL),
    NATIVE("init_frozen", nothing, "($module, name, /)", NULL),
    NATIVE("_override_frozen_modules_for_tests", nothing, "($module, override, /)", NULL),
    NATIVE("_fix_co_filename", nothing, "($module, code, path, /)", NULL),
    NATIVE("_find_and_load", find_and_load, "($module, name, import_=None, /)", NULL),
    NATIVE("source_hash", source_hash, "($module, key, source)", NULL),
    NATIVE_END,
};

static Status imp_setup(ThreadState *ts, Value module)
{
    return module_add_ref(ts, module, "check_hash_based_pycs", str_from_z(ts, "default"));
}

extern const ModuleSpec module_imp;
const ModuleSpec module_imp = {"_imp", "What importlib builds on.", imp_functions, imp_setup};

// --- marshal -------------------------------------------------------------------------------------

static Ref dumps(ThreadState *ts, Value self, const Value *args)
{
    return code_store_dump(ts, args[0]);
}

static Ref loads(ThreadState *ts, Value self, const Value *args)
{
    BufferView view;
    if (buffer_get(ts, args[0], &view) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref copy = bytes_new(ts, view.data, view.size);
    buffer_release(ts, &view);
    return is_error(copy)
               ? NO_REF
               : code_store_restore(ts, bytes_from(copy.v)->data, bytes_from(copy.v)->size);
}

static Ref dump(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref bytes = code_store_dump(ts, args[0]);
    return is_error(bytes) ? NO_REF : object_call_method_z(ts, args[1], "write", &bytes.v, 1);
}

static Ref load(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref bytes = object_call_method(ts, args[0], NAME(read), NULL, 0);
    return is_error(bytes) ? NO_REF : loads(ts, self, &bytes.v);
}

static const NativeDef marshal_functions[] = {
    NATIVE("dumps", dumps, "($module, value, version=4, /)",
           "Constants and code as bytes, for this version of Adder."),
    NATIVE("loads", loads, "($module, bytes, /)", "What dumps() has written."),
    NATIVE("dump", dump, "($module, value, file, version=4, /)", "dumps() into a file."),
    NATIVE("load", load, "($module, file, /)", "loads() of all that is left in a file."),
    NATIVE_END,
};

static Status marshal_setup(ThreadState *ts, Value module)
{
    return module_add_int(ts, module, "version", 4);
}

extern const ModuleSpec module_marshal;
const ModuleSpec module_marshal = {"marshal", "Code and constants as bytes.", marshal_functions,
                                   marshal_setup};
