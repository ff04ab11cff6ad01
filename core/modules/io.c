// core/modules/io.c: the module _io: open, the kinds of files, and constants.
#include "core/modules/io.h"

#include "core/modules/builtins.h"
#include "core/object/module.h"
#include "core/object/tuple.h"
#include "core/object/str.h"
#include "core/vm/runtime_state.h"

static Ref text_encoding(ThreadState *ts, Value self, const Value *args)
{
    return value_is_none(args[0]) ? str_from_z(ts, "utf-8") : ref_new(args[0]);
}

static const NativeDef functions[] = {
    NATIVE("open", io_open,
           "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
           "Open a file and return a file object."),
    NATIVE("text_encoding", text_encoding, "($module, encoding, stacklevel=2, /)", "The encoding, or utf-8 for None."),
    NATIVE_END,
};

// UnsupportedOperation is both an OSError and a ValueError.
static Status add_unsupported(ThreadState *ts, Value module)
{
    OWNED Ref name = str_from_z(ts, "UnsupportedOperation");
    OWNED Ref bases = tuple_pack(ts, 2, type_value(TYPE_OF_EXCEPTION(EXC_OSError)),
                                 type_value(TYPE_OF_EXCEPTION(EXC_ValueError)));
    OWNED Ref space = dict_new(ts);
    OWNED Ref home = str_from_z(ts, "io");
    if (is_error(name) || is_error(bases) || is_error(space) || is_error(home) ||
        dict_set(ts, dict_from(space.v), NAME(__module__), home.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return module_add_ref(ts, module, "UnsupportedOperation",
                          object_call3(ts, type_value(TYPE_OF_KIND(TYPE)), name.v, bases.v, space.v));
}

static Status setup(ThreadState *ts, Value module)
{
    if (module_add(ts, module, "TextIOWrapper", type_value(TYPE_OF_KIND(TEXT_FILE))) == STATUS_ERROR ||
        module_add(ts, module, "BufferedFile", type_value(TYPE_OF_KIND(BINARY_FILE))) == STATUS_ERROR ||
        module_add(ts, module, "BlockingIOError", type_value(TYPE_OF_EXCEPTION(EXC_BlockingIOError))) == STATUS_ERROR ||
        module_add_int(ts, module, "DEFAULT_BUFFER_SIZE", FILE_BUFFER_BYTES) == STATUS_ERROR ||
        module_add_int(ts, module, "SEEK_SET", 0) == STATUS_ERROR ||
        module_add_int(ts, module, "SEEK_CUR", 1) == STATUS_ERROR ||
        module_add_int(ts, module, "SEEK_END", 2) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return add_unsupported(ts, module);
}

const ModuleSpec module_io = {"_io", "Files.", functions, setup};
