// core/compiler/character_names.h: characters by their Unicode names, as in "\\N{EM DASH}".
#ifndef ADDER_CORE_COMPILER_CHARACTER_NAMES_H
#define ADDER_CORE_COMPILER_CHARACTER_NAMES_H

#include "core/base/check.h"

#define CHARACTER_UNKNOWN UINT32_MAX

// The character of this name or alias, or CHARACTER_UNKNOWN. Case does not matter. Named sequences
// of several characters are not known.
uint32_t character_from_name(const char *name, size_t size);

#endif
