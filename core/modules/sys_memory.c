// core/modules/sys_memory.c: what sys tells of memory: counts, sizes, blocks.
#include "alloc/statistics.h"
#include "core/modules/sys.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gil/stop_the_world.h"

Ref sys_getrefcount(BOUND_PARAMETERS)
{
    // One more, as CPython counts: the argument's own reference.
    // Immediates and immortal objects have none.
    if (!value_is_object(args[0]) || head_is_immortal(value_head(args[0]))) {
        return REF_OF(small_int(1000000000));
    }
    return int_from_i64(ts, head_count(value_head(args[0])) + 1);
}

Ref sys_getsizeof(CALL_PARAMETERS)
{
    Value otherwise = NO_VALUE;
    size_t keywords = is_no_value(names) ? 0 : tuple_count(names);
    if (count == 0 || count + keywords > 2) {
        return raise(ts, EXC_TypeError, "getsizeof() takes 1 or 2 arguments (%zu given)", count);
    }
    if (keywords == 1 && !str_equal_z(tuple_item(names, 0), "default")) {
        return raise(ts, EXC_TypeError, "getsizeof() got an unexpected keyword argument '%U'",
                     tuple_item(names, 0));
    }
    if (count + keywords == 2) {
        otherwise = args[1];
    }
    OWNED Ref size = type_call_special(ts, args[0], NAME(__sizeof__), NULL, 0);
    if (is_error(size)) {
        if (!is_no_value(otherwise) && exception_clear_if(ts, EXC_TypeError)) {
            return ref_new(otherwise);
        }
        return NO_REF;
    }
    int64_t bytes;
    if (!value_is_int(size.v) || !int_to_i64(size.v, &bytes)) {
        return raise(ts, EXC_TypeError, "'%T' object cannot be interpreted as an integer", size.v);
    }
    if (bytes < 0) {
        return raise(ts, EXC_ValueError, "__sizeof__() should return >= 0");
    }
    return ref_take(&size);
}

Ref sys_intern(BOUND_PARAMETERS)
{
    if (!value_is_exactly(args[0], KIND_STR)) {
        return raise(ts, EXC_TypeError,
                     value_is_str(args[0]) ? "can't intern %T"
                                           : "intern() argument must be str, not %T",
                     args[0]);
    }
    return str_intern(ts, ref_new(args[0]));
}

static void read_statistics(ThreadState *ts, HeapStatistics *statistics)
{
    stop_the_world(ts);
    heap_statistics_stopped(statistics);
    start_the_world(ts);
}

Ref sys_getallocatedblocks(BOUND_PARAMETERS)
{
    HeapStatistics statistics;
    read_statistics(ts, &statistics);
    return int_from_u64(ts, statistics.blocks_used);
}

Ref sys_debugmallocstats(BOUND_PARAMETERS)
{
    OWNED Ref err = sys_attribute(ts, "stderr");
    if (!is_error(err) && !value_is_none(err.v)) {
        OWNED Ref flushed = object_call_method_z(ts, err.v, "flush", NULL, 0);
        if (is_error(flushed)) {
            return NO_REF;
        }
    }
    HeapStatistics statistics;
    read_statistics(ts, &statistics);
    heap_print_statistics(stderr, &statistics);
    return REF_NONE;
}
