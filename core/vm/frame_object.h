// core/vm/frame_object.h: the structure behind frame objects (core/object/frame_object.c).
#ifndef ADDER_CORE_VM_FRAME_OBJECT_H
#define ADDER_CORE_VM_FRAME_OBJECT_H

#include "core/vm/frame.h"

typedef struct FrameObject {
    ObjectHead head;
    Frame *frame; // while it lives, else NULL
    SharedRef code, globals, builtins;
    SharedRef locals;     // after the frame's end: a dict, if somebody held this object then
    SharedRef back;       // likewise
    uint32_t instruction; // where it ended, or was seen by a traceback
} FrameObject;

// For a traceback whose frame is gone.
Ref frame_object_of_traceback(ThreadState *ts, Value code, Value globals, uint32_t instruction);

#endif
