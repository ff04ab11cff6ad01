// core/object/accounting.c: what debug builds need to know about objects when a process ends.
//
// See gc/account.h: an object that can be reached from nowhere, and still exists, was lost.
#include "core/object/error.h"
#include "core/object/shape.h"
#include "gc/upcalls.h"

static void visit_shapes(Visitor visit, void *context)
{
    for (size_t i = 0; i < SHAPE_BLOCKS && shape_blocks[i] != NULL; i++) {
        for (size_t k = 0; k < (size_t)1 << SHAPE_BLOCK_BITS; k++) {
            Shape *shape = shape_blocks[i][k].shape;
            if (shape != NULL) {
                visit(shape->last_name, EDGE_COUNTED, context);
            }
        }
    }
}

void visit_static_objects(Visitor visit, void *context)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        object_traverse(&builtin_types[i].head, visit, context);
    }
    for (size_t i = 0; i < EXC_COUNT; i++) {
        object_traverse(&exception_types[i].head, visit, context);
    }
    visit_shapes(visit, context);
}

const char *object_kind_name(const ObjectHead *o) { return type_name(head_type(o)); }
