// core/modules/io_memory.h: what io.BytesIO and io.StringIO share: files that lie in memory.
//
// Each begins with a MemoryFile; its contents, bytes or code points, follow
// in a structure of its own.
//
// Rule     all fields are read and written with `lock` held, which LOCKED_CALL sees to; only
//          `closed` is looked at without it, to fail early.
// Errors   ValueError for every call on a closed file.
#ifndef ADDER_CORE_MODULES_IO_MEMORY_H
#define ADDER_CORE_MODULES_IO_MEMORY_H

#include "core/modules/io.h"

typedef struct MemoryFile {
    ObjectHead head;
    FileLock lock;
    size_t size, capacity, position; // bytes, or code points; the position may lie behind the end
    bool closed;
} MemoryFile;

static inline MemoryFile *memory_file(Value v) { return (MemoryFile *)value_head(v); }

// The body of a function that returns the value of `expression`, worked out with the lock held and
// the file open; else `failure`.
#define LOCKED_CALL(file, type, failure, expression)                                               \
    if (file_lock(ts, &(file)->lock, value_of(file)) == STATUS_ERROR) {                            \
        return failure;                                                                            \
    }                                                                                              \
    type result = memory_check_open(ts, (file)) == STATUS_ERROR ? failure : expression;            \
    file_unlock(&(file)->lock);                                                                    \
    return result;

Status memory_check_open(ThreadState *ts, const MemoryFile *f);
// How much lies between the position and the end.
static inline size_t memory_rest(const MemoryFile *f)
{
    return f->position < f->size ? f->size - f->position : 0;
}

// An argument that is an int; -1 for None and an absent one.
Status memory_optional_size(ThreadState *ts, Value v, int64_t *size);
// The arguments of seek().
Status memory_seek_arguments(ThreadState *ts, const Value *args, int64_t *offset, int64_t *whence);

// For pickling: a copy of the attributes that a script gave the file, None if there are none; and
// back, with `from` a state's last item.
Ref memory_attributes(ThreadState *ts, Value self);
Status memory_attributes_restore(ThreadState *ts, Value self, Value from);

// --- Methods, slots and attributes that both have ------------------------------------------------

Ref memory_writelines(ThreadState *ts, Value self, const Value *args);
Ref memory_readlines(ThreadState *ts, Value self, const Value *args);
Ref memory_yes_if_open(ThreadState *ts, Value self, const Value *args);
Ref memory_isatty(ThreadState *ts, Value self, const Value *args);
Ref memory_fileno(ThreadState *ts, Value self, const Value *args);
Ref memory_detach(ThreadState *ts, Value self, const Value *args);
Ref memory_enter(ThreadState *ts, Value self, const Value *args);
Ref memory_iterate(ThreadState *ts, Value self);
Ref memory_get_closed(ThreadState *ts, Value self);

#endif
