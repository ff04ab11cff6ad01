// core/object/cell.h: one place for a value, shared by closures,
// or by a namespace and the instruction caches that found it there.
#ifndef ADDER_CORE_OBJECT_CELL_H
#define ADDER_CORE_OBJECT_CELL_H

#include "core/object/object.h"

struct Cell {
    ObjectHead head;
    SharedRef value;   // empty: unbound
    uint32_t in_order; // namespace cells: place of the entry; dict.c
    uint32_t flags;    // namespace cells; dict.c
};

Ref cell_new(ThreadState *ts, Ref value); // steals; NO_REF: empty
// Any thread. NO_REF without an exception: empty.
static inline Ref cell_load(Cell *c) { return shared_ref_load(&c->head, &c->value); }
void cell_store(ThreadState *ts, Cell *c, Ref value); // steals; NO_REF empties

#endif
