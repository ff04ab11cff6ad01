// core/vm/code_store.c: the code of source files: compiled, written to cache files, read back.
// See code_store.h.
//
//   header   magic, format and instruction set, time of change (ns) and size of the source,
//            size and checksum of what follows
//   code     numbers, instructions, constants, names, tables, each array with its length in front
//   value    one byte of kind, then the value; code objects nest
#include "core/vm/code_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/compiler/compile.h"
#include "core/compiler/opcodes.h"
#include "core/object/bytes.h"
#include "core/object/complex.h"
#include "core/object/error.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/object.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/runtime.h"
#include "core/vm/import_internal.h"
#include "compiler_digest.h" // generated: see CMakeLists.txt

enum { FORMAT = 1, NESTING_MAX = 200 };

typedef struct Header {
    char magic[8];
    uint64_t instruction_set;
    int64_t source_mtime_ns;
    int64_t source_size;
    uint64_t size;
    uint64_t checksum;
} Header;

static uint64_t checksum_of(const uint8_t *bytes, size_t size, uint64_t h)
{
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        h = (h ^ word) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    for (; i < size; i++) {
        h = (h ^ bytes[i]) * 0x100000001B3u;
    }
    return h ^ h >> 32;
}

// Changes whenever the compiler or the rows of opcodes.def do.
static uint64_t instruction_set(void)
{
    static uint64_t known;
    uint64_t h = atomic_load_relaxed(&known);
    if (h == 0) {
        h = FORMAT ^ COMPILER_DIGEST;
        for (size_t i = 0; i < INSTR_COUNT; i++) {
            const OpcodeInfo *o = &opcode_table[i];
            const uint8_t kinds[4] = {o->a, o->b, o->c, o->word};
            h = checksum_of((const uint8_t *)o->name, strlen(o->name), h);
            h = checksum_of(kinds, sizeof kinds, h);
        }
        atomic_store_relaxed(&known, h);
    }
    return h;
}

static Header header_for(const struct stat *source)
{
    Header h = {.magic = "ADDERPY",
                .instruction_set = instruction_set(),
                .source_mtime_ns =
                    (int64_t)source->st_mtim.tv_sec * 1000000000 + source->st_mtim.tv_nsec,
                .source_size = source->st_size};
    return h;
}

// --- Paths ---------------------------------------------------------------------------------------

static const char *stem_of(const char *source_path, size_t *folder_size, size_t *stem_size)
{
    const char *slash = strrchr(source_path, '/');
    const char *stem = slash == NULL ? source_path : slash + 1;
    *folder_size = (size_t)(stem - source_path);
    size_t size = strlen(stem);
    *stem_size = size > 3 && strcmp(stem + size - 3, ".py") == 0 ? size - 3 : size;
    return stem;
}

bool code_store_path(const char *source_path, char *path, size_t size)
{
    size_t folder, length;
    const char *stem = stem_of(source_path, &folder, &length);
    int n = snprintf(path, size, "%.*s__pycache__/%.*s.adder-311.code", (int)folder, source_path,
                     (int)length, stem);
    return n > 0 && (size_t)n < size;
}

// ~/.cache/adder/… for sources in folders that we may not write to.
static bool user_cache_path(const char *source_path, char *path, size_t size)
{
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (source_path[0] != '/') {
        return false;
    }
    int n = base != NULL && base[0] == '/'   ? snprintf(path, size, "%s/adder-311", base)
            : home != NULL && home[0] == '/' ? snprintf(path, size, "%s/.cache/adder-311", home)
                                             : -1;
    if (n < 0 || (size_t)n >= size) {
        return false;
    }
    size_t room = size - (size_t)n;
    int m = snprintf(path + n, room, "%s.pyc", source_path);
    return m > 0 && (size_t)m < room;
}

static void make_folders(char *path)
{
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = 0;
        (void)mkdir(path, 0777);
        *slash = '/';
    }
}

// --- Writing -------------------------------------------------------------------------------------

typedef struct Writer {
    uint8_t *bytes;
    size_t size, capacity;
    bool failed; // no memory, or a value that cannot be written
} Writer;

static void put(Writer *w, const void *bytes, size_t size)
{
    if (w->failed) {
        return;
    }
    if (w->size + size > w->capacity) {
        size_t capacity = MAX_OF(w->capacity * 2, w->size + size + 4096);
        uint8_t *grown = realloc(w->bytes, capacity);
        if (grown == NULL) {
            w->failed = true;
            return;
        }
        w->bytes = grown;
        w->capacity = capacity;
    }
    if (size > 0) {
        memcpy(w->bytes + w->size, bytes, size);
    }
    w->size += size;
}

static void put_u8(Writer *w, uint8_t v) { put(w, &v, 1); }
static void put_u32(Writer *w, uint32_t v) { put(w, &v, 4); }
static void put_u64(Writer *w, uint64_t v) { put(w, &v, 8); }
static void put_array(Writer *w, const void *items, size_t count, size_t item_size)
{
    put_u32(w, (uint32_t)count);
    put(w, items, count * item_size);
}

static void put_code(ThreadState *ts, Writer *w, const Code *code, int depth);

static void put_value(ThreadState *ts, Writer *w, Value v, int depth)
{
    if (depth > NESTING_MAX) {
        w->failed = true;
    } else if (is_no_value(v)) {
        put_u8(w, '0');
    } else if (!value_is_object(v)) { // immediates are the same in every process
        put_u8(w, 'v');
        put_u64(w, v.bits);
    } else if (value_is_exactly(v, KIND_STR)) {
        const Str *s = str_from(v);
        put_u8(w, str_is_interned(s) ? 'I' : 's');
        put_u8(w, (uint8_t)str_width(s));
        put_array(w, s->data, s->length, str_width(s));
    } else if (value_is_exactly(v, KIND_INT)) {
        const BigInt *big = (const BigInt *)value_head(v);
        size_t limbs = (size_t)(big->size < 0 ? -big->size : big->size);
        uint8_t *bytes = malloc(limbs * 8 + 1);
        if (bytes == NULL || int_to_bytes(ts, v, bytes, limbs * 8 + 1, false, true) != STATUS_OK) {
            exception_clear(ts);
            w->failed = true;
        } else {
            put_u8(w, 'i');
            put_array(w, bytes, limbs * 8 + 1, 1);
        }
        free(bytes);
    } else if (value_is_exactly(v, KIND_FLOAT)) {
        double d = float_get(v);
        put_u8(w, 'f');
        put(w, &d, sizeof d);
    } else if (value_is_exactly(v, KIND_COMPLEX)) {
        ComplexNumber c = complex_get(v);
        put_u8(w, 'j');
        put(w, &c, sizeof c);
    } else if (value_is_exactly(v, KIND_BYTES)) {
        put_u8(w, 'b');
        put_array(w, bytes_from(v)->data, bytes_from(v)->size, 1);
    } else if (value_is_exactly(v, KIND_TUPLE)) {
        put_u8(w, 't');
        put_u32(w, (uint32_t)tuple_count(v));
        for (size_t i = 0; i < tuple_count(v); i++) {
            put_value(ts, w, tuple_item(v, i), depth + 1);
        }
    } else if (value_is_exactly(v, KIND_FROZENSET)) {
        size_t position = 0;
        Ref item;
        put_u8(w, 'z');
        put_u32(w, (uint32_t)set_from(v)->used);
        while (set_next(ts, v, &position, &item)) {
            put_value(ts, w, item.v, depth + 1);
            ref_drop(&item);
        }
    } else if (value_is_exactly(v, KIND_CODE)) {
        put_u8(w, 'c');
        put_code(ts, w, code_from(v), depth + 1);
    } else {
        w->failed = true;
    }
}

// The plain numbers of a code object, in one order for writing and reading.
#define CODE_NUMBERS(X)                                                                            \
    X(flags)                                                                                       \
    X(argument_count)                                                                              \
    X(positional_only_count)                                                                       \
    X(keyword_only_count)                                                                          \
    X(local_count)                                                                                 \
    X(cell_count)                                                                                  \
    X(free_count)                                                                                  \
    X(temp_base)                                                                                   \
    X(slot_count)                                                                                  \
    X(first_line)                                                                                  \
    X(simple_arity)

static void put_code(ThreadState *ts, Writer *w, const Code *code, int depth)
{
#define PUT(field) put_u32(w, code->field);
    CODE_NUMBERS(PUT)
#undef PUT
    put_value(ts, w, shared_ref_peek(&code->name), depth);
    put_value(ts, w, shared_ref_peek(&code->qualname), depth);
    put_value(ts, w, shared_ref_peek(&code->local_names), depth);
    put_array(w, code->instructions, code->instruction_count, sizeof(Instruction));
    put_array(w, code->depths, code->depths == NULL ? 0 : code->instruction_count,
              sizeof(uint16_t));
    put_u32(w, code->constant_count);
    for (uint32_t i = 0; i < code->constant_count; i++) {
        put_value(ts, w, code->constants[i], depth);
    }
    put_u32(w, code->site_count);
    for (uint32_t i = 0; i < code->site_count; i++) {
        put_value(ts, w, code->sites[i].name, depth);
    }
    put_array(w, code->cell_of_argument, code->cell_of_argument == NULL ? 0 : code->cell_count,
              sizeof(int16_t));
    put_array(w, code->lines, code->lines_size, 1);
    put_array(w, code->exceptions, code->exception_count, sizeof(ExceptionEntry));
}

static bool write_file(char *path, const Header *header, const Writer *w)
{
    char temporary[4200];
    int n =
        snprintf(temporary, sizeof temporary, "%s.%ld.%p", path, (long)getpid(), (const void *)w);
    if (n < 0 || (size_t)n >= sizeof temporary) {
        return false;
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == ENOENT) {
        make_folders(temporary);
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    }
    if (fd < 0) {
        return false;
    }
    bool ok = write(fd, header, sizeof *header) == (ssize_t)sizeof *header &&
              write(fd, w->bytes, w->size) == (ssize_t)w->size;
    ok = close(fd) == 0 && ok && rename(temporary, path) == 0;
    if (!ok) {
        (void)unlink(temporary);
    }
    return ok;
}

void code_store_save(ThreadState *ts, const char *source_path, const struct stat *source,
                     Value code)
{
    if (runtime_state.options.dont_write_bytecode) {
        return;
    }
    Writer w = {0};
    put_code(ts, &w, code_from(code), 0);
    char path[4096];
    if (!w.failed) {
        Header header = header_for(source);
        header.size = w.size;
        header.checksum = checksum_of(w.bytes, w.size, FORMAT);
        if (!(code_store_path(source_path, path, sizeof path) && write_file(path, &header, &w)) &&
            user_cache_path(source_path, path, sizeof path)) {
            (void)write_file(path, &header, &w);
        }
    }
    free(w.bytes);
}

// --- Reading -------------------------------------------------------------------------------------

typedef struct Reader {
    const uint8_t *at, *end;
    Value filename;
    bool failed; // what was read makes no sense
} Reader;

static const void *take(Reader *r, size_t size)
{
    if (r->failed || size > (size_t)(r->end - r->at)) {
        r->failed = true;
        return NULL;
    }
    const void *at = r->at;
    r->at += size;
    return at;
}

static uint8_t take_u8(Reader *r)
{
    const uint8_t *at = take(r, 1);
    return at == NULL ? 0 : *at;
}
static uint32_t take_u32(Reader *r)
{
    uint32_t v = 0;
    const void *at = take(r, 4);
    if (at != NULL) {
        memcpy(&v, at, 4);
    }
    return v;
}
static uint64_t take_u64(Reader *r)
{
    uint64_t v = 0;
    const void *at = take(r, 8);
    if (at != NULL) {
        memcpy(&v, at, 8);
    }
    return v;
}

static Ref take_code(ThreadState *ts, Reader *r, int depth);
static Ref take_value(ThreadState *ts, Reader *r, int depth);

static Ref take_str(ThreadState *ts, Reader *r, bool interned)
{
    uint8_t width = take_u8(r);
    uint32_t count = take_u32(r);
    if (width != 1 && width != 2 && width != 4) {
        r->failed = true;
        return NO_REF;
    }
    const uint8_t *data = take(r, (size_t)count * width);
    if (data == NULL) {
        return NO_REF;
    }
    Ref s;
    if (width == 1) {
        s = str_from_latin1(ts, data, count);
    } else {
        uint32_t *wide = malloc(count * sizeof(uint32_t) + 1);
        if (wide == NULL) {
            return raise_no_memory(ts);
        }
        for (uint32_t i = 0; i < count; i++) {
            uint16_t half;
            memcpy(&half, data + i * 2u, 2);
            wide[i] = half;
            if (width == 4) {
                memcpy(&wide[i], data + i * 4u, 4);
            }
        }
        s = str_from_ucs4(ts, wide, count);
        free(wide);
    }
    if (is_error(s)) {
        return NO_REF;
    }
    if (interned) {
        return str_intern_immortal(ts, s);
    }
    if (!head_is_immortal(value_head(s.v))) {
        (void)str_hash(s.v);
        head_immortalize(value_head(s.v));
    }
    return s;
}

static void immortalize(Ref r)
{
    if (!is_error(r) && value_is_object(r.v) && !head_is_immortal(value_head(r.v))) {
        object_untrack(value_head(r.v));
        head_immortalize(value_head(r.v));
    }
}

static Ref take_tuple(ThreadState *ts, Reader *r, int depth)
{
    uint32_t count = take_u32(r);
    if (count > (size_t)(r->end - r->at)) {
        r->failed = true;
        return NO_REF;
    }
    if (count == 0) {
        return tuple_empty();
    }
    Ref tuple = tuple_new(ts, count);
    if (is_error(tuple)) {
        return NO_REF;
    }
    for (uint32_t i = 0; i < count; i++) {
        Ref item = take_value(ts, r, depth + 1);
        if (is_error(item)) {
            ref_drop(&tuple);
            return NO_REF;
        }
        tuple_init_item(tuple.v, i, item);
    }
    immortalize(tuple);
    return tuple;
}

static Ref take_frozenset(ThreadState *ts, Reader *r, int depth)
{
    OWNED Ref items = take_tuple(ts, r, depth);
    return is_error(items) ? NO_REF : frozenset_new(ts, items.v);
}

static Ref take_value(ThreadState *ts, Reader *r, int depth)
{
    if (depth > NESTING_MAX) {
        r->failed = true;
        return NO_REF;
    }
    Ref made = NO_REF;
    uint8_t kind = take_u8(r);
    switch (kind) {
    case 'v': {
        Value v = {take_u64(r)};
        r->failed |= value_is_pointer(v);
        return r->failed ? NO_REF : REF_OF(v);
    }
    case 's':
    case 'I':
        return take_str(ts, r, kind == 'I');
    case 'i': {
        uint32_t size = take_u32(r);
        const uint8_t *bytes = take(r, size);
        made = bytes == NULL ? NO_REF : int_from_bytes(ts, bytes, size, false, true);
        break;
    }
    case 'j': {
        ComplexNumber c = {0, 0};
        const void *bytes = take(r, sizeof c);
        if (bytes == NULL) {
            return NO_REF;
        }
        memcpy(&c, bytes, sizeof c);
        made = complex_new(ts, c);
        break;
    }
    case 'f': {
        double d = 0;
        const void *bytes = take(r, sizeof d);
        if (bytes == NULL) {
            return NO_REF;
        }
        memcpy(&d, bytes, sizeof d);
        made = float_from_double(ts, d);
        break;
    }
    case 'b': {
        uint32_t size = take_u32(r);
        const uint8_t *bytes = take(r, size);
        made = bytes == NULL ? NO_REF : bytes_new(ts, bytes, size);
        break;
    }
    case 't':
        return take_tuple(ts, r, depth);
    case 'z':
        return take_frozenset(ts, r, depth);
    case 'c':
        return take_code(ts, r, depth + 1);
    default:
        r->failed = true;
        return NO_REF;
    }
    immortalize(made);
    return made;
}

// An array of `count` items behind its length, copied to raw memory; NULL for none.
static void *take_array(ThreadState *ts, Reader *r, size_t item_size, uint32_t *count)
{
    *count = take_u32(r);
    const void *items = take(r, *count * item_size);
    if (items == NULL || *count == 0) {
        *count = 0;
        return NULL;
    }
    void *copy = raw_alloc(ts, *count * item_size);
    if (copy == NULL) {
        r->failed = true;
        *count = 0;
        return NULL;
    }
    memcpy(copy, items, *count * item_size);
    return copy;
}

static void take_constants(ThreadState *ts, Reader *r, Code *code, int depth)
{
    uint32_t count = take_u32(r);
    if (r->failed || count > (size_t)(r->end - r->at)) {
        r->failed = true;
        return;
    }
    code->constants = raw_alloc(ts, (count + 1u) * sizeof(Value));
    for (uint32_t i = 0; i < count && code->constants != NULL; i++) {
        Ref value = take_value(ts, r, depth);
        if (is_error(value)) {
            return;
        }
        code->constants[i] = value.v;
        code->constant_count = i + 1;
    }
}

static void take_sites(ThreadState *ts, Reader *r, Code *code, int depth)
{
    uint32_t count = take_u32(r);
    if (r->failed || count > (size_t)(r->end - r->at)) {
        r->failed = true;
        return;
    }
    code->sites = raw_alloc(ts, (count + 1u) * sizeof(CacheSite));
    for (uint32_t i = 0; i < count && code->sites != NULL; i++) {
        Ref name = take_value(ts, r, depth);
        if (is_error(name)) {
            return;
        }
        code->sites[i] = (CacheSite){.entry = 0, .name = name.v};
        code->site_count = i + 1;
    }
}

static Ref take_code(ThreadState *ts, Reader *r, int depth)
{
    Code *code = code_new(ts);
    if (code == NULL) {
        return NO_REF;
    }
    Ref made = REF_FROM_NEW(code);
    uint32_t count;
#define TAKE(field) code->field = (__typeof__(code->field))take_u32(r);
    CODE_NUMBERS(TAKE)
#undef TAKE
    SharedRef *const texts[3] = {&code->name, &code->qualname, &code->local_names};
    for (size_t i = 0; i < 3 && !r->failed; i++) {
        Ref text = take_value(ts, r, depth);
        Ref old = shared_ref_swap(texts[i], text);
        ref_drop(&old);
        r->failed |= is_error(text);
    }
    Ref old = shared_ref_swap(&code->filename, ref_new(r->filename));
    ref_drop(&old);
    code->instructions = take_array(ts, r, sizeof(Instruction), &code->instruction_count);
    code->depths = take_array(ts, r, sizeof(uint16_t), &count);
    r->failed |= code->instruction_count == 0 || count != code->instruction_count;
    if (!r->failed) {
        take_constants(ts, r, code, depth);
    }
    if (!r->failed && !has_exception(ts)) {
        take_sites(ts, r, code, depth);
    }
    code->cell_of_argument = take_array(ts, r, sizeof(int16_t), &count);
    code->lines = take_array(ts, r, 1, &code->lines_size);
    code->exceptions = take_array(ts, r, sizeof(ExceptionEntry), &code->exception_count);
    if (r->failed || has_exception(ts)) {
        ref_drop(&made);
        return NO_REF;
    }
    code_publish(ts, code);
    return made;
}

// The file's bytes behind the header, or NULL.
static uint8_t *read_file(const char *path, const struct stat *source, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    Header header, expected = header_for(source);
    struct stat file;
    uint8_t *bytes = NULL;
    if (fstat(fd, &file) == 0 && read(fd, &header, sizeof header) == (ssize_t)sizeof header &&
        memcmp(&header, &expected, offsetof(Header, size)) == 0 &&
        header.size == (uint64_t)file.st_size - sizeof header &&
        (bytes = malloc(header.size + 1)) != NULL) {
        if (read(fd, bytes, header.size) != (ssize_t)header.size ||
            checksum_of(bytes, header.size, FORMAT) != header.checksum) {
            free(bytes);
            bytes = NULL;
        }
        *size = header.size;
    }
    (void)close(fd);
    return bytes;
}

Ref code_store_load(ThreadState *ts, const char *source_path, const struct stat *source,
                    Value filename)
{
    char path[4096];
    size_t size = 0;
    uint8_t *bytes = NULL;
    if (code_store_path(source_path, path, sizeof path)) {
        bytes = read_file(path, source, &size);
    }
    if (bytes == NULL && user_cache_path(source_path, path, sizeof path)) {
        bytes = read_file(path, source, &size);
    }
    if (bytes == NULL) {
        return NO_REF;
    }
    Reader r = {.at = bytes, .end = bytes + size, .filename = filename};
    Ref code = take_code(ts, &r, 0);
    free(bytes);
    return code;
}

// --- Values by themselves (marshal) --------------------------------------------------------------

Ref code_store_dump(ThreadState *ts, Value v)
{
    Writer w = {0};
    uint64_t set = instruction_set();
    put_u64(&w, set);
    put_u64(&w, 0);
    put_value(ts, &w, v, 0);
    if (w.failed) {
        free(w.bytes);
        return has_exception(ts) ? NO_REF : raise(ts, EXC_ValueError, "unmarshallable object");
    }
    uint64_t sum = checksum_of(w.bytes + 16, w.size - 16, FORMAT);
    memcpy(w.bytes + 8, &sum, sizeof sum);
    Ref bytes = bytes_new(ts, w.bytes, w.size);
    free(w.bytes);
    return bytes;
}

Ref code_store_restore(ThreadState *ts, const uint8_t *bytes, size_t size)
{
    OWNED Ref filename = str_from_z(ts, "<marshal>");
    if (is_error(filename)) {
        return NO_REF;
    }
    Reader r = {.at = bytes, .end = bytes + size, .filename = filename.v};
    uint64_t set = take_u64(&r), sum = take_u64(&r);
    if (r.failed) {
        return raise(ts, EXC_EOFError, "marshal data too short");
    }
    if (set != instruction_set() || sum != checksum_of(bytes + 16, size - 16, FORMAT)) {
        return raise(ts, EXC_ValueError, "bad marshal data (not written by this version of Adder)");
    }
    Ref value = take_value(ts, &r, 0);
    if (is_error(value) && !has_exception(ts)) {
        return raise(ts, EXC_ValueError, "bad marshal data");
    }
    return value;
}

uint32_t code_store_magic(void)
{
    return ((uint32_t)instruction_set() & 0xFFFF) | (uint32_t)'\r' << 16 | (uint32_t)'\n' << 24;
}

// --- Source files --------------------------------------------------------------------------------

Ref code_for_file(ThreadState *ts, const char *path, Value filename)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return raise_os_error(ts, errno, filename);
    }
    struct stat file;
    bool may_store = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
    if (may_store) {
        Ref known = code_store_load(ts, path, &file, filename);
        if (!is_error(known) || has_exception(ts)) {
            close(fd);
            return known;
        }
    }
    size_t size;
    char *source = runtime_read_file(fd, &size);
    int error = errno;
    close(fd);
    if (source == NULL) {
        return raise_os_error(ts, error, filename);
    }
    CompileOptions options = {
        .mode = PARSE_EXEC, .from_file = true, .optimize = runtime_state.options.optimize};
    Ref code = compile_source(ts, source, size, filename, &options);
    free(source);
    if (may_store && !is_error(code)) {
        code_store_save(ts, path, &file, code.v);
    }
    return code;
}
