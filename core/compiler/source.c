// core/compiler/source.c: bytes of a file or a str to the text that the lexer reads.
//
// 1. A byte order mark says UTF-8; a `coding:` comment in the first two lines may say UTF-8,
//    Latin-1 or ASCII. Other encodings are refused by name.
// 2. Latin-1 is converted; UTF-8 is checked, so that nobody behind has to.
// 3. Line ends become \n, and a module that lacks the last one gets it.
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistr.h>

#include "core/compiler/lexer.h"

typedef enum Encoding {
    ENCODING_UTF_8,
    ENCODING_LATIN_1,
    ENCODING_ASCII,
    ENCODING_UNKNOWN
} Encoding;

static void fail(SyntaxError *error, const char *message)
{
    *error = (SyntaxError){.type = "SyntaxError", .message = message, .column = -1};
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

// Finds `coding[:=] name` in a line that is only a comment. False if the line is no comment and not
// blank, so that the next line does not matter.
static bool find_cookie(const char *line, const char *end, const char **name, size_t *size)
{
    while (line < end && (*line == ' ' || *line == '\t' || *line == '\f')) {
        line++;
    }
    if (line == end) {
        return true;
    }
    if (*line != '#') {
        return false;
    }
    for (; end - line > 7; line++) {
        if (memcmp(line, "coding", 6) != 0 || (line[6] != ':' && line[6] != '=')) {
            continue;
        }
        const char *start = line + 7;
        while (start < end && (*start == ' ' || *start == '\t')) {
            start++;
        }
        const char *stop = start;
        while (stop < end && is_name_byte(*stop)) {
            stop++;
        }
        if (stop > start) {
            *name = start;
            *size = (size_t)(stop - start);
            break;
        }
    }
    return true;
}

static bool has_form(const char *name, const char *form)
{
    size_t size = strlen(form);
    return strncmp(name, form, size) == 0 && (name[size] == 0 || name[size] == '-');
}

static Encoding encoding_from_name(const char *name, size_t size)
{
    static const struct {
        const char *alias;
        Encoding encoding;
    } aliases[] = {
        {"utf8", ENCODING_UTF_8},      {"u8", ENCODING_UTF_8},
        {"utf", ENCODING_UTF_8},       {"cp65001", ENCODING_UTF_8},
        {"utf8-ucs2", ENCODING_UTF_8}, {"utf8-ucs4", ENCODING_UTF_8},
        {"latin1", ENCODING_LATIN_1},  {"l1", ENCODING_LATIN_1},
        {"latin", ENCODING_LATIN_1},   {"iso8859-1", ENCODING_LATIN_1},
        {"iso8859", ENCODING_LATIN_1}, {"8859", ENCODING_LATIN_1},
        {"cp819", ENCODING_LATIN_1},   {"iso-8859-1", ENCODING_LATIN_1},
        {"ascii", ENCODING_ASCII},     {"us-ascii", ENCODING_ASCII},
        {"646", ENCODING_ASCII},       {"ansi-x3.4-1968", ENCODING_ASCII},
    };
    char plain[32];
    if (size >= sizeof plain) {
        size = sizeof plain - 1;
    }
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        plain[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    plain[size] = 0;
    if (has_form(plain, "utf-8")) {
        return ENCODING_UTF_8;
    }
    if (has_form(plain, "latin-1") || has_form(plain, "iso-8859-1") ||
        has_form(plain, "iso-latin-1")) {
        return ENCODING_LATIN_1;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(aliases); i++) {
        if (strcmp(plain, aliases[i].alias) == 0) {
            return aliases[i].encoding;
        }
    }
    return ENCODING_UNKNOWN;
}

// The encoding named in the first two lines. *name stays NULL: none.
static void declared_encoding(const char *source, size_t size, const char **name, size_t *name_size)
{
    const char *end = source + size;
    const char *line = source;
    for (int i = 0; i < 2 && line < end && *name == NULL; i++) {
        const char *stop = line;
        while (stop < end && *stop != '\n' && *stop != '\r') {
            stop++;
        }
        if (!find_cookie(line, stop, name, name_size)) {
            break;
        }
        line = stop + 1 < end && stop[0] == '\r' && stop[1] == '\n' ? stop + 2 : stop + 1;
    }
}

bool source_foreign_encoding(const char *source, size_t size, char *name, size_t room)
{
    const char *found = NULL;
    size_t length = 0;
    declared_encoding(source, size, &found, &length);
    if (found == NULL || length >= room || encoding_from_name(found, length) != ENCODING_UNKNOWN) {
        return false;
    }
    memcpy(name, found, length);
    name[length] = '\0';
    return true;
}

static bool choose_encoding(Arena *arena, const char *source, size_t size, bool has_mark,
                            Encoding *encoding, SyntaxError *error)
{
    const char *name = NULL;
    size_t name_size = 0;
    declared_encoding(source, size, &name, &name_size);
    *encoding = name == NULL ? ENCODING_UTF_8 : encoding_from_name(name, name_size);
    int shown = (int)MIN_OF(name_size, (size_t)100);
    if (*encoding == ENCODING_UNKNOWN) {
        fail(error, compiler_format(arena, "unknown encoding: %.*s", shown, name));
        return false;
    }
    // The exact name is wanted: CPython refuses even "utf8" here.
    if (has_mark && name != NULL &&
        !(*encoding == ENCODING_UTF_8 && name_size >= 5 && (name[3] == '-' || name[3] == '_'))) {
        fail(error, compiler_format(arena, "encoding problem: %.*s with BOM", shown, name));
        return false;
    }
    return true;
}

static const char *why_invalid(const unsigned char *at, size_t size, int *length)
{
    *length = 1;
    unsigned char c = at[0];
    if (c < 0xC2 || c > 0xF4) {
        return "invalid start byte";
    }
    int wanted = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    for (int i = 1; i < wanted; i++) {
        if ((size_t)i >= size) {
            *length = i;
            return "unexpected end of data";
        }
        unsigned char low = 0x80, high = 0xBF;
        if (i == 1) {
            low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
            high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
        }
        if (at[i] < low || at[i] > high) {
            *length = i;
            return "invalid continuation byte";
        }
    }
    return "invalid continuation byte";
}

static void fail_utf8(Arena *arena, const ParseInput *input, const char *text, size_t size,
                      const char *at, SyntaxError *error)
{
    int line = 1;
    const char *line_start = text;
    for (const char *c = text; c < at; c++) {
        if (*c == '\n') {
            line++;
            line_start = c + 1;
        }
    }
    unsigned byte = (unsigned char)*at;
    fail(error, "");
    if (input->filename != NULL) {
        error->column = 0;
        error->message = compiler_format(
            arena,
            "Non-UTF-8 code starting with '\\x%02x' in file %s on line %d, but no encoding "
            "declared; see https://peps.python.org/pep-0263/ for details",
            byte, input->filename, line);
        return;
    }
    int length;
    size_t position = (size_t)(at - text);
    const char *why = why_invalid((const unsigned char *)at, size - position, &length);
    error->message =
        length == 1
            ? compiler_format(arena,
                              "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position "
                              "%zu: %s",
                              byte, position, why)
            : compiler_format(arena,
                              "(unicode error) 'utf-8' codec can't decode bytes in position "
                              "%zu-%zu: %s",
                              position, position + (size_t)length - 1, why);
    error->line = error->end_line = line;
    error->column = compiler_count_characters(line_start, (size_t)(at - line_start)) + 1;
    error->end_column = -1;
}

static bool fail_memory(SyntaxError *error)
{
    *error = (SyntaxError){.type = "MemoryError", .message = ""};
    return false;
}

bool source_decode(Arena *arena, const ParseInput *input, AstString *text, SyntaxError *error)
{
    const char *source = input->source;
    size_t size = input->size;
    if (size > INT32_MAX / 4) {
        fail(error, "source code is too large");
        error->column = 0;
        return false;
    }
    if (size != 0 && memchr(source, 0, size) != NULL) {
        fail(error, "source code string cannot contain null bytes");
        error->column = 0;
        return false;
    }
    Encoding encoding = ENCODING_UTF_8;
    if (!input->is_text) {
        bool has_mark = size >= 3 && memcmp(source, "\xEF\xBB\xBF", 3) == 0;
        if (has_mark) {
            source += 3;
            size -= 3;
        }
        if (!choose_encoding(arena, source, size, has_mark, &encoding, error)) {
            return false;
        }
    }
    char *copy = arena_allocate(arena, (encoding == ENCODING_LATIN_1 ? 2 * size : size) + 2);
    if (copy == NULL) {
        return fail_memory(error);
    }
    char *to = copy;
    const char *end = source + size;
    for (const char *from = source; from < end;) {
        unsigned char c = (unsigned char)*from++;
        if (c == '\r') {
            c = '\n';
            from += from < end && *from == '\n';
        }
        if (c >= 128 && encoding == ENCODING_ASCII) {
            fail(error, compiler_format(arena,
                                        "'ascii' codec can't decode byte 0x%02x in position %zu: "
                                        "ordinal not in range(128)",
                                        c, (size_t)(from - 1 - source)));
            return false;
        }
        if (c >= 128 && encoding == ENCODING_LATIN_1) {
            *to++ = (char)(0xC0 | c >> 6);
            *to++ = (char)(0x80 | (c & 0x3F));
        } else {
            *to++ = (char)c;
        }
    }
    if (input->mode == PARSE_EXEC && (to == copy || to[-1] != '\n')) {
        *to++ = '\n';
    }
    *to = 0;
    text->bytes = copy;
    text->size = (uint32_t)(to - copy);
    text->hash = 0;
    const uint8_t *bad = u8_check((const uint8_t *)copy, text->size);
    if (bad != NULL) {
        fail_utf8(arena, input, copy, text->size, (const char *)bad, error);
        return false;
    }
    return true;
}
