// core/modules/sre_code.c: is a list of words a program that the matcher can trust?
//
// The walk follows the structure that the library's compiler makes: every instruction lies within
// its block, every skip leads to the block's end, every set ends where its skip says, marks and
// groups exist. A word that tells how far to skip counts from its own place.
#include "core/modules/sre.h"

typedef struct Checker {
    ThreadState *ts;
    const uint32_t *code;
    int64_t groups;
} Checker;

// Walks the instructions of [at, end).
// Stops at a JUMP that belongs to whoever called: *at tells where.
static bool walk(Checker *c, size_t *at, size_t end);

static bool walk_whole(Checker *c, size_t from, size_t end)
{
    size_t at = from;
    return from <= end && walk(c, &at, end) && at == end;
}

static bool set_is_valid(const uint32_t *code, size_t at, size_t end)
{
    while (at < end) {
        size_t left = end - at - 1;
        switch (code[at++]) {
        case RE_FAILURE:
            return at == end;
        case RE_NEGATE:
            break;
        case RE_LITERAL:
            at += 1;
            break;
        case RE_CATEGORY:
            if (left < 1 || code[at++] >= SRE_CATEGORY_COUNT) {
                return false;
            }
            break;
        case RE_RANGE:
        case RE_RANGE_UNI_IGNORE:
            at += 2;
            break;
        case RE_CHARSET:
            at += 8;
            break;
        case RE_BIGCHARSET: {
            if (left < 65 || code[at] > (left - 65) / 8) {
                return false;
            }
            const uint8_t *chunks = (const uint8_t *)(code + at + 1);
            for (int i = 0; i < 256; i++) {
                if (chunks[i] >= code[at]) {
                    return false;
                }
            }
            at += 65 + (size_t)code[at] * 8;
            break;
        }
        default:
            return false;
        }
    }
    return false;
}

// A skip word at `at` that stays within [at, end]: *target is where it leads.
static bool read_skip(const Checker *c, size_t at, size_t end, size_t *target)
{
    if (at >= end || c->code[at] > end - at) {
        return false;
    }
    *target = at + c->code[at];
    return true;
}

static bool is_one_character(const Checker *c, size_t at, size_t end)
{
    size_t target;
    if (at >= end) {
        return false;
    }
    switch (c->code[at]) {
    case RE_ANY:
    case RE_ANY_ALL:
        return at + 1 == end;
    case RE_LITERAL:
    case RE_NOT_LITERAL:
    case RE_LITERAL_IGNORE:
    case RE_NOT_LITERAL_IGNORE:
    case RE_LITERAL_UNI_IGNORE:
    case RE_NOT_LITERAL_UNI_IGNORE:
    case RE_LITERAL_LOC_IGNORE:
    case RE_NOT_LITERAL_LOC_IGNORE:
        return at + 2 == end;
    case RE_IN:
    case RE_IN_IGNORE:
    case RE_IN_UNI_IGNORE:
    case RE_IN_LOC_IGNORE:
        return read_skip(c, at + 1, end, &target) && target == end &&
               set_is_valid(c->code, at + 2, target);
    default:
        return false;
    }
}

static bool info_is_valid(const Checker *c, size_t at, size_t target)
{
    if (target - at < 4) {
        return false;
    }
    const uint32_t *info = c->code + at;
    if (info[1] > 7 || info[2] > info[3]) {
        return false;
    }
    if ((info[1] & SRE_INFO_PREFIX) != 0) {
        size_t room = target - at;
        return room >= 6 && info[4] > 0 && room == 6 + 2 * (size_t)info[4] && info[4] <= info[2];
    }
    return (info[1] & SRE_INFO_CHARSET) == 0 ||
           (info[2] > 0 && set_is_valid(c->code, at + 4, target));
}

// At the first skip word of a BRANCH.
static bool walk_branch(Checker *c, size_t *at, size_t end)
{
    size_t after = SIZE_MAX; // where every alternative jumps to: behind the last
    while (*at < end && c->code[*at] != 0) {
        size_t next, target;
        if (!read_skip(c, *at, end, &next) || next < *at + 3 || c->code[next - 2] != RE_JUMP ||
            !walk_whole(c, *at + 1, next - 2) || !read_skip(c, next - 1, end, &target) ||
            (after != SIZE_MAX && target != after)) {
            return false;
        }
        after = target;
        *at = next;
    }
    (*at)++;
    return *at <= end && (after == SIZE_MAX || after == *at);
}

// At the group's number: yes, or yes JUMP no.
static bool walk_conditional(Checker *c, size_t *at, size_t end)
{
    size_t group = *at;
    if (end - group < 2 || c->code[group] >= c->groups || c->code[group + 1] > end - group) {
        return false;
    }
    size_t target = group + c->code[group + 1], here = group + 2;
    if (target < here || !walk(c, &here, target)) {
        return false;
    }
    if (here == target) {
        *at = target;
        return true;
    }
    // A JUMP stopped the walk: over the part for "no".
    size_t after;
    if (here + 2 != target || !read_skip(c, here + 1, end, &after) || after < target ||
        !walk_whole(c, target, after)) {
        return false;
    }
    *at = after;
    return true;
}

// At the skip word of a repetition.
static bool walk_repeat(Checker *c, uint32_t op, size_t *at, size_t end)
{
    size_t target;
    if (!read_skip(c, *at, end, &target) || target < *at + 3 ||
        c->code[*at + 1] > c->code[*at + 2]) {
        return false;
    }
    size_t body = *at + 3;
    if (op == RE_REPEAT || op == RE_POSSESSIVE_REPEAT) {
        if (target >= end || !walk_whole(c, body, target)) {
            return false;
        }
        uint32_t last = c->code[target];
        *at = target + 1;
        return op == RE_REPEAT ? last == RE_MAX_UNTIL || last == RE_MIN_UNTIL : last == RE_SUCCESS;
    }
    *at = target;
    return target > body && c->code[target - 1] == RE_SUCCESS &&
           is_one_character(c, body, target - 1);
}

// A block that ends with SUCCESS, from `body` to where the skip word at `at` leads.
static bool walk_block(Checker *c, size_t body, size_t *at, size_t end)
{
    size_t target;
    if (!read_skip(c, *at, end, &target) || target <= body || c->code[target - 1] != RE_SUCCESS ||
        !walk_whole(c, body, target - 1)) {
        return false;
    }
    *at = target;
    return true;
}

static bool walk_one(Checker *c, uint32_t op, size_t *at, size_t end)
{
    size_t target;
    switch (op) {
    case RE_ANY:
    case RE_ANY_ALL:
    case RE_FAILURE:
    case RE_SUCCESS:
        return true;
    case RE_LITERAL:
    case RE_NOT_LITERAL:
    case RE_LITERAL_IGNORE:
    case RE_NOT_LITERAL_IGNORE:
    case RE_LITERAL_UNI_IGNORE:
    case RE_NOT_LITERAL_UNI_IGNORE:
    case RE_LITERAL_LOC_IGNORE:
    case RE_NOT_LITERAL_LOC_IGNORE:
        return (*at)++ < end;
    case RE_MARK:
        return *at < end && c->code[(*at)++] < 2 * (uint64_t)c->groups;
    case RE_AT:
        return *at < end && c->code[(*at)++] < AT_COUNT;
    case RE_CATEGORY:
        return *at < end && c->code[(*at)++] < SRE_CATEGORY_COUNT;
    case RE_GROUPREF:
    case RE_GROUPREF_IGNORE:
    case RE_GROUPREF_UNI_IGNORE:
    case RE_GROUPREF_LOC_IGNORE:
        return *at < end && c->code[(*at)++] < c->groups;
    case RE_IN:
    case RE_IN_IGNORE:
    case RE_IN_UNI_IGNORE:
    case RE_IN_LOC_IGNORE:
        if (!read_skip(c, *at, end, &target) || !set_is_valid(c->code, *at + 1, target)) {
            return false;
        }
        *at = target;
        return true;
    case RE_INFO:
        if (!read_skip(c, *at, end, &target) || target <= *at || !info_is_valid(c, *at, target)) {
            return false;
        }
        *at = target;
        return true;
    case RE_BRANCH:
        return walk_branch(c, at, end);
    case RE_GROUPREF_EXISTS:
        return walk_conditional(c, at, end);
    case RE_REPEAT:
    case RE_POSSESSIVE_REPEAT:
    case RE_REPEAT_ONE:
    case RE_MIN_REPEAT_ONE:
    case RE_POSSESSIVE_REPEAT_ONE:
        return walk_repeat(c, op, at, end);
    case RE_ATOMIC_GROUP:
        return walk_block(c, *at + 1, at, end);
    case RE_ASSERT:
    case RE_ASSERT_NOT:
        return walk_block(c, *at + 2, at, end);
    default:
        return false;
    }
}

static bool walk(Checker *c, size_t *at, size_t end)
{
    if (enter_native(c->ts, "in a regular expression") == STATUS_ERROR) {
        return false;
    }
    while (*at < end && c->code[*at] != RE_JUMP) {
        uint32_t op = c->code[(*at)++];
        if (!walk_one(c, op, at, end)) {
            return false;
        }
    }
    return true;
}

bool sre_code_is_valid(ThreadState *ts, const uint32_t *code, size_t size, int64_t groups)
{
    Checker c = {ts, code, groups};
    return size > 0 && groups >= 0 && groups <= SRE_MAX_GROUPS && code[size - 1] == RE_SUCCESS &&
           walk_whole(&c, 0, size - 1);
}
