// tests/unit/core/test_instances.c: instances and their attributes as C code sees them,
// and how an access can be remembered (core/object/instance.h, core/object/attribute.h);
// lists, dicts and strs from C.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/compiler/parse_mode.h"
#include "core/object/attribute.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/object.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/runtime.h"

// The value of an expression, in a namespace of its own.
static Ref value_of_source(ThreadState *ts, const char *definitions, const char *name)
{
    OWNED Ref filename = str_from_z(ts, "<test>");
    OWNED Ref done =
        runtime_execute(ts, definitions, strlen(definitions), filename.v, PARSE_EXEC, NULL);
    assert_false(is_error(done));
    Ref found = NO_REF;
    assert_int_equal(dict_get_z(ts, dict_from(runtime_state.main_globals.v), name, &found),
                     LOOKUP_FOUND);
    return found;
}

static Ref new_instance(ThreadState *ts, const char *definitions)
{
    OWNED Ref cls = value_of_source(ts, definitions, "C");
    Ref made = object_call0(ts, cls.v);
    assert_false(is_error(made));
    return made;
}

static Ref numbered_name(ThreadState *ts, int n)
{
    char text[32];
    snprintf(text, sizeof text, "name_%d", n);
    return str_intern_z(ts, text);
}

static void instance__set_get_delete__as_stored(void **state)
{
    ThreadState *ts = *state;
    OWNED Ref o = new_instance(ts, "class C: pass\n");
    OWNED Ref name = str_intern_z(ts, "size");
    OWNED Ref found = NO_REF;
    ObjectHead *head = value_head(o.v);
    assert_int_equal(instance_get(ts, head, name.v, &found), LOOKUP_ABSENT);
    assert_int_equal(instance_set(ts, head, name.v, NO_VALUE), LOOKUP_ABSENT);
    assert_int_equal(instance_set(ts, head, name.v, small_int(5)), LOOKUP_FOUND);
    assert_int_equal(instance_get(ts, head, name.v, &found), LOOKUP_FOUND);
    assert_true(value_is_same(found.v, small_int(5)));
    assert_int_equal(instance_set(ts, head, name.v, NO_VALUE), LOOKUP_FOUND);
    assert_int_equal(instance_get(ts, head, name.v, &found), LOOKUP_ABSENT);
}

static void instance__hundred_attributes__all_there_and_in_order(void **state)
{
    ThreadState *ts = *state;
    OWNED Ref o = new_instance(ts, "class C: pass\n");
    for (int i = 0; i < 100; i++) {
        OWNED Ref name = numbered_name(ts, i);
        assert_int_not_equal(instance_set(ts, value_head(o.v), name.v, small_int(i)), LOOKUP_ERROR);
    }
    OWNED Ref dict = instance_dict_copy(ts, value_head(o.v));
    size_t position = 0;
    int expected = 0;
    Ref key, value;
    while (dict_next(ts, dict_from(dict.v), &position, &key, &value)) {
        OWNED Ref name = numbered_name(ts, expected);
        assert_true(str_equal(key.v, name.v));
        assert_true(value_is_same(value.v, small_int(expected)));
        ref_drop(&key);
        ref_drop(&value);
        expected++;
    }
    assert_int_equal(expected, 100);
}

static void instance__dict_asked_for__same_attributes_both_ways(void **state)
{
    ThreadState *ts = *state;
    OWNED Ref o = new_instance(ts, "class C: pass\n");
    OWNED Ref before = str_intern_z(ts, "before");
    OWNED Ref behind = str_intern_z(ts, "behind");
    assert_int_not_equal(instance_set(ts, value_head(o.v), before.v, small_int(1)), LOOKUP_ERROR);
    OWNED Ref dict = instance_dict(ts, value_head(o.v));
    assert_false(is_error(dict));
    assert_int_equal(dict_set(ts, dict_from(dict.v), behind.v, small_int(2)), STATUS_OK);
    OWNED Ref found = NO_REF;
    assert_int_equal(instance_get(ts, value_head(o.v), behind.v, &found), LOOKUP_FOUND);
    assert_true(value_is_same(found.v, small_int(2)));
    OWNED Ref again = instance_dict(ts, value_head(o.v));
    assert_true(value_is_same(dict.v, again.v));
}

static void attribute_find__inline_attribute__can_be_repeated(void **state)
{
    ThreadState *ts = *state;
    OWNED Ref o = new_instance(
        ts, "class C:\n    def __init__(self):\n        self.x = 7\n    def method(self): pass\n"
            "    limit = 3\n    @property\n    def p(self): return 1\n");
    OWNED Ref x = str_intern_z(ts, "x");
    Access access = attribute_find_get(ts, o.v, x.v);
    assert_true(access.kind == ACCESS_INLINE || access.kind == ACCESS_OVERFLOW);
    OWNED Ref other = object_call0(ts, type_value(type_of(o.v)));
    OWNED Ref loaded = NO_REF;
    if (access.kind == ACCESS_INLINE) {
        assert_true(access_load(value_head(o.v), access.shape, access.offset, &loaded));
        assert_true(value_is_same(loaded.v, small_int(7)));
        OWNED Ref list = list_new(ts, 0);
        OWNED Ref nothing = NO_REF;
        assert_false(access_load(value_head(list.v), access.shape, access.offset, &nothing));
    }
    static const struct {
        const char *name;
        AccessKind kind;
    } of_class[] = {{"method", ACCESS_METHOD},
                    {"limit", ACCESS_CLASS_VALUE},
                    {"p", ACCESS_PROPERTY},
                    {"absent", ACCESS_NONE}};
    for (size_t i = 0; i < ARRAY_LENGTH(of_class); i++) {
        OWNED Ref name = str_intern_z(ts, of_class[i].name);
        assert_int_equal(attribute_find_get(ts, o.v, name.v).kind, of_class[i].kind);
    }
}

static void attribute__slots_and_data_descriptors__hide_what_is_below(void **state)
{
    ThreadState *ts = *state;
    OWNED Ref o = new_instance(ts, "class C:\n    __slots__ = ('a',)\n    b = 2\n");
    OWNED Ref a = str_intern_z(ts, "a");
    OWNED Ref b = str_intern_z(ts, "b");
    OWNED Ref found = NO_REF;
    assert_int_equal(object_lookup_attribute(ts, o.v, a.v, &found), LOOKUP_ABSENT);
    assert_int_equal(object_set_attribute(ts, o.v, a.v, small_int(1)), STATUS_OK);
    assert_int_equal(object_lookup_attribute(ts, o.v, a.v, &found), LOOKUP_FOUND);
    assert_int_equal(object_set_attribute(ts, o.v, b.v, small_int(1)), STATUS_ERROR);
    assert_true(exception_clear_if(ts, EXC_AttributeError));
}

static void str__interned_twice__one_object(void **state)
{
    ThreadState *ts = *state;
    OWNED Ref first = str_intern_z(ts, "interned for the test");
    OWNED Ref plain = str_from_z(ts, "interned for the test");
    assert_false(value_is_same(first.v, plain.v));
    assert_true(str_equal(first.v, plain.v));
    assert_int_equal(str_hash(first.v), str_hash(plain.v));
    OWNED Ref second = str_intern(ts, ref_take(&plain));
    assert_true(value_is_same(first.v, second.v));
}

static void str__wide_and_narrow__parts_are_as_narrow_as_they_can_be(void **state)
{
    ThreadState *ts = *state;
    const uint32_t points[] = {'a', 0xE9, 0x4E00, 0x1F600};
    OWNED Ref s = str_from_ucs4(ts, points, 4);
    assert_int_equal(str_length(s.v), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(str_char(str_from(s.v), i), points[i]);
    }
    OWNED Ref head = str_substring(ts, s.v, 0, 1);
    OWNED Ref letter = str_from_z(ts, "a");
    assert_true(str_is_ascii(str_from(head.v)));
    assert_true(str_equal(head.v, letter.v));
}

static void list__slices_and_bounds__as_asked(void **state)
{
    ThreadState *ts = *state;
    OWNED Ref list = list_new(ts, 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(list_append(ts, list_from(list.v), small_int(i)), STATUS_OK);
    }
    OWNED Ref part = list_slice(ts, list_from(list.v), 2, 5);
    assert_int_equal(list_size(list_from(part.v)), 3);
    OWNED Ref item = list_get(ts, list_from(part.v), 2);
    assert_true(value_is_same(item.v, small_int(4)));
    OWNED Ref beyond = object_get_item(ts, list.v, small_int(10));
    assert_true(is_error(beyond));
    assert_true(exception_clear_if(ts, EXC_IndexError));
}

int main(void)
{
    RuntimeOptions options = {0};
    ThreadState *ts = runtime_create(&options);
    if (ts == NULL) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(instance__set_get_delete__as_stored, ts),
        cmocka_unit_test_prestate(instance__hundred_attributes__all_there_and_in_order, ts),
        cmocka_unit_test_prestate(instance__dict_asked_for__same_attributes_both_ways, ts),
        cmocka_unit_test_prestate(attribute_find__inline_attribute__can_be_repeated, ts),
        cmocka_unit_test_prestate(attribute__slots_and_data_descriptors__hide_what_is_below, ts),
        cmocka_unit_test_prestate(str__interned_twice__one_object, ts),
        cmocka_unit_test_prestate(str__wide_and_narrow__parts_are_as_narrow_as_they_can_be, ts),
        cmocka_unit_test_prestate(list__slices_and_bounds__as_asked, ts),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed != 0 ? failed : runtime_destroy(ts, 0);
}
