// gc/visitor.h: how an object tells what it refers to.
//
// A counted edge stands for one reference in the target's count. A mark-only edge keeps
// its target alive without counting: an instance's type, a deferred value in a suspended
// frame. Everything that `traverse` reports as counted must be counted, and once per
// count: the collector subtracts it.
#ifndef ADDER_GC_VISITOR_H
#define ADDER_GC_VISITOR_H

#include "gil/handles.h"

typedef enum { EDGE_COUNTED, EDGE_MARK_ONLY } EdgeKind;

// Any value may be reported, immediates and NO_VALUE too.
typedef void (*Visitor)(Value target, EdgeKind kind, void *context);

#endif
