// core/modules/posix_dir.c: directories: listdir, scandir and its entries.
//
// An entry knows its name, its inode and mostly its type from the directory itself;
// the status of the file is asked for once. An iterator reads the directory under its object lock.
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "core/modules/posix.h"
#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/warn.h"

typedef struct DirEntry {
    ObjectHead head;
    SharedRef name, path; // str or bytes
    SharedRef status;     // stat_result, links followed; empty until asked for
    SharedRef link_status;
    uint64_t inode;
    int dir_fd;   // a scan by descriptor: `path` is relative to it; else AT_FDCWD
    uint8_t type; // DT_…
} DirEntry;

typedef struct ScanIterator {
    ObjectHead head;
    SharedRef path; // as given: None, str or bytes; int for a descriptor
    DIR *dir;       // NULL: closed; under the lock
    int dir_fd;
    bool is_bytes;
} ScanIterator;

static bool is_dots(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

// Opens what the path says; a descriptor is duplicated, for closedir closes it.
static DIR *open_dir(ThreadState *ts, const Path *path)
{
    DIR *dir;
    if (path->text != NULL) {
        DETACHED(dir, opendir(path->text));
        return dir;
    }
    int fd = fcntl(path->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        return NULL;
    }
    DETACHED(dir, fdopendir(fd));
    if (dir == NULL) {
        int error = errno;
        close(fd);
        errno = error;
        return NULL;
    }
    rewinddir(dir);
    return dir;
}

static void close_dir(DIR *dir, bool is_descriptor)
{
    if (is_descriptor) {
        rewinddir(dir); // the position is shared with the descriptor that was given
    }
    closedir(dir);
}

// --- listdir -------------------------------------------------------------------------------------

static Ref read_names(ThreadState *ts, DIR *dir, const Path *path)
{
    OWNED Ref list = list_new(ts, 0);
    while (!is_error(list)) {
        struct dirent *entry;
        errno = 0;
        DETACHED(entry, readdir(dir));
        if (entry == NULL) {
            return errno == 0 ? ref_take(&list) : path_error(ts, path);
        }
        if (is_dots(entry->d_name)) {
            continue;
        }
        OWNED Ref name = path_result(ts, path, entry->d_name, strlen(entry->d_name));
        if (is_error(name) || list_append(ts, list_from(list.v), name.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return NO_REF;
}

Ref posix_listdir(BOUND_PARAMETERS)
{
    PATH path = {0};
    if (path_get(ts, args[0], "listdir", PATH_TAKES_FD | PATH_TAKES_NONE, &path) == STATUS_ERROR) {
        return NO_REF;
    }
    DIR *dir = open_dir(ts, &path);
    if (dir == NULL) {
        return path_error(ts, &path);
    }
    Ref result = read_names(ts, dir, &path);
    close_dir(dir, path.text == NULL);
    return result;
}

// --- Entries -------------------------------------------------------------------------------------

static DirEntry *entry_from(Value v) { return (DirEntry *)value_head(v); }

static void entry_finish(ThreadState *ts, ObjectHead *o)
{
    DirEntry *e = (DirEntry *)o;
    shared_ref_clear(&e->name);
    shared_ref_clear(&e->path);
    shared_ref_clear(&e->status);
    shared_ref_clear(&e->link_status);
}

static Ref get_name(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&entry_from(self)->name));
}
static Ref get_path(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&entry_from(self)->path));
}
static Ref entry_fspath(BOUND_PARAMETERS) { return get_path(ts, self); }
static Ref entry_inode(BOUND_PARAMETERS) { return int_from_u64(ts, entry_from(self)->inode); }

static Ref entry_repr(ThreadState *ts, Value self)
{
    return format_str(ts, "<DirEntry %R>", shared_ref_peek(&entry_from(self)->name));
}

// The file's status, from the system.
static Ref fetch_status(ThreadState *ts, DirEntry *e, bool follow)
{
    PATH path = {0};
    struct stat s;
    int failed;
    Value name = shared_ref_peek(e->dir_fd != AT_FDCWD ? &e->name : &e->path);
    if (path_get(ts, name, "stat", 0, &path) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, fstatat(e->dir_fd, path.text, &s, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    if (failed != 0) {
        int error = errno;
        return raise_os_error(ts, error, shared_ref_peek(&e->path));
    }
    return stat_result_new(ts, &s);
}

// As fetch_status, remembering the answer.
static Ref status_of(ThreadState *ts, DirEntry *e, bool follow)
{
    // What is no link has one status.
    bool is_link = e->type == DT_LNK || e->type == DT_UNKNOWN;
    SharedRef *place = follow && is_link ? &e->status : &e->link_status;
    OWNED Ref known = shared_ref_load(&e->head, place);
    if (!is_error(known)) {
        return ref_take(&known);
    }
    OWNED Ref found = fetch_status(ts, e, follow && is_link);
    if (is_error(found)) {
        return NO_REF;
    }
    object_store(ts, &e->head, place, ref_new(found.v));
    return ref_take(&found);
}

static Ref entry_stat(BOUND_PARAMETERS)
{
    bool follow;
    return bool_argument_or(ts, args[0], true, &follow) == STATUS_ERROR
               ? NO_REF
               : status_of(ts, entry_from(self), follow);
}

static Truth mode_of(ThreadState *ts, DirEntry *e, bool follow, int64_t *mode)
{
    OWNED Ref status = status_of(ts, e, follow);
    if (is_error(status)) {
        return exception_clear_if(ts, EXC_FileNotFoundError) ? TRUTH_FALSE : TRUTH_ERROR;
    }
    OWNED Ref number = object_get_item(ts, status.v, small_int(0));
    return is_error(number) || !int_to_i64(number.v, mode) ? TRUTH_ERROR : TRUTH_TRUE;
}

static Truth has_type(ThreadState *ts, DirEntry *e, bool follow, uint8_t type, unsigned format)
{
    bool must_ask = e->type == DT_UNKNOWN || (follow && e->type == DT_LNK);
    if (!must_ask) {
        return e->type == type ? TRUTH_TRUE : TRUTH_FALSE;
    }
    int64_t mode;
    Truth known = mode_of(ts, e, follow, &mode);
    return known != TRUTH_TRUE ? known : (mode & S_IFMT) == format ? TRUTH_TRUE : TRUTH_FALSE;
}

static Ref entry_is_dir(BOUND_PARAMETERS)
{
    bool follow;
    return bool_argument_or(ts, args[0], true, &follow) == STATUS_ERROR
               ? NO_REF
               : ref_of_truth(has_type(ts, entry_from(self), follow, DT_DIR, S_IFDIR));
}

static Ref entry_is_file(BOUND_PARAMETERS)
{
    bool follow;
    return bool_argument_or(ts, args[0], true, &follow) == STATUS_ERROR
               ? NO_REF
               : ref_of_truth(has_type(ts, entry_from(self), follow, DT_REG, S_IFREG));
}

static Ref entry_is_symlink(BOUND_PARAMETERS)
{
    return ref_of_truth(has_type(ts, entry_from(self), false, DT_LNK, S_IFLNK));
}

static const NativeDef entry_methods[] = {
    NATIVE("is_dir", entry_is_dir, "($self, /, *, follow_symlinks=True)",
           "Return True if the entry is a directory."),
    NATIVE("is_file", entry_is_file, "($self, /, *, follow_symlinks=True)",
           "Return True if the entry is a file."),
    NATIVE("is_symlink", entry_is_symlink, "($self, /)",
           "Return True if the entry is a symbolic link."),
    NATIVE("stat", entry_stat, "($self, /, *, follow_symlinks=True)",
           "The status of the file, asked for once."),
    NATIVE("inode", entry_inode, "($self, /)", "The file's inode."),
    NATIVE("__fspath__", entry_fspath, "($self, /)", "The path."),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};

static const GetSetDef entry_getset[] = {
    {"name", get_name, NULL, "the entry's base filename, relative to scandir() \"path\" argument"},
    {"path", get_path, NULL,
     "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)"},
    {0},
};

const TypeSpec spec_DIR_ENTRY = {
    .name = "posix.DirEntry",
    .doc = "What scandir yields.",
    .base = KIND_OBJECT,
    .size = sizeof(DirEntry),
    .flags = TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = entry_finish, .repr = entry_repr},
    .methods = entry_methods,
    .getset = entry_getset,
};

// --- scandir -------------------------------------------------------------------------------------

static ScanIterator *scan_from(Value v) { return (ScanIterator *)value_head(v); }

// The directory's path and the name, with one slash in between.
static Ref join(ThreadState *ts, ScanIterator *it, const char *name)
{
    Value folder = shared_ref_peek(&it->path);
    size_t n = strlen(name);
    if (value_is_int(folder)) {
        return file_system_decode(ts, name, n);
    }
    OWNED Ref bytes =
        value_is_none(folder) ? bytes_new(ts, ".", 1) : file_system_encode(ts, folder);
    if (is_error(bytes)) {
        return NO_REF;
    }
    const Bytes *b = bytes_from(bytes.v);
    bool slash = b->size > 0 && b->data[b->size - 1] != '/';
    OWNED Ref joined = bytes_new(ts, NULL, b->size + slash + n);
    if (is_error(joined)) {
        return NO_REF;
    }
    Bytes *to = bytes_from(joined.v);
    memcpy(to->data, b->data, b->size);
    to->data[b->size] = '/';
    memcpy(to->data + b->size + slash, name, n);
    return it->is_bytes ? ref_take(&joined)
                        : file_system_decode(ts, (const char *)to->data, to->size);
}

static Ref entry_new(ThreadState *ts, ScanIterator *it, const struct dirent *found)
{
    size_t n = strlen(found->d_name);
    OWNED Ref name =
        it->is_bytes ? bytes_new(ts, found->d_name, n) : file_system_decode(ts, found->d_name, n);
    OWNED Ref path = is_error(name) ? NO_REF : join(ts, it, found->d_name);
    DirEntry *e = is_error(path) ? NULL : object_new(ts, KIND_DIR_ENTRY, sizeof *e);
    if (e == NULL) {
        return NO_REF;
    }
    shared_ref_init(&e->name, ref_take(&name));
    shared_ref_init(&e->path, ref_take(&path));
    shared_ref_init(&e->status, NO_REF);
    shared_ref_init(&e->link_status, NO_REF);
    e->inode = found->d_ino;
    e->type = found->d_type;
    e->dir_fd = it->dir_fd;
    return REF_FROM_NEW(e);
}

// Copies the next entry out. 1: found; 0: the end, closed now; -1: errno says.
static int read_entry_locked(ScanIterator *it, struct dirent *into)
{
    while (it->dir != NULL) {
        errno = 0;
        struct dirent *found = readdir(it->dir);
        if (found == NULL) {
            int error = errno;
            close_dir(it->dir, it->dir_fd != AT_FDCWD);
            it->dir = NULL;
            errno = error;
            return error == 0 ? 0 : -1;
        }
        if (!is_dots(found->d_name)) {
            into->d_ino = found->d_ino;
            into->d_type = found->d_type;
            memcpy(into->d_name, found->d_name, strlen(found->d_name) + 1);
            return 1;
        }
    }
    return 0;
}

static Ref scan_next(ThreadState *ts, Value self)
{
    ScanIterator *it = scan_from(self);
    struct dirent found;
    int result = 0, error = 0;
    CRITICAL_SECTION(ts, &it->head)
    {
        result = read_entry_locked(it, &found);
        error = errno;
    }
    if (result < 0) {
        return raise_os_error(ts, error, shared_ref_peek(&it->path));
    }
    return result == 0 ? NO_REF : entry_new(ts, it, &found);
}

static void scan_shut(ThreadState *ts, ScanIterator *it)
{
    CRITICAL_SECTION(ts, &it->head)
    {
        if (it->dir != NULL) {
            close_dir(it->dir, it->dir_fd != AT_FDCWD);
            it->dir = NULL;
        }
    }
}

static Ref scan_close(BOUND_PARAMETERS)
{
    scan_shut(ts, scan_from(self));
    return REF_NONE;
}
static Ref scan_enter(BOUND_PARAMETERS) { return ref_new(self); }
static Ref scan_exit(BOUND_PARAMETERS) { return scan_close(ts, self, NULL); }

static Status scan_finalize(ThreadState *ts, Value self)
{
    ScanIterator *it = scan_from(self);
    if (it->dir == NULL) {
        return STATUS_OK;
    }
    Status s = warn_format(ts, EXC_ResourceWarning, 1, "unclosed scandir iterator %R", self);
    scan_shut(ts, it);
    return s;
}

static void scan_finish(ThreadState *ts, ObjectHead *o)
{
    ScanIterator *it = (ScanIterator *)o;
    if (it->dir != NULL) {
        close_dir(it->dir, it->dir_fd != AT_FDCWD);
        it->dir = NULL;
    }
    shared_ref_clear(&it->path);
}

static const NativeDef scan_methods[] = {
    NATIVE("close", scan_close, "($self, /)", "Close the directory."),
    NATIVE("__enter__", scan_enter, "($self, /)", NULL),
    NATIVE("__exit__", scan_exit, "($self, type, value, traceback, /)", NULL),
    NATIVE_END,
};

const TypeSpec spec_SCANDIR_ITERATOR = {
    .name = "posix.ScandirIterator",
    .base = KIND_OBJECT,
    .size = sizeof(ScanIterator),
    .flags = TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = scan_finish,
              .finalize = scan_finalize,
              .iterate = object_itself,
              .next = scan_next},
    .methods = scan_methods,
};

Ref posix_scandir(BOUND_PARAMETERS)
{
    PATH path = {0};
    if (path_get(ts, args[0], "scandir", PATH_TAKES_FD | PATH_TAKES_NONE, &path) == STATUS_ERROR) {
        return NO_REF;
    }
    ScanIterator *it = object_new(ts, KIND_SCANDIR_ITERATOR, sizeof *it);
    if (it == NULL) {
        return NO_REF;
    }
    it->dir = NULL;
    it->dir_fd = path.text == NULL ? path.fd : AT_FDCWD;
    it->is_bytes = path.is_bytes;
    shared_ref_init(&it->path, ref_new(path.object.v));
    OWNED Ref result = REF_FROM_NEW(it);
    DIR *dir = open_dir(ts, &path);
    if (dir == NULL) {
        return path_error(ts, &path);
    }
    it->dir = dir;
    return ref_take(&result);
}
