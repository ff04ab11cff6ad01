// core/modules/io.c: the modules _io and io: open, the kinds of files, and constants.
//
// io is not the library's file of that name: that one builds its abstract classes on C types
// for raw files and buffers over them, which are not here. What is here has the library's names.
#include "core/modules/io.h"

#include "core/modules/builtins.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/runtime_state.h"
#include "core/vm/import.h"

// --- What files have in common -------------------------------------------------------------------

static Ref unsupported_type; // made by the first import, kept for the life of the process

Ref io_unsupported(ThreadState *ts, const char *what)
{
    OWNED Ref module = is_error(unsupported_type) ? import_module(ts, "io") : NO_REF; // makes it
    if (is_error(unsupported_type)) {
        return has_exception(ts) ? NO_REF : raise(ts, EXC_OSError, "%s", what);
    }
    OWNED Ref text = str_from_z(ts, what);
    OWNED Ref exception = is_error(text) ? NO_REF : object_call1(ts, unsupported_type.v, text.v);
    return is_error(exception) ? NO_REF : raise_object(ts, exception.v, NO_VALUE);
}

Ref io_lines_up_to(ThreadState *ts, Value file, Value hint)
{
    int64_t limit = 0, total = 0;
    if (!is_no_value(hint) && !value_is_none(hint) && index_get(ts, hint, &limit) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref iterator = limit <= 0 ? NO_REF : object_iterate(ts, file);
    if (limit <= 0) {
        return sequence_list(ts, file);
    }
    OWNED Ref list = is_error(iterator) ? NO_REF : list_new(ts, 0);
    // BytesIO stops at lines that fill the hint exactly, the others behind the next one.
    int64_t enough = value_is_kind(file, KIND_BYTES_IO) || limit == INT64_MAX ? limit : limit + 1;
    while (!is_error(list) && total < enough) {
        OWNED Ref line = iterator_next(ts, iterator.v);
        if (is_error(line)) {
            break;
        }
        int64_t length = object_length(ts, line.v);
        if (length < 0 || list_append(ts, list_from(list.v), line.v) == STATUS_ERROR) {
            break;
        }
        total += length;
    }
    return has_exception(ts) ? NO_REF : ref_take(&list);
}

Ref io_exit(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref closed = object_call_method(ts, self, NAME(close), NULL, 0);
    return is_error(closed) ? NO_REF : REF_NONE;
}

// --- The modules ---------------------------------------------------------------------------------

static Ref text_encoding(ThreadState *ts, Value self, const Value *args)
{
    return value_is_none(args[0]) ? str_from_z(ts, "locale") : ref_new(args[0]);
}

static Ref open_code(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "open_code() argument 'path' must be str, not %T", args[0]);
    }
    OWNED Ref mode = str_from_z(ts, "rb");
    Value given[8] = {args[0], mode.v};
    return is_error(mode) ? NO_REF : io_open(ts, self, given);
}

static const NativeDef functions[] = {
    NATIVE("open", io_open,
           "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, "
           "closefd=True, opener=None)",
           "Open a file and return a file object."),
    NATIVE("open_code", open_code, "($module, /, path)",
           "Open a file of source text, in binary mode."),
    NATIVE("text_encoding", text_encoding, "($module, encoding, stacklevel=2, /)",
           "The encoding, or 'locale' for None."),
    NATIVE_END,
};

// UnsupportedOperation is both an OSError and a ValueError.
static Status make_unsupported(ThreadState *ts)
{
    if (!is_error(unsupported_type)) {
        return STATUS_OK;
    }
    OWNED Ref name = str_from_z(ts, "UnsupportedOperation");
    OWNED Ref bases = tuple_pack(ts, 2, type_value(TYPE_OF_EXCEPTION(EXC_OSError)),
                                 type_value(TYPE_OF_EXCEPTION(EXC_ValueError)));
    OWNED Ref space = dict_new(ts);
    OWNED Ref home = str_from_z(ts, "io");
    if (is_error(name) || is_error(bases) || is_error(space) || is_error(home) ||
        dict_set(ts, dict_from(space.v), NAME(__module__), home.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    unsupported_type = object_call3(ts, type_value(TYPE_OF_KIND(TYPE)), name.v, bases.v, space.v);
    return is_error(unsupported_type) ? STATUS_ERROR : STATUS_OK;
}

static Status setup(ThreadState *ts, Value module)
{
    if (make_unsupported(ts) == STATUS_ERROR ||
        module_add(ts, module, "UnsupportedOperation", unsupported_type.v) == STATUS_ERROR ||
        module_add(ts, module, "IOBase", type_value(TYPE_OF_KIND(IO_BASE))) == STATUS_ERROR ||
        module_add(ts, module, "RawIOBase", type_value(TYPE_OF_KIND(RAW_IO_BASE))) ==
            STATUS_ERROR ||
        module_add(ts, module, "BufferedIOBase", type_value(TYPE_OF_KIND(BUFFERED_IO_BASE))) ==
            STATUS_ERROR ||
        module_add(ts, module, "TextIOBase", type_value(TYPE_OF_KIND(TEXT_IO_BASE))) ==
            STATUS_ERROR ||
        module_add(ts, module, "TextIOWrapper", type_value(TYPE_OF_KIND(TEXT_FILE))) ==
            STATUS_ERROR ||
        module_add(ts, module, "FileIO", type_value(TYPE_OF_KIND(FILE_IO))) == STATUS_ERROR ||
        module_add(ts, module, "BufferedReader", type_value(TYPE_OF_KIND(BUFFERED_READER))) ==
            STATUS_ERROR ||
        module_add(ts, module, "BufferedWriter", type_value(TYPE_OF_KIND(BUFFERED_WRITER))) ==
            STATUS_ERROR ||
        module_add(ts, module, "BufferedRandom", type_value(TYPE_OF_KIND(BUFFERED_RANDOM))) ==
            STATUS_ERROR ||
        module_add(ts, module, "IncrementalNewlineDecoder",
                   type_value(TYPE_OF_KIND(NEWLINE_DECODER))) == STATUS_ERROR ||
        module_add(ts, module, "StringIO", type_value(TYPE_OF_KIND(STRING_IO))) == STATUS_ERROR ||
        module_add(ts, module, "BytesIO", type_value(TYPE_OF_KIND(BYTES_IO))) == STATUS_ERROR ||
        module_add(ts, module, "BlockingIOError",
                   type_value(TYPE_OF_EXCEPTION(EXC_BlockingIOError))) == STATUS_ERROR ||
        module_add_int(ts, module, "DEFAULT_BUFFER_SIZE", FILE_BUFFER_BYTES) == STATUS_ERROR ||
        module_add_int(ts, module, "SEEK_SET", 0) == STATUS_ERROR ||
        module_add_int(ts, module, "SEEK_CUR", 1) == STATUS_ERROR ||
        module_add_int(ts, module, "SEEK_END", 2) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return STATUS_OK;
}

const ModuleSpec module_io = {"_io", "Files.", functions, setup};

static Status setup_public(ThreadState *ts, Value module)
{
    static const char *const names[] = {
        "BlockingIOError", "open",           "open_code",  "IOBase",         "RawIOBase",
        "FileIO",          "BytesIO",        "StringIO",   "BufferedIOBase", "BufferedReader",
        "BufferedWriter",  "BufferedRandom", "TextIOBase", "TextIOWrapper",  "UnsupportedOperation",
        "SEEK_SET",        "SEEK_CUR",       "SEEK_END"};
    OWNED Ref list = list_new(ts, 0);
    for (size_t i = 0; !is_error(list) && i < ARRAY_LENGTH(names); i++) {
        OWNED Ref name = str_intern_z(ts, names[i]);
        if (is_error(name) || list_append(ts, list_from(list.v), name.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return is_error(list) || module_add(ts, module, "__all__", list.v) == STATUS_ERROR
               ? STATUS_ERROR
               : setup(ts, module);
}

extern const ModuleSpec module_io_public;
const ModuleSpec module_io_public = {"io", "Files: on disk, and in memory.", functions,
                                     setup_public};
