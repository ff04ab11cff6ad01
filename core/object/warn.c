#include "core/object/warn.h"

#include "core/object/object.h"
#include "core/object/str.h"

WarnHook warn_hook;
WarnAtHook warn_at_hook;

Status warn_format(ThreadState *ts, ExceptionId category, int stack_level, const char *format, ...)
{
    if (warn_hook == NULL) {
        return STATUS_OK;
    }
    va_list arguments;
    va_start(arguments, format);
    OWNED Ref text = format_str_v(ts, format, arguments);
    va_end(arguments);
    if (is_error(text)) {
        return STATUS_ERROR;
    }
    return warn_hook(ts, text.v, type_value(TYPE_OF_EXCEPTION(category)), stack_level);
}

Status warn_at(ThreadState *ts, Value category, const char *message, Value filename, int line)
{
    if (warn_at_hook == NULL) {
        return STATUS_OK;
    }
    OWNED Ref text = str_from_utf8_replace(ts, message, strlen(message));
    return is_error(text) ? STATUS_ERROR : warn_at_hook(ts, category, text.v, filename, line);
}
