// core/object/character_names.h: characters by their Unicode names, as in "\\N{EM DASH}".
#ifndef ADDER_CORE_OBJECT_CHARACTER_NAMES_H
#define ADDER_CORE_OBJECT_CHARACTER_NAMES_H

#include "core/base/check.h"

#define CHARACTER_UNKNOWN UINT32_MAX

// The character of this name or alias, or CHARACTER_UNKNOWN. Case does not matter. Named sequences
// of several characters are not known.
uint32_t character_from_name(const char *name, size_t size);

enum { CHARACTER_NAME_MAX = 256 };
// Writes the name of c (no aliases); false when it has none.
bool character_name(uint32_t c, char name[CHARACTER_NAME_MAX]);

#endif
