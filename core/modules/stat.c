// core/modules/stat.c: _stat: what the mode of a file says.
#include <sys/stat.h>

#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"

static Status mode_argument(ThreadState *ts, Value v, mode_t *mode)
{
    if (!value_is_int(v)) {
        return raise_status(ts, EXC_TypeError, "an integer is required");
    }
    if (int_sign(v) < 0) {
        return raise_status(ts, EXC_OverflowError, "can't convert negative value to unsigned int");
    }
    uint64_t i;
    if (!int_to_u64(v, &i)) {
        return raise_status(ts, EXC_OverflowError,
                            "Python int too large to convert to C unsigned long");
    }
    if (i > UINT32_MAX) {
        return raise_status(ts, EXC_OverflowError, "mode out of range");
    }
    *mode = (mode_t)i;
    return STATUS_OK;
}

#define TEST(name)                                                                                 \
    static Ref is_##name(ThreadState *ts, Value self, const Value *args)                           \
    {                                                                                              \
        mode_t mode;                                                                               \
        return mode_argument(ts, args[0], &mode) == STATUS_ERROR                                   \
                   ? NO_REF                                                                        \
                   : REF_OF(bool_value(S_IS##name(mode)));                                         \
    }
TEST(DIR)
TEST(CHR)
TEST(BLK)
TEST(REG)
TEST(FIFO)
TEST(LNK)
TEST(SOCK)
#undef TEST

// Doors, ports and whiteouts are other systems'.
static Ref is_nothing(ThreadState *ts, Value self, const Value *args)
{
    mode_t mode;
    return mode_argument(ts, args[0], &mode) == STATUS_ERROR ? NO_REF : REF_OF(VALUE_FALSE);
}

static Ref permissions(ThreadState *ts, Value self, const Value *args)
{
    mode_t mode;
    return mode_argument(ts, args[0], &mode) == STATUS_ERROR ? NO_REF
                                                             : REF_OF(small_int(mode & 07777));
}

static Ref format(ThreadState *ts, Value self, const Value *args)
{
    mode_t mode;
    return mode_argument(ts, args[0], &mode) == STATUS_ERROR ? NO_REF
                                                             : REF_OF(small_int(mode & S_IFMT));
}

static char type_letter(mode_t mode)
{
    static const struct {
        mode_t format;
        char letter;
    } letters[] = {{S_IFREG, '-'}, {S_IFDIR, 'd'}, {S_IFLNK, 'l'}, {S_IFBLK, 'b'},
                   {S_IFCHR, 'c'}, {S_IFIFO, 'p'}, {S_IFSOCK, 's'}};
    for (size_t i = 0; i < ARRAY_LENGTH(letters); i++) {
        if ((mode & S_IFMT) == letters[i].format) {
            return letters[i].letter;
        }
    }
    return '?';
}

// As ls -l shows it.
static Ref file_mode(ThreadState *ts, Value self, const Value *args)
{
    mode_t mode;
    if (mode_argument(ts, args[0], &mode) == STATUS_ERROR) {
        return NO_REF;
    }
    char text[11] = {type_letter(mode)};
    static const mode_t specials[3] = {S_ISUID, S_ISGID, S_ISVTX};
    for (int who = 0; who < 3; who++) {
        mode_t bits = mode >> (6 - 3 * who);
        bool runs = (bits & 1) != 0, special = (mode & specials[who]) != 0;
        text[1 + 3 * who] = (bits & 4) != 0 ? 'r' : '-';
        text[2 + 3 * who] = (bits & 2) != 0 ? 'w' : '-';
        text[3 + 3 * who] = special ? (who == 2 ? (runs ? 't' : 'T') : (runs ? 's' : 'S'))
                            : runs  ? 'x'
                                    : '-';
    }
    return str_from_ascii(ts, text, 10);
}

#define ROW(name, f, doc) NATIVE(name, f, "($module, mode, /)", doc)
static const NativeDef functions[] = {
    ROW("S_ISDIR", is_DIR, "Is it a directory?"),
    ROW("S_ISCHR", is_CHR, "Is it a character device?"),
    ROW("S_ISBLK", is_BLK, "Is it a block device?"),
    ROW("S_ISREG", is_REG, "Is it a regular file?"),
    ROW("S_ISFIFO", is_FIFO, "Is it a named pipe?"),
    ROW("S_ISLNK", is_LNK, "Is it a symbolic link?"),
    ROW("S_ISSOCK", is_SOCK, "Is it a socket?"),
    ROW("S_ISDOOR", is_nothing, "Is it a door?"),
    ROW("S_ISPORT", is_nothing, "Is it an event port?"),
    ROW("S_ISWHT", is_nothing, "Is it a whiteout?"),
    ROW("S_IMODE", permissions, "The part that chmod can set."),
    ROW("S_IFMT", format, "The part that says what kind of file it is."),
    ROW("filemode", file_mode, "The mode as text, like '-rwxr-xr-x'."),
    NATIVE_END,
};
#undef ROW

static Status setup(ThreadState *ts, Value module)
{
    static const struct {
        const char *name;
        int64_t value;
    } constants[] = {
#define ROW(name) {#name, name}
        ROW(S_IFDIR),
        ROW(S_IFCHR),
        ROW(S_IFBLK),
        ROW(S_IFREG),
        ROW(S_IFIFO),
        ROW(S_IFLNK),
        ROW(S_IFSOCK),
        {"S_IFDOOR", 0},
        {"S_IFPORT", 0},
        {"S_IFWHT", 0},
        ROW(S_ISUID),
        ROW(S_ISGID),
        ROW(S_ISVTX),
        {"S_ENFMT", S_ISGID},
        ROW(S_IREAD),
        ROW(S_IWRITE),
        ROW(S_IEXEC),
        ROW(S_IRWXU),
        ROW(S_IRUSR),
        ROW(S_IWUSR),
        ROW(S_IXUSR),
        ROW(S_IRWXG),
        ROW(S_IRGRP),
        ROW(S_IWGRP),
        ROW(S_IXGRP),
        ROW(S_IRWXO),
        ROW(S_IROTH),
        ROW(S_IWOTH),
        ROW(S_IXOTH),
#undef ROW
        {"UF_NODUMP", 0x1},
        {"UF_IMMUTABLE", 0x2},
        {"UF_APPEND", 0x4},
        {"UF_OPAQUE", 0x8},
        {"UF_NOUNLINK", 0x10},
        {"UF_COMPRESSED", 0x20},
        {"UF_HIDDEN", 0x8000},
        {"SF_ARCHIVED", 0x10000},
        {"SF_IMMUTABLE", 0x20000},
        {"SF_APPEND", 0x40000},
        {"SF_NOUNLINK", 0x100000},
        {"SF_SNAPSHOT", 0x200000},
        {"ST_MODE", 0},
        {"ST_INO", 1},
        {"ST_DEV", 2},
        {"ST_NLINK", 3},
        {"ST_UID", 4},
        {"ST_GID", 5},
        {"ST_SIZE", 6},
        {"ST_ATIME", 7},
        {"ST_MTIME", 8},
        {"ST_CTIME", 9},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(constants); i++) {
        if (module_add_int(ts, module, constants[i].name, constants[i].value) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

extern const ModuleSpec module_stat;
const ModuleSpec module_stat = {"_stat", "What the mode of a file says.", functions, setup};
