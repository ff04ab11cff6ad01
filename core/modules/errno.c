// core/modules/errno.c: the system's error numbers and their names.
//
// errorcode maps a number to one name: of several the one that stands last in the table.
#include <errno.h>

#include "core/object/dict.h"
#include "core/object/module.h"
#include "core/object/str.h"

static const struct {
    const char *name;
    int number;
} errors[] = {
#define ROW(name)                                                                                  \
    {                                                                                              \
#name, name                                                                                \
    }
    ROW(EDEADLK),
    ROW(EOPNOTSUPP),
    ROW(EWOULDBLOCK),
    ROW(E2BIG),
    ROW(EACCES),
    ROW(EADDRINUSE),
    ROW(EADDRNOTAVAIL),
    ROW(EADV),
    ROW(EAFNOSUPPORT),
    ROW(EAGAIN),
    ROW(EALREADY),
    ROW(EBADE),
    ROW(EBADF),
    ROW(EBADFD),
    ROW(EBADMSG),
    ROW(EBADR),
    ROW(EBADRQC),
    ROW(EBADSLT),
    ROW(EBFONT),
    ROW(EBUSY),
    ROW(ECANCELED),
    ROW(ECHILD),
    ROW(ECHRNG),
    ROW(ECOMM),
    ROW(ECONNABORTED),
    ROW(ECONNREFUSED),
    ROW(ECONNRESET),
    ROW(EDEADLOCK),
    ROW(EDESTADDRREQ),
    ROW(EDOM),
    ROW(EDOTDOT),
    ROW(EDQUOT),
    ROW(EEXIST),
    ROW(EFAULT),
    ROW(EFBIG),
    ROW(EHOSTDOWN),
    ROW(EHOSTUNREACH),
    ROW(EIDRM),
    ROW(EILSEQ),
    ROW(EINPROGRESS),
    ROW(EINTR),
    ROW(EINVAL),
    ROW(EIO),
    ROW(EISCONN),
    ROW(EISDIR),
    ROW(EISNAM),
    ROW(EKEYEXPIRED),
    ROW(EKEYREJECTED),
    ROW(EKEYREVOKED),
    ROW(EL2HLT),
    ROW(EL2NSYNC),
    ROW(EL3HLT),
    ROW(EL3RST),
    ROW(ELIBACC),
    ROW(ELIBBAD),
    ROW(ELIBEXEC),
    ROW(ELIBMAX),
    ROW(ELIBSCN),
    ROW(ELNRNG),
    ROW(ELOOP),
    ROW(EMEDIUMTYPE),
    ROW(EMFILE),
    ROW(EMLINK),
    ROW(EMSGSIZE),
    ROW(EMULTIHOP),
    ROW(ENAMETOOLONG),
    ROW(ENAVAIL),
    ROW(ENETDOWN),
    ROW(ENETRESET),
    ROW(ENETUNREACH),
    ROW(ENFILE),
    ROW(ENOANO),
    ROW(ENOBUFS),
    ROW(ENOCSI),
    ROW(ENODATA),
    ROW(ENODEV),
    ROW(ENOENT),
    ROW(ENOEXEC),
    ROW(ENOKEY),
    ROW(ENOLCK),
    ROW(ENOLINK),
    ROW(ENOMEDIUM),
    ROW(ENOMEM),
    ROW(ENOMSG),
    ROW(ENONET),
    ROW(ENOPKG),
    ROW(ENOPROTOOPT),
    ROW(ENOSPC),
    ROW(ENOSR),
    ROW(ENOSTR),
    ROW(ENOSYS),
    ROW(ENOTBLK),
    ROW(ENOTCONN),
    ROW(ENOTDIR),
    ROW(ENOTEMPTY),
    ROW(ENOTNAM),
    ROW(ENOTRECOVERABLE),
    ROW(ENOTSOCK),
    ROW(ENOTSUP),
    ROW(ENOTTY),
    ROW(ENOTUNIQ),
    ROW(ENXIO),
    ROW(EOVERFLOW),
    ROW(EOWNERDEAD),
    ROW(EPERM),
    ROW(EPFNOSUPPORT),
    ROW(EPIPE),
    ROW(EPROTO),
    ROW(EPROTONOSUPPORT),
    ROW(EPROTOTYPE),
    ROW(ERANGE),
    ROW(EREMCHG),
    ROW(EREMOTE),
    ROW(EREMOTEIO),
    ROW(ERESTART),
    ROW(ERFKILL),
    ROW(EROFS),
    ROW(ESHUTDOWN),
    ROW(ESOCKTNOSUPPORT),
    ROW(ESPIPE),
    ROW(ESRCH),
    ROW(ESRMNT),
    ROW(ESTALE),
    ROW(ESTRPIPE),
    ROW(ETIME),
    ROW(ETIMEDOUT),
    ROW(ETOOMANYREFS),
    ROW(ETXTBSY),
    ROW(EUCLEAN),
    ROW(EUNATCH),
    ROW(EUSERS),
    ROW(EXDEV),
    ROW(EXFULL),
#undef ROW
};

static Status setup(ThreadState *ts, Value module)
{
    OWNED Ref codes = dict_new(ts);
    for (size_t i = 0; i < ARRAY_LENGTH(errors) && !is_error(codes); i++) {
        OWNED Ref name = str_intern_z(ts, errors[i].name);
        if (is_error(name) ||
            module_add(ts, module, errors[i].name, small_int(errors[i].number)) == STATUS_ERROR ||
            dict_set(ts, dict_from(codes.v), small_int(errors[i].number), name.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return is_error(codes) ? STATUS_ERROR : module_add(ts, module, "errorcode", codes.v);
}

static const NativeDef functions[] = {NATIVE_END};

extern const ModuleSpec module_errno;
const ModuleSpec module_errno = {"errno", "The system's error numbers and their names.", functions,
                                 setup};
