// core/modules/io_memory.c: what io.BytesIO (io_bytes.c) and io.StringIO (io_string.c) share.
#include "core/modules/io_memory.h"

#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/str.h"

Status memory_check_open(ThreadState *ts, const MemoryFile *f)
{
    if (!f->closed) {
        return STATUS_OK;
    }
    return raise_status(ts, EXC_ValueError,
                        f->head.kind == KIND_BYTES_IO ? "I/O operation on closed file."
                                                      : "I/O operation on closed file");
}

// What CPython's two classes inherit says it with a full stop.
static Status check_open_as_base(ThreadState *ts, const MemoryFile *f)
{
    return f->closed ? raise_status(ts, EXC_ValueError, "I/O operation on closed file.")
                     : STATUS_OK;
}

Status memory_optional_size(ThreadState *ts, Value v, int64_t *size)
{
    *size = -1;
    if (is_no_value(v) || value_is_none(v)) {
        return STATUS_OK;
    }
    if (!value_is_int(v) && type_of(v)->slots.index == NULL) {
        return raise_status(ts, EXC_TypeError, "argument should be integer or None, not '%T'", v);
    }
    return index_get(ts, v, size);
}

Status memory_seek_arguments(ThreadState *ts, const Value *args, int64_t *offset, int64_t *whence)
{
    *whence = 0;
    if (index_get(ts, args[0], offset) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return is_no_value(args[1]) ? STATUS_OK : index_get(ts, args[1], whence);
}

// --- Pickling ------------------------------------------------------------------------------------

Ref memory_attributes(ThreadState *ts, Value self)
{
    if (!type_has_dict(type_of(self))) {
        return REF_NONE;
    }
    OWNED Ref dict = instance_dict_copy(ts, value_head(self));
    bool is_empty = !is_error(dict) && value_is_dict(dict.v) && dict_size(dict_from(dict.v)) == 0;
    return is_empty ? REF_NONE : ref_take(&dict);
}

Status memory_attributes_restore(ThreadState *ts, Value self, Value from)
{
    if (value_is_none(from)) {
        return STATUS_OK;
    }
    OWNED Ref dict = object_get_dict(ts, self);
    return is_error(dict) ? STATUS_ERROR : dict_update(ts, dict_from(dict.v), from);
}

// --- Methods -------------------------------------------------------------------------------------

Ref memory_writelines(ThreadState *ts, Value self, const Value *args)
{
    if (check_open_as_base(ts, memory_file(self)) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref iterator = object_iterate(ts, args[0]);
    while (!is_error(iterator)) {
        OWNED Ref line = iterator_next(ts, iterator.v);
        if (is_error(line)) {
            return has_exception(ts) ? NO_REF : REF_NONE;
        }
        OWNED Ref written = object_call_method(ts, self, NAME(write), &line.v, 1);
        if (is_error(written)) {
            return NO_REF;
        }
    }
    return NO_REF;
}

Ref memory_readlines(ThreadState *ts, Value self, const Value *args)
{
    return check_open_as_base(ts, memory_file(self)) == STATUS_ERROR
               ? NO_REF
               : io_lines_up_to(ts, self, args[0]);
}

Ref memory_yes_if_open(ThreadState *ts, Value self, const Value *args)
{
    return memory_check_open(ts, memory_file(self)) == STATUS_ERROR ? NO_REF : REF_OF(VALUE_TRUE);
}

Ref memory_isatty(ThreadState *ts, Value self, const Value *args)
{
    return check_open_as_base(ts, memory_file(self)) == STATUS_ERROR ? NO_REF : REF_OF(VALUE_FALSE);
}

Ref memory_fileno(ThreadState *ts, Value self, const Value *args)
{
    return io_unsupported(ts, "fileno");
}

Ref memory_detach(ThreadState *ts, Value self, const Value *args)
{
    return io_unsupported(ts, "detach");
}

Ref memory_enter(ThreadState *ts, Value self, const Value *args)
{
    return check_open_as_base(ts, memory_file(self)) == STATUS_ERROR ? NO_REF : ref_new(self);
}

Ref memory_iterate(ThreadState *ts, Value self)
{
    return check_open_as_base(ts, memory_file(self)) == STATUS_ERROR ? NO_REF : ref_new(self);
}

Ref memory_get_closed(ThreadState *ts, Value self)
{
    return REF_OF(bool_value(memory_file(self)->closed));
}
