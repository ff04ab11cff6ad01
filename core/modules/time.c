// core/modules/time.c: the module `time`.
// Clocks, sleeping, and calendar time through the C library.
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/modules/timeouts.h"
#include "core/object/container.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/simple_namespace.h"
#include "core/object/str.h"
#include "core/object/struct_sequence.h"
#include "core/object/tuple.h"
#include "core/vm/import.h"
#include "gil/wait.h"

enum { NS = 1000000000 };

static const char out_of_range[] = "timestamp out of range for platform time_t";

// --- Seconds -------------------------------------------------------------------------------------

static Status integer_of(ThreadState *ts, Value v, int64_t *out, const char *too_large)
{
    OWNED Ref i = object_index(ts, v);
    if (is_error(i)) {
        return STATUS_ERROR;
    }
    return int_to_i64(i.v, out) ? STATUS_OK : raise_status(ts, EXC_OverflowError, "%s", too_large);
}

Status seconds_to_ns(ThreadState *ts, Value seconds, int64_t *ns)
{
    const char *too_large = "timestamp too large to convert to C _PyTime_t";
    if (value_is_float(seconds)) {
        double d = float_get(seconds);
        if (isnan(d)) {
            return raise_status(ts, EXC_ValueError, "Invalid value NaN (not a number)");
        }
        d *= NS;
        d = d < 0 ? floor(d) : ceil(d);
        if (!(d >= -0x1p63 && d < 0x1p63)) {
            return raise_status(ts, EXC_OverflowError, "%s", too_large);
        }
        *ns = (int64_t)d;
        return STATUS_OK;
    }
    int64_t whole;
    if (integer_of(ts, seconds, &whole, too_large) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return __builtin_mul_overflow(whole, (int64_t)NS, ns)
               ? raise_status(ts, EXC_OverflowError, "%s", too_large)
               : STATUS_OK;
}

Ref ns_to_seconds(ThreadState *ts, int64_t ns)
{
    double d = ns % NS == 0 ? (double)(ns / NS) : (double)ns / 1e9;
    return float_from_double(ts, d);
}

// --- Clocks --------------------------------------------------------------------------------------

static Status read_clock(ThreadState *ts, clockid_t id, int64_t *ns)
{
    struct timespec t;
    if (clock_gettime(id, &t) != 0) {
        (void)raise_os_error(ts, errno, NO_VALUE);
        return STATUS_ERROR;
    }
    *ns = (int64_t)t.tv_sec * NS + t.tv_nsec;
    return STATUS_OK;
}

static Ref clock_seconds(ThreadState *ts, clockid_t id)
{
    int64_t ns;
    return read_clock(ts, id, &ns) == STATUS_ERROR ? NO_REF : ns_to_seconds(ts, ns);
}

static Ref clock_ns(ThreadState *ts, clockid_t id)
{
    int64_t ns;
    return read_clock(ts, id, &ns) == STATUS_ERROR ? NO_REF : int_from_i64(ts, ns);
}

#define CLOCK_FUNCTIONS(name, id)                                                                  \
    static Ref name(ThreadState *ts, Value self, const Value *args)                                \
    {                                                                                              \
        return clock_seconds(ts, id);                                                              \
    }                                                                                              \
    static Ref name##_ns(ThreadState *ts, Value self, const Value *args)                           \
    {                                                                                              \
        return clock_ns(ts, id);                                                                   \
    }
CLOCK_FUNCTIONS(time_time, CLOCK_REALTIME)
CLOCK_FUNCTIONS(time_monotonic, CLOCK_MONOTONIC)
CLOCK_FUNCTIONS(time_process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK_FUNCTIONS(time_thread_time, CLOCK_THREAD_CPUTIME_ID)

static Status clock_id_of(ThreadState *ts, Value v, clockid_t *id)
{
    int64_t i;
    if (integer_of(ts, v, &i, "Python int too large to convert to C int") == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (i != (int32_t)i) {
        return raise_status(ts, EXC_OverflowError,
                            i > 0 ? "signed integer is greater than maximum"
                                  : "signed integer is less than minimum");
    }
    *id = (clockid_t)i;
    return STATUS_OK;
}

static Ref time_clock_gettime(ThreadState *ts, Value self, const Value *args)
{
    clockid_t id;
    return clock_id_of(ts, args[0], &id) == STATUS_ERROR ? NO_REF : clock_seconds(ts, id);
}

static Ref time_clock_gettime_ns(ThreadState *ts, Value self, const Value *args)
{
    clockid_t id;
    return clock_id_of(ts, args[0], &id) == STATUS_ERROR ? NO_REF : clock_ns(ts, id);
}

static Ref time_clock_getres(ThreadState *ts, Value self, const Value *args)
{
    clockid_t id;
    struct timespec t;
    if (clock_id_of(ts, args[0], &id) == STATUS_ERROR) {
        return NO_REF;
    }
    if (clock_getres(id, &t) != 0) {
        return raise_os_error(ts, errno, NO_VALUE);
    }
    return float_from_double(ts, (double)t.tv_sec + (double)t.tv_nsec * 1e-9);
}

static Ref set_clock(ThreadState *ts, clockid_t id, int64_t ns)
{
    int64_t part = ns % NS, whole = ns / NS;
    struct timespec t = {.tv_sec = part < 0 ? whole - 1 : whole,
                         .tv_nsec = part < 0 ? part + NS : part};
    return clock_settime(id, &t) != 0 ? raise_os_error(ts, errno, NO_VALUE) : REF_NONE;
}

static Ref time_clock_settime(ThreadState *ts, Value self, const Value *args)
{
    clockid_t id;
    int64_t ns;
    if (clock_id_of(ts, args[0], &id) == STATUS_ERROR ||
        seconds_to_ns(ts, args[1], &ns) == STATUS_ERROR) {
        return NO_REF;
    }
    return set_clock(ts, id, ns);
}

static Ref time_clock_settime_ns(ThreadState *ts, Value self, const Value *args)
{
    clockid_t id;
    int64_t ns;
    if (clock_id_of(ts, args[0], &id) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!value_is_int(args[1])) {
        return raise(ts, EXC_TypeError, "expect int, got %T", args[1]);
    }
    if (!int_to_i64(args[1], &ns)) {
        return raise(ts, EXC_OverflowError, "Python int too large to convert to C _PyTime_t");
    }
    return set_clock(ts, id, ns);
}

static Ref time_pthread_getcpuclockid(ThreadState *ts, Value self, const Value *args)
{
    int64_t ident;
    clockid_t id;
    if (integer_of(ts, args[0], &ident, "Python int too large to convert to C long") ==
        STATUS_ERROR) {
        return NO_REF;
    }
    // An ident that is none would be a wild pointer for the C library.
    bool known = false;
    threads_lock();
    for (ThreadState *t = threads_first(); t != NULL && !known; t = t->next) {
        known = t->native_ident == (uint64_t)ident;
    }
    threads_unlock();
    int failure = known ? pthread_getcpuclockid((pthread_t)ident, &id) : ESRCH;
    return failure != 0 ? raise_os_error(ts, failure, NO_VALUE) : int_from_i64(ts, id);
}

typedef struct ClockRow {
    const char *name, *implementation;
    clockid_t id;
    bool is_monotonic, is_adjustable;
} ClockRow;

static const ClockRow clock_rows[] = {
    {"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, false, true},
    {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
    {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
    {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, true,
     false},
    {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, true, false},
};

static Status set_field(ThreadState *ts, Value target, const char *name, Ref value)
{
    OWNED Ref owned = value;
    if (is_error(owned)) {
        return STATUS_ERROR;
    }
    OWNED Ref key = str_intern_z(ts, name);
    return is_error(key) ? STATUS_ERROR : object_set_attribute(ts, target, key.v, owned.v);
}

static Ref time_get_clock_info(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "get_clock_info() argument 1 must be str, not %T", args[0]);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(clock_rows); i++) {
        const ClockRow *row = &clock_rows[i];
        if (!str_equal_z(args[0], row->name)) {
            continue;
        }
        struct timespec t = {0, 1};
        clock_getres(row->id, &t);
        OWNED Ref info = simple_namespace_new(ts);
        if (is_error(info) ||
            set_field(ts, info.v, "implementation", str_from_z(ts, row->implementation)) ==
                STATUS_ERROR ||
            set_field(ts, info.v, "monotonic", REF_OF(bool_value(row->is_monotonic))) ==
                STATUS_ERROR ||
            set_field(ts, info.v, "adjustable", REF_OF(bool_value(row->is_adjustable))) ==
                STATUS_ERROR ||
            set_field(ts, info.v, "resolution",
                      float_from_double(ts, (double)t.tv_sec + (double)t.tv_nsec * 1e-9)) ==
                STATUS_ERROR) {
            return NO_REF;
        }
        return ref_take(&info);
    }
    return raise(ts, EXC_ValueError, "unknown clock");
}

static Ref time_sleep(ThreadState *ts, Value self, const Value *args)
{
    int64_t ns;
    if (seconds_to_ns(ts, args[0], &ns) == STATUS_ERROR) {
        return NO_REF;
    }
    if (ns < 0) {
        return raise(ts, EXC_ValueError, "sleep length must be non-negative");
    }
    if (ns == 0) {
        // Lets others run, as sleep(0) is used for.
        wait_begin(ts);
        sched_yield();
        wait_end(ts);
        return safepoint_poll(ts) ? REF_NONE : NO_REF;
    }
    return wait_until(ts, deadline_after_ns((uint64_t)ns)) == WAIT_ERROR ? NO_REF : REF_NONE;
}

// --- Calendar ------------------------------------------------------------------------------------

static const StructSequenceField struct_time_fields[] = {
    {"tm_year", "year, for example, 1993"},
    {"tm_mon", "month of year, range [1, 12]"},
    {"tm_mday", "day of month, range [1, 31]"},
    {"tm_hour", "hours, range [0, 23]"},
    {"tm_min", "minutes, range [0, 59]"},
    {"tm_sec", "seconds, range [0, 61])"},
    {"tm_wday", "day of week, range [0, 6], Monday is 0"},
    {"tm_yday", "day of year, range [1, 366]"},
    {"tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"},
    {"tm_zone", "abbreviation of timezone name"},
    {"tm_gmtoff", "offset from UTC in seconds"},
    {"", NULL},
};
static const StructSequenceSpec struct_time_spec = {
    "time.struct_time",
    "Calendar time in nine integers, as gmtime() and localtime() return it and as\n"
    "asctime(), mktime() and strftime() take it. The fields hold what people write:\n"
    "the whole year, months from 1, Monday as day 0.",
    struct_time_fields, 9};
static Ref struct_time_type; // made by the first import, kept for the life of the process

enum { TIME_ITEMS = 9, TIME_FIELDS = 11 };

static Ref struct_time_from(ThreadState *ts, const struct tm *t)
{
    Ref values[TIME_FIELDS] = {
        REF_OF(small_int((int64_t)t->tm_year + 1900)),
        REF_OF(small_int(t->tm_mon + 1)),
        REF_OF(small_int(t->tm_mday)),
        REF_OF(small_int(t->tm_hour)),
        REF_OF(small_int(t->tm_min)),
        REF_OF(small_int(t->tm_sec)),
        REF_OF(small_int((t->tm_wday + 6) % 7)),
        REF_OF(small_int(t->tm_yday + 1)),
        REF_OF(small_int(t->tm_isdst)),
        str_from_z(ts, t->tm_zone == NULL ? "" : t->tm_zone),
        REF_OF(small_int(t->tm_gmtoff)),
    };
    if (is_error(values[9])) {
        return NO_REF;
    }
    return struct_sequence_new(ts, type_from(struct_time_type.v), values, TIME_FIELDS);
}

// Seconds since the epoch, rounded down; absent or None: now.
static Status calendar_seconds(ThreadState *ts, Value v, time_t *out)
{
    if (is_no_value(v) || value_is_none(v)) {
        *out = time(NULL);
        return STATUS_OK;
    }
    if (value_is_float(v)) {
        double d = float_get(v);
        if (isnan(d)) {
            return raise_status(ts, EXC_ValueError, "Invalid value NaN (not a number)");
        }
        d = floor(d);
        if (!(d >= -0x1p63 && d < 0x1p63)) {
            return raise_status(ts, EXC_OverflowError, "%s", out_of_range);
        }
        *out = (time_t)d;
        return STATUS_OK;
    }
    int64_t whole;
    if (integer_of(ts, v, &whole, out_of_range) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    *out = (time_t)whole;
    return STATUS_OK;
}

static Status broken_down(ThreadState *ts, Value seconds, bool local, struct tm *t)
{
    time_t when;
    if (calendar_seconds(ts, seconds, &when) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    errno = 0;
    if ((local ? localtime_r(&when, t) : gmtime_r(&when, t)) == NULL) {
        (void)raise_os_error(ts, errno == 0 ? EINVAL : errno, NO_VALUE);
        return STATUS_ERROR;
    }
    return STATUS_OK;
}

static Ref time_gmtime(ThreadState *ts, Value self, const Value *args)
{
    struct tm t;
    return broken_down(ts, args[0], false, &t) == STATUS_ERROR ? NO_REF : struct_time_from(ts, &t);
}

static Ref time_localtime(ThreadState *ts, Value self, const Value *args)
{
    struct tm t;
    return broken_down(ts, args[0], true, &t) == STATUS_ERROR ? NO_REF : struct_time_from(ts, &t);
}

static Status item_as_int(ThreadState *ts, Value item, int *out)
{
    clockid_t i; // a C int, with the same messages
    if (clock_id_of(ts, item, &i) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    *out = (int)i;
    return STATUS_OK;
}

// A time tuple as the C library's structure. `zone` keeps the zone's name alive.
static Status take_tuple(ThreadState *ts, Value v, const char *function, struct tm *t, Ref *zone)
{
    memset(t, 0, sizeof *t);
    if (!value_is_tuple(v)) {
        return raise_status(ts, EXC_TypeError, "Tuple or struct_time argument required");
    }
    if (tuple_count(v) != TIME_ITEMS) {
        return raise_status(ts, EXC_TypeError, "%s(): illegal time tuple argument", function);
    }
    int items[TIME_ITEMS];
    for (size_t i = 0; i < TIME_ITEMS; i++) {
        if (item_as_int(ts, tuple_item(v, i), &items[i]) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (items[0] < INT32_MIN + 1900) {
        return raise_status(ts, EXC_OverflowError, "year out of range");
    }
    t->tm_year = items[0] - 1900;
    t->tm_mon = items[1] - 1;
    t->tm_mday = items[2];
    t->tm_hour = items[3];
    t->tm_min = items[4];
    t->tm_sec = items[5];
    t->tm_wday = (items[6] + 1) % 7;
    t->tm_yday = items[7] - 1;
    t->tm_isdst = items[8];
    if (type_of(v) == type_from(struct_time_type.v)) {
        OWNED Ref offset = object_get_attribute_z(ts, v, "tm_gmtoff");
        *zone = object_get_attribute_z(ts, v, "tm_zone");
        if (is_error(offset) || is_error(*zone)) {
            return STATUS_ERROR;
        }
        size_t size;
        int64_t seconds;
        if (!value_is_none(offset.v) && int_to_i64(offset.v, &seconds)) {
            t->tm_gmtoff = seconds;
        }
        if (value_is_str(zone->v)) {
            t->tm_zone = str_utf8(ts, zone->v, &size);
            return t->tm_zone == NULL ? STATUS_ERROR : STATUS_OK;
        }
    }
    return STATUS_OK;
}

// Zero counts as one where people count from one; what lies outside the calendar is refused.
static Status check_fields(ThreadState *ts, struct tm *t)
{
    if (t->tm_mon == -1) {
        t->tm_mon = 0;
    } else if (t->tm_mon < 0 || t->tm_mon > 11) {
        return raise_status(ts, EXC_ValueError, "month out of range");
    }
    if (t->tm_mday == 0) {
        t->tm_mday = 1;
    } else if (t->tm_mday < 0 || t->tm_mday > 31) {
        return raise_status(ts, EXC_ValueError, "day of month out of range");
    }
    if (t->tm_hour < 0 || t->tm_hour > 23) {
        return raise_status(ts, EXC_ValueError, "hour out of range");
    }
    if (t->tm_min < 0 || t->tm_min > 59) {
        return raise_status(ts, EXC_ValueError, "minute out of range");
    }
    if (t->tm_sec < 0 || t->tm_sec > 61) {
        return raise_status(ts, EXC_ValueError, "seconds out of range");
    }
    if (t->tm_wday < 0) {
        return raise_status(ts, EXC_ValueError, "day of week out of range");
    }
    if (t->tm_yday == -1) {
        t->tm_yday = 0;
    } else if (t->tm_yday < 0 || t->tm_yday > 365) {
        return raise_status(ts, EXC_ValueError, "day of year out of range");
    }
    return STATUS_OK;
}

// The tuple argument, or the local time now if it is absent.
static Status tuple_or_now(ThreadState *ts, Value v, const char *function, struct tm *t, Ref *zone)
{
    if (is_no_value(v)) {
        return broken_down(ts, NO_VALUE, true, t);
    }
    return take_tuple(ts, v, function, t, zone) == STATUS_ERROR ? STATUS_ERROR
                                                                : check_fields(ts, t);
}

static Ref time_mktime(ThreadState *ts, Value self, const Value *args)
{
    struct tm t;
    OWNED Ref zone = NO_REF;
    if (take_tuple(ts, args[0], "mktime", &t, &zone) == STATUS_ERROR) {
        return NO_REF;
    }
    t.tm_wday = -1; // the C library sets it exactly when it succeeds
    time_t when = mktime(&t);
    if (when == (time_t)-1 && t.tm_wday == -1) {
        return raise(ts, EXC_OverflowError, "mktime argument out of range");
    }
    return float_from_double(ts, (double)when);
}

static Ref ascii_time(ThreadState *ts, const struct tm *t)
{
    static const char days[] = "SunMonTueWedThuFriSat",
                      months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    return format_str(ts, "%.3s %.3s%3d %02d:%02d:%02d %lld", days + 3 * t->tm_wday,
                      months + 3 * t->tm_mon, t->tm_mday, t->tm_hour, t->tm_min, t->tm_sec,
                      1900 + (long long)t->tm_year);
}

static Ref time_asctime(ThreadState *ts, Value self, const Value *args)
{
    struct tm t;
    OWNED Ref zone = NO_REF;
    return tuple_or_now(ts, args[0], "asctime", &t, &zone) == STATUS_ERROR ? NO_REF
                                                                           : ascii_time(ts, &t);
}

static Ref time_ctime(ThreadState *ts, Value self, const Value *args)
{
    struct tm t;
    return broken_down(ts, args[0], true, &t) == STATUS_ERROR ? NO_REF : ascii_time(ts, &t);
}

static Ref time_strftime(ThreadState *ts, Value self, const Value *args)
{
    struct tm t;
    OWNED Ref zone = NO_REF;
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "strftime() argument 1 must be str, not %T", args[0]);
    }
    if (tuple_or_now(ts, args[1], "strftime", &t, &zone) == STATUS_ERROR) {
        return NO_REF;
    }
    t.tm_isdst = t.tm_isdst < -1 ? -1 : t.tm_isdst > 1 ? 1 : t.tm_isdst;
    size_t size;
    const char *format = str_utf8(ts, args[0], &size);
    if (format == NULL) {
        return NO_REF;
    }
    if (memchr(format, 0, size) != NULL) {
        return raise(ts, EXC_ValueError, "embedded null character");
    }
    if (size == 0) {
        return str_empty();
    }
    // An answer of no bytes may mean that the buffer is too small, or that there is nothing to say.
    for (size_t room = 1024;; room *= 2) {
        char *buffer = raw_alloc(ts, room);
        if (buffer == NULL) {
            return NO_REF;
        }
        size_t written = strftime(buffer, room, format, &t);
        if (written > 0 || room >= 256 * size) {
            Ref text = str_from_utf8_replace(ts, buffer, written);
            raw_free(ts, buffer);
            return text;
        }
        raw_free(ts, buffer);
    }
}

// The parser of dates is part of the library and needs its module `re`.
static Ref time_strptime(CALL_PARAMETERS)
{
    OWNED Ref module = import_module(ts, "_strptime");
    if (is_error(module)) {
        return NO_REF;
    }
    OWNED Ref function = object_get_attribute_z(ts, module.v, "_strptime_time");
    return is_error(function) ? NO_REF : object_call(ts, function.v, args, count, names);
}

// --- Time zone -----------------------------------------------------------------------------------

// The zone's constants, from the middle of winter and of summer.
static Status set_zone_constants(ThreadState *ts, Value module)
{
    enum { HALF_YEAR = 365 * 24 * 3600 / 2 };
    time_t now = time(NULL), january = now / (2 * HALF_YEAR) * (2 * HALF_YEAR),
           july = january + HALF_YEAR;
    struct tm winter, summer;
    tzset();
    localtime_r(&january, &winter);
    localtime_r(&july, &summer);
    char winter_name[32], summer_name[32];
    strncpy(winter_name, winter.tm_zone, sizeof winter_name - 1)[sizeof winter_name - 1] = 0;
    strncpy(summer_name, summer.tm_zone, sizeof summer_name - 1)[sizeof summer_name - 1] = 0;
    // South of the equator January is summer: standard time is the one with the smaller offset.
    bool south = winter.tm_gmtoff > summer.tm_gmtoff;
    long standard = -(south ? summer.tm_gmtoff : winter.tm_gmtoff);
    long saving = -(south ? winter.tm_gmtoff : summer.tm_gmtoff);
    OWNED Ref first = str_from_z(ts, south ? summer_name : winter_name);
    OWNED Ref second = str_from_z(ts, south ? winter_name : summer_name);
    if (is_error(first) || is_error(second)) {
        return STATUS_ERROR;
    }
    if (module_add_int(ts, module, "timezone", standard) == STATUS_ERROR ||
        module_add_int(ts, module, "altzone", saving) == STATUS_ERROR ||
        module_add_int(ts, module, "daylight", standard != saving) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return module_add_ref(ts, module, "tzname", tuple_pack(ts, 2, first.v, second.v));
}

static Ref time_tzset(ThreadState *ts, Value self, const Value *args)
{
    return set_zone_constants(ts, self) == STATUS_ERROR ? NO_REF : REF_NONE;
}

// --- The module ----------------------------------------------------------------------------------

static const NativeDef functions[] = {
    NATIVE("time", time_time, "($module, /)", "Seconds since the Epoch, with fractions."),
    NATIVE("time_ns", time_time_ns, "($module, /)", "Nanoseconds since the Epoch."),
    NATIVE("monotonic", time_monotonic, "($module, /)",
           "Seconds of a clock that cannot go backward."),
    NATIVE("monotonic_ns", time_monotonic_ns, "($module, /)",
           "Nanoseconds of a clock that cannot go backward."),
    NATIVE("perf_counter", time_monotonic, "($module, /)",
           "Seconds of the finest clock, to measure with."),
    NATIVE("perf_counter_ns", time_monotonic_ns, "($module, /)",
           "Nanoseconds of the finest clock, to measure with."),
    NATIVE("process_time", time_process_time, "($module, /)",
           "Processor seconds that the process has used, in kernel and user mode."),
    NATIVE("process_time_ns", time_process_time_ns, "($module, /)",
           "Processor nanoseconds that the process has used."),
    NATIVE("thread_time", time_thread_time, "($module, /)",
           "Processor seconds that the calling thread has used."),
    NATIVE("thread_time_ns", time_thread_time_ns, "($module, /)",
           "Processor nanoseconds that the calling thread has used."),
    NATIVE("clock_gettime", time_clock_gettime, "($module, clk_id, /)",
           "Seconds of the given clock."),
    NATIVE("clock_gettime_ns", time_clock_gettime_ns, "($module, clk_id, /)",
           "Nanoseconds of the given clock."),
    NATIVE("clock_getres", time_clock_getres, "($module, clk_id, /)",
           "Resolution of the given clock."),
    NATIVE("clock_settime", time_clock_settime, "($module, clk_id, time, /)",
           "Sets the given clock."),
    NATIVE("clock_settime_ns", time_clock_settime_ns, "($module, clk_id, time, /)",
           "Sets the given clock, in nanoseconds."),
    NATIVE("pthread_getcpuclockid", time_pthread_getcpuclockid, "($module, thread_id, /)",
           "The clock of a thread's processor time."),
    NATIVE("get_clock_info", time_get_clock_info, "($module, name, /)",
           "What is known of a clock: implementation, monotonic, adjustable, resolution."),
    NATIVE("sleep", time_sleep, "($module, seconds, /)",
           "Waits for so many seconds, fractions allowed, while other threads run."),
    NATIVE("gmtime", time_gmtime, "($module, seconds=None, /)",
           "Calendar time in UTC; without seconds: now."),
    NATIVE("localtime", time_localtime, "($module, seconds=None, /)",
           "Calendar time in the local zone; without seconds: now."),
    NATIVE("mktime", time_mktime, "($module, tuple, /)",
           "Local calendar time as seconds since the Epoch."),
    NATIVE("asctime", time_asctime, "($module, tuple=<unrepresentable>, /)",
           "Calendar time as text: 'Sat Jun 06 16:26:11 1998'."),
    NATIVE("ctime", time_ctime, "($module, seconds=None, /)",
           "Seconds since the Epoch as local time in text."),
    NATIVE("strftime", time_strftime, "($module, format, tuple=<unrepresentable>, /)",
           "Calendar time as text, by the C library's format codes."),
    NATIVE_RAW("strptime", time_strptime, "($module, string, format=<unrepresentable>, /)",
               "Reads calendar time from text, by format codes."),
    NATIVE("tzset", time_tzset, "($module, /)",
           "Takes the local zone from the environment (TZ) anew."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    static const struct {
        const char *name;
        int value;
    } constants[] = {
        {"CLOCK_REALTIME", CLOCK_REALTIME},
        {"CLOCK_MONOTONIC", CLOCK_MONOTONIC},
        {"CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW},
        {"CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID},
        {"CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID},
        {"CLOCK_BOOTTIME", CLOCK_BOOTTIME},
        {"CLOCK_TAI", CLOCK_TAI},
        {"_STRUCT_TM_ITEMS", TIME_FIELDS},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(constants); i++) {
        if (module_add_int(ts, module, constants[i].name, constants[i].value) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    if (is_error(struct_time_type)) {
        struct_time_type = struct_sequence_type_new(ts, &struct_time_spec);
        if (is_error(struct_time_type)) {
            return STATUS_ERROR;
        }
    }
    if (module_add(ts, module, "struct_time", struct_time_type.v) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return set_zone_constants(ts, module);
}

const ModuleSpec module_time = {
    "time",
    "Clocks, sleeping and calendar time.\n\n"
    "Seconds count from the Epoch, the beginning of 1970 in UTC. Calendar time is a\n"
    "tuple of nine integers: year, month, day, hour, minute, second, weekday (Monday\n"
    "is 0), day of the year, and whether daylight saving time is in effect.",
    functions, setup};
