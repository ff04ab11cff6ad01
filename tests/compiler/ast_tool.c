// tests/compiler/ast_tool.c: reads sources, writes their trees or errors; for compare_ast.py.
//
// Standard input is a sequence of records "mode flags size\n" + size bytes, mode one of e (exec), v
// (eval), s (single), flags a number: 1 text, 2 allow incomplete, 4 no dedent, 8 without positions.
// For each, standard output gets "size\n" + size bytes: the tree, or the error as JSON-like fields.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/compiler/ast_dump.h"
#include "core/compiler/parser.h"

static void write_error(FILE *out, const SyntaxError *error)
{
    fprintf(out, "!%s\t%s\t%d\t%d\t%d\t%d\t%d\t%.*s", error->type, error->message, error->line,
            error->column, error->end_line, error->end_column, error->incomplete,
            (int)error->text.size, error->text.bytes == NULL ? "" : error->text.bytes);
}

int main(void)
{
    char mode;
    int flags;
    size_t size;
    while (scanf("%c %d %zu", &mode, &flags, &size) == 3 && getchar() == '\n') {
        char *source = malloc(size + 1);
        if (source == NULL || fread(source, 1, size, stdin) != size) {
            return 1;
        }
        ParseWarning *warnings = NULL;
        ParseInput input = {.source = source,
                            .size = size,
                            .mode = mode == 'e'   ? PARSE_EXEC
                                    : mode == 'v' ? PARSE_EVAL
                                                  : PARSE_SINGLE,
                            .is_text = flags & 1,
                            .allow_incomplete = flags & 2,
                            .no_dedent = flags & 4,
                            .int_digits_max = 4300,
                            .stack_limit = NULL,
                            .warnings = &warnings};
        Arena arena;
        arena_init(&arena);
        SyntaxError error;
        Module *module = parse_source(&arena, &input, &error);
        char *text = NULL;
        size_t text_size = 0;
        FILE *out = open_memstream(&text, &text_size);
        if (module == NULL) {
            write_error(out, &error);
        } else if (!ast_dump(out, module, !(flags & 8))) {
            fputs("too deep", out);
        }
        if (flags & 16) {
            for (ParseWarning *w = warnings; w != NULL; w = w->next) {
                fprintf(out, "\n%s\t%s\t%d", w->category, w->message, w->line);
            }
        }
        fclose(out);
        printf("%zu\n", text_size);
        fwrite(text, 1, text_size, stdout);
        fflush(stdout);
        free(text);
        free(source);
        arena_free(&arena);
    }
    return 0;
}
