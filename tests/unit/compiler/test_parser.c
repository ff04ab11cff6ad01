// Trees and errors of core/compiler/parser.h. The bulk of the comparison with CPython is done by
// tests/compiler/compare_ast.py; here is what must hold without a CPython at hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc/fault.h"
#include "core/compiler/ast_dump.h"
#include "core/object/character_names.h"
#include "core/compiler/parser.h"

static Arena arena;
static SyntaxError error;

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

static Module *parse_mode(const char *source, ParseMode mode)
{
    ParseInput input = {
        .source = source, .size = strlen(source), .mode = mode, .is_text = true, .no_dedent = true};
    return parse_source(&arena, &input, &error);
}

static Module *parse(const char *source) { return parse_mode(source, PARSE_EXEC); }

static void check_tree(const char *source, const char *expected)
{
    Module *module = parse_mode(source, PARSE_EVAL);
    if (module == NULL) {
        fail_msg("%s: %s", source, error.message);
    }
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_true(ast_dump(out, module, false));
    fclose(out);
    char whole[1024];
    snprintf(whole, sizeof whole, "Expression(body=%s)\n", expected);
    assert_string_equal(text, whole);
    free(text);
}

static void check_error(const char *source, const char *type, const char *message, int line,
                        int column)
{
    if (parse(source) != NULL) {
        fail_msg("accepted: %s", source);
    }
    assert_string_equal(error.message, message);
    assert_string_equal(error.type, type);
    assert_int_equal(error.line, line);
    assert_int_equal(error.column, column);
}

static void parse_source__operators__bind_as_in_python(void **state)
{
    (void)state;
    check_tree("a + b * c", "BinOp(left=Name(id='a'), op=Add(), right=BinOp(left=Name(id='b'), "
                            "op=Mult(), right=Name(id='c')))");
    check_tree("-a ** -b", "UnaryOp(op=USub(), operand=BinOp(left=Name(id='a'), op=Pow(), "
                           "right=UnaryOp(op=USub(), operand=Name(id='b'))))");
    check_tree("a - b - c", "BinOp(left=BinOp(left=Name(id='a'), op=Sub(), right=Name(id='b')), "
                            "op=Sub(), right=Name(id='c'))");
    check_tree("a < b is not c", "Compare(left=Name(id='a'), ops=[Lt(), IsNot()], "
                                 "comparators=[Name(id='b'), Name(id='c')])");
    check_tree("not a or b and c",
               "BoolOp(op=Or(), values=[UnaryOp(op=Not(), operand=Name(id='a')), BoolOp(op=And(), "
               "values=[Name(id='b'), Name(id='c')])])");
    check_tree("a[b:, ::c]",
               "Subscript(value=Name(id='a'), slice=Tuple(elts=[Slice(_, lower=Name(id='b')), "
               "Slice(_, step=Name(id='c'))]))");
}

static void parse_source__literals__have_their_values(void **state)
{
    (void)state;
    check_tree("0x_ff", "Constant(value=255)");
    check_tree("9223372036854775807", "Constant(value=9223372036854775807)");
    check_tree("9223372036854775808", "Constant(value=big(10,9223372036854775808))");
    check_tree("0xffff_ffff_ffff_ffff", "Constant(value=big(16,ffffffffffffffff))");
    check_tree("1.5", "Constant(value=float(3ff8000000000000))");
    check_tree("'a' \"b\" r'\\n'", "Constant(value='ab\\x5cn')");
    check_tree("b'\\x00\\377'", "Constant(value=b'\\x00\\xff')");
    check_tree("'\\N{EM DASH}\\N{LF}\\ud800'",
               "Constant(value='\\xe2\\x80\\x94\\x0a\\xed\\xa0\\x80')");
    check_tree("u'a'", "Constant(value='a', kind='u')");
    check_tree("f'a{b!r:>{c}}{{d}}'",
               "JoinedStr(values=[Constant(value='a'), FormattedValue(value=Name(id='b'), "
               "conversion=114, format_spec=JoinedStr(values=[Constant(value='>'), "
               "FormattedValue(value=Name(id='c'), conversion=-1)])), Constant(value='{d}')])");
    check_tree("f'{a = }'", "JoinedStr(values=[Constant(value='a = '), "
                            "FormattedValue(value=Name(id='a'), conversion=114)])");
}

static void parse_source__statements__parse(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "def f(a, /, b: int = 1, *c: d, e, f=2, **g) -> h: pass\n",
        "async def f():\n  async with a as b, c: pass\n  async for x in y: await z\n",
        "with (open(a) as b, c as (d, e),): pass\n",
        "with (a, b): pass\n",
        "with (a): pass\n",
        "try: a\nexcept b as c: d\nexcept: e\nelse: f\nfinally: g\n",
        "a = b, *c = d\n",
        "a: int\n(b): c = d\ne.f: g\n",
        "x @= yield y\n",
        "from . import a\nfrom ...b.c import (d as e, f,)\nfrom g import *\n",
        "del a, (b, [c]), d.e, f[g]\n",
        "match = 1\nmatch[0] = match(2)\nmatch.case: int\nprint(match, case)\n",
        "@a.b\n@c(d)\nclass E(F, *g, h=i, **j): 'doc'\n",
        "{(a := b): (c := d) + e for f in g}\n",
        "lambda a, *, b=1, **c: (yield)\n",
        "global a, b\nnonlocal c\nassert d, e\nraise f from g\n",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(sources); i++) {
        if (parse(sources[i]) == NULL) {
            fail_msg("%s: %s", sources[i], error.message);
        }
    }
}

static void parse_source__mistakes__are_named(void **state)
{
    (void)state;
    check_error("f() = 1\n", "SyntaxError",
                "cannot assign to function call here. Maybe you meant '==' instead of '='?", 1, 1);
    check_error("if a\n  b\n", "SyntaxError", "expected ':'", 1, 5);
    check_error("if a:\nb\n", "IndentationError",
                "expected an indented block after 'if' statement on line 1", 2, 1);
    check_error("  a\n", "IndentationError", "unexpected indent", 1, 2);
    check_error("print 'a'\n", "SyntaxError",
                "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1);
    check_error("(a\nb = 1\n", "SyntaxError", "'(' was never closed", 1, 1);
    check_error("f(a, b c)\n", "SyntaxError", "invalid syntax. Perhaps you forgot a comma?", 1, 6);
    check_error("f'{a b}'\n", "SyntaxError",
                "f-string: invalid syntax. Perhaps you forgot a comma?", 1, 2);
    check_error("f(a=1, b)\n", "SyntaxError", "positional argument follows keyword argument", 1, 9);
    check_error("def f(a=1, b): pass\n", "SyntaxError",
                "non-default argument follows default argument", 1, 12);
    check_error("\xC3\xA9\xC3\xA9 \xC3\xA9\n", "SyntaxError", "invalid syntax", 1, 4);
    check_error("match a:\n  case 1 as _: pass\n", "SyntaxError", "cannot use '_' as a target", 2,
                13);
    check_error("match a:\n  case A(x=1, 2): pass\n", "SyntaxError",
                "positional patterns follow keyword patterns", 2, 15);
    check_error("try: a\nexcept* b: c\nexcept d: e\n", "SyntaxError",
                "cannot have both 'except' and 'except*' on the same 'try'", 3, 1);
}

static void parse_source__interactive__tells_incomplete(void **state)
{
    (void)state;
    static const char *const incomplete[] = {"if a:",       "if a:\n  b", "(",
                                             "'''a",        "@a\n",       "def f(a,",
                                             "try:\n  a\n", "a = [1,\n",  "a \\\n"};
    static const char *const wrong[] = {"a b", "'a", ")", "a\nb", "a = $", "x ="};
    for (size_t i = 0; i < ARRAY_LENGTH(incomplete); i++) {
        assert_null(parse_mode(incomplete[i], PARSE_SINGLE));
        if (!error.incomplete) {
            fail_msg("should be incomplete: %s", incomplete[i]);
        }
    }
    for (size_t i = 0; i + 1 < ARRAY_LENGTH(wrong); i++) {
        assert_null(parse_mode(wrong[i], PARSE_SINGLE));
        if (error.incomplete) {
            fail_msg("should be wrong: %s", wrong[i]);
        }
    }
    assert_non_null(parse_mode("if a:\n  b\n", PARSE_SINGLE));
    assert_non_null(parse_mode("a; b", PARSE_SINGLE));
}

static void parse_source__deep_nesting__is_an_error(void **state)
{
    (void)state;
    enum { TIMES = 100000 };
    static const char *const parts[] = {
        "(",   "-",  "not ", "lambda:", "{a:", "2**", "f'{",           "a if b else ", "[",
        "f(*", "x[", "a ",   "await ",  "(a,", "*",   "f(a for a in ", "(a=b, "};
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
        size_t size = strlen(parts[i]);
        char *source = malloc(size * TIMES + 2);
        assert_non_null(source);
        for (size_t j = 0; j < TIMES; j++) {
            memcpy(source + j * size, parts[i], size);
        }
        memcpy(source + size * TIMES, "\n", 2);
        assert_null(parse(source));
        free(source);
        arena_free(&arena);
    }
}

static void parse_source__names__are_interned_and_normal(void **state)
{
    (void)state;
    Module *module = parse("\xEF\xAC\x81 = fi\n"); // the ligature fi is a name's "fi"
    assert_non_null(module);
    Stmt *s = module->body.items[0];
    assert_true(ast_string_same(s->assign.targets.items[0]->name, s->assign.value->name));
    AstString again = arena_intern(&arena, "fi", 2);
    assert_true(ast_string_same(again, s->assign.value->name));
}

static void parse_source__warnings__are_listed(void **state)
{
    (void)state;
    ParseWarning *warnings = NULL;
    static const char source[] = "a = '\\d'\nb = 1if c else d\n";
    ParseInput input = {.source = source, .size = sizeof source - 1, .warnings = &warnings};
    assert_non_null(parse_source(&arena, &input, &error));
    assert_non_null(warnings);
    assert_string_equal(warnings->category, "DeprecationWarning");
    assert_string_equal(warnings->message, "invalid escape sequence '\\d'");
    assert_non_null(warnings->next);
    assert_int_equal(warnings->next->line, 2);
    assert_null(warnings->next->next);
}

static const char everything[] =
    "import a.b as c\nfrom d import (e, f as g)\n"
    "@h\nclass I(J, k=l):\n  def m(self, n=1, *o, p=2, **q) -> r:\n    return f'{n!r:{o}}' + 'x'\n"
    "with s as t, u: v = {w: x for y in z if a}; del b[c:d]\n"
    "try: e(f, *g, h=i, **j)\nexcept K as l: raise m from n\nfinally: o: int = [p, *q]\n"
    "global r, s\nt = u if v else lambda w, /, x: {y, z}\n\xC3\xA9 = "
    "123456789012345678901234567890\n";

static void parse_source__no_memory__is_reported(void **state)
{
    (void)state;
    size_t limit = 64;
    Module *module = NULL;
    for (; module == NULL && limit < 1 << 20; limit += limit / 8) {
        arena_free(&arena);
        arena.limit_bytes = limit;
        module = parse(everything);
        assert_true(module != NULL || strcmp(error.type, "MemoryError") == 0);
    }
    assert_non_null(module);
    arena.limit_bytes = 0;
}

static void parse_source__each_allocation_fails__is_reported(void **state)
{
    (void)state;
    if (!ADDER_DEBUG) {
        skip();
    }
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        arena_free(&arena);
        fault_fail_allocation(n, false);
        Module *module = parse(everything);
        done = !fault_has_struck();
        fault_fail_allocation(0, false);
        assert_true((module != NULL && done) || (module == NULL && !done) ||
                    strcmp(error.type, "MemoryError") == 0);
    }
}

static void character_from_name__all_kinds__are_known(void **state)
{
    (void)state;
    assert_int_equal(character_from_name("SPACE", 5), ' ');
    assert_int_equal(character_from_name("carriage return", 15), '\r');
    assert_int_equal(character_from_name("CJK UNIFIED IDEOGRAPH-4E00", 26), 0x4E00);
    assert_int_equal(character_from_name("CJK UNIFIED IDEOGRAPH-FFFF", 26), CHARACTER_UNKNOWN);
    assert_int_equal(character_from_name("NOTHING LIKE THIS", 17), CHARACTER_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(parse_source__operators__bind_as_in_python),
        TEST(parse_source__literals__have_their_values),
        TEST(parse_source__statements__parse),
        TEST(parse_source__mistakes__are_named),
        TEST(parse_source__interactive__tells_incomplete),
        TEST(parse_source__deep_nesting__is_an_error),
        TEST(parse_source__names__are_interned_and_normal),
        TEST(parse_source__warnings__are_listed),
        TEST(parse_source__no_memory__is_reported),
        TEST(parse_source__each_allocation_fails__is_reported),
        TEST(character_from_name__all_kinds__are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
