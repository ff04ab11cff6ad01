// core/modules/sre_match_template.h: the matcher, included once per width of characters
// (sre_match.c says how it works). CHAR is the type of a character, SRE_NAME(f) names the
// functions. No include guard: it is meant to be included several times.

// How many characters from `at` the one-character instruction accepts, at most `most`.
static int64_t SRE_NAME(count)(const Scan *s, const uint32_t *code, int64_t at, int64_t most)
{
    const CHAR *text = s->text;
    int64_t end = most < s->end - at ? at + most : s->end, i = at;
    switch (code[0]) {
    case RE_ANY_ALL:
        return end - at;
    case RE_ANY:
        while (i < end && text[i] != '\n') {
            i++;
        }
        break;
    case RE_LITERAL:
        while (i < end && text[i] == code[1]) {
            i++;
        }
        break;
    case RE_NOT_LITERAL:
        while (i < end && text[i] != code[1]) {
            i++;
        }
        break;
    case RE_IN:
        while (i < end && sre_charset(code + 2, text[i])) {
            i++;
        }
        break;
    default:
        while (i < end && sre_accepts(code, text[i])) {
            i++;
        }
        break;
    }
    return i - at;
}

static bool SRE_NAME(at_place)(const Scan *s, uint32_t where, int64_t at)
{
    const CHAR *text = s->text;
    switch (where) {
    case AT_BEGINNING:
    case AT_BEGINNING_STRING:
        return at == s->beginning;
    case AT_BEGINNING_LINE:
        return at == s->beginning || text[at - 1] == '\n';
    case AT_END:
        return at == s->end || (at + 1 == s->end && text[at] == '\n');
    case AT_END_LINE:
        return at == s->end || text[at] == '\n';
    case AT_END_STRING:
        return at == s->end;
    default: {
        if (s->beginning == s->end) {
            return false;
        }
        bool before = at > s->beginning && sre_is_word((SreAt)where, text[at - 1]);
        bool after = at < s->end && sre_is_word((SreAt)where, text[at]);
        bool negated = where == AT_NON_BOUNDARY || where == AT_LOC_NON_BOUNDARY ||
                       where == AT_UNI_NON_BOUNDARY;
        return (before != after) != negated;
    }
    }
}

static uint32_t SRE_NAME(fold)(uint32_t op, uint32_t c)
{
    return op == RE_GROUPREF              ? c
           : op == RE_GROUPREF_UNI_IGNORE ? sre_lower_unicode(c)
                                          : sre_lower_ascii(c);
}

// The length of the group's text if it stands at `at` as well; -1: it does not.
static int64_t SRE_NAME(same_group)(const Scan *s, uint32_t op, uint32_t group, int64_t at)
{
    const CHAR *text = s->text;
    int64_t from = s->marks[2 * group], to = s->marks[2 * group + 1];
    if (from < 0 || to < from || to - from > s->end - at) {
        return -1;
    }
    for (int64_t i = 0; i < to - from; i++) {
        if (text[from + i] != text[at + i] &&
            SRE_NAME(fold)(op, text[from + i]) != SRE_NAME(fold)(op, text[at + i])) {
            return -1;
        }
    }
    return to - from;
}

// The greatest n in [least, n] at whose end the literal that must follow stands; below least: none.
static int64_t SRE_NAME(back_to_literal)(const Scan *s, const uint32_t *tail, int64_t from,
                                         int64_t n, int64_t least)
{
    const CHAR *text = s->text;
    if (tail[0] != RE_LITERAL) {
        return n;
    }
    while (n >= least && (from + n >= s->end || text[from + n] != tail[1])) {
        n--;
    }
    return n;
}

// Runs the program from word `pc` with the text at `at`.
static Truth SRE_NAME(run)(Scan *s, uint32_t pc, int64_t at)
{
    const uint32_t *code = s->pattern->code;
    const CHAR *text = s->text;
    uint32_t repeat = NO_INDEX, frame = NO_INDEX;
    s->stack_size = 0;
    s->repeat_count = 0;
#define PUSH(...)                                                                                  \
    if (!push_record(s, (SreRecord){__VA_ARGS__})) {                                               \
        return TRUTH_ERROR;                                                                        \
    }
    for (;;) {
        uint32_t op = code[pc++];
        switch (op) {
        case RE_SUCCESS:
            if (frame != NO_INDEX) {
                SreRecord f = s->stack[frame];
                repeat = f.repeat;
                uint32_t base = frame;
                frame = f.contexts;
                switch (f.kind) {
                case FRAME_ASSERT_NOT: // undo what it did, and fail
                    undo_to(s, base, &repeat);
                    repeat = f.repeat;
                    goto fail;
                case FRAME_ASSERT:
                    keep_undo(s, base);
                    pc = f.pc;
                    at = f.position;
                    break;
                case FRAME_ATOMIC:
                    keep_undo(s, base);
                    pc = f.pc;
                    break;
                default: { // FRAME_POSSESSIVE: once more, as long as it goes on
                    keep_undo(s, base);
                    uint32_t words = f.pc;
                    uint32_t count = (uint32_t)f.extra + 1;
                    uint32_t least = code[words + 1], most = code[words + 2];
                    bool again = count < least ||
                                 (at != f.position && (count < most || most == SRE_MAX_REPEAT));
                    pc = words + code[words] + 1;
                    if (again) {
                        PUSH(.kind = FRAME_POSSESSIVE, .pc = words, .repeat = repeat,
                             .contexts = frame, .position = at, .extra = count)
                        frame = (uint32_t)s->stack_size - 1;
                        pc = words + 3;
                    }
                    break;
                }
                }
                continue;
            }
            if ((s->match_all && at != s->end) || (s->must_advance && at == s->start)) {
                goto fail;
            }
            s->position = at;
            return TRUTH_TRUE;
        case RE_FAILURE:
            goto fail;
        case RE_INFO:
            if (code[pc + 2] > (uint64_t)(s->end - at)) {
                goto fail;
            }
            pc += code[pc];
            continue;
        case RE_JUMP:
            pc += code[pc];
            continue;
        case RE_MARK: {
            uint32_t mark = code[pc++];
            PUSH(.kind = UNDO_MARK, .pc = mark, .position = s->marks[mark], .extra = s->last_index)
            s->marks[mark] = at;
            if ((mark & 1) != 0) {
                s->last_index = mark / 2 + 1;
            }
            continue;
        }
        case RE_AT:
            if (!SRE_NAME(at_place)(s, code[pc++], at)) {
                goto fail;
            }
            continue;
        case RE_LITERAL:
            if (at >= s->end || text[at] != code[pc]) {
                goto fail;
            }
            at++;
            pc++;
            continue;
        case RE_ANY:
        case RE_ANY_ALL:
            if (at >= s->end || (op == RE_ANY && text[at] == '\n')) {
                goto fail;
            }
            at++;
            continue;
        case RE_IN:
        case RE_IN_IGNORE:
        case RE_IN_UNI_IGNORE:
        case RE_IN_LOC_IGNORE:
            if (at >= s->end || !sre_accepts(code + pc - 1, text[at])) {
                goto fail;
            }
            at++;
            pc += code[pc];
            continue;
        case RE_NOT_LITERAL:
        case RE_CATEGORY:
        case RE_LITERAL_IGNORE:
        case RE_NOT_LITERAL_IGNORE:
        case RE_LITERAL_UNI_IGNORE:
        case RE_NOT_LITERAL_UNI_IGNORE:
        case RE_LITERAL_LOC_IGNORE:
        case RE_NOT_LITERAL_LOC_IGNORE:
            if (at >= s->end || !sre_accepts(code + pc - 1, text[at])) {
                goto fail;
            }
            at++;
            pc++;
            continue;
        case RE_GROUPREF:
        case RE_GROUPREF_IGNORE:
        case RE_GROUPREF_UNI_IGNORE:
        case RE_GROUPREF_LOC_IGNORE: {
            int64_t n = SRE_NAME(same_group)(s, op, code[pc++], at);
            if (n < 0) {
                goto fail;
            }
            at += n;
            continue;
        }
        case RE_GROUPREF_EXISTS: {
            uint32_t group = code[pc];
            bool set = s->marks[2 * group] >= 0 && s->marks[2 * group + 1] >= s->marks[2 * group];
            pc += set ? 2 : code[pc + 1];
            continue;
        }
        case RE_BRANCH:
        next_alternative:
            // Alternatives that cannot begin here are passed over.
            while (code[pc] != 0) {
                const uint32_t *first = code + pc + 1;
                if ((first[0] == RE_LITERAL && (at >= s->end || text[at] != first[1])) ||
                    (first[0] == RE_IN && (at >= s->end || !sre_charset(first + 2, text[at])))) {
                    pc += code[pc];
                    continue;
                }
                break;
            }
            if (code[pc] == 0) {
                goto fail;
            }
            if (code[pc + code[pc]] != 0) {
                PUSH(.kind = CHOICE_BRANCH, .pc = pc + code[pc],
                     .contexts = (uint32_t)s->repeat_count, .position = at)
            }
            pc++;
            continue;
        case RE_REPEAT_ONE: {
            int64_t least = code[pc + 1], n;
            if (least > s->end - at) {
                goto fail;
            }
            uint32_t most = code[pc + 2];
            n = SRE_NAME(count)(s, code + pc + 3, at,
                                most == SRE_MAX_REPEAT ? INT64_MAX : (int64_t)most);
            uint32_t tail = pc + code[pc];
            n = SRE_NAME(back_to_literal)(s, code + tail, at, n, least);
            if (n < least) {
                goto fail;
            }
            if (n > least) {
                PUSH(.kind = CHOICE_FEWER, .pc = pc, .contexts = (uint32_t)s->repeat_count,
                     .position = at, .extra = n - 1)
            }
            at += n;
            pc = tail;
            continue;
        }
        case RE_MIN_REPEAT_ONE: {
            int64_t least = code[pc + 1];
            if (least > s->end - at || SRE_NAME(count)(s, code + pc + 3, at, least) < least) {
                goto fail;
            }
            at += least;
            if (code[pc + 2] > least) {
                PUSH(.kind = CHOICE_MORE, .pc = pc, .contexts = (uint32_t)s->repeat_count,
                     .position = at, .extra = least)
            }
            pc += code[pc];
            continue;
        }
        case RE_POSSESSIVE_REPEAT_ONE: {
            uint32_t most = code[pc + 2];
            int64_t n = SRE_NAME(count)(s, code + pc + 3, at,
                                        most == SRE_MAX_REPEAT ? INT64_MAX : (int64_t)most);
            if (n < (int64_t)code[pc + 1]) {
                goto fail;
            }
            at += n;
            pc += code[pc];
            continue;
        }
        case RE_REPEAT: {
            uint32_t made = push_repeat(s, pc, repeat);
            if (made == NO_INDEX) {
                return TRUTH_ERROR;
            }
            PUSH(.kind = UNDO_REPEAT, .repeat = repeat)
            repeat = made;
            pc += code[pc];
            continue;
        }
        case RE_MAX_UNTIL:
        case RE_MIN_UNTIL: {
            SreRepeat *r = &s->repeats[repeat];
            uint32_t words = r->words, count = r->count + 1;
            if (r->count < code[words + 1]) {
                PUSH(.kind = UNDO_COUNT, .repeat = repeat, .pc = r->count, .extra = r->last)
                s->repeats[repeat].count = count;
                pc = words + 3;
                continue;
            }
            bool more =
                (r->count < code[words + 2] || code[words + 2] == SRE_MAX_REPEAT) && at != r->last;
            if (op == RE_MAX_UNTIL && more) {
                PUSH(.kind = CHOICE_TAIL, .pc = pc, .repeat = repeat,
                     .contexts = (uint32_t)s->repeat_count, .position = at)
                PUSH(.kind = UNDO_COUNT, .repeat = repeat, .pc = s->repeats[repeat].count,
                     .extra = s->repeats[repeat].last)
                s->repeats[repeat].count = count;
                s->repeats[repeat].last = at;
                pc = words + 3;
                continue;
            }
            if (op == RE_MIN_UNTIL && more) {
                PUSH(.kind = CHOICE_BODY, .pc = pc, .repeat = repeat,
                     .contexts = (uint32_t)s->repeat_count, .position = at)
            }
            PUSH(.kind = UNDO_REPEAT, .repeat = repeat)
            repeat = s->repeats[repeat].outer;
            continue;
        }
        case RE_POSSESSIVE_REPEAT:
            if (code[pc + 2] == 0) { // {0}: nothing at all
                pc += code[pc] + 1;
                continue;
            }
            PUSH(.kind = FRAME_POSSESSIVE, .pc = pc, .repeat = repeat, .contexts = frame,
                 .position = at)
            frame = (uint32_t)s->stack_size - 1;
            pc += 3;
            continue;
        case RE_ATOMIC_GROUP:
            PUSH(.kind = FRAME_ATOMIC, .pc = pc + code[pc], .repeat = repeat, .contexts = frame)
            frame = (uint32_t)s->stack_size - 1;
            pc++;
            continue;
        case RE_ASSERT:
        case RE_ASSERT_NOT: {
            int64_t back = code[pc + 1];
            if (back > at - s->beginning) { // nothing stands so far back
                if (op == RE_ASSERT) {
                    goto fail;
                }
                pc += code[pc];
                continue;
            }
            PUSH(.kind = op == RE_ASSERT ? FRAME_ASSERT : FRAME_ASSERT_NOT, .pc = pc + code[pc],
                 .repeat = repeat, .contexts = frame, .position = at)
            frame = (uint32_t)s->stack_size - 1;
            at -= back;
            pc += 2;
            continue;
        }
        default: // not in a valid program
            goto fail;
        }
    fail:
        if (UNLIKELY((++s->steps & 0xFFF) == 0) && !safepoint_poll(s->ts)) {
            return TRUTH_ERROR;
        }
        for (;;) {
            if (s->stack_size == 0) {
                return TRUTH_FALSE;
            }
            SreRecord *r = &s->stack[--s->stack_size];
            if (r->kind <= UNDO_LAST) {
                undo(s, r, &repeat);
                continue;
            }
            if (r->kind <= FRAME_LAST) {
                frame = r->contexts;
                repeat = r->repeat;
                if (r->kind == FRAME_ASSERT_NOT) {
                    pc = r->pc;
                    at = r->position;
                    break;
                }
                if (r->kind == FRAME_POSSESSIVE && r->extra >= (int64_t)code[r->pc + 1]) {
                    pc = r->pc + code[r->pc] + 1;
                    at = r->position;
                    break;
                }
                continue;
            }
            s->repeat_count = r->contexts;
            at = r->position;
            pc = r->pc;
            if (r->kind == CHOICE_BRANCH) {
                goto next_alternative;
            }
            if (r->kind == CHOICE_TAIL) {
                uint32_t inner = r->repeat;
                PUSH(.kind = UNDO_REPEAT, .repeat = inner)
                repeat = s->repeats[inner].outer;
                break;
            }
            if (r->kind == CHOICE_BODY) {
                repeat = r->repeat;
                PUSH(.kind = UNDO_COUNT, .repeat = repeat, .pc = s->repeats[repeat].count,
                     .extra = s->repeats[repeat].last)
                s->repeats[repeat].count++;
                s->repeats[repeat].last = at;
                pc = s->repeats[repeat].words + 3;
                break;
            }
            if (r->kind == CHOICE_FEWER) {
                uint32_t tail = pc + code[pc];
                int64_t least = code[pc + 1],
                        n = SRE_NAME(back_to_literal)(s, code + tail, at, r->extra, least);
                if (n < least) {
                    continue;
                }
                if (n > least) {
                    r->extra = n - 1;
                    s->stack_size++;
                }
                at += n;
                pc = tail;
                break;
            }
            // CHOICE_MORE: one character more than last time
            if (at >= s->end || !sre_accepts(code + pc + 3, text[at])) {
                continue;
            }
            at++;
            if (r->extra + 1 < (int64_t)code[pc + 2] || code[pc + 2] == SRE_MAX_REPEAT) {
                r->position = at;
                r->extra++;
                s->stack_size++;
            }
            pc += code[pc];
            break;
        }
    }
#undef PUSH
}

// Looks for the first place from `start` on where the program matches.
static Truth SRE_NAME(search)(Scan *s)
{
    const uint32_t *code = s->pattern->code;
    const CHAR *text = s->text;
    const uint32_t *prefix = NULL, *set = NULL;
    uint32_t prefix_size = 0, flags = 0;
    int64_t last = s->end; // no match can start behind
    if (code[0] == RE_INFO) {
        flags = code[2];
        last = s->end - (int64_t)code[3];
        prefix = (flags & SRE_INFO_PREFIX) != 0 ? code + 7 : NULL;
        prefix_size = prefix != NULL ? code[5] : 0;
        set = (flags & SRE_INFO_CHARSET) != 0 ? code + 5 : NULL;
    }
    for (int64_t at = s->start; at <= last; at++) {
        if (prefix != NULL) {
            while (at <= last && text[at] != prefix[0]) {
                at++;
            }
            uint32_t same = 1;
            while (at <= last && same < prefix_size && text[at + same] == prefix[same]) {
                same++;
            }
            if (at <= last && same < prefix_size) {
                continue;
            }
        } else if (set != NULL) {
            while (at <= last && !sre_charset(set, text[at])) {
                at++;
            }
        }
        if (at > last) {
            break;
        }
        if (at != s->start) {
            s->must_advance = false;
            s->start = at;
        }
        Truth t = SRE_NAME(run)(s, 0, at);
        if (t != TRUTH_FALSE) {
            return t;
        }
    }
    return TRUTH_FALSE;
}
