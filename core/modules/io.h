// core/modules/io.h: files: bytes with a buffer over a descriptor, and text over bytes.
//
// A BinaryFile buffers reads and writes of one descriptor, or of an object of a script. A TextFile
// encodes into one and decodes out of one. Each has a lock of its own that a thread holds during a
// call, also while it waits in the kernel; a second call by the same thread (from a signal
// handler) is a RuntimeError.
#ifndef ADDER_CORE_MODULES_IO_H
#define ADDER_CORE_MODULES_IO_H

#include "core/object/object.h"
#include "gil/wait.h"

enum { FILE_BUFFER_BYTES = 8192 };

typedef struct FileLock {
    ScriptLock lock;
    uint64_t owner; // serial of the thread that holds it; atomic
} FileLock;

typedef struct BinaryFile {
    ObjectHead head;
    FileLock lock;
    int fd; // -1: closed
    bool readable, writable, appending, close_fd, unbuffered, line_buffered;
    uint8_t *buffer;   // FILE_BUFFER_BYTES, either read ahead or not written yet
    size_t start, end; // read ahead: bytes [start, end)
    size_t pending;    // to be written: bytes [0, pending)
    SharedRef name, mode;
    SharedRef raw; // the object underneath; empty place: the descriptor
} BinaryFile;

enum { FD_OF_RAW = 0x7FFFFFFF }; // BinaryFile.fd: open, over `raw`

static inline bool binary_has_raw(const BinaryFile *f) { return f->fd == FD_OF_RAW; }

enum { NEWLINE_CR = 1, NEWLINE_LF = 2, NEWLINE_CRLF = 4 };

typedef struct TextFile {
    ObjectHead head;
    FileLock lock;
    SharedRef binary;           // BinaryFile
    SharedRef encoding, errors; // str
    SharedRef newline;          // str or None, as given
    SharedRef mode;             // the attribute: what open() was given; empty place: the buffer's
    SharedRef encoding_name;    // the attribute: the encoding as it was given
    SharedRef decoder, encoder; // of the library's codec; empty if the encoding is known here
    SharedRef text;             // decoded and not read yet: a str, from `offset` on
    SharedRef untranslated;     // `text` before \r\n became \n, for tell(); empty: the same
    size_t offset;
    uint8_t newlines;   // NEWLINE_*: the ends of lines met so far
    uint8_t partial[8]; // bytes of a character that is not whole yet
    uint8_t partial_size;
    bool held_return;  // a \r at the end of what was decoded waits for its \n
    bool translate_in; // \r\n and \r become \n
    bool at_end, line_buffered, write_through;
    bool over_object; // `binary` is ours alone, over an object of a script
} TextFile;

static inline bool io_is_text_file(Value v) { return value_is_exactly(v, KIND_TEXT_FILE); }

// open(file, mode, …): args as in the row of builtins.c.
Ref io_open(ThreadState *ts, Value self, const Value *args);
// The standard streams. mode: 'r' or 'w'.
Ref io_standard_stream(ThreadState *ts, int fd, const char *name, bool writing, bool unbuffered);
Status io_text_write(ThreadState *ts, Value file, Value text);
Status io_text_flush(ThreadState *ts, Value file);

// --- io_binary.c ---------------------------------------------------------------------------------

Ref binary_file_new(ThreadState *ts, int fd, const char *mode, Value name, bool close_fd,
                    bool unbuffered);
// Over an object that reads and writes bytes.
Ref binary_file_over(ThreadState *ts, Value raw, bool readable, bool writable);
// Each takes the file's lock.
Status binary_write(ThreadState *ts, BinaryFile *f, const uint8_t *bytes, size_t size);
Status binary_flush(ThreadState *ts, BinaryFile *f);
// Reads what is there, at most `size`, at least one byte unless at the end: the count, -1: error.
int64_t binary_read_some(ThreadState *ts, BinaryFile *f, uint8_t *into, size_t size);
Ref binary_read_all(ThreadState *ts, BinaryFile *f);
Status binary_close(ThreadState *ts, BinaryFile *f);
int64_t binary_seek(ThreadState *ts, BinaryFile *f, int64_t offset, int whence); // -1: error
Status file_lock(ThreadState *ts, FileLock *lock, Value file);
void file_unlock(FileLock *lock);

// --- io.c ----------------------------------------------------------------------------------------

// Raises UnsupportedOperation.
Ref io_unsupported(ThreadState *ts, const char *what);
// readlines(hint): lines of a file until there are so many characters; no hint: all.
Ref io_lines_up_to(ThreadState *ts, Value file, Value hint);
// A NativeDef body for __exit__ of types whose scripts' subclasses may have their own close().
Ref io_exit(ThreadState *ts, Value self, const Value *args);

#endif
