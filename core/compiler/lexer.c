// core/compiler/lexer.c: see lexer.h.
//
// 1. At the start of a line the indentation is measured twice, with tabs to multiples of eight and
//    with tabs as one column; if the two disagree about deeper or shallower, that is a TabError.
// 2. Otherwise the first character decides what kind of token it is.
// 3. The line counter moves on lazily, when the first character of the next line is read: errors at
//    the end of the text belong to the last line.
#include "core/compiler/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

static const char *const kind_texts[] = {
#define TOKEN(name)          #name,
#define OPERATOR(name, text) text,
#define KEYWORD(name, text)  text,
#include "core/compiler/tokens.def"
#undef TOKEN
#undef OPERATOR
#undef KEYWORD
};

const char *token_kind_text(TokenKind kind) { return kind_texts[kind]; }

// --- small helpers -------------------------------------------------------------------------------

static bool is_digit(int c) { return c >= '0' && c <= '9'; }
static bool is_hex_digit(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Bit 0: may start a name; bit 1: may continue one.
static const uint8_t name_class[256] = {
    ['a' ... 'z'] = 3, ['A' ... 'Z'] = 3, ['_'] = 3, ['0' ... '9'] = 2, [128 ... 255] = 3,
};

static bool may_start_name(int c) { return name_class[(unsigned char)c] & 1; }
static bool may_continue_name(int c) { return name_class[(unsigned char)c] & 2; }

int compiler_count_characters(const char *text, size_t size)
{
    int count = 0;
    for (size_t i = 0; i < size; i++) {
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return count;
}

static const char *format_arguments(Arena *arena, const char *format, va_list arguments)
{
    char buffer[512];
    int size = vsnprintf(buffer, sizeof buffer, format, arguments);
    if (size < 0) {
        return "invalid syntax";
    }
    size_t kept = MIN_OF((size_t)size, sizeof buffer - 1);
    AstString copy = arena_copy(arena, buffer, kept);
    return copy.bytes == NULL ? "invalid syntax" : copy.bytes;
}

const char *compiler_format(Arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *result = format_arguments(arena, format, arguments);
    va_end(arguments);
    return result;
}

void lexer_warn(Lexer *lexer, const char *category, int line, const char *format, ...)
{
    if (lexer->warnings == NULL) {
        return;
    }
    ParseWarning *warning = arena_allocate(lexer->arena, sizeof *warning);
    if (warning == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    warning->message = format_arguments(lexer->arena, format, arguments);
    va_end(arguments);
    warning->category = category;
    warning->line = line;
    warning->next = NULL;
    ParseWarning **end = lexer->warnings;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = warning;
    lexer->warnings = &warning->next;
}

// --- errors --------------------------------------------------------------------------------------

static AstString line_text(Lexer *lexer, const char *start, bool with_newline)
{
    const char *end = memchr(start, '\n', (size_t)(lexer->end - start));
    size_t size = (size_t)((end == NULL ? lexer->end : end + with_newline) - start);
    return arena_copy(lexer->arena, start, size);
}

static bool fail_at(Lexer *lexer, const char *type, int column, int end_column, const char *message)
{
    lexer->error = (SyntaxError){
        .type = type,
        .message = message,
        .line = lexer->line,
        .column = column,
        .end_line = lexer->line,
        .end_column = end_column,
        .text = line_text(lexer, lexer->line_start, false),
        .incomplete = lexer->ended_early,
    };
    return false;
}

static int cursor_column(Lexer *lexer)
{
    return compiler_count_characters(lexer->line_start,
                                     (size_t)(lexer->cursor - lexer->line_start));
}

// An error whose place is the last character read.
static bool fail(Lexer *lexer, const char *format, ...) PRINTF_LIKE(2, 3);
static bool fail(Lexer *lexer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = format_arguments(lexer->arena, format, arguments);
    va_end(arguments);
    int column = cursor_column(lexer);
    return fail_at(lexer, "SyntaxError", column, column, message);
}

// Errors of the kinds that CPython's parser words carry the f-string prefix.
static const char *prefixed(Lexer *lexer, const char *message)
{
    return lexer->in_fstring ? compiler_format(lexer->arena, "f-string: %s", message) : message;
}

void lexer_fail_unclosed(Lexer *lexer)
{
    int line = lexer->open[lexer->level - 1].line;
    int column = lexer->open[lexer->level - 1].column;
    const char *message = compiler_format(lexer->arena, "'%c' was never closed",
                                          lexer->open[lexer->level - 1].bracket);
    const char *start = lexer->text;
    for (int i = lexer->first_line; i < line; i++) {
        const char *newline = memchr(start, '\n', (size_t)(lexer->end - start));
        if (newline == NULL) {
            break;
        }
        start = newline + 1;
    }
    int bytes = MIN_OF(column, (int)(lexer->end - start));
    lexer->error = (SyntaxError){
        .type = "SyntaxError",
        .message = prefixed(lexer, message),
        .line = line,
        .column = compiler_count_characters(start, (size_t)bytes) + 1,
        .end_line = line,
        .end_column = 0,
        .text = line_text(lexer, start, false),
        .incomplete = true,
    };
}

static bool fail_end_of_text(Lexer *lexer)
{
    lexer->soft_error = true;
    lexer->ended_early = true;
    if (lexer->level > 0) {
        lexer_fail_unclosed(lexer);
        return false;
    }
    return fail_at(lexer, "SyntaxError", cursor_column(lexer), -1,
                   prefixed(lexer, "unexpected EOF while parsing"));
}

// --- lines ---------------------------------------------------------------------------------------

void lexer_init(Lexer *lexer, Arena *arena, const char *text, size_t size)
{
    memset(lexer, 0, sizeof *lexer);
    lexer->arena = arena;
    lexer->text = lexer->cursor = lexer->line_start = text;
    lexer->end = text + size;
    lexer->at_line_start = true;
    lexer->newline_read = true;
    lexer->first_line = 1;
}

static void enter_line(Lexer *lexer)
{
    if (lexer->newline_read && lexer->cursor < lexer->end) {
        lexer->newline_read = false;
        lexer->line++;
        lexer->line_start = lexer->cursor;
    }
}

// Behind a backslash: takes the newline and enters the next line.
static bool continue_line(Lexer *lexer)
{
    if (*lexer->cursor != '\n') {
        if (lexer->cursor < lexer->end) {
            lexer->cursor++;
        }
        lexer->soft_error = true;
        return fail_at(lexer, "SyntaxError", cursor_column(lexer), 0,
                       prefixed(lexer, "unexpected character after line continuation character"));
    }
    lexer->cursor++;
    if (lexer->cursor >= lexer->end) {
        return fail_end_of_text(lexer);
    }
    lexer->newline_read = true;
    enter_line(lexer);
    return true;
}

static bool fail_tabs(Lexer *lexer)
{
    lexer->soft_error = true;
    return fail_at(lexer, "TabError", 1, 0, "inconsistent use of tabs and spaces in indentation");
}

static bool measure_indentation(Lexer *lexer)
{
    int column = 0, narrow = 0, continued = 0, continued_narrow = 0;
    for (;;) {
        enter_line(lexer);
        char c = *lexer->cursor;
        if (c == ' ') {
            column++;
            narrow++;
        } else if (c == '\t') {
            column = (column / 8 + 1) * 8;
            narrow++;
        } else if (c == '\f') {
            column = narrow = 0;
        } else if (c == '\\') {
            // The column that counts is the one of the first of the lines joined.
            continued = continued ? continued : column;
            continued_narrow = continued_narrow ? continued_narrow : narrow;
            lexer->cursor++;
            if (!continue_line(lexer)) {
                return false;
            }
            continue;
        } else if (c == '#' || c == '\n') {
            // A blank line says nothing about blocks.
            const char *newline = memchr(lexer->cursor, '\n', (size_t)(lexer->end - lexer->cursor));
            if (newline == NULL) {
                lexer->cursor = lexer->end;
                return true;
            }
            lexer->cursor = newline + 1;
            lexer->newline_read = true;
            column = narrow = continued = continued_narrow = 0;
            continue;
        } else {
            break;
        }
        lexer->cursor++;
    }
    if (lexer->level > 0) {
        return true;
    }
    column = continued ? continued : column;
    narrow = continued_narrow ? continued_narrow : narrow;
    int top = lexer->indent_count == 0 ? 0 : lexer->indents[lexer->indent_count - 1];
    int narrow_top = lexer->indent_count == 0 ? 0 : lexer->narrow_indents[lexer->indent_count - 1];
    if (column == top) {
        return narrow == narrow_top || fail_tabs(lexer);
    }
    if (column > top) {
        if (lexer->indent_count + 1 >= LEXER_INDENTS_MAX) {
            lexer->soft_error = true;
            return fail_at(lexer, "IndentationError", 1, 0, "too many levels of indentation");
        }
        if (narrow <= narrow_top) {
            return fail_tabs(lexer);
        }
        lexer->indents[lexer->indent_count] = column;
        lexer->narrow_indents[lexer->indent_count] = narrow;
        lexer->indent_count++;
        lexer->pending = 1;
        return true;
    }
    while (lexer->indent_count > 0 && column < lexer->indents[lexer->indent_count - 1]) {
        lexer->pending--;
        lexer->indent_count--;
    }
    top = lexer->indent_count == 0 ? 0 : lexer->indents[lexer->indent_count - 1];
    narrow_top = lexer->indent_count == 0 ? 0 : lexer->narrow_indents[lexer->indent_count - 1];
    if (column != top) {
        const char *newline = memchr(lexer->cursor, '\n', (size_t)(lexer->end - lexer->cursor));
        lexer->cursor = newline == NULL ? lexer->end : newline + 1;
        lexer->soft_error = true;
        fail_at(lexer, "IndentationError", cursor_column(lexer), -1,
                "unindent does not match any outer indentation level");
        return false;
    }
    return narrow == narrow_top || fail_tabs(lexer);
}

// --- numbers -------------------------------------------------------------------------------------

// The number is over: what follows must not look like more of it.
static bool end_number(Lexer *lexer, const char *kind)
{
    const char *c = lexer->cursor;
    static const char *const words[] = {"and", "else", "for", "if", "in", "is", "or", "not"};
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        size_t size = strlen(words[i]);
        if (strncmp(c, words[i], size) == 0 &&
            (words[i][0] == 'i' || !may_continue_name(c[size]))) {
            lexer_warn(lexer, "SyntaxWarning", lexer->line, "invalid %s literal", kind);
            return true;
        }
    }
    if (may_continue_name(*c)) {
        return fail(lexer, "invalid %s literal", kind);
    }
    return true;
}

// Digits with single underscores between them; the cursor is behind the first digit.
static bool scan_digits(Lexer *lexer)
{
    for (;;) {
        while (is_digit(*lexer->cursor)) {
            lexer->cursor++;
        }
        if (*lexer->cursor != '_') {
            return true;
        }
        lexer->cursor++;
        if (!is_digit(*lexer->cursor)) {
            return fail(lexer, "invalid decimal literal");
        }
    }
}

static bool is_digit_of(int c, int base)
{
    return base == 16 ? is_hex_digit(c) : c >= '0' && c < '0' + base;
}

static bool scan_based(Lexer *lexer, int base, const char *kind)
{
    lexer->cursor++;
    do {
        if (*lexer->cursor == '_') {
            lexer->cursor++;
        }
        if (!is_digit_of(*lexer->cursor, base)) {
            if (is_digit(*lexer->cursor)) {
                lexer->cursor++;
                return fail(lexer, "invalid digit '%c' in %s literal", lexer->cursor[-1], kind);
            }
            return fail(lexer, "invalid %s literal", kind);
        }
        while (is_digit_of(*lexer->cursor, base)) {
            lexer->cursor++;
        }
    } while (*lexer->cursor == '_');
    if (is_digit(*lexer->cursor)) {
        lexer->cursor++;
        return fail(lexer, "invalid digit '%c' in %s literal", lexer->cursor[-1], kind);
    }
    return end_number(lexer, kind);
}

// From an optional `e` on.
static bool scan_exponent(Lexer *lexer)
{
    char c = *lexer->cursor;
    if (c == 'e' || c == 'E') {
        const char *e = lexer->cursor++;
        if (*lexer->cursor == '+' || *lexer->cursor == '-') {
            lexer->cursor++;
            if (!is_digit(*lexer->cursor)) {
                return fail(lexer, "invalid decimal literal");
            }
        } else if (!is_digit(*lexer->cursor)) {
            lexer->cursor = e;
            return end_number(lexer, "decimal");
        }
        if (!scan_digits(lexer)) {
            return false;
        }
        c = *lexer->cursor;
    }
    if (c == 'j' || c == 'J') {
        lexer->cursor++;
        return end_number(lexer, "imaginary");
    }
    return end_number(lexer, "decimal");
}

// Behind the point.
static bool scan_fraction(Lexer *lexer)
{
    if (is_digit(*lexer->cursor) && !scan_digits(lexer)) {
        return false;
    }
    return scan_exponent(lexer);
}

static bool scan_leading_zero(Lexer *lexer)
{
    const char *start = lexer->cursor - 1;
    for (;;) {
        if (*lexer->cursor == '_') {
            lexer->cursor++;
            if (!is_digit(*lexer->cursor)) {
                return fail(lexer, "invalid decimal literal");
            }
        }
        if (*lexer->cursor != '0') {
            break;
        }
        lexer->cursor++;
    }
    const char *zeros_end = lexer->cursor + 1;
    bool nonzero = is_digit(*lexer->cursor);
    if (nonzero && !scan_digits(lexer)) {
        return false;
    }
    char c = *lexer->cursor;
    if (c == '.') {
        lexer->cursor++;
        return scan_fraction(lexer);
    }
    if (c == 'e' || c == 'E' || c == 'j' || c == 'J') {
        return scan_exponent(lexer);
    }
    if (nonzero) {
        return fail_at(lexer, "SyntaxError", (int)(start + 1 - lexer->line_start),
                       (int)(zeros_end - lexer->line_start),
                       "leading zeros in decimal integer literals are not permitted; use an 0o "
                       "prefix for octal integers");
    }
    return end_number(lexer, "decimal");
}

static bool scan_number(Lexer *lexer)
{
    char first = *lexer->cursor++;
    if (first == '.') {
        return scan_fraction(lexer);
    }
    if (first == '0') {
        switch (*lexer->cursor) {
        case 'x':
        case 'X':
            return scan_based(lexer, 16, "hexadecimal");
        case 'o':
        case 'O':
            return scan_based(lexer, 8, "octal");
        case 'b':
        case 'B':
            return scan_based(lexer, 2, "binary");
        default:
            return scan_leading_zero(lexer);
        }
    }
    if (!scan_digits(lexer)) {
        return false;
    }
    if (*lexer->cursor == '.') {
        lexer->cursor++;
        return scan_fraction(lexer);
    }
    return scan_exponent(lexer);
}

// --- strings and names ---------------------------------------------------------------------------

// The cursor is at the opening quote; `start` is where the token with its prefix starts.
static bool scan_string(Lexer *lexer, const char *start)
{
    char quote = *lexer->cursor;
    int first_line = lexer->line;
    const char *first_line_start = lexer->line_start;
    int quote_size = 1;
    lexer->cursor++;
    if (lexer->cursor[0] == quote && lexer->cursor[1] == quote) {
        quote_size = 3;
        lexer->cursor += 2;
    } else if (lexer->cursor[0] == quote) {
        lexer->cursor++;
        return true;
    }
    int quotes = 0;
    while (quotes != quote_size) {
        enter_line(lexer);
        char c = *lexer->cursor;
        if (lexer->cursor >= lexer->end || (quote_size == 1 && c == '\n')) {
            int last_line = lexer->line;
            lexer->ended_early = lexer->cursor >= lexer->end;
            // More lines help a triple-quoted string, or another one whose last line is joined.
            bool incomplete = lexer->ended_early && (quote_size == 3 || lexer->cursor[-1] == '\n' ||
                                                     lexer->cursor[-1] == '\\');
            lexer->cursor = start + 1;
            lexer->line = first_line;
            lexer->line_start = first_line_start;
            fail(lexer, "unterminated %sstring literal (detected at line %d)",
                 quote_size == 3 ? "triple-quoted " : "", last_line);
            lexer->error.incomplete = incomplete;
            return false;
        }
        lexer->cursor++;
        if (c == quote) {
            quotes++;
            continue;
        }
        quotes = 0;
        lexer->newline_read = c == '\n';
        if (c == '\\' && lexer->cursor < lexer->end) {
            lexer->newline_read = *lexer->cursor == '\n';
            lexer->cursor++;
        }
    }
    return true;
}

static bool is_string_prefix(const char *start, size_t size)
{
    bool b = false, u = false, r = false, f = false;
    for (size_t i = 0; i < size; i++) {
        switch (start[i] | 0x20) {
        case 'b':
            if (b || u || f) {
                return false;
            }
            b = true;
            break;
        case 'u':
            if (b || u || r || f) {
                return false;
            }
            u = true;
            break;
        case 'r':
            if (r || u) {
                return false;
            }
            r = true;
            break;
        case 'f':
            if (f || b || u) {
                return false;
            }
            f = true;
            break;
        default:
            return false;
        }
    }
    return true;
}

static bool is_printable(ucs4_t c)
{
    return c == ' ' ||
           !uc_is_general_category_withtable(c, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z);
}

static bool fail_character(Lexer *lexer, const char *at, ucs4_t c, int size)
{
    lexer->cursor = at + size;
    if (is_printable(c)) {
        return fail(lexer, "invalid character '%.*s' (U+%04X)", size, at, (unsigned)c);
    }
    return fail(lexer, "invalid non-printable character U+%04X", (unsigned)c);
}

// A name with characters beyond ASCII: each must be XID_Start or XID_Continue.
static bool check_name(Lexer *lexer, const char *start)
{
    const char *end = lexer->cursor;
    for (const char *at = start; at < end;) {
        ucs4_t c;
        int size = u8_mbtouc(&c, (const uint8_t *)at, (size_t)(end - at));
        bool good = c < 128 || (at == start ? uc_is_property(c, UC_PROPERTY_XID_START)
                                            : uc_is_property(c, UC_PROPERTY_XID_CONTINUE));
        if (!good) {
            return fail_character(lexer, at, c, size);
        }
        at += size;
    }
    return true;
}

#define IS_WORD(text) (size == sizeof(text) - 1 && memcmp(start, text, sizeof(text) - 1) == 0)
#define WORD(text, kind)                                                                           \
    if (IS_WORD(text)) {                                                                           \
        return kind;                                                                               \
    }

static TokenKind name_kind(const char *start, size_t size)
{
    if (size < 2 || size > 8) {
        return TOKEN_NAME;
    }
    switch (start[0]) {
    case 'F':
        WORD("False", TOKEN_FALSE)
        break;
    case 'N':
        WORD("None", TOKEN_NONE)
        break;
    case 'T':
        WORD("True", TOKEN_TRUE)
        break;
    case 'a':
        WORD("and", TOKEN_AND)
        WORD("as", TOKEN_AS)
        WORD("assert", TOKEN_ASSERT)
        WORD("async", TOKEN_ASYNC)
        WORD("await", TOKEN_AWAIT)
        break;
    case 'b':
        WORD("break", TOKEN_BREAK)
        break;
    case 'c':
        WORD("class", TOKEN_CLASS)
        WORD("continue", TOKEN_CONTINUE)
        break;
    case 'd':
        WORD("def", TOKEN_DEF)
        WORD("del", TOKEN_DEL)
        break;
    case 'e':
        WORD("else", TOKEN_ELSE)
        WORD("elif", TOKEN_ELIF)
        WORD("except", TOKEN_EXCEPT)
        break;
    case 'f':
        WORD("for", TOKEN_FOR)
        WORD("from", TOKEN_FROM)
        WORD("finally", TOKEN_FINALLY)
        break;
    case 'g':
        WORD("global", TOKEN_GLOBAL)
        break;
    case 'i':
        WORD("if", TOKEN_IF)
        WORD("in", TOKEN_IN)
        WORD("is", TOKEN_IS)
        WORD("import", TOKEN_IMPORT)
        break;
    case 'l':
        WORD("lambda", TOKEN_LAMBDA)
        break;
    case 'n':
        WORD("not", TOKEN_NOT)
        WORD("nonlocal", TOKEN_NONLOCAL)
        break;
    case 'o':
        WORD("or", TOKEN_OR)
        break;
    case 'p':
        WORD("pass", TOKEN_PASS)
        break;
    case 'r':
        WORD("return", TOKEN_RETURN)
        WORD("raise", TOKEN_RAISE)
        break;
    case 't':
        WORD("try", TOKEN_TRY)
        break;
    case 'w':
        WORD("while", TOKEN_WHILE)
        WORD("with", TOKEN_WITH)
        break;
    case 'y':
        WORD("yield", TOKEN_YIELD)
        break;
    default:
        break;
    }
    return TOKEN_NAME;
}

// --- operators -----------------------------------------------------------------------------------

static bool open_bracket(Lexer *lexer, const char *start)
{
    if (lexer->level >= LEXER_BRACKETS_MAX) {
        return fail(lexer, "too many nested parentheses");
    }
    lexer->open[lexer->level].bracket = *start;
    lexer->open[lexer->level].line = lexer->line;
    lexer->open[lexer->level].column = (int)(start - lexer->line_start);
    lexer->level++;
    return true;
}

static bool close_bracket(Lexer *lexer, char closing)
{
    if (lexer->level == 0) {
        return fail(lexer, "unmatched '%c'", closing);
    }
    lexer->level--;
    char opening = lexer->open[lexer->level].bracket;
    char expected = opening == '(' ? ')' : opening == '[' ? ']' : '}';
    if (closing == expected) {
        return true;
    }
    int line = lexer->open[lexer->level].line;
    if (line != lexer->line) {
        return fail(lexer,
                    "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d",
                    closing, opening, line);
    }
    return fail(lexer, "closing parenthesis '%c' does not match opening parenthesis '%c'", closing,
                opening);
}

// Takes the longest operator at the cursor; STRAY if there is none.
static TokenKind scan_operator(Lexer *lexer)
{
    const char *at = lexer->cursor;
    char next = at[1];
#define TAKE(length, kind)                                                                         \
    do {                                                                                           \
        lexer->cursor += (length);                                                                 \
        return kind;                                                                               \
    } while (0)
#define WITH_EQUAL(plain, equal)                                                                   \
    do {                                                                                           \
        if (next == '=') {                                                                         \
            TAKE(2, equal);                                                                        \
        }                                                                                          \
        TAKE(1, plain);                                                                            \
    } while (0)
#define DOUBLED(plain, equal, twice, twice_equal)                                                  \
    do {                                                                                           \
        if (next == at[0]) {                                                                       \
            if (at[2] == '=') {                                                                    \
                TAKE(3, twice_equal);                                                              \
            }                                                                                      \
            TAKE(2, twice);                                                                        \
        }                                                                                          \
        WITH_EQUAL(plain, equal);                                                                  \
    } while (0)
    switch (*at) {
    case '(':
        TAKE(1, TOKEN_LEFT_PAREN);
    case ')':
        TAKE(1, TOKEN_RIGHT_PAREN);
    case '[':
        TAKE(1, TOKEN_LEFT_BRACKET);
    case ']':
        TAKE(1, TOKEN_RIGHT_BRACKET);
    case '{':
        TAKE(1, TOKEN_LEFT_BRACE);
    case '}':
        TAKE(1, TOKEN_RIGHT_BRACE);
    case ',':
        TAKE(1, TOKEN_COMMA);
    case ';':
        TAKE(1, TOKEN_SEMICOLON);
    case '~':
        TAKE(1, TOKEN_TILDE);
    case ':':
        WITH_EQUAL(TOKEN_COLON, TOKEN_COLON_EQUAL);
    case '=':
        WITH_EQUAL(TOKEN_EQUAL, TOKEN_EQUAL_EQUAL);
    case '+':
        WITH_EQUAL(TOKEN_PLUS, TOKEN_PLUS_EQUAL);
    case '%':
        WITH_EQUAL(TOKEN_PERCENT, TOKEN_PERCENT_EQUAL);
    case '|':
        WITH_EQUAL(TOKEN_VERTICAL_BAR, TOKEN_VERTICAL_BAR_EQUAL);
    case '&':
        WITH_EQUAL(TOKEN_AMPERSAND, TOKEN_AMPERSAND_EQUAL);
    case '^':
        WITH_EQUAL(TOKEN_CIRCUMFLEX, TOKEN_CIRCUMFLEX_EQUAL);
    case '@':
        WITH_EQUAL(TOKEN_AT, TOKEN_AT_EQUAL);
    case '*':
        DOUBLED(TOKEN_STAR, TOKEN_STAR_EQUAL, TOKEN_DOUBLE_STAR, TOKEN_DOUBLE_STAR_EQUAL);
    case '/':
        DOUBLED(TOKEN_SLASH, TOKEN_SLASH_EQUAL, TOKEN_DOUBLE_SLASH, TOKEN_DOUBLE_SLASH_EQUAL);
    case '<':
        if (next == '>') {
            TAKE(2, TOKEN_NOT_EQUAL); // `<>`, which the parser refuses
        }
        DOUBLED(TOKEN_LESS, TOKEN_LESS_EQUAL, TOKEN_LEFT_SHIFT, TOKEN_LEFT_SHIFT_EQUAL);
    case '>':
        DOUBLED(TOKEN_GREATER, TOKEN_GREATER_EQUAL, TOKEN_RIGHT_SHIFT, TOKEN_RIGHT_SHIFT_EQUAL);
    case '-':
        if (next == '>') {
            TAKE(2, TOKEN_ARROW);
        }
        WITH_EQUAL(TOKEN_MINUS, TOKEN_MINUS_EQUAL);
    case '!':
        if (next == '=') {
            TAKE(2, TOKEN_NOT_EQUAL);
        }
        TAKE(1, TOKEN_STRAY);
    case '.':
        if (next == '.' && at[2] == '.') {
            TAKE(3, TOKEN_ELLIPSIS);
        }
        TAKE(1, TOKEN_DOT);
    default:
        TAKE(1, TOKEN_STRAY);
    }
#undef TAKE
#undef WITH_EQUAL
#undef DOUBLED
}

// --- one token -----------------------------------------------------------------------------------

static void fill_position(Lexer *lexer, Token *token, TokenKind kind, const char *start, int line,
                          const char *line_start)
{
    int shift = line == lexer->first_line ? lexer->first_column : 0;
    int end_shift = lexer->line == lexer->first_line ? lexer->first_column : 0;
    token->kind = (uint8_t)kind;
    token->level = (uint8_t)lexer->level;
    token->line = line;
    token->column = (int)(start - line_start) + shift;
    token->end_line = lexer->line;
    token->end_column = (int)(lexer->cursor - lexer->line_start) + end_shift;
    token->start = (uint32_t)(start - lexer->text);
    token->end = (uint32_t)(lexer->cursor - lexer->text);
}

static bool give_without_text(Lexer *lexer, Token *token, TokenKind kind)
{
    fill_position(lexer, token, kind, lexer->cursor, lexer->line, lexer->line_start);
    token->column = token->end_column = -1;
    return true;
}

// Spaces, comments, joined lines, newlines inside brackets. False on error.
static bool skip_blanks(Lexer *lexer)
{
    lexer->comment = NULL;
    for (;;) {
        enter_line(lexer);
        switch (*lexer->cursor) {
        case ' ':
        case '\t':
        case '\f':
            lexer->cursor++;
            continue;
        case '#': {
            const char *newline = memchr(lexer->cursor, '\n', (size_t)(lexer->end - lexer->cursor));
            lexer->comment = lexer->cursor;
            lexer->cursor = newline == NULL ? lexer->end : newline;
            continue;
        }
        case '\\':
            lexer->cursor++;
            if (!continue_line(lexer)) {
                return false;
            }
            continue;
        case '\n':
            if (lexer->level == 0) {
                return true;
            }
            lexer->cursor++;
            lexer->newline_read = true;
            continue;
        default:
            return true;
        }
    }
}

static bool scan_token(Lexer *lexer, Token *token)
{
    const char *start = lexer->cursor;
    const char *line_start = lexer->line_start;
    int line = lexer->line;
    unsigned char c = (unsigned char)*start;
    TokenKind kind;
    bool good = true;
    if (may_start_name(c)) {
        bool ascii = true;
        do {
            ascii &= (unsigned char)*lexer->cursor < 128;
            lexer->cursor++;
        } while (may_continue_name(*lexer->cursor));
        size_t size = (size_t)(lexer->cursor - start);
        if ((*lexer->cursor == '"' || *lexer->cursor == '\'') && size <= 2 &&
            is_string_prefix(start, size)) {
            kind = TOKEN_STRING;
            good = scan_string(lexer, start);
        } else if (ascii) {
            kind = name_kind(start, size);
        } else {
            kind = TOKEN_NAME;
            good = check_name(lexer, start);
        }
    } else if (is_digit(c) || (c == '.' && is_digit(start[1]))) {
        kind = TOKEN_NUMBER;
        good = scan_number(lexer);
    } else if (c == '"' || c == '\'') {
        kind = TOKEN_STRING;
        good = scan_string(lexer, start);
    } else if (c == '\n') {
        kind = TOKEN_NEWLINE;
        lexer->cursor++;
        lexer->at_line_start = true;
        lexer->newline_read = true;
    } else if (c < ' ' || c == 127) {
        return fail_character(lexer, start, c, 1);
    } else {
        kind = scan_operator(lexer);
        if (kind == TOKEN_LEFT_PAREN || kind == TOKEN_LEFT_BRACKET || kind == TOKEN_LEFT_BRACE) {
            good = open_bracket(lexer, start);
        } else if (kind == TOKEN_RIGHT_PAREN || kind == TOKEN_RIGHT_BRACKET ||
                   kind == TOKEN_RIGHT_BRACE) {
            good = close_bracket(lexer, (char)c);
        }
    }
    fill_position(lexer, token, kind, start, line, line_start);
    if (kind == TOKEN_NEWLINE) {
        token->end_column = token->column;
        if (lexer->comment != NULL) {
            token->column -= (int)(start - lexer->comment); // it starts with the comment in front
        }
    }
    return good;
}

bool lexer_next(Lexer *lexer, Token *token)
{
    if (lexer->error.type != NULL) {
        return give_without_text(lexer, token, TOKEN_STRAY) && false;
    }
    if (lexer->at_line_start) {
        lexer->at_line_start = false;
        if (!measure_indentation(lexer)) {
            return give_without_text(lexer, token, TOKEN_STRAY) && false;
        }
    }
    if (lexer->pending != 0) {
        TokenKind kind = lexer->pending > 0 ? TOKEN_INDENT : TOKEN_DEDENT;
        lexer->pending += lexer->pending > 0 ? -1 : 1;
        return give_without_text(lexer, token, kind);
    }
    if (!skip_blanks(lexer)) {
        return give_without_text(lexer, token, TOKEN_STRAY) && false;
    }
    if (lexer->cursor >= lexer->end) {
        if (lexer->level > 0) {
            fail_end_of_text(lexer);
            return give_without_text(lexer, token, TOKEN_STRAY) && false;
        }
        return give_without_text(lexer, token, TOKEN_END);
    }
    return scan_token(lexer, token);
}
