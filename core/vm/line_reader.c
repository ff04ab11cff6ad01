// core/vm/line_reader.c: libedit's names clash with ours, so nothing else includes it.
#include "core/vm/line_reader.h"

#include <editline/readline.h>
#include <langinfo.h>
#include <locale.h>
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

// libedit reads characters as the locale says; without a locale they are UTF-8,
// as everywhere else here.
static locale_t terminal_locale(void)
{
    locale_t own = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (own != (locale_t)0 && strcmp(nl_langinfo_l(CODESET, own), "UTF-8") == 0) {
        return own;
    }
    if (own != (locale_t)0) {
        freelocale(own);
    }
    return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static char *read_edited(const char *prompt)
{
    static char *previous;        // one thread has the terminal
    rl_bind_key('\t', rl_insert); // indents; libedit would complete names of files
    char *line = readline(prompt);
    if (line != NULL && *line != '\0' && (previous == NULL || strcmp(line, previous) != 0)) {
        add_history(line);
        free(previous);
        previous = strdup(line);
    }
    return line;
}

char *line_read(const char *prompt)
{
    if (!isatty(0)) {
        return read_plain(prompt);
    }
    locale_t locale = terminal_locale();
    locale_t before = locale != (locale_t)0 ? uselocale(locale) : (locale_t)0;
    char *line = read_edited(prompt);
    if (locale != (locale_t)0) {
        uselocale(before);
        freelocale(locale);
    }
    return line;
}
