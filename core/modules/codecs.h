// core/modules/codecs.h: what start-up and shutdown need of the registry of encodings.
#ifndef ADDER_CORE_MODULES_CODECS_H
#define ADDER_CORE_MODULES_CODECS_H

// From now on an encoding that is not builtin is looked for in the library's package `encodings`.
void codecs_start(void);
// Drops what was registered, when no script runs any more.
void codecs_finish(void);

#endif
