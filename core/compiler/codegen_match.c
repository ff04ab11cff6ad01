// core/compiler/codegen_match.c: code for match statements.
//
// 1. The subject lies in a temporary that every pattern only looks at.
//    What a pattern reads out of it goes to temporaries above.
// 2. Names are bound when the whole pattern has matched, not before: until then each has
//    a temporary of its own, the same in every alternative of an `a | b`.
// 3. A test that fails jumps to one label per pattern (or alternative),
//    where all temporaries that could be alive are cleared: clearing an empty one does nothing.
#include <string.h>

#include "core/compiler/codegen.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct Capture {
    AstString name;
    int slot;
} Capture;

typedef struct Match {
    Compiler *c;
    Capture *captures;
    int count, capacity;
    int fail;    // where to go on when the pattern does not match
    int highest; // one above the highest temporary that may be alive when a test fails
} Match;

static void at_pattern(Compiler *c, const Pattern *p)
{
    Unit *u = c->unit;
    u->line = p->line;
    u->column = p->column;
    u->end_line = p->end_line;
    u->end_column = p->end_column;
}

static bool is_wildcard(const Pattern *p)
{
    return (p->kind == PATTERN_AS || p->kind == PATTERN_STAR) && p->as.pattern == NULL &&
           p->as.name.bytes == NULL;
}

static bool same_name(AstString a, AstString b)
{
    return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

// A pattern that matches anything makes what comes behind it unreachable.
static void refuse_irrefutable(Compiler *c, const Pattern *p)
{
    if (p->kind == PATTERN_OR) { // only the last alternative may be
        refuse_irrefutable(c, p->patterns.items[p->patterns.count - 1]);
        return;
    }
    if (p->kind != PATTERN_AS) {
        return;
    }
    if (p->as.pattern != NULL) {
        refuse_irrefutable(c, p->as.pattern);
    } else if (p->as.name.bytes == NULL) {
        FAIL_AT(c, p, "wildcard makes remaining patterns unreachable");
    } else {
        FAIL_AT(c, p, "name capture '%s' makes remaining patterns unreachable", p->as.name.bytes);
    }
}

// --- What a pattern binds ------------------------------------------------------------------------

typedef struct Names {
    AstString *items;
    int count, capacity;
} Names;

static bool names_has(const Names *n, AstString name)
{
    for (int i = 0; i < n->count; i++) {
        if (same_name(n->items[i], name)) {
            return true;
        }
    }
    return false;
}

static void names_add(Compiler *c, Names *n, AstString name, const Pattern *p)
{
    if (name.bytes == NULL) {
        return;
    }
    if (names_has(n, name)) {
        FAIL_AT(c, p, "multiple assignments to name '%s' in pattern", name.bytes);
    }
    if (n->count == n->capacity) {
        AstString *grown = compiler_alloc(c, ((size_t)n->capacity * 2 + 8) * sizeof *grown);
        if (n->count > 0) {
            memcpy(grown, n->items, (size_t)n->count * sizeof *grown);
        }
        n->items = grown;
        n->capacity = n->capacity * 2 + 8;
    }
    n->items[n->count++] = name;
}

static void collect_names(Compiler *c, const Pattern *p, Names *n);

static void collect_from(Compiler *c, PatternList list, Names *n)
{
    for (int i = 0; i < list.count; i++) {
        collect_names(c, list.items[i], n);
    }
}

// Every alternative binds the same names.
static void collect_alternatives(Compiler *c, const Pattern *p, Names *n)
{
    Names first = {0};
    for (int i = 0; i < p->patterns.count; i++) {
        Names one = {0};
        if (i < p->patterns.count - 1) {
            refuse_irrefutable(c, p->patterns.items[i]);
        }
        collect_names(c, p->patterns.items[i], &one);
        if (i == 0) {
            first = one;
            continue;
        }
        bool same = one.count == first.count;
        for (int k = 0; k < one.count && same; k++) {
            same = names_has(&first, one.items[k]);
        }
        if (!same) {
            FAIL_AT(c, p, "alternative patterns bind different names");
        }
    }
    for (int k = 0; k < first.count; k++) {
        names_add(c, n, first.items[k], p);
    }
}

static void collect_names(Compiler *c, const Pattern *p, Names *n)
{
    compiler_check_stack(c);
    switch (p->kind) {
    case PATTERN_VALUE:
    case PATTERN_SINGLETON:
        break;
    case PATTERN_SEQUENCE:
        collect_from(c, p->patterns, n);
        break;
    case PATTERN_OR:
        collect_alternatives(c, p, n);
        break;
    case PATTERN_MAPPING:
        collect_from(c, p->mapping.patterns, n);
        names_add(c, n, p->mapping.rest, p);
        break;
    case PATTERN_CLASS:
        collect_from(c, p->cls.patterns, n);
        collect_from(c, p->cls.attribute_patterns, n);
        break;
    case PATTERN_STAR:
    case PATTERN_AS:
        if (p->as.pattern != NULL) {
            collect_names(c, p->as.pattern, n);
        }
        names_add(c, n, p->as.name, p);
        break;
    }
}

static int slot_of_capture(const Match *m, AstString name)
{
    for (int i = 0; i < m->count; i++) {
        if (same_name(m->captures[i].name, name)) {
            return m->captures[i].slot;
        }
    }
    return -1;
}

// --- Patterns ------------------------------------------------------------------------------------

static void gen_pattern(Match *m, Pattern *p, int subject);

// Temporaries that stay alive while further tests are made.
static int take_temps(Match *m, int n)
{
    int first = temp_reserve(m->c, n);
    if (m->c->unit->depth > m->highest) {
        m->highest = m->c->unit->depth;
    }
    return first;
}

// The subject for an instruction that consumes it.
static int lend(Match *m, int subject)
{
    int lent = temp_new(m->c);
    emit(m->c, INSTR_BORROW, lent, subject, 0);
    return lent;
}

// What lies in a temporary of its own: matched, and not needed any more.
static void gen_owned(Match *m, Pattern *p, int slot)
{
    Compiler *c = m->c;
    if ((p->kind == PATTERN_AS || p->kind == PATTERN_STAR) && p->as.pattern == NULL &&
        p->as.name.bytes != NULL) {
        emit(c, INSTR_MOVE, slot_of_capture(m, p->as.name), slot, 0);
        return;
    }
    if (!is_wildcard(p)) {
        gen_pattern(m, p, slot);
    }
    emit(c, INSTR_CLEAR, slot, 0, 0);
}

static bool is_literal(const Expr *e)
{
    return e->kind == EXPR_CONSTANT || e->kind == EXPR_UNARY_OP || e->kind == EXPR_BIN_OP;
}

static void gen_value(Match *m, Pattern *p, int subject)
{
    Compiler *c = m->c;
    if (!is_literal(p->value) && p->value->kind != EXPR_ATTRIBUTE) {
        FAIL_AT(c, p, "patterns may only match literals and attribute lookups");
    }
    int depth = c->unit->depth;
    int lent = lend(m, subject);
    int value = gen_operand(c, p->value);
    at_pattern(c, p);
    emit_jump(c, INSTR_JUMP_EQ, 0, lent, value, m->fail);
    c->unit->depth = depth;
}

static void gen_singleton(Match *m, Pattern *p, int subject)
{
    Compiler *c = m->c;
    int depth = c->unit->depth;
    int lent = lend(m, subject);
    int value = temp_new(c);
    gen_into(c, p->value, value);
    at_pattern(c, p);
    emit_jump(c, INSTR_JUMP_IS, 0, lent, value, m->fail);
    c->unit->depth = depth;
}

// [a, _, *_, b]: item by item, without going through what the star skips.
static void gen_items(Match *m, Pattern *p, int subject, int star)
{
    Compiler *c = m->c;
    int depth = c->unit->depth;
    for (int i = 0; i < p->patterns.count; i++) {
        Pattern *item = p->patterns.items[i];
        if (is_wildcard(item)) {
            continue;
        }
        int slot = take_temps(m, 1);
        bool from_end = star >= 0 && i > star;
        at_pattern(c, p);
        emit_word(c, INSTR_MATCH_ITEM, slot, subject, from_end ? p->patterns.count - i : i,
                  from_end);
        gen_owned(m, item, slot);
        c->unit->depth = depth;
    }
}

static void gen_sequence(Match *m, Pattern *p, int subject)
{
    Compiler *c = m->c;
    int count = p->patterns.count, star = -1;
    bool only_wildcards = true;
    for (int i = 0; i < count; i++) {
        Pattern *item = p->patterns.items[i];
        if (item->kind == PATTERN_STAR) {
            if (star >= 0) {
                FAIL_AT(c, p, "multiple starred names in sequence pattern");
            }
            star = i;
        }
        only_wildcards &= is_wildcard(item);
    }
    emit_jump(c, INSTR_JUMP_IF_NOT_SEQUENCE, subject, 0, 0, m->fail);
    int least = star >= 0 ? count - 1 : count;
    if (least > 0 || star < 0) {
        emit_jump(c, INSTR_JUMP_IF_LENGTH_NOT, subject, least, star >= 0, m->fail);
    }
    if (only_wildcards) {
        return;
    }
    if (star >= 0 && is_wildcard(p->patterns.items[star])) {
        gen_items(m, p, subject, star);
        return;
    }
    int depth = c->unit->depth;
    int lent = lend(m, subject);
    int first = take_temps(m, count);
    if (star < 0) {
        emit(c, INSTR_UNPACK, first, lent, count);
    } else {
        if (star > 255 || count - star - 1 > 0x7FFF) {
            FAIL_AT(c, p, "too many expressions in star-unpacking sequence pattern");
        }
        emit_word(c, INSTR_UNPACK_STAR, first, lent, 0, star | (count - star - 1) << 16);
    }
    for (int i = 0; i < count; i++) {
        gen_owned(m, p->patterns.items[i], first + i);
    }
    c->unit->depth = depth;
}

static void check_keys(Compiler *c, Pattern *p)
{
    ExprList keys = p->mapping.keys;
    for (int i = 0; i < keys.count; i++) {
        Expr *key = keys.items[i];
        if (!is_literal(key) && key->kind != EXPR_ATTRIBUTE) {
            FAIL_AT(c, p, "mapping pattern keys may only match literals and attribute lookups");
        }
        OWNED Ref one = constant_value(c, key);
        for (int k = 0; k < i && !is_error(one); k++) {
            OWNED Ref other = constant_value(c, keys.items[k]);
            Truth same = is_error(other) ? TRUTH_FALSE : object_equal(c->ts, one.v, other.v);
            if (same == TRUTH_ERROR) {
                compiler_fail_raised(c);
            }
            if (same == TRUTH_TRUE) {
                OWNED Ref text = object_repr(c->ts, one.v);
                if (is_error(text)) {
                    compiler_fail_raised(c);
                }
                size_t size = 0;
                const char *utf8 = str_utf8(c->ts, text.v, &size);
                AstString shown = utf8 == NULL ? (AstString){0} : arena_copy(c->arena, utf8, size);
                ref_drop(&text);
                ref_drop(&other);
                ref_drop(&one);
                if (shown.bytes == NULL) {
                    compiler_fail_raised(c);
                }
                FAIL_AT(c, p, "mapping pattern checks duplicate key (%s)", shown.bytes);
            }
        }
    }
}

static void gen_mapping(Match *m, Pattern *p, int subject)
{
    Compiler *c = m->c;
    int count = p->mapping.keys.count;
    check_keys(c, p);
    emit_jump(c, INSTR_JUMP_IF_NOT_MAPPING, subject, 0, 0, m->fail);
    if (count > 0) {
        emit_jump(c, INSTR_JUMP_IF_LENGTH_NOT, subject, count, 1, m->fail);
    } else if (p->mapping.rest.bytes == NULL) {
        return;
    }
    int depth = c->unit->depth;
    int keys = take_temps(m, 1);
    if (count == 0) {
        emit_constant(c, tuple_empty(), keys);
    } else {
        int first = temp_reserve(c, count);
        for (int i = 0; i < count; i++) {
            gen_into(c, p->mapping.keys.items[i], first + i);
        }
        at_pattern(c, p);
        emit(c, INSTR_BUILD_TUPLE, keys, first, count);
        c->unit->depth = keys + 1;
        int values = temp_new(c);
        emit_jump(c, INSTR_MATCH_KEYS, values, subject, keys, m->fail);
        int item = take_temps(m, count);
        emit(c, INSTR_UNPACK, item, values, count);
        for (int i = 0; i < count; i++) {
            gen_owned(m, p->mapping.patterns.items[i], item + i);
        }
    }
    at_pattern(c, p);
    if (p->mapping.rest.bytes != NULL) {
        emit(c, INSTR_MATCH_REST, slot_of_capture(m, p->mapping.rest), subject, keys);
    } else {
        emit(c, INSTR_CLEAR, keys, 0, 0);
    }
    c->unit->depth = depth;
}

static void gen_class(Match *m, Pattern *p, int subject)
{
    Compiler *c = m->c;
    NameList names = p->cls.attributes;
    int positional = p->cls.patterns.count, count = positional + names.count;
    for (int i = 0; i < names.count; i++) {
        for (int k = 0; k < i; k++) {
            if (same_name(names.items[i], names.items[k])) {
                FAIL_AT(c, p->cls.attribute_patterns.items[i],
                        "attribute name repeated in class pattern: %s", names.items[i].bytes);
            }
        }
    }
    int depth = c->unit->depth;
    int area = temp_reserve(c, 3);
    gen_into(c, p->cls.cls, area);
    at_pattern(c, p);
    emit_constant(c, REF_OF(small_int(positional)), area + 1);
    Ref list = tuple_new(c->ts, (size_t)names.count);
    if (is_error(list)) {
        compiler_fail_raised(c);
    }
    for (int i = 0; i < names.count; i++) {
        tuple_init_item(list.v, (size_t)i, value_from_text(c, names.items[i], true));
    }
    emit_constant(c, tuple_finish(c->ts, list), area + 2);
    emit_jump(c, INSTR_MATCH_CLASS, area, subject, area, m->fail);
    c->unit->depth = area + 1;
    if (count == 0) {
        emit(c, INSTR_CLEAR, area, 0, 0);
    } else {
        int first = take_temps(m, count);
        emit(c, INSTR_UNPACK, first, area, count);
        for (int i = 0; i < count; i++) {
            gen_owned(m,
                      i < positional ? p->cls.patterns.items[i]
                                     : p->cls.attribute_patterns.items[i - positional],
                      first + i);
        }
    }
    c->unit->depth = depth;
}

// At a label that failed tests jump to.
static void clear_all(Match *m, int from)
{
    Compiler *c = m->c;
    int depth = c->unit->depth;
    if (m->highest > c->unit->depth) {
        c->unit->depth = m->highest;
    }
    for (int slot = from; slot < m->highest; slot++) {
        emit(c, INSTR_CLEAR, slot, 0, 0);
    }
    c->unit->depth = depth;
}

static void clear_names(Match *m, const Pattern *p)
{
    Names names = {0};
    collect_names(m->c, p, &names);
    for (int i = 0; i < names.count; i++) {
        emit(m->c, INSTR_CLEAR, slot_of_capture(m, names.items[i]), 0, 0);
    }
}

static void gen_or(Match *m, Pattern *p, int subject)
{
    Compiler *c = m->c;
    int matched = label_new(c), outer = m->fail, highest = m->highest;
    int depth = c->unit->depth;
    for (int i = 0; i < p->patterns.count; i++) {
        Pattern *one = p->patterns.items[i];
        if (i == p->patterns.count - 1) {
            m->fail = outer;
            gen_pattern(m, one, subject);
            break;
        }
        m->fail = label_new(c);
        m->highest = depth;
        gen_pattern(m, one, subject);
        emit_jump(c, INSTR_JUMP, 0, 0, 0, matched);
        label_here(c, m->fail);
        clear_all(m, depth);
        clear_names(m, one);
        highest = m->highest > highest ? m->highest : highest;
    }
    m->fail = outer;
    m->highest = m->highest > highest ? m->highest : highest;
    label_here(c, matched);
}

static void gen_pattern(Match *m, Pattern *p, int subject)
{
    Compiler *c = m->c;
    compiler_check_stack(c);
    at_pattern(c, p);
    switch (p->kind) {
    case PATTERN_VALUE:
        gen_value(m, p, subject);
        break;
    case PATTERN_SINGLETON:
        gen_singleton(m, p, subject);
        break;
    case PATTERN_SEQUENCE:
        gen_sequence(m, p, subject);
        break;
    case PATTERN_MAPPING:
        gen_mapping(m, p, subject);
        break;
    case PATTERN_CLASS:
        gen_class(m, p, subject);
        break;
    case PATTERN_OR:
        gen_or(m, p, subject);
        break;
    case PATTERN_STAR:
    case PATTERN_AS:
        if (p->as.pattern != NULL) {
            gen_pattern(m, p->as.pattern, subject);
        }
        if (p->as.name.bytes != NULL) {
            at_pattern(c, p);
            emit(c, INSTR_COPY, slot_of_capture(m, p->as.name), subject, 0);
        }
        break;
    }
}

// --- The statement -------------------------------------------------------------------------------

// `fail` and `next` are where the next case begins.
// False: what is alive when a test fails is cleared here, and `fail` has its place.
static bool gen_case(Compiler *c, MatchCase *one, int subject, int fail, int next)
{
    Unit *u = c->unit;
    Names names = {0};
    Match m = {.c = c, .fail = fail};
    collect_names(c, one->pattern, &names);
    int first = temp_reserve(c, names.count);
    m.captures = compiler_alloc(c, ((size_t)names.count + 1) * sizeof *m.captures);
    for (int i = 0; i < names.count; i++) {
        m.captures[m.count++] = (Capture){names.items[i], first + i};
    }
    m.highest = u->depth;
    gen_pattern(&m, one->pattern, subject);
    at_pattern(c, one->pattern);
    for (int i = 0; i < names.count; i++) {
        gen_store_name(c, names.items[i], first + i, true);
        note_assigned(c, names.items[i]);
    }
    u->depth = subject + 1;
    if (one->guard != NULL) {
        gen_jump_if(c, one->guard, false, next);
    }
    bool clears = m.highest > subject + 1;
    if (clears) {
        int body = label_new(c);
        emit_jump(c, INSTR_JUMP, 0, 0, 0, body);
        label_here(c, fail);
        clear_all(&m, subject + 1);
        emit_jump(c, INSTR_JUMP, 0, 0, 0, next);
        label_here(c, body);
    }
    emit(c, INSTR_CLEAR, subject, 0, 0);
    u->depth = subject;
    gen_body(c, one->body);
    return !clears;
}

void gen_match(Compiler *c, Stmt *s)
{
    Unit *u = c->unit;
    int subject = temp_new(c);
    gen_into(c, s->match.subject, subject);
    int end = label_new(c);
    uint8_t *meeting = NULL;
    for (int i = 0; i < s->match.cases.count; i++) {
        MatchCase *one = &s->match.cases.items[i];
        if (one->guard == NULL && i < s->match.cases.count - 1) {
            refuse_irrefutable(c, one->pattern);
        }
        int fail = label_new(c), next = label_new(c);
        uint8_t *before = assigned_copy(c);
        u->depth = subject + 1;
        bool falls_through = gen_case(c, one, subject, fail, next);
        if (code_is_reachable(c)) {
            emit_jump(c, INSTR_JUMP, 0, 0, 0, end);
            if (meeting == NULL) {
                meeting = assigned_copy(c);
            } else {
                for (int k = 0; k < u->local_count; k++) {
                    meeting[k] &= u->assigned[k];
                }
            }
        }
        assigned_restore(c, before);
        u->depth = subject + 1;
        label_here(c, next);
        if (falls_through) {
            label_here(c, fail);
        }
    }
    emit(c, INSTR_CLEAR, subject, 0, 0);
    if (meeting != NULL) {
        assigned_meet(c, meeting);
    }
    u->depth = subject;
    label_here(c, end);
}
