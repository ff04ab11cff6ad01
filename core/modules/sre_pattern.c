// core/modules/sre_pattern.c: compiled patterns and what can be done with them; scanners.
#include <string.h>

#include "core/modules/sre.h"
#include "core/object/container.h"
#include "core/object/dict.h"
#include "core/object/function.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/mapping_proxy.h"
#include "core/object/sequences.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/import.h"

// --- Making --------------------------------------------------------------------------------------

static Status read_code(ThreadState *ts, Value list, uint32_t *code)
{
    for (size_t i = 0; i < list_size(list_from(list)); i++) {
        OWNED Ref item = list_get(ts, list_from(list), i);
        uint64_t word;
        if (is_error(item) || !value_is_int(item.v) || !int_to_u64(item.v, &word)) {
            return has_exception(ts) ? STATUS_ERROR
                                     : raise_status(ts, EXC_TypeError, "an integer is required");
        }
        if (word > UINT32_MAX) {
            return raise_status(ts, EXC_OverflowError,
                                "regular expression code size limit exceeded");
        }
        code[i] = (uint32_t)word;
    }
    return STATUS_OK;
}

Ref sre_compile(BOUND_PARAMETERS)
{
    enum { PATTERN, FLAGS, CODE, GROUPS, GROUP_INDEX, INDEX_GROUP };
    int64_t flags, groups;
    if (!value_is_list(args[CODE]) || !value_is_dict(args[GROUP_INDEX]) ||
        !value_is_tuple(args[INDEX_GROUP])) {
        return raise(ts, EXC_TypeError,
                     "compile() takes a list, a dict and a tuple as arguments 3, 5 and 6");
    }
    if (index_get(ts, args[FLAGS], &flags) == STATUS_ERROR ||
        index_get(ts, args[GROUPS], &groups) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref code = list_slice(ts, list_from(args[CODE]), 0, list_size(list_from(args[CODE])));
    size_t size = is_error(code) ? 0 : list_size(list_from(code.v));
    Pattern *p = is_error(code)
                     ? NULL
                     : object_new_var(ts, KIND_RE_PATTERN, sizeof *p, size, sizeof(uint32_t));
    if (p == NULL) {
        return NO_REF;
    }
    p->is_any = value_is_none(args[PATTERN]);
    p->is_bytes = !p->is_any && !value_is_str(args[PATTERN]);
    p->flags = flags;
    p->groups = groups;
    p->code_size = size;
    shared_ref_init(&p->pattern, ref_new(args[PATTERN]));
    shared_ref_init(&p->group_index, ref_new(args[GROUP_INDEX]));
    shared_ref_init(&p->index_group, ref_new(args[INDEX_GROUP]));
    object_track(&p->head);
    OWNED Ref made = REF_FROM_NEW(p);
    if (read_code(ts, code.v, p->code) == STATUS_ERROR) {
        return NO_REF;
    }
    if (!sre_code_is_valid(ts, p->code, size, groups)) {
        return has_exception(ts) ? NO_REF : raise(ts, EXC_RuntimeError, "invalid SRE code");
    }
    return ref_take(&made);
}

static void pattern_finish(ThreadState *ts, ObjectHead *o)
{
    Pattern *p = (Pattern *)o;
    shared_ref_clear(&p->pattern);
    shared_ref_clear(&p->group_index);
    shared_ref_clear(&p->index_group);
}

static void pattern_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Pattern *p = (Pattern *)o;
    visit_place(&p->pattern, visit, context);
    visit_place(&p->group_index, visit, context);
    visit_place(&p->index_group, visit, context);
}

// --- Arguments -----------------------------------------------------------------------------------

static Status bounds(ThreadState *ts, const Value *args, int64_t *pos, int64_t *endpos)
{
    *pos = 0;
    *endpos = INT64_MAX;
    return (!is_no_value(args[0]) && index_clamp(ts, args[0], pos) == STATUS_ERROR) ||
                   (!is_no_value(args[1]) && index_clamp(ts, args[1], endpos) == STATUS_ERROR)
               ? STATUS_ERROR
               : STATUS_OK;
}

// args: string, pos, endpos
static Status begin(ThreadState *ts, Scan *s, Value self, const Value *args)
{
    int64_t pos, endpos;
    return bounds(ts, args + 1, &pos, &endpos) == STATUS_ERROR
               ? STATUS_ERROR
               : scan_begin(ts, s, pattern_from(self), args[0], pos, endpos);
}

static Ref match_or_none(const Scan *s, Truth found)
{
    return found == TRUTH_ERROR ? NO_REF : found == TRUTH_FALSE ? REF_NONE : match_new(s);
}

// --- match, fullmatch, search --------------------------------------------------------------------

static Ref match_once(ThreadState *ts, Value self, const Value *args, bool anywhere, bool all)
{
    Scan s;
    if (begin(ts, &s, self, args) == STATUS_ERROR) {
        return NO_REF;
    }
    s.match_all = all;
    Ref result = match_or_none(&s, anywhere ? scan_search(&s) : scan_match(&s));
    scan_end(&s);
    return result;
}

static Ref method_match(BOUND_PARAMETERS) { return match_once(ts, self, args, false, false); }
static Ref method_fullmatch(BOUND_PARAMETERS) { return match_once(ts, self, args, false, true); }
static Ref method_search(BOUND_PARAMETERS) { return match_once(ts, self, args, true, false); }

// --- findall -------------------------------------------------------------------------------------

// A group's text; what was not matched is empty.
static Ref group_text(const Scan *s, int64_t group)
{
    int64_t from = s->marks[2 * group], to = s->marks[2 * group + 1];
    return scan_slice(s, MAX_OF(from, (int64_t)0), from < 0 || to < from ? 0 : to);
}

static Ref found_item(const Scan *s)
{
    int64_t groups = s->pattern->groups;
    if (groups == 0) {
        return scan_slice(s, s->start, s->position);
    }
    if (groups == 1) {
        return group_text(s, 0);
    }
    OWNED Ref item = tuple_new(s->ts, (size_t)groups);
    for (int64_t i = 0; i < groups && !is_error(item); i++) {
        Ref text = group_text(s, i);
        if (is_error(text)) {
            return NO_REF;
        }
        tuple_init_item(item.v, (size_t)i, text);
    }
    return is_error(item) ? NO_REF : tuple_finish(s->ts, ref_take(&item));
}

static Ref find_all(Scan *s)
{
    OWNED Ref list = list_new(s->ts, 0);
    while (!is_error(list)) {
        Truth found = scan_search(s);
        if (found != TRUTH_TRUE) {
            return found == TRUTH_ERROR ? NO_REF : ref_take(&list);
        }
        Ref item = found_item(s);
        if (is_error(item) || list_append_ref(s->ts, list_from(list.v), item) == STATUS_ERROR) {
            return NO_REF;
        }
        scan_advance(s);
    }
    return NO_REF;
}

static Ref method_findall(BOUND_PARAMETERS)
{
    Scan s;
    if (begin(ts, &s, self, args) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref result = find_all(&s);
    scan_end(&s);
    return result;
}

// --- split ---------------------------------------------------------------------------------------

static Status add_part(Scan *s, Value list, int64_t from, int64_t to)
{
    Ref part = scan_slice(s, from, to);
    return is_error(part) ? STATUS_ERROR : list_append_ref(s->ts, list_from(list), part);
}

static Ref split_all(Scan *s, int64_t most)
{
    OWNED Ref list = list_new(s->ts, 0);
    int64_t last = s->start;
    for (int64_t n = 0; !is_error(list) && (most == 0 || n < most); n++) {
        Truth found = scan_search(s);
        if (found == TRUTH_ERROR) {
            return NO_REF;
        }
        if (found == TRUTH_FALSE) {
            break;
        }
        if (add_part(s, list.v, last, s->start) == STATUS_ERROR) {
            return NO_REF;
        }
        for (int64_t i = 0; i < s->pattern->groups; i++) {
            int64_t from = s->marks[2 * i], to = s->marks[2 * i + 1];
            Ref part = from < 0 || to < from ? REF_NONE : scan_slice(s, from, to);
            if (is_error(part) || list_append_ref(s->ts, list_from(list.v), part) == STATUS_ERROR) {
                return NO_REF;
            }
        }
        last = s->position;
        scan_advance(s);
    }
    return is_error(list) || add_part(s, list.v, last, s->end) == STATUS_ERROR ? NO_REF
                                                                               : ref_take(&list);
}

static Ref method_split(BOUND_PARAMETERS)
{
    Scan s;
    int64_t most = 0;
    if ((!is_no_value(args[1]) && index_get(ts, args[1], &most) == STATUS_ERROR) ||
        scan_begin(ts, &s, pattern_from(self), args[0], 0, INT64_MAX) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref result = most < 0 ? NO_REF : split_all(&s, most);
    if (most < 0) { // no splits at all
        OWNED Ref list = list_new(ts, 1);
        result = is_error(list) || add_part(&s, list.v, 0, s.end) == STATUS_ERROR ? NO_REF
                                                                                  : ref_take(&list);
    }
    scan_end(&s);
    return result;
}

// --- sub -----------------------------------------------------------------------------------------

// The replacement as a function of the match, or as text to be put in as it is (*is_text).
static Ref prepare_replacement(ThreadState *ts, Value self, Value replacement, bool *is_text)
{
    *is_text = false;
    if (object_is_callable(replacement)) {
        return ref_new(replacement);
    }
    bool plain = false;
    OWNED Ref copy = NO_REF;
    if (!value_is_str(replacement) && !value_is_bytes(replacement) &&
        type_of(replacement)->slots.buffer != NULL) {
        copy = object_call1(ts, type_value(TYPE_OF_KIND(BYTES)), replacement);
        if (is_error(copy)) {
            return NO_REF;
        }
        replacement = copy.v;
    }
    if (value_is_str(replacement)) {
        const Str *s = str_from(replacement);
        plain = str_find_char(s, '\\', 0, s->length) < 0;
    } else if (value_is_bytes(replacement)) {
        const Bytes *b = bytes_from(replacement);
        plain = memchr(b->data, '\\', b->size) == NULL;
    }
    if (plain) {
        *is_text = true;
        return ref_new(replacement);
    }
    OWNED Ref module = import_module(ts, "re");
    Value call[2] = {self, replacement};
    Ref made = is_error(module) ? NO_REF : object_call_method_z(ts, module.v, "_subx", call, 2);
    *is_text = !is_error(made) && !object_is_callable(made.v);
    return made;
}

// What takes the place of one match; None: nothing.
static Ref replacement_of(Scan *s, Value replacement, bool is_text)
{
    if (is_text) {
        return ref_new(replacement);
    }
    OWNED Ref match = match_new(s);
    return is_error(match) ? NO_REF : object_call1(s->ts, replacement, match.v);
}

static Ref join_parts(Scan *s, Value list)
{
    OWNED Ref empty = value_is_str(s->string) ? str_empty() : bytes_empty();
    return object_call_method_z(s->ts, empty.v, "join", &list, 1);
}

static Ref substitute(Scan *s, Value replacement, bool is_text, int64_t most, int64_t *count)
{
    OWNED Ref list = list_new(s->ts, 0);
    int64_t last = s->start;
    for (*count = 0; !is_error(list) && (most == 0 || *count < most); ++*count) {
        Truth found = scan_search(s);
        if (found == TRUTH_ERROR) {
            return NO_REF;
        }
        if (found == TRUTH_FALSE) {
            break;
        }
        if (last < s->start && add_part(s, list.v, last, s->start) == STATUS_ERROR) {
            return NO_REF;
        }
        OWNED Ref part = replacement_of(s, replacement, is_text);
        if (is_error(part) || (!value_is_none(part.v) &&
                               list_append(s->ts, list_from(list.v), part.v) == STATUS_ERROR)) {
            return NO_REF;
        }
        last = s->position;
        scan_advance(s);
    }
    if (is_error(list) || (last < s->end && add_part(s, list.v, last, s->end) == STATUS_ERROR)) {
        return NO_REF;
    }
    return join_parts(s, list.v);
}

static Ref sub_with_count(ThreadState *ts, Value self, const Value *args, int64_t *count)
{
    Scan s;
    int64_t most = 0;
    bool is_text;
    if (!is_no_value(args[2]) && index_get(ts, args[2], &most) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref replacement = prepare_replacement(ts, self, args[0], &is_text);
    if (is_error(replacement) ||
        scan_begin(ts, &s, pattern_from(self), args[1], 0, INT64_MAX) == STATUS_ERROR) {
        return NO_REF;
    }
    Ref result =
        most < 0 ? scan_slice(&s, 0, s.end) : substitute(&s, replacement.v, is_text, most, count);
    scan_end(&s);
    return result;
}

static Ref method_sub(BOUND_PARAMETERS)
{
    int64_t count = 0;
    return sub_with_count(ts, self, args, &count);
}

static Ref method_subn(BOUND_PARAMETERS)
{
    int64_t count = 0;
    OWNED Ref text = sub_with_count(ts, self, args, &count);
    return is_error(text) ? NO_REF : tuple_pack(ts, 2, text.v, small_int(count));
}

// --- Scanners ------------------------------------------------------------------------------------

// Finds one match after the other. Where it is, is kept between calls;
// the scan itself is made anew.
typedef struct Scanner {
    ObjectHead head;
    SharedRef pattern, string;
    int64_t start, end; // under the lock
    bool must_advance;
    bool at_end;
} Scanner;

static Scanner *scanner_from(Value v) { return (Scanner *)value_head(v); }

static void scanner_finish(ThreadState *ts, ObjectHead *o)
{
    shared_ref_clear(&((Scanner *)o)->pattern);
    shared_ref_clear(&((Scanner *)o)->string);
}

static void scanner_traverse(ObjectHead *o, Visitor visit, void *context)
{
    visit_place(&((Scanner *)o)->pattern, visit, context);
    visit_place(&((Scanner *)o)->string, visit, context);
}

static Ref scanner_step(ThreadState *ts, Value self, bool anywhere)
{
    Scanner *o = scanner_from(self);
    Scan s;
    int64_t start = 0, end = 0;
    bool must_advance = false, at_end = false;
    CRITICAL_SECTION(ts, &o->head)
    {
        start = o->start;
        end = o->end;
        must_advance = o->must_advance;
        at_end = o->at_end;
    }
    if (at_end) {
        return REF_NONE;
    }
    if (scan_begin(ts, &s, pattern_from(shared_ref_peek(&o->pattern)), shared_ref_peek(&o->string),
                   start, end) == STATUS_ERROR) {
        return NO_REF;
    }
    s.must_advance = must_advance;
    Truth found = anywhere ? scan_search(&s) : scan_match(&s);
    Ref result = match_or_none(&s, found);
    if (found == TRUTH_TRUE) {
        scan_advance(&s);
    }
    CRITICAL_SECTION(ts, &o->head)
    {
        o->start = s.start;
        o->must_advance = s.must_advance;
        o->at_end = found == TRUTH_FALSE;
    }
    scan_end(&s);
    return result;
}

static Ref scanner_match(BOUND_PARAMETERS) { return scanner_step(ts, self, false); }
static Ref scanner_search(BOUND_PARAMETERS) { return scanner_step(ts, self, true); }
static Ref scanner_get_pattern(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&scanner_from(self)->pattern));
}

static const NativeDef scanner_methods[] = {
    NATIVE("match", scanner_match, "($self, /)", "The next match, directly behind the last one."),
    NATIVE("search", scanner_search, "($self, /)", "The next match, anywhere behind the last one."),
    NATIVE_END,
};
static const GetSetDef scanner_getset[] = {{"pattern", scanner_get_pattern, NULL, NULL}, {0}};

const TypeSpec spec_RE_SCANNER = {
    .name = "_sre.SRE_Scanner",
    .base = KIND_OBJECT,
    .size = sizeof(Scanner),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = scanner_finish, .traverse = scanner_traverse},
    .methods = scanner_methods,
    .getset = scanner_getset,
};

static Ref method_scanner(BOUND_PARAMETERS)
{
    Scan s;
    if (begin(ts, &s, self, args) == STATUS_ERROR) { // checks the arguments
        return NO_REF;
    }
    int64_t start = s.start, end = s.end;
    scan_end(&s);
    Scanner *o = object_new(ts, KIND_RE_SCANNER, sizeof *o);
    if (o == NULL) {
        return NO_REF;
    }
    shared_ref_init(&o->pattern, ref_new(self));
    shared_ref_init(&o->string, ref_new(args[0]));
    o->start = start;
    o->end = end;
    o->must_advance = false;
    o->at_end = start > end;
    object_track(&o->head);
    return REF_FROM_NEW(o);
}

static Ref method_finditer(BOUND_PARAMETERS)
{
    OWNED Ref scanner = method_scanner(ts, self, args);
    OWNED Ref search = is_error(scanner) ? NO_REF : object_get_attribute_z(ts, scanner.v, "search");
    return is_error(search) ? NO_REF : callable_iterator_new(ts, search.v, VALUE_NONE);
}

// --- As an object --------------------------------------------------------------------------------

static Ref itself(BOUND_PARAMETERS) { return ref_new(self); }

static Status pattern_hash(ThreadState *ts, Value self, int64_t *hash)
{
    const Pattern *p = pattern_from(self);
    int64_t h;
    if (object_hash(ts, shared_ref_peek(&p->pattern), &h) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    uint64_t mixed = (uint64_t)h ^ (uint64_t)p->flags ^ (uint64_t)p->is_bytes ^ (uint64_t)p->groups;
    for (size_t i = 0; i < p->code_size; i++) {
        mixed = mixed * 1000003u ^ p->code[i];
    }
    *hash = mixed == UINT64_MAX ? -2 : (int64_t)mixed;
    return STATUS_OK;
}

static Ref pattern_compare(ThreadState *ts, Value a, Value b, CompareOp op)
{
    if ((op != OP_EQ && op != OP_NE) || !value_is_kind(a, KIND_RE_PATTERN) ||
        !value_is_kind(b, KIND_RE_PATTERN)) {
        return not_implemented();
    }
    const Pattern *x = pattern_from(a), *y = pattern_from(b);
    bool same = x->flags == y->flags && x->is_bytes == y->is_bytes &&
                x->code_size == y->code_size &&
                memcmp(x->code, y->code, x->code_size * sizeof x->code[0]) == 0;
    Truth t = same ? object_equal(ts, shared_ref_peek(&x->pattern), shared_ref_peek(&y->pattern))
                   : TRUTH_FALSE;
    return t == TRUTH_ERROR ? NO_REF : REF_OF(bool_value((t == TRUTH_TRUE) == (op == OP_EQ)));
}

static Ref pattern_repr(ThreadState *ts, Value self)
{
    static const struct {
        int64_t flag;
        const char *name;
    } names[] = {{SRE_FLAG_TEMPLATE, "re.TEMPLATE"}, {SRE_FLAG_IGNORECASE, "re.IGNORECASE"},
                 {SRE_FLAG_LOCALE, "re.LOCALE"},     {SRE_FLAG_MULTILINE, "re.MULTILINE"},
                 {SRE_FLAG_DOTALL, "re.DOTALL"},     {SRE_FLAG_VERBOSE, "re.VERBOSE"},
                 {SRE_FLAG_DEBUG, "re.DEBUG"},       {SRE_FLAG_ASCII, "re.ASCII"}};
    const Pattern *p = pattern_from(self);
    Value source = shared_ref_peek(&p->pattern);
    int64_t left = p->flags;
    if (value_is_str(source) &&
        (left & (SRE_FLAG_LOCALE | SRE_FLAG_UNICODE | SRE_FLAG_ASCII)) == SRE_FLAG_UNICODE) {
        left &= ~(int64_t)SRE_FLAG_UNICODE; // what str patterns have anyway
    }
    OWNED Ref flags = str_empty();
    for (size_t i = 0; i < ARRAY_LENGTH(names) && !is_error(flags); i++) {
        if ((left & names[i].flag) != 0) {
            left &= ~names[i].flag;
            ref_set(&flags, format_str(ts, "%U%s%s", flags.v, str_length(flags.v) > 0 ? "|" : "",
                                       names[i].name));
        }
    }
    if (!is_error(flags) && left != 0) {
        ref_set(&flags, format_str(ts, "%U%s0x%llx", flags.v, str_length(flags.v) > 0 ? "|" : "",
                                   (unsigned long long)left));
    }
    OWNED Ref text = is_error(flags) ? NO_REF : object_repr(ts, source);
    if (is_error(text)) {
        return NO_REF;
    }
    OWNED Ref shown =
        str_length(text.v) > 200 ? str_substring(ts, text.v, 0, 200) : ref_new(text.v);
    return is_error(shown) ? NO_REF
                           : format_str(ts, "re.compile(%U%s%U)", shown.v,
                                        str_length(flags.v) > 0 ? ", " : "", flags.v);
}

static Ref get_pattern(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&pattern_from(self)->pattern));
}
static Ref get_flags(ThreadState *ts, Value self)
{
    return int_from_i64(ts, pattern_from(self)->flags);
}
static Ref get_groups(ThreadState *ts, Value self)
{
    return int_from_i64(ts, pattern_from(self)->groups);
}
static Ref get_group_index(ThreadState *ts, Value self)
{
    return mapping_proxy_new(ts, shared_ref_peek(&pattern_from(self)->group_index));
}

#define SEARCHED "($self, /, string, pos=0, endpos=sys.maxsize)"
static const NativeDef methods[] = {
    NATIVE("match", method_match, SEARCHED, "Matches at the start of the string, or at pos."),
    NATIVE("fullmatch", method_fullmatch, SEARCHED,
           "Matches the whole string, or the part up to endpos."),
    NATIVE("search", method_search, SEARCHED, "The first match anywhere in the string."),
    NATIVE("findall", method_findall, SEARCHED,
           "All matches as a list of str, or of tuples of groups."),
    NATIVE("finditer", method_finditer, SEARCHED, "An iterator over all matches."),
    NATIVE("scanner", method_scanner, SEARCHED, "What finds one match after the other."),
    NATIVE("split", method_split, "($self, /, string, maxsplit=0)",
           "The parts of the string between matches."),
    NATIVE("sub", method_sub, "($self, /, repl, string, count=0)",
           "The string with its matches replaced."),
    NATIVE("subn", method_subn, "($self, /, repl, string, count=0)",
           "As sub, with the number of replacements."),
    NATIVE("__copy__", itself, "($self, /)", NULL),
    NATIVE("__deepcopy__", itself, "($self, memo, /)", NULL),
    NATIVE_CLASS_GETITEM,
    NATIVE_END,
};

static const GetSetDef getset[] = {
    {"pattern", get_pattern, NULL, "The pattern string from which the RE object was compiled."},
    {"flags", get_flags, NULL, "The regex matching flags."},
    {"groups", get_groups, NULL, "The number of capturing groups in the pattern."},
    {"groupindex", get_group_index, NULL, "A dictionary mapping group names to group numbers."},
    {0},
};

const TypeSpec spec_RE_PATTERN = {
    .name = "re.Pattern",
    .doc = "Compiled regular expression object.",
    .base = KIND_OBJECT,
    .size = sizeof(Pattern),
    .flags = TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE | TYPE_WEAK_REFERENCEABLE,
    .slots = {.finish = pattern_finish,
              .traverse = pattern_traverse,
              .repr = pattern_repr,
              .hash = pattern_hash,
              .compare = pattern_compare},
    .methods = methods,
    .getset = getset,
};
