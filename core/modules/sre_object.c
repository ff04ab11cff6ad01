// core/modules/sre_object.c: the module _sre, and match objects.
#include "core/modules/sre.h"

#include <string.h>

#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/import.h"

// --- Matches -------------------------------------------------------------------------------------

Ref match_new(const Scan *s)
{
    size_t count = 2 * ((size_t)s->pattern->groups + 1);
    Match *m = object_new_var(s->ts, KIND_RE_MATCH, sizeof *m, count, sizeof(int64_t));
    if (m == NULL) {
        return NO_REF;
    }
    shared_ref_init(&m->pattern, ref_new(value_of(s->pattern)));
    shared_ref_init(&m->string, ref_new(s->string));
    shared_ref_init(&m->regs, NO_REF);
    m->pos = s->first;
    m->endpos = s->end;
    m->last_index = s->last_index;
    m->mark_count = count;
    m->marks[0] = s->start;
    m->marks[1] = s->position;
    for (size_t i = 2; i < count; i += 2) {
        int64_t from = s->marks[i - 2], to = s->marks[i - 1];
        bool matched = from >= 0 && to >= from;
        m->marks[i] = matched ? from : -1;
        m->marks[i + 1] = matched ? to : -1;
    }
    object_track(&m->head);
    return REF_FROM_NEW(m);
}

static void match_finish(ThreadState *ts, ObjectHead *o)
{
    Match *m = (Match *)o;
    shared_ref_clear(&m->pattern);
    shared_ref_clear(&m->string);
    shared_ref_clear(&m->regs);
}

static void match_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Match *m = (Match *)o;
    visit_place(&m->pattern, visit, context);
    visit_place(&m->string, visit, context);
    visit_place(&m->regs, visit, context);
}

static const Pattern *pattern_of(const Match *m)
{
    return pattern_from(shared_ref_peek(&m->pattern));
}

static Ref group_slice(ThreadState *ts, const Match *m, int64_t group, Value otherwise)
{
    int64_t from = m->marks[2 * group], to = m->marks[2 * group + 1];
    if (from < 0) {
        return ref_new(otherwise);
    }
    Value string = shared_ref_peek(&m->string);
    if (value_is_str(string)) {
        to = MIN_OF(to, (int64_t)str_length(string));
        return from >= to ? str_empty() : str_substring(ts, string, (size_t)from, (size_t)to);
    }
    BufferView view; // may have become shorter
    if (buffer_get(ts, string, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    to = MIN_OF(to, (int64_t)view.size);
    Ref part = from >= to ? bytes_empty() : bytes_new(ts, view.data + from, (size_t)(to - from));
    buffer_release(ts, &view);
    return part;
}

// A group by number or name; -1: no such group, or an exception.
static int64_t group_number(ThreadState *ts, const Match *m, Value key)
{
    int64_t n = -1;
    OWNED Ref found = NO_REF;
    if (value_is_int(key) || type_of(key)->slots.index != NULL) {
        if (index_clamp(ts, key, &n) == STATUS_ERROR) {
            return -1;
        }
    } else if (dict_get(ts, dict_from(shared_ref_peek(&pattern_of(m)->group_index)), key, &found) ==
               LOOKUP_FOUND) {
        (void)(value_is_int(found.v) && int_to_i64(found.v, &n));
    } else if (has_exception(ts) && !exception_clear_if(ts, EXC_TypeError)) {
        return -1;
    }
    if (n < 0 || n > pattern_of(m)->groups) {
        if (!has_exception(ts)) {
            raise(ts, EXC_IndexError, "no such group");
        }
        return -1;
    }
    return n;
}

static Ref group_by_key(ThreadState *ts, const Match *m, Value key)
{
    int64_t n = group_number(ts, m, key);
    return n < 0 ? NO_REF : group_slice(ts, m, n, VALUE_NONE);
}

static Ref method_group(CALL_PARAMETERS)
{
    const Match *m = match_from(self);
    if (arguments_no_keywords(ts, "group", names) == STATUS_ERROR) {
        return NO_REF;
    }
    if (count <= 1) {
        return count == 0 ? group_slice(ts, m, 0, VALUE_NONE) : group_by_key(ts, m, args[0]);
    }
    OWNED Ref groups = tuple_new(ts, count);
    for (size_t i = 0; i < count && !is_error(groups); i++) {
        Ref text = group_by_key(ts, m, args[i]);
        if (is_error(text)) {
            return NO_REF;
        }
        tuple_init_item(groups.v, i, text);
    }
    return is_error(groups) ? NO_REF : tuple_finish(ts, ref_take(&groups));
}

static Ref match_get_item(ThreadState *ts, Value self, Value key)
{
    return group_by_key(ts, match_from(self), key);
}

static Ref method_groups(BOUND_PARAMETERS)
{
    const Match *m = match_from(self);
    size_t n = (size_t)pattern_of(m)->groups;
    OWNED Ref groups = tuple_new(ts, n);
    for (size_t i = 0; i < n && !is_error(groups); i++) {
        Ref text = group_slice(ts, m, (int64_t)i + 1, is_no_value(args[0]) ? VALUE_NONE : args[0]);
        if (is_error(text)) {
            return NO_REF;
        }
        tuple_init_item(groups.v, i, text);
    }
    return is_error(groups) ? NO_REF : tuple_finish(ts, ref_take(&groups));
}

static Ref method_groupdict(BOUND_PARAMETERS)
{
    const Match *m = match_from(self);
    OWNED Ref result = dict_new(ts);
    Dict *index = dict_from(shared_ref_peek(&pattern_of(m)->group_index));
    size_t position = 0;
    while (!is_error(result)) {
        OWNED Ref name = NO_REF;
        OWNED Ref number = NO_REF;
        if (!dict_next(ts, index, &position, &name, &number)) {
            return ref_take(&result);
        }
        int64_t n;
        if (!value_is_int(number.v) || !int_to_i64(number.v, &n) || n < 0 ||
            n > pattern_of(m)->groups) {
            continue;
        }
        OWNED Ref text = group_slice(ts, m, n, is_no_value(args[0]) ? VALUE_NONE : args[0]);
        if (is_error(text) || dict_set(ts, dict_from(result.v), name.v, text.v) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    return NO_REF;
}

static int64_t group_argument(ThreadState *ts, Value self, Value key)
{
    return is_no_value(key) ? 0 : group_number(ts, match_from(self), key);
}

static Ref method_start(BOUND_PARAMETERS)
{
    int64_t n = group_argument(ts, self, args[0]);
    return n < 0 ? NO_REF : int_from_i64(ts, match_from(self)->marks[2 * n]);
}
static Ref method_end(BOUND_PARAMETERS)
{
    int64_t n = group_argument(ts, self, args[0]);
    return n < 0 ? NO_REF : int_from_i64(ts, match_from(self)->marks[2 * n + 1]);
}
static Ref span(ThreadState *ts, const Match *m, int64_t n)
{
    return tuple_pack(ts, 2, small_int(m->marks[2 * n]), small_int(m->marks[2 * n + 1]));
}
static Ref method_span(BOUND_PARAMETERS)
{
    int64_t n = group_argument(ts, self, args[0]);
    return n < 0 ? NO_REF : span(ts, match_from(self), n);
}

static Ref method_expand(BOUND_PARAMETERS)
{
    OWNED Ref module = import_module(ts, "re");
    Value call[3] = {shared_ref_peek(&match_from(self)->pattern), self, args[0]};
    return is_error(module) ? NO_REF : object_call_method_z(ts, module.v, "_expand", call, 3);
}

static Ref itself(BOUND_PARAMETERS) { return ref_new(self); }

static Ref match_repr(ThreadState *ts, Value self)
{
    const Match *m = match_from(self);
    OWNED Ref text = group_slice(ts, m, 0, VALUE_NONE);
    OWNED Ref whole = is_error(text) ? NO_REF : object_repr(ts, text.v);
    OWNED Ref shown = is_error(whole)
                          ? NO_REF
                          : str_substring(ts, whole.v, 0, MIN_OF(str_length(whole.v), (size_t)50));
    return is_error(shown)
               ? NO_REF
               : format_str(ts, "<%N object; span=(%lld, %lld), match=%U>", type_of(self),
                            (long long)m->marks[0], (long long)m->marks[1], shown.v);
}

static Ref get_string(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&match_from(self)->string));
}
static Ref get_re(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&match_from(self)->pattern));
}
static Ref get_pos(ThreadState *ts, Value self) { return int_from_i64(ts, match_from(self)->pos); }
static Ref get_endpos(ThreadState *ts, Value self)
{
    return int_from_i64(ts, match_from(self)->endpos);
}
static Ref get_lastindex(ThreadState *ts, Value self)
{
    int64_t last = match_from(self)->last_index;
    return last < 0 ? REF_NONE : int_from_i64(ts, last);
}
static Ref get_lastgroup(ThreadState *ts, Value self)
{
    const Match *m = match_from(self);
    Value names = shared_ref_peek(&pattern_of(m)->index_group);
    bool named = m->last_index >= 0 && (size_t)m->last_index < tuple_count(names);
    return named ? ref_new(tuple_item(names, (size_t)m->last_index)) : REF_NONE;
}

static Ref get_regs(ThreadState *ts, Value self)
{
    Match *m = match_from(self);
    OWNED Ref known = shared_ref_load(&m->head, &m->regs);
    if (!is_error(known)) {
        return ref_take(&known);
    }
    OWNED Ref made = tuple_new(ts, m->mark_count / 2);
    for (size_t i = 0; i < m->mark_count / 2 && !is_error(made); i++) {
        Ref pair = span(ts, m, (int64_t)i);
        if (is_error(pair)) {
            return NO_REF;
        }
        tuple_init_item(made.v, i, pair);
    }
    if (is_error(made)) {
        return NO_REF;
    }
    OWNED Ref finished = tuple_finish(ts, ref_take(&made));
    object_store(ts, &m->head, &m->regs, ref_new(finished.v));
    return ref_take(&finished);
}

static const NativeDef match_methods[] = {
    NATIVE_RAW(
        "group", method_group, NULL,
        "group([group1, ...]) -> str or tuple.\n    The text of groups, 0 being the whole match."),
    NATIVE("groups", method_groups, "($self, /, default=None)", "All groups from 1 on as a tuple."),
    NATIVE("groupdict", method_groupdict, "($self, /, default=None)",
           "All named groups as a dict."),
    NATIVE("start", method_start, "($self, group=0, /)",
           "Where a group begins; -1: it did not match."),
    NATIVE("end", method_end, "($self, group=0, /)", "Where a group ends; -1: it did not match."),
    NATIVE("span", method_span, "($self, group=0, /)", "Both, as a tuple."),
    NATIVE("expand", method_expand, "($self, /, template)",
           "A template with its references replaced by groups."),
    NATIVE("__copy__", itself, "($self, /)", NULL),
    NATIVE("__deepcopy__", itself, "($self, memo, /)", NULL),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};

static const GetSetDef match_getset[] = {
    {"string", get_string, NULL, "The string passed to match() or search()."},
    {"re", get_re, NULL, "The regular expression object."},
    {"pos", get_pos, NULL,
     "The index into the string at which the RE engine started looking for a match."},
    {"endpos", get_endpos, NULL,
     "The index into the string beyond which the RE engine will not go."},
    {"lastindex", get_lastindex, NULL, "The integer index of the last matched capturing group."},
    {"lastgroup", get_lastgroup, NULL, "The name of the last matched capturing group."},
    {"regs", get_regs, NULL, NULL},
    {0},
};

const TypeSpec spec_RE_MATCH = {
    .name = "re.Match",
    .doc = "The result of re.match() and re.search().\nMatch objects always have a boolean value "
           "of True.",
    .base = KIND_OBJECT,
    .size = sizeof(Match),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = match_finish,
              .traverse = match_traverse,
              .repr = match_repr,
              .get_item = match_get_item},
    .methods = match_methods,
    .getset = match_getset,
};

// --- The module ----------------------------------------------------------------------------------

static Status char_argument(ThreadState *ts, Value v, uint32_t *c)
{
    int64_t i;
    if (index_get(ts, v, &i) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    *c = (uint32_t)i;
    return i >= 0 && i <= 0x10FFFF ? STATUS_OK
                                   : raise_status(ts, EXC_ValueError, "character is not in range");
}

static Ref ascii_iscased(BOUND_PARAMETERS)
{
    uint32_t c;
    return char_argument(ts, args[0], &c) == STATUS_ERROR
               ? NO_REF
               : REF_OF(bool_value(sre_lower_ascii(c) != c || sre_upper_ascii(c) != c));
}
static Ref unicode_iscased(BOUND_PARAMETERS)
{
    uint32_t c;
    return char_argument(ts, args[0], &c) == STATUS_ERROR
               ? NO_REF
               : REF_OF(bool_value(sre_lower_unicode(c) != c || sre_upper_unicode(c) != c));
}
static Ref ascii_tolower(BOUND_PARAMETERS)
{
    uint32_t c;
    return char_argument(ts, args[0], &c) == STATUS_ERROR ? NO_REF
                                                          : int_from_i64(ts, sre_lower_ascii(c));
}
static Ref unicode_tolower(BOUND_PARAMETERS)
{
    uint32_t c;
    return char_argument(ts, args[0], &c) == STATUS_ERROR ? NO_REF
                                                          : int_from_i64(ts, sre_lower_unicode(c));
}
static Ref getcodesize(BOUND_PARAMETERS) { return REF_OF(small_int(sizeof(uint32_t))); }

static const NativeDef functions[] = {
    NATIVE("compile", sre_compile,
           "($module, /, pattern, flags, code, groups, groupindex, indexgroup)",
           "A pattern of a list of words, which are checked."),
    NATIVE("getcodesize", getcodesize, "($module, /)", "Bytes of a word."),
    NATIVE("ascii_iscased", ascii_iscased, "($module, character, /)",
           "Has it another case in ASCII?"),
    NATIVE("unicode_iscased", unicode_iscased, "($module, character, /)", "Has it another case?"),
    NATIVE("ascii_tolower", ascii_tolower, "($module, character, /)", "Its lower case in ASCII."),
    NATIVE("unicode_tolower", unicode_tolower, "($module, character, /)", "Its lower case."),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    return module_add_int(ts, module, "MAGIC", SRE_MAGIC) == STATUS_ERROR ||
                   module_add_int(ts, module, "CODESIZE", sizeof(uint32_t)) == STATUS_ERROR ||
                   module_add_int(ts, module, "MAXREPEAT", SRE_MAX_REPEAT) == STATUS_ERROR ||
                   module_add_int(ts, module, "MAXGROUPS", SRE_MAX_GROUPS) == STATUS_ERROR
               ? STATUS_ERROR
               : STATUS_OK;
}

extern const ModuleSpec module_sre;
const ModuleSpec module_sre = {"_sre", "The matcher of regular expressions.", functions, setup};
