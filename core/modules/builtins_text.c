// core/modules/builtins_text.c: print and input.
#include "core/modules/builtins.h"

#include <string.h>

#include "core/modules/io.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/runtime_state.h"

typedef struct PrintOptions {
    Value separator, end, file, flush; // NO_VALUE: not given
} PrintOptions;

static Status read_options(ThreadState *ts, PrintOptions *o, const Value *values, Value names)
{
    size_t count = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < count; i++) {
        Value name = tuple_item(names, i);
        Value *place = str_equal_z(name, "sep")     ? &o->separator
                       : str_equal_z(name, "end")   ? &o->end
                       : str_equal_z(name, "file")  ? &o->file
                       : str_equal_z(name, "flush") ? &o->flush
                                                    : NULL;
        if (place == NULL) {
            return raise_status(ts, EXC_TypeError,
                                "'%U' is an invalid keyword argument for print()", name);
        }
        *place = values[i];
    }
    const struct {
        const char *name;
        Value *value;
    } texts[] = {{"sep", &o->separator}, {"end", &o->end}};
    for (int i = 0; i < 2; i++) {
        Value v = *texts[i].value;
        if (!is_no_value(v) && value_is_none(v)) {
            *texts[i].value = NO_VALUE;
        } else if (!is_no_value(v) && !value_is_str(v)) {
            return raise_status(ts, EXC_TypeError, "%s must be None or a string, not %T",
                                texts[i].name, v);
        }
    }
    return STATUS_OK;
}

// One piece of text to a stream of ours without a detour through its write method.
static Status write_piece(ThreadState *ts, Value file, Value text)
{
    if (io_is_text_file(file)) {
        return io_text_write(ts, file, text);
    }
    OWNED Ref result = object_call_method_z(ts, file, "write", &text, 1);
    return is_error(result) ? STATUS_ERROR : STATUS_OK;
}

static Status write_item(ThreadState *ts, Value file, Value item)
{
    if (value_is_exactly(item, KIND_STR)) {
        return write_piece(ts, file, item);
    }
    OWNED Ref text = object_str(ts, item);
    return is_error(text) ? STATUS_ERROR : write_piece(ts, file, text.v);
}

static Status write_or(ThreadState *ts, Value file, Value given, const char *otherwise)
{
    if (!is_no_value(given)) {
        return write_piece(ts, file, given);
    }
    OWNED Ref text = str_from_ascii(ts, otherwise, 1);
    return is_error(text) ? STATUS_ERROR : write_piece(ts, file, text.v);
}

Ref builtin_print(CALL_PARAMETERS)
{
    PrintOptions o = {NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE};
    if (read_options(ts, &o, args + count, names) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref file = is_no_value(o.file) || value_is_none(o.file) ? sys_attribute(ts, "stdout")
                                                                  : ref_new(o.file);
    if (is_error(file)) {
        return has_exception(ts) ? NO_REF : raise(ts, EXC_RuntimeError, "lost sys.stdout");
    }
    if (value_is_none(file.v)) {
        return REF_NONE;
    }
    for (size_t i = 0; i < count; i++) {
        if ((i > 0 && write_or(ts, file.v, o.separator, " ") == STATUS_ERROR) ||
            write_item(ts, file.v, args[i]) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    if (write_or(ts, file.v, o.end, "\n") == STATUS_ERROR) {
        return NO_REF;
    }
    Truth flush = is_no_value(o.flush) ? TRUTH_FALSE : object_is_true(ts, o.flush);
    if (flush == TRUTH_TRUE) {
        OWNED Ref flushed = object_call_method_z(ts, file.v, "flush", NULL, 0);
        return is_error(flushed) ? NO_REF : REF_NONE;
    }
    return flush == TRUTH_ERROR ? NO_REF : REF_NONE;
}

Ref builtin_input(BOUND_PARAMETERS)
{
    OWNED Ref out = sys_attribute(ts, "stdout");
    OWNED Ref in = sys_attribute(ts, "stdin");
    if (is_error(in) || value_is_none(in.v)) {
        return raise(ts, EXC_RuntimeError, "input(): lost sys.stdin");
    }
    if (is_error(out) || value_is_none(out.v)) {
        return raise(ts, EXC_RuntimeError, "input(): lost sys.stdout");
    }
    if (!is_no_value(args[0]) && write_item(ts, out.v, args[0]) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref flushed = object_call_method_z(ts, out.v, "flush", NULL, 0);
    OWNED Ref line =
        is_error(flushed) ? NO_REF : object_call_method_z(ts, in.v, "readline", NULL, 0);
    if (is_error(line)) {
        return NO_REF;
    }
    if (!value_is_str(line.v)) {
        return raise(ts, EXC_TypeError, "object.readline() returned non-string");
    }
    size_t length = str_length(line.v);
    if (length == 0) {
        return raise(ts, EXC_EOFError, "EOF when reading a line");
    }
    bool newline = str_char(str_from(line.v), length - 1) == '\n';
    return newline ? str_substring(ts, line.v, 0, length - 1) : ref_take(&line);
}
