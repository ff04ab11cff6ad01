// core/object/constants.c: the types of None, NotImplemented and Ellipsis,
// whose only instances are immediates.
#include "core/object/object.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static Status check_no_arguments(ThreadState *ts, const char *name, size_t count, Value names)
{
    if (count > 0 || (!is_no_value(names) && tuple_count(names) > 0)) {
        return raise_status(ts, EXC_TypeError, "%s takes no arguments", name);
    }
    return STATUS_OK;
}

static Ref none_repr(ThreadState *ts, Value self) { return str_intern_z(ts, "None"); }
static Truth none_truth(ThreadState *ts, Value self) { return TRUTH_FALSE; }
static Ref none_make(CALL_PARAMETERS)
{
    return check_no_arguments(ts, "NoneType", count, names) == STATUS_OK ? REF_NONE : NO_REF;
}

const TypeSpec spec_NONE_TYPE = {
    .name = "NoneType",
    .base = KIND_OBJECT,
    .slots = {.repr = none_repr, .truth = none_truth, .make = none_make},
};

static Ref not_implemented_repr(ThreadState *ts, Value self)
{
    return str_intern_z(ts, "NotImplemented");
}
static Ref not_implemented_make(CALL_PARAMETERS)
{
    return check_no_arguments(ts, "NotImplementedType", count, names) == STATUS_OK
               ? REF_OF(VALUE_NOT_IMPLEMENTED)
               : NO_REF;
}
static Ref not_implemented_reduce(ThreadState *ts, Value self, const Value *args)
{
    return str_intern_z(ts, "NotImplemented");
}
static const NativeDef not_implemented_methods[] = {
    NATIVE("__reduce__", not_implemented_reduce, "($self, /)", NULL),
    NATIVE_END,
};

const TypeSpec spec_NOT_IMPLEMENTED_TYPE = {
    .name = "NotImplementedType",
    .base = KIND_OBJECT,
    .slots = {.repr = not_implemented_repr, .make = not_implemented_make},
    .methods = not_implemented_methods,
};

static Ref ellipsis_repr(ThreadState *ts, Value self) { return str_intern_z(ts, "Ellipsis"); }
static Ref ellipsis_make(CALL_PARAMETERS)
{
    return check_no_arguments(ts, "EllipsisType", count, names) == STATUS_OK
               ? REF_OF(VALUE_ELLIPSIS)
               : NO_REF;
}
static Ref ellipsis_reduce(ThreadState *ts, Value self, const Value *args)
{
    return str_intern_z(ts, "Ellipsis");
}
static const NativeDef ellipsis_methods[] = {
    NATIVE("__reduce__", ellipsis_reduce, "($self, /)", NULL),
    NATIVE_END,
};

const TypeSpec spec_ELLIPSIS_TYPE = {
    .name = "ellipsis",
    .base = KIND_OBJECT,
    .slots = {.repr = ellipsis_repr, .make = ellipsis_make},
    .methods = ellipsis_methods,
};
