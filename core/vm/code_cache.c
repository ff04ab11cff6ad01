// core/vm/code_cache.c: the code of a source file.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/compiler/compile.h"
#include "core/runtime.h"
#include "core/vm/code_store.h"
#include "core/vm/import_internal.h"

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
    CompileOptions options = {.mode = PARSE_EXEC, .from_file = true, .optimize = runtime_state.options.optimize};
    Ref code = compile_source(ts, source, size, filename, &options);
    free(source);
    if (may_store && !is_error(code)) {
        code_store_save(ts, path, &file, code.v);
    }
    return code;
}
