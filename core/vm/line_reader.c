// core/vm/line_reader.c: libedit's names clash with ours, so nothing else includes it.
#include "core/vm/line_reader.h"

#include <editline/readline.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *read_plain(const char *prompt)
{
    char *line = NULL;
    size_t capacity = 0;
    fputs(prompt, stdout);
    fflush(stdout);
    ssize_t n = getline(&line, &capacity, stdin);
    if (n < 0) {
        free(line);
        return NULL;
    }
    if (n > 0 && line[n - 1] == '\n') {
        line[n - 1] = '\0';
    }
    return line;
}

char *line_read(const char *prompt)
{
    if (!isatty(0)) {
        return read_plain(prompt);
    }
    char *line = readline(prompt);
    if (line != NULL && *line != '\0') {
        add_history(line);
    }
    return line;
}
