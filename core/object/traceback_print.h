// core/object/traceback_print.h: what the sources that print exceptions share.
#ifndef ADDER_CORE_OBJECT_TRACEBACK_PRINT_H
#define ADDER_CORE_OBJECT_TRACEBACK_PRINT_H

#include "core/object/exception.h"
#include "core/object/str.h"

// A report in the making. Every line gets the margin in front ("  | " inside groups).
typedef struct Report {
    ThreadState *ts;
    StrBuilder text;
    Status status;
    int group_depth; // nested exception groups around
    bool needs_close;
    uintptr_t *seen; // exceptions reported already
    size_t seen_count, seen_room;
} Report;

void report_ascii(Report *r, const char *text);
void report_str(Report *r, Value str);
void report_margin(Report *r);
void report_spaces(Report *r, int64_t count);
void report_repeat(Report *r, uint32_t c, int64_t count);

// The stack of one exception: "Traceback (most recent call last):" and its
// frames (traceback_lines.c).
void report_traceback(Report *r, Value exception, bool is_group);
// One line of a source file as str without its newline; NO_REF: not to be had.
Ref source_line(ThreadState *ts, Value filename, uint32_t line);
// " Did you mean: 'x'?" or NO_REF without an exception (suggestions.c).
Ref suggestion_for(ThreadState *ts, Value exception);

#endif
