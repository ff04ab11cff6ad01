// core/modules/posix_names.c: names of files: making, changing and removing them.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/modules/posix.h"
#include "core/object/bytes.h"
#include "core/object/str.h"

// --- The working directory -----------------------------------------------------------------------

static Ref working_directory(ThreadState *ts, bool as_bytes)
{
    char *name;
    DETACHED(name, getcwd(NULL, 0));
    if (name == NULL) {
        return posix_error(ts);
    }
    Ref result =
        as_bytes ? bytes_new(ts, name, strlen(name)) : file_system_decode(ts, name, strlen(name));
    free(name);
    return result;
}

Ref posix_getcwd(BOUND_PARAMETERS) { return working_directory(ts, false); }
Ref posix_getcwdb(BOUND_PARAMETERS) { return working_directory(ts, true); }

Ref posix_chdir(BOUND_PARAMETERS)
{
    PATH path = {0};
    int failed;
    if (path_get(ts, args[0], "chdir", PATH_TAKES_FD, &path) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, path.text == NULL ? fchdir(path.fd) : chdir(path.text));
    return failed != 0 ? path_error(ts, &path) : REF_NONE;
}

// --- One name ------------------------------------------------------------------------------------

Ref posix_mkdir(BOUND_PARAMETERS)
{
    PATH path = {0};
    int mode, dir_fd, failed;
    if (path_get(ts, args[0], "mkdir", 0, &path) == STATUS_ERROR ||
        int_argument_or(ts, args[1], 0777, &mode) == STATUS_ERROR ||
        dir_fd_argument(ts, args[2], &dir_fd) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, mkdirat(dir_fd, path.text, (mode_t)mode));
    return failed != 0 ? path_error(ts, &path) : REF_NONE;
}

Ref posix_mkfifo(BOUND_PARAMETERS)
{
    PATH path = {0};
    int mode, dir_fd, failed;
    if (path_get(ts, args[0], "mkfifo", 0, &path) == STATUS_ERROR ||
        int_argument_or(ts, args[1], 0666, &mode) == STATUS_ERROR ||
        dir_fd_argument(ts, args[2], &dir_fd) == STATUS_ERROR) {
        return NO_REF;
    }
    do {
        DETACHED(failed, mkfifoat(dir_fd, path.text, (mode_t)mode));
    } while (must_repeat(ts, failed));
    return failed != 0 ? path_error(ts, &path) : REF_NONE;
}

static Ref remove_name(ThreadState *ts, const char *function, const Value *args, int flags)
{
    PATH path = {0};
    int dir_fd, failed;
    if (path_get(ts, args[0], function, 0, &path) == STATUS_ERROR ||
        dir_fd_argument(ts, args[1], &dir_fd) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, unlinkat(dir_fd, path.text, flags));
    return failed != 0 ? path_error(ts, &path) : REF_NONE;
}

Ref posix_rmdir(BOUND_PARAMETERS) { return remove_name(ts, "rmdir", args, AT_REMOVEDIR); }
Ref posix_unlink(BOUND_PARAMETERS) { return remove_name(ts, "unlink", args, 0); }
Ref posix_remove(BOUND_PARAMETERS) { return remove_name(ts, "remove", args, 0); }

Ref posix_readlink(BOUND_PARAMETERS)
{
    PATH path = {0};
    int dir_fd;
    char target[4096];
    if (path_get(ts, args[0], "readlink", 0, &path) == STATUS_ERROR ||
        dir_fd_argument(ts, args[1], &dir_fd) == STATUS_ERROR) {
        return NO_REF;
    }
    ssize_t n;
    DETACHED(n, readlinkat(dir_fd, path.text, target, sizeof target));
    return n < 0 ? path_error(ts, &path) : path_result(ts, &path, target, (size_t)n);
}

// --- Two names -----------------------------------------------------------------------------------

static Ref rename_to(ThreadState *ts, const char *function, const Value *args)
{
    PATH from = {0}, to = {0};
    int from_fd, to_fd, failed;
    if (path_get(ts, args[0], function, 0, &from) == STATUS_ERROR ||
        path_get(ts, args[1], function, 0, &to) == STATUS_ERROR ||
        dir_fd_argument(ts, args[2], &from_fd) == STATUS_ERROR ||
        dir_fd_argument(ts, args[3], &to_fd) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, renameat(from_fd, from.text, to_fd, to.text));
    return failed != 0 ? path_error2(ts, &from, &to) : REF_NONE;
}

Ref posix_rename(BOUND_PARAMETERS) { return rename_to(ts, "rename", args); }
Ref posix_replace(BOUND_PARAMETERS) { return rename_to(ts, "replace", args); }

Ref posix_link(BOUND_PARAMETERS)
{
    PATH from = {0}, to = {0};
    int from_fd, to_fd, failed;
    bool follow;
    if (path_get(ts, args[0], "link", 0, &from) == STATUS_ERROR ||
        path_get(ts, args[1], "link", 0, &to) == STATUS_ERROR ||
        dir_fd_argument(ts, args[2], &from_fd) == STATUS_ERROR ||
        dir_fd_argument(ts, args[3], &to_fd) == STATUS_ERROR ||
        bool_argument_or(ts, args[4], true, &follow) == STATUS_ERROR) {
        return NO_REF;
    }
    // link() of this system does not follow; asked for nothing, neither does this.
    int flags = !is_no_value(args[4]) && follow ? AT_SYMLINK_FOLLOW : 0;
    DETACHED(failed, linkat(from_fd, from.text, to_fd, to.text, flags));
    return failed != 0 ? path_error2(ts, &from, &to) : REF_NONE;
}

Ref posix_symlink(BOUND_PARAMETERS)
{
    PATH from = {0}, to = {0};
    int dir_fd, failed;
    bool is_directory; // for other systems
    if (path_get(ts, args[0], "symlink", 0, &from) == STATUS_ERROR ||
        path_get(ts, args[1], "symlink", 0, &to) == STATUS_ERROR ||
        bool_argument_or(ts, args[2], false, &is_directory) == STATUS_ERROR ||
        dir_fd_argument(ts, args[3], &dir_fd) == STATUS_ERROR) {
        return NO_REF;
    }
    DETACHED(failed, symlinkat(from.text, dir_fd, to.text));
    return failed != 0 ? path_error2(ts, &from, &to) : REF_NONE;
}

// --- Normal form ---------------------------------------------------------------------------------

// Appends the part of the text at [start, end) to what is kept: `kept` code points
// with the position of each part's start on no stack, for a .. takes back to the slash before.
typedef struct Normal {
    uint32_t *text;
    size_t length, root; // root: the leading slashes, which .. does not remove
    size_t parts;        // that .. may remove
} Normal;

static void normal_add(Normal *n, const Str *s, size_t start, size_t end)
{
    size_t size = end - start;
    if (size == 0 || (size == 1 && str_char(s, start) == '.')) {
        return;
    }
    bool is_up = size == 2 && str_char(s, start) == '.' && str_char(s, start + 1) == '.';
    if (is_up && n->parts > 0) {
        n->parts--;
        while (n->length > n->root && n->text[--n->length] != '/') {
        }
        return;
    }
    if (is_up && n->root > 0) {
        return;
    }
    n->parts += !is_up;
    if (n->length > n->root) {
        n->text[n->length++] = '/';
    }
    for (size_t i = start; i < end; i++) {
        n->text[n->length++] = str_char(s, i);
    }
}

Ref posix_path_normpath(BOUND_PARAMETERS)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "_path_normpath() argument 'path' must be str, not %T",
                     args[0]);
    }
    const Str *s = str_from(args[0]);
    size_t slashes = 0;
    while (slashes < s->length && str_char(s, slashes) == '/') {
        slashes++;
    }
    Normal n = {
        .root = slashes == 2 ? 2 : slashes > 0}; // exactly two slashes have a meaning of their own
    n.text = raw_alloc(ts, (s->length + 2) * sizeof *n.text);
    if (n.text == NULL) {
        return NO_REF;
    }
    while (n.length < n.root) {
        n.text[n.length++] = '/';
    }
    for (size_t start = slashes; start < s->length;) {
        int64_t slash = str_find_char(s, '/', start, s->length);
        size_t end = slash < 0 ? s->length : (size_t)slash;
        normal_add(&n, s, start, end);
        start = end + 1;
    }
    Ref result = str_from_ucs4(ts, n.text, n.length);
    raw_free(ts, n.text);
    return result;
}
