// core/modules/bisect.c: the module _bisect: places in sorted sequences.
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"

// Parameters of all four functions: a, x, lo, hi, key.
static Status read_bounds(ThreadState *ts, const Value *args, int64_t *low, int64_t *high)
{
    *low = 0;
    if (!is_no_value(args[2]) && index_get(ts, args[2], low) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    if (*low < 0) {
        return raise_status(ts, EXC_ValueError, "lo must be non-negative");
    }
    if (is_no_value(args[3]) || value_is_none(args[3])) {
        *high = object_length(ts, args[0]);
        return *high < 0 ? STATUS_ERROR : STATUS_OK;
    }
    return index_get(ts, args[3], high);
}

// Where x (already a key) belongs: after equal items (right) or before. -1: error.
static int64_t find_place(ThreadState *ts, const Value *args, Value x, bool is_right)
{
    int64_t low, high;
    if (read_bounds(ts, args, &low, &high) == STATUS_ERROR) {
        return -1;
    }
    Value key = is_no_value(args[4]) || value_is_none(args[4]) ? NO_VALUE : args[4];
    bool is_list = value_is_exactly(args[0], KIND_LIST);
    while (low < high) {
        int64_t middle = (int64_t)(((uint64_t)low + (uint64_t)high) / 2);
        OWNED Ref item = is_list ? list_get(ts, list_from(args[0]), (size_t)middle) : NO_REF;
        if (is_error(item)) {
            OWNED Ref index = int_from_i64(ts, middle);
            item = is_error(index) ? NO_REF : object_get_item(ts, args[0], index.v);
        }
        if (!is_error(item) && !is_no_value(key)) {
            ref_set(&item, object_call1(ts, key, item.v));
        }
        if (is_error(item)) {
            return -1;
        }
        Truth less;
        if (values_are_small_ints(item.v, x)) {
            less = (is_right ? small_int_get(x) < small_int_get(item.v)
                             : small_int_get(item.v) < small_int_get(x))
                       ? TRUTH_TRUE
                       : TRUTH_FALSE;
        } else {
            less = is_right ? object_compare_truth(ts, x, item.v, OP_LT)
                            : object_compare_truth(ts, item.v, x, OP_LT);
        }
        if (less == TRUTH_ERROR) {
            return -1;
        }
        if ((less == TRUTH_TRUE) == is_right) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static Ref bisect(ThreadState *ts, const Value *args, bool is_right)
{
    int64_t place = find_place(ts, args, args[1], is_right);
    return place < 0 ? NO_REF : int_from_i64(ts, place);
}
static Ref bisect_right(ThreadState *ts, Value self, const Value *args)
{
    return bisect(ts, args, true);
}
static Ref bisect_left(ThreadState *ts, Value self, const Value *args)
{
    return bisect(ts, args, false);
}

static Ref insort(ThreadState *ts, const Value *args, bool is_right)
{
    bool has_key = !is_no_value(args[4]) && !value_is_none(args[4]);
    OWNED Ref x = has_key ? object_call1(ts, args[4], args[1]) : ref_new(args[1]);
    int64_t place = is_error(x) ? -1 : find_place(ts, args, x.v, is_right);
    if (place < 0) {
        return NO_REF;
    }
    if (value_is_exactly(args[0], KIND_LIST)) {
        return list_insert(ts, list_from(args[0]), place, args[1]) == STATUS_ERROR ? NO_REF
                                                                                   : REF_NONE;
    }
    OWNED Ref index = int_from_i64(ts, place);
    if (is_error(index)) {
        return NO_REF;
    }
    OWNED Ref done = object_call_method_z(ts, args[0], "insert", (Value[]){index.v, args[1]}, 2);
    return is_error(done) ? NO_REF : REF_NONE;
}
static Ref insort_right(ThreadState *ts, Value self, const Value *args)
{
    return insort(ts, args, true);
}
static Ref insort_left(ThreadState *ts, Value self, const Value *args)
{
    return insort(ts, args, false);
}

#define SIGNATURE "($module, /, a, x, lo=0, hi=None, *, key=None)"
static const NativeDef functions[] = {
    NATIVE("bisect_right", bisect_right, SIGNATURE,
           "Return the index where to insert item x in list a, assuming a is sorted.\n\n"
           "The return value i is such that all e in a[:i] have e <= x, and all e in\n"
           "a[i:] have e > x.  So if x already appears in the list, a.insert(i, x) will\n"
           "insert just after the rightmost x already there.\n\n"
           "Optional args lo (default 0) and hi (default len(a)) bound the\n"
           "slice of a to be searched."),
    NATIVE("insort_right", insort_right, SIGNATURE,
           "Insert item x in list a, and keep it sorted assuming a is sorted.\n\n"
           "If x is already in a, insert it to the right of the rightmost x.\n\n"
           "Optional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be "
           "searched."),
    NATIVE("bisect_left", bisect_left, SIGNATURE,
           "Return the index where to insert item x in list a, assuming a is sorted.\n\n"
           "The return value i is such that all e in a[:i] have e < x, and all e in\n"
           "a[i:] have e >= x.  So if x already appears in the list, a.insert(i, x) will\n"
           "insert just before the leftmost x already there.\n\n"
           "Optional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be "
           "searched."),
    NATIVE("insort_left", insort_left, SIGNATURE,
           "Insert item x in list a, and keep it sorted assuming a is sorted.\n\n"
           "If x is already in a, insert it to the left of the leftmost x.\n\n"
           "Optional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be "
           "searched."),
    NATIVE_END,
};

extern const ModuleSpec module_bisect;
const ModuleSpec module_bisect = {
    .name = "_bisect",
    .doc = "Where an item belongs in a sorted list.",
    .functions = functions,
    .setup = NULL,
};
