// core/object/cell.c: cells, and their type as scripts see it.
#include "core/object/cell.h"

#include "core/object/str.h"
#include "core/object/tuple.h"

Ref cell_new(ThreadState *ts, Ref value)
{
    Cell *c = object_new(ts, KIND_CELL, sizeof *c);
    if (c == NULL) {
        ref_drop(&value);
        return NO_REF;
    }
    shared_ref_init(&c->value, value);
    c->in_order = 0;
    c->flags = 0;
    object_track(&c->head);
    return REF_FROM_NEW(c);
}

void cell_store(ThreadState *ts, Cell *c, Ref value)
{
    object_store(ts, &c->head, &c->value, value);
}

static void cell_finish(ThreadState *ts, ObjectHead *o) { shared_ref_clear(&((Cell *)o)->value); }

static void cell_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit(shared_ref_peek(&((Cell *)o)->value), EDGE_COUNTED, context);
}

static Ref cell_make(CALL_PARAMETERS)
{
    if (!is_no_value(names) && tuple_count(names) > 0) {
        return raise(ts, EXC_TypeError, "cell() takes no keyword arguments");
    }
    if (count > 1) {
        return raise(ts, EXC_TypeError, "cell expected at most 1 argument, got %zu", count);
    }
    return cell_new(ts, count == 1 ? ref_new(args[0]) : NO_REF);
}

static Ref cell_contents(ThreadState *ts, Value self)
{
    Ref value = cell_load((Cell *)value_head(self));
    return is_error(value) ? raise(ts, EXC_ValueError, "Cell is empty") : value;
}

static Status cell_set_contents(ThreadState *ts, Value self, Value value)
{
    cell_store(ts, (Cell *)value_head(self), ref_new(value));
    return STATUS_OK;
}

static Ref cell_repr(ThreadState *ts, Value self)
{
    OWNED Ref value = cell_load((Cell *)value_head(self));
    if (is_error(value)) {
        return format_str(ts, "<cell at %p: empty>", (void *)self.bits);
    }
    OWNED Ref id = object_id(ts, value.v);
    if (is_error(id)) {
        return NO_REF;
    }
    uint64_t address = value_is_object(value.v) ? value.v.bits : 0;
    return address != 0 ? format_str(ts, "<cell at %p: %T object at %p>", (void *)self.bits,
                                     value.v, (void *)address)
                        : format_str(ts, "<cell at %p: %T object at 0x%S>", (void *)self.bits,
                                     value.v, id.v);
}

// Empty cells sort before others, which compare by content.
static Ref cell_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if (!value_is_kind(a, KIND_CELL) || !value_is_kind(b, KIND_CELL)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    OWNED Ref left = cell_load((Cell *)value_head(a));
    OWNED Ref right = cell_load((Cell *)value_head(b));
    if (!is_error(left) && !is_error(right)) {
        return object_compare(ts, left.v, right.v, op);
    }
    int order = (int)is_error(right) - (int)is_error(left);
    bool yes = op == OP_LT   ? order < 0
               : op == OP_LE ? order <= 0
               : op == OP_EQ ? order == 0
               : op == OP_NE ? order != 0
               : op == OP_GT ? order > 0
                             : order >= 0;
    return REF_OF(bool_value(yes));
}

static const GetSetDef cell_getset[] = {
    {"cell_contents", cell_contents, cell_set_contents, NULL},
    {NULL, NULL, NULL, NULL},
};

const TypeSpec spec_CELL = {
    .name = "cell",
    .doc =
        "Create a new cell object.\n\n  contents\n    the contents of the cell. If not specified, "
        "the cell will be empty,\n    and \nfurther attempts to access its cell_contents attribute "
        "will\n"
        "    raise a ValueError.",
    .base = KIND_OBJECT,
    .size = sizeof(Cell),
    .flags = TYPE_COLLECTED,
    .slots = {.finish = cell_finish,
              .traverse = cell_traverse,
              .clear = cell_finish,
              .repr = cell_repr,
              .compare = cell_compare,
              .make = cell_make},
    .getset = cell_getset,
};
