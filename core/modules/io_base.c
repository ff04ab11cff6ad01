// core/modules/io_base.c: what scripts derive their own files from: IOBase, RawIOBase,
// BufferedIOBase, TextIOBase.
//
// The types of real files (io_binary.c, io_text.c, io_string.c, io_bytes.c) have these as bases and
// override all that matters here. Only what a script derived has the field `closed`: whoever wants
// to know of another object asks its attribute.
#include <string.h>

#include "core/modules/io.h"
#include "core/object/bytes.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/sequences.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct IoBase {
    ObjectHead head;
    bool closed; // atomic
} IoBase;

static bool is_plain(Value v)
{
    uint32_t kind = value_head(v)->kind;
    return kind == KIND_IO_BASE || kind == KIND_RAW_IO_BASE || kind == KIND_BUFFERED_IO_BASE ||
           kind == KIND_TEXT_IO_BASE;
}

static Ref make(CALL_PARAMETERS) { return instance_new(ts, type_from(self)); }
static Status init(CALL_PARAMETERS) { return STATUS_OK; }

static Truth is_closed(ThreadState *ts, Value self)
{
    OWNED Ref closed = object_get_attribute(ts, self, NAME(closed));
    return is_error(closed) ? TRUTH_ERROR : object_is_true(ts, closed.v);
}

static Status check_open(ThreadState *ts, Value self)
{
    Truth closed = is_closed(ts, self);
    return closed == TRUTH_FALSE ? STATUS_OK
           : closed == TRUTH_TRUE
               ? raise_status(ts, EXC_ValueError, "I/O operation on closed file.")
               : STATUS_ERROR;
}

#define UNSUPPORTED(name)                                                                          \
    static Ref unsupported_##name(ThreadState *ts, Value self, const Value *args)                  \
    {                                                                                              \
        return io_unsupported(ts, #name);                                                          \
    }
UNSUPPORTED(seek)
UNSUPPORTED(truncate)
UNSUPPORTED(fileno)
UNSUPPORTED(read)
UNSUPPORTED(read1)
UNSUPPORTED(write)
UNSUPPORTED(detach)
UNSUPPORTED(readline)

// --- IOBase --------------------------------------------------------------------------------------

static Ref method_tell(ThreadState *ts, Value self, const Value *args)
{
    Value zero_one[2] = {small_int(0), small_int(1)};
    return object_call_method_z(ts, self, "seek", zero_one, 2);
}

static Ref method_flush(ThreadState *ts, Value self, const Value *args)
{
    return check_open(ts, self) == STATUS_ERROR ? NO_REF : REF_NONE;
}

static Ref method_close(ThreadState *ts, Value self, const Value *args)
{
    IoBase *base = is_plain(self) ? (IoBase *)value_head(self) : NULL;
    if (base == NULL || atomic_load_relaxed(&base->closed)) {
        return REF_NONE;
    }
    OWNED Ref flushed = object_call_method(ts, self, NAME(flush), NULL, 0);
    atomic_store_relaxed(&base->closed, true);
    return is_error(flushed) ? NO_REF : REF_NONE;
}

static Ref method_false(ThreadState *ts, Value self, const Value *args)
{
    return check_open(ts, self) == STATUS_ERROR ? NO_REF : REF_OF(VALUE_FALSE);
}

static Ref check_can(ThreadState *ts, Value self, const char *method, const char *message)
{
    OWNED Ref can = object_call_method_z(ts, self, method, NULL, 0);
    if (is_error(can)) {
        return NO_REF;
    }
    return value_is_same(can.v, VALUE_TRUE) ? REF_OF(VALUE_TRUE) : io_unsupported(ts, message);
}
static Ref check_readable(ThreadState *ts, Value self, const Value *args)
{
    return check_can(ts, self, "readable", "File or stream is not readable.");
}
static Ref check_writable(ThreadState *ts, Value self, const Value *args)
{
    return check_can(ts, self, "writable", "File or stream is not writable.");
}
static Ref check_seekable(ThreadState *ts, Value self, const Value *args)
{
    return check_can(ts, self, "seekable", "File or stream is not seekable.");
}
static Ref check_closed(ThreadState *ts, Value self, const Value *args)
{
    return check_open(ts, self) == STATUS_ERROR ? NO_REF : REF_NONE;
}
static Ref method_enter(ThreadState *ts, Value self, const Value *args)
{
    return check_open(ts, self) == STATUS_ERROR ? NO_REF : ref_new(self);
}

// How many bytes can be read without going beyond the line; at least one.
static int64_t peek_line(ThreadState *ts, Value self, int64_t limit)
{
    OWNED Ref name = str_intern_z(ts, "peek");
    OWNED Ref peek = NO_REF;
    Lookup there = is_error(name) ? LOOKUP_ERROR : object_lookup_attribute(ts, self, name.v, &peek);
    if (there != LOOKUP_FOUND) {
        return there == LOOKUP_ABSENT ? 1 : -1;
    }
    OWNED Ref ahead = object_call1(ts, peek.v, small_int(1));
    if (is_error(ahead)) {
        return -1;
    }
    if (!value_is_bytes(ahead.v)) {
        raise(ts, EXC_OSError, "peek() should have returned a bytes object, not '%T'", ahead.v);
        return -1;
    }
    Bytes *b = bytes_from(ahead.v);
    const uint8_t *newline = memchr(b->data, '\n', b->size);
    int64_t count = newline != NULL ? newline + 1 - b->data : (int64_t)b->size;
    count = count < 1 ? 1 : count;
    return limit >= 0 && count > limit ? limit : count;
}

static Ref method_readline(ThreadState *ts, Value self, const Value *args)
{
    int64_t limit = -1;
    if (!is_no_value(args[0]) && !value_is_none(args[0]) &&
        index_get(ts, args[0], &limit) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref line = bytes_new(ts, NULL, 0);
    while (!is_error(line) && (limit < 0 || (int64_t)bytes_from(line.v)->size < limit)) {
        int64_t count =
            peek_line(ts, self, limit < 0 ? -1 : limit - (int64_t)bytes_from(line.v)->size);
        Value wanted = small_int(count);
        OWNED Ref piece = count < 0 ? NO_REF : object_call_method(ts, self, NAME(read), &wanted, 1);
        if (is_error(piece)) {
            return NO_REF;
        }
        if (!value_is_bytes(piece.v)) {
            return raise(ts, EXC_OSError, "read() should have returned a bytes object, not '%T'",
                         piece.v);
        }
        size_t size = bytes_from(piece.v)->size;
        if (size == 0) {
            break;
        }
        Ref longer = object_binary(ts, BIN_ADD, line.v, piece.v);
        ref_drop(&line);
        line = longer;
        if (bytes_from(piece.v)->data[size - 1] == '\n') {
            break;
        }
    }
    return ref_take(&line);
}

static Ref method_readlines(ThreadState *ts, Value self, const Value *args)
{
    return io_lines_up_to(ts, self, args[0]);
}

static Ref method_writelines(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref iterator =
        check_open(ts, self) == STATUS_ERROR ? NO_REF : object_iterate(ts, args[0]);
    while (!is_error(iterator)) {
        OWNED Ref line = iterator_next(ts, iterator.v);
        if (is_error(line)) {
            return has_exception(ts) ? NO_REF : REF_NONE;
        }
        OWNED Ref written = object_call_method_z(ts, self, "write", &line.v, 1);
        if (is_error(written)) {
            return NO_REF;
        }
    }
    return NO_REF;
}

static Ref base_iterate(ThreadState *ts, Value self)
{
    return check_open(ts, self) == STATUS_ERROR ? NO_REF : ref_new(self);
}

static Ref base_next(ThreadState *ts, Value self)
{
    OWNED Ref line = object_call_method(ts, self, NAME(readline), NULL, 0);
    int64_t length = is_error(line) ? -1 : object_length(ts, line.v);
    return length > 0 ? ref_take(&line) : NO_REF;
}

static Ref get_closed(ThreadState *ts, Value self)
{
    return REF_OF(
        bool_value(is_plain(self) && atomic_load_relaxed(&((IoBase *)value_head(self))->closed)));
}

static const NativeDef base_methods[] = {
    NATIVE("seek", unsupported_seek, "($self, offset, whence=0, /)", "Change the position."),
    NATIVE("tell", method_tell, "($self, /)", "The position."),
    NATIVE("truncate", unsupported_truncate, "($self, pos=None, /)", "Cut or extend the file."),
    NATIVE("flush", method_flush, "($self, /)", "Write what is in the buffer."),
    NATIVE("close", method_close, "($self, /)", "Flush and close."),
    NATIVE("seekable", method_false, "($self, /)", "Whether its position can be changed."),
    NATIVE("readable", method_false, "($self, /)", "Whether it can be read."),
    NATIVE("writable", method_false, "($self, /)", "Whether it can be written."),
    NATIVE("isatty", method_false, "($self, /)", "Whether it is a terminal."),
    NATIVE("_checkClosed", check_closed, "($self, /)", NULL),
    NATIVE("_checkSeekable", check_seekable, "($self, /)", NULL),
    NATIVE("_checkReadable", check_readable, "($self, /)", NULL),
    NATIVE("_checkWritable", check_writable, "($self, /)", NULL),
    NATIVE("fileno", unsupported_fileno, "($self, /)", "The descriptor."),
    NATIVE("readline", method_readline, "($self, size=-1, /)", "Read to the end of the line."),
    NATIVE("readlines", method_readlines, "($self, hint=-1, /)", "All lines as a list."),
    NATIVE("writelines", method_writelines, "($self, lines, /)", "Write each item."),
    NATIVE("__enter__", method_enter, "($self, /)", NULL),
    NATIVE("__exit__", io_exit, "($self, type=None, value=None, traceback=None, /)", NULL),
    NATIVE_END,
};

static const GetSetDef base_getset[] = {{"closed", get_closed, NULL, NULL},
                                        {NULL, NULL, NULL, NULL}};

#define BASE_FLAGS (TYPE_SUBCLASSABLE | TYPE_COLLECTED | TYPE_WEAK_REFERENCEABLE)

const TypeSpec spec_IO_BASE = {
    .name = "io.IOBase",
    .doc = "The base of all files.",
    .base = KIND_OBJECT,
    .size = sizeof(IoBase),
    .flags = BASE_FLAGS,
    .slots = {.make = make, .init = init, .iterate = base_iterate, .next = base_next},
    .methods = base_methods,
    .getset = base_getset,
};

// --- RawIOBase -----------------------------------------------------------------------------------

static Ref raw_readall(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref all = bytes_new(ts, NULL, 0);
    while (!is_error(all)) {
        Value wanted = small_int(FILE_BUFFER_BYTES);
        OWNED Ref piece = object_call_method(ts, self, NAME(read), &wanted, 1);
        if (is_error(piece)) {
            return NO_REF;
        }
        if (value_is_none(piece.v)) {
            return bytes_from(all.v)->size == 0 ? REF_NONE : ref_take(&all);
        }
        if (!value_is_bytes(piece.v)) {
            return raise(ts, EXC_TypeError, "read() should return bytes");
        }
        if (bytes_from(piece.v)->size == 0) {
            break;
        }
        Ref longer = object_binary(ts, BIN_ADD, all.v, piece.v);
        ref_drop(&all);
        all = longer;
    }
    return ref_take(&all);
}

static Ref read_by_readinto(ThreadState *ts, Value self, int64_t size)
{
    OWNED Ref buffer = object_call1(ts, type_value(TYPE_OF_KIND(BYTEARRAY)), small_int(size));
    OWNED Ref count =
        is_error(buffer) ? NO_REF : object_call_method_z(ts, self, "readinto", &buffer.v, 1);
    if (is_error(count) || value_is_none(count.v)) {
        return ref_take(&count);
    }
    int64_t n;
    if (index_get(ts, count.v, &n) == STATUS_ERROR) {
        return NO_REF;
    }
    if (n < 0 || n > size) {
        return raise(ts, EXC_ValueError, "readinto returned %ld outside buffer size %ld", (long)n,
                     (long)size);
    }
    OWNED Ref whole = object_call1(ts, type_value(TYPE_OF_KIND(BYTES)), buffer.v);
    return is_error(whole) ? NO_REF : bytes_new(ts, bytes_from(whole.v)->data, (size_t)n);
}

static Ref raw_read(ThreadState *ts, Value self, const Value *args)
{
    int64_t size = -1;
    if (!is_no_value(args[0]) && !value_is_none(args[0]) &&
        index_get(ts, args[0], &size) == STATUS_ERROR) {
        return NO_REF;
    }
    return size < 0 ? object_call_method_z(ts, self, "readall", NULL, 0)
                    : read_by_readinto(ts, self, size);
}

static const NativeDef raw_methods[] = {
    NATIVE("read", raw_read, "($self, size=-1, /)",
           "Read up to size bytes by one readinto(), or to the end."),
    NATIVE("readall", raw_readall, "($self, /)", "Read to the end."),
    NATIVE_END,
};

const TypeSpec spec_RAW_IO_BASE = {.name = "io.RawIOBase",
                                   .doc = "The base of files without a buffer.",
                                   .base = KIND_IO_BASE,
                                   .size = sizeof(IoBase),
                                   .flags = BASE_FLAGS,
                                   .slots = {.make = make, .init = init},
                                   .methods = raw_methods};

// --- BufferedIOBase ------------------------------------------------------------------------------

static Ref read_into(ThreadState *ts, Value self, Value buffer, const char *method)
{
    OWNED Ref view = object_call1(ts, type_value(TYPE_OF_KIND(MEMORYVIEW)), buffer);
    OWNED Ref format = str_from_z(ts, "B");
    OWNED Ref flat = is_error(view) || is_error(format)
                         ? NO_REF
                         : object_call_method_z(ts, view.v, "cast", &format.v, 1);
    int64_t size = is_error(flat) ? -1 : object_length(ts, flat.v);
    Value wanted = small_int(size);
    OWNED Ref data = size < 0 ? NO_REF : object_call_method_z(ts, self, method, &wanted, 1);
    if (is_error(data)) {
        return NO_REF;
    }
    if (!value_is_bytes(data.v)) {
        return raise(ts, EXC_TypeError, "read() should return bytes");
    }
    int64_t count = (int64_t)bytes_from(data.v)->size;
    if (count > size) {
        return raise(ts, EXC_ValueError,
                     "read() returned too much data: %ld bytes requested, %ld returned", (long)size,
                     (long)count);
    }
    OWNED Ref slice = slice_new(ts, VALUE_NONE, small_int(count), VALUE_NONE);
    return is_error(slice) || object_set_item(ts, flat.v, slice.v, data.v) == STATUS_ERROR
               ? NO_REF
               : REF_OF(small_int(count));
}

static Ref buffered_readinto(ThreadState *ts, Value self, const Value *args)
{
    return read_into(ts, self, args[0], "read");
}
static Ref buffered_readinto1(ThreadState *ts, Value self, const Value *args)
{
    return read_into(ts, self, args[0], "read1");
}

static const NativeDef buffered_methods[] = {
    NATIVE("read", unsupported_read, "($self, size=-1, /)",
           "Read up to size bytes, or to the end."),
    NATIVE("read1", unsupported_read1, "($self, size=-1, /)",
           "Read by at most one call of the raw file."),
    NATIVE("readinto", buffered_readinto, "($self, buffer, /)", "Read into a writable buffer."),
    NATIVE("readinto1", buffered_readinto1, "($self, buffer, /)",
           "The same by at most one call of the raw file."),
    NATIVE("write", unsupported_write, "($self, buffer, /)", "Write bytes."),
    NATIVE("detach", unsupported_detach, "($self, /)", "Separate the raw file from the buffer."),
    NATIVE_END,
};

const TypeSpec spec_BUFFERED_IO_BASE = {.name = "io.BufferedIOBase",
                                        .doc = "The base of files with a buffer.",
                                        .base = KIND_IO_BASE,
                                        .size = sizeof(IoBase),
                                        .flags = BASE_FLAGS,
                                        .slots = {.make = make, .init = init},
                                        .methods = buffered_methods};

// --- TextIOBase ----------------------------------------------------------------------------------

static Ref get_none(ThreadState *ts, Value self) { return REF_NONE; }

static const NativeDef text_methods[] = {
    NATIVE("read", unsupported_read, "($self, size=-1, /)",
           "Read up to size characters, or to the end."),
    NATIVE("readline", unsupported_readline, "($self, size=-1, /)", "Read to the end of the line."),
    NATIVE("write", unsupported_write, "($self, text, /)", "Write a str."),
    NATIVE("detach", unsupported_detach, "($self, /)", "Separate the bytes from the text."),
    NATIVE_END,
};

static const GetSetDef text_getset[] = {{"encoding", get_none, NULL, NULL},
                                        {"newlines", get_none, NULL, NULL},
                                        {"errors", get_none, NULL, NULL},
                                        {NULL, NULL, NULL, NULL}};

const TypeSpec spec_TEXT_IO_BASE = {.name = "io.TextIOBase",
                                    .doc = "The base of files of text.",
                                    .base = KIND_IO_BASE,
                                    .size = sizeof(IoBase),
                                    .flags = BASE_FLAGS,
                                    .slots = {.make = make, .init = init},
                                    .methods = text_methods,
                                    .getset = text_getset};
