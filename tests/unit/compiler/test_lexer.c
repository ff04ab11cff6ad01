// Tokens of core/compiler/lexer.h and the decoding of sources.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/compiler/lexer.h"

static char kinds[4096]; // of the last text, separated by spaces
static SyntaxError failure;
static Arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static const char *lex(const char *source)
{
    Lexer lexer;
    Token token;
    kinds[0] = 0;
    lexer_init(&lexer, &arena, source, strlen(source));
    do {
        if (!lexer_next(&lexer, &token)) {
            failure = lexer.error;
            return strcat(kinds, "ERROR");
        }
        strcat(kinds, token_kind_text((TokenKind)token.kind));
        strcat(kinds, token.kind == TOKEN_END ? "" : " ");
    } while (token.kind != TOKEN_END);
    return kinds;
}

static void lexer_next__operators__takes_the_longest(void **state)
{
    (void)state;
    assert_string_equal(lex("a**=b//=c<<=d->e:=f...g!=h\n"),
                        "NAME **= NAME //= NAME <<= NAME -> NAME := NAME ... NAME != NAME NEWLINE "
                        "END");
    assert_string_equal(lex("a. .b\n"), "NAME . . NAME NEWLINE END");
    assert_string_equal(lex("a ? b\n"), "NAME STRAY NAME NEWLINE END");
}

static void lexer_next__names__tells_keywords(void **state)
{
    (void)state;
    assert_string_equal(lex("if iff match None nonlocal ifx True\n"),
                        "if NAME NAME None nonlocal NAME True NEWLINE END");
    assert_string_equal(lex("rb'' bR'' f'' u'' ur'' fb''\n"),
                        "STRING STRING STRING STRING NAME STRING NAME STRING NEWLINE END");
    assert_string_equal(lex("\xC3\xA9t\xC3\xA9 = 1\n"), "NAME = NUMBER NEWLINE END");
}

static void lexer_next__indentation__becomes_tokens(void **state)
{
    (void)state;
    assert_string_equal(
        lex("if a:\n  b\n\n  # c\n  if d:\n\t  e\nf\n"),
        "if NAME : NEWLINE INDENT NAME NEWLINE if NAME : NEWLINE INDENT NAME NEWLINE "
        "DEDENT DEDENT NAME NEWLINE END");
    assert_string_equal(lex("(a,\n   b # c\n)\n"), "( NAME , NAME ) NEWLINE END");
    assert_string_equal(lex("a \\\n  b\n"), "NAME NAME NEWLINE END");
}

static void lexer_next__numbers__checks_their_form(void **state)
{
    (void)state;
    assert_string_equal(
        lex("0 00 0x_fF 0b1_0 0o17 1_000 1. .5 1e5 1.5E-3_0 1j\n"),
        "NUMBER NUMBER NUMBER NUMBER NUMBER NUMBER NUMBER NUMBER NUMBER NUMBER NUMBER "
        "NEWLINE END");
    assert_string_equal(lex("1_\n"), "ERROR");
    assert_string_equal(failure.message, "invalid decimal literal");
    assert_int_equal(failure.column, 2);
    assert_string_equal(lex("0o8\n"), "ERROR");
    assert_string_equal(failure.message, "invalid digit '8' in octal literal");
    assert_string_equal(lex("0123\n"), "ERROR");
    assert_string_equal(lex("1if a else b\n"), "NUMBER if NAME else NAME NEWLINE END");
}

static void lexer_next__positions__count_bytes(void **state)
{
    (void)state;
    Lexer lexer;
    Token token;
    const char *source = "\xC3\xA9 = '''a\nb'''\n";
    lexer_init(&lexer, &arena, source, strlen(source));
    assert_true(lexer_next(&lexer, &token));
    assert_int_equal(token.end_column, 2);
    assert_true(lexer_next(&lexer, &token));
    assert_int_equal(token.column, 3);
    assert_true(lexer_next(&lexer, &token));
    assert_int_equal(token.line, 1);
    assert_int_equal(token.column, 5);
    assert_int_equal(token.end_line, 2);
    assert_int_equal(token.end_column, 4);
}

static void lexer_next__errors__stay(void **state)
{
    (void)state;
    Lexer lexer;
    Token token;
    lexer_init(&lexer, &arena, ")\n", 2);
    assert_false(lexer_next(&lexer, &token));
    assert_string_equal(lexer.error.message, "unmatched ')'");
    assert_false(lexer_next(&lexer, &token));
    assert_string_equal(lex("if a:\n    b\n  c\n"), "if NAME : NEWLINE INDENT NAME NEWLINE ERROR");
    assert_string_equal(failure.type, "IndentationError");
    assert_string_equal(lex("if a:\n\tb\n        c\n"),
                        "if NAME : NEWLINE INDENT NAME NEWLINE ERROR");
    assert_string_equal(failure.type, "TabError");
    assert_string_equal(lex("'abc\n"), "ERROR");
    assert_string_equal(failure.message, "unterminated string literal (detected at line 1)");
    assert_string_equal(lex("(a\n"), "( NAME ERROR");
    assert_string_equal(failure.message, "'(' was never closed");
    assert_true(failure.incomplete);
    assert_string_equal(lex("\xE2\x82\xAC\n"), "ERROR");
    assert_string_equal(failure.message, "invalid character '\xE2\x82\xAC' (U+20AC)");
}

static const char *decode(const char *source, size_t size, bool is_text)
{
    AstString text;
    ParseInput input = {.source = source, .size = size, .is_text = is_text};
    return source_decode(&arena, &input, &text, &failure) ? text.bytes : failure.message;
}

static void source_decode__encodings__become_utf8(void **state)
{
    (void)state;
    assert_string_equal(decode("a\r\nb\rc", 6, true), "a\nb\nc\n");
    assert_string_equal(decode("\xEF\xBB\xBFx\n", 5, false), "x\n");
    assert_string_equal(decode("# coding: latin-1\n'\xE9'\n", 22, false),
                        "# coding: latin-1\n'\xC3\xA9'\n");
    assert_string_equal(decode("\n# -*- coding: UTF_8 -*-\n", 25, false),
                        "\n# -*- coding: UTF_8 -*-\n");
    assert_string_equal(decode("# coding: foo\n", 14, false), "unknown encoding: foo");
    assert_string_equal(decode("x\n# coding: foo\n", 16, false), "x\n# coding: foo\n");
    assert_string_equal(decode("# coding: foo\n", 14, true), "# coding: foo\n");
    assert_string_equal(decode("\xEF\xBB\xBF# coding: ascii\n", 19, false),
                        "encoding problem: ascii with BOM");
    assert_string_equal(decode("\xFF", 1, false),
                        "(unicode error) 'utf-8' codec can't decode byte 0xff in position 0: "
                        "invalid start byte");
    assert_string_equal(decode("a\0b", 3, true), "source code string cannot contain null bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(lexer_next__operators__takes_the_longest),
        TEST(lexer_next__names__tells_keywords),
        TEST(lexer_next__indentation__becomes_tokens),
        TEST(lexer_next__numbers__checks_their_form),
        TEST(lexer_next__positions__count_bytes),
        TEST(lexer_next__errors__stay),
        TEST(source_decode__encodings__become_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
