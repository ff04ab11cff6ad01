// Any bytes, in each mode: a tree or an error, never a crash. Trees are walked to touch every node.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/compiler/ast_dump.h"
#include "core/compiler/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *sink;
    if (sink == NULL) {
        sink = fopen("/dev/null", "w");
    }
    if (size == 0) {
        return 0;
    }
    uint8_t choice = data[0];
    ParseWarning *warnings = NULL;
    SyntaxError error;
    Arena arena;
    arena_init(&arena);
    if (choice >= 0xF0) {
        arena.limit_bytes = (size_t)(choice - 0xEF) * 1024;
    }
    ParseInput input = {
        .source = (const char *)data + 1,
        .size = size - 1,
        .mode = choice % 3 == 0   ? PARSE_EXEC
                : choice % 3 == 1 ? PARSE_SINGLE
                                  : PARSE_EVAL,
        .is_text = choice & 0x10,
        .allow_incomplete = choice & 0x20,
        .no_dedent = choice & 0x40,
        .int_digits_max = 4300,
        .warnings = &warnings,
    };
    Module *module = parse_source(&arena, &input, &error);
    if (module != NULL) {
        ast_dump(sink, module, true);
    } else if (error.type == NULL || error.message == NULL || strlen(error.message) > 2048 ||
               error.line < 0) {
        abort();
    }
    arena_free(&arena);
    return 0;
}
